//! Curves and statistics from the rows of `metrics.csv`, for live and past runs.

use crate::run;
use crate::training::{EpochRecord, Role};

/// Points of a curve: x, y.
pub type Points = Vec<(f64, f64)>;

/// Loss and gradient norm inside an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepLoss {
    pub seed: u64,
    pub network: Role,
    /// Epochs done, a fraction.
    pub at: f64,
    /// Mean loss since the last one, in nats.
    pub loss: f64,
    /// Mean gradient norm since the last one.
    pub gradient_norm: Option<f64>,
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
    }
}
