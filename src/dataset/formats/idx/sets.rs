//! Which sets of IDX files does a folder hold?

use std::path::{Path, PathBuf};

use crate::dataset::archive::malformed;
use crate::dataset::{DatasetError, Result};

/// The usual names of the four files of a set, without their ends.
const PARTS: [&str; 4] = [
    "train-images-idx3",
    "train-labels-idx1",
    "t10k-images-idx3",
    "t10k-labels-idx1",
];

/// A set: four files whose names differ in `train` or `t10k`, `images` or `labels` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The folder of its files.
    pub folder: PathBuf,
    /// What its files' names share, such as `emnist-letters`; empty where they are MNIST's.
    pub name: String,
    /// Training images and labels, test images and labels; with how far a name is from the usual one.
    files: [Option<(u8, PathBuf)>; 4],
}

impl Set {
    /// Training images and labels, test images and labels.
    ///
    /// # Errors
    /// [`DatasetError::Malformed`] naming the first that is missing.
    pub fn files(&self) -> Result<[PathBuf; 4]> {
        let mut paths = [const { PathBuf::new() }; 4];
        for (place, (path, file)) in paths.iter_mut().zip(&self.files).enumerate() {
            let (_, found) = file.as_ref().ok_or_else(|| {
                let part = PARTS[place];
                let dash = if self.name.is_empty() { "" } else { "-" };
                malformed!(
                    &self.folder,
                    "{}{dash}{part}-ubyte is missing, plain or with .gz: put the four files of a set into this folder",
                    self.name
                )
            })?;
            path.clone_from(found);
        }
        Ok(paths)
    }

    fn is_complete(&self) -> bool {
        self.files.iter().all(Option::is_some)
    }

    /// The path that names this set and no other.
    fn address(&self, alone: bool) -> PathBuf {
        match (alone, self.name.as_str()) {
            (true, _) => self.folder.clone(),
            (false, "") => self.folder.join("train"),
            (false, name) => self.folder.join(name),
        }
    }
}

/// The sets whose files are in `folder`, in order of their names.
fn scan(folder: &Path) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let Some((name, place, rank)) = part(name).filter(|_| path.is_file()) else {
            continue;
        };
        let at = sets.iter().position(|set| set.name == name);
        let at = at.unwrap_or_else(|| {
            sets.push(Set {
                folder: folder.to_owned(),
                name,
                files: [const { None }; 4],
            });
            sets.len() - 1
        });
        let file = &mut sets[at].files[place];
        if file.as_ref().is_none_or(|(other, _)| rank < *other) {
            *file = Some((rank, path));
        }
    }
    sets.sort_by(|a, b| a.name.cmp(&b.name));
    sets
}

/// The set that a file belongs to, its place in it, and how far its name is from the usual one.
fn part(name: &str) -> Option<(String, usize, u8)> {
    let (stem, packed) = match name.strip_suffix(".gz") {
        Some(stem) => (stem, 1),
        None => (name, 0),
    };
    let (stem, labels, integers) = if let Some(stem) = stem.strip_suffix("idx3-ubyte") {
        (stem, 0, 0)
    } else if let Some(stem) = stem.strip_suffix("idx1-ubyte") {
        (stem, 1, 0)
    } else {
        (stem.strip_suffix("idx2-int")?, 1, 8)
    };
    let dotted = if stem.ends_with('.') { 2 } else { 0 };
    let stem = stem.strip_suffix(['-', '.', '_'])?;
    let stem = stem.strip_suffix(["images", "labels"][labels])?;
    let (name, test) = split_word(stem)?;
    let other = if test == 2 { 4 } else { 0 };
    Some((
        name,
        labels + 2 * usize::from(test > 0),
        packed + dotted + integers + other,
    ))
}

/// What a name holds beside the word that tells training from test files; 0 for `train`, 1 for
/// `t10k`, 2 for `test`.
fn split_word(stem: &str) -> Option<(String, u8)> {
    let words: Vec<&str> = stem
        .split(['-', '.', '_'])
        .filter(|word| !word.is_empty())
        .collect();
    let known = |word: &&str| {
        ["train", "t10k", "test"]
            .iter()
            .position(|known| known == word)
    };
    let place = words.iter().rposition(|word| known(word).is_some())?;
    let test = known(&words[place])? as u8;
    let others = [&words[..place], &words[place + 1..]].concat();
    Some((others.join("-"), test))
}

/// The set at `path`: the only one in this folder, in `raw` or `gzip` below it, or in `raw` below its
/// folders, as torchvision and EMNIST's archive unpack them; or `FOLDER/PREFIX`, the one in a folder
/// whose files' names begin so.
///
/// # Errors
/// [`DatasetError::Malformed`] where there is none, it lacks files, or there are several, which are named.
pub fn choose(path: &Path) -> Result<Set> {
    if path.is_dir() {
        std::fs::read_dir(path).map_err(|source| DatasetError::Io {
            path: path.to_owned(),
            source,
        })?;
        return alone(path, every(path));
    }
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    };
    let prefix = path.file_name().unwrap_or_default().to_string_lossy();
    let name =
        split_word(&prefix).map_or_else(|| prefix.replace(['_', '.'], "-"), |(name, _)| name);
    let sets = scan(folder);
    if let Some(set) = sets.iter().find(|set| set.name == name) {
        return Ok(set.clone());
    }
    let there = if sets.is_empty() {
        String::new()
    } else {
        format!(", which has {}", listed(&sets))
    };
    Err(malformed!(
        path,
        "there is no such folder, and no IDX files with names that begin so in {}{there}",
        folder.display()
    ))
}

/// Whether there is any set in or near a folder.
#[must_use]
pub fn any(folder: &Path) -> bool {
    !every(folder).is_empty()
}

/// The sets in or near a folder.
fn every(folder: &Path) -> Vec<Set> {
    let mut sets: Vec<Set> = ["", "raw", "gzip"]
        .iter()
        .flat_map(|below| scan(&folder.join(below)))
        .collect();
    if sets.is_empty() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut below: Vec<PathBuf> = entries.map(|entry| entry.path().join("raw")).collect();
        below.sort();
        sets = below.iter().flat_map(|folder| scan(folder)).collect();
    }
    sets
}

fn alone(folder: &Path, sets: Vec<Set>) -> Result<Set> {
    let complete: Vec<Set> = sets
        .iter()
        .filter(|set| set.is_complete())
        .cloned()
        .collect();
    let sets = if complete.is_empty() { sets } else { complete };
    match sets.as_slice() {
        [] => Err(malformed(
            folder,
            "it holds no IDX files, such as train-images-idx3-ubyte or train-images-idx3-ubyte.gz",
        )),
        [set] => Ok(set.clone()),
        several => Err(malformed!(
            folder,
            "it holds {} IDX sets: name one of {}",
            several.len(),
            listed(several)
        )),
    }
}

/// The sets as they may be named.
fn listed(sets: &[Set]) -> String {
    let shared = |set: &Set| {
        sets.iter()
            .filter(|other| other.folder == set.folder)
            .count()
            > 1
    };
    sets.iter()
        .map(|set| format!("idx:{}", set.address(!shared(set)).display()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::fs;

    use super::*;

    #[test]
    fn names_tell_set_and_part() {
        for (name, set, place) in [
            ("train-images-idx3-ubyte", "", 0),
            ("t10k-labels.idx1-ubyte.gz", "", 3),
            (
                "emnist-letters-train-images-idx3-ubyte.gz",
                "emnist-letters",
                0,
            ),
            ("emnist-letters-test-labels-idx1-ubyte", "emnist-letters", 3),
            ("qmnist-train-labels-idx2-int.gz", "qmnist", 1),
            ("my_set_test_images_idx3-ubyte", "my-set", 2),
        ] {
            let (found, at, _) = part(name).unwrap();
            assert_eq!((found.as_str(), at), (set, place), "{name}");
        }
        for name in [
            "xnist-images-idx3-ubyte",
            "train-images-idx1-ubyte",
            "train-images.png",
            "",
        ] {
            assert_eq!(part(name), None, "{name}");
        }
    }

    fn write(folder: &Path, prefix: &str, end: &str) {
        fs::create_dir_all(folder).unwrap();
        for split in ["train", "test"] {
            for part in ["images-idx3", "labels-idx1"] {
                let name = format!("{prefix}{split}-{part}-ubyte{end}");
                fs::write(folder.join(name), "").unwrap();
            }
        }
    }

    #[test]
    fn a_single_set_is_found_and_the_plain_copy_of_it_read() {
        let home = tempfile::tempdir().unwrap();
        write(&home.path().join("EMNIST/raw"), "emnist-digits-", ".gz");
        write(&home.path().join("EMNIST/raw"), "emnist-digits-", "");
        for place in [
            "",
            "EMNIST",
            "EMNIST/raw",
            "EMNIST/raw/emnist_digits",
            "EMNIST/raw/emnist-digits-train",
        ] {
            let set = choose(&home.path().join(place)).unwrap();
            assert_eq!(set.name, "emnist-digits", "{place}");
            let files = set.files().unwrap();
            assert!(
                files.iter().all(|file| file.extension().is_none()),
                "{files:?}"
            );
            assert!(files[3].ends_with("emnist-digits-test-labels-idx1-ubyte"));
        }
    }

    #[test]
    fn of_several_sets_one_must_be_named() {
        let home = tempfile::tempdir().unwrap();
        let problem = |path: &Path| {
            let text = choose(path).unwrap_err().to_string();
            text.replace(&home.path().display().to_string(), "DIR")
        };
        write(home.path(), "emnist-letters-", "");
        write(home.path(), "", "");
        assert_eq!(
            problem(home.path()),
            "DIR: it holds 2 IDX sets: name one of idx:DIR/train, idx:DIR/emnist-letters"
        );
        assert_eq!(choose(&home.path().join("train")).unwrap().name, "");
        assert_eq!(
            problem(&home.path().join("emnist")),
            "DIR/emnist: there is no such folder, and no IDX files with names that begin so in DIR, which has idx:DIR/train, idx:DIR/emnist-letters"
        );

        let root = home.path().join("root");
        write(&root.join("MNIST/raw"), "", ".gz");
        write(&root.join("KMNIST/raw"), "", ".gz");
        assert_eq!(
            problem(&root),
            "DIR/root: it holds 2 IDX sets: name one of idx:DIR/root/KMNIST/raw, idx:DIR/root/MNIST/raw"
        );
        fs::remove_file(root.join("MNIST/raw/test-labels-idx1-ubyte.gz")).unwrap();
        assert_eq!(choose(&root).unwrap().folder, root.join("KMNIST/raw"));
        let set = choose(&root.join("MNIST")).unwrap();
        assert!(
            set.files()
                .unwrap_err()
                .to_string()
                .contains("t10k-labels-idx1-ubyte is missing")
        );
        assert!(problem(&home.path().join("none/x")).contains("there is no such folder"));
        fs::create_dir(home.path().join("void")).unwrap();
        assert!(problem(&home.path().join("void")).contains("it holds no IDX files"));
    }
}
