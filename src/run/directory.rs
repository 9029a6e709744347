//! The folder of a run: `DIR/<time>-<dataset>-<arch>/`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Error, Settings, Summary};
use crate::depth::Analysis;
use crate::network::Plan;
use crate::training::EpochRecord;

/// What `run.toml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program that made the run.
    pub version: String,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// The device in words.
    pub device: String,
    /// SHA-256 of the data, see [`crate::dataset::Dataset::fingerprint`].
    pub data_fingerprint: String,
    /// All settings as resolved.
    pub settings: Settings,
}

/// A run directory that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

/// Everything a run directory holds but checkpoints and the event log; what reports are made from.
#[derive(Clone, Debug, PartialEq)]
pub struct RunData {
    /// The folder.
    pub path: PathBuf,
    /// `run.toml`.
    pub manifest: Manifest,
    /// `profile.json`.
    pub analysis: Analysis,
    /// `plan.json`.
    pub plan: Plan,
    /// `metrics.csv`.
    pub metrics: Vec<EpochRecord>,
    /// `summary.json`; none of an unfinished run.
    pub summary: Option<Summary>,
}

/// Whether a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// It has a summary.
    Finished,
    /// It has none: stopped, or still running in some process.
    Unfinished,
}

/// A line in the list of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunListing {
    /// Name of the folder.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// Name of the dataset.
    pub dataset: String,
    /// Name of the architecture.
    pub architecture: String,
    /// The cap in force.
    pub cap: usize,
    /// Seeds that were asked for.
    pub seeds: usize,
    /// Whether it came to its end.
    pub status: RunStatus,
    /// Its summary, if it came to its end.
    pub summary: Option<Summary>,
}

impl RunDirectory {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes `out/<time>-<dataset>-<arch>/` with `run.toml`, `profile.json` and `plan.json`.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder cannot be made or written.
    pub fn create(manifest: &Manifest, analysis: &Analysis, plan: &Plan) -> Result<Self, Error> {
        let _ = (manifest, analysis, plan);
        todo!()
    }

    /// Opens the run that `name` (a path, a folder name below `out`, or an unambiguous beginning of one, or `latest`) means.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::Ambiguous`], [`Error::NotARun`].
    pub fn find(name: &str, out: &Path) -> Result<Self, Error> {
        let _ = (name, out);
        todo!()
    }

    /// Reads everything but checkpoints and events.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`], naming the file.
    pub fn load(&self) -> Result<RunData, Error> {
        todo!()
    }
}

/// The runs below `out`, newest first, and a sentence for each folder that looks like a run but cannot be read.
///
/// A folder `out` that does not exist holds no runs.
///
/// # Errors
/// [`Error::Io`] where `out` exists but cannot be read.
pub fn list(out: &Path) -> Result<(Vec<RunListing>, Vec<String>), Error> {
    let _ = out;
    todo!()
}

/// Removes a run directory with all its files; refuses a folder that is no run.
///
/// # Errors
/// [`Error::NotARun`] or [`Error::Io`].
pub fn remove(run: &RunDirectory) -> Result<(), Error> {
    let _ = run;
    todo!()
}
