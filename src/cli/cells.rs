//! Training the cells of a study one after the other, beside other processes that train the same study.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::options::Global;
use super::output;
use super::train::{Talker, follow};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::network::Plan;
use crate::run::{Error, Holder, Lock, Summary};
use crate::study::{Cell, State};

/// How often it is looked whether another process is through.
const BETWEEN: Duration = Duration::from_millis(200);
/// How long files that a process of another machine writes may stay as they are before it is taken for gone.
const SILENCE: Duration = Duration::from_mins(10);

/// What became of a cell.
#[derive(Debug)]
pub enum Trained {
    /// It is trained to its end.
    Finished(Box<Summary>),
    /// The user stopped it, which keeps all finished epochs.
    Stopped,
    /// Another process trains it.
    Elsewhere(Holder),
}

/// Trains a cell to its end where it is not yet, unless another process does.
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
) -> anyhow::Result<Trained> {
    let settings = cell.settings.fitted(&analysis.profile);
    loop {
        if let State::Finished(summary) = cell.state()? {
            return Ok(Trained::Finished(summary));
        }
        let session = output::followed(global, |progress| {
            cell.train(dataset, analysis, plan, progress)
        });
        let session = match session {
            Ok(session) => session,
            Err(error) => match error.downcast::<Error>()? {
                Error::Held { pid, host, .. } => {
                    return Ok(Trained::Elsewhere(Holder { pid, host }));
                }
                Error::Begun { .. } | Error::AlreadyFinished { .. } => continue,
                error => return Err(error.into()),
            },
        };
        let summary = follow(&session, &Talker::new(global, &settings), interrupted)?;
        return Ok(summary.map_or(Trained::Stopped, |summary| {
            Trained::Finished(Box::new(summary))
        }));
    }
}

/// As [`train`], which waits where another process trains the cell; none where the user stopped it.
///
/// # Errors
/// As [`train`], and [`Error::Held`] where that process is gone with its machine.
pub fn train_in_turn(
    cell: &Cell,
    dataset: &Arc<Dataset>,
    analysis: &Analysis,
    plan: &Plan,
    interrupted: &AtomicBool,
    global: &Global,
) -> anyhow::Result<Option<Summary>> {
    loop {
        match train(cell, dataset, analysis, plan, interrupted, global)? {
            Trained::Finished(summary) => return Ok(Some(*summary)),
            Trained::Stopped => return Ok(None),
            Trained::Elsewhere(_) => {}
        }
        if !wait(&cell.path, interrupted, global)? {
            return Ok(None);
        }
    }
}

/// Waits until no process holds the lock of `folder`; false where the user stopped it.
///
/// # Errors
/// [`Error::Held`] where the process that holds it is gone with its machine.
pub fn wait(folder: &Path, interrupted: &AtomicBool, global: &Global) -> anyhow::Result<bool> {
    let mut told = false;
    loop {
        if interrupted.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let Err(held) = Lock::take(folder) else {
            return Ok(true);
        };
        let Error::Held { pid, host, .. } = &held else {
            return Err(held.into());
        };
        if !Lock::is_of_this_host(host) && is_silent(folder) {
            return Err(held.into());
        }
        if !told {
            output::say(
                global,
                &format!(
                    "{} is being trained by process {pid} on {host}: waiting for it",
                    folder.display()
                ),
            );
        }
        told = true;
        sleep(BETWEEN);
    }
}

/// Takes the lock of `folder`, for which it waits; none where the user stopped it.
///
/// # Errors
/// As [`wait`], and where the folder cannot be made.
pub fn lock(
    folder: &Path,
    interrupted: &AtomicBool,
    global: &Global,
) -> anyhow::Result<Option<Lock>> {
    crate::run::file::make_folder(folder)?;
    loop {
        match Lock::take(folder) {
            Ok(lock) => return Ok(Some(lock)),
            Err(Error::Held { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if !wait(folder, interrupted, global)? {
            return Ok(None);
        }
    }
}

/// Whether no file right in `folder` was written lately.
fn is_silent(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return true;
    };
    let newest = entries
        .filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok())
        .max();
    newest.is_none_or(|newest| {
        let passed = SystemTime::now().duration_since(newest);
        passed.is_ok_and(|passed| passed > SILENCE)
    })
}
