//! A run in progress: the training thread, and the thread that writes down what it says.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::{Error, Settings, Summary};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::network::Plan;
use crate::training::{Control, Event};

/// What the owner of a session hears, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The training thread said something, and it is written down.
    Event(Event),
    /// All seeds are trained and `summary.json` lies in the run directory. Nothing follows.
    Finished(Box<Summary>),
    /// Stopped on request; the run directory can be resumed. Nothing follows.
    Stopped,
    /// The run could not go on; one sentence. Nothing follows.
    Failed(String),
}

/// A run in progress. Dropping it stops the training and waits for its end.
#[derive(Debug)]
pub struct Session {
    directory: std::path::PathBuf,
    updates: Receiver<Update>,
}

impl Session {
    /// Makes the run directory and starts training in the background.
    ///
    /// # Errors
    /// [`Error::NothingToCap`] where the plan has no capped network, [`Error::Training`] for a recipe
    /// or device that cannot be used, [`Error::Io`] where the run directory cannot be made.
    pub fn start(
        settings: &Settings,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<Self, Error> {
        let _ = (settings, dataset, analysis, plan);
        todo!()
    }

    /// The run directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is heard of the run; unbounded, never blocks the training.
    #[must_use]
    pub const fn updates(&self) -> &Receiver<Update> {
        &self.updates
    }

    /// Tells the training thread something; without effect once it has ended.
    pub fn control(&self, control: Control) {
        let _ = control;
        todo!()
    }
}
