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
    /// Another process trains the run.
    #[error(
        "{path} is being trained by process {pid} on {host}: wait for it or stop it; if that machine is gone, remove {lock}"
    )]
    Held {
        /// The run's folder.
        path: PathBuf,
        /// The process.
        pid: u32,
        /// The machine it runs on.
        host: String,
        /// The file that says so.
        lock: PathBuf,
    },
    /// Another process began a run in the folder.
    #[error("another process has just started a run in {path}: repeat the command")]
    Begun {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing to resume.
    #[error("{path} is finished: there is nothing to resume")]
    AlreadyFinished {
        /// The run's folder.
        path: PathBuf,
    },
    /// The run was made by a program that may train differently.
    #[error(
        "{path} was made by version {version} and cannot be resumed by version {ours}: resume it with that version, or train again"
    )]
    OtherVersion {
        /// The run's folder.
        path: PathBuf,
        /// Its version.
        version: String,
        /// Ours.
        ours: &'static str,
    },
    /// The images are not those that the run was started with.
    #[error(
        "the images of {dataset} are not those that {path} was started with (fingerprint {found}, not {expected}): put them back, or train again"
    )]
    DataChanged {
        /// The run's folder.
        path: PathBuf,
        /// The dataset.
        dataset: String,
        /// Beginning of the fingerprint found.
        found: String,
        /// Beginning of the fingerprint in `run.toml`.
        expected: String,
    },
    /// The settings are not those that the run was started with.
    #[error(
        "the settings in {path} are not those that the run was started with: put them back, or train again"
    )]
    SettingsChanged {
        /// Its `run.toml`.
        path: PathBuf,
    },
    /// A training error.
    #[error(transparent)]
    Training(#[from] crate::training::TrainingError),
    /// The architecture or its cap is impossible.
    #[error(transparent)]
    Network(#[from] crate::network::NetworkError),
    /// The dataset is missing or broken.
    #[error(transparent)]
    Dataset(#[from] crate::dataset::DatasetError),
    /// The heuristic asks for no change, so there is no pair to train.
    #[error("{sentence}")]
    NothingToCap {
        /// Why, and what to do.
        sentence: String,
    },
}

impl Error {
    /// That the operating system refused to `action` (`read`, `write`, `create`, `remove`) the file or folder at `path`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl Fn(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path: path.clone(),
            source,
        }
    }

    /// That the file at `path` is not what it should be; `problem` is one sentence.
    pub(crate) fn malformed(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::Malformed {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// That `plan` has no capped network.
    pub(super) fn nothing_to_cap(plan: &Plan) -> Self {
        let (name, depth) = (&plan.baseline.name, plan.baseline.conv_depth);
        let sentence = if plan.is_shallowest() {
            format!(
                "{name} with its {depth} convolutions is the shallowest of its family and cannot be capped: choose a deeper one"
            )
        } else {
            format!(
                "{}: the heuristic asks for no change; use --depth N below {depth} to train a pair anyway",
                plan.within_cap()
            )
        };
        Self::NothingToCap { sentence }
    }
}
