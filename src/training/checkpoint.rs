//! Checkpoints of a network in training: weights, velocities and progress, in a folder per epoch.
//!
//! A checkpoint is `seed-S-NETWORK-epoch-E/` with `weights.bpk`, `momentum.bpk` (the optimiser's
//! velocities, in the form of the weights), `progress.json` and `SHA256SUMS`, which `sha256sum -c`
//! reads. It is written under another name and renamed when whole, and on the disk itself before training
//! continues; the last two of each network stay, so that training can continue although one is damaged, and the best one of a
//! network that may stop early.
//! `progress.json` names the run, so that a checkpoint of another run is not taken for one of this run.

mod copies;
pub mod correct;
mod place;
mod saved;

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;

pub use self::copies::{copy, take_over};
use self::place::{PROGRESS, Record, WEIGHTS, diverged_file, remove, write_note};
pub use self::place::{Progress, epochs};
pub use self::saved::{ResumeState, Saved, restore, survey};
use super::step::Trainer;
use super::{Diverged, EpochRecord, Recipe, Role, TrainingError};
use crate::disk::sync_folder;
use crate::network::weights::first_not_finite;
use crate::network::{Network, Spec, build};

/// Checkpoints of each network that stay on disk.
pub const KEPT: usize = 2;
/// Writes a checkpoint of `run` below `folder` and removes the network's older ones but the last before it and that of the
/// epoch `keep`. `epochs` are the records of all epochs so far of this seed and network.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where it cannot be written; older checkpoints then stay.
pub fn save(
    keep: Option<usize>,
    folder: &Path,
    progress: Progress,
    run: Option<&str>,
    trainer: &Trainer,
    epochs: &[EpochRecord],
) -> Result<PathBuf, TrainingError> {
    let target = folder.join(progress.folder());
    let partial = folder.join(format!("{}.partial", progress.folder()));
    let record = Record {
        progress,
        run: run.map(str::to_owned),
        steps: trainer.steps,
        epochs,
    };
    saved::write(&partial, &record, trainer)
        .and_then(|()| {
            remove(folder, progress)?;
            fs::rename(&partial, &target)?;
            sync_folder(folder)
        })
        .map_err(|error| {
            drop(fs::remove_dir_all(&partial));
            TrainingError::Checkpoint {
                path: target.clone(),
                problem: format!("cannot be written: {error}"),
            }
        })?;
    let on_disk = place::epochs(folder, progress);
    let old = on_disk.iter().rev().skip(KEPT);
    for old in old.filter(|&&epoch| Some(epoch) != keep) {
        let old = Progress {
            epoch: *old,
            ..progress
        };
        if let Err(error) = remove(folder, old) {
            tracing::warn!(%error, "an old checkpoint stays");
        }
    }
    Ok(target)
}

/// Writes down that a network was stopped, so that a resumed run leaves it alone.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where it cannot be written.
pub fn save_diverged(folder: &Path, diverged: &Diverged) -> Result<(), TrainingError> {
    let path = folder.join(diverged_file(diverged.seed, diverged.network));
    write_note(path, serde_json::to_vec_pretty(diverged))
}

/// How the network of a seed was stopped, if it was.
#[must_use]
pub fn diverged(folder: &Path, seed: u64, network: Role) -> Option<Diverged> {
    saved::diverged_note(folder, seed, network).ok().flatten()
}

/// The last epochs with complete checkpoints of the baseline and of the capped network of `seed` in `folder`: the same of
/// both, where both have the same number of epochs.
#[must_use]
pub fn last_of_both(folder: &Path, seed: u64, recipe: &Recipe) -> Option<[usize; 2]> {
    let of = |network| epochs(folder, Progress::new(seed, network, 0));
    let [baseline, capped] = Role::BOTH.map(of);
    if !recipe.has_equal_epochs() {
        return Some([*baseline.last()?, *capped.last()?]);
    }
    let mut latest = baseline.into_iter().rev();
    latest
        .find(|epoch| capped.contains(epoch))
        .map(|epoch| [epoch; 2])
}

/// The networks of `seeds` whose training is not over below `folder`: neither has its last checkpoint, nor was it
/// stopped.
#[must_use]
pub fn unfinished(folder: &Path, seeds: &[u64], recipe: &Recipe) -> Vec<(u64, Role)> {
    let over = |&(seed, network): &(u64, Role)| {
        let epochs = epochs(folder, Progress::new(seed, network, 0));
        let last = epochs.last().copied().unwrap_or(0);
        last >= recipe.epochs_of(network)
            || recipe.patience.is_some()
                && rows(folder, Progress::new(seed, network, last))
                    .is_some_and(|rows| recipe.is_over(network, &rows))
            || folder.join(diverged_file(seed, network)).exists()
    };
    let networks = |&seed: &u64| Role::BOTH.map(|network| (seed, network));
    let mut all: Vec<_> = seeds.iter().flat_map(networks).collect();
    all.retain(|network| !over(network));
    all
}

/// The records of all epochs that a checkpoint holds, where they can be read.
fn rows(folder: &Path, progress: Progress) -> Option<Vec<EpochRecord>> {
    let bytes = fs::read(folder.join(progress.folder()).join(PROGRESS)).ok()?;
    let record: Record<Vec<EpochRecord>> = serde_json::from_slice(&bytes).ok()?;
    Some(record.epochs)
}

/// A network in training as the checkpoint of `run` below a folder left it. All its files are held against their checksums
/// first.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where it cannot be read, is damaged, or is of another network.
pub fn load(
    (folder, progress, run): (&Path, Progress, Option<&str>),
    spec: &Spec,
    recipe: &Recipe,
    device: &Device,
) -> Result<Trainer, TrainingError> {
    let path = folder.join(progress.folder());
    let saved = saved::check(&path, progress, run)
        .map_err(|problem| TrainingError::Checkpoint { path, problem })?;
    restore(&saved, spec, recipe, device)
}

/// The network that a checkpoint of `run` below `folder` holds, without its optimiser. All its files are held
/// against their checksums first.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where it cannot be read, is damaged, or is of another network than `spec`,
/// [`TrainingError::Diverged`] where a number of it is not finite.
pub fn load_network(
    folder: &Path,
    progress: Progress,
    run: Option<&str>,
    spec: &Spec,
    device: &Device,
) -> Result<Network, TrainingError> {
    let path = folder.join(progress.folder());
    saved::check(&path, progress, run).map_err(|problem| TrainingError::Checkpoint {
        path: path.clone(),
        problem: format!("damaged, {problem}"),
    })?;
    let path = path.join(WEIGHTS);
    let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    if !could_hold(bytes, spec) {
        return Err(TrainingError::Checkpoint {
            path,
            problem: "its weights are of a smaller network".to_owned(),
        });
    }
    let network = build(spec, progress.seed, device)
        .try_load_file(&path)
        .map_err(|error| TrainingError::Checkpoint {
            problem: format!("cannot be read: {error}"),
            path: path.clone(),
        })?;
    match first_not_finite(&network) {
        Some(tensor) => Err(TrainingError::Diverged { path, tensor }),
        None => Ok(network),
    }
}

/// Whether a file of so many bytes could hold the weights of `spec`; asked before memory is taken for it.
fn could_hold(bytes: u64, spec: &Spec) -> bool {
    let stages = spec.stages.iter();
    let mut sizes = stages.flat_map(|stage| [stage.blocks, stage.width]);
    sizes.all(|size| size as u64 <= bytes)
        && spec.stem_width as u64 <= bytes
        && spec.head_width.unwrap_or(0) as u64 <= bytes
        && spec.parameters() <= bytes
}

/// A sentence for each checkpoint of the networks of `seeds` below `folder` that is damaged or of another run, and for
/// each note on them.
#[must_use]
pub fn damages(folder: &Path, seeds: &[u64], run: Option<&str>) -> Vec<String> {
    let mut said = Vec::new();
    for &seed in seeds {
        for network in Role::BOTH {
            let at = |epoch| Progress::new(seed, network, epoch);
            for epoch in epochs(folder, at(0)) {
                let path = folder.join(at(epoch).folder());
                // A training that runs meanwhile removes its old ones.
                if let Err(problem) = saved::check(&path, at(epoch), run)
                    && path.exists()
                {
                    said.push(format!(
                        "checkpoint {} is damaged, {problem}",
                        path.display()
                    ));
                }
            }
            said.extend(saved::diverged_note(folder, seed, network).err());
            said.extend(correct::damage(folder, seed, network));
        }
    }
    said
}

#[cfg(test)]
mod tests;
