//! What can be wrong with a run or its settings, one sentence each.

use std::path::PathBuf;

use crate::network::Plan;

/// Why a run could not be made, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried: `read`, `write`, `create`, `remove`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of a run directory is not what it should be.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, in one sentence.
        problem: String,
    },
    /// A config file that cannot be used.
    #[error("{path}:{line}:{column}: {problem}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, in one sentence.
        problem: String,
    },
    /// A setting that cannot be used.
    #[error("{0}")]
    Setting(String),
    /// No such run.
    #[error("there is no run '{name}' in {folder}: `ebcle-tui runs` lists them")]
    NoSuchRun {
        /// What was asked for.
        name: String,
        /// Where runs are looked for.
        folder: PathBuf,
    },
    /// Several runs fit.
    #[error("'{name}' fits several runs in {folder}: {matches}")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Where runs are looked for.
        folder: PathBuf,
        /// The names that fit.
        matches: String,
    },
    /// Not a run directory of this program.
    #[error("{path} is not a run directory: it holds no run.toml")]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// Training said no.
    #[error(transparent)]
    Training(#[from] crate::training::Error),
    /// The architecture or its cap is impossible.
    #[error(transparent)]
    Network(#[from] crate::network::Error),
    /// The dataset is missing or broken.
    #[error(transparent)]
    Dataset(#[from] crate::dataset::Error),
    /// The heuristic asks for no change, so there is no pair to train.
    #[error(
        "{baseline} has {conv_depth} convolutions, not more than the cap of {cap}: the heuristic asks for no change; give a depth with --depth N to train a pair all the same"
    )]
    NothingToCap {
        /// Name of the baseline.
        baseline: String,
        /// Its depth.
        conv_depth: usize,
        /// The cap.
        cap: usize,
    },
}

impl Error {
    /// That `plan` has no capped network.
    pub(super) fn nothing_to_cap(plan: &Plan) -> Self {
        Self::NothingToCap {
            baseline: plan.baseline.name.clone(),
            conv_depth: plan.baseline.conv_depth,
            cap: plan.cap,
        }
    }
}
