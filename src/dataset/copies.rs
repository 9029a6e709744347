//! Copies of named datasets in parquet files, as Hugging Face's tools keep them.
//!
//! In its cache a dataset is a folder `datasets--OWNER--NAME` with `snapshots/COMMIT`, of which
//! `refs/main` names the present one: <https://huggingface.co/docs/hub/local-cache>. A folder of the
//! dataset's own name with parquet files in it, or in folders right below it, is a copy too.

use std::path::{Path, PathBuf};

use super::archive::malformed;
use super::cifar::Variety;
use super::memory::Budget;
use super::{Dataset, Error, LoadOptions, Source, parquet};

/// Owners whose copies are taken first.
const OWNERS: [&str; 3] = ["ylecun", "uoft-cs", "benjamin-paine"];

/// The names of a dataset's copies, in small letters and without signs.
const fn names(source: &Source) -> &'static [&'static str] {
    match source {
        Source::Mnist => &["mnist"],
        Source::Cifar(Variety::Cifar10) => &["cifar10"],
        Source::Cifar(Variety::Cifar100 | Variety::Cifar100Coarse) => &["cifar100"],
        Source::Stl10 => &["stl10"],
        Source::ImageNet32 => &[
            "imagenet32",
            "imagenet32x32",
            "imagenet1k32x32",
            "imagenet1k32",
            "downsampledimagenet32x32",
        ],
        _ => &[],
    }
}

/// Channels, height, width and classes of a named dataset.
const fn expected(source: &Source) -> Option<([usize; 3], usize)> {
    match source {
        Source::Mnist => Some(([1, 28, 28], 10)),
        Source::Cifar(variety) => Some(([3, 32, 32], variety.classes())),
        Source::Stl10 => Some(([3, 96, 96], 10)),
        Source::ImageNet32 => Some(([3, 32, 32], 1000)),
        _ => None,
    }
}

/// The folder of the first copy of a named dataset in `places`.
pub(super) fn find(source: &Source, options: &LoadOptions, places: &[PathBuf]) -> Option<PathBuf> {
    let name = source.published_name();
    let named = places.iter().map(|place| place.join(&name));
    let itself = options.data_dir.iter().cloned();
    named
        .chain(itself)
        .find(|folder| is_copy(folder))
        .or_else(|| places.iter().find_map(|place| cached(source, place)))
}

/// Whether parquet files lie in `folder`, or in a folder right below it.
fn is_copy(folder: &Path) -> bool {
    let inside = entries(folder);
    inside.iter().any(|path| is_parquet(path))
        || inside
            .iter()
            .filter(|path| path.is_dir())
            .any(|below| entries(below).iter().any(|path| is_parquet(path)))
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "parquet")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The present snapshot of a dataset in a cache, or in `hub` below it.
fn cached(source: &Source, place: &Path) -> Option<PathBuf> {
    let mut found = Vec::new();
    for cache in [place.to_owned(), place.join("hub")] {
        for path in entries(&cache) {
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
            if names(source).contains(&plain.as_str())
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
    let mut others = entries(&snapshots);
    others.sort_by_key(|path| {
        let changed = path.metadata().and_then(|metadata| metadata.modified());
        std::cmp::Reverse(changed.ok())
    });
    main.into_iter()
        .chain(others)
        .find(|folder| is_copy(folder))
}

/// Reads a copy; of a named dataset it is checked that it is one.
pub(super) fn read(
    source: &Source,
    folder: &Path,
    options: &LoadOptions,
    memory: &Budget,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let coarse = *source == Source::Cifar(Variety::Cifar100Coarse);
    let label = || coarse.then(|| "coarse_label".to_owned());
    let options = parquet::Options {
        label: options.label.clone().or_else(label),
        split_test: options.split_test.clone(),
        classes: expected(source).map(|(_, classes)| classes),
        resize: options.resize,
    };
    let mut dataset = parquet::read(folder, &options, memory, progress)?;
    if matches!(source, Source::HuggingFace(_)) {
        return Ok(dataset);
    }
    dataset.name = source.to_string();
    dataset.flip_keeps_class = source.mirror_keeps_class() == Some(true);
    let Some((shape, classes)) = expected(source) else {
        return Ok(dataset);
    };
    let found = dataset.shape;
    let found = [found.channels, found.height, found.width];
    let fits = options.resize.is_some() || found == shape;
    if !fits || dataset.class_names.len() > classes {
        let text = |[channels, height, width]: [usize; 3]| format!("{channels}x{height}x{width}");
        return Err(malformed(
            folder,
            format!(
                "its images are {} with {} classes, where those of {source} are {} with {classes}: it is no copy of it",
                text(found),
                dataset.class_names.len(),
                text(shape)
            ),
        ));
    }
    Ok(dataset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::fs;

    use super::super::testing::{fixture, plenty, quiet};
    use super::*;

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
        let ten = Source::Cifar(Variety::Cifar10);
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
        for variety in [Variety::Cifar100, Variety::Cifar100Coarse] {
            assert!(look(&Source::Cifar(variety)).is_some());
        }
        assert_eq!(look(&Source::Mnist), None);
    }

    #[test]
    fn a_copy_of_another_dataset_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = cache(home.path(), "datasets--x--cifar10", "a");
        let ten = Source::Cifar(Variety::Cifar10);
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
        let coarse = Source::Cifar(Variety::Cifar100Coarse);
        let text = read(&coarse, &folder, &options(None), &plenty(), &quiet).unwrap_err();
        assert!(
            text.to_string().contains("no column 'coarse_label'"),
            "{text}"
        );
    }
}
