//! What became of the cells that were submitted: from Slurm's queue, from its accounting, and from their own folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::kept::{LOGS, place};
use super::queue::{REST, Tasks};
use super::slurm::{self, SlurmError};
use super::{Attempts, Queued, Submission};
use crate::run::{Error, SUMMARY, parts};
use crate::study::grid::{CellOutcome, CellState};
use crate::study::last_lines::last_lines as log_end;

/// What Slurm does with a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It waits in the queue.
    Waiting,
    /// It runs, is being started, or is ending.
    Running,
    /// It has left the queue.
    Ended,
    /// This machine cannot ask Slurm.
    Unknown,
}

/// The last task that a cell was submitted with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Job {
    /// Its name in Slurm, such as `123_4`.
    pub id: String,
    /// What Slurm does with it.
    pub state: JobState,
    /// Slurm's own word for that, such as `PENDING`; null where Slurm says nothing of it.
    pub word: Option<String>,
    /// Why it waits; null where it does not.
    pub why: Option<String>,
    /// Its node; null where it has none.
    pub node: Option<String>,
}

/// The tasks of a grid's cells.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The folder of their study.
    pub(super) folder: PathBuf,
    /// By the name of the cell, or of a seed of it such as `CELL/seed-3`.
    pub cells: BTreeMap<String, Job>,
    /// Why Slurm could not be asked; none where it answered.
    pub not_asked: Option<SlurmError>,
}

impl JobState {
    /// Of Slurm's word for it.
    fn of(word: &str) -> Self {
        match word {
            "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT"
            | "RESV_DEL_HOLD" => Self::Waiting,
            "COMPLETED" | "CANCELLED" | "FAILED" | "TIMEOUT" | "NODE_FAIL" | "PREEMPTED"
            | "BOOT_FAIL" | "DEADLINE" | "OUT_OF_MEMORY" | "REVOKED" => Self::Ended,
            _ => Self::Running,
        }
    }
}

impl Job {
    fn of(id: String, state: JobState, queued: Option<&Queued>) -> Self {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            id,
            state,
            word: queued.and_then(|queued| some(&queued.state)),
            why: queued.and_then(|queued| some(&queued.reason)),
            node: queued.and_then(|queued| some(&queued.node)),
        }
    }

    /// Whether it waits or runs, as far as Slurm says.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Running)
    }

    /// Whether Slurm is ending it: it was cancelled, has come to its end, or has no time left.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.word.as_deref() == Some("COMPLETING")
    }

    /// Why it ended, in plain words where Slurm's word is known; none where Slurm says nothing of it.
    #[must_use]
    pub fn end_in_words(&self) -> Option<String> {
        let word = self.word.as_deref()?;
        let plain = match word {
            "CANCELLED" => "cancelled",
            "TIMEOUT" => "out of time",
            "OUT_OF_MEMORY" => "out of memory",
            "NODE_FAIL" => "its node went down",
            "BOOT_FAIL" => "its node did not start",
            "PREEMPTED" => "preempted",
            "COMPLETED" => "completed",
            "FAILED" => "failed",
            _ => word,
        };
        Some(plain.to_owned())
    }

    /// Such as `waits (Priority)`, `runs on node-3`, `ended (out of time)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let beside =
            |text: Option<&String>| text.map_or_else(String::new, |text| format!(" ({text})"));
        match self.state {
            JobState::Waiting => format!("waits{}", beside(self.why.as_ref())),
            JobState::Running => match &self.node {
                Some(node) => format!("runs on {node}"),
                None => "runs".to_owned(),
            },
            JobState::Ended => format!("ended{}", beside(self.end_in_words().as_ref())),
            JobState::Unknown => "state unknown".to_owned(),
        }
    }
}

/// The last task of every cell that was submitted of the study in `folder`.
#[must_use]
pub fn jobs(folder: &Path, kept: &Submission) -> Jobs {
    let numbers: Vec<u32> = kept.jobs.iter().map(|job| job.job).collect();
    let tasks = kept.tasks();
    if numbers.is_empty() {
        return Jobs {
            folder: folder.to_owned(),
            ..Jobs::default()
        };
    }
    let (queue, not_asked) = match slurm::queued(&numbers) {
        Ok(queue) => (Some(queue), None),
        Err(error) => (None, Some(error)),
    };
    let accounted = match &queue {
        Some(queue) if tasks.values().any(|at| !queue.contains_key(at)) => {
            slurm::accounted(&numbers)
        }
        _ => BTreeMap::new(),
    };
    let cells = tasks.into_iter().map(|(cell, at)| {
        let id = format!("{}_{}", at.0, at.1);
        let job = match &queue {
            None => Job::of(id, JobState::Unknown, None),
            Some(queue) => match queue.get(&at).or_else(|| rest(queue, at.0)) {
                Some(queued) => Job::of(id, JobState::of(&queued.state), Some(queued)),
                // What has left the queue has ended, even where accounting lags behind.
                None => Job::of(id, JobState::Ended, ended(&accounted, at)),
            },
        };
        (cell.to_owned(), job)
    });
    Jobs {
        folder: folder.to_owned(),
        cells: cells.collect(),
        not_asked,
    }
}

/// What accounting says of a task that has left the queue; none where it still takes it for one that waits or runs.
fn ended(accounted: &Tasks, at: (u32, u32)) -> Option<&Queued> {
    let task = accounted.get(&at);
    task.filter(|task| JobState::of(&task.state) == JobState::Ended)
}

/// What Slurm says of the tasks of an ended job that it does not list one by one.
fn rest(queue: &Tasks, job: u32) -> Option<&Queued> {
    let rest = queue.get(&(job, REST));
    rest.filter(|queued| JobState::of(&queued.state) == JobState::Ended)
}

/// Ends all that waits or runs of what was submitted; gives how many cells that were.
///
/// # Errors
/// [`SlurmError`] where Slurm is not there or refuses.
pub fn cancel(kept: &Submission) -> Result<usize, SlurmError> {
    let numbers: Vec<u32> = kept.jobs.iter().map(|job| job.job).collect();
    if numbers.is_empty() {
        return Ok(0);
    }
    let queue = slurm::queued(&numbers)?;
    let is_live = |at: &(u32, u32)| {
        queue
            .get(at)
            .is_some_and(|queued| JobState::of(&queued.state) != JobState::Ended)
    };
    let tasks = kept.tasks();
    let live = tasks.iter().filter(|(_, at)| is_live(at));
    let cells: BTreeSet<_> = live.map(|(name, _)| name.split('/').next()).collect();
    let cells = cells.len();
    let mut live: Vec<u32> = queue
        .keys()
        .filter(|at| is_live(at))
        .map(|(job, _)| *job)
        .collect();
    live.dedup();
    if !live.is_empty() {
        slurm::cancel(&live)?;
    }
    Ok(cells)
}

impl Jobs {
    /// Marks as failed the cells that were given up, or a seed of them, and says of those that nobody trains why the last attempt
    /// ended.
    ///
    /// # Errors
    /// [`Error::Io`] where what a cell's folder holds cannot be read.
    pub fn mark(&self, cells: &mut [CellOutcome]) -> Result<(), Error> {
        for cell in cells {
            if !cell.state.is_left() {
                continue;
            }
            let attempts = self.attempts(&cell.run_dir)?;
            let (mut given_up, mut reason) = (attempts.given_up(), attempts.reason());
            for (seed, _) in self.parts_of(&cell.name) {
                let part = parts::folder(&cell.run_dir, seed);
                if part.join(SUMMARY).is_file() {
                    continue;
                }
                let attempts = self.attempts(&part)?;
                let of_seed = |why: String| format!("seed {seed}: {why}");
                given_up = given_up.or_else(|| attempts.given_up().map(of_seed));
                reason = reason.or_else(|| attempts.reason().map(of_seed));
            }
            let is_split = self.parts_of(&cell.name).next().is_some();
            if let Some(reason) = given_up.filter(|_| !is_split || !self.is_live(&cell.name)) {
                cell.fail(CellState::Failed, reason);
            } else if !self.is_live(&cell.name) {
                cell.reason = reason;
            }
        }
        Ok(())
    }

    /// The attempts to train the cell in `run_dir`, or a seed of one.
    ///
    /// # Errors
    /// [`Error::Io`] where they cannot be read.
    pub fn attempts(&self, run_dir: &Path) -> Result<Attempts, Error> {
        Attempts::read_in(&self.folder, run_dir)
    }

    /// Whether a task of the cell waits or runs, or one of its seeds.
    #[must_use]
    pub fn is_live(&self, cell: &str) -> bool {
        self.of_cell(cell).is_some_and(Job::is_live)
    }

    /// The last task of a cell; of one whose seeds have tasks of their own, one that runs, or else one that waits or is being
    /// ended.
    #[must_use]
    pub fn of_cell(&self, cell: &str) -> Option<&Job> {
        let whole = self.cells.get(cell);
        let parts = self.parts_of(cell).map(|(_, job)| job);
        let rank = |job: &&Job| match job.state {
            JobState::Running if !job.is_ending() => 0,
            JobState::Waiting => 1,
            JobState::Running => 2,
            JobState::Unknown => 3,
            JobState::Ended => 4,
        };
        whole.into_iter().chain(parts).min_by_key(rank)
    }

    /// The last tasks of the seeds of a cell that was split.
    pub fn parts_of(&self, cell: &str) -> impl Iterator<Item = (u64, &Job)> {
        let start = format!("{cell}/");
        let from = self.cells.range(start.clone()..);
        let its = from.take_while(move |(name, _)| name.starts_with(&start));
        its.filter_map(|(name, job)| {
            let (_, part) = name.rsplit_once('/')?;
            Some((parts::seed(part)?, job))
        })
    }

    /// The names of the cells that were submitted, whole or by their seeds.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let cell = |name: &'_ str| name.split('/').next().map_or(0, str::len);
        let names = self.cells.keys().map(String::as_str);
        names.map(|name| &name[..cell(name)]).collect()
    }
}

/// The last lines of what a task said, for the grid in `folder`.
#[must_use]
pub fn last_lines(folder: &Path, job: &str) -> Vec<String> {
    let path = place(folder).join(LOGS).join(format!("{job}.log"));
    log_end(&path, 0).unwrap_or_default()
}
