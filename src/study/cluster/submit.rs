//! Submission to Slurm: one array job for the cells that need the same.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::kept::{LOGS, place};
use super::list::absolute;
use super::script::{Array, script};
use super::slurm;
use super::{SlurmRequest, SlurmTable, Submission, Submitted, Unit};
use crate::run::{Error, file};
use crate::study::StudyError;

/// An array job that is not submitted yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its script.
    pub script: String,
    /// Number of its tasks.
    pub tasks: usize,
    /// Cells of a task, or seeds of one.
    pack: usize,
    /// What they train: names, and run directories.
    units: Vec<(String, PathBuf)>,
    /// The file of its cells, without folder or extension.
    stem: String,
}

/// The jobs for these cells and seeds of the study in `study`; of those that need the same, as few as Slurm's limit on the tasks
/// of an array job allows.
///
/// # Errors
/// [`Error::Setting`] where a path is not valid UTF-8.
pub fn plan(
    study: &Path,
    units: &[Unit],
    request: &SlurmRequest,
    kept: Option<&Submission>,
) -> Result<Vec<Planned>, Error> {
    let mut classes: Vec<(SlurmTable, Vec<&Unit>)> = Vec::new();
    for unit in units {
        let mut needs = request.needs(&unit.cell.settings);
        needs.pack = unit.per_task.or(needs.pack);
        match classes.iter_mut().find(|(known, _)| *known == needs) {
            Some((_, units)) => units.push(unit),
            None => classes.push((needs, vec![unit])),
        }
    }
    let most = slurm::array_size();
    let folder = place(study);
    let name = study.file_name().unwrap_or_default();
    let mut number = kept.map_or(0, |kept| kept.jobs.len());
    let mut jobs = Vec::new();
    for (needs, units) in classes {
        let pack = needs.cells_of_task();
        for units in units.chunks(most.saturating_mul(pack)) {
            number += 1;
            let stem = number.to_string();
            let array = Array {
                name: name.to_string_lossy().into_owned(),
                tasks: units.len().div_ceil(pack),
                cells: absolute(&folder.join(format!("{stem}.cells")))?,
                program: needs
                    .program
                    .clone()
                    .unwrap_or_else(|| request.program.clone()),
                needs: needs.clone(),
            };
            jobs.push(Planned {
                script: script(&array),
                tasks: array.tasks,
                pack,
                units: units
                    .iter()
                    .map(|unit| (unit.name(), unit.path()))
                    .collect(),
                stem,
            });
        }
    }
    Ok(jobs)
}

/// Submits the jobs of a plan, whose cells have their `cell.toml`; what is submitted is noted in `kept` and in the folder of
/// the study after every one of them.
///
/// # Errors
/// [`SlurmError`](super::SlurmError) where Slurm refuses, and where a file cannot be written; the jobs before stay submitted.
pub fn submit(study: &Path, jobs: &[Planned], kept: &mut Submission) -> Result<(), StudyError> {
    let folder = place(study);
    let logs = folder.join(LOGS);
    file::make_folder(&logs)?;
    for planned in jobs {
        let mut lines = String::new();
        for (_, path) in &planned.units {
            lines.push_str(&absolute(path)?);
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
            cells: planned.units.iter().map(|(name, _)| name.clone()).collect(),
        });
        if let Err(error) = kept.write(study) {
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
