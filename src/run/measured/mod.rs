//! What the rows of `metrics.csv` say: the one source of these numbers for the screen, the summary, the verdict, plots,
//! sweeps and reports. Where an epoch was trained twice (a run that was resumed), its later row counts.

mod bands;
mod curves;
mod seeds;
mod target;
mod time;

pub use bands::{Band, Means, Saving, means_over_seeds, time_saved_by_epoch, totals_by_epoch};
pub use curves::{curve, mean_over_seeds, over_seeds};
pub use seeds::verdict_so_far;
pub(super) use seeds::{Epochs, broken_seeds, finished_seeds, judged};
pub use target::{
    MeasuredOn, Reached, SeedTimes, TimeToAccuracy, time_to_accuracy, time_to_accuracy_so_far,
};
pub(super) use time::{data_wait_share, energy_saved, over_epochs, slowest_epoch, total_saving};
pub use time::{epochs_in_training_order, in_joules, paired_epochs, time_saved, time_saved_so_far};

use std::collections::BTreeMap;

use crate::training::{EpochRecord, Recipe, Role};

/// The epochs of one network in one seed, in order.
#[must_use]
pub fn records(metrics: &[EpochRecord], seed: u64, role: Role) -> Vec<&EpochRecord> {
    let rows = metrics
        .iter()
        .filter(|row| (row.seed, row.network) == (seed, role));
    let epochs: BTreeMap<usize, &EpochRecord> = rows.map(|row| (row.epoch, row)).collect();
    epochs.into_values().collect()
}

/// The row of the epoch whose weights are kept: the last, or the best on the hold-out of a network that stops early.
#[must_use]
pub fn kept<'a>(rows: &[&'a EpochRecord]) -> Option<&'a EpochRecord> {
    let last = *rows.last()?;
    let epoch = last.kept_epoch.unwrap_or(last.epoch);
    rows.iter().copied().find(|row| row.epoch == epoch)
}

/// Whether rows are those of a network trained to its end by `recipe`: all its epochs, the last with a finite test loss, and
/// no loss among them that is not finite, as older versions wrote of networks that diverged.
#[must_use]
pub fn is_finished(rows: &[&EpochRecord], role: Role, recipe: &Recipe) -> bool {
    let whole = rows
        .last()
        .is_some_and(|last| last.test_loss.is_finite() && rows.len() >= last.epoch);
    let finite =
        |row: &&EpochRecord| row.train_loss.is_finite() && row.validation_loss().is_finite();
    whole && rows.iter().all(finite) && recipe.is_over(role, rows.iter().copied())
}
