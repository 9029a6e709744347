//! Curves and running numbers from the rows of `metrics.csv`: pure functions, for live and past runs alike.

use crate::evidence::{Estimate, mean_interval};
use crate::training::{EpochRecord, Role};

/// Points of a curve: x, y.
pub type Points = Vec<(f64, f64)>;

/// A curve of one network of one seed over its epochs.
#[must_use]
pub fn curve(
    metrics: &[EpochRecord],
    seed: u64,
    network: Role,
    value: impl Fn(&EpochRecord) -> f64,
) -> Points {
    metrics
        .iter()
        .filter(|row| row.seed == seed && row.network == network)
        .map(|row| (row.epoch as f64, value(row)))
        .collect()
}

/// The seeds in the order in which they occur.
#[must_use]
pub fn seeds(metrics: &[EpochRecord]) -> Vec<u64> {
    let mut seeds = Vec::new();
    for row in metrics {
        if !seeds.contains(&row.seed) {
            seeds.push(row.seed);
        }
    }
    seeds
}

/// Epochs that both networks have finished, in order: the baseline's row and the capped one's.
#[must_use]
pub fn pairs(metrics: &[EpochRecord]) -> Vec<(&EpochRecord, &EpochRecord)> {
    let of = |network: Role| metrics.iter().filter(move |row| row.network == network);
    of(Role::Baseline)
        .filter_map(|baseline| {
            of(Role::Capped)
                .find(|capped| (capped.seed, capped.epoch) == (baseline.seed, baseline.epoch))
                .map(|capped| (baseline, capped))
        })
        .collect()
}

/// Seconds per epoch of one network over all paired epochs, numbered from 1 across seeds.
#[must_use]
pub fn seconds(metrics: &[EpochRecord], network: Role) -> Points {
    pairs(metrics)
        .iter()
        .zip(1_u32..)
        .map(|((baseline, capped), number)| {
            let row = match network {
                Role::Baseline => baseline,
                Role::Capped => capped,
            };
            (f64::from(number), row.train_seconds)
        })
        .collect()
}

/// The fraction of training time saved in each paired epoch.
fn saved_per_epoch(metrics: &[EpochRecord]) -> Vec<f64> {
    pairs(metrics)
        .iter()
        .filter(|(baseline, _)| baseline.train_seconds > 0.0)
        .map(|(baseline, capped)| 1.0 - capped.train_seconds / baseline.train_seconds)
        .collect()
}

/// Time saved so far, over finished seeds where there are two or more, else over paired epochs; `None` before the first pair.
#[must_use]
pub fn time_saved(metrics: &[EpochRecord], epochs: usize) -> Option<Estimate> {
    let finished = finished_seeds(metrics, epochs);
    if finished.len() < 2 {
        return mean_interval(&saved_per_epoch(metrics));
    }
    let total = |seed: u64, network: Role| -> f64 {
        curve(metrics, seed, network, |row| row.train_seconds)
            .iter()
            .map(|(_, seconds)| seconds)
            .sum()
    };
    let saved: Vec<f64> = finished
        .iter()
        .map(|&seed| 1.0 - total(seed, Role::Capped) / total(seed, Role::Baseline))
        .collect();
    mean_interval(&saved)
}

/// The running estimate of the time saved over paired epochs: mean, lower and upper bound (where there are two epochs or more).
#[must_use]
pub fn saved_curves(metrics: &[EpochRecord]) -> [Points; 3] {
    let saved = saved_per_epoch(metrics);
    let mut curves = [Points::new(), Points::new(), Points::new()];
    for count in 1..=saved.len() {
        let Some(estimate) = mean_interval(&saved[..count]) else {
            continue;
        };
        let x = count as f64;
        curves[0].push((x, estimate.mean));
        if let (Some([low, high]), true) = (estimate.interval, count > 2) {
            curves[1].push((x, low));
            curves[2].push((x, high));
        }
    }
    curves
}

/// The seeds of which both networks have all their epochs.
#[must_use]
pub fn finished_seeds(metrics: &[EpochRecord], epochs: usize) -> Vec<u64> {
    seeds(metrics)
        .into_iter()
        .filter(|&seed| {
            Role::BOTH.into_iter().all(|network| {
                metrics
                    .iter()
                    .filter(|row| row.seed == seed && row.network == network)
                    .count()
                    >= epochs
            })
        })
        .collect()
}

/// Capped minus baseline test accuracy after the last epoch, for each finished seed.
#[must_use]
pub fn differences(metrics: &[EpochRecord], epochs: usize) -> Vec<f64> {
    finished_seeds(metrics, epochs)
        .into_iter()
        .filter_map(|seed| {
            let last = |network| {
                curve(metrics, seed, network, |row| row.test_accuracy)
                    .last()
                    .map(|&(_, accuracy)| accuracy)
            };
            Some(last(Role::Capped)? - last(Role::Baseline)?)
        })
        .collect()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(seed: u64, network: Role, epoch: usize, seconds: f64, accuracy: f64) -> EpochRecord {
        EpochRecord {
            seed,
            network,
            epoch,
            train_loss: 1.0,
            train_accuracy: accuracy,
            test_loss: 1.0,
            test_accuracy: accuracy,
            train_seconds: seconds,
            eval_seconds: 1.0,
            images_per_second: 100.0,
            learning_rate: 0.1,
        }
    }

    fn two_seeds() -> Vec<EpochRecord> {
        vec![
            row(1, Role::Baseline, 1, 10.0, 0.5),
            row(1, Role::Capped, 1, 6.0, 0.6),
            row(1, Role::Baseline, 2, 10.0, 0.7),
            row(1, Role::Capped, 2, 8.0, 0.8),
            row(2, Role::Baseline, 1, 10.0, 0.5),
            row(2, Role::Capped, 1, 5.0, 0.5),
            row(2, Role::Baseline, 2, 20.0, 0.9),
        ]
    }

    #[test]
    fn an_epoch_counts_once_both_networks_have_it() {
        assert_eq!(pairs(&two_seeds()).len(), 3);
        assert_eq!(
            seconds(&two_seeds(), Role::Capped),
            vec![(1.0, 6.0), (2.0, 8.0), (3.0, 5.0)]
        );
    }

    #[test]
    fn time_saved_is_over_epochs_until_two_seeds_are_finished() {
        let mut metrics = two_seeds();
        let so_far = time_saved(&metrics, 2).unwrap();
        assert!((so_far.mean - (0.4 + 0.2 + 0.5) / 3.0).abs() < 1e-12);
        metrics.push(row(2, Role::Capped, 2, 10.0, 0.9));
        let over_seeds = time_saved(&metrics, 2).unwrap();
        assert!((over_seeds.mean - 0.4).abs() < 1e-12);
        assert_eq!(time_saved(&[], 2), None);
    }

    #[test]
    fn differences_are_of_finished_seeds_alone() {
        let differences = differences(&two_seeds(), 2);
        assert_eq!(differences.len(), 1);
        assert!((differences[0] - 0.1).abs() < 1e-12);
    }

    #[test]
    fn epoch_seconds_include_the_evaluation() {
        assert_eq!(epoch_seconds(&two_seeds(), Role::Baseline), Some(13.5));
        assert_eq!(epoch_seconds(&[], Role::Baseline), None);
    }
}
