//! What is left to pay for a grid, before it is trained.

use super::super::progress::{self, Interruptible, overview};
use super::super::{Progress, StudyError, sweep};
use super::{CellState, Design, GridOutcome};
use crate::messages::sentence;
use crate::run::{Price, TimedPlan};
use crate::training::holdout::USUAL_SHARE;

/// Adds the price of every cell and sweep that is not finished, and of all; false where the user stopped it.
///
/// A cell or sweep whose price cannot be found is said and left without one.
///
/// # Errors
/// Where what a sweep's folder holds cannot be read.
pub fn price(
    design: &Design,
    outcome: &mut GridOutcome,
    progress: &dyn Progress,
) -> Result<bool, StudyError> {
    let _nothing_yet = Interruptible::begin(progress);
    let mut all = Price::default();
    for (entry, cell) in design.entries.iter().zip(&mut outcome.cells) {
        if !matches!(cell.state, CellState::Waiting | CellState::Begun) {
            continue;
        }
        let found = overview(&entry.cell.settings, progress).and_then(|overview| {
            let profile = &overview.analysis.profile;
            let settings = entry.cell.settings.fitted(profile);
            let timed = progress::plan_by_time(&settings, &overview.analysis, progress)?;
            let Some(TimedPlan { settings, plan }) = timed else {
                return Ok(None);
            };
            if let Some(pair) = &mut cell.pair {
                pair.capped.clone_from(&plan.capped);
            }
            let images = [profile.images, overview.shown.test_images];
            let settings = settings.for_study(USUAL_SHARE);
            progress::price(&settings, &plan, images, design.probe, progress)
        });
        match found {
            Ok(Some(price)) => {
                all.add(&price);
                cell.price = Some(price);
            }
            Ok(None) => return Ok(false),
            Err(error) => progress.warn(&format!("{}: no price: {}", cell.name, sentence(&error))),
        }
    }
    for sweep in &design.sweeps {
        if sweep.folder.join(sweep::OUTCOME).is_file() {
            continue;
        }
        match sweep::price(&sweep.settings, &sweep.question, &sweep.folder, progress) {
            Ok(Some(price)) => {
                all.add(&price.price);
                outcome.sweep_prices.push(price);
            }
            Ok(None) => return Ok(false),
            Err(error) => {
                let folder = sweep.folder.display();
                progress.warn(&format!("{folder}: no price: {}", sentence(&error)));
            }
        }
    }
    outcome.price = Some(all);
    Ok(true)
}
