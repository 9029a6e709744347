//! Training the cells of a study one after the other.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::options::Global;
use super::output;
use super::train::{Talker, follow};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::network::Plan;
use crate::run::Summary;
use crate::study::{Cell, State};

/// The summary of a cell, which is trained to its end where it is not yet; none where the user
/// stopped it, which keeps all finished epochs.
///
/// # Errors
/// One sentence on what cannot be read, or on what went wrong.
pub fn train(
    cell: &Cell,
    dataset: &Arc<Dataset>,
    analysis: &Analysis,
    plan: &Plan,
    interrupted: &AtomicBool,
    global: &Global,
) -> anyhow::Result<Option<Summary>> {
    if let State::Finished(summary) = cell.state()? {
        return Ok(Some(*summary));
    }
    let session = output::followed(global, |progress| {
        cell.train(dataset, analysis, plan, progress)
    })?;
    let settings = cell.settings.fitted(&analysis.profile);
    follow(&session, &Talker::new(global, &settings), interrupted)
}
