//! Copies of named datasets in parquet files, as Hugging Face's tools keep them.
//!
//! In its cache a dataset is a folder `datasets--OWNER--NAME` with `snapshots/COMMIT`, of which
//! `refs/main` names the present one: <https://huggingface.co/docs/hub/local-cache>. A folder of the
//! dataset's own name with parquet files in it, or in folders right below it, is a copy too.

use std::path::{Path, PathBuf};

use super::{holds_parquet, parquet};
use crate::dataset::formats::detect::entries;
use crate::dataset::memory::Budget;
use crate::dataset::source::{Release, Source};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// Owners whose copies are taken first.
const OWNERS: [&str; 3] = ["ylecun", "uoft-cs", "benjamin-paine"];

/// The folder of the first copy of a named dataset in `places`.
pub(super) fn find(source: &Source, options: &LoadOptions, places: &[PathBuf]) -> Option<PathBuf> {
    let release = source.release()?;
    let named = places.iter().map(|place| place.join(release.name));
    let itself = options.data_dir.iter().cloned();
    named
        .chain(itself)
        .find(|folder| holds_parquet(folder, 1))
        .or_else(|| places.iter().find_map(|place| cached(release, place)))
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = entries(folder).collect();
    paths.sort();
    paths
}

/// The present snapshot of a dataset in a cache, or in `hub` below it.
fn cached(release: &Release, place: &Path) -> Option<PathBuf> {
    let mut found = Vec::new();
    for cache in [place.to_owned(), place.join("hub")] {
        for path in sorted(&cache) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(repository) = name.strip_prefix("datasets--") else {
                continue;
            };
            let (owner, name) = repository.split_once("--").unwrap_or(("", repository));
            let plain: String = name
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|char| char.to_ascii_lowercase())
                .collect();
            if release.hub.contains(&plain.as_str())
                && let Some(snapshot) = snapshot(&path)
            {
                found.push((!OWNERS.contains(&owner), snapshot));
            }
        }
    }
    found.sort_by_key(|(other, _)| *other);
    found.into_iter().next().map(|(_, snapshot)| snapshot)
}

/// The snapshot that `refs/main` names, or else the newest, if it is a copy.
fn snapshot(repository: &Path) -> Option<PathBuf> {
    let snapshots = repository.join("snapshots");
    let main = std::fs::read_to_string(repository.join("refs/main")).ok();
    let main = main.map(|commit| snapshots.join(commit.trim()));
    let mut others = sorted(&snapshots);
    others.sort_by_key(|path| {
        let changed = path.metadata().and_then(|metadata| metadata.modified());
        std::cmp::Reverse(changed.ok())
    });
    main.into_iter()
        .chain(others)
        .find(|folder| holds_parquet(folder, 1))
}

/// Reads a copy; of a named dataset it is checked that it is one.
pub(super) fn read(
    source: &Source,
    folder: &Path,
    options: &LoadOptions,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    let release = source.release();
    let label = || Some(release?.hub_label?.to_owned());
    let options = &LoadOptions {
        label: options.label.clone().or_else(label),
        ..options.clone()
    };
    let fixed = release.map(|release| release.classes);
    let mut dataset = parquet::read(folder, options, fixed, memory, progress)?;
    let Some(&Release { shape, classes, .. }) = release else {
        return Ok(dataset);
    };
    dataset.name = source.to_string();
    dataset.flip_keeps_class = source.mirror_keeps_class() == Some(true);
    let fits = options.resize.is_some() || dataset.shape == shape;
    if !fits || dataset.class_names.len() > classes {
        return Err(malformed!(
            folder,
            "its images are {} with {} classes, where those of {source} are {shape} with {classes}: it is no copy of it",
            dataset.shape,
            dataset.class_names.len()
        ));
    }
    Ok(dataset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::fs;

    use super::*;
    use crate::dataset::testing::{fixture, plenty, quiet, says};

    fn cache(home: &Path, repository: &str, commit: &str) -> PathBuf {
        let folder = home.join(repository).join("snapshots").join(commit);
        fs::create_dir_all(folder.join("plain_text")).unwrap();
        for part in ["train", "test"] {
            let name = format!("{part}-00000-of-00001.parquet");
            fs::copy(
                fixture("hf/data").join(&name),
                folder.join("plain_text").join(&name),
            )
            .unwrap();
        }
        folder
    }

    #[test]
    fn caches_are_searched_by_the_names_of_their_repositories() {
        let home = tempfile::tempdir().unwrap();
        let look = |source: &Source| {
            let places = [home.path().join("none"), home.path().to_owned()];
            find(source, &LoadOptions::default(), &places)
        };
        let ten = Source::known("cifar10");
        cache(home.path(), "datasets--someone--mnist-1d", "a");
        cache(home.path(), "datasets--someone--CIFAR-100", "a");
        assert_eq!(look(&ten), None);
        let other = cache(home.path(), "datasets--a--cifar_10", "a");
        assert_eq!(look(&ten), Some(other));
        let old = cache(home.path(), "hub/datasets--uoft-cs--cifar10", "old");
        assert_eq!(look(&ten), Some(old));
        let new = cache(home.path(), "hub/datasets--uoft-cs--cifar10", "new");
        let refs = home.path().join("hub/datasets--uoft-cs--cifar10/refs");
        fs::create_dir(&refs).unwrap();
        fs::write(refs.join("main"), "new\n").unwrap();
        assert_eq!(look(&ten), Some(new));
        for name in ["cifar100", "cifar100-coarse"] {
            assert!(look(&Source::known(name)).is_some());
        }
        assert_eq!(look(&Source::known("mnist")), None);
    }

    #[test]
    fn a_copy_of_another_dataset_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = cache(home.path(), "datasets--x--cifar10", "a");
        let ten = Source::known("cifar10");
        let options = |resize| LoadOptions {
            resize,
            ..LoadOptions::default()
        };
        let text = read(&ten, &folder, &options(None), &plenty(), &quiet).unwrap_err();
        assert!(
            text.to_string().ends_with(
                "its images are 3x5x6 with 10 classes, where those of cifar10 are 3x32x32 with 10: it is no copy of it"
            ),
            "{text}"
        );
        let dataset = read(&ten, &folder, &options(Some([8, 8])), &plenty(), &quiet).unwrap();
        assert_eq!(dataset.name, "cifar10");
        assert_eq!(dataset.class_names.len(), 10);
        assert_eq!(dataset.class_names[..3], ["cat", "dog", "2"]);
        let coarse = Source::known("cifar100-coarse");
        let text = read(&coarse, &folder, &options(None), &plenty(), &quiet).unwrap_err();
        says(&text.to_string(), "no column 'coarse_label'");
    }
}
