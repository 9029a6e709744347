//! What can go wrong in an export, one sentence each.

use std::path::PathBuf;

/// Why a run could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
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
    /// The format is none that is known.
    #[error("unknown format '{name}': use one of {known}")]
    UnknownFormat {
        /// What was asked for.
        name: String,
        /// The known names.
        known: String,
    },
}
