//! Which test images a network classified right after its last epoch: a small file beside its checkpoints.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place::{Progress, write_note};
use crate::disk::{Sealed, sealed};
use crate::training::{Role, TrainingError};

/// What the file holds: a letter for each test image in its order, `1` right and `0` wrong.
#[derive(Debug, Serialize, Deserialize)]
struct Correct {
    #[serde(flatten)]
    progress: Progress,
    correct: String,
}

pub(super) fn file_name(seed: u64, network: Role) -> String {
    format!("seed-{seed}-{}-correct.json", network.name())
}

fn file(folder: &Path, seed: u64, network: Role) -> PathBuf {
    folder.join(file_name(seed, network))
}

/// Writes `seed-S-NETWORK-correct.json` into `folder`, beside its place and then into it.
///
/// # Errors
/// [`TrainingError::Checkpoint`] where it cannot be written.
pub fn save(folder: &Path, progress: Progress, correct: &[bool]) -> Result<(), TrainingError> {
    let path = file(folder, progress.seed, progress.network);
    let letters = correct.iter().map(|&right| if right { '1' } else { '0' });
    let correct = Correct {
        progress,
        correct: letters.collect(),
    };
    write_note(path, serde_json::to_vec(&correct))
}

/// Reads what [`save`] wrote for a network of `seed`; `None` where there is no such file or it is damaged.
#[must_use]
pub fn load(folder: &Path, seed: u64, network: Role) -> Option<Vec<bool>> {
    parse(&fs::read(file(folder, seed, network)).ok()?, seed, network)
}

/// A sentence where what [`save`] wrote for a network of `seed` is damaged; `None` where it is sound or not there.
#[must_use]
pub fn damage(folder: &Path, seed: u64, network: Role) -> Option<String> {
    let path = file(folder, seed, network);
    let problem = match fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => format!("cannot be read ({error})"),
        Ok(bytes) if parse(&bytes, seed, network).is_some() => return None,
        Ok(_) => "does not match its checksum".to_owned(),
    };
    Some(format!(
        "{} {problem}: which test images the {} network of seed {seed} classified right is not known",
        path.display(),
        network.name()
    ))
}

fn parse(bytes: &[u8], seed: u64, network: Role) -> Option<Vec<bool>> {
    if sealed(bytes) == Sealed::Damaged {
        return None;
    }
    let read: Correct = serde_json::from_slice(bytes).ok()?;
    if (read.progress.seed, read.progress.network) != (seed, network) {
        return None;
    }
    read.correct
        .chars()
        .map(|letter| match letter {
            '0' => Some(false),
            '1' => Some(true),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_back_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("checkpoints");
        let progress = Progress::new(4, Role::Capped, 2);
        save(&below, progress, &[true, false, true]).unwrap();
        let read = |role| load(&below, 4, role);
        let sound = |role| damage(&below, 4, role).is_none();
        assert_eq!(read(Role::Capped), Some(vec![true, false, true]));
        assert_eq!(read(Role::Baseline), None);
        assert!(sound(Role::Capped) && sound(Role::Baseline));
        let path = file(&below, 4, Role::Capped);
        let text = fs::read_to_string(&path).unwrap();
        let old = r#"{"seed":4,"network":"capped","epoch":2,"correct":"011"}"#;
        fs::write(&path, old).unwrap();
        assert_eq!(read(Role::Capped), Some(vec![false, true, true]));
        fs::write(&path, text.replace("101", "111")).unwrap();
        assert_eq!(read(Role::Capped), None);
        assert!(!sound(Role::Capped));
        fs::write(&path, "{").unwrap();
        assert_eq!(read(Role::Capped), None);
    }
}
