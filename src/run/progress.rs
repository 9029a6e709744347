//! How far a training has come, and the seconds it still takes: one computation for the app and for `status.json`.

use crate::network::Plan;
use crate::training::{EpochRecord, Event, Recipe, Role};

/// Where inside an epoch a network is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// The seed.
    pub seed: u64,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Steps done in it.
    pub step: usize,
    /// Training images per second in this epoch so far.
    pub images_per_second: f64,
}

/// Where both networks of a seed are after their last finished epochs, baseline first; none of one without.
#[must_use]
pub fn last_positions(
    rows: &[EpochRecord],
    seed: u64,
    steps_per_epoch: usize,
) -> [Option<Position>; 2] {
    Role::BOTH.map(|role| {
        let is_of = |row: &&EpochRecord| row.network == role && row.seed == seed;
        rows.iter().rev().find(is_of).map(|row| Position {
            seed,
            epoch: row.epoch,
            step: steps_per_epoch.max(1),
            images_per_second: row.images_per_second,
        })
    })
}

/// Mean seconds of an epoch of one network, evaluation included; `None` before its first.
#[must_use]
pub fn epoch_seconds(metrics: &[EpochRecord], network: Role) -> Option<f64> {
    let rows: Vec<f64> = metrics
        .iter()
        .filter(|row| row.network == network)
        .map(|row| row.train_seconds + row.eval_seconds)
        .collect();
    (!rows.is_empty()).then(|| rows.iter().sum::<f64>() / rows.len() as f64)
}

/// What the progress of a training is computed from.
#[derive(Clone, Copy, Debug)]
pub struct TrainingProgress<'a> {
    /// How both networks are trained.
    pub recipe: &'a Recipe,
    /// The pair.
    pub plan: &'a Plan,
    /// The finished epochs.
    pub metrics: &'a [EpochRecord],
    /// Steps of one epoch.
    pub steps_per_epoch: usize,
    /// The seed that is trained.
    pub seed: Option<u64>,
    /// Where each network of that seed is, baseline first.
    pub positions: [Option<Position>; 2],
}

impl TrainingProgress<'_> {
    /// Which of the seeds is trained, from 1, and how many there are.
    #[must_use]
    pub fn seed_of(&self) -> (usize, usize) {
        let seeds = &self.recipe.seeds;
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
        let (at, seeds) = self.seed_of();
        let here: f64 = Role::BOTH
            .into_iter()
            .map(|network| {
                let epochs = self.recipe.epochs_of(network).max(1) as f64;
                self.epochs_done(network) / epochs / 2.0
            })
            .sum();
        ((at - 1) as f64 + here) / seeds.max(1) as f64
    }

    /// Seconds of an epoch of one network: as measured, else by its speed so far, else by the prediction.
    fn epoch_seconds(&self, network: Role) -> Option<f64> {
        let by_speed = || {
            let position = self.positions[network as usize]?;
            let speed = Some(position.images_per_second).filter(|speed| *speed > 0.0)?;
            Some((self.steps_per_epoch * self.recipe.batch_size) as f64 / speed)
        };
        epoch_seconds(self.metrics, network)
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
        Role::BOTH
            .into_iter()
            .map(|network| {
                let epochs = self.recipe.epochs_of(network) as f64;
                let left = epochs * (seeds - at + 1) as f64 - self.epochs_done(network);
                self.epoch_seconds(network)
                    .map(|seconds| seconds * left.max(0.0))
            })
            .sum()
    }
}

/// Where a training is, from its events.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) steps_per_epoch: usize,
    pub(super) seed: Option<u64>,
    pub(super) network: Option<Role>,
    pub(super) positions: [Option<Position>; 2],
}

impl Place {
    /// Follows an event; `rows` are the finished epochs.
    pub(super) fn follow(&mut self, event: &Event, rows: &[EpochRecord]) {
        let (seed, network, position) = match event {
            Event::Started {
                steps_per_epoch, ..
            } => {
                self.steps_per_epoch = *steps_per_epoch;
                return;
            }
            Event::SeedStarted { seed } => {
                self.seed = Some(*seed);
                self.network = None;
                self.positions = last_positions(rows, *seed, self.steps_per_epoch);
                return;
            }
            Event::Step {
                seed,
                network,
                epoch,
                step,
                images_per_second,
                ..
            } => {
                let position = Position {
                    seed: *seed,
                    epoch: *epoch,
                    step: *step,
                    images_per_second: *images_per_second,
                };
                (*seed, *network, position)
            }
            Event::Epoch(record) => {
                let position = Position {
                    seed: record.seed,
                    epoch: record.epoch,
                    step: self.steps_per_epoch,
                    images_per_second: record.images_per_second,
                };
                (record.seed, record.network, position)
            }
            _ => return,
        };
        self.seed = Some(seed);
        self.network = Some(network);
        self.positions[network as usize] = Some(position);
    }

    /// The progress of a training that is here.
    pub(super) const fn progress<'a>(
        &self,
        recipe: &'a Recipe,
        plan: &'a Plan,
        metrics: &'a [EpochRecord],
    ) -> TrainingProgress<'a> {
        TrainingProgress {
            recipe,
            plan,
            metrics,
            steps_per_epoch: self.steps_per_epoch,
            seed: self.seed,
            positions: self.positions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn epoch_seconds_include_the_evaluation() {
        let rows = fixture::metrics(&[1, 2], 2);
        let mean = |seconds: fn(&EpochRecord) -> f64| {
            let capped = rows.iter().filter(|row| row.network == Role::Capped);
            capped.map(seconds).sum::<f64>() / 4.0
        };
        let expected = mean(|row| row.train_seconds) + mean(|row| row.eval_seconds);
        let found = epoch_seconds(&rows, Role::Capped);
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12));
        assert_eq!(epoch_seconds(&[], Role::Baseline), None);
    }

    /// The second of two seeds, both networks of it halfway: three quarters are done, and what is left is half of what both
    /// networks take.
    #[test]
    fn share_and_seconds_count_seeds_and_epochs() {
        let (manifest, plan) = (fixture::manifest(&[1, 2], 4), fixture::plan());
        let recipe = &manifest.settings.recipe;
        let mut rows = fixture::metrics(&[1], 4);
        let mut place = Place::default();
        assert_eq!(place.progress(recipe, &plan, &[]).seconds_left(), None);
        place.steps_per_epoch = 31;
        place.follow(&Event::SeedStarted { seed: 2 }, &rows);
        for record in fixture::metrics(&[2], 2) {
            rows.push(record.clone());
            place.follow(&Event::Epoch(record), &rows);
        }
        let progress = place.progress(recipe, &plan, &rows);
        assert_eq!(progress.seed_of(), (2, 2));
        assert!((progress.share_done() - 0.75).abs() < 1e-12);
        let left: f64 = Role::BOTH
            .iter()
            .filter_map(|&role| epoch_seconds(&rows, role))
            .map(|seconds| 2.0 * seconds)
            .sum();
        let found = progress.seconds_left();
        assert!(found.is_some_and(|found| (found - left).abs() < 1e-9));
        // A resume begins the seed again where its epochs ended.
        let mut resumed = Place {
            steps_per_epoch: 31,
            ..Place::default()
        };
        resumed.follow(&Event::SeedStarted { seed: 2 }, &rows);
        assert_eq!(resumed.positions, place.positions);
    }
}
