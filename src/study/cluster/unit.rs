//! What a task trains by itself.

use std::path::PathBuf;

use super::super::Cell;
use crate::run::parts;

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
