//! What can be wrong with a dataset, one sentence each.

use std::path::PathBuf;

/// A [`DatasetError::Malformed`] of a path and a sentence, written as for [`format!`].
macro_rules! malformed {
    ($path:expr, $($sentence:tt)+) => {
        $crate::dataset::archive::malformed($path, format!($($sentence)+))
    };
}

/// What a dataset gives, or why not.
pub type Result<T, E = DatasetError> = std::result::Result<T, E>;

/// Why a dataset could not be named, found or read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The name is none that is known.
    #[error("unknown dataset '{name}': use one of {known}, or {paths}")]
    UnknownDataset {
        /// What was asked for.
        name: String,
        /// The known names, comma-separated.
        known: String,
        /// How datasets are named by their paths.
        paths: String,
    },
    /// A prefix such as `folder:` with nothing behind it.
    #[error("'{prefix}' names no path: write {prefix}{value}")]
    EmptyPath {
        /// What was written.
        prefix: &'static str,
        /// What the path is called.
        value: &'static str,
    },
    /// A limit that leaves nothing.
    #[error("a limit of 0 leaves no training images: use 1 or more")]
    ZeroLimit,
    /// A named dataset is in none of the places that were searched.
    #[error("{name} was not found in {searched}: {advice}")]
    NotFound {
        /// The dataset.
        name: String,
        /// The folders that were searched.
        searched: String,
        /// What to do.
        advice: String,
    },
    /// A label column was named for a dataset without columns.
    #[error("{name} has no column '{column}': leave out --label")]
    NoColumns {
        /// The dataset.
        name: String,
        /// The column.
        column: String,
    },
    /// A split to test with was named for a dataset whose splits have no names.
    #[error("{name} has no splits with names: leave out --split-test")]
    NoParts {
        /// The dataset.
        name: String,
    },
    /// The operating system refused.
    #[error("cannot read {path}: {source}{}", remedy(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Reading it would take more memory than may be used.
    #[error(
        "{path} needs {needed} of memory, where {limit} may be used ({reason}): use a smaller dataset, or allow more with --max-memory SIZE"
    )]
    Memory {
        /// The file or folder.
        path: PathBuf,
        /// How much it takes.
        needed: String,
        /// How much there is.
        limit: String,
        /// Who says so.
        reason: &'static str,
    },
    /// The operating system gave no memory.
    #[error(
        "{path} needs {bytes} of memory, which the operating system refused: free some, or use a smaller dataset"
    )]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// How much.
        bytes: String,
    },
    /// A dataset without classes was given to train on.
    #[error(
        "{name} has no classes, so it can be analysed but not trained on: put the images of each class into a separate folder"
    )]
    NoClasses {
        /// The dataset.
        name: String,
    },
    /// A transform that the images or classes do not allow.
    #[error("{name} cannot be transformed by {transform}: {problem}")]
    Transform {
        /// The dataset.
        name: String,
        /// The transform, or all of them.
        transform: String,
        /// Why not, and what can be used.
        problem: String,
    },
    /// A file is not what its layout promises.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and what to do, in one sentence.
        problem: String,
    },
}

/// What to do about an error of the operating system, behind a colon, where that is known.
fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => ": check the path",
        std::io::ErrorKind::PermissionDenied => {
            ": give this user the permission to read it, or name a copy"
        }
        _ => "",
    }
}
