//! The jobs of the marked grid, where it was submitted to Slurm: looked at in the background while the list is shown.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{JobsAct, Page, StudiesScreen};
use crate::study::cluster::{CellDoing, CellStanding, Standing};
use crate::study::{Found, Kind, Study};
use crate::tui::app::{App, Effect};
use crate::tui::screens::Screen;

/// Seconds from an answer to the next question: Slurm's controller answers everybody on the cluster.
const BETWEEN: i64 = 10;
/// The same after something was done with the jobs, for so many seconds.
const BETWEEN_THEN: i64 = 2;
const FOR: i64 = 30;

/// What was seen last of the jobs of a grid.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// The grid's folder.
    folder: PathBuf,
    /// What was found; none where nothing of the grid was submitted, and before the first answer.
    standing: Option<Standing>,
    /// Why it cannot be looked at, one sentence.
    failure: Option<String>,
    /// Whether an answer is awaited.
    awaited: bool,
    /// Whether that answer may be older than what was done since: it is asked again.
    stale: bool,
    /// The grid with whose jobs something is done now.
    pub(super) acting: Option<(PathBuf, JobsAct)>,
    /// When something was done with them last.
    pub(super) acted: Option<Timestamp>,
    /// When the last answer came; none before the first.
    answered: Option<Timestamp>,
}

impl Jobs {
    /// What is known of the jobs of a study.
    pub fn standing(&self, study: &Study) -> Option<&Standing> {
        let standing = self.standing.as_ref();
        standing.filter(|_| study.path == self.folder)
    }

    /// Why the jobs of a study cannot be looked at.
    pub fn failure(&self, study: &Study) -> Option<&str> {
        let failure = self.failure.as_deref();
        failure.filter(|_| study.path == self.folder)
    }

    /// Seconds since Slurm and the files were asked.
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        Some((now.as_second() - self.answered?.as_second()).max(0))
    }

    /// What a cell of a grid does.
    pub fn cell(&self, study: &Study, name: &str) -> Option<&CellStanding> {
        let mut cells = self.standing(study)?.cells.iter();
        cells.find(|cell| cell.name == name)
    }

    /// Whether a job of a study waits or runs, or may; none where that is not known yet.
    pub fn may_live(&self, study: &Study) -> Option<bool> {
        if study.kind != Kind::Grid {
            return Some(false);
        }
        let is_known = study.path == self.folder && self.failure.is_none();
        let is_live = |standing: &Standing| standing.is_live() || standing.has_live_job();
        is_known.then(|| self.standing.as_ref().is_some_and(is_live))
    }

    /// Looks again at the next chance, whatever was found before.
    pub(super) fn look_again(&mut self) {
        self.answered = None;
        self.stale = self.awaited;
    }

    /// What is done now with the jobs of a study.
    pub fn acting(&self, study: &Study) -> Option<JobsAct> {
        let (path, act) = self.acting.as_ref()?;
        (*path == study.path).then_some(*act)
    }

    fn is_due(&self, folder: &Path, now: Timestamp) -> bool {
        match self.answered {
            _ if self.awaited => false,
            Some(answered) if folder == self.folder => {
                let is_watched =
                    self.failure.is_some() || self.standing.as_ref().is_some_and(Standing::is_live);
                let since = |then: Timestamp| now.as_second() - then.as_second();
                let is_changing = self.acted.is_some_and(|acted| since(acted) < FOR);
                let between = if is_changing { BETWEEN_THEN } else { BETWEEN };
                is_watched && since(answered) >= between
            }
            _ => true,
        }
    }
}

/// The cells of a grid that has no outcome yet, as its jobs train them.
pub fn rows<'a>(jobs: &'a Jobs, study: &Study) -> &'a [CellStanding] {
    match &study.found {
        Found::Unfinished { .. } => jobs
            .standing(study)
            .map_or(&[][..], |standing| &standing.cells),
        _ => &[],
    }
}

impl App {
    /// Looks at the jobs of the marked grid where its screen is shown and what is known is old.
    pub(in crate::tui) fn look_at_jobs_if_due(&mut self) {
        let is_shown = self.screen.name() == StudiesScreen.name();
        if !is_shown || self.studies.page != Page::List {
            return;
        }
        let marked = self.studies.marked();
        let Some(study) = marked.filter(|study| study.kind == Kind::Grid) else {
            return;
        };
        let folder = study.path.clone();
        if self.studies.jobs.is_due(&folder, self.now) {
            self.studies.jobs.awaited = true;
            self.request(Effect::LookAtJobs(folder));
        }
    }

    /// What was found of the jobs of the grid in `folder`.
    pub(in crate::tui) fn jobs_seen(
        &mut self,
        folder: PathBuf,
        found: Result<Option<Standing>, String>,
    ) {
        let jobs = &mut self.studies.jobs;
        let (standing, failure) = match found {
            Ok(standing) => (standing, None),
            Err(sentence) => (None, Some(sentence)),
        };
        *jobs = Jobs {
            folder,
            standing,
            failure,
            awaited: false,
            answered: Some(self.now).filter(|_| !jobs.stale),
            stale: false,
            acting: jobs.acting.take(),
            acted: jobs.acted,
        };
    }
}

/// Whether a cell is done, failed, or neither.
pub const fn is_good(doing: CellDoing) -> Option<bool> {
    match doing {
        CellDoing::Done | CellDoing::Running => Some(true),
        CellDoing::GivenUp | CellDoing::Left => Some(false),
        CellDoing::Stopping | CellDoing::Waiting | CellDoing::Unknown => None,
    }
}
