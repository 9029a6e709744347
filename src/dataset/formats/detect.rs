//! Which format is at a path? Decided by its files and folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::FORMATS;
use super::folder::Folder;
use crate::dataset::archive::malformed;
use crate::dataset::{DatasetError, Result, Source};

/// The dataset at `path`: the files of a published dataset, a file or a folder of one of the formats,
/// or else a folder of class folders.
///
/// # Errors
/// [`DatasetError::Io`] where nothing is there, [`DatasetError::Malformed`] where a file is of no format, or where a
/// folder holds two datasets (both are named).
pub fn detect(path: &Path) -> Result<Source> {
    let data = fs::metadata(path).map_err(|source| DatasetError::Io {
        path: path.to_owned(),
        source,
    })?;
    if data.is_file() {
        let found = FORMATS.iter().find_map(|format| format.of_file(path));
        return found.ok_or_else(|| {
            malformed(
                path,
                "a file must be a .npz file; for everything else, name the folder",
            )
        });
    }
    let found = FORMATS.iter().flat_map(|format| format.in_folder(path));
    let mut found: Vec<Source> = found.collect();
    found.sort_by_key(|source| !source.is_published());
    match found.as_slice() {
        [] => Ok(Folder::at(path)),
        [source] => Ok(source.clone()),
        [first, second, ..] => Err(malformed!(
            path,
            "it holds more than one dataset: choose one, such as {first} or {second}"
        )),
    }
}

/// Whether a path ends in `.extension`, in any case.
pub(super) fn ends(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case(extension))
}

/// The files in `folder` whose names end so, in the order of their names.
pub(super) fn ending(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = entries(folder)
        .filter(|path| ends(path, extension) && path.is_file())
        .collect();
    files.sort();
    files
}

/// The entries of `folder`; none if it cannot be read.
pub(super) fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn layouts_are_told_apart() {
        let found = |path: &Path| detect(path).unwrap().to_string();
        for (file, prefix) in [
            ("train/cat/1.png", "folder:"),
            ("train-images-idx3-ubyte.gz", "idx:"),
            ("data/train-00000-of-00001.parquet", "hf:"),
            ("train.parquet", "hf:"),
        ] {
            let folder = with(&[file]);
            let named = format!("{prefix}{}", folder.path().display());
            assert_eq!(found(folder.path()), named);
        }
        let folder = with(&["toy.npz", "toy.zip", "x/train.parquet"]);
        let path = folder.path().display();
        let toy = folder.path().join("toy.npz");
        assert_eq!(found(&toy), format!("npz:{path}/toy.npz"));
        let parquet = folder.path().join("x/train.parquet");
        assert_eq!(found(&parquet), format!("hf:{path}/x"));
        let refused = detect(&folder.path().join("toy.zip")).unwrap_err();
        assert!(refused.to_string().contains("must be a .npz file"));
    }

    #[test]
    fn two_datasets_are_both_named_and_published_ones_have_names() {
        let folder = with(&["train-images-idx3-ubyte", "a.npz"]);
        let said = detect(folder.path()).unwrap_err().to_string();
        let path = folder.path().display();
        assert!(
            said.contains(&format!("idx:{path} or npz:{path}/a.npz")),
            "{said}"
        );
        let folder = with(&["stl10_binary/train_X.bin"]);
        assert_eq!(detect(folder.path()).unwrap(), Source::known("stl10"));
        let folder = with(&["stl10_binary/train_X.bin", "a.npz"]);
        let said = detect(folder.path()).unwrap_err().to_string();
        assert!(said.contains("such as stl10 or npz:"), "{said}");
        let said = detect(&folder.path().join("nothing")).unwrap_err();
        assert!(matches!(said, DatasetError::Io { .. }), "{said}");
    }
}
