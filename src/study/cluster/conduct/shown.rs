//! What is shown of the jobs of a study.

use std::path::{Path, PathBuf};

use super::{Open, Watch};
use crate::format::number_of;
use crate::run::{Lock, Status, parts};
use crate::study::Worker;
use crate::study::cluster::{Job, JobState};

/// Tasks that are shown in a line each.
const ROWS: usize = 12;

impl Watch<'_> {
    /// Says why runs wait, where that is news and none runs.
    pub(super) fn tell_what_waits(&mut self) {
        let is_running = |open: &Open| {
            let job = self.known.of_cell(&self.tasks[open.task].cell.name());
            job.is_some_and(|job| job.state == JobState::Running)
        };
        if self.open.is_empty() || self.open.iter().any(is_running) {
            return;
        }
        let said = self.in_words();
        if said != self.waits {
            self.progress.say(&said);
            self.waits = said;
        }
    }

    /// Such as `2 of 6 runs are done · 3 running · 1 waiting (Resources)`.
    pub(super) fn in_words(&self) -> String {
        let of = self.tasks.len();
        let runs = number_of(of, "run is", "runs are");
        let mut parts = vec![format!("{} of {runs} done", self.done)];
        let mut running = 0;
        let mut waiting: Vec<(String, usize)> = Vec::new();
        for open in &self.open {
            let job = self.known.of_cell(&self.tasks[open.task].cell.name());
            match job.map(|job| job.state) {
                Some(JobState::Running) => running += 1,
                Some(JobState::Waiting) => {
                    let why = job.and_then(|job| job.why.clone()).unwrap_or_default();
                    match waiting.iter_mut().find(|(known, _)| *known == why) {
                        Some((_, count)) => *count += 1,
                        None => waiting.push((why, 1)),
                    }
                }
                _ => {}
            }
        }
        if running > 0 {
            parts.push(format!("{running} running"));
        }
        for (why, count) in waiting {
            let why = if why.is_empty() {
                why
            } else {
                format!(" ({why})")
            };
            parts.push(format!("{count} waiting{why}"));
        }
        parts.join(" · ")
    }

    /// What the tasks do that run, and how many wait.
    pub(super) fn rows(&self) -> Vec<Worker> {
        let row = |open: &Open, name: String, folder: PathBuf, job: &Job| Worker {
            device: match &job.node {
                Some(node) => format!("{} on {node}", job.id),
                None => job.id.clone(),
            },
            cell: Some(name),
            tries: open.failures + 1,
            status: status(&folder),
            retired: false,
            note: None,
        };
        let of = |open: &Open| -> Vec<Worker> {
            let cell = &self.tasks[open.task].cell;
            let name = cell.name();
            let whole = self.known.cells.get(&name);
            let whole = whole.map(|job| (name.clone(), cell.path.clone(), job));
            let of_seed = |(seed, job)| {
                let part = format!("{name}/{}", parts::name(seed));
                (part, parts::folder(&cell.path, seed), job)
            };
            let parts = self.known.parts_of(&name).map(of_seed);
            whole
                .into_iter()
                .chain(parts)
                .filter(|(_, _, job)| job.state == JobState::Running)
                .map(|(name, folder, job)| row(open, name, folder, job))
                .collect()
        };
        let mut rows: Vec<Worker> = self.open.iter().flat_map(of).take(ROWS).collect();
        rows.push(Worker {
            device: "slurm".to_owned(),
            cell: None,
            tries: 0,
            status: None,
            retired: false,
            note: Some(self.in_words()),
        });
        rows
    }
}

/// The heartbeat of the process that trains the run in `folder` now.
fn status(folder: &Path) -> Option<Status> {
    let holder = Lock::holder(folder)?;
    Status::of(folder)
        .filter(|status| (status.writer.pid, &status.writer.host) == (holder.pid, &holder.host))
}
