//! What can go wrong in an export, one sentence each.

use std::path::PathBuf;

/// Why a run could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The operating system refused.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A plot could not be drawn.
    #[error("cannot draw {path}: {problem}")]
    Plot {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The run was not trained with this seed.
    #[error("the run has no seed {seed}: its seeds are {seeds}")]
    NoSuchSeed {
        /// What was asked for.
        seed: u64,
        /// The run's seeds.
        seeds: String,
    },
    /// The run keeps no trained networks.
    #[error(
        "{run} has no checkpoint of both networks for seed {seed}: it keeps them from the end of the first epoch on"
    )]
    NoCheckpoint {
        /// The run's folder.
        run: PathBuf,
        /// The seed.
        seed: u64,
    },
    /// A network of the seed diverged.
    #[error(
        "{reason}, so no network of seed {seed} is exported: {run} has no network trained to its end for it"
    )]
    Diverged {
        /// The run's folder.
        run: PathBuf,
        /// The seed.
        seed: u64,
        /// Which network diverged, and what is not finite.
        reason: String,
    },
    /// The images are no longer those that the run was trained on.
    #[error(
        "the images of {dataset} are not those that {run} was trained on: bring the old ones back, or export safetensors, which needs no images"
    )]
    OtherData {
        /// The run's folder.
        run: PathBuf,
        /// The dataset as the settings name it.
        dataset: String,
    },
    /// The run cannot be read, or a file cannot be written.
    #[error(transparent)]
    Run(#[from] crate::run::Error),
    /// The images cannot be read.
    #[error(transparent)]
    Dataset(#[from] crate::dataset::DatasetError),
    /// A checkpoint cannot be read, or the device failed.
    #[error(transparent)]
    Training(#[from] crate::training::TrainingError),
    /// The weights cannot be written.
    #[error(transparent)]
    Weights(#[from] crate::network::weights::Error),
    /// The format is none that is known.
    #[error("unknown format '{name}': use one of {known}")]
    UnknownFormat {
        /// What was asked for.
        name: String,
        /// The known names.
        known: String,
    },
}

impl ReportError {
    /// Whether the networks that were asked for are no longer finite.
    #[must_use]
    pub const fn is_divergence(&self) -> bool {
        use crate::training::TrainingError as Training;
        matches!(
            self,
            Self::Diverged { .. }
                | Self::Training(Training::Diverged { .. } | Training::NotFinite { .. })
        )
    }
}
