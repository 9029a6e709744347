//! The state of a training, from its updates.

mod progress;
mod spread;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::evidence::TestSet;
use crate::network::Plan;
use crate::run::{self, Activity, Position, Saving, Settings, Summary, Update};
use crate::training::device::Load;
use crate::training::{Control, Diverged, EpochRecord, Event, Role};
use crate::tui::app::charts::{LoadSample, thin_out};
use crate::tui::app::progress::{StepLoss, pairs};
use crate::tui::remedy::in_app;
pub use spread::{Does, SeedRow, Spread};

/// Most warnings that are kept; the log of the session has more.
const MAX_WARNINGS: usize = 50;
/// Most losses inside epochs that are kept.
const MAX_STEPS: usize = 131_072;

/// The phase of a training.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Starting and warming up.
    Starting,
    Running,
    Paused,
    /// Asked to stop; it finishes its step.
    Stopping,
    /// All seeds are trained, or diverged.
    Finished(Box<Summary>),
    /// It was stopped; its finished epochs are kept.
    Stopped,
    /// It failed; why, in one sentence.
    Failed(String),
}

impl Phase {
    /// Whether it has ended.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Finished(_) | Self::Stopped | Self::Failed(_))
    }
}

/// A training.
#[derive(Clone, Debug)]
pub struct Live {
    pub settings: Settings,
    pub plan: Plan,
    pub directory: Option<PathBuf>,
    pub phase: Phase,
    pub device: Option<String>,
    pub steps_per_epoch: usize,
    /// What the networks are tested on, once it is known.
    pub test_set: Option<TestSet>,
    pub metrics: Vec<EpochRecord>,
    /// Losses inside the epochs of the present seed, thinned out where there are very many.
    pub steps: Vec<StepLoss>,
    /// Time saved until each epoch that both networks finished.
    pub saving: Saving,
    /// Epochs that it is over.
    paired: usize,
    /// Networks that diverged so far.
    diverged: Vec<Diverged>,
    /// Seconds of earlier epochs, where the run was resumed.
    earlier_seconds: f64,
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
    pub warnings: Vec<String>,
    /// How many warnings there were.
    pub warned: usize,
    /// When the last checkpoint was written.
    pub checkpoint: Option<Timestamp>,
    pub load: Load,
    /// The load in the present seed, thinned out where there are very many samples.
    pub loads: Vec<LoadSample>,
    pub launched: Timestamp,
    pub ended: Option<Timestamp>,
    /// Who trains it, where another process does.
    pub followed: Option<Activity>,
    /// Where each seed is, where several processes train them.
    pub spread: Option<Spread>,
}

impl Live {
    /// A training that was just launched.
    pub fn new(settings: Settings, plan: Plan, now: Timestamp) -> Self {
        Self {
            settings,
            plan,
            directory: None,
            phase: Phase::Starting,
            device: None,
            steps_per_epoch: 0,
            test_set: None,
            metrics: Vec::new(),
            steps: Vec::new(),
            saving: Saving::default(),
            paired: 0,
            diverged: Vec::new(),
            earlier_seconds: 0.0,
            seed: None,
            network: None,
            evaluating: false,
            positions: [None; 2],
            warmed: [false; 2],
            warnings: Vec::new(),
            warned: 0,
            checkpoint: None,
            load: Load::default(),
            loads: Vec::new(),
            launched: now,
            ended: None,
            followed: None,
            spread: None,
        }
    }

    /// Takes in an update at `now`.
    pub fn apply(&mut self, update: Update, now: Timestamp) {
        match update {
            Update::EarlierEpochs(rows) => self.earlier(rows),
            Update::Event(event) => self.event(event, now),
            Update::Finished(summary) => self.end(Phase::Finished(summary), now),
            Update::Stopped => self.end(Phase::Stopped, now),
            Update::Failed(sentence) => self.end(Phase::Failed(in_app(&sentence)), now),
        }
    }

    /// Ends it.
    pub fn end(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.ended = Some(now);
        self.network = None;
        self.evaluating = false;
    }

    /// Takes in the epochs of a run that is resumed: they are shown as if it had never stopped.
    fn earlier(&mut self, rows: Vec<EpochRecord>) {
        if self.spread.is_some() {
            self.metrics = rows;
            return self.weigh();
        }
        let seconds = rows.iter().map(|row| row.train_seconds + row.eval_seconds);
        self.earlier_seconds = seconds.filter(|seconds| seconds.is_finite()).sum();
        self.seed = rows.last().map(|row| row.seed).or(self.seed);
        self.metrics = rows;
        self.positions = self.reached();
        self.weigh();
    }

    /// Where each network is after its last epoch in the present seed.
    fn reached(&self) -> [Option<Position>; 2] {
        self.seed.map_or([None; 2], |seed| {
            run::last_positions(&self.metrics, seed, self.steps_per_epoch)
        })
    }

    /// Takes in the load of the machine.
    pub fn loaded(&mut self, load: Load) {
        if let (Some(seed), Some(network), Phase::Running) = (self.seed, self.network, &self.phase)
        {
            let at = (seed, network, self.epochs_done(network));
            LoadSample::keep(&mut self.loads, &load, at);
        }
        self.load = load;
    }

    fn event(&mut self, event: Event, now: Timestamp) {
        if self.spread.is_some() {
            return self.event_of_part(event, now);
        }
        match event {
            Event::Started {
                device,
                steps_per_epoch,
                test_images,
                most_frequent_class,
                ..
            } => {
                self.device = Some(device);
                self.test_set = most_frequent_class.map(|most_frequent| TestSet {
                    images: test_images,
                    most_frequent,
                });
                self.steps_per_epoch = steps_per_epoch;
                self.positions = self.reached();
            }
            Event::WarmedUp { network, .. } => self.warmed[network as usize] = true,
            Event::SeedStarted { seed } => {
                self.seed = Some(seed);
                self.steps.clear();
                self.loads.clear();
                self.positions = self.reached();
                self.run_on();
            }
            Event::Step {
                seed,
                network,
                epoch,
                step,
                loss,
                gradient_norm,
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
                    gradient_norm,
                });
                if self.steps.len() > MAX_STEPS {
                    thin_out(&mut self.steps, |step| step.network, |step| step.loss);
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
                if matches!(self.phase, Phase::Starting | Phase::Running) {
                    self.phase = Phase::Paused;
                }
            }
            Event::Resumed { .. } if self.phase == Phase::Paused && self.seed.is_none() => {
                self.phase = Phase::Starting;
            }
            Event::Resumed { .. } => self.run_on(),
            Event::Warning { message } => self.warn(in_app(&message)),
            Event::Diverged(diverged) => {
                self.warn(in_app(&diverged.message));
                self.diverged.push(diverged);
            }
            Event::Controlled { action, by } => {
                if action == Control::Stop.name() && !self.phase.is_over() {
                    self.phase = Phase::Stopping;
                }
                if self.followed.is_none() {
                    self.warn(format!("{action}: asked for by {by}"));
                }
            }
            Event::Continued { .. }
            | Event::SeedFinished { .. }
            | Event::Finished
            | Event::Stopped
            | Event::Failed { .. } => {}
        }
    }

    /// Notes what the user must know.
    pub fn warn(&mut self, sentence: String) {
        if self.warnings.len() == MAX_WARNINGS {
            self.warnings.remove(0);
        }
        self.warned += 1;
        self.warnings.push(sentence);
    }

    fn finished(&mut self, record: EpochRecord) {
        self.metrics.push(record);
        self.weigh();
    }

    /// Computes the time saved anew, where both networks have finished another epoch.
    fn weigh(&mut self) {
        let pairs = pairs(&self.metrics);
        if self.paired != pairs {
            self.paired = pairs;
            self.saving = run::time_saved_by_epoch(&self.metrics);
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

    /// The networks that diverged.
    pub fn diverged(&self) -> &[Diverged] {
        match &self.phase {
            Phase::Finished(summary) => &summary.diverged,
            _ => &self.diverged,
        }
    }

    /// Which networks diverged, of a training that is over.
    pub fn divergence(&self) -> Option<String> {
        match &self.phase {
            Phase::Finished(summary) => summary.divergence(),
            _ => None,
        }
    }

    /// Epochs of one network.
    pub const fn epochs_of(&self, network: Role) -> usize {
        self.settings.recipe.epochs_of(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn updates_are_applied_from_start_to_end() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        assert!(live.share_done() < 1e-12);
        assert_eq!(live.seconds_left(), None);
        for event in fixtures::events_until(1, 3) {
            live.apply(Update::Event(event), now);
        }
        assert_eq!(live.phase, Phase::Running);
        assert!(live.seconds_left().is_some_and(|seconds| seconds > 0.0));
        let share = live.share_done();
        assert!(share > 0.0 && share < 1.0, "{share}");
        live.apply(Update::Event(Event::Paused), now);
        assert_eq!(live.phase, Phase::Paused);
        live.apply(Update::Event(Event::Resumed { seconds: 1.0 }), now);
        assert_eq!(live.phase, Phase::Running);
        live.apply(Update::Stopped, now);
        assert!(live.phase.is_over());
    }

    #[test]
    fn a_pause_before_the_first_seed_is_shown_and_ends_where_it_began() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        live.apply(Update::Event(Event::Paused), now);
        assert_eq!(live.phase, Phase::Paused);
        live.apply(Update::Event(Event::Resumed { seconds: 1.0 }), now);
        assert_eq!(live.phase, Phase::Starting);
    }

    #[test]
    fn so_many_warnings_are_kept_and_all_are_logged() {
        let mut app = fixtures::training();
        let logged = app.log.entries().len();
        for number in 0..3 * MAX_WARNINGS {
            let message = format!("warning {number}");
            let update = Update::Event(Event::Warning { message });
            app.update(crate::tui::app::Message::Update(update));
        }
        let live = app.live.as_ref().unwrap();
        assert_eq!(live.warnings.len(), MAX_WARNINGS);
        let last = format!("warning {}", 3 * MAX_WARNINGS - 1);
        assert_eq!(live.warnings.last(), Some(&last));
        assert_eq!(app.log.entries().len(), logged + 3 * MAX_WARNINGS);
    }

    #[test]
    fn a_pause_does_not_hide_that_it_stops() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        live.phase = Phase::Stopping;
        live.apply(Update::Event(Event::Paused), now);
        live.apply(Update::Event(Event::Resumed { seconds: 1.0 }), now);
        assert_eq!(live.phase, Phase::Stopping);
    }

    /// The capped row said 0 % after a resume, though two epochs were kept.
    #[test]
    fn a_resumed_training_shows_what_was_done_before() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        let rows = crate::run::fixture::metrics(&[1], 2);
        let seconds: f64 = rows
            .iter()
            .map(|row| row.train_seconds + row.eval_seconds)
            .sum();
        live.apply(Update::EarlierEpochs(rows), now);
        let expected = |live: &Live| {
            assert!((live.epochs_done(Role::Baseline) - 2.0).abs() < 1e-12);
            assert!((live.epochs_done(Role::Capped) - 2.0).abs() < 1e-12);
            assert!((live.share_done() - 2.0 / 20.0 / 5.0).abs() < 1e-12);
            assert!((live.elapsed(now) - seconds).abs() < 1e-9);
            assert_eq!(live.saving.means.points.len(), 2);
        };
        expected(&live);
        for event in fixtures::events_until(1, 0).into_iter().take(4) {
            live.apply(Update::Event(event), now);
        }
        expected(&live);
        live.apply(Update::Event(Event::SeedStarted { seed: 2 }), now);
        assert_eq!(live.positions, [None; 2]);
    }

    #[test]
    fn losses_inside_epochs_are_thinned_out_and_belong_to_one_seed() {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        live.steps_per_epoch = 1_000_000;
        for step in 1..=300_000 {
            let event = Event::Step {
                seed: 1,
                network: Role::Baseline,
                epoch: 1,
                step,
                loss: if step == 123_456 { 9.0 } else { 1.0 },
                gradient_norm: None,
                learning_rate: 0.1,
                images_per_second: 1.0,
            };
            live.apply(Update::Event(event), now);
        }
        assert!(live.steps.len() <= MAX_STEPS);
        assert!(live.steps.last().is_some_and(|last| last.at > 0.29));
        assert!(
            live.steps.iter().any(|step| step.loss > 8.0),
            "the spike is kept"
        );
        live.apply(Update::Event(Event::SeedStarted { seed: 2 }), now);
        assert!(live.steps.is_empty());
    }
}
