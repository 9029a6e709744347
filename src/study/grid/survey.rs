//! How far every cell of a grid has come, before anything is trained.

use rayon::prelude::*;

use super::super::cell::Seen;
use super::super::probed::is_probed;
use super::super::progress::{Interruptible, profile};
use super::super::{Progress, StudyError};
use super::{CellOutcome, CellState, Design, Entry, Pair};
use crate::messages::sentence;
use crate::network::Plan;
use crate::run::{Error, plan_pair};

/// The cells with their networks and states. Images are profiled and let go.
///
/// # Errors
/// Where a cell's folder holds a run of other settings or cannot be read.
pub fn survey(design: &Design, progress: &dyn Progress) -> Result<Vec<CellOutcome>, StudyError> {
    let _nothing_yet = Interruptible::begin(progress);
    let mut cells: Vec<CellOutcome> = Vec::new();
    // Cells of the same images follow one another.
    for entries in design.entries.chunk_by(|a, b| a.dataset == b.dataset) {
        let first = &entries[0].cell.settings;
        let analysis = profile(first, progress).map_err(|error| sentence(&error));
        let planned: Vec<_> = entries
            .par_iter()
            .map(|entry| {
                let analysis = analysis.as_ref().map_err(Clone::clone)?;
                let plan = plan_pair(&entry.cell.settings, analysis);
                plan.map(|plan| (plan, analysis))
                    .map_err(|error| error.to_string())
            })
            .collect();
        // Only cells of the same images are twins, and the plans of thousands take much memory.
        let mut plans: Vec<(String, Plan)> = Vec::new();
        for (entry, planned) in entries.iter().zip(planned) {
            let settings = &entry.cell.settings;
            let mut cell = CellOutcome::waiting(&entry.cell);
            match planned {
                Err(reason) => {
                    cell.state = CellState::Missing;
                    cell.reason = Some(reason);
                }
                Ok((plan, analysis)) => {
                    let profile = &analysis.profile;
                    cell.pair = Some(Pair::new(
                        &plan,
                        profile.image_information.mean,
                        profile.images,
                        settings.fitted(profile).recipe.epochs,
                        settings.recipe.seeds.len(),
                    ));
                    let twin = plans.iter().find(|(_, other)| {
                        other.baseline_spec == plan.baseline_spec
                            && other.capped_spec == plan.capped_spec
                    });
                    if plan.capped_spec.is_none() {
                        cell.state = CellState::NothingToCap;
                    } else if let Some((name, _)) = twin {
                        cell.state = CellState::SameAs(name.clone());
                    } else {
                        plans.push((cell.name.clone(), plan));
                    }
                }
            }
            cells.push(cell);
        }
    }
    // Reading the folders of thousands of cells takes all cores.
    let waiting = cells.par_iter_mut().zip(&design.entries);
    waiting
        .filter(|(cell, _)| cell.state == CellState::Waiting)
        .try_for_each(|(cell, entry)| take_up(cell, entry, design.probe))?;
    Ok(cells)
}

/// The state of the cell's folder.
pub(super) fn take_up(cell: &mut CellOutcome, entry: &Entry, probe: bool) -> Result<(), Error> {
    match entry.cell.seen()? {
        Seen::Waiting => {}
        Seen::Begun => cell.state = CellState::Begun,
        Seen::Finished(found) => {
            cell.trained(&found.plan);
            let claims = found.claims.as_ref();
            let whole = !probe || is_probed(&found.summary, claims);
            cell.finish(found.summary, claims, whole);
        }
    }
    Ok(())
}
