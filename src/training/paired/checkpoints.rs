//! Writes checkpoints, and tries again after the next epoch where that fails.

use std::path::PathBuf;
use std::sync::Arc;

use super::events::EventSender;
use crate::disk::identity;
use crate::training::checkpoint::correct;
use crate::training::checkpoint::{self, Progress};
use crate::training::clock::Clock;
use crate::training::step::Trainer;
use crate::training::{Diverged, EpochRecord, Event, TrainingError};

/// Writes checkpoints after every epoch. Where one cannot be written (a full disk), training goes on:
/// one warning is sent, it is tried again after every epoch, and another warning says when it works.
pub(super) struct CheckpointWriter {
    folder: PathBuf,
    /// What tells the folder from one that is put in its place.
    identity: Option<[u64; 2]>,
    run: Option<String>,
    clock: Arc<dyn Clock>,
    failing: bool,
}

impl CheckpointWriter {
    pub(super) fn new(folder: PathBuf, run: Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            identity: identity(&folder).ok().flatten().filter(|_| folder.is_dir()),
            folder,
            run,
            clock,
            failing: false,
        }
    }

    /// Refuses to write where the folder was moved or removed, or replaced by another one.
    fn in_place(&self) -> Result<(), TrainingError> {
        let Some(known) = self.identity else {
            return Ok(());
        };
        match identity(&self.folder) {
            Ok(Some(found)) if found == known => Ok(()),
            _ => Err(TrainingError::Checkpoint {
                path: self.folder.clone(),
                problem: "cannot be written: the folder was moved or removed".to_owned(),
            }),
        }
    }

    pub(super) fn save(
        &mut self,
        events: &mut EventSender,
        progress: Progress,
        trainer: &Trainer,
        epochs: &[EpochRecord],
        keep: Option<usize>,
    ) {
        let begun = self.clock.now();
        let run = self.run.as_deref();
        let saved = self
            .in_place()
            .and_then(|()| checkpoint::save(keep, &self.folder, progress, run, trainer, epochs));
        match saved {
            Ok(_) => {
                if std::mem::take(&mut self.failing) {
                    events.send(Event::Warning {
                        message: "checkpoints can be written again".to_owned(),
                    });
                }
                let Progress {
                    seed,
                    network,
                    epoch,
                } = progress;
                events.send(Event::Checkpointed {
                    seed,
                    network,
                    epoch,
                    seconds: self.clock.now().saturating_sub(begun).as_secs_f64(),
                });
            }
            Err(error) if !self.failing => {
                self.failing = true;
                events.send(Event::Warning {
                    message: format!(
                        "{error}; training continues and tries again after every epoch: until then `ebcle-tui resume` starts from the last good checkpoint"
                    ),
                });
            }
            Err(error) => tracing::warn!(%error, "still no checkpoint"),
        }
    }

    /// Writes down which test images are classified right. Where that fails, the comparison over images is
    /// missing and training continues, without a warning where checkpoints cannot be written either.
    pub(super) fn save_correct(
        &self,
        events: &mut EventSender,
        progress: Progress,
        flags: &[bool],
    ) {
        match self
            .in_place()
            .and_then(|()| correct::save(&self.folder, progress, flags))
        {
            Ok(()) => {}
            Err(error) if self.failing => tracing::warn!(%error, "still no checkpoint"),
            Err(error) => events.send(Event::Warning {
                message: format!("{error}; training continues without it"),
            }),
        }
    }

    pub(super) fn save_diverged(&self, events: &mut EventSender, diverged: Diverged) {
        let noted = self
            .in_place()
            .and_then(|()| checkpoint::save_diverged(&self.folder, &diverged));
        if let Err(error) = noted {
            events.send(Event::Warning {
                message: error.to_string(),
            });
        }
        events.send(Event::Diverged(diverged));
    }
}
