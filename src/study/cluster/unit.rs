//! What a task trains by itself.

use std::path::PathBuf;

use super::super::Cell;
use super::{Attempts, Job, Jobs};
use crate::run::{Error, RunDirectory, SUMMARY, parts};

/// A cell, or one seed of it.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// The seed; none where the whole cell is trained.
    pub seed: Option<u64>,
    /// How many of them a task trains, one after the other; none where the class of the cell says.
    pub per_task: Option<usize>,
}

impl<'a> Unit<'a> {
    /// A whole cell.
    #[must_use]
    pub const fn whole(cell: &'a Cell) -> Self {
        Self {
            cell,
            seed: None,
            per_task: None,
        }
    }

    /// Its name in the study: that of the cell, or such as `CELL/seed-3`.
    #[must_use]
    pub fn name(&self) -> String {
        let cell = self.cell.name();
        match self.seed {
            Some(seed) => format!("{cell}/{}", parts::name(seed)),
            None => cell,
        }
    }

    /// Its run directory, which need not exist yet.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self.seed {
            Some(seed) => parts::folder(&self.cell.path, seed),
            None => self.cell.path.clone(),
        }
    }

    /// Whether one task may train both: whole cells have a task each, and those of one cell may share theirs.
    pub(super) fn shares_task_with(&self, other: &Self) -> bool {
        self.seed.is_some()
            && other.seed.is_some()
            && self.cell.path == other.cell.path
            && self.per_task == other.per_task
    }
}

/// What of a cell is to be submitted.
#[derive(Debug, Default)]
pub struct Left<'a> {
    /// The whole of it, or its seeds.
    pub units: Vec<Unit<'a>>,
    /// The folders of those that were given up and are tried again.
    pub given_up: Vec<PathBuf>,
}

impl<'a> Left<'a> {
    /// What is left of `cell`, of which `known` says what waits or runs. It is split into seeds, so many a task, where `split`
    /// says so or where it was before; what was given up is left out, unless it is to be tried `again`.
    ///
    /// # Errors
    /// Where its folder cannot be read.
    pub fn of(
        cell: &'a Cell,
        known: &Jobs,
        split: Option<usize>,
        again: bool,
    ) -> Result<Self, Error> {
        let name = cell.name();
        let mut left = Self::default();
        if known.cells.get(&name).is_some_and(Job::is_live) {
            return Ok(left);
        }
        let is_split = split.is_some() || known.parts_of(&name).next().is_some();
        if !is_split || is_to_be_joined(cell)? {
            if !known.is_live(&name) {
                left.add(Unit::whole(cell), again)?;
            }
            return Ok(left);
        }
        for &seed in &cell.settings.recipe.seeds {
            let mut jobs = known.parts_of(&name);
            let is_live = jobs.any(|(of, job)| of == seed && job.is_live());
            let unit = Unit {
                cell,
                seed: Some(seed),
                per_task: Some(split.unwrap_or(1)),
            };
            if !is_live && !unit.path().join(SUMMARY).is_file() {
                left.add(unit, again)?;
            }
        }
        Ok(left)
    }

    fn add(&mut self, unit: Unit<'a>, again: bool) -> Result<(), Error> {
        let path = unit.path();
        if Attempts::read(&path)?.given_up().is_some() {
            if !again {
                return Ok(());
            }
            self.given_up.push(path);
        }
        self.units.push(unit);
        Ok(())
    }
}

/// Whether all seeds of a cell are trained, so that what is left is that of the whole.
fn is_to_be_joined(cell: &Cell) -> Result<bool, Error> {
    if cell.path.join(SUMMARY).is_file() {
        return Ok(true);
    }
    match RunDirectory::open(&cell.path) {
        Ok(run) => parts::are_trained(&run),
        Err(Error::NotARun { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
