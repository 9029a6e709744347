//! Submitting what is left of a grid and has no job: for the command line, and for the app.

use std::path::{Path, PathBuf};

use super::super::asked::grid_design;
use super::super::grid::{CellOutcome, CellState, Design, FILE, GridFile, survey};
use super::{
    Attempts, Left, Planned, SlurmRequest, Submission, Submitted, check_slurm, fit, fit_as_asked,
    jobs, plan, submit, write_cells,
};
use crate::messages::quoted;
use crate::run::{Error, Settings};
use crate::study::{Progress, StudyError};

/// What is to be submitted.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The grid.
    pub design: &'a Design,
    /// Its file.
    pub text: &'a str,
    /// What Slurm is asked for.
    pub request: &'a SlurmRequest,
    /// Whether cells that were given up are tried again.
    pub failed: bool,
    /// Whether the costliest cells are timed here, to split those by seeds that take longer than a task.
    pub timed: bool,
}

/// What an order submits.
#[derive(Debug)]
pub struct Prepared {
    /// The cells of the grid; those that were given up and are not tried again say why.
    pub cells: Vec<CellOutcome>,
    /// The jobs.
    pub planned: Vec<Planned>,
    /// What is to be said of cells that take longer than a task.
    pub warnings: Vec<String>,
    /// How many cells have a job already.
    pub with_job: usize,
    kept: Option<Submission>,
    left: Vec<usize>,
    given_up: Vec<PathBuf>,
}

impl Prepared {
    /// What is left of a grid, of which `kept` was submitted before, and has no job; none where the user stopped it. With
    /// `dry_run` it needs no Slurm.
    ///
    /// # Errors
    /// Where Slurm cannot be asked, and what reading the folders of the cells says.
    pub fn of(
        order: &Order,
        kept: Option<Submission>,
        dry_run: bool,
        progress: &dyn Progress,
    ) -> Result<Option<Self>, StudyError> {
        if !dry_run {
            check_slurm()?;
        }
        let mut cells = survey(order.design, progress)?;
        let mut known = kept
            .as_ref()
            .map(|kept| jobs(&order.design.folder, kept))
            .unwrap_or_default();
        if let Some(why) = known.not_asked.take().filter(|_| !dry_run) {
            return Err(why.into());
        }
        if kept.is_some() {
            known.mark(&mut cells)?;
        }
        let is_split = |name: &str| known.parts_of(name).next().is_some();
        let is_asked_for = |cell: &CellOutcome| {
            let is_failed = cell.state == CellState::Failed;
            cell.state.is_left() || is_failed && (order.failed || is_split(&cell.name))
        };
        let asked_for: Vec<usize> = (0..cells.len())
            .filter(|&at| is_asked_for(&cells[at]))
            .collect();
        for &at in asked_for.iter().filter(|_| order.failed) {
            cells[at].reason = None;
        }
        let is_live = |at: &usize| known.is_live(&cells[*at].name);
        let with_job = asked_for.iter().filter(|at| is_live(at)).count();
        let new: Vec<usize> = asked_for
            .iter()
            .copied()
            .filter(|at| !is_live(at) && !is_split(&cells[*at].name))
            .collect();
        let fit = if order.timed {
            fit(order.design, &new, order.request, &cells, progress)
        } else {
            Some(fit_as_asked(order.design, &new, order.request))
        };
        let Some(fit) = fit else { return Ok(None) };
        let (mut units, mut given_up, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for &at in &asked_for {
            let split = fit.split.get(&at).copied();
            let of_cell = Left::of(&order.design.entries[at].cell, &known, split, order.failed)?;
            if !of_cell.units.is_empty() {
                left.push(at);
            }
            units.extend(of_cell.units);
            given_up.extend(of_cell.given_up);
        }
        let planned = plan(&order.design.folder, &units, order.request, kept.as_ref())?;
        Ok(Some(Self {
            cells,
            planned,
            warnings: fit.said,
            with_job,
            kept,
            left,
            given_up,
        }))
    }

    /// Submits it; gives the new jobs, in the order of the plan.
    ///
    /// # Errors
    /// Where Slurm refuses or a file cannot be written; the jobs before stay submitted.
    pub fn submit(&self, order: &Order) -> Result<Vec<Submitted>, StudyError> {
        let mut record = Submission::of(order.design.cells());
        record.note(order.request);
        if let Some(kept) = &self.kept {
            record.jobs.clone_from(&kept.jobs);
        }
        let before = record.jobs.len();
        for run_dir in &self.given_up {
            Attempts::forget(run_dir)?;
        }
        write_cells(order.design, &self.left, order.text)?;
        submit(&order.design.folder, &self.planned, &mut record)?;
        Ok(record.jobs.split_off(before))
    }
}

/// What `retry` submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retried {
    /// Cells.
    pub cells: usize,
    /// Array jobs.
    pub jobs: usize,
}

/// Submits again what is not done and has no job of the grid in `folder`, also what was given up: as it was submitted last. No cell is timed for that.
/// Of `settings` it takes what belongs to this process alone. None where the user stopped it.
///
/// # Errors
/// Where nothing of it was submitted, by this version of the program, and as [`Prepared`].
pub fn retry(
    folder: &Path,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Option<Retried>, StudyError> {
    let kept = submitted(folder)?.made_by_us(folder)?;
    let file = folder.join(FILE);
    let parent = folder.parent().unwrap_or_else(|| Path::new("."));
    let own = Settings {
        out: parent.to_owned(),
        ..settings.clone()
    };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let (design, text) = grid_design(&file, &own, Some(&name))?;
    if let Some(changes) = kept.changed(design.cells()) {
        return Err(Error::Setting(format!(
            "{}: its cells are not those that were submitted: {changes}; submit it again with `ebcle-tui grid FILE --on slurm`",
            folder.display()
        ))
        .into());
    }
    let (grid, _) = GridFile::read(&file)?;
    let request = SlurmRequest {
        table: grid.slurm.over(&kept.config),
        config: kept.config.clone(),
        above: kept.needs.clone(),
        program: this_program()?,
    };
    let order = Order {
        design: &design,
        text: &text,
        request: &request,
        failed: true,
        timed: false,
    };
    let Some(prepared) = Prepared::of(&order, Some(kept), false, progress)? else {
        return Ok(None);
    };
    let new = prepared.submit(&order)?;
    Ok(Some(Retried {
        cells: new.iter().map(|job| job.cells.len()).sum(),
        jobs: new.len(),
    }))
}

/// What was submitted of the grid in `folder`.
///
/// # Errors
/// Where nothing was, and as [`Submission::read`].
pub fn submitted(folder: &Path) -> Result<Submission, Error> {
    Submission::read(folder)?.ok_or_else(|| {
        Error::Setting(format!(
            "{}: nothing of it was submitted to Slurm",
            folder.display()
        ))
    })
}

/// This program's own file, as a shell reads it.
///
/// # Errors
/// [`Error::Setting`] where it cannot be found, or its path is not valid UTF-8.
pub fn this_program() -> Result<String, Error> {
    let path = std::env::current_exe().map_err(|error| {
        Error::Setting(format!("this program's own file cannot be found: {error}"))
    })?;
    let path = path.to_str().ok_or_else(|| {
        Error::Setting(
            "the path of this program's own file is not valid UTF-8: use --program".to_owned(),
        )
    })?;
    Ok(quoted(path))
}
