//! What can stop a training, one sentence each.

/// Why training could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such device.
    #[error("unknown device '{name}': use auto, cpu, cuda or cuda:N")]
    UnknownDevice {
        /// What was asked for.
        name: String,
    },
    /// The device cannot be used here.
    #[error("device {name} cannot be used: {reason}")]
    DeviceUnavailable {
        /// The device.
        name: String,
        /// Why, in one sentence.
        reason: String,
    },
    /// A setting that cannot be trained with.
    #[error("{0}")]
    Recipe(String),
    /// Images that leave nothing to tell apart.
    #[error(
        "{dataset} cannot be trained on: {problem}. Training needs images of two classes or more in both splits; `ebcle-tui analyze` does not"
    )]
    OneClass {
        /// The dataset.
        dataset: String,
        /// Which split, and what is in it.
        problem: String,
    },
    /// A checkpoint could not be written or read.
    #[error("checkpoint {path}: {problem}")]
    Checkpoint {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The training thread died.
    #[error("training stopped: {0}")]
    Died(String),
}
