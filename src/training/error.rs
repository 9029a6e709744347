//! What can stop a training, one sentence each.

/// Why training could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// No such device.
    #[error("unknown device '{name}': use auto, cpu, cuda or cuda:N")]
    UnknownDevice {
        /// What was asked for.
        name: String,
    },
    /// Devices that cannot be listed beside each other, or cores that are not there.
    #[error("{0}")]
    Devices(String),
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
    /// Images without classes.
    #[error(transparent)]
    Dataset(#[from] crate::dataset::DatasetError),
    /// A checkpoint could not be written or read.
    #[error("checkpoint {path}: {problem}")]
    Checkpoint {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A checkpoint holds a tensor that is not finite.
    #[error("checkpoint {path}: {tensor} is not finite: the training of this network diverged")]
    Diverged {
        /// The file.
        path: std::path::PathBuf,
        /// The first tensor that is not finite, by its name in `PyTorch`.
        tensor: String,
    },
    /// A trained network whose weights are finite gives what is not.
    #[error(
        "{what} on the test images are not finite, though all weights of the network are: they are too large to compute with in 32-bit floats"
    )]
    NotFinite {
        /// Which values.
        what: String,
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
    /// The device failed.
    #[error("training stopped: {0}")]
    Device(#[from] super::device::DeviceError),
    /// The training thread died.
    #[error("training stopped: {0}")]
    Died(String),
}
