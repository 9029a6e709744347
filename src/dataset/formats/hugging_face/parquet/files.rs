//! Which files a copy consists of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dataset::archive::malformed;
use crate::dataset::{DatasetError, Result};

/// Levels of folders below the named one that are read.
const DEPTH: usize = 5;

/// The files of a copy, by split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Training files, in order of their names.
    pub train: Vec<PathBuf>,
    /// Held-out splits, the one to test with first: the one that was asked for, or else `test`, then `validation`.
    pub held_out: Vec<Part>,
}

/// A held-out split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its files, in order of their names.
    pub files: Vec<PathBuf>,
    /// Whether it was asked for by its name.
    pub asked: bool,
}

/// The split of a file or folder called `name`, where the user may have named one.
fn split(name: &str, asked: Option<&str>) -> Option<String> {
    let own = asked.filter(|asked| {
        let rest = name.strip_prefix(asked);
        part(asked).is_none_or(|part| part != *asked)
            && rest.is_some_and(|rest| !rest.starts_with(|char: char| char.is_ascii_alphanumeric()))
    });
    own.or_else(|| part(name)).map(str::to_owned)
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

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let io = |source| DatasetError::Io {
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

/// Finds the files of the copy in `folder`; `asked` names the split to test with, if it is not `test`.
///
/// # Errors
/// [`DatasetError`] if there are none, no training files, or those of two datasets, which it names.
pub fn find(folder: &Path, asked: Option<&str>) -> Result<Files> {
    let mut paths = Vec::new();
    walk(folder, DEPTH, &mut paths)?;
    paths.sort();
    let mut copies: BTreeMap<PathBuf, BTreeMap<String, Vec<PathBuf>>> = BTreeMap::new();
    for path in paths {
        let parent = path.parent().unwrap_or(folder);
        let name = |path: &Path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let (split, copy) = match split(&name(&path), asked) {
            Some(split) => (Some(split), parent),
            None if parent == folder => (None, parent),
            None => (
                split(&name(parent), asked),
                parent.parent().unwrap_or(folder),
            ),
        };
        if let Some(split) = split {
            let copy = copies.entry(copy.to_owned()).or_default();
            copy.entry(split).or_default().push(path);
        }
    }
    let mut names = copies.keys();
    if let (Some(first), Some(second)) = (names.next(), names.next()) {
        return Err(malformed!(
            folder,
            "it holds two datasets, {} and {}: name one of the two folders",
            first.display(),
            second.display()
        ));
    }
    let mut parts = copies.into_values().next().unwrap_or_default();
    let train = parts.remove("train").unwrap_or_default();
    let wanted = match asked {
        Some(asked) => vec![if parts.contains_key(asked) {
            asked
        } else {
            part(asked).unwrap_or(asked)
        }],
        None => vec!["test", "validation"],
    };
    if wanted == ["train"] {
        return Err(malformed(
            folder,
            "its training images cannot be tested with as well: name another split by --split-test",
        ));
    }
    let others: Vec<String> = parts.keys().cloned().collect();
    let held_out: Vec<Part> = wanted
        .iter()
        .filter_map(|&name| {
            Some(Part {
                name: name.to_owned(),
                files: parts.remove(name)?,
                asked: asked.is_some(),
            })
        })
        .collect();
    if train.is_empty() {
        return Err(missing(folder, "train-….parquet"));
    }
    if held_out.is_empty() {
        return Err(match asked {
            Some(asked) => malformed!(
                folder,
                "it holds no {asked}-….parquet: name one of its splits by --split-test ({})",
                others.join(", ")
            ),
            None => missing(folder, "test-….parquet or validation-….parquet"),
        });
    }
    let lacking = held_out
        .iter()
        .map(|part| &part.files)
        .chain([&train])
        .find_map(|files| incomplete(files).map(|(file, all)| (file, all, files.len())));
    if let Some((file, all, here)) = lacking {
        return Err(malformed!(
            file,
            "it is one of {all} parts, of which {here} are here: fetch the others"
        ));
    }
    Ok(Files { train, held_out })
}

fn missing(folder: &Path, kind: &str) -> DatasetError {
    malformed!(
        folder,
        "it holds no {kind}: a copy has training and held-out files of such names"
    )
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
