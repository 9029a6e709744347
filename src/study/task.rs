//! A run of a study that is to be trained, whoever trains it.

use super::{Cell, CellFile, StudyError};
use crate::network::Plan;
use crate::run::Error;

/// Tries that fail, in a row and on a cluster without finishing another epoch, after which a run is given up.
pub(super) const TRIES: usize = 3;

/// A run that is to be trained.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub cell: Cell,
    /// Whether its networks are probed.
    pub probe: bool,
    /// Its pair, where that does not follow from its settings alone.
    pub plan: Option<Plan>,
    /// Its number in the study, from 1.
    pub number: usize,
}

impl Task {
    /// Writes all that a process needs to train it into its folder.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn write(&self) -> Result<(), Error> {
        let file = CellFile::of(&self.cell, self.probe)?;
        file.write(&self.cell.path, self.plan.as_ref())
    }
}

/// What is done about a task that ended, by its place among all.
pub(super) type Ended<'a> =
    &'a mut dyn FnMut(usize, Result<(), StudyError>) -> Result<(), StudyError>;
