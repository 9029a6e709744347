//! Cells of a study, spread over devices: one process owns the study, and one worker process a device trains a cell at a time.
//!
//! A worker is this program with the command `cell` ([`conduct_cell`](super::conduct_cell)). It knows the cell's folder alone,
//! writes what it says into `cell.log` there, and ends, with its finished epochs kept, once the pipe to its standard input
//! is closed: by the owner, or by the operating system when the owner is gone.

mod process;
mod row;

use std::collections::VecDeque;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use self::process::Process;
pub use self::row::Worker;
use super::task::{Ended, TRIES, Task};
use super::{Progress, StudyError};
use crate::run::{Doing, Error, Lock, Settings, Status, control};
use crate::training::{Control, device};

/// How often workers are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How often it is shown how far they are.
const SHOWN: Duration = Duration::from_millis(500);
/// Time after which a worker that has not paused, or resumed, is asked again.
const AGAIN: Duration = Duration::from_secs(5);
/// Failures in a row after which a device gets no more cells, where there are others.
const FAILURES: usize = 3;

/// The devices over which a study with these settings spreads its cells; none where this process trains them.
///
/// # Errors
/// Where one of them is not there.
pub(super) fn devices(settings: &Settings) -> Result<Option<Vec<String>>, Error> {
    match settings.host.workers.as_slice() {
        [] => Ok(None),
        names => Ok(Some(device::on_this_machine(names)?)),
    }
}

/// Trains `tasks`, of a study of so many cells, by a worker on each of `devices`, and calls `ended` after each; false where
/// the user stopped it.
///
/// The cells are handed out in their order. One that fails is tried again, on another device where there is one. One that
/// another process trains is waited for.
///
/// # Errors
/// What `ended` says.
pub(super) fn train(
    devices: &[String],
    tasks: Vec<Task>,
    of: usize,
    progress: &dyn Progress,
    ended: Ended<'_>,
) -> Result<bool, StudyError> {
    let pool = Pool {
        slots: devices.iter().map(|device| Slot::on(device)).collect(),
        queue: (0..tasks.len()).collect(),
        failed_on: vec![Vec::new(); tasks.len()],
        told_of: vec![false; tasks.len()],
        tasks,
        of,
        progress,
    };
    pool.work(ended)
}

/// A device, and the worker on it.
#[derive(Debug)]
struct Slot {
    device: String,
    busy: Option<Busy>,
    /// Failures since a worker on it succeeded.
    failures: usize,
    /// Whether it gets no more cells.
    retired: bool,
}

/// A worker, and the task that it works on.
#[derive(Debug)]
struct Busy {
    task: usize,
    process: Process,
    /// What it was asked to do last, pause or resume, and when.
    asked: Option<(Control, Instant)>,
}

impl Busy {
    /// Its heartbeat, in the folder of its task; none before the training begins.
    fn status(&self, path: &Path) -> Option<Status> {
        let status = Status::of(path)?;
        (status.writer.pid == self.process.id()).then_some(status)
    }

    /// What it is to be asked for now, where the study is paused or is not.
    fn wanted(&mut self, path: &Path, paused: bool) -> Option<Control> {
        if !paused && self.asked.is_none() {
            return None;
        }
        let phase = self.status(path)?.phase;
        wanted(&mut self.asked, phase, paused)
    }
}

/// What a worker that was asked for something last, and does this now, is to be asked for. One that somebody else paused
/// alone is left so.
fn wanted(asked: &mut Option<(Control, Instant)>, phase: Doing, paused: bool) -> Option<Control> {
    let is_due = asked.is_none_or(|(_, at)| at.elapsed() >= AGAIN);
    let last = asked.map(|(action, _)| action);
    match (paused, phase, last) {
        (_, Doing::Stopping, _) | (true, Doing::Paused, _) => None,
        (true, _, Some(Control::Pause)) if !is_due => None,
        (true, ..) => Some(Control::Pause),
        (false, _, Some(Control::Pause)) => Some(Control::Resume),
        (false, Doing::Paused, last) => last.filter(|_| is_due),
        (false, ..) => {
            *asked = None;
            None
        }
    }
}

impl Slot {
    fn on(device: &str) -> Self {
        Self {
            device: device.to_owned(),
            busy: None,
            failures: 0,
            retired: false,
        }
    }
}

struct Pool<'a> {
    slots: Vec<Slot>,
    tasks: Vec<Task>,
    /// Tasks that wait for a worker.
    queue: VecDeque<usize>,
    /// For each task, the devices on which it failed.
    failed_on: Vec<Vec<String>>,
    /// For each task, whether it was said that another process trains it.
    told_of: Vec<bool>,
    of: usize,
    progress: &'a dyn Progress,
}

impl Pool<'_> {
    fn work(mut self, ended: Ended<'_>) -> Result<bool, StudyError> {
        let mut shown: Option<Instant> = None;
        let mut stopping = false;
        loop {
            if self.progress.is_cancelled() && !stopping {
                stopping = true;
                self.stop();
            }
            for at in 0..self.slots.len() {
                if let Some((task, result)) = self.look(at, stopping) {
                    ended(task, result)?;
                }
            }
            let paused = self.progress.is_paused();
            if !stopping {
                for at in 0..self.slots.len() {
                    if let Some((task, error)) = self.hand_out(at, paused) {
                        ended(task, Err(error))?;
                    }
                }
                if let Some((task, error)) = self.waits() {
                    ended(task, Err(error))?;
                }
            }
            let idle = self.slots.iter().all(|slot| slot.busy.is_none());
            if idle && (stopping || self.queue.is_empty()) {
                break;
            }
            if shown.is_none_or(|at| at.elapsed() >= SHOWN) {
                shown = Some(Instant::now());
                if !stopping {
                    self.pause_or_resume(paused);
                }
                self.progress.workers(&self.rows());
            }
            sleep(LOOK);
        }
        self.progress.workers(&[]);
        Ok(!stopping)
    }

    /// Asks every worker to stop.
    fn stop(&mut self) {
        self.queue.clear();
        let busy = self.slots.iter_mut().filter_map(|slot| slot.busy.as_mut());
        for worker in busy {
            worker.process.stop();
        }
    }

    /// The task that the worker of a slot has ended, and how; none while it works, or where the task is tried again.
    fn look(&mut self, at: usize, stopping: bool) -> Option<(usize, Result<(), StudyError>)> {
        let slot = &mut self.slots[at];
        let end = slot.busy.as_mut()?.process.ended()?;
        let Busy { task, .. } = slot.busy.take()?;
        match end {
            Ok(()) => {
                slot.failures = 0;
                Some((task, Ok(())))
            }
            Err(_) if stopping => None,
            // Another process was faster: it is waited for.
            Err(_) if Lock::holder(&self.tasks[task].cell.path).is_some() => {
                self.queue.push_back(task);
                None
            }
            Err(reason) => {
                slot.failures += 1;
                self.failed(at, task, &reason)
                    .map(|error| (task, Err(error)))
            }
        }
    }

    /// Takes up that a task failed; what is to be said of it where it is given up.
    fn failed(&mut self, at: usize, task: usize, reason: &str) -> Option<StudyError> {
        let device = self.slots[at].device.clone();
        let name = self.tasks[task].cell.name();
        let failed_on = &mut self.failed_on[task];
        failed_on.push(device.clone());
        let tries = failed_on.len();
        let given_up = (tries >= TRIES).then(|| {
            StudyError::Training(format!(
                "failed {tries} times, on {}: {reason}",
                failed_on.join(", ")
            ))
        });
        if given_up.is_none() {
            self.progress.warn(&format!(
                "{name} failed on {device}, tried again ({} of {TRIES}): {reason}",
                tries + 1
            ));
            self.queue.push_front(task);
        }
        let others = self.slots.iter().filter(|slot| !slot.retired).count() > 1;
        let slot = &mut self.slots[at];
        if slot.failures >= FAILURES && others {
            slot.retired = true;
            self.progress.warn(&format!(
                "{device} gets no more runs: {FAILURES} in a row failed on it"
            ));
        }
        given_up
    }

    /// Starts the next task on an idle device; the task and an error where its folder cannot be written.
    fn hand_out(&mut self, at: usize, paused: bool) -> Option<(usize, StudyError)> {
        let slot = &self.slots[at];
        if slot.busy.is_some() || slot.retired || paused {
            return None;
        }
        let device = slot.device.clone();
        let live = || self.slots.iter().filter(|slot| !slot.retired);
        let place = self.queue.iter().position(|&task| {
            let failed_on = &self.failed_on[task];
            let elsewhere = live().any(|slot| !failed_on.contains(&slot.device));
            (!failed_on.contains(&device) || !elsewhere)
                && Lock::holder(&self.tasks[task].cell.path).is_none()
        })?;
        let task = self.queue.remove(place)?;
        if let Err(error) = self.tasks[task].write() {
            return Some((task, error.into()));
        }
        let Task { cell, number, .. } = &self.tasks[task];
        self.progress.cell(*number, self.of);
        self.progress.say(&format!(
            "{} on {device} ({number} of {})",
            cell.name(),
            self.of
        ));
        match Process::start(&cell.path, &device, cell.settings.host.cache.is_some()) {
            Ok(process) => {
                self.slots[at].busy = Some(Busy {
                    task,
                    process,
                    asked: None,
                });
                None
            }
            Err(error) => {
                let reason = format!("no process could be started: {error}");
                self.failed(at, task, &reason).map(|error| (task, error))
            }
        }
    }

    /// Asks every worker that trains to pause, or those that were asked to pause to resume. One that still prepares is asked
    /// once it trains.
    fn pause_or_resume(&mut self, paused: bool) {
        for busy in self.slots.iter_mut().filter_map(|slot| slot.busy.as_mut()) {
            let path = &self.tasks[busy.task].cell.path;
            let Some(action) = busy.wanted(path, paused) else {
                continue;
            };
            busy.asked = Some((action, Instant::now()));
            if let Err(error) = control::ask(path, action) {
                self.progress.warn(&format!("warning: {error}"));
            }
        }
    }

    /// Says which tasks wait for other processes; one whose process is gone with its machine, and that.
    fn waits(&mut self) -> Option<(usize, StudyError)> {
        if self.slots.iter().any(|slot| slot.busy.is_some()) {
            return None;
        }
        let mut gone = None;
        for place in 0..self.queue.len() {
            let task = self.queue[place];
            let path: &Path = &self.tasks[task].cell.path;
            let Some(holder) = Lock::holder(path) else {
                continue;
            };
            if !holder.is_here() && Lock::is_abandoned(path) {
                gone = Some((place, holder.holds(path)));
                break;
            }
            if !self.told_of[task] {
                self.told_of[task] = true;
                self.progress.say(&format!(
                    "{} is being trained by {}: waiting for it",
                    path.display(),
                    holder.in_words()
                ));
            }
        }
        let (place, error) = gone?;
        Some((self.queue.remove(place)?, error.into()))
    }

    /// What every worker does.
    fn rows(&self) -> Vec<Worker> {
        let row = |slot: &Slot| {
            let busy = slot.busy.as_ref();
            let task = busy.map(|busy| &self.tasks[busy.task]);
            let status = busy.and_then(|busy| busy.status(&self.tasks[busy.task].cell.path));
            Worker {
                device: slot.device.clone(),
                cell: task.map(|task| task.cell.name()),
                tries: busy.map_or(0, |busy| self.failed_on[busy.task].len() + 1),
                status,
                retired: slot.retired,
                note: None,
            }
        };
        self.slots.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_asked_until_it_does_so_and_not_twice() {
        let now = Instant::now();
        let just = |action| Some((action, now));
        let long_ago = |action| Some((action, now.checked_sub(AGAIN * 2)?));
        for (asked, phase, paused, expected) in [
            (None, Doing::Running, true, Some(Control::Pause)),
            (None, Doing::Starting, true, Some(Control::Pause)),
            (just(Control::Pause), Doing::Running, true, None),
            (
                long_ago(Control::Pause),
                Doing::Running,
                true,
                Some(Control::Pause),
            ),
            (just(Control::Pause), Doing::Paused, true, None),
            // It was paused and resumed before it did either.
            (
                just(Control::Pause),
                Doing::Running,
                false,
                Some(Control::Resume),
            ),
            (
                just(Control::Pause),
                Doing::Paused,
                false,
                Some(Control::Resume),
            ),
            (just(Control::Resume), Doing::Paused, false, None),
            (
                long_ago(Control::Resume),
                Doing::Paused,
                false,
                Some(Control::Resume),
            ),
            (
                just(Control::Resume),
                Doing::Running,
                true,
                Some(Control::Pause),
            ),
            (just(Control::Pause), Doing::Stopping, false, None),
            // Somebody else paused it.
            (None, Doing::Paused, false, None),
        ] {
            let found = wanted(&mut asked.clone(), phase, paused);
            assert_eq!(found, expected, "{asked:?} {phase:?} {paused}");
        }
        let mut asked = just(Control::Resume);
        assert_eq!(wanted(&mut asked, Doing::Running, false), None);
        assert_eq!(asked, None, "what somebody else pauses later stays so");
    }
}
