//! Training the cells of a study one after the other, beside other processes that train the same study.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::progress::{Interruptible, plan_by_time, reading};
use super::{Cell, Progress, State, StudyError};
use crate::network::Plan;
use crate::run::{
    Error, Holder, Lock, Phase, Prepared, Resolved, Summary, TimedPlan, choose_epochs,
    choose_rates, file,
};
use crate::training::Holdout;

/// How often it is checked whether another process has finished.
const BETWEEN: Duration = Duration::from_millis(200);
/// The same of a process on another machine: each look reads the times of all files of the run, and makes one for the clock.
const BETWEEN_ELSEWHERE: Duration = Duration::from_secs(2);

/// What became of a cell.
#[derive(Debug)]
pub(super) enum Trained {
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
pub(super) fn train(
    cell: &Cell,
    prepared: &Prepared,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Trained, StudyError> {
    let Prepared { dataset, analysis } = prepared;
    let settings = cell.settings.fitted(&analysis.profile);
    loop {
        let ready = match cell.state()? {
            State::Finished(summary) => return Ok(Trained::Finished(summary)),
            State::Begun => Some((Resolved::from(&cell.settings), plan.clone())),
            State::Waiting => match resolved(cell, prepared, plan, progress) {
                Err(Error::Held { pid, host, .. }) => {
                    return Ok(Trained::Elsewhere(Holder {
                        pid,
                        host,
                        started: None,
                    }));
                }
                resolved => resolved?,
            },
        };
        let Some((resolved, plan)) = ready else {
            return Ok(Trained::Stopped);
        };
        let train =
            |phase: &(dyn Fn(Phase) + Sync)| cell.train(&resolved, dataset, analysis, &plan, phase);
        let session = reading(progress, train);
        let session = match session {
            Ok(session) => session,
            Err(Error::Held { pid, host, .. }) => {
                return Ok(Trained::Elsewhere(Holder {
                    pid,
                    host,
                    started: None,
                }));
            }
            Err(Error::Begun { .. } | Error::AlreadyFinished { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let summary = progress.follow(&session, &settings)?;
        return Ok(summary.map_or(Trained::Stopped, |summary| {
            Trained::Finished(Box::new(summary))
        }));
    }
}

/// The settings of a cell that is not begun, with its widths by timed steps, its hold-out and the learning rates chosen on
/// it, and its plan; none where the user stopped it. The cell is locked meanwhile, so that no other process does the same.
fn resolved(
    cell: &Cell,
    prepared: &Prepared,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Option<(Resolved, Plan)>, Error> {
    file::make_folder(&cell.path)?;
    let lock = Lock::take(&cell.path)?;
    resolved_with(&lock, cell, prepared, plan, progress)
}

/// The same, of a cell that the caller has locked.
pub(super) fn resolved_with(
    _lock: &Lock,
    cell: &Cell,
    prepared: &Prepared,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Option<(Resolved, Plan)>, Error> {
    let _nothing_yet = Interruptible::begin(progress);
    let dataset = &prepared.dataset;
    let settings = cell.settings.for_study(Holdout::usual_share(dataset));
    settings.settled(dataset).recipe.check_data(dataset)?;
    let mut timed = TimedPlan {
        settings,
        plan: plan.clone(),
    };
    if timed.settings.needs_width() {
        let fitted = timed.settings.fitted(&prepared.analysis.profile);
        match plan_by_time(&fitted, &prepared.analysis, progress)? {
            Some(found) => timed = found,
            None => return Ok(None),
        }
    }
    let TimedPlan { settings, plan } = timed;
    let mut goes_on = |done, of| {
        progress.timing(Some((done, of)));
        !progress.is_cancelled()
    };
    let Some(settings) = choose_epochs(&settings, dataset, &plan, &mut goes_on)? else {
        return Ok(None);
    };
    let resolved = choose_rates(&settings, dataset, &plan, &mut goes_on);
    progress.timing(None);
    let resolved = resolved?;
    if let Some(check) = resolved.as_ref().and_then(|it| it.rate_check.as_ref()) {
        progress.say(&check.sentence());
    }
    Ok(resolved.map(|resolved| (resolved, plan)))
}

/// As [`train`], which waits where another process trains the cell; none where the user stopped it.
///
/// # Errors
/// As [`train`], and [`Error::Held`] where that process is gone with its machine.
pub(super) fn train_in_turn(
    cell: &Cell,
    prepared: &Prepared,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Option<Summary>, StudyError> {
    loop {
        match train(cell, prepared, plan, progress)? {
            Trained::Finished(summary) => return Ok(Some(*summary)),
            Trained::Stopped => return Ok(None),
            Trained::Elsewhere(_) => {}
        }
        if !wait(&cell.path, progress)? {
            return Ok(None);
        }
    }
}

/// Waits until no process holds the lock of `folder`; false where the user stopped it.
///
/// # Errors
/// [`Error::Held`] where the process that holds it is gone with its machine.
pub(super) fn wait(folder: &Path, progress: &dyn Progress) -> Result<bool, Error> {
    let mut told = false;
    loop {
        if progress.is_cancelled() {
            return Ok(false);
        }
        let Err(held) = Lock::take(folder) else {
            return Ok(true);
        };
        let Error::Held { pid, host, .. } = &held else {
            return Err(held);
        };
        let is_elsewhere = !Lock::is_of_this_host(host);
        if is_elsewhere && Lock::is_abandoned(folder) {
            return Err(held);
        }
        if !told {
            progress.say(&format!(
                "{} is being trained by process {pid} on {host}: waiting for it",
                folder.display()
            ));
        }
        told = true;
        sleep(if is_elsewhere {
            BETWEEN_ELSEWHERE
        } else {
            BETWEEN
        });
    }
}

/// Takes the lock of `folder`, for which it waits; none where the user stopped it.
///
/// # Errors
/// As [`wait`], and where the folder cannot be made.
pub(super) fn lock(folder: &Path, progress: &dyn Progress) -> Result<Option<Lock>, Error> {
    file::make_folder(folder)?;
    loop {
        match Lock::take(folder) {
            Ok(lock) => return Ok(Some(lock)),
            Err(Error::Held { .. }) => {}
            Err(error) => return Err(error),
        }
        if !wait(folder, progress)? {
            return Ok(None);
        }
    }
}
