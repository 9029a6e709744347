//! Checkpoints of one run taken into another.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::place::{Progress, diverged_file, epochs, remove};
use super::{correct, saved};
use crate::disk::{sync_folder, write_whole};
use crate::training::{Role, TrainingError};

/// Copies what `from` holds of the networks of `seeds` into `to`, as of `run`: their checkpoints, which test images they
/// classified right, and whether they diverged.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where a checkpoint is damaged or cannot be copied.
pub fn copy(from: &Path, to: &Path, seeds: &[u64], run: Option<&str>) -> Result<(), TrainingError> {
    for &seed in seeds {
        for network in Role::BOTH {
            for epoch in epochs(from, Progress::new(seed, network, 0)) {
                let progress = Progress::new(seed, network, epoch);
                saved::copy(from, to, progress, run)
                    .map_err(|problem| failed(&from.join(progress.folder()), problem))?;
            }
            copy_notes(from, to, seed, network)?;
        }
    }
    sync_folder(to).map_err(|error| failed(to, format!("cannot be written: {error}")))
}

/// As [`copy`], of the networks of one seed that are further in `from` than in `to`, and in place of what `to` holds of them;
/// a sentence for each checkpoint that is damaged, which is left out.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where a checkpoint cannot be copied.
pub fn take_over(
    from: &Path,
    to: &Path,
    seed: u64,
    run: Option<&str>,
) -> Result<Vec<String>, TrainingError> {
    let mut said = Vec::new();
    for network in Role::BOTH {
        let at = |epoch| Progress::new(seed, network, epoch);
        let mut whole = epochs(from, at(0));
        whole.retain(|&epoch| {
            let path = from.join(at(epoch).folder());
            let checked = saved::check(&path, at(epoch), None);
            said.extend(
                checked
                    .as_ref()
                    .err()
                    .map(|problem| format!("checkpoint {} is damaged, {problem}", path.display())),
            );
            checked.is_ok()
        });
        let there = epochs(to, at(0));
        if whole.last() > there.last() {
            for epoch in there {
                let old = to.join(at(epoch).folder());
                remove(to, at(epoch)).map_err(|error| cannot(&old, &error))?;
            }
            for epoch in whole {
                let path = from.join(at(epoch).folder());
                saved::copy(from, to, at(epoch), run).map_err(|problem| failed(&path, problem))?;
            }
        }
        copy_notes(from, to, seed, network)?;
    }
    sync_folder(to).map_err(|error| cannot(to, &error))?;
    Ok(said)
}

/// Copies whether a network diverged and which test images it classified right, as far as `from` has them.
fn copy_notes(from: &Path, to: &Path, seed: u64, network: Role) -> Result<(), TrainingError> {
    for note in [
        diverged_file(seed, network),
        correct::file_name(seed, network),
    ] {
        let path = from.join(&note);
        match fs::read(&path) {
            Ok(bytes) => {
                write_whole(&to.join(&note), &bytes).map_err(|error| cannot(&path, &error))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(&path, &error)),
        }
    }
    Ok(())
}

fn cannot(path: &Path, error: &io::Error) -> TrainingError {
    failed(path, format!("cannot be copied: {error}"))
}

fn failed(path: &Path, problem: String) -> TrainingError {
    TrainingError::Checkpoint {
        path: path.to_owned(),
        problem,
    }
}
