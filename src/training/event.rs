//! What the training thread reports, and the controls that it obeys.

use serde::{Deserialize, Deserializer, Serialize};

use super::checkpoint::Progress;

/// Which of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The usual deep network.
    Baseline,
    /// The capped, wider one.
    Capped,
}

impl Role {
    /// Both, baseline first.
    pub const BOTH: [Self; 2] = [Self::Baseline, Self::Capped];

    /// `baseline` or `capped`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Capped => "capped",
        }
    }
}

/// One finished epoch of one network: a row of `metrics.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Seed of this paired training.
    pub seed: u64,
    /// Which network.
    pub network: Role,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Mean cross-entropy over the epoch's training batches, in nats.
    #[serde(deserialize_with = "null_as_nan")]
    pub train_loss: f64,
    /// Fraction of augmented training images classified right during the epoch.
    pub train_accuracy: f64,
    /// Mean cross-entropy on the test images, in nats; not a number (null in JSON) where they were not evaluated, which with a
    /// hold-out is before the last epoch, and in older runs that diverged.
    #[serde(deserialize_with = "null_as_nan")]
    pub test_loss: f64,
    /// Fraction of test images classified right; not a number where they were not evaluated.
    #[serde(deserialize_with = "null_as_nan")]
    pub test_accuracy: f64,
    /// Seconds of training alone: no compilation, no evaluation, no checkpoint, no pause.
    pub train_seconds: f64,
    /// Seconds of the evaluation that followed.
    pub eval_seconds: f64,
    /// Training images over `train_seconds`.
    pub images_per_second: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Seconds of `train_seconds` in which training waited for images; unknown of older runs.
    #[serde(default)]
    pub data_wait_seconds: Option<f64>,
    /// Mean cross-entropy on the held-out images, in nats; null without a hold-out.
    #[serde(default)]
    pub holdout_loss: Option<f64>,
    /// Fraction of held-out images classified right; null without a hold-out.
    #[serde(default)]
    pub holdout_accuracy: Option<f64>,
    /// In the last row of a network that stops early: the epoch that is kept, whose weights were tested; else null.
    #[serde(default)]
    pub kept_epoch: Option<usize>,
    /// Mean over the epoch's steps of the L2 norm of the gradient of the batch's mean cross-entropy by all trainable
    /// parameters, without weight decay; steps whose norm is not finite are left out. Unknown of older runs.
    #[serde(default)]
    pub gradient_norm: Option<f64>,
    /// The largest of these norms.
    #[serde(default)]
    pub gradient_norm_max: Option<f64>,
    /// Joules that the device used in `train_seconds`, by all programs; null where it shows none.
    #[serde(default)]
    pub train_joules: Option<f64>,
}

impl EpochRecord {
    /// Accuracy on the images that follow the training: the held-out ones where there are any, else the test images.
    #[must_use]
    pub fn validation_accuracy(&self) -> f64 {
        self.holdout_accuracy.unwrap_or(self.test_accuracy)
    }

    /// Which images these are.
    #[must_use]
    pub const fn validation_set(&self) -> &'static str {
        match self.holdout_accuracy {
            None => "test",
            Some(_) => "hold-out",
        }
    }

    /// Loss on the same images, in nats.
    #[must_use]
    pub fn validation_loss(&self) -> f64 {
        self.holdout_loss.unwrap_or(self.test_loss)
    }
}

/// What [`Diverged::tensor`] says of logits in an evaluation.
pub(super) const LOGITS: &str = "logits";

/// A network that was stopped because its loss, a parameter, a running statistic or a logit was no longer finite; the other
/// one trains on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diverged {
    /// The seed.
    pub seed: u64,
    /// Which network.
    pub network: Role,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Step of that epoch after which it was found, from 1.
    pub step: usize,
    /// The first tensor that is not finite: a parameter or running statistic under its name in `PyTorch`, or `logits`; null
    /// where the loss alone is not, and in older runs.
    #[serde(default)]
    pub tensor: Option<String>,
    /// What happened and what likely caused it, one sentence.
    pub message: String,
}

impl Diverged {
    /// Which network diverged where, and what is not finite, such as `seed 1 diverged in epoch 2: baseline, stem.weight is not
    /// finite`.
    #[must_use]
    pub fn reason(&self) -> String {
        format!(
            "seed {} diverged in epoch {}: {}, {}",
            self.seed,
            self.epoch,
            self.network.name(),
            self.cause()
        )
    }

    /// What is not finite, such as `stem.weight is not finite`.
    #[must_use]
    pub fn cause(&self) -> String {
        match self.tensor.as_deref() {
            Some(LOGITS) => "its logits in evaluation are not finite".to_owned(),
            Some(tensor) => format!("{tensor} is not finite"),
            None => "its loss is not finite".to_owned(),
        }
    }
}

/// JSON has no not-a-number; serde writes it as null.
///
/// # Errors
/// Where there is neither null nor a number.
pub(crate) fn null_as_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// What the training thread reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The thread runs and holds its data.
    Started {
        /// The device in words, such as `cpu (AMD EPYC, 2 threads)`.
        device: String,
        /// Images that the networks are trained on.
        train_images: usize,
        /// Training images that are held out; null without a hold-out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holdout_images: Option<usize>,
        /// Test images.
        test_images: usize,
        /// Test images of the most frequent class; unknown of older runs.
        #[serde(default)]
        most_frequent_class: Option<usize>,
        /// Steps of one epoch.
        steps_per_epoch: usize,
        /// Epochs of each network.
        epochs: usize,
        /// Seeds, in the order in which they are trained.
        seeds: Vec<u64>,
    },
    /// An interrupted run continues from these epochs; earlier events of later epochs are
    /// void, and are sent again.
    Continued {
        /// The last finished epoch of every network that had one, seed by seed.
        from: Vec<Progress>,
    },
    /// A network's kernels are compiled, or a step of it recorded, outside the clock.
    WarmedUp {
        /// Which network.
        network: Role,
        /// Seconds it took.
        seconds: f64,
    },
    /// A seed's paired training begins.
    SeedStarted {
        /// The seed.
        seed: u64,
    },
    /// Progress inside an epoch. May be dropped when the receiver is slow.
    Step {
        /// The seed.
        seed: u64,
        /// Which network.
        network: Role,
        /// Epoch, from 1.
        epoch: usize,
        /// Steps done in this epoch.
        step: usize,
        /// Mean loss over the steps since the last event, in nats.
        loss: f64,
        /// Mean gradient norm over these steps, see [`EpochRecord::gradient_norm`]; unknown of older runs.
        #[serde(default)]
        gradient_norm: Option<f64>,
        /// Learning rate of the last step.
        learning_rate: f64,
        /// Training images per second in this epoch so far.
        images_per_second: f64,
    },
    /// The evaluation of an epoch begins.
    Evaluating {
        /// The seed.
        seed: u64,
        /// Which network.
        network: Role,
        /// Epoch, from 1.
        epoch: usize,
    },
    /// An epoch is finished and evaluated.
    Epoch(EpochRecord),
    /// A checkpoint is on disk.
    Checkpointed {
        /// The seed.
        seed: u64,
        /// Which network.
        network: Role,
        /// Epochs it holds.
        epoch: usize,
        /// Seconds it took, outside the clock.
        #[serde(default)]
        seconds: f64,
    },
    /// Training waits.
    Paused,
    /// Training goes on.
    Resumed {
        /// Seconds of the pause.
        #[serde(default)]
        seconds: f64,
    },
    /// Another process asked for a pause, its end or a stop, through the run's folder.
    Controlled {
        /// `pause`, `resume` or `stop`.
        action: String,
        /// Who, in words.
        by: String,
    },
    /// A network was stopped because something of it was no longer finite.
    Diverged(Diverged),
    /// Both networks of a seed are trained.
    SeedFinished {
        /// The seed.
        seed: u64,
    },
    /// Something the user should know, which does not stop the training.
    Warning {
        /// One sentence.
        message: String,
    },
    /// The last event: all seeds are trained.
    Finished,
    /// The last event: stopped on request; every finished epoch has its checkpoint.
    Stopped,
    /// The last event: the training could not go on.
    Failed {
        /// One sentence.
        message: String,
    },
}

impl Event {
    /// Whether no event follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Finished | Self::Stopped | Self::Failed { .. })
    }
}

/// What the training thread is asked to do, by its owner or by another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// Wait after the current step.
    Pause,
    /// Go on.
    Resume,
    /// Stop after the current step; every finished epoch has its checkpoint.
    Stop,
}

impl Control {
    /// `pause`, `resume` or `stop`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
        }
    }
}
