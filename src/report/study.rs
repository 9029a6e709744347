//! Studies to the end: what is trained, and the report that is written of it.

use std::path::{Path, PathBuf};

use super::{ReportError, grid, recommend, sweep};
use crate::messages::sentence;
use crate::run::{Settings, file};
use crate::study::grid::{CellOutcome, Design, FILE, GridOutcome, OUTCOME};
use crate::study::recommend::{Budget, RecommendOutcome};
use crate::study::sweep::SweepOutcome;
use crate::study::{Asked, Engine, Progress, StudyError, grid_design};

fn written(report: Result<Vec<PathBuf>, ReportError>) -> Result<(), StudyError> {
    let report = report.map_err(|error| StudyError::Training(sentence(&error)));
    report.map(drop)
}

/// Conducts a recommendation whose runs the engine `on` trains, and writes its report; none where the user stopped it.
///
/// # Errors
/// As [`conduct`](crate::study::recommend::conduct), and where the report cannot be written.
pub fn conduct_recommend(
    settings: &Settings,
    budget: Budget,
    folder: &Path,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<RecommendOutcome>, StudyError> {
    let found = crate::study::recommend::conduct(settings, budget, folder, on, progress)?;
    if let Some(outcome) = &found {
        written(recommend::write(outcome, &outcome.folder))?;
    }
    Ok(found)
}

/// Writes the report of a sweep that is conducted, alone or in a grid.
///
/// # Errors
/// Where it cannot be written.
pub fn swept(outcome: &SweepOutcome) -> Result<(), StudyError> {
    written(sweep::write(outcome, &outcome.folder))
}

/// Conducts what is left of a grid, of whose file this is the `text`, by the engine `on`, and writes its report; none where the user
/// stopped it.
///
/// # Errors
/// As [`conduct`](crate::study::grid::conduct), and where a file cannot be written.
pub fn conduct_grid(
    design: &Design,
    text: &str,
    cells: Vec<CellOutcome>,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<GridOutcome>, StudyError> {
    file::make_folder(&design.folder)?;
    file::write_whole(&design.folder.join(FILE), text.as_bytes())?;
    design.given.write(&design.folder)?;
    let found = crate::study::grid::conduct(design, cells, on, progress)?;
    if let Some(outcome) = &found {
        written(grid::write(outcome, text))?;
    }
    Ok(found)
}

/// Writes the outcome and the report of a grid, of whose file this is the `text`, from what its cells hold, however many of
/// them are done; trains nothing.
///
/// # Errors
/// Where what a sweep's folder holds cannot be read, and where a file cannot be written.
pub fn collect_grid(
    design: &Design,
    text: &str,
    cells: Vec<CellOutcome>,
) -> Result<GridOutcome, StudyError> {
    file::make_folder(&design.folder)?;
    let outcome = crate::study::grid::outcome_of(design, cells)?;
    file::write_json(&design.folder.join(OUTCOME), &outcome)?;
    written(grid::write(&outcome, text))?;
    Ok(outcome)
}

/// Conducts a study, or continues it, and writes its report; gives its folder and what was found, none where the user
/// stopped it.
///
/// # Errors
/// One sentence on what cannot be read, is not known, does not fit, or went wrong.
pub fn conduct(
    asked: &Asked,
    progress: &dyn Progress,
) -> Result<Option<(PathBuf, String)>, StudyError> {
    Ok(match asked {
        Asked::Recommend {
            settings,
            budget,
            folder,
        } => conduct_recommend(settings, *budget, folder, &Engine::Machine, progress)?
            .map(|outcome| (outcome.folder, outcome.finding)),
        Asked::Sweep {
            settings,
            question,
            folder,
        } => crate::study::sweep::conduct(settings, question, folder, &Engine::Machine, progress)?
            .map(|outcome| (outcome.folder, outcome.finding)),
        Asked::Grid {
            file,
            settings,
            name,
        } => {
            let (design, text) = grid_design(file, settings, name.as_deref())?;
            let cells = crate::study::grid::survey(&design, progress)?;
            conduct_grid(&design, &text, cells, &Engine::Machine, progress)?
                .map(|outcome| (outcome.folder, outcome.finding))
        }
    })
}
