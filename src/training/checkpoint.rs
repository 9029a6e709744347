//! What is kept of a network in training: weights, velocities and progress, in a folder per epoch.
//!
//! A checkpoint is `seed-S-NETWORK-epoch-E/` with `weights.bpk`, `momentum.bpk` (the optimiser's
//! velocities, in the form of the weights), `progress.json` and `SHA256SUMS`, which `sha256sum -c`
//! reads. It is written under another name and renamed when whole; the last two of each network are
//! kept, so that one that is damaged leaves one to go on from.

mod saved;

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

pub use self::saved::{Saved, Standing, restore, survey};
use super::step::Trainer;
use super::{Diverged, EpochRecord, Error, Role};
use crate::network::weights::first_not_finite;
use crate::network::{Network, Spec, build};

/// Checkpoints of each network that are kept.
const KEPT: usize = 2;
const WEIGHTS: &str = "weights.bpk";
const MOMENTUM: &str = "momentum.bpk";
const PROGRESS: &str = "progress.json";
const SUMS: &str = "SHA256SUMS";

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
struct Record<E> {
    #[serde(flatten)]
    progress: Progress,
    /// Steps taken.
    steps: u64,
    /// The rows of `metrics.csv` of this seed and network so far.
    epochs: E,
}

impl Progress {
    fn prefix(self) -> String {
        format!("seed-{}-{}-epoch-", self.seed, self.network.name())
    }

    fn folder(self) -> String {
        format!("{}{}", self.prefix(), self.epoch)
    }
}

/// Writes a checkpoint below `folder` and removes the network's older ones but the last before it.
/// `epochs` are the records of all epochs so far of this seed and network.
///
/// # Errors
/// [`Error::Checkpoint`] where it cannot be written; older checkpoints are then left alone.
pub fn save(
    folder: &Path,
    progress: Progress,
    trainer: &Trainer,
    epochs: &[EpochRecord],
) -> Result<PathBuf, Error> {
    let target = folder.join(progress.folder());
    let partial = folder.join(format!("{}.partial", progress.folder()));
    saved::write(&partial, progress, trainer, epochs)
        .and_then(|()| {
            if target.exists() {
                fs::remove_dir_all(&target)?;
            }
            fs::rename(&partial, &target)
        })
        .map_err(|error| {
            drop(fs::remove_dir_all(&partial));
            Error::Checkpoint {
                path: target.clone(),
                problem: format!("cannot be written: {error}"),
            }
        })?;
    for old in self::epochs(folder, progress).iter().rev().skip(KEPT) {
        let old = Progress {
            epoch: *old,
            ..progress
        };
        if let Err(error) = fs::remove_dir_all(folder.join(old.folder())) {
            tracing::warn!(%error, "an old checkpoint stays");
        }
    }
    Ok(target)
}

/// Writes down that a network was stopped, so that a resumed run leaves it alone.
///
/// # Errors
/// [`Error::Checkpoint`] where it cannot be written.
pub fn save_diverged(folder: &Path, diverged: &Diverged) -> Result<(), Error> {
    let path = folder.join(diverged_file(diverged.seed, diverged.network));
    write_note(path, serde_json::to_vec_pretty(diverged))
}

/// How the network of a seed was stopped, if it was.
#[must_use]
pub fn diverged(folder: &Path, seed: u64, network: Role) -> Option<Diverged> {
    let bytes = fs::read(folder.join(diverged_file(seed, network))).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Writes a small file among the checkpoints, beside its place and then into it.
pub(super) fn write_note(path: PathBuf, bytes: serde_json::Result<Vec<u8>>) -> Result<(), Error> {
    let beside = path.with_extension("partial");
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&beside, bytes?))
        .and_then(|()| fs::rename(&beside, &path))
        .map_err(|error| Error::Checkpoint {
            problem: format!("cannot be written: {error}"),
            path,
        })
}

fn diverged_file(seed: u64, network: Role) -> String {
    format!("seed-{seed}-{}-diverged.json", network.name())
}

/// The epochs of which whole checkpoints of this seed and network lie below `folder`, ascending.
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

/// The last epoch of which whole checkpoints of both networks of `seed` lie below `folder`.
#[must_use]
pub fn last_of_both(folder: &Path, seed: u64) -> Option<usize> {
    let [baseline, capped] = Role::BOTH.map(|network| {
        epochs(
            folder,
            Progress {
                seed,
                network,
                epoch: 0,
            },
        )
    });
    baseline
        .into_iter()
        .rev()
        .find(|epoch| capped.contains(epoch))
}

/// The network that a checkpoint below `folder` holds, without its optimiser.
///
/// # Errors
/// [`Error::Checkpoint`] where it cannot be read or is of another network than `spec`, [`Error::Diverged`] where a number of it is not
/// finite.
pub fn load_network(
    folder: &Path,
    progress: Progress,
    spec: &Spec,
    device: &Device,
) -> Result<Network, Error> {
    let path = folder.join(progress.folder()).join(WEIGHTS);
    let network = build(spec, progress.seed, device)
        .try_load_file(&path)
        .map_err(|error| Error::Checkpoint {
            problem: format!("cannot be read: {error}"),
            path: path.clone(),
        })?;
    match first_not_finite(&network) {
        Some(tensor) => Err(Error::Diverged { path, tensor }),
        None => Ok(network),
    }
}

#[cfg(test)]
mod tests;
