//! Known datasets, their state, and loading.

use std::path::{Path, PathBuf};

use super::cifar::{self, Variety};
use super::glyphs::{self, Variant};
use super::{Dataset, Error, Source, folder, idx, imagenet32, npz, stl10};

/// How a dataset is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Where a named dataset lies, if not in the usual places: the folder that holds its files, or the folder above it.
    pub data_dir: Option<PathBuf>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// Number of training images to keep, see [`Dataset::limited`].
    pub limit: Option<usize>,
    /// Seed of that choice, and of a folder's split into training and test images.
    pub seed: u64,
}

/// Where a dataset is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Inside the program.
    Embedded,
    /// In this folder.
    Found(PathBuf),
    /// Nowhere; the sentence says where to put it.
    Missing(String),
}

/// A line in the list of datasets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The dataset.
    pub source: Source,
    /// What it is, in a few words.
    pub description: &'static str,
    /// Where it is.
    pub state: State,
}

/// The environment variable that names the folder of datasets.
pub const DATA_DIR_VARIABLE: &str = "EBCLE_DATA_DIR";

/// Every named dataset with its state.
#[must_use]
pub fn list(options: &LoadOptions) -> Vec<Entry> {
    Source::named()
        .into_iter()
        .map(|source| entry(source, options))
        .collect()
}

/// One dataset with its state.
#[must_use]
pub fn entry(source: Source, options: &LoadOptions) -> Entry {
    Entry {
        description: description(&source),
        state: state(&source, options),
        source,
    }
}

/// What a dataset is, in a few words.
#[must_use]
pub const fn description(source: &Source) -> &'static str {
    match source {
        Source::Glyphs(Variant::Textured) => "drawn glyphs, textured ink and paper",
        Source::Glyphs(Variant::Plain) => "the same glyphs, flat: less information",
        Source::Glyphs(Variant::Noise) => "the same glyphs under noise: more information",
        Source::Mnist => "handwritten digits, 28x28 grey",
        Source::Cifar(Variety::Cifar10) => "photographs of 10 classes, 32x32 RGB",
        Source::Cifar(Variety::Cifar100) => "photographs of 100 classes, 32x32 RGB",
        Source::Cifar(Variety::Cifar100Coarse) => "photographs of 20 coarse classes, 32x32 RGB",
        Source::Stl10 => "photographs of 10 classes, 96x96 RGB",
        Source::ImageNet32 => "photographs of 1000 classes, 32x32 RGB",
        Source::Folder(_) => "a folder of class folders of images",
        Source::Idx(_) => "IDX files, laid out as MNIST's are",
        Source::Npz(_) => "zipped arrays in MedMNIST's layout",
        Source::HuggingFace(_) => "a Hugging Face copy in parquet files",
    }
}

fn state(source: &Source, options: &LoadOptions) -> State {
    match source {
        Source::Glyphs(_) => State::Embedded,
        Source::Mnist => {
            let found = find_mnist(&places(options));
            to_state(found.and_then(|folder| idx::paths(&folder).map(|_| folder)))
        }
        Source::Cifar(variety) => to_state(
            locate(source, options, |place| cifar::find(place, *variety))
                .map(|found| found.store.path().to_owned()),
        ),
        Source::Stl10 => {
            to_state(locate(source, options, stl10::find).map(|store| store.path().to_owned()))
        }
        Source::ImageNet32 => to_state(
            locate(source, options, imagenet32::find).map(|found| found.train.path().to_owned()),
        ),
        Source::Npz(path) if path.is_file() => State::Found(path.clone()),
        Source::Npz(path) => State::Missing(format!("{} is no file", path.display())),
        Source::Folder(path) | Source::Idx(path) | Source::HuggingFace(path) => {
            if path.is_dir() {
                State::Found(path.clone())
            } else {
                State::Missing(format!("{} is no folder", path.display()))
            }
        }
    }
}

fn to_state(found: Result<PathBuf, Error>) -> State {
    match found {
        Ok(path) => State::Found(path),
        Err(error) => State::Missing(error.to_string()),
    }
}

/// Where named datasets are looked for, in this order.
///
/// A `data_dir` that is given is the only place. Else it is the folder that [`DATA_DIR_VARIABLE`]
/// names, the working directory, `data` in it (where torchvision's examples put theirs), `data`
/// and `datasets` in the home folder, and the program's own data folder.
#[must_use]
pub fn places(options: &LoadOptions) -> Vec<PathBuf> {
    if let Some(folder) = &options.data_dir {
        return vec![folder.clone()];
    }
    let mut places = Vec::new();
    if let Some(folder) = std::env::var_os(DATA_DIR_VARIABLE).filter(|value| !value.is_empty()) {
        places.push(PathBuf::from(folder));
    }
    places.push(PathBuf::from("."));
    places.push(PathBuf::from("data"));
    if let Some(base) = directories::BaseDirs::new() {
        places.push(base.home_dir().join("data"));
        places.push(base.home_dir().join("datasets"));
    }
    if let Some(own) = directories::ProjectDirs::from("", "", "ebcle-tui") {
        places.push(own.data_dir().to_owned());
    }
    places
}

/// The folder of MNIST's files in or below one of `places`.
fn find_mnist(places: &[PathBuf]) -> Result<PathBuf, Error> {
    idx::find(places).ok_or_else(|| not_found(&Source::Mnist, places))
}

/// What `find` finds first in the places of a named dataset, or in folders of its name below them.
fn locate<T>(
    source: &Source,
    options: &LoadOptions,
    find: impl Fn(&Path) -> Option<T>,
) -> Result<T, Error> {
    let places = places(options);
    let name = source.to_string();
    places
        .iter()
        .flat_map(|place| [place.clone(), place.join(&name)])
        .find_map(|place| find(&place))
        .ok_or_else(|| not_found(source, &places))
}

fn not_found(source: &Source, places: &[PathBuf]) -> Error {
    Error::NotFound {
        name: source.to_string(),
        searched: places
            .iter()
            .map(|place| place.display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(feature = "parquet")]
fn read_parquet(
    path: &Path,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let options = super::parquet::Options {
        label: None,
        resize: options.resize,
    };
    super::parquet::read(path, &options, progress)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(
    path: &Path,
    _: &LoadOptions,
    _: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    Err(Error::Malformed {
        path: path.to_owned(),
        problem:
            "this program was built without its feature parquet: build it with --features parquet"
                .to_owned(),
    })
}

/// Reads a dataset; `progress` hears how many images of how many are read, from any thread.
///
/// # Errors
/// [`Error`] with one sentence: what, where, what to do.
pub fn load(
    source: &Source,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    if options.limit == Some(0) {
        return Err(Error::ZeroLimit);
    }
    let dataset = match source {
        Source::Glyphs(variant) => {
            let dataset = glyphs::generate(*variant);
            let images = dataset.train.len() + dataset.test.len();
            progress(images, images);
            dataset
        }
        Source::Mnist => idx::read(
            &source.to_string(),
            &find_mnist(&places(options))?,
            progress,
        )?,
        Source::Cifar(variety) => {
            let found = locate(source, options, |place| cifar::find(place, *variety))?;
            cifar::read(&found, progress)?
        }
        Source::Stl10 => stl10::read(&locate(source, options, stl10::find)?, progress)?,
        Source::ImageNet32 => {
            imagenet32::read(&locate(source, options, imagenet32::find)?, progress)?
        }
        Source::Folder(path) => folder::read(path, options.resize, options.seed, progress)?,
        Source::Idx(path) => {
            let folder = idx::find(std::slice::from_ref(path)).unwrap_or_else(|| path.clone());
            idx::read(&source.to_string(), &folder, progress)?
        }
        Source::Npz(path) => npz::read(path, progress)?,
        Source::HuggingFace(path) => read_parquet(path, options, progress)?,
    };
    Ok(match options.limit {
        Some(limit) => dataset.limited(limit, options.seed),
        None => dataset,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn below(folder: &std::path::Path) -> LoadOptions {
        LoadOptions {
            data_dir: Some(folder.to_owned()),
            ..LoadOptions::default()
        }
    }

    #[test]
    fn lists_every_name_and_says_where_it_looked() {
        let folder = tempfile::tempdir().unwrap();
        let entries = list(&below(folder.path()));
        assert!(
            entries
                .iter()
                .map(|entry| entry.source.clone())
                .eq(Source::named())
        );
        assert_eq!(entries[0].state, State::Embedded);
        let looked = format!(
            "mnist was not found in {}: give its folder with --data-dir DIR",
            folder.path().display()
        );
        assert_eq!(entries[3].state, State::Missing(looked.clone()));
        let error = load(&Source::Mnist, &below(folder.path()), &|_, _| {}).unwrap_err();
        assert_eq!(error.to_string(), looked);
    }

    #[test]
    fn a_folder_with_one_of_the_files_is_no_mnist() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("train-images-idx3-ubyte"), "").unwrap();
        let State::Missing(sentence) = list(&below(folder.path()))[3].state.clone() else {
            panic!("found in a folder with a single file");
        };
        assert!(
            sentence.contains("train-labels-idx1-ubyte is missing"),
            "{sentence}"
        );
    }

    #[test]
    fn without_a_data_dir_the_usual_places_are_searched() {
        let places = places(&LoadOptions::default());
        assert!(places.contains(&PathBuf::from("data")));
        assert!(places.len() >= 3, "{places:?}");
    }

    #[test]
    fn loading_limits_and_refuses_a_limit_of_nothing() {
        let options = |limit| LoadOptions {
            limit: Some(limit),
            seed: 3,
            ..LoadOptions::default()
        };
        let source = Source::Glyphs(Variant::Plain);
        let dataset = load(&source, &options(40), &|_, _| {}).unwrap();
        assert_eq!((dataset.train.len(), dataset.test.len()), (40, 500));
        assert_eq!(
            load(&source, &options(0), &|_, _| {})
                .unwrap_err()
                .to_string(),
            "a limit of 0 leaves no training images: use 1 or more"
        );
    }
}
