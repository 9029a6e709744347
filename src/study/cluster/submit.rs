//! Submission to Slurm: one array job for the cells that need the same.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::kept::{LOGS, place};
use super::list::absolute;
use super::script::{Array, script};
use super::slurm;
use super::{SlurmTable, Submission, Submitted};
use crate::run::{Error, file};
use crate::study::StudyError;
use crate::study::grid::Design;

/// What is submitted and how.
#[derive(Clone, Copy, Debug)]
pub struct Submitting<'a> {
    /// The grid.
    pub design: &'a Design,
    /// Places in it of the cells to submit.
    pub cells: &'a [usize],
    /// The table of the grid's file.
    pub table: &'a SlurmTable,
    /// The options of the command line, which win over it.
    pub above: &'a SlurmTable,
    /// What starts ebcle-tui on a node where neither says.
    pub program: &'a str,
}

/// An array job that is not submitted yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its script.
    pub script: String,
    /// Number of its tasks.
    pub tasks: usize,
    /// Cells of a task.
    pack: usize,
    /// Places of its cells in the grid.
    cells: Vec<usize>,
    /// The file of its cells, without folder or extension.
    stem: String,
}

/// The jobs for these cells; of those that need the same, as few as Slurm's limit on the tasks of an array job allows.
///
/// # Errors
/// [`Error::Setting`] where a path is not valid UTF-8.
pub fn plan(submitting: &Submitting, kept: Option<&Submission>) -> Result<Vec<Planned>, Error> {
    let Submitting { design, .. } = submitting;
    let mut classes: Vec<(SlurmTable, Vec<usize>)> = Vec::new();
    for &at in submitting.cells {
        let settings = &design.entries[at].cell.settings;
        let needs = submitting.table.of(settings, submitting.above);
        match classes.iter_mut().find(|(known, _)| *known == needs) {
            Some((_, cells)) => cells.push(at),
            None => classes.push((needs, vec![at])),
        }
    }
    let most = slurm::array_size();
    let folder = place(&design.folder);
    let name = design.folder.file_name().unwrap_or_default();
    let mut number = kept.map_or(0, |kept| kept.jobs.len());
    let mut jobs = Vec::new();
    for (needs, cells) in classes {
        let pack = needs.cells_of_task();
        for cells in cells.chunks(most.saturating_mul(pack)) {
            number += 1;
            let stem = number.to_string();
            let array = Array {
                name: name.to_string_lossy().into_owned(),
                tasks: cells.len().div_ceil(pack),
                cells: absolute(&folder.join(format!("{stem}.cells")))?,
                program: needs
                    .program
                    .clone()
                    .unwrap_or_else(|| submitting.program.to_owned()),
                needs: needs.clone(),
            };
            jobs.push(Planned {
                script: script(&array),
                tasks: array.tasks,
                pack,
                cells: cells.to_vec(),
                stem,
            });
        }
    }
    Ok(jobs)
}

/// Submits the jobs of a plan, whose cells have their `cell.toml`; what is submitted is noted in `kept` and in the folder of
/// the grid after every one of them.
///
/// # Errors
/// [`SlurmError`] where Slurm refuses, and where a file cannot be written; the jobs before stay submitted.
pub fn submit(design: &Design, jobs: &[Planned], kept: &mut Submission) -> Result<(), StudyError> {
    let folder = place(&design.folder);
    let logs = folder.join(LOGS);
    file::make_folder(&logs)?;
    for planned in jobs {
        let cells: Vec<_> = planned
            .cells
            .iter()
            .map(|&at| &design.entries[at].cell)
            .collect();
        let mut lines = String::new();
        for cell in &cells {
            lines.push_str(&absolute(&cell.path)?);
            lines.push('\n');
        }
        write(&folder.join(format!("{}.cells", planned.stem)), &lines)?;
        let path = folder.join(format!("{}.sh", planned.stem));
        write(&path, &planned.script)?;
        let path = fs::canonicalize(&path).map_err(Error::io("read", &path))?;
        let job = slurm::submit(&path, &logs)?;
        kept.jobs.push(Submitted {
            job,
            time: Timestamp::now(),
            pack: planned.pack,
            cells: cells.iter().map(|cell| cell.name()).collect(),
        });
        if let Err(error) = kept.write(&design.folder) {
            // A job that nobody knows of would train beside the next one.
            if let Err(error) = slurm::cancel(&[job]) {
                tracing::warn!(%error, job, "a job cannot be cancelled");
            }
            return Err(error.into());
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    file::write_whole(path, text.as_bytes())
}
