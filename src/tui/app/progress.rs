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
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn epoch_seconds_include_the_evaluation_and_pairs_both_networks() {
        let rows = fixture::metrics(&[1, 2], 2);
        let mean = |seconds: fn(&EpochRecord) -> f64| {
            let capped = rows.iter().filter(|row| row.network == Role::Capped);
            capped.map(seconds).sum::<f64>() / 4.0
        };
        let expected = mean(|row| row.train_seconds) + mean(|row| row.eval_seconds);
        let found = epoch_seconds(&rows, Role::Capped);
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12));
        assert_eq!(epoch_seconds(&[], Role::Baseline), None);
        let unpaired = &rows[..7];
        assert_eq!((pairs(&rows), pairs(unpaired)), (4, 3));
    }
}
