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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn only_epochs_of_both_networks_are_paired() {
        let rows = fixture::metrics(&[1, 2], 2);
        let unpaired = &rows[..7];
        assert_eq!((pairs(&rows), pairs(unpaired)), (4, 3));
        let points = seconds(unpaired, Role::Baseline);
        assert_eq!(points[2], (3.0, rows[4].train_seconds));
        assert_eq!(points.len(), 3);
    }
}
