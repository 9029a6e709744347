//! What lies at a path? Tells the layouts of files and folders apart by looking at them.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::malformed;
use super::cifar::{self, Variety};
use super::{Error, Source, idx, imagenet32, stl10};

/// The dataset at `path`: a `.npz` file, the published files of a named dataset, a folder of parquet
/// or IDX files, or else a folder of class folders.
///
/// # Errors
/// [`Error::Io`] where nothing is there, [`Error::Malformed`] where a file has no layout that is
/// known, or where a folder holds two datasets (both are named).
pub fn look(path: &Path) -> Result<Source, Error> {
    let data = fs::metadata(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    if data.is_file() {
        return file(path);
    }
    let mut found = published(path);
    if idx::find(&[path.to_owned()]).is_some() || idx::sets::any(path) {
        found.push(Source::Idx(path.to_owned()));
    }
    if holds_parquet(path) {
        found.push(Source::HuggingFace(path.to_owned()));
    }
    found.extend(ending(path, "npz").into_iter().map(Source::Npz));
    match found.as_slice() {
        [] => Ok(Source::Folder(path.to_owned())),
        [source] => Ok(source.clone()),
        [first, second, ..] => Err(malformed(
            path,
            format!("it holds more than one dataset: choose one, such as {first} or {second}"),
        )),
    }
}

fn file(path: &Path) -> Result<Source, Error> {
    let folder = path.parent().unwrap_or(path);
    if ends(path, "npz") {
        Ok(Source::Npz(path.to_owned()))
    } else if ends(path, "parquet") {
        Ok(Source::HuggingFace(folder.to_owned()))
    } else if idx::find(&[folder.to_owned()]).is_some() {
        Ok(Source::Idx(folder.to_owned()))
    } else {
        Err(malformed(
            path,
            "a file must be a .npz file; for everything else, name the folder".to_owned(),
        ))
    }
}

/// The published datasets whose files lie at or below `path`.
fn published(path: &Path) -> Vec<Source> {
    let mut found: Vec<Source> = [Variety::Cifar10, Variety::Cifar100]
        .into_iter()
        .filter(|&variety| cifar::find(path, variety).is_some())
        .map(Source::Cifar)
        .collect();
    if stl10::find(path).is_some() {
        found.push(Source::Stl10);
    }
    let imagenet = imagenet32::find(path);
    found.extend(
        imagenet
            .filter(|found| found.train.path().starts_with(path))
            .map(|_| Source::ImageNet32),
    );
    found
}

fn ends(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case(extension))
}

/// The files in `folder` whose name ends so, in the order of their names.
fn ending(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = entries(folder)
        .filter(|path| ends(path, extension) && path.is_file())
        .collect();
    files.sort();
    files
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
}

/// Whether parquet files lie in `folder` or at most two folders below it.
fn holds_parquet(folder: &Path) -> bool {
    fn holds(folder: &Path, below: usize) -> bool {
        !ending(folder, "parquet").is_empty()
            || below > 0
                && entries(folder)
                    .filter(|path| path.is_dir())
                    .any(|folder| holds(&folder, below - 1))
    }
    holds(folder, 2)
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
        let at = Path::to_owned;
        for (file, source) in [
            ("train/cat/1.png", Source::Folder as fn(PathBuf) -> Source),
            ("train-images-idx3-ubyte.gz", Source::Idx),
            ("data/train-00000-of-00001.parquet", Source::HuggingFace),
            ("train.parquet", Source::HuggingFace),
        ] {
            let folder = with(&[file]);
            assert_eq!(look(folder.path()).unwrap(), source(at(folder.path())));
        }
        let folder = with(&["toy.npz", "toy.zip", "x/train.parquet"]);
        let toy = folder.path().join("toy.npz");
        assert_eq!(look(&toy).unwrap(), Source::Npz(toy));
        let parquet = folder.path().join("x/train.parquet");
        assert_eq!(
            look(&parquet).unwrap(),
            Source::HuggingFace(folder.path().join("x"))
        );
        let refused = look(&folder.path().join("toy.zip")).unwrap_err();
        assert!(refused.to_string().contains("must be a .npz file"));
    }

    #[test]
    fn two_datasets_are_both_named_and_published_ones_have_names() {
        let folder = with(&["train-images-idx3-ubyte", "a.npz"]);
        let said = look(folder.path()).unwrap_err().to_string();
        let path = folder.path().display();
        assert!(
            said.contains(&format!("idx:{path} or npz:{path}/a.npz")),
            "{said}"
        );
        let folder = with(&["stl10_binary/train_X.bin"]);
        assert_eq!(look(folder.path()).unwrap(), Source::Stl10);
        let folder = with(&["stl10_binary/train_X.bin", "a.npz"]);
        let said = look(folder.path()).unwrap_err().to_string();
        assert!(said.contains("such as stl10 or npz:"), "{said}");
        let said = look(&folder.path().join("nothing")).unwrap_err();
        assert!(matches!(said, Error::Io { .. }), "{said}");
    }
}
