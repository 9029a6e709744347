//! What can stop a study, one sentence each.

use super::cluster::SlurmError;
use crate::depth::Rule;
use crate::run::Error;

/// Why a study could not be conducted.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A run or its settings.
    #[error(transparent)]
    Run(#[from] Error),
    /// A training or its report failed.
    #[error("{0}")]
    Training(String),
    /// The reading gives no wrong cap.
    #[error("the reading {reading} has no value on {dataset}: give the wrong cap as a number")]
    NoReading {
        /// The reading.
        reading: Rule,
        /// The dataset.
        dataset: String,
    },
    /// Slurm did not do what it was asked for.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
    /// There is nothing to take a wrong cap from.
    #[error("no embedded dataset gives a wrong cap")]
    NoWrongCap,
}
