//! What the rows of `metrics.csv` say: the one source of these numbers for the screen, the summary, the verdict, plots,
//! sweeps and reports. Where an epoch was trained twice (a run that was resumed), its later row counts.

mod curves;
mod seeds;
mod target;
mod time;

pub use curves::{curve, mean_over_seeds, over_seeds};
pub use seeds::verdict_so_far;
pub(super) use seeds::{broken_seeds, finished_seeds, judged};
pub use target::{
    MeasuredOn, Reached, SeedTimes, TimeToAccuracy, time_to_accuracy, time_to_accuracy_so_far,
};
pub use time::{
    PairedEpoch, epochs_in_training_order, paired_epochs, time_saved, time_saved_so_far,
};
pub(super) use time::{data_wait_share, over_epochs, saving, slowest_epoch};

use std::collections::BTreeMap;

use crate::training::{EpochRecord, Role};

/// The epochs of one network in one seed, in order.
#[must_use]
pub fn records(metrics: &[EpochRecord], seed: u64, role: Role) -> Vec<&EpochRecord> {
    let rows = metrics
        .iter()
        .filter(|row| (row.seed, row.network) == (seed, role));
    let epochs: BTreeMap<usize, &EpochRecord> = rows.map(|row| (row.epoch, row)).collect();
    epochs.into_values().collect()
}

/// Whether rows are those of a network trained to its end: all its `epochs`, the last with a finite test loss, and no
/// loss among them that is not finite, as older versions wrote of networks that diverged.
#[must_use]
pub fn is_finished<'a>(
    rows: impl ExactSizeIterator<Item = &'a EpochRecord>,
    epochs: usize,
) -> bool {
    let mut rows = rows;
    let mut last = f64::NAN;
    let enough = rows.len() >= epochs;
    let finite = rows.all(|row| {
        last = row.test_loss;
        row.train_loss.is_finite() && row.validation_loss().is_finite()
    });
    enough && finite && last.is_finite()
}
