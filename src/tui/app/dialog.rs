//! What lies on top of a screen, and the charts' focus.

use std::path::PathBuf;

use jiff::Timestamp;

use super::cycle::around;
use super::runs::ExportDialog;

/// What lies on top.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys.
    Help,
    /// A question that wants an answer.
    Confirm(Confirm),
    /// The choice of export formats.
    Export(ExportDialog),
}

/// What is asked before something that cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Leave while a training runs?
    Quit,
    /// Stop the training?
    Stop,
    /// Delete a run?
    Delete {
        /// Its folder.
        path: PathBuf,
        /// Its name.
        name: String,
    },
}

impl Question {
    /// The question in a few words.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Quit => "A training runs. Quit?",
            Self::Stop => "Stop the training?",
            Self::Delete { .. } => "Delete this run?",
        }
    }

    /// What the answers mean.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Quit | Self::Stop => {
                "It stops after the current step. Finished epochs and their checkpoints are kept in \
                the run's folder; the epoch that is being trained is lost."
                .to_owned()
            }
            Self::Delete { name, .. } => format!(
                "{name} with its metrics and checkpoints is removed from the disk for good."
            ),
        }
    }

    /// The answers: no, then yes.
    #[must_use]
    pub const fn answers(&self) -> [&'static str; 2] {
        match self {
            Self::Quit => ["keep training", "stop and quit"],
            Self::Stop => ["keep training", "stop"],
            Self::Delete { .. } => ["keep it", "delete"],
        }
    }
}

/// A question with the answer that is marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// The question.
    pub question: Question,
    /// Whether yes is marked.
    pub yes: bool,
}

/// How a passing sentence is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something went well.
    Good,
    /// Something is wrong.
    Bad,
}

/// A sentence that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// The sentence.
    pub sentence: String,
    /// How it is meant.
    pub tone: Tone,
    /// Until when it is shown.
    pub until: Timestamp,
}

/// A chart of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chart {
    /// Test accuracy.
    #[default]
    Accuracy,
    /// Training loss.
    Loss,
    /// Seconds per epoch.
    Seconds,
    /// Time saved.
    Saved,
}

impl Chart {
    /// All charts: two rows of two.
    pub const ALL: [Self; 4] = [Self::Accuracy, Self::Loss, Self::Seconds, Self::Saved];

    /// The chart `step` places further, around the ends.
    #[must_use]
    pub const fn step(self, step: isize) -> Self {
        Self::ALL[around(self as usize, step, Self::ALL.len())]
    }
}

/// Which chart has the focus, and how charts are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    /// The focused chart.
    pub focus: Chart,
    /// Whether it alone is shown.
    pub enlarged: bool,
    /// Whether the loss is logarithmic.
    pub log_loss: bool,
}
