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
    /// A checkpoint could not be written or read.
    #[error("checkpoint {path}: {problem}")]
    Checkpoint {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The networks take more memory than there is.
    #[error(
        "the two networks have {parameters} parameters and take at least {needed} of memory to train, where {free} are free: use a smaller architecture or width"
    )]
    Memory {
        /// Parameters of both.
        parameters: String,
        /// Bytes that they take.
        needed: String,
        /// Bytes that are free.
        free: String,
    },
    /// The training thread died.
    #[error("training stopped: {0}")]
    Died(String),
}
