//! What is done with the jobs of a submitted grid, for the fifth screen.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::format::number_of;
use crate::run::{Phase, Session, Settings, Summary};
use crate::study::cluster::{cancel, retry, submitted};
use crate::study::sweep::SweepOutcome;
use crate::study::{Progress, StudyError};
use crate::tui::screens::studies::JobsAct;

/// Cancels the jobs of the grid in `folder`, or submits again what has none; gives a sentence on what was done.
///
/// # Errors
/// One sentence on what cannot be read, or what Slurm refuses.
pub(super) fn act(act: JobsAct, folder: &Path, settings: &Settings) -> Result<String, StudyError> {
    match act {
        JobsAct::Cancel => Ok(match cancel(&submitted(folder)?)? {
            0 => "no job of it waits or runs any more".to_owned(),
            cells => format!(
                "the jobs of {} are ended; finished epochs are kept",
                number_of(cells, "cell", "cells")
            ),
        }),
        JobsAct::Retry => {
            let quiet = Quiet::default();
            let retried = retry(folder, settings, &quiet)?;
            let mut said = match retried {
                Some(retried) if retried.cells > 0 => format!(
                    "{} submitted again, in {}",
                    number_of(retried.cells, "cell is", "cells are"),
                    number_of(retried.jobs, "job", "jobs")
                ),
                _ => "nothing of it is left to submit".to_owned(),
            };
            for warning in quiet
                .said
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
            {
                said.push_str("; ");
                said.push_str(warning);
            }
            Ok(said)
        }
    }
}

/// Keeps the warnings of a submission; it trains nothing, so that nothing else is to be shown.
#[derive(Debug, Default)]
struct Quiet {
    said: Mutex<Vec<String>>,
}

impl Progress for Quiet {
    fn is_cancelled(&self) -> bool {
        false
    }

    fn say(&self, line: &str) {
        tracing::info!(line, "while cells are submitted again");
    }

    fn warn(&self, line: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push(line.trim().to_owned());
    }

    fn reading(&self, _phase: Option<Phase>) {}

    fn timing(&self, _steps: Option<(usize, usize)>) {}

    fn interruptible(&self, _begins: bool) {}

    fn follow(&self, _: &Session, _: &Settings) -> Result<Option<Summary>, StudyError> {
        Ok(None)
    }

    fn swept(&self, _outcome: &SweepOutcome) -> Result<(), StudyError> {
        Ok(())
    }
}
