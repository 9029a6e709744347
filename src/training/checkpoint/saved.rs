//! Checkpoints on disk: written, checked and restored.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;

use super::correct;
use super::place::{
    MOMENTUM, PROGRESS, Progress, Record, SUMS, WEIGHTS, diverged_file, epochs, make_folder,
};
use crate::disk::{Sealed, sealed, sha256, sync_folder, write_synced};
use crate::network::{Spec, build};
use crate::training::step::Trainer;
use crate::training::{Diverged, EpochRecord, Recipe, Role, TrainingError};

/// A checkpoint whose files are what was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// Of what it is.
    pub progress: Progress,
    /// Steps taken.
    pub steps: u64,
    /// The records of all its epochs.
    pub epochs: Vec<EpochRecord>,
    /// Its folder.
    pub path: PathBuf,
}

/// How far an interrupted training has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResumeState {
    /// Whether it was begun before.
    pub continued: bool,
    /// The newest whole checkpoint of every network that has one.
    pub saved: Vec<Saved>,
    /// The networks that were stopped.
    pub diverged: Vec<Diverged>,
    /// A sentence for every checkpoint that is damaged.
    pub complaints: Vec<String>,
}

impl ResumeState {
    /// The checkpoint of a network, if it has one.
    #[must_use]
    pub fn saved(&self, seed: u64, network: Role) -> Option<&Saved> {
        self.saved
            .iter()
            .find(|saved| (saved.progress.seed, saved.progress.network) == (seed, network))
    }

    /// How a network was stopped, if it was.
    #[must_use]
    pub fn diverged(&self, seed: u64, network: Role) -> Option<&Diverged> {
        self.diverged
            .iter()
            .find(|diverged| (diverged.seed, diverged.network) == (seed, network))
    }
}

pub(super) fn write(
    partial: &Path,
    record: &Record<&[EpochRecord]>,
    trainer: &Trainer,
) -> io::Result<()> {
    let other = |error: burn::store::RecordError| io::Error::other(error.to_string());
    if partial.exists() {
        fs::remove_dir_all(partial)?;
    }
    partial.parent().map_or(Ok(()), make_folder)?;
    fs::create_dir(partial)?;
    let weights = trainer.network.clone().into_record();
    let velocities = trainer.optimizer.velocities(&trainer.network).into_record();
    let record = serde_json::to_vec_pretty(record)?;
    let sums = [
        put(partial, WEIGHTS, &weights.into_bytes().map_err(other)?)?,
        put(partial, MOMENTUM, &velocities.into_bytes().map_err(other)?)?,
        put(partial, PROGRESS, &record)?,
    ];
    put(partial, SUMS, sums.concat().as_bytes())?;
    sync_folder(partial)
}

/// Copies a checkpoint after checking all its files, as one of `run`; else one clause on what is wrong.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    progress: Progress,
    run: Option<&str>,
) -> Result<(), String> {
    let Saved {
        steps,
        epochs,
        path,
        ..
    } = check(&from.join(progress.folder()), progress, None)?;
    let record = Record {
        progress,
        run: run.map(str::to_owned),
        steps,
        epochs,
    };
    let target = to.join(progress.folder());
    let partial = to.join(format!("{}.partial", progress.folder()));
    let copied = || -> io::Result<()> {
        fs::create_dir(&partial)?;
        let mut sums = String::new();
        for name in [WEIGHTS, MOMENTUM] {
            sums += &put(&partial, name, &fs::read(path.join(name))?)?;
        }
        sums += &put(&partial, PROGRESS, &serde_json::to_vec_pretty(&record)?)?;
        put(&partial, SUMS, sums.as_bytes())?;
        sync_folder(&partial)?;
        fs::rename(&partial, &target)
    };
    copied().map_err(|error| format!("cannot be copied: {error}"))
}

/// Writes a file to the disk itself and gives its line of the checksums.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    write_synced(&folder.join(name), bytes)?;
    Ok(line(name, bytes))
}

fn line(name: &str, bytes: &[u8]) -> String {
    format!("{}  {name}\n", sha256(bytes))
}

/// Reads a checkpoint's progress after checking all its files; else one clause on what is wrong.
pub(super) fn check(path: &Path, expected: Progress, run: Option<&str>) -> Result<Saved, String> {
    let read = |name: &str| {
        fs::read(path.join(name)).map_err(|error| format!("its {name} cannot be read ({error})"))
    };
    let sums = read(SUMS)?;
    let mut record = Vec::new();
    for name in [WEIGHTS, MOMENTUM, PROGRESS] {
        let bytes = read(name)?;
        let line = line(name, &bytes);
        if !sums
            .split_inclusive(|&byte| byte == b'\n')
            .any(|sum| sum == line.as_bytes())
        {
            return Err(format!("its {name} does not match its checksum"));
        }
        record = bytes;
    }
    let Record {
        progress,
        run: of,
        steps,
        epochs,
    } = serde_json::from_slice(&record).map_err(|error| format!("its {PROGRESS}: {error}"))?;
    if progress != expected {
        return Err(format!("its {PROGRESS} is of another checkpoint"));
    }
    if run
        .zip(of.as_deref())
        .is_some_and(|(ours, its)| ours != its)
    {
        return Err(format!("its {PROGRESS} is of another run"));
    }
    Ok(Saved {
        progress,
        steps,
        epochs,
        path: path.to_owned(),
    })
}

/// How a network was stopped, if that is noted; else a sentence on what is wrong with the note.
pub(super) fn diverged_note(
    folder: &Path,
    seed: u64,
    network: Role,
) -> Result<Option<Diverged>, String> {
    let file = folder.join(diverged_file(seed, network));
    let damaged = |problem: String| {
        format!(
            "{} {problem}: whether the {} network of seed {seed} diverged is not known",
            file.display(),
            network.name()
        )
    };
    match fs::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(damaged(format!("cannot be read ({error})"))),
        Ok(bytes) if sealed(&bytes) == Sealed::Damaged => {
            Err(damaged("does not match its checksum".to_owned()))
        }
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| damaged(format!("is damaged ({error})"))),
    }
}

/// Finds in `folder` how far every network of `seeds` of `run` has come, and checks every checkpoint there.
///
/// Where a checkpoint is damaged, the one before counts; without any, the network starts anew. One before that is damaged
/// and not needed is reported too.
#[must_use]
pub fn survey(folder: &Path, seeds: &[u64], run: Option<&str>) -> ResumeState {
    let mut resume_state = ResumeState {
        continued: true,
        ..ResumeState::default()
    };
    for &seed in seeds {
        for network in Role::BOTH {
            let at = |epoch| Progress::new(seed, network, epoch);
            let mut damaged = Vec::new();
            for epoch in epochs(folder, at(0)).into_iter().rev() {
                let path = folder.join(at(epoch).folder());
                match check(&path, at(epoch), run) {
                    Ok(saved) if resume_state.saved(seed, network).is_none() => {
                        resume_state.saved.push(saved);
                    }
                    Ok(_) => {}
                    Err(problem) => damaged.push((path, problem)),
                }
            }
            let from = match resume_state.saved(seed, network) {
                Some(saved) => format!("continues from epoch {}", saved.progress.epoch),
                None => "starts anew".to_owned(),
            };
            resume_state
                .complaints
                .extend(damaged.into_iter().map(|(path, problem)| {
                    format!(
                        "checkpoint {} is damaged, {problem}: the {} network of seed {seed} {from}",
                        path.display(),
                        network.name()
                    )
                }));
            match diverged_note(folder, seed, network) {
                Ok(diverged) => resume_state.diverged.extend(diverged),
                Err(sentence) => resume_state.complaints.push(sentence),
            }
            let damage = correct::damage(folder, seed, network);
            resume_state.complaints.extend(damage);
        }
    }
    resume_state
}

/// The network of `spec` as a checkpoint left it, with its optimiser, on `device`.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where it cannot be read or is of another network.
pub fn restore(
    saved: &Saved,
    spec: &Spec,
    recipe: &Recipe,
    device: &Device,
) -> Result<Trainer, TrainingError> {
    let seed = saved.progress.seed;
    let unread = |name: &str, error: &burn::store::RecordError| TrainingError::Checkpoint {
        path: saved.path.join(name),
        problem: format!("cannot be read: {error}"),
    };
    let mut trainer = Trainer::new(spec, recipe, seed, device);
    trainer.network = trainer
        .network
        .try_load_file(saved.path.join(WEIGHTS))
        .map_err(|error| unread(WEIGHTS, &error))?;
    let velocities = build(spec, seed, device)
        .try_load_file(saved.path.join(MOMENTUM))
        .map_err(|error| unread(MOMENTUM, &error))?;
    trainer.optimizer.restore(&trainer.network, &velocities);
    trainer.steps = saved.steps;
    Ok(trainer)
}
