//! One network of a seed in training.

use std::time::Duration;

use crossbeam_channel::Receiver;

use crate::training::batches::{Batches, HostBatch};
use crate::training::checkpoint::Progress;
use crate::training::clock::Stopwatch;
use crate::training::step::{GradientNorms, Sums, Tally, Trainer};
use crate::training::{EpochRecord, Role, TrainingError};

/// A network in training, with the epochs it has finished and the one it is in.
pub(super) struct NetworkTraining {
    pub(super) seed: u64,
    pub(super) network: Role,
    pub(super) trainer: Trainer,
    pub(super) epochs: Vec<EpochRecord>,
    /// The batches of the next epoch, which are being made.
    pub(super) ahead: Option<(usize, Receiver<HostBatch>)>,
    /// The epoch it is in.
    pub(super) current: Option<Current>,
}

/// An epoch that is not finished.
pub(super) struct Current {
    pub(super) batches: Receiver<HostBatch>,
    pub(super) watch: Stopwatch,
    /// Time in which training waited for a batch.
    pub(super) waited: Duration,
    pub(super) sums: Sums,
    pub(super) tally: Tally,
    /// Steps done whose losses are read.
    pub(super) read: usize,
    /// Mean loss of the last step that was read.
    pub(super) last_loss: Option<f64>,
    /// The last gradient norm that was finite.
    pub(super) last_norm: Option<f64>,
    pub(super) learning_rate: f64,
}

/// A step after which something is not finite, counted from 1, and the last mean loss and gradient norm that were.
pub(super) struct NotFinite {
    pub(super) step: usize,
    pub(super) before: Option<f64>,
    pub(super) norm_before: Option<f64>,
}

/// Means over the steps since the last reading.
pub(super) struct Reading {
    /// In nats.
    pub(super) loss: f64,
    pub(super) gradient_norm: Option<f64>,
}

impl NetworkTraining {
    pub(super) fn at(&self, epoch: usize) -> Progress {
        Progress::new(self.seed, self.network, epoch)
    }

    /// Epochs that are done.
    pub(super) fn done(&self) -> usize {
        self.epochs.last().map_or(0, |record| record.epoch)
    }

    /// Starts making the batches of `epoch`.
    pub(super) fn look_ahead(&mut self, batches: &Batches, epoch: usize) {
        self.ahead = Some((epoch, batches.train(self.seed, epoch)));
    }

    /// The epoch it is in, or the beginning of `epoch`.
    pub(super) fn enter(&mut self, batches: &Batches, epoch: usize, watch: Stopwatch) -> Current {
        self.current.take().unwrap_or_else(|| Current {
            batches: match self.ahead.take() {
                Some((made, ahead)) if made == epoch => ahead,
                _ => batches.train(self.seed, epoch),
            },
            watch,
            waited: Duration::ZERO,
            sums: Sums::default(),
            tally: Tally::default(),
            read: 0,
            last_loss: None,
            last_norm: None,
            learning_rate: 0.0,
        })
    }
}

impl Current {
    /// The last step that was read, of a network of which something else than the loss is not finite.
    pub(super) const fn last_read(&self) -> NotFinite {
        NotFinite {
            step: self.read,
            before: self.last_loss,
            norm_before: self.last_norm,
        }
    }

    /// Reads the losses and gradient norms of the steps since the last reading and gives their means.
    pub(super) fn read(&mut self) -> Result<Result<Option<Reading>, NotFinite>, TrainingError> {
        let steps = self.tally.read_onto(&mut self.sums)?;
        let (mut losses, mut norms) = (0.0, GradientNorms::default());
        for step in &steps {
            self.read += 1;
            if !step.loss.is_finite() {
                let step = self.read;
                return Ok(Err(NotFinite {
                    step,
                    ..self.last_read()
                }));
            }
            self.last_loss = Some(step.loss);
            if step.gradient_norm.is_finite() {
                self.last_norm = Some(step.gradient_norm);
            }
            losses += step.loss;
            norms.add(step.gradient_norm);
        }
        Ok(Ok((!steps.is_empty()).then(|| Reading {
            loss: losses / steps.len() as f64,
            gradient_norm: norms.mean(),
        })))
    }
}
