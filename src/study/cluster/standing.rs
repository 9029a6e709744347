//! How far a submitted grid is, for a screen that looks again and again: from Slurm's queue and the folders of its cells, of
//! which nothing large is read.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::super::grid::{CELLS, FILE, GridFile};
use super::{Attempts, Ended, Job, JobState, Jobs, SlurmError, Submission, jobs, last_lines};
use crate::format::number_of;
use crate::run::{Activity, Error, FolderClock, PROBES, RunStatus, SUMMARY, parts};

/// What a cell that was submitted does, what needs its user first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellDoing {
    /// It failed too often.
    GivenUp,
    /// It is not done, and no job of it waits or runs.
    Left,
    /// A task trains it.
    Running,
    /// Its task is being ended, and may still write a checkpoint.
    Stopping,
    /// A task of it waits.
    Waiting,
    /// It is not done, and this machine cannot ask Slurm.
    Unknown,
    /// It is trained, and probed where the grid asks for that.
    Done,
}

/// A cell that was submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct CellStanding {
    /// Its name.
    pub name: String,
    /// Its run directory.
    pub run_dir: PathBuf,
    /// What it does.
    pub doing: CellDoing,
    /// The last task that it was submitted with.
    pub job: Job,
    /// How often a task began to train it.
    pub attempts: usize,
    /// Of one that a task trains: how far it is, such as `31 %, 12 min`.
    pub progress: Option<String>,
    /// Why it is not done; none where that is no news.
    pub reason: Option<String>,
    /// The last lines of what its last task said, of one that failed.
    pub last_lines: Vec<String>,
}

/// All that was submitted of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its cells, those that need their user first.
    pub cells: Vec<CellStanding>,
    /// Why Slurm could not be asked, without what a command would have its user do; none where it answered.
    pub not_asked: Option<String>,
}

impl CellDoing {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::GivenUp,
        Self::Left,
        Self::Running,
        Self::Stopping,
        Self::Waiting,
        Self::Unknown,
        Self::Done,
    ];

    /// In a word or two.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GivenUp => "given up",
            Self::Left => "no job",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Waiting => "waiting",
            Self::Unknown => "not done",
            Self::Done => "done",
        }
    }
}

impl Standing {
    /// That of the grid in `folder`; none where nothing of it was submitted.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`], naming the file.
    pub fn of(folder: &Path) -> Result<Option<Self>, Error> {
        let Some(kept) = Submission::read(folder)? else {
            return Ok(None);
        };
        let known = jobs(folder, &kept);
        let clock = FolderClock::of(folder);
        let is_probed = GridFile::read(&folder.join(FILE)).is_ok_and(|(file, _)| file.probe);
        let names: Vec<&str> = known.names().into_iter().collect();
        let mut cells = names
            .into_par_iter()
            .filter_map(|name| Some((name, known.of_cell(name)?)))
            .map(|(name, job)| {
                let mut cell = CellStanding::of(folder, name, job.clone(), is_probed, &clock)?;
                if cell.doing != CellDoing::Done {
                    cell.take_parts(folder, &known)?;
                }
                Ok(cell)
            })
            .collect::<Result<Vec<_>, Error>>()?;
        cells.sort_by(|a, b| (a.doing, &a.name).cmp(&(b.doing, &b.name)));
        Ok(Some(Self {
            cells,
            not_asked: known.not_asked.as_ref().map(SlurmError::what),
        }))
    }

    /// How many cells do this.
    #[must_use]
    pub fn count(&self, doing: CellDoing) -> usize {
        self.cells.iter().filter(|cell| cell.doing == doing).count()
    }

    /// Whether all cells are done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.count(CellDoing::Done) == self.cells.len()
    }

    /// Whether a task waits or runs, or may.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let live = [
            CellDoing::Running,
            CellDoing::Stopping,
            CellDoing::Waiting,
            CellDoing::Unknown,
        ];
        self.cells.iter().any(|cell| live.contains(&cell.doing))
    }

    /// Whether Slurm says that a job of it waits or runs.
    #[must_use]
    pub fn has_live_job(&self) -> bool {
        self.cells.iter().any(|cell| cell.job.is_live())
    }

    /// Such as `7 of 24 cells are done · 3 running · 12 waiting · 2 given up`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let done = self.count(CellDoing::Done);
        let cells = number_of(self.cells.len(), "cell is", "cells are");
        let mut parts = vec![format!("{done} of {cells} done")];
        let order = [
            CellDoing::Running,
            CellDoing::Stopping,
            CellDoing::Waiting,
            CellDoing::Unknown,
            CellDoing::Left,
            CellDoing::GivenUp,
        ];
        parts.extend(order.into_iter().filter_map(|doing| {
            let count = self.count(doing);
            let word = match doing {
                CellDoing::Left => "without a job",
                _ => doing.name(),
            };
            (count > 0).then(|| format!("{count} {word}"))
        }));
        parts.join(" · ")
    }
}

impl CellStanding {
    /// Takes in how far the seeds are that have tasks of their own.
    fn take_parts(&mut self, folder: &Path, known: &Jobs) -> Result<(), Error> {
        let (mut done, mut of) = (0, 0);
        for (seed, job) in known.parts_of(&self.name) {
            of += 1;
            let part = parts::folder(&self.run_dir, seed);
            let attempts = known.attempts(&part)?;
            self.attempts += attempts.number();
            if part.join(SUMMARY).is_file() {
                done += 1;
                continue;
            }
            let of_seed = |why: String| format!("seed {seed}: {why}");
            if let Some(reason) = attempts.given_up().filter(|_| !self.job.is_live()) {
                self.doing = CellDoing::GivenUp;
                self.reason = Some(of_seed(reason));
            } else if !job.is_live() && self.reason.is_none() {
                self.reason = attempts.reason().map(of_seed);
            }
            if let Some(job) = attempts.last_job()
                && matches!(attempts.last(), Some(Ended::Failed(_)))
                && self.reason.is_some()
                && self.last_lines.is_empty()
            {
                self.last_lines = last_lines(folder, job);
            }
        }
        if of > 0 && self.doing == CellDoing::Running {
            self.progress = Some(format!("{done} of {}", number_of(of, "seed", "seeds")));
        }
        Ok(())
    }

    fn of(
        folder: &Path,
        name: &str,
        job: Job,
        is_probed: bool,
        clock: &FolderClock,
    ) -> Result<Self, Error> {
        let run_dir = folder.join(CELLS).join(name);
        let is_there = |file: &str| run_dir.join(file).is_file();
        let mut cell = Self {
            doing: CellDoing::Done,
            attempts: 0,
            progress: None,
            reason: None,
            last_lines: Vec::new(),
            name: name.to_owned(),
            job,
            run_dir: run_dir.clone(),
        };
        if is_there(SUMMARY) && (!is_probed || is_there(PROBES)) {
            return Ok(cell);
        }
        let attempts = Attempts::read_in(folder, &run_dir)?;
        cell.attempts = attempts.number();
        cell.doing = match cell.job.state {
            JobState::Running if cell.job.is_ending() => CellDoing::Stopping,
            JobState::Running => CellDoing::Running,
            JobState::Waiting => CellDoing::Waiting,
            JobState::Unknown => CellDoing::Unknown,
            JobState::Ended => CellDoing::Left,
        };
        if let Some(reason) = attempts.given_up().filter(|_| !cell.job.is_live()) {
            cell.doing = CellDoing::GivenUp;
            cell.reason = Some(reason);
        } else if cell.doing != CellDoing::Running {
            cell.reason = attempts.reason();
        }
        if matches!(cell.doing, CellDoing::Running | CellDoing::Unknown) {
            let activity = Activity::of(&run_dir, RunStatus::Unfinished, clock);
            if matches!(activity, Activity::Running { .. }) {
                cell.doing = CellDoing::Running;
                cell.reason = None;
            }
            cell.progress = activity.short();
        }
        let has_failed = cell.reason.is_some() && attempts.last() != Some(&Ended::Stopped);
        if has_failed && let Some(job) = attempts.last_job() {
            cell.last_lines = last_lines(folder, job);
        }
        Ok(cell)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;
    use crate::run::{ATTEMPTS, file};

    /// A task that Slurm is ending trains no more, and a cell that it has finished is done.
    #[test]
    fn a_cell_whose_task_is_being_ended_is_stopping() {
        let folder = tempfile::tempdir().unwrap();
        let clock = FolderClock::of(folder.path());
        let job = Job {
            id: "7_0".to_owned(),
            state: JobState::Running,
            word: Some("COMPLETING".to_owned()),
            why: None,
            node: Some("node-3".to_owned()),
        };
        let doing = || {
            let cell = CellStanding::of(folder.path(), "one", job.clone(), false, &clock);
            cell.unwrap().doing
        };
        assert_eq!(doing(), CellDoing::Stopping);
        let run = folder.path().join(CELLS).join("one");
        fs::create_dir_all(&run).unwrap();
        fs::write(run.join(SUMMARY), "{}").unwrap();
        assert_eq!(doing(), CellDoing::Done);
        // A seed that has come to its end does not stop the others.
        let of = |word: &str| Job {
            word: Some(word.to_owned()),
            ..job.clone()
        };
        let parts = [("one/seed-1", "COMPLETING"), ("one/seed-2", "RUNNING")];
        let jobs = Jobs {
            cells: parts.map(|(name, word)| (name.to_owned(), of(word))).into(),
            ..Jobs::default()
        };
        assert!(!jobs.of_cell("one").unwrap().is_ending());
    }

    /// A grid of which nobody can say what Slurm does: its cells' own folders tell what is done and what failed too often.
    #[test]
    fn the_folders_alone_say_what_is_done_and_given_up() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Standing::of(folder.path()).unwrap(), None);
        let cells = ["done", "fails", "left"].map(str::to_owned);
        let kept = serde_json::json!({
            "version": "0",
            "cells": {},
            "jobs": [{ "job": 4_000_000_000_u32, "time": "2026-11-28T12:00:00Z", "pack": 1, "cells": cells }],
        });
        let slurm = folder.path().join("slurm");
        fs::create_dir_all(slurm.join("logs")).unwrap();
        file::write_sealed_json(&slurm.join("submission.json"), &kept).unwrap();
        let of = |cell: &str| folder.path().join("cells").join(cell);
        for cell in &cells {
            fs::create_dir_all(of(cell)).unwrap();
        }
        fs::write(of("done").join(SUMMARY), "{}").unwrap();
        let begun = r#"{"attempt":"begun","time":"2026-11-28T12:00:00Z","pid":7,"host":"node-3","job":"4000000000_1","epochs":0}"#;
        let ended = r#"{"attempt":"ended","time":"2026-11-28T12:01:00Z","outcome":"failed","reason":"the disk is full"}"#;
        let tries = format!("{begun}\n{ended}\n").repeat(3);
        fs::write(of("fails").join(ATTEMPTS), tries).unwrap();
        let log = "one\n\ntwo\nthree\nerror: the disk is full\n";
        fs::write(slurm.join("logs/4000000000_1.log"), log).unwrap();
        let standing = Standing::of(folder.path()).unwrap().unwrap();
        let found: Vec<(&str, CellDoing)> = standing
            .cells
            .iter()
            .map(|cell| (cell.name.as_str(), cell.doing))
            .collect();
        // Where there is a Slurm, it does not know the job.
        let left = match standing.not_asked {
            Some(_) => CellDoing::Unknown,
            None => CellDoing::Left,
        };
        assert_eq!(found[0], ("fails", CellDoing::GivenUp));
        assert_eq!(found[1..], [("left", left), ("done", CellDoing::Done)]);
        let fails = &standing.cells[0];
        assert_eq!(
            fails.last_lines,
            ["two", "three", "error: the disk is full"]
        );
        assert_eq!(fails.attempts, 3);
        let said = standing.in_words();
        assert!(said.starts_with("1 of 3 cells are done · 1 "), "{said}");
        assert!(said.ends_with(" · 1 given up"), "{said}");
    }
}
