//! The cells of the marked grid: read in the background when its mark is set, one grid at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Page, Studies, StudiesScreen};
use crate::study::grid::{CellOutcome, GridOutcome};
use crate::study::{Found, Stamp, Study};
use crate::tui::app::{App, Effect, Tone};
use crate::tui::screens::Screen;

/// A grid with the places of its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownGrid {
    pub outcome: GridOutcome,
    pub axes: GridAxes,
}

impl ShownGrid {
    pub fn of(outcome: GridOutcome) -> Self {
        Self {
            axes: GridAxes::of(&outcome),
            outcome,
        }
    }

    /// The cell at a row and a column; none where the grid has none there.
    pub fn cell(&self, place: [usize; 2]) -> Option<&CellOutcome> {
        self.outcome.cells.get(self.axes.cell(place)?)
    }
}

/// What the rows and columns of a grid's cells are.
#[derive(Clone, Debug, PartialEq)]
pub struct GridAxes {
    /// Datasets with their transforms.
    pub rows: Vec<String>,
    /// Architectures, and readings or depths.
    pub columns: Vec<[String; 2]>,
    /// The cell of each row and column, by its number in the grid.
    cells: HashMap<[usize; 2], usize>,
}

impl GridAxes {
    /// Those of a grid, in its order.
    fn of(outcome: &GridOutcome) -> Self {
        let (mut rows, mut columns) = (Names::default(), Names::default());
        let mut cells = HashMap::new();
        for (number, cell) in outcome.cells.iter().enumerate() {
            let column = [cell.architecture.clone(), cell.cap_by()];
            let place = [rows.place(cell.images()), columns.place(column)];
            cells.entry(place).or_insert(number);
        }
        Self {
            rows: rows.all,
            columns: columns.all,
            cells,
        }
    }

    /// The number of the cell at a row and a column.
    fn cell(&self, place: [usize; 2]) -> Option<usize> {
        self.cells.get(&place).copied()
    }
}

/// Names in the order in which they occur.
struct Names<T> {
    all: Vec<T>,
    places: HashMap<T, usize>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Names<T> {
    /// The place of a name, which is put at the end where it is new.
    fn place(&mut self, name: T) -> usize {
        if let Some(&place) = self.places.get(&name) {
            return place;
        }
        let place = self.all.len();
        self.all.push(name.clone());
        self.places.insert(name, place);
        place
    }
}

/// The grid that was read last, and the one that is being read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Its folder and the file that was read.
    of: Option<(PathBuf, Option<Stamp>)>,
    /// Its cells, or why they cannot be read.
    found: Option<Result<Arc<ShownGrid>, String>>,
    /// The one that is being read.
    awaited: Option<(PathBuf, Option<Stamp>)>,
}

impl Studies {
    /// The cells of a grid, or why they cannot be read; none before they are, and of other studies.
    pub fn grid(&self, study: &Study) -> Option<Result<&Arc<ShownGrid>, &str>> {
        let (path, _) = self.reading.of.as_ref()?;
        if *path != study.path || !matches!(study.found, Found::Grid(_)) {
            return None;
        }
        let found = self.reading.found.as_ref()?;
        Some(found.as_ref().map_err(String::as_str))
    }

    /// The cells of the marked grid, where they are read.
    pub fn marked_grid(&self) -> Option<&ShownGrid> {
        let found = self.grid(self.marked()?)?;
        found.ok().map(AsRef::as_ref)
    }
}

#[cfg(test)]
impl Studies {
    /// As before the cells of any grid are read.
    pub fn forget_grid(&mut self) {
        self.reading = Reading::default();
    }
}

impl App {
    /// Reads the cells of the marked grid where its screen is shown and they are not known.
    pub(in crate::tui) fn read_grid_if_due(&mut self) {
        let is_shown = self.screen.name() == StudiesScreen.name();
        let studies = &self.studies;
        if !is_shown || studies.page != Page::List || studies.reading.awaited.is_some() {
            return;
        }
        let marked = studies.marked();
        let Some(study) = marked.filter(|study| matches!(study.found, Found::Grid(_))) else {
            return;
        };
        let wanted = (study.path.clone(), study.stamp);
        if studies.reading.of.as_ref() != Some(&wanted) {
            self.request(Effect::ReadGrid(wanted.0.clone()));
            self.studies.reading.awaited = Some(wanted);
        }
    }

    /// The cells of the grid in `folder` are read.
    pub(in crate::tui) fn grid_read(
        &mut self,
        folder: &Path,
        found: Result<Arc<ShownGrid>, String>,
    ) {
        if let Err(sentence) = &found {
            self.note(Tone::Bad, sentence);
        }
        let awaited = self.studies.reading.awaited.take();
        let of = awaited.filter(|(path, _)| path == folder);
        self.studies.reading.of = Some(of.unwrap_or_else(|| (folder.to_owned(), None)));
        self.studies.reading.found = Some(found);
    }
}
