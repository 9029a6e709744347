//! Trains runs of a study by array jobs, and waits for them.
//!
//! The process that owns the study asks Slurm every few seconds and reads the folders of the runs. It may end at any moment: the
//! jobs go on, and the same command finds in [`Submission`] which runs have one.

mod shown;

use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::super::task::{Ended, TRIES, Task};
use super::super::{Progress, State, StudyError};
use super::state::{Job, JobState, Jobs, jobs, last_lines};
use super::{Attempts, Ended as AttemptEnded, Left, SlurmRequest, Submission, plan, slurm, submit};
use crate::format::number_of;
use crate::messages::sentence;
use crate::run::{Error, Lock, PROBES, SUMMARY, parts};

/// How often it is looked whether the user asked for a stop.
const LOOK: Duration = Duration::from_millis(100);
/// How often Slurm is asked.
const ASKED: Duration = Duration::from_secs(3);
/// How often it is shown how far the runs are.
const SHOWN: Duration = Duration::from_secs(1);
/// How long after the end of its task the files of a run may be shown late by a file server.
const LATE: Duration = Duration::from_secs(40);

/// Trains `tasks` of the study in `folder`, which has so many runs, by jobs, and calls `ended` after each; false where the user
/// stopped the waiting, while the jobs go on. Runs that have a job are not submitted again.
///
/// # Errors
/// [`SlurmError`](super::SlurmError) where Slurm is not there or refuses, where a file cannot be read or written, and what
/// `ended` says.
pub(in crate::study) fn train(
    request: &SlurmRequest,
    folder: &Path,
    tasks: Vec<Task>,
    of: usize,
    progress: &dyn Progress,
    ended: Ended<'_>,
) -> Result<bool, StudyError> {
    slurm::check()?;
    let mut kept = match Submission::read(folder)? {
        Some(kept) => kept.made_by_us(folder)?,
        None => Submission::of([]),
    };
    kept.note(request);
    let mut watch = Watch {
        request,
        folder,
        open: Vec::new(),
        done: 0,
        known: Jobs::default(),
        is_silent: false,
        waits: String::new(),
        kept,
        tasks,
        of,
        progress,
    };
    watch.begin(ended)?;
    let [mut asked, mut shown] = [Instant::now(); 2];
    while !watch.open.is_empty() {
        if progress.is_cancelled() {
            progress.workers(&[]);
            return Ok(false);
        }
        if asked.elapsed() >= ASKED {
            watch.look(ended)?;
            asked = Instant::now();
        }
        if shown.elapsed() >= SHOWN {
            progress.workers(&watch.rows());
            shown = Instant::now();
        }
        sleep(LOOK);
    }
    progress.workers(&[]);
    Ok(true)
}

/// A run that is not done.
#[derive(Debug)]
struct Open {
    /// Its place among the tasks.
    task: usize,
    /// How often it was submitted, as far as this process knows.
    sent: usize,
    /// Since when its task is gone.
    gone: Option<Instant>,
    /// The attempts of which was told.
    told: usize,
    /// Those of them that failed.
    failures: usize,
    /// Whether it was said that it runs.
    runs: bool,
}

/// What is to be done about an open run.
enum Found {
    Open,
    Ended(Result<(), StudyError>),
    Again,
}

struct Watch<'a> {
    request: &'a SlurmRequest,
    folder: &'a Path,
    tasks: Vec<Task>,
    open: Vec<Open>,
    /// Tasks that were trained to their end.
    done: usize,
    kept: Submission,
    /// What Slurm said last.
    known: Jobs,
    /// Whether it was said that Slurm does not answer.
    is_silent: bool,
    /// What was said last of those that wait.
    waits: String,
    of: usize,
    progress: &'a dyn Progress,
}

impl Watch<'_> {
    /// Takes up what has a job, and submits the rest.
    fn begin(&mut self, ended: Ended<'_>) -> Result<(), StudyError> {
        self.known = jobs(self.folder, &self.kept);
        if let Some(error) = self.known.not_asked.take() {
            return Err(error.into());
        }
        let (mut left, mut with_job) = (Vec::new(), 0);
        for task in 0..self.tasks.len() {
            let cell = &self.tasks[task].cell;
            let mut sent = 0;
            if is_whole(&self.tasks[task]) {
                let found = self.finished(task);
                ended(task, found)?;
                continue;
            }
            let told = self.attempts_of(task)?.iter().map(Attempts::number).sum();
            if self.known.is_live(&cell.name()) {
                with_job += 1;
                sent = 1;
            } else {
                left.push(task);
            }
            self.open.push(Open {
                task,
                sent,
                gone: None,
                told,
                failures: 0,
                runs: false,
            });
        }
        if with_job > 0 {
            let runs = number_of(with_job, "run has", "runs have");
            self.progress.say(&format!("{runs} a job already"));
        }
        self.send(&left)
    }

    /// Submits these tasks.
    fn send(&mut self, tasks: &[usize]) -> Result<(), StudyError> {
        if tasks.is_empty() {
            return Ok(());
        }
        let tasks_of = tasks.iter().map(|&task| &self.tasks[task]);
        let mut units = Vec::new();
        for task in tasks_of {
            let cell = &task.cell;
            let split = self.request.seeds_of_task(&cell.settings);
            // Whoever gives the command again has tried again what was given up.
            let left = Left::of(cell, &self.known, split, true)?;
            for folder in left.given_up {
                Attempts::forget(&folder)?;
            }
            task.write()?;
            units.extend(left.units);
        }
        let planned = plan(self.folder, &units, self.request, Some(&self.kept))?;
        self.kept.add(units.iter().map(|unit| unit.cell));
        let before = self.kept.jobs.len();
        submit(self.folder, &planned, &mut self.kept)?;
        for (job, planned) in self.kept.jobs[before..].iter().zip(&planned) {
            self.progress.say(&format!(
                "job {}: {} in {}",
                job.job,
                job.in_words(),
                number_of(planned.tasks, "task", "tasks")
            ));
        }
        let sent = self.open.iter_mut();
        for open in sent.filter(|open| tasks.contains(&open.task)) {
            open.sent += 1;
            open.gone = None;
        }
        Ok(())
    }

    /// Asks Slurm, and takes up what has ended.
    fn look(&mut self, ended: Ended<'_>) -> Result<(), StudyError> {
        let known = jobs(self.folder, &self.kept);
        if let Some(error) = &known.not_asked {
            if !self.is_silent {
                self.is_silent = true;
                let why = sentence(error);
                self.progress
                    .warn(&format!("{why}; it is asked again until it answers"));
            }
            return Ok(());
        }
        self.known = known;
        self.is_silent = false;
        let mut again = Vec::new();
        let mut at = 0;
        while at < self.open.len() {
            match self.judge(at)? {
                Found::Open => at += 1,
                Found::Again => {
                    again.push(self.open[at].task);
                    at += 1;
                }
                Found::Ended(result) => {
                    let task = self.open.remove(at).task;
                    if result.is_ok() {
                        self.done += 1;
                        let name = self.tasks[task].cell.name();
                        self.progress
                            .say(&format!("{name} is done: {}", self.in_words()));
                    }
                    ended(task, result)?;
                }
            }
        }
        if let Err(error) = self.send(&again) {
            // Those that have a job are waited for.
            let said = sentence(&error);
            for task in again {
                self.open.retain(|open| open.task != task);
                ended(task, Err(StudyError::Training(said.clone())))?;
            }
        }
        self.tell_what_waits();
        Ok(())
    }

    /// What became of an open run.
    fn judge(&mut self, at: usize) -> Result<Found, StudyError> {
        let number_of_task = self.open[at].task;
        let Task { cell, number, .. } = &self.tasks[number_of_task];
        let name = cell.name();
        let job = self.known.of_cell(&name);
        let is_live = job.is_some_and(Job::is_live);
        if is_whole(&self.tasks[number_of_task]) && (!is_live || Lock::holder(&cell.path).is_none())
        {
            return Ok(Found::Ended(self.finished(number_of_task)));
        }
        let attempts = self.attempts_of(number_of_task)?;
        let open = &mut self.open[at];
        let id = job.map_or_else(String::new, |job| job.id.clone());
        if is_live {
            open.gone = None;
            if job.is_some_and(|job| job.state == JobState::Running) && !open.runs {
                open.runs = true;
                self.progress.cell(*number, self.of);
                let node = job.and_then(|job| job.node.clone()).unwrap_or_default();
                self.progress.say(&format!(
                    "{name} on {node}, task {id} ({number} of {})",
                    self.of
                ));
            }
            let tries = attempts.iter().map(Attempts::number).sum();
            let is_failed = |it: &&Attempts| matches!(it.last(), Some(AttemptEnded::Failed(_)));
            if let Some(failed) = attempts
                .iter()
                .find(is_failed)
                .filter(|_| tries > open.told)
            {
                open.told = tries;
                open.failures += 1;
                let task = failed.last_job().unwrap_or(&id);
                let why = failed.reason().unwrap_or_default();
                self.progress
                    .warn(&format!("{name} failed in task {task}: {why}"));
            }
            return Ok(Found::Open);
        }
        let failed = |why: String| Ok(Found::Ended(Err(StudyError::Training(why))));
        let mut given_up = attempts.iter().filter_map(|it| Some((it, it.given_up()?)));
        if let Some((attempts, reason)) = given_up.next() {
            let task = attempts.last_job().unwrap_or(&id);
            return failed(format!("{reason}{}", self.last_lines(task)));
        }
        if open.gone.get_or_insert_with(Instant::now).elapsed() < LATE {
            return Ok(Found::Open);
        }
        let word = job.and_then(|job| job.word.clone()).unwrap_or_default();
        if word == "CANCELLED" {
            return failed(format!(
                "its task {id} was cancelled: the same command submits it again"
            ));
        }
        let how = if word.is_empty() || word == "COMPLETED" {
            "ended before it was done".to_owned()
        } else {
            format!("ended before it was done ({word})")
        };
        if open.sent >= TRIES {
            let sent = open.sent;
            return failed(format!(
                "its task {how}, the last of {sent}{}",
                self.last_lines(&id)
            ));
        }
        self.progress.warn(&format!(
            "{name}: its task {id} {how}, submitted again ({} of {TRIES})",
            open.sent + 1
        ));
        Ok(Found::Again)
    }

    /// The attempts to train a run, and of each seed that has a task of its own.
    fn attempts_of(&self, task: usize) -> Result<Vec<Attempts>, Error> {
        let cell = &self.tasks[task].cell;
        let name = cell.name();
        let seeds = self.known.parts_of(&name);
        let parts = seeds.map(|(seed, _)| parts::folder(&cell.path, seed));
        let folders = std::iter::once(cell.path.clone()).chain(parts);
        folders.map(|folder| self.known.attempts(&folder)).collect()
    }

    /// That a run is done, or why its folder cannot be read.
    fn finished(&self, task: usize) -> Result<(), StudyError> {
        match self.tasks[task].cell.state()? {
            State::Finished(_) => Ok(()),
            State::Begun | State::Waiting => Err(StudyError::Training(
                "its folder has no summary that can be read".to_owned(),
            )),
        }
    }

    fn last_lines(&self, job: &str) -> String {
        let lines = last_lines(self.folder, job);
        if lines.is_empty() {
            return String::new();
        }
        format!("; the last lines of task {job}: {}", lines.join(" | "))
    }
}

/// Whether a task has left all files of a finished run. Opening a file asks a file server for its present state.
fn is_whole(task: &Task) -> bool {
    let is_there = |file: &str| File::open(task.cell.path.join(file)).is_ok();
    is_there(SUMMARY) && (!task.probe || is_there(PROBES))
}
