//! Seconds of training until a network first reaches an accuracy.

use serde::{Deserialize, Serialize};

use super::{finished_seeds, kept, records};
use crate::evidence::{Estimate, mean_interval};
use crate::format::{fixed, percent, percent_interval};
use crate::run::Settings;
use crate::training::{EpochRecord, Role};

/// Training time until each network first reaches the same accuracy, at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeToAccuracy {
    /// The accuracy: that of `--target-accuracy`, else the baseline's after its last epoch, mean over seeds, less the
    /// margin.
    pub target: f64,
    /// Whether it was given.
    pub given: bool,
    /// The images it is measured on.
    pub measured_on: MeasuredOn,
    /// The baseline.
    pub baseline: Reached,
    /// The capped network.
    pub capped: Reached,
    /// `1 - T_capped / T_baseline`, paired by seed, over the seeds in which both networks reach it; null where there
    /// is none.
    pub saved: Option<Estimate>,
    /// Each seed.
    pub seeds: Vec<SeedTimes>,
}

/// Images that an accuracy is measured on after every epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredOn {
    /// Held-out training images.
    HoldOut,
    /// Test images, where nothing is held out.
    Test,
}

/// How often and how fast one network reaches the accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// Seeds in which it does.
    pub reached: usize,
    /// Seeds in which it does not.
    pub not_reached: usize,
    /// Seconds of training over the seeds in which it does; null where there is none.
    pub seconds: Option<Estimate>,
}

/// Seconds of training of both networks of a seed; null of one that does not reach the accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedTimes {
    /// The seed.
    pub seed: u64,
    /// The baseline's.
    pub baseline: Option<f64>,
    /// The capped network's.
    pub capped: Option<f64>,
}

impl TimeToAccuracy {
    /// The target: `92.50 % on the hold-out`.
    #[must_use]
    pub fn target_in_words(&self) -> String {
        let images = match self.measured_on {
            MeasuredOn::HoldOut => "hold-out",
            MeasuredOn::Test => "test images",
        };
        format!("{} % on the {images}", percent(self.target, 2))
    }

    /// Both networks: `baseline 34.0 s, capped 21.3 s, saved 37.4 ± 2.0 %`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let network = |role: Role| {
            let Reached {
                reached,
                not_reached,
                seconds,
            } = self.of(role);
            let seconds = seconds.map_or_else(
                || "not reached".to_owned(),
                |seconds| format!("{} s", fixed(seconds.mean, 1)),
            );
            let missed = if reached > 0 && not_reached > 0 {
                format!(
                    " (not reached in {not_reached} of {})",
                    reached + not_reached
                )
            } else {
                String::new()
            };
            format!("{} {seconds}{missed}", role.name())
        };
        let saved = self.saved.map_or_else(String::new, |saved| {
            format!(
                ", saved {} %",
                percent_interval(saved.mean, saved.interval, 1)
            )
        });
        format!(
            "{}, {}{saved}",
            network(Role::Baseline),
            network(Role::Capped)
        )
    }

    /// One of the networks.
    #[must_use]
    pub const fn of(&self, role: Role) -> Reached {
        match role {
            Role::Baseline => self.baseline,
            Role::Capped => self.capped,
        }
    }
}

/// Time to the same accuracy over the seeds of which both networks are trained to the end; `None` without one.
#[must_use]
pub fn time_to_accuracy(metrics: &[EpochRecord], settings: &Settings) -> Option<TimeToAccuracy> {
    let finished = finished_seeds(metrics, &settings.recipe);
    let seeds: Vec<u64> = finished.iter().map(|(seed, _)| *seed).collect();
    over(metrics, &seeds, settings)
}

/// As [`time_to_accuracy`]; before the first seed is trained to the end, of the seed that is trained, where the target
/// is given.
#[must_use]
pub fn time_to_accuracy_so_far(
    metrics: &[EpochRecord],
    settings: &Settings,
) -> Option<TimeToAccuracy> {
    time_to_accuracy(metrics, settings).or_else(|| {
        settings.target_accuracy?;
        over(metrics, &[metrics.last()?.seed], settings)
    })
}

fn over(metrics: &[EpochRecord], seeds: &[u64], settings: &Settings) -> Option<TimeToAccuracy> {
    let first = metrics.iter().find(|row| seeds.contains(&row.seed))?;
    let last_of_baselines: Vec<f64> = seeds
        .iter()
        .filter_map(|&seed| kept(&records(metrics, seed, Role::Baseline)))
        .map(EpochRecord::validation_accuracy)
        .collect();
    let target = match settings.target_accuracy {
        Some(percent) => percent / 100.0,
        None => {
            mean_interval(&last_of_baselines)?.mean - settings.margin.beside(&last_of_baselines)
        }
    };
    let seconds = |seed: u64, role: Role| {
        let mut seconds = 0.0;
        records(metrics, seed, role)
            .into_iter()
            .find(|row| {
                seconds += row.train_seconds;
                row.validation_accuracy() >= target
            })
            .map(|_| seconds)
    };
    let times: Vec<SeedTimes> = seeds
        .iter()
        .map(|&seed| SeedTimes {
            seed,
            baseline: seconds(seed, Role::Baseline),
            capped: seconds(seed, Role::Capped),
        })
        .collect();
    let reached = |of: fn(&SeedTimes) -> Option<f64>| {
        let seconds: Vec<f64> = times.iter().filter_map(of).collect();
        Reached {
            reached: seconds.len(),
            not_reached: times.len() - seconds.len(),
            seconds: mean_interval(&seconds),
        }
    };
    let saved: Vec<f64> = times
        .iter()
        .filter_map(|times| Some(1.0 - times.capped? / times.baseline?))
        .collect();
    Some(TimeToAccuracy {
        target,
        given: settings.target_accuracy.is_some(),
        measured_on: match first.holdout_accuracy {
            Some(_) => MeasuredOn::HoldOut,
            None => MeasuredOn::Test,
        },
        baseline: reached(|times| times.baseline),
        capped: reached(|times| times.capped),
        saved: mean_interval(&saved),
        seeds: times,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    /// Two seeds of three epochs: accuracy on the hold-out 0.5, 0.8 and 0.9 of the baselines, whose epochs take 10 s; 0.7,
    /// 0.88, 0.87 (0.70 at most in seed 2) of the capped networks, whose epochs take 6 s and, in seed 2, 5 s.
    fn rows() -> (Vec<EpochRecord>, Settings) {
        let mut rows = fixture::metrics(&[1, 2], 3);
        for row in &mut rows {
            let (accuracies, seconds) = match (row.network, row.seed) {
                (Role::Baseline, _) => ([0.5, 0.8, 0.9], 10.0),
                (Role::Capped, 1) => ([0.7, 0.88, 0.87], 6.0),
                (Role::Capped, _) => ([0.6, 0.65, 0.7], 5.0),
            };
            row.holdout_accuracy = Some(accuracies[row.epoch - 1]);
            row.holdout_loss = Some(1.0);
            row.train_seconds = seconds;
        }
        let mut settings = fixture::manifest(&[1, 2], 3).settings;
        settings.margin = 0.03.into();
        (rows, settings)
    }

    #[test]
    fn the_first_epoch_that_reaches_the_target_counts() {
        let (rows, mut settings) = rows();
        let found = time_to_accuracy(&rows, &settings).unwrap();
        assert!((found.target - 0.87).abs() < 1e-12 && !found.given);
        assert_eq!(found.measured_on, MeasuredOn::HoldOut);
        let seeds = |found: &TimeToAccuracy| {
            let of = |times: &SeedTimes| (times.baseline, times.capped);
            found.seeds.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(
            seeds(&found),
            [(Some(30.0), Some(12.0)), (Some(30.0), None)]
        );
        assert_eq!((found.capped.reached, found.capped.not_reached), (1, 1));
        assert!((found.saved.unwrap().mean - 0.6).abs() < 1e-12);
        assert_eq!(
            found.in_words(),
            "baseline 30.0 s, capped 12.0 s (not reached in 1 of 2), saved 60.0 %"
        );
        settings.target_accuracy = Some(70.0);
        let found = time_to_accuracy(&rows, &settings).unwrap();
        assert_eq!(
            seeds(&found),
            [(Some(20.0), Some(6.0)), (Some(20.0), Some(15.0))]
        );
        assert!((found.saved.unwrap().mean - 0.475).abs() < 1e-12);
        settings.target_accuracy = Some(99.0);
        let found = time_to_accuracy(&rows, &settings).unwrap();
        assert_eq!((found.saved, found.baseline.seconds), (None, None));
        assert_eq!(found.in_words(), "baseline not reached, capped not reached");
    }

    #[test]
    fn before_the_first_seed_ends_a_target_must_be_given() {
        let (mut rows, mut settings) = rows();
        rows.truncate(4);
        assert_eq!(time_to_accuracy_so_far(&rows, &settings), None);
        settings.target_accuracy = Some(75.0);
        let found = time_to_accuracy_so_far(&rows, &settings).unwrap();
        assert_eq!(found.seeds.len(), 1);
        assert_eq!(
            (found.seeds[0].baseline, found.seeds[0].capped),
            (Some(20.0), Some(12.0))
        );
        assert_eq!(time_to_accuracy_so_far(&[], &settings), None);
    }
}
