//! What keys do with the jobs of the marked grid: cancel them, or submit again what has none. Both ask first, and are done
//! in the background.

use std::path::{Path, PathBuf};

use crate::format::number_of;
use crate::study::Study;
use crate::study::cluster::{CellDoing, CellStanding, Standing};
use crate::tui::app::{App, Effect, Question, Tone};

/// What is done with the jobs of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobsAct {
    /// All that wait or run are ended.
    Cancel,
    /// What is not done and has no job is submitted again, also what was given up.
    Retry,
}

impl JobsAct {
    /// What goes on, for a heading.
    pub const fn doing(self) -> &'static str {
        match self {
            Self::Cancel => "cancelling the jobs …",
            Self::Retry => "submitting again …",
        }
    }
}

/// How many cells of the marked grid keys act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToActOn {
    /// With a job that waits or runs, and is not being ended.
    pub live: usize,
    /// Not done and without a job, or given up.
    pub left: usize,
}

impl ToActOn {
    fn of(standing: &Standing) -> Self {
        if standing.not_asked.is_some() {
            return Self::default();
        }
        let is_live =
            |cell: &&CellStanding| cell.job.is_live() && cell.doing != CellDoing::Stopping;
        let live = standing.cells.iter().filter(is_live);
        Self {
            live: live.count(),
            left: standing.count(CellDoing::GivenUp) + standing.count(CellDoing::Left),
        }
    }
}

impl super::Studies {
    /// What keys act on in the marked study; nothing while they do.
    pub fn jobs_to_act_on(&self) -> ToActOn {
        let standing = self.marked().and_then(|study| self.jobs.standing(study));
        match standing {
            Some(standing) if self.jobs.acting.is_none() => ToActOn::of(standing),
            _ => ToActOn::default(),
        }
    }
}

impl App {
    pub(super) fn ask_to_cancel_jobs(&mut self) {
        self.ask_about_jobs(JobsAct::Cancel);
    }

    pub(super) fn ask_to_retry_jobs(&mut self) {
        self.ask_about_jobs(JobsAct::Retry);
    }

    fn ask_about_jobs(&mut self, act: JobsAct) {
        let Some(Study { name, path, .. }) = self.studies.marked().cloned() else {
            return;
        };
        let ToActOn { live, left } = self.studies.jobs_to_act_on();
        let cells = match act {
            JobsAct::Cancel => live,
            JobsAct::Retry => left,
        };
        if cells == 0 {
            // A key that was bound otherwise may come here.
            let what = match act {
                JobsAct::Cancel => "no job of it waits or runs",
                JobsAct::Retry => "nothing of it waits to be tried again",
            };
            return self.say(Tone::Bad, format!("{name}: {what}"));
        }
        self.ask(Question::Jobs {
            act,
            path,
            name,
            cells,
        });
    }

    /// Does with the jobs of the grid in `path` what its user answered.
    pub(in crate::tui) fn act_on_jobs(&mut self, act: JobsAct, path: PathBuf) {
        self.studies.jobs.acting = Some((path.clone(), act));
        let settings = Box::new(self.settings.clone());
        self.request(Effect::ActOnJobs(act, path, settings));
    }

    /// What became of that: a sentence.
    pub(in crate::tui) fn jobs_acted(&mut self, path: &Path, done: Result<String, String>) {
        self.studies.jobs.acting = None;
        self.studies.jobs.acted = Some(self.now);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match done {
            Ok(sentence) => self.say(Tone::Good, format!("{name}: {sentence}")),
            Err(sentence) => self.say(Tone::Bad, format!("{name}: {sentence}")),
        }
        if !self.leave_if_asked() {
            self.studies.jobs.look_again();
        }
    }

    /// Whether leaving has to wait until Slurm has answered: a job that nobody noted would train beside the next one.
    pub(in crate::tui) const fn waits_for_jobs(&self) -> bool {
        self.studies.jobs.acting.is_some()
    }
}

/// What yes does, for the question.
pub fn consequence(act: JobsAct, name: &str, cells: usize) -> String {
    match act {
        JobsAct::Cancel => format!(
            "{} of {name} {} or {}: {} jobs are ended. Finished epochs are kept; t submits {} again.",
            number_of(cells, "cell", "cells"),
            if cells == 1 { "waits" } else { "wait" },
            if cells == 1 { "runs" } else { "run" },
            if cells == 1 { "its" } else { "their" },
            if cells == 1 { "it" } else { "them" },
        ),
        JobsAct::Retry => format!(
            "{} of {name} {} not done and {} no job, or {} given up: {} submitted to Slurm again, with what the grid \
            was submitted with last. For more memory or time: `ebcle-tui grid retry FILE --failed --memory 32G`.",
            number_of(cells, "cell", "cells"),
            if cells == 1 { "is" } else { "are" },
            if cells == 1 { "has" } else { "have" },
            if cells == 1 { "was" } else { "were" },
            if cells == 1 { "it is" } else { "they are" },
        ),
    }
}
