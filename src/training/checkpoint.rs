//! What is kept of a network in training: weights, optimiser and progress, in a folder per epoch.
//!
//! A checkpoint is `seed-S-NETWORK-epoch-E/` with `weights.bpk`, `optimizer.bpk` and `progress.json`.
//! It is written under another name and renamed when whole; the last two of each network are kept.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::step::Trainer;
use super::{Error, Role};
use crate::network::{Network, Spec, build};

/// Checkpoints of each network that are kept.
const KEPT: usize = 2;

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

impl Progress {
    fn prefix(self) -> String {
        format!("seed-{}-{}-epoch-", self.seed, self.network.name())
    }

    fn folder(self) -> String {
        format!("{}{}", self.prefix(), self.epoch)
    }
}

/// Writes a checkpoint below `folder` and removes the network's older ones but the last before it.
///
/// # Errors
/// [`Error::Checkpoint`] where it cannot be written; older checkpoints are then left alone.
pub fn save(folder: &Path, progress: Progress, trainer: &Trainer) -> Result<PathBuf, Error> {
    let target = folder.join(progress.folder());
    let partial = folder.join(format!("{}.partial", progress.folder()));
    write(&partial, progress, trainer)
        .and_then(|()| {
            if target.exists() {
                fs::remove_dir_all(&target)?;
            }
            fs::rename(&partial, &target)
        })
        .map_err(|error| Error::Checkpoint {
            path: target.clone(),
            problem: format!("cannot be written: {error}"),
        })?;
    for old in epochs(folder, progress).iter().rev().skip(KEPT) {
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

fn write(partial: &Path, progress: Progress, trainer: &Trainer) -> std::io::Result<()> {
    let other = |error: burn::store::RecordError| std::io::Error::other(error.to_string());
    if partial.exists() {
        fs::remove_dir_all(partial)?;
    }
    fs::create_dir_all(partial)?;
    trainer
        .network
        .clone()
        .save_file(partial.join("weights.bpk"))
        .map_err(other)?;
    trainer
        .optimizer
        .save(partial.join("optimizer.bpk"))
        .map_err(other)?;
    let text = serde_json::to_string_pretty(&progress)?;
    fs::write(partial.join("progress.json"), text)
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
/// [`Error::Checkpoint`] where it cannot be read or is of another network than `spec`.
pub fn load_network(
    folder: &Path,
    progress: Progress,
    spec: &Spec,
    device: &Device,
) -> Result<Network, Error> {
    let path = folder.join(progress.folder()).join("weights.bpk");
    build(spec, progress.seed, device)
        .try_load_file(&path)
        .map_err(|error| Error::Checkpoint {
            problem: format!("cannot be read: {error}"),
            path,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Shape;
    use crate::network::{Architecture, Input, baseline};
    use crate::training::recipe::tests::recipe;

    fn trainer(seed: u64) -> Trainer {
        let shape = Shape {
            channels: 1,
            height: 8,
            width: 8,
        };
        let spec = baseline(
            Architecture::ResNet { depth: 8 },
            Input { shape, classes: 2 },
        )
        .unwrap();
        Trainer::new(&spec, &recipe(1, 0.0), seed, &Device::flex().autodiff())
    }

    fn weights(trainer: &Trainer) -> Vec<u8> {
        trainer
            .network
            .clone()
            .into_record()
            .into_bytes()
            .unwrap()
            .to_vec()
    }

    #[test]
    fn weights_come_back_as_they_were_and_old_checkpoints_go() {
        let folder = tempfile::tempdir().unwrap();
        let trained = trainer(1);
        let progress = |epoch| Progress {
            seed: 1,
            network: Role::Capped,
            epoch,
        };
        for epoch in 1..=4 {
            save(folder.path(), progress(epoch), &trained).unwrap();
        }
        assert_eq!(epochs(folder.path(), progress(0)), [3, 4]);
        let other = trainer(2);
        assert_ne!(weights(&other), weights(&trained));
        let file = folder.path().join("seed-1-capped-epoch-4/weights.bpk");
        let loaded = other.network.try_load_file(file).unwrap();
        let loaded = loaded.into_record().into_bytes().unwrap().to_vec();
        assert_eq!(loaded.len(), weights(&trained).len());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let error = save(
            Path::new("/proc/nowhere"),
            Progress {
                seed: 1,
                network: Role::Baseline,
                epoch: 1,
            },
            &trainer(1),
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("checkpoint /proc/nowhere/seed-1-baseline-epoch-1: cannot be written")
        );
    }
}
