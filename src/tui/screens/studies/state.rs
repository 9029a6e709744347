//! The studies, which one is marked, and which of its runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::jobs::{Jobs, rows};
use super::shown::Reading;
use super::{Running, StudyForm};
use crate::study::cluster::CellDoing;
use crate::study::grid::CellState;
use crate::study::recommend::RecommendOutcome;
use crate::study::{Found, Study};
use crate::training::Control;
use crate::tui::app::around;

/// What the screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// All studies, and what the marked one found.
    #[default]
    List,
    /// The form of a new one.
    Form,
    /// The one that runs.
    Follow,
}

/// What colours the cells of a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellColour {
    #[default]
    Effect,
    Saved,
    Verdict,
    P,
}

impl CellColour {
    pub const ALL: [Self; 4] = [Self::Effect, Self::Saved, Self::Verdict, Self::P];
}

/// The screen's state.
#[derive(Clone, Debug, Default)]
pub struct Studies {
    /// Newest first.
    pub list: Vec<Arc<Study>>,
    /// Whether they have been read.
    pub listed: bool,
    /// Why they cannot be listed.
    pub failure: Option<String>,
    /// When the last list came; none while one is awaited.
    pub(super) listed_at: Option<Timestamp>,
    pub marked: usize,
    /// Whether the keys move among the runs of the marked study.
    pub inside: bool,
    /// The marked run: row and column of a grid, else a number and 0.
    place: [usize; 2],
    /// Which dataset of a sweep, or seed of a probe, is shown.
    view: usize,
    pub colour: CellColour,
    /// Whether the marked study has the list's rows too.
    pub whole: bool,
    pub page: Page,
    pub form: StudyForm,
    pub running: Option<Running>,
    pub jobs: Jobs,
    /// The cells of the marked grid.
    pub(super) reading: Reading,
    /// The study of another process whose runs were asked last to pause, or to resume.
    pub asked: Option<(PathBuf, Control)>,
    /// The study that is marked once it is listed.
    pub wanted: Option<PathBuf>,
    /// A folder of a study's runs that is shown on the Runs screen, and the run there that is wanted.
    pub opened: Option<(PathBuf, Option<PathBuf>)>,
}

impl Studies {
    /// The marked study.
    pub fn marked(&self) -> Option<&Study> {
        self.list.get(self.marked).map(AsRef::as_ref)
    }

    /// Replaces the list and keeps the mark on the study it was on.
    pub fn replace(&mut self, list: Vec<Arc<Study>>) {
        let wanted = self.wanted.take();
        let path = wanted.or_else(|| self.marked().map(|study| study.path.clone()));
        self.list = list;
        self.listed = true;
        self.failure = None;
        self.mark(path.as_deref());
    }

    /// Marks the study in a folder, or the nearest there is.
    pub fn mark(&mut self, path: Option<&Path>) {
        let at = path.and_then(|path| self.list.iter().position(|study| study.path == path));
        let last = self.list.len().saturating_sub(1);
        self.marked = at.unwrap_or(self.marked).min(last);
        self.inside &= self.has_runs();
    }

    /// Moves the mark by `step` studies, not past the ends.
    pub fn step(&mut self, step: isize) {
        let last = self.list.len().saturating_sub(1);
        self.marked = self.marked.saturating_add_signed(step).min(last);
        self.place = [0, 0];
        self.view = 0;
    }

    /// Rows and columns of the runs of the marked study.
    fn extent(&self) -> [usize; 2] {
        match self.marked().map(|study| &study.found) {
            Some(Found::Recommend(outcome)) => [outcome.networks().count(), 1],
            Some(Found::Sweep(outcome)) => [1, outcome.depths.len()],
            Some(Found::Grid(_)) => self.marked_grid().map_or([0, 0], |grid| {
                [grid.axes.rows.len(), grid.axes.columns.len()]
            }),
            Some(Found::Unfinished { .. }) => {
                let cells = self.marked().map(|study| rows(&self.jobs, study));
                [cells.map_or(0, <[_]>::len), 1]
            }
            _ => [0, 0],
        }
    }

    /// Whether the marked study has runs among which keys can move.
    pub fn has_runs(&self) -> bool {
        self.extent().iter().all(|&count| count > 0)
    }

    /// The marked run of the marked study: row and column.
    pub fn place(&self) -> [usize; 2] {
        let extent = self.extent();
        [0, 1].map(|at| self.place[at].min(extent[at].saturating_sub(1)))
    }

    /// Marks a run: its row times the columns, and its column.
    pub fn mark_inside(&mut self, at: usize) {
        self.inside = self.has_runs();
        let columns = self.extent()[1].max(1);
        self.place = [at / columns, at % columns];
        self.place = self.place();
    }

    /// Moves the mark among the runs; where they have one dimension, both kinds of arrows go along it.
    pub fn step_inside(&mut self, [down, right]: [isize; 2]) {
        let extent = self.extent();
        let steps = match extent {
            [1, _] => [0, down + right],
            [_, 1] => [down + right, 0],
            _ => [down, right],
        };
        let place = self.place();
        self.place = [0, 1].map(|at| {
            let last = extent[at].saturating_sub(1);
            place[at].saturating_add_signed(steps[at]).min(last)
        });
    }

    /// Views of the marked study: datasets of a sweep, values of a grid, seeds of a probe.
    pub fn views(&self) -> usize {
        match self.marked().map(|study| &study.found) {
            Some(Found::Sweep(outcome)) => outcome.variants.len(),
            Some(Found::Grid(_)) => CellColour::ALL.len(),
            Some(Found::Probe(probes)) => probe_seeds(probes).len(),
            _ => 1,
        }
    }

    /// Whether there are several, and they can be shown.
    pub fn has_views(&self) -> bool {
        let is_grid = matches!(
            self.marked().map(|study| &study.found),
            Some(Found::Grid(_))
        );
        self.views() > 1 && (!is_grid || self.marked_grid().is_some())
    }

    /// Whether the marked run, or the folder of the marked study's runs, can be shown on the Runs screen.
    pub fn can_open_run(&self) -> bool {
        let found = self.marked().map(|study| &study.found);
        matches!(found, Some(Found::Unfinished { .. })) || self.run().is_some()
    }

    /// The view that is shown.
    pub fn view(&self) -> usize {
        self.view.min(self.views().saturating_sub(1))
    }

    /// Shows the next view.
    pub fn next_view(&mut self) {
        if let Some(Found::Grid(_)) = self.marked().map(|study| &study.found) {
            let at = around(self.colour as usize, 1, CellColour::ALL.len());
            self.colour = CellColour::ALL[at];
        } else {
            self.view = around(self.view(), 1, self.views());
        }
    }

    /// The folder of the marked run; none where it is not begun, or the study has no outcome.
    pub fn run(&self) -> Option<PathBuf> {
        let [row, column] = self.place();
        match &self.marked()?.found {
            Found::Recommend(outcome) => run_of(outcome, row),
            Found::Sweep(outcome) => {
                let variant = outcome.variants.get(self.view())?;
                variant.runs.get(column).cloned()
            }
            Found::Grid(_) => {
                let grid = self.marked_grid()?;
                let mut cell = grid.cell([row, column])?;
                if let CellState::SameAs(other) = &cell.state {
                    let mut cells = grid.outcome.cells.iter();
                    cell = cells.find(|cell| cell.name == *other)?;
                }
                let is_begun = cell.summary.is_some() || cell.state == CellState::Begun;
                is_begun.then(|| cell.run_dir.clone())
            }
            Found::Probe(_) => self.marked().map(|study| study.path.clone()),
            Found::Unfinished { .. } => {
                let cell = rows(&self.jobs, self.marked()?).get(row)?;
                (cell.attempts > 0 || cell.doing == CellDoing::Done).then(|| cell.run_dir.clone())
            }
            Found::Unreadable(_) => None,
        }
    }
}

/// The run of a network of a final; the deepest one is in the run of every finalist.
fn run_of(outcome: &RecommendOutcome, at: usize) -> Option<PathBuf> {
    let finalist = outcome.finalists.get(at).or(outcome.finalists.first())?;
    Some(finalist.run.clone())
}

/// The seeds of a probe.
pub fn probe_seeds(probes: &crate::run::Probes) -> Vec<Option<u64>> {
    let mut seeds = Vec::new();
    for probe in &probes.probes {
        if !seeds.contains(&probe.seed) {
            seeds.push(probe.seed);
        }
    }
    seeds
}
