//! What is left to pay for a grid, before it is trained.

use super::super::progress::{self, Interruptible, overview};
use super::super::{Progress, StudyError, sweep};
use super::{CellOutcome, CellState, Design, Entry, GridOutcome};
use crate::messages::sentence;
use crate::run::{Error, Price, TimedPlan};
use crate::training::holdout::USUAL_SHARE;

/// The price of one cell, whose networks are those by timed steps from then on, and the epochs of each network and seed; none
/// where the user stopped it.
///
/// # Errors
/// Where its images cannot be read, or its networks cannot be timed.
pub fn price_of(
    entry: &Entry,
    cell: &mut CellOutcome,
    probe: bool,
    progress: &dyn Progress,
) -> Result<Option<(Price, usize)>, Error> {
    let overview = overview(&entry.cell.settings, progress)?;
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
    let price = progress::price(&settings, &plan, images, probe, progress)?;
    Ok(price.map(|price| (price, settings.recipe.epochs)))
}

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
        match price_of(entry, cell, design.probe, progress) {
            Ok(Some((price, _))) => {
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
