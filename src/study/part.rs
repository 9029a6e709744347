//! One seed of a cell, trained by a process that knows nothing but its folder, such as `CELL/seeds/seed-3`.
//!
//! Whoever comes first lays the cell out and splits it into [parts]; each task then trains its own part, and whoever finishes the
//! last one goes on with the whole cell, which takes the parts in.

use std::path::Path;
use std::time::{Duration, Instant};

use super::progress::{Interruptible, prepare, reading};
use super::train::{resolved_with, wait};
use super::{Cell, Progress, State, StudyError};
use crate::messages::sentence;
use crate::network::Plan;
use crate::run::{
    CELL_PLAN, Error, Lock, Prepared, RunDirectory, SUMMARY, Session, file, parts, plan_pair,
};
use crate::training::device;

/// How long a cell that is laid out and has no part of the seed may be held by the process that splits it.
const SPLIT: Duration = Duration::from_mins(1);

/// How far a cell is once one of its seeds was trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The seed is trained to its end, and another one is not.
    Seed,
    /// All seeds are trained to their ends.
    All,
    /// The user stopped it, which keeps all finished epochs.
    Stopped,
}

/// Trains what is left of a seed of `cell`.
///
/// # Errors
/// As [`train`](super::train::train), and [`Error::Held`] where another process trains the seed or the whole cell.
pub(super) fn train(
    cell: &Cell,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Reached, StudyError> {
    let folder = parts::folder(&cell.path, seed);
    let begun = Instant::now();
    loop {
        let state = cell.state()?;
        if matches!(state, State::Finished(_)) {
            return Ok(Reached::All);
        }
        if let Ok(part) = RunDirectory::open(&folder) {
            return train_part(cell, &part, progress);
        }
        match split(cell, &folder, progress) {
            Ok(Some(true)) => {}
            // It is trained in the run itself.
            Ok(Some(false)) => return reached(cell),
            Ok(None) => return Ok(Reached::Stopped),
            Err(StudyError::Run(held @ Error::Held { .. })) => {
                if state == State::Begun && begun.elapsed() > SPLIT {
                    return Err(held.into());
                }
                std::thread::sleep(Duration::from_millis(200));
                if state == State::Waiting && !wait(&cell.path, progress)? {
                    return Ok(Reached::Stopped);
                }
            }
            Err(error) => return Err(error),
        }
        if progress.is_cancelled() {
            return Ok(Reached::Stopped);
        }
    }
}

/// Trains what is left of a part.
fn train_part(
    cell: &Cell,
    part: &RunDirectory,
    progress: &dyn Progress,
) -> Result<Reached, StudyError> {
    if part.summary()?.is_some() {
        return reached(cell);
    }
    let settings = part.manifest()?.settings;
    let mut here = Cell {
        path: part.path().to_owned(),
        settings: cell.settings.clone(),
    };
    if here.settings.device == "auto" {
        here.settings.device.clone_from(&settings.device);
    }
    let session = match reading(progress, |phase| here.resume(part, phase)) {
        Err(Error::AlreadyFinished { .. }) => return reached(cell),
        session => session?,
    };
    let summary = progress.follow(&session, &settings)?;
    drop(session);
    match summary {
        Some(_) => reached(cell),
        None => Ok(Reached::Stopped),
    }
}

/// Whether the last seed of a cell is trained.
fn reached(cell: &Cell) -> Result<Reached, StudyError> {
    if matches!(cell.state()?, State::Finished(_)) {
        return Ok(Reached::All);
    }
    let are_trained = parts::are_trained(&RunDirectory::open(&cell.path)?)?;
    Ok(if are_trained {
        Reached::All
    } else {
        Reached::Seed
    })
}

/// Lays a cell out, unless that is done, and splits it; says whether `folder` is one of its parts, none where the user stopped
/// it.
///
/// # Errors
/// [`Error::Held`] where another process does, or trains the cell.
fn split(cell: &Cell, folder: &Path, progress: &dyn Progress) -> Result<Option<bool>, StudyError> {
    file::make_folder(&cell.path)?;
    let lock = Lock::take(&cell.path)?;
    let (run, lock) = match RunDirectory::open(&cell.path) {
        Ok(run) => (run, lock),
        Err(Error::NotARun { .. }) => {
            let _nothing_yet = Interruptible::begin(progress);
            let prepared = prepare(&cell.settings, progress)?;
            let plan = planned(cell, &prepared)?;
            let Some((resolved, plan)) = resolved_with(&lock, cell, &prepared, &plan, progress)?
            else {
                return Ok(None);
            };
            let (dataset, analysis) = (prepared.dataset, prepared.analysis);
            Session::lay_out_in(&cell.path, lock, &resolved, dataset, &analysis, &plan)?
        }
        Err(error) => return Err(error.into()),
    };
    let manifest = run.manifest()?;
    let kind = match manifest.settings.device.as_str() {
        "auto" => manifest.device.split(' ').next().unwrap_or_default(),
        named => named,
    };
    let (found, damaged) = match parts::split(&run, &lock, device::kind(kind)) {
        // Another process was faster with the whole.
        Err(Error::AlreadyFinished { .. }) => return Ok(Some(true)),
        found => found?,
    };
    for sentence in damaged {
        progress.warn(&format!("warning: {sentence}"));
    }
    Ok(Some(found.iter().any(|part| part.path == folder)))
}

/// Puts those of `cells` together all seeds of which are trained in parts, which nobody has done yet: nothing is trained. One that
/// cannot be is said, and left to a task.
///
/// # Errors
/// Where a cell's folder cannot be read.
pub fn join<'a>(
    cells: impl IntoIterator<Item = &'a Cell>,
    progress: &dyn Progress,
) -> Result<(), StudyError> {
    for cell in cells {
        if !parts::are_in(&cell.path) || cell.path.join(SUMMARY).is_file() {
            continue;
        }
        let run = RunDirectory::open(&cell.path)?;
        if !parts::are_trained(&run)? {
            continue;
        }
        let joined = put_together(cell, &run, progress);
        if let Err(error) = joined {
            let why = sentence(&error);
            let name = cell.name();
            progress.warn(&format!("{name}: its seeds are not put together: {why}"));
        }
    }
    Ok(())
}

fn put_together(
    cell: &Cell,
    run: &RunDirectory,
    progress: &dyn Progress,
) -> Result<(), StudyError> {
    let settings = run.manifest()?.settings;
    // Any device will do where nothing is left to train; this machine may lack that of the parts.
    let mut here = cell.clone();
    "cpu".clone_into(&mut here.settings.device);
    let session = reading(progress, |phase| here.resume(run, phase))?;
    progress.follow(&session, &settings)?;
    Ok(())
}

/// The pair of a cell: the one that was written beside its settings, or the one that follows from them.
pub(super) fn planned(cell: &Cell, prepared: &Prepared) -> Result<Plan, Error> {
    let path = cell.path.join(CELL_PLAN);
    if !path.is_file() {
        return plan_pair(&cell.settings, &prepared.analysis);
    }
    let mut plan: Plan = file::read_json(&path)?;
    // A user's reading is written by its name, and the settings define it.
    if plan.reading.own().is_some() {
        plan.reading = cell.settings.readings.defined(plan.reading);
    }
    Ok(plan)
}
