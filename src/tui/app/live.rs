//! A training as it is shown: what has been heard of it, in order.

use std::path::PathBuf;

use jiff::Timestamp;

use super::progress;
use crate::evidence::{Estimate, Verdict, verdict};
use crate::network::Plan;
use crate::run::{self, Settings, Summary, Update};
use crate::training::device::Load;
use crate::training::{EpochRecord, Event, Role};

/// Most losses inside epochs that are kept.
const MOST_STEPS: usize = 8192;

/// Where a training stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The data is handed over, the kernels are compiled.
    Starting,
    /// It trains.
    Running,
    /// It waits.
    Paused,
    /// It was asked to stop and finishes its step.
    Stopping,
    /// All seeds are trained.
    Finished(Box<Summary>),
    /// It was stopped; its finished epochs are kept.
    Stopped,
    /// It could not go on; one sentence.
    Failed(String),
}

impl Phase {
    /// Whether nothing more will be heard.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Finished(_) | Self::Stopped | Self::Failed(_))
    }
}

/// Where inside an epoch a network is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// The seed.
    pub seed: u64,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Steps done in it.
    pub step: usize,
    /// Training images per second.
    pub images_per_second: f64,
}

/// A loss inside an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepLoss {
    /// The seed.
    pub seed: u64,
    /// Which network.
    pub network: Role,
    /// Epochs done, a fraction.
    pub at: f64,
    /// Mean loss since the last one, in nats.
    pub loss: f64,
}

/// A training and what has been heard of it.
#[derive(Clone, Debug)]
pub struct Live {
    /// The settings.
    pub settings: Settings,
    /// The pair.
    pub plan: Plan,
    /// The run's folder, once it is made.
    pub directory: Option<PathBuf>,
    /// Where it stands.
    pub phase: Phase,
    /// The device in words.
    pub device: Option<String>,
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// Finished epochs.
    pub metrics: Vec<EpochRecord>,
    /// Losses inside the epochs of the present seed, thinned out where there are very many.
    pub steps: Vec<StepLoss>,
    /// The time saved as it was known after each paired epoch, by its number.
    pub saved: Vec<(f64, Estimate)>,
    /// The seed that is trained.
    pub seed: Option<u64>,
    /// The network that is trained.
    pub network: Option<Role>,
    /// Whether that network is being evaluated.
    pub evaluating: bool,
    /// Where each network is, baseline first.
    pub positions: [Option<Position>; 2],
    /// Networks whose kernels are compiled, baseline first.
    pub warmed: [bool; 2],
    /// What the user should know.
    pub warnings: Vec<String>,
    /// When the last checkpoint was written.
    pub checkpoint: Option<Timestamp>,
    /// What the machine and this process use.
    pub load: Load,
    /// When it was launched.
    pub launched: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Live {
    /// A training that was just launched.
    #[must_use]
    pub fn new(settings: Settings, plan: Plan, now: Timestamp) -> Self {
        Self {
            settings,
            plan,
            directory: None,
            phase: Phase::Starting,
            device: None,
            steps_per_epoch: 0,
            metrics: Vec::new(),
            steps: Vec::new(),
            saved: Vec::new(),
            seed: None,
            network: None,
            evaluating: false,
            positions: [None; 2],
            warmed: [false; 2],
            warnings: Vec::new(),
            checkpoint: None,
            load: Load::default(),
            launched: now,
            ended: None,
        }
    }

    /// Takes in what the training said at `now`.
    pub fn hear(&mut self, update: Update, now: Timestamp) {
        match update {
            Update::Kept(rows) => {
                for row in rows {
                    self.finished(row);
                }
            }
            Update::Event(event) => self.event(event, now),
            Update::Finished(summary) => self.end(Phase::Finished(summary), now),
            Update::Stopped => self.end(Phase::Stopped, now),
            Update::Failed(sentence) => self.end(Phase::Failed(sentence), now),
        }
    }

    /// Ends it.
    pub fn end(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.ended = Some(now);
        self.network = None;
        self.evaluating = false;
    }

    fn event(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Started {
                device,
                steps_per_epoch,
                ..
            } => {
                self.device = Some(device);
                self.steps_per_epoch = steps_per_epoch;
            }
            Event::WarmedUp { network, .. } => self.warmed[network as usize] = true,
            Event::SeedStarted { seed } => {
                self.seed = Some(seed);
                self.steps.clear();
                self.positions = [None; 2];
                self.run_on();
            }
            Event::Step {
                seed,
                network,
                epoch,
                step,
                loss,
                images_per_second,
                ..
            } => {
                self.at(seed, network);
                self.positions[network as usize] = Some(Position {
                    seed,
                    epoch,
                    step,
                    images_per_second,
                });
                let share = step as f64 / self.steps_per_epoch.max(1) as f64;
                self.steps.push(StepLoss {
                    seed,
                    network,
                    at: epoch.saturating_sub(1) as f64 + share,
                    loss,
                });
                if self.steps.len() > MOST_STEPS {
                    let mut keep = false;
                    self.steps.retain(|_| {
                        keep = !keep;
                        keep
                    });
                }
            }
            Event::Evaluating { seed, network, .. } => {
                self.at(seed, network);
                self.evaluating = true;
            }
            Event::Epoch(record) => {
                self.at(record.seed, record.network);
                self.positions[record.network as usize] = Some(Position {
                    seed: record.seed,
                    epoch: record.epoch,
                    step: self.steps_per_epoch,
                    images_per_second: record.images_per_second,
                });
                self.finished(record);
            }
            Event::Checkpointed { .. } => self.checkpoint = Some(now),
            Event::Paused => {
                if self.phase == Phase::Running {
                    self.phase = Phase::Paused;
                }
            }
            Event::Resumed { .. } => self.run_on(),
            Event::Warning { message } => self.warnings.push(message),
            Event::Diverged(diverged) => self.warnings.push(diverged.message),
            Event::Failed { message } => self.end(Phase::Failed(message), now),
            Event::Continued { .. }
            | Event::SeedFinished { .. }
            | Event::Finished
            | Event::Stopped => {}
        }
    }

    fn finished(&mut self, record: EpochRecord) {
        self.metrics.push(record);
        let pairs = progress::pairs(&self.metrics) as f64;
        if self.saved.last().is_none_or(|(number, _)| *number < pairs)
            && let Some(saved) = run::time_saved(&self.metrics)
        {
            self.saved.push((pairs, saved));
        }
    }

    fn at(&mut self, seed: u64, network: Role) {
        self.seed = Some(seed);
        self.network = Some(network);
        self.evaluating = false;
        if self.phase == Phase::Starting {
            self.phase = Phase::Running;
        }
    }

    fn run_on(&mut self) {
        if matches!(self.phase, Phase::Starting | Phase::Paused) {
            self.phase = Phase::Running;
        }
    }

    /// Epochs of each network.
    #[must_use]
    pub const fn epochs(&self) -> usize {
        self.settings.recipe.epochs
    }

    /// Which of the seeds is trained, from 1, and how many there are.
    #[must_use]
    pub fn seed_of(&self) -> (usize, usize) {
        let seeds = &self.settings.recipe.seeds;
        let at = self
            .seed
            .and_then(|seed| seeds.iter().position(|other| *other == seed))
            .map_or(1, |index| index + 1);
        (at, seeds.len())
    }

    /// Epochs of one network that are done in the present seed, a fraction.
    #[must_use]
    pub fn epochs_done(&self, network: Role) -> f64 {
        self.positions[network as usize].map_or(0.0, |position| {
            let share = position.step as f64 / self.steps_per_epoch.max(1) as f64;
            position.epoch.saturating_sub(1) as f64 + share.min(1.0)
        })
    }

    /// How much of the whole training is done, a fraction.
    #[must_use]
    pub fn share_done(&self) -> f64 {
        if matches!(self.phase, Phase::Finished(_)) {
            return 1.0;
        }
        let (at, seeds) = self.seed_of();
        let epochs = self.epochs().max(1) as f64;
        let here: f64 = Role::BOTH
            .into_iter()
            .map(|network| self.epochs_done(network) / epochs / 2.0)
            .sum();
        ((at - 1) as f64 + here) / seeds.max(1) as f64
    }

    /// Seconds since the launch, or from launch to end.
    #[must_use]
    pub fn elapsed(&self, now: Timestamp) -> f64 {
        (self.ended.unwrap_or(now) - self.launched)
            .as_secs_f64()
            .max(0.0)
    }

    /// Seconds of an epoch of one network: as measured, else by its speed so far, else by the prediction.
    fn epoch_seconds(&self, network: Role) -> Option<f64> {
        let by_speed = || {
            let speed = self
                .images_per_second(network)
                .filter(|speed| *speed > 0.0)?;
            Some((self.steps_per_epoch * self.settings.recipe.batch_size) as f64 / speed)
        };
        progress::epoch_seconds(&self.metrics, network)
            .or_else(by_speed)
            .or_else(|| match network {
                Role::Baseline => None,
                Role::Capped => {
                    let saved = self.plan.predicted_time_saved?;
                    Some(self.epoch_seconds(Role::Baseline)? * (1.0 - saved))
                }
            })
    }

    /// Seconds of training and evaluation still to come; `None` before the first steps.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        let (at, seeds) = self.seed_of();
        let epochs = self.epochs() as f64;
        Role::BOTH
            .into_iter()
            .map(|network| {
                let left = epochs * (seeds - at + 1) as f64 - self.epochs_done(network);
                self.epoch_seconds(network)
                    .map(|seconds| seconds * left.max(0.0))
            })
            .sum()
    }

    /// Test accuracy of one network after its last finished epoch.
    #[must_use]
    pub fn accuracy(&self, network: Role) -> Option<f64> {
        self.metrics
            .iter()
            .rev()
            .find(|row| row.network == network && Some(row.seed) == self.seed)
            .map(|row| row.test_accuracy)
    }

    /// Training images per second of one network, as last heard.
    #[must_use]
    pub fn images_per_second(&self, network: Role) -> Option<f64> {
        self.positions[network as usize].map(|position| position.images_per_second)
    }

    /// Time saved: the summary's once there is one, before that so far.
    #[must_use]
    pub fn time_saved(&self) -> Option<Estimate> {
        match &self.phase {
            Phase::Finished(summary) => summary.time_saved,
            _ => run::time_saved(&self.metrics),
        }
    }

    /// The verdict: the summary's once there is one, before that over the finished seeds.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match &self.phase {
            Phase::Finished(summary) => summary.verdict.clone(),
            _ => verdict(
                &progress::differences(&self.metrics, self.epochs()),
                self.settings.margin,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn a_training_is_heard_from_start_to_end() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        assert!(live.share_done() < 1e-12);
        assert_eq!(live.seconds_left(), None);
        for event in fixtures::events_until(1, 3) {
            live.hear(Update::Event(event), now);
        }
        assert_eq!(live.phase, Phase::Running);
        assert!(live.seconds_left().is_some_and(|seconds| seconds > 0.0));
        let share = live.share_done();
        assert!(share > 0.0 && share < 1.0, "{share}");
        live.hear(Update::Event(Event::Paused), now);
        assert_eq!(live.phase, Phase::Paused);
        live.hear(Update::Event(Event::Resumed { seconds: 1.0 }), now);
        assert_eq!(live.phase, Phase::Running);
        live.hear(Update::Stopped, now);
        assert!(live.phase.is_over());
    }

    #[test]
    fn a_pause_does_not_hide_that_it_stops() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        live.phase = Phase::Stopping;
        live.hear(Update::Event(Event::Paused), now);
        live.hear(Update::Event(Event::Resumed { seconds: 1.0 }), now);
        assert_eq!(live.phase, Phase::Stopping);
    }

    #[test]
    fn losses_inside_epochs_are_thinned_out_and_belong_to_one_seed() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        live.steps_per_epoch = 100_000;
        for step in 1..=20_000 {
            let event = Event::Step {
                seed: 1,
                network: Role::Baseline,
                epoch: 1,
                step,
                loss: 1.0,
                learning_rate: 0.1,
                images_per_second: 1.0,
            };
            live.hear(Update::Event(event), now);
        }
        assert!(live.steps.len() <= MOST_STEPS);
        assert!(live.steps.last().is_some_and(|last| last.at > 0.19));
        live.hear(Update::Event(Event::SeedStarted { seed: 2 }), now);
        assert!(live.steps.is_empty());
    }
}
