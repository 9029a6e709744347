//! Where checkpoints and the small files beside them are: names, and what of them is there.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk::{seal, write_whole};
use crate::training::{Role, TrainingError};

pub(super) const WEIGHTS: &str = "weights.bpk";
pub(super) const MOMENTUM: &str = "momentum.bpk";
pub(super) const PROGRESS: &str = "progress.json";
pub(super) const SUMS: &str = "SHA256SUMS";

/// Which network a checkpoint is of, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The seed.
    pub seed: u64,
    /// Which network.
    pub network: Role,
    /// Finished epochs.
    pub epoch: usize,
}

/// What `progress.json` holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record<E> {
    #[serde(flatten)]
    pub(super) progress: Progress,
    /// What tells the run from others; none of an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<String>,
    /// Steps taken.
    pub(super) steps: u64,
    /// The rows of `metrics.csv` of this seed and network so far.
    pub(super) epochs: E,
}

impl Progress {
    /// The checkpoint of a network of `seed` after `epoch` epochs.
    #[must_use]
    pub const fn new(seed: u64, network: Role, epoch: usize) -> Self {
        Self {
            seed,
            network,
            epoch,
        }
    }

    fn prefix(self) -> String {
        format!("seed-{}-{}-epoch-", self.seed, self.network.name())
    }

    /// The name of its folder.
    pub(super) fn folder(self) -> String {
        format!("{}{}", self.prefix(), self.epoch)
    }
}

/// The epochs with a complete checkpoint of this seed and network in `folder`, ascending.
#[must_use]
pub fn epochs(folder: &Path, of: Progress) -> Vec<usize> {
    let prefix = of.prefix();
    let mut epochs: Vec<usize> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            entry
                .file_name()
                .to_str()?
                .strip_prefix(&prefix)?
                .parse()
                .ok()
        })
        .collect();
    epochs.sort_unstable();
    epochs
}

/// Removes a checkpoint where there is one. It is renamed first, so that a kill while its files are removed leaves
/// nothing under its name that could be taken for a damaged checkpoint.
pub(super) fn remove(folder: &Path, progress: Progress) -> std::io::Result<()> {
    let aside = folder.join(format!("{}.removed.partial", progress.folder()));
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    match fs::rename(folder.join(progress.folder()), &aside) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        renamed => renamed.and_then(|()| fs::remove_dir_all(&aside)),
    }
}

/// Writes a small file among the checkpoints, beside its place and then into it, with its checksum in it.
pub(super) fn write_note(
    path: PathBuf,
    bytes: serde_json::Result<Vec<u8>>,
) -> Result<(), TrainingError> {
    path.parent()
        .map_or(Ok(()), make_folder)
        .and_then(|()| write_whole(&path, &seal(&bytes?)))
        .map_err(|error| TrainingError::Checkpoint {
            problem: format!("cannot be written: {error}"),
            path,
        })
}

/// Makes the folder of checkpoints where it is not there, but none above it: a run's folder that was moved or removed
/// is not made anew.
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// The file that says how a network was stopped.
pub(super) fn diverged_file(seed: u64, network: Role) -> String {
    format!("seed-{seed}-{}-diverged.json", network.name())
}
