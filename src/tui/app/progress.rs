//! Curves and statistics from the rows of `metrics.csv`, for live and past runs.

use crate::run;
use crate::training::{EpochRecord, Role};

/// Points of a curve: x, y.
pub type Points = Vec<(f64, f64)>;

/// A loss inside an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepLoss {
    pub seed: u64,
    pub network: Role,
    /// Epochs done, a fraction.
    pub at: f64,
    /// Mean loss since the last one, in nats.
    pub loss: f64,
}

/// The seeds in the order in which they occur.
pub fn seeds(metrics: &[EpochRecord]) -> Vec<u64> {
    let mut seeds = Vec::new();
    for row in metrics {
        if !seeds.contains(&row.seed) {
            seeds.push(row.seed);
        }
    }
    seeds
}

/// Seconds per epoch of one network over all paired epochs, numbered from 1 across seeds.
pub fn seconds(metrics: &[EpochRecord], network: Role) -> Points {
    run::epochs_in_training_order(metrics)
        .into_iter()
        .flatten()
        .zip(1_u32..)
        .map(|(pair, number)| {
            let row = match network {
                Role::Baseline => pair.baseline,
                Role::Capped => pair.capped,
            };
            (f64::from(number), row.train_seconds)
        })
        .collect()
}

/// Number of epochs that both networks have finished.
pub fn pairs(metrics: &[EpochRecord]) -> usize {
    run::paired_epochs(metrics).values().map(Vec::len).sum()
}

/// Mean seconds of an epoch of one network, evaluation included; `None` before its first.
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
            data_wait_seconds: None,
            holdout_loss: None,
            holdout_accuracy: None,
        }
    }

    fn two_seeds() -> Vec<EpochRecord> {
        vec![
            row(1, Role::Baseline, 1, 10.0, 0.5),
            row(1, Role::Capped, 1, 6.0, 0.6),
            row(1, Role::Baseline, 2, 10.0, 0.7),
            row(1, Role::Capped, 2, 8.0, 0.8),
            row(2, Role::Capped, 1, 5.0, 0.5),
            row(2, Role::Baseline, 1, 10.0, 0.5),
            row(2, Role::Baseline, 2, 20.0, 0.9),
        ]
    }

    #[test]
    fn an_epoch_counts_once_both_networks_have_it() {
        assert_eq!(
            seconds(&two_seeds(), Role::Capped),
            vec![(1.0, 6.0), (2.0, 8.0), (3.0, 5.0)]
        );
    }

    #[test]
    fn epoch_seconds_include_the_evaluation() {
        assert_eq!(epoch_seconds(&two_seeds(), Role::Baseline), Some(13.5));
        assert_eq!(epoch_seconds(&[], Role::Baseline), None);
    }
}
