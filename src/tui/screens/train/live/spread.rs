//! A training whose seeds several processes train beside each other, each a seed at a time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Live, Phase};
use crate::evidence::TestSet;
use crate::run::{Activity, Doing, Position, last_positions};
use crate::training::{EpochRecord, Event, Role};
use crate::tui::remedy::in_app;

/// Where each seed is.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    seeds: BTreeMap<u64, Place>,
}

/// Where a seed is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The network that is trained; none before and after.
    network: Option<Role>,
    evaluating: bool,
    finished: bool,
    positions: [Option<Position>; 2],
}

/// A seed of a training by several processes, as its row shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedRow {
    pub seed: u64,
    /// What its process does; none where no process trains it now.
    pub doing: Option<(Role, Does)>,
    pub finished: bool,
    pub diverged: bool,
    /// How much of both networks is done, a fraction.
    pub share: f64,
    /// Epoch, step and speed of the network that is trained, or was last.
    pub position: Option<Position>,
    /// Accuracy of that network after its last epoch.
    pub accuracy: Option<f64>,
}

/// What the process of a seed does with a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    Train,
    Evaluate,
}

impl Spread {
    /// How many seeds are trained at the moment.
    pub fn at_once(&self) -> usize {
        self.present().count()
    }

    fn present(&self) -> impl Iterator<Item = (u64, Role, &Place)> {
        let seeds = self.seeds.iter();
        seeds.filter_map(|(seed, place)| Some((*seed, place.network?, place)))
    }
}

impl Live {
    /// Takes in an event of one of several processes.
    pub(super) fn event_of_part(&mut self, event: Event, now: Timestamp) {
        let steps_before = self.steps_per_epoch;
        let Some(Spread { seeds }) = &mut self.spread else {
            return;
        };
        match event {
            Event::Started {
                device,
                steps_per_epoch,
                test_images,
                most_frequent_class,
                seeds: trained,
                ..
            } => {
                self.device.get_or_insert(device);
                self.test_set = most_frequent_class.map(|most_frequent| TestSet {
                    images: test_images,
                    most_frequent,
                });
                self.steps_per_epoch = steps_per_epoch;
                for seed in trained {
                    let place = seeds.entry(seed).or_default();
                    place.positions = last_positions(&self.metrics, seed, steps_per_epoch);
                }
            }
            Event::WarmedUp { network, .. } => self.warmed[network as usize] = true,
            Event::Step {
                seed,
                network,
                epoch,
                step,
                images_per_second,
                ..
            } => {
                let place = seeds.entry(seed).or_default();
                (place.network, place.evaluating) = (Some(network), false);
                place.positions[network as usize] = Some(Position {
                    seed,
                    epoch,
                    step,
                    images_per_second,
                });
            }
            Event::Evaluating { seed, network, .. } => {
                let place = seeds.entry(seed).or_default();
                (place.network, place.evaluating) = (Some(network), true);
            }
            Event::Epoch(record) => {
                let place = seeds.entry(record.seed).or_default();
                (place.network, place.evaluating) = (Some(record.network), false);
                place.positions[record.network as usize] = Some(Position {
                    seed: record.seed,
                    epoch: record.epoch,
                    step: steps_before,
                    images_per_second: record.images_per_second,
                });
                let key = (record.seed, record.network, record.epoch);
                let mut known = self.metrics.iter().rev();
                if known.all(|row| (row.seed, row.network, row.epoch) != key) {
                    self.finished(record);
                }
            }
            Event::SeedFinished { seed, .. } => {
                let place = seeds.entry(seed).or_default();
                (place.network, place.finished) = (None, true);
            }
            Event::Checkpointed { .. } => self.checkpoint = Some(now),
            Event::Warning { message } => self.warn(in_app(&message)),
            Event::Diverged(diverged) => {
                self.warn(in_app(&diverged.message));
                self.diverged.push(diverged);
            }
            // What all of them do is told by the heartbeat of the process that owns the run.
            _ => {}
        }
    }

    /// Takes in who trains it, and of a training by several processes what all of them do.
    pub(in crate::tui::screens::train) fn watched(&mut self, activity: Activity) {
        if self.spread.is_some()
            && !self.phase.is_over()
            && let Some(status) = activity.status()
        {
            self.phase = match status.phase {
                Doing::Starting => Phase::Starting,
                Doing::Running => Phase::Running,
                Doing::Paused => Phase::Paused,
                Doing::Stopping => Phase::Stopping,
            };
        }
        self.followed = Some(activity);
    }

    /// How many seeds there are, and how many of them are trained at the moment: `4 seeds, 2 at once`; none where one process
    /// trains one after the other.
    pub fn seeds_at_once(&self) -> Option<String> {
        let at_once = self.spread.as_ref()?.at_once();
        let seeds = self.settings.recipe.seeds.len();
        Some(format!("{seeds} seeds, {at_once} at once"))
    }

    /// What every process trains: `seed 2: capped, epoch 3 of 20`.
    pub fn doing_by_seed(&self) -> Vec<String> {
        let present = self.spread.iter().flat_map(Spread::present);
        let words = |(seed, network, place): (u64, Role, &Place)| {
            let epoch = place.positions[network as usize].map_or(1, |at| at.epoch);
            let what = if place.evaluating {
                format!("evaluating {}", network.name())
            } else {
                network.name().to_owned()
            };
            let mut said = format!(
                "seed {seed}: {what}, epoch {epoch} of {}",
                self.epochs_of(network)
            );
            if let Some(at) = place.positions[network as usize]
                && !place.evaluating
                && self.steps_per_epoch > 0
            {
                let _ = write!(said, ", step {} of {}", at.step, self.steps_per_epoch);
            }
            said
        };
        present.map(words).collect()
    }

    /// At most `most` seeds in their order: those that are trained, then those finished last, then those that wait. None where
    /// one process trains one after the other.
    pub fn seed_rows(&self, most: usize) -> Vec<SeedRow> {
        let Some(spread) = &self.spread else {
            return Vec::new();
        };
        let seeds = self.settings.recipe.seeds.iter();
        let mut rows: Vec<SeedRow> = seeds.map(|&seed| self.seed_row(spread, seed)).collect();
        rows.sort_by_key(|row| match (row.doing, row.finished) {
            (Some(_), _) => (0, row.seed),
            (None, true) => (1, u64::MAX - row.seed),
            (None, false) => (2, row.seed),
        });
        rows.truncate(most);
        rows.sort_by_key(|row| row.seed);
        rows
    }

    fn seed_row(&self, spread: &Spread, seed: u64) -> SeedRow {
        let place = spread.seeds.get(&seed).copied().unwrap_or_default();
        let done = Role::BOTH.map(|role| self.epochs_done_by(spread, seed, role));
        let all = Role::BOTH.map(|role| self.epochs_of(role).max(1) as f64);
        let rows = || self.metrics.iter().filter(|row| row.seed == seed);
        let last = place
            .network
            .or_else(|| rows().next_back().map(|row| row.network));
        let does = if place.evaluating {
            Does::Evaluate
        } else {
            Does::Train
        };
        let mut accuracies = rows().filter(|row| Some(row.network) == last);
        SeedRow {
            seed,
            doing: place.network.map(|network| (network, does)),
            finished: place.finished || done.iter().zip(all).all(|(done, all)| *done >= all),
            diverged: self.diverged.iter().any(|one| one.seed == seed),
            share: (done.iter().sum::<f64>() / all.iter().sum::<f64>()).min(1.0),
            position: last.and_then(|network| place.positions[network as usize]),
            accuracy: accuracies.next_back().map(EpochRecord::validation_accuracy),
        }
    }

    /// Epochs of one network that are done in the mean over all seeds.
    pub(super) fn mean_epochs_done(&self, spread: &Spread, network: Role) -> f64 {
        let seeds = &self.settings.recipe.seeds;
        let of_seed = |seed: &u64| self.epochs_done_by(spread, *seed, network);
        seeds.iter().map(of_seed).sum::<f64>() / seeds.len().max(1) as f64
    }

    /// Epochs of one network that are done in one seed, a fraction.
    fn epochs_done_by(&self, spread: &Spread, seed: u64, network: Role) -> f64 {
        let place = spread.seeds.get(&seed);
        let position = place.and_then(|place| place.positions[network as usize]);
        let begun = position.map_or(0.0, |at| {
            let share = at.step as f64 / self.steps_per_epoch.max(1) as f64;
            at.epoch.saturating_sub(1) as f64 + share.min(1.0)
        });
        let rows = self.metrics.iter();
        let rows = rows.filter(|row| (row.seed, row.network) == (seed, network));
        let done = rows.map(|row| row.epoch).max().unwrap_or(0);
        begun.max(done as f64)
    }

    /// How much of all seeds is done, as the process says that owns the run, or else by their epochs.
    pub(super) fn share_of_all(&self, spread: &Spread) -> f64 {
        let status = self.followed.as_ref().and_then(Activity::status);
        if let Some(status) = status.filter(|_| !self.phase.is_over()) {
            return status.share_done;
        }
        let share = |network| {
            let epochs = self.epochs_of(network).max(1) as f64;
            (self.mean_epochs_done(spread, network) / epochs).min(1.0)
        };
        Role::BOTH.map(share).iter().sum::<f64>() / 2.0
    }

    /// The mean over seeds of the accuracy after their last epochs.
    pub(super) fn mean_accuracy(&self, network: Role) -> Option<f64> {
        let mut last: BTreeMap<u64, (usize, f64)> = BTreeMap::new();
        for row in self.metrics.iter().filter(|row| row.network == network) {
            let one = (row.epoch, row.validation_accuracy());
            let known = last.entry(row.seed).or_insert(one);
            if one.0 > known.0 {
                *known = one;
            }
        }
        let count = last.len();
        (count > 0).then(|| last.values().map(|(_, value)| value).sum::<f64>() / count as f64)
    }

    /// Images per second of one network, the mean over the seeds that trained it last.
    pub(super) fn mean_speed(spread: &Spread, network: Role) -> Option<f64> {
        let places = spread.seeds.values();
        let speeds: Vec<f64> = places
            .filter_map(|place| place.positions[network as usize])
            .map(|at| at.images_per_second)
            .collect();
        let count = speeds.len();
        (count > 0).then(|| speeds.iter().sum::<f64>() / count as f64)
    }
}
