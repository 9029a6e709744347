//! Which files a copy consists of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::Error;
use super::super::archive::malformed;

/// Folders below the named one that are looked into.
const DEPTH: usize = 5;

/// The files of a copy, by split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Training files, in order of their names.
    pub train: Vec<PathBuf>,
    /// Held-out files: `test`, or else `validation`.
    pub test: Vec<PathBuf>,
}

fn part(name: &str) -> Option<&'static str> {
    name.split(|char: char| !char.is_ascii_alphanumeric())
        .find_map(|word| match word.to_ascii_lowercase().as_str() {
            "train" | "training" => Some("train"),
            "test" | "testing" => Some("test"),
            "validation" | "valid" | "val" | "dev" | "eval" => Some("validation"),
            _ => None,
        })
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let io = |source| Error::Io {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// A file whose name says that it is one of more parts than there are, and how many these are.
fn incomplete(files: &[PathBuf]) -> Option<(&Path, usize)> {
    files.iter().find_map(|file| {
        let stem = file.file_stem()?.to_str()?;
        let (_, all) = stem.rsplit_once("-of-")?;
        let all = all.split(|char: char| !char.is_ascii_digit()).next()?;
        let all = all.parse().ok()?;
        (files.len() < all).then_some((file.as_path(), all))
    })
}

/// Finds the files of the copy in `folder`.
///
/// # Errors
/// [`Error`] if there are none, no training files, or those of two datasets, which it names.
pub fn find(folder: &Path) -> Result<Files, Error> {
    let mut paths = Vec::new();
    walk(folder, DEPTH, &mut paths)?;
    paths.sort();
    let mut copies: BTreeMap<PathBuf, BTreeMap<&str, Vec<PathBuf>>> = BTreeMap::new();
    for path in paths {
        let parent = path.parent().unwrap_or(folder);
        let name = |path: &Path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let (split, copy) = match part(&name(&path)) {
            Some(split) => (Some(split), parent),
            None if parent == folder => (None, parent),
            None => (part(&name(parent)), parent.parent().unwrap_or(folder)),
        };
        if let Some(split) = split {
            let copy = copies.entry(copy.to_owned()).or_default();
            copy.entry(split).or_default().push(path);
        }
    }
    let mut names = copies.keys();
    if let (Some(first), Some(second)) = (names.next(), names.next()) {
        return Err(malformed(
            folder,
            format!(
                "it holds two datasets, {} and {}: name one of the two folders",
                first.display(),
                second.display()
            ),
        ));
    }
    let mut parts = copies.into_values().next().unwrap_or_default();
    let train = parts.remove("train").unwrap_or_default();
    let test = parts
        .remove("test")
        .or_else(|| parts.remove("validation"))
        .unwrap_or_default();
    for (files, kind) in [
        (&train, "train-….parquet"),
        (&test, "test-….parquet or validation-….parquet"),
    ] {
        if files.is_empty() {
            return Err(malformed(
                folder,
                format!("it holds no {kind}: a copy has training and held-out files of such names"),
            ));
        }
        if let Some((file, all)) = incomplete(files) {
            return Err(malformed(
                file,
                format!(
                    "it is one of {all} parts, of which {} are here: fetch the others",
                    files.len()
                ),
            ));
        }
    }
    Ok(Files { train, test })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_missing_is_known_by_the_names_of_the_others() {
        let files = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(PathBuf::from).collect() };
        let two = files(&[
            "train-00000-of-00003.parquet",
            "train-00002-of-00003.parquet",
        ]);
        assert_eq!(incomplete(&two), Some((two[0].as_path(), 3)));
        for whole in [
            files(&["train-00000-of-00001-a80c8f1b.parquet"]),
            files(&["test-00000-of-00002.parquet", "test-00001-of-00002.parquet"]),
            files(&["train.parquet"]),
        ] {
            assert_eq!(incomplete(&whole), None);
        }
    }
}
