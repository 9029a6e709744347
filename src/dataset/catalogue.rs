//! Known datasets, their state, and loading.

use std::path::{Path, PathBuf};

use super::archive::Store;
use super::cifar::{self, Variety};
use super::glyphs::{self, Variant};
pub use super::places::{DATA_DIR_VARIABLE, places};
use super::published::{folder as folder_below, published};
use super::{Dataset, Error, Outline, Part, Source, folder, idx, imagenet32, npz, stl10};

/// How a dataset is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Where a named dataset lies, if not in the usual places: the folder that holds its files, or the folder above it.
    pub data_dir: Option<PathBuf>,
    /// Folders in which named datasets are looked for beside the usual places.
    pub data_dirs: Vec<PathBuf>,
    /// Height and width to which the images of a folder or of a Hugging Face copy are resized.
    pub resize: Option<[usize; 2]>,
    /// The label column of a Hugging Face copy, where several could be meant.
    pub label: Option<String>,
    /// Whether STL-10's unlabelled images are read in place of its training images.
    pub unlabelled: bool,
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
    match locate(source, options) {
        Ok(Place::Glyphs(_)) => State::Embedded,
        Ok(Place::Npz(path)) if !path.is_file() => {
            State::Missing(format!("{} is no file", path.display()))
        }
        Ok(Place::Folder(path) | Place::HuggingFace(path)) if !path.is_dir() => {
            State::Missing(format!("{} is no folder", path.display()))
        }
        Ok(place) => State::Found(place.path().to_owned()),
        Err(error) => State::Missing(error.to_string()),
    }
}

/// Where a dataset is, by its layout.
enum Place {
    Glyphs(Variant),
    Folder(PathBuf),
    Idx(idx::sets::Set),
    Npz(PathBuf),
    HuggingFace(PathBuf),
    Mnist(PathBuf),
    Cifar(cifar::Found),
    Stl10(Store),
    ImageNet32(imagenet32::Found),
    /// A named dataset in parquet files.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "without the feature none is looked for")
    )]
    Copy(PathBuf),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Glyphs(_) => Path::new(""),
            Self::Folder(path)
            | Self::Npz(path)
            | Self::HuggingFace(path)
            | Self::Mnist(path)
            | Self::Copy(path) => path,
            Self::Idx(set) => &set.folder,
            Self::Cifar(found) => found.store.path(),
            Self::Stl10(store) => store.path(),
            Self::ImageNet32(found) => found.train.path(),
        }
    }

    const fn has_columns(&self) -> bool {
        matches!(self, Self::HuggingFace(_) | Self::Copy(_))
    }
}

/// Finds a dataset: a named one by its published files in the places or in folders of its name
/// below them, or else by a copy in parquet files.
fn locate(source: &Source, options: &LoadOptions) -> Result<Place, Error> {
    let places = places(options);
    let name = source.published_name();
    let near = || {
        places
            .iter()
            .flat_map(|place| [place.clone(), place.join(&name)])
    };
    let published = match source {
        Source::Glyphs(variant) => return Ok(Place::Glyphs(*variant)),
        Source::Folder(path) => return Ok(Place::Folder(path.clone())),
        Source::Npz(path) => return Ok(Place::Npz(path.clone())),
        Source::HuggingFace(path) => return Ok(Place::HuggingFace(path.clone())),
        Source::Idx(path) => return idx::sets::choose(path).map(Place::Idx),
        Source::Mnist => idx::find(&places).map(Place::Mnist),
        Source::Cifar(variety) => near()
            .find_map(|place| cifar::find(&place, *variety))
            .map(Place::Cifar),
        Source::Stl10 => near()
            .find_map(|place| stl10::find(&place))
            .map(Place::Stl10),
        Source::ImageNet32 => near()
            .find_map(|place| imagenet32::find(&place))
            .map(Place::ImageNet32),
    };
    let problem = match published {
        None => not_found(source, options, &places),
        Some(place) => match check(&place) {
            Ok(()) => return Ok(place),
            Err(error) => error,
        },
    };
    copy_of(source, options, &places).ok_or(problem)
}

/// Whether the files of a place are one copy, and all there.
fn check(place: &Place) -> Result<(), Error> {
    match place {
        Place::Mnist(folder) => idx::paths(folder).map(|_| ()),
        Place::Cifar(found) => found.check(),
        _ => Ok(()),
    }
}

fn not_found(source: &Source, options: &LoadOptions, searched: &[PathBuf]) -> Error {
    let searched: Vec<String> = searched
        .iter()
        .filter(|place| options.data_dir.is_some() || place.is_dir())
        .map(|place| place.display().to_string())
        .collect();
    let name = source.published_name();
    let give = "give its folder with --data-dir DIR";
    let own = super::places::own().unwrap_or_else(|| PathBuf::from("data"));
    let advice = match published(&name).map(|published| published.registration) {
        Ok(None) => format!("{give}, or fetch it with `ebcle-tui datasets fetch {name}`"),
        Ok(Some(why)) => format!(
            "no program can fetch it, since {why}, and put the files into {}, or {give}",
            folder_below(&own, &name).display()
        ),
        Err(_) => give.to_owned(),
    };
    Error::NotFound {
        name: source.to_string(),
        searched: searched.join(", "),
        advice,
    }
}

#[cfg(feature = "parquet")]
fn copy_of(source: &Source, options: &LoadOptions, places: &[PathBuf]) -> Option<Place> {
    if options.unlabelled {
        return None;
    }
    super::copies::find(source, options, places).map(Place::Copy)
}

#[cfg(not(feature = "parquet"))]
fn copy_of(_: &Source, _: &LoadOptions, _: &[PathBuf]) -> Option<Place> {
    None
}

#[cfg(feature = "parquet")]
fn read_parquet(
    source: &Source,
    path: &Path,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    super::copies::read(source, path, options, progress)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(
    _: &Source,
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
    if options.unlabelled && *source != Source::Stl10 {
        return Err(Error::NoUnlabelled {
            name: source.to_string(),
        });
    }
    let name = source.to_string();
    let place = locate(source, options)?;
    if let Some(column) = options.label.as_ref().filter(|_| !place.has_columns()) {
        return Err(Error::NoColumns {
            name,
            column: column.clone(),
        });
    }
    let dataset = match &place {
        Place::Glyphs(variant) => {
            let dataset = glyphs::generate(*variant);
            let images = dataset.train.len() + dataset.test.len();
            progress(images, images);
            dataset
        }
        Place::Mnist(folder) => idx::read(&name, folder, progress)?,
        Place::Cifar(found) => cifar::read(found, progress)?,
        Place::Stl10(store) if options.unlabelled => stl10::read_unlabelled(store, progress)?,
        Place::Stl10(store) => stl10::read(store, progress)?,
        Place::ImageNet32(found) => imagenet32::read(found, progress)?,
        Place::Folder(path) => folder::read(path, options.resize, options.seed, progress)?,
        Place::Idx(set) => idx::read_set(&name, set, progress)?,
        Place::Npz(path) => npz::read(path, progress)?,
        Place::HuggingFace(path) | Place::Copy(path) => {
            read_parquet(source, path, options, progress)?
        }
    };
    Ok(match options.limit {
        Some(limit) => dataset.limited(limit, options.seed),
        None => dataset,
    })
}

/// Hands the training images of a dataset to `take`, in their order, without holding them all where
/// the layout allows that; `progress` hears how many images of how many are read, from any thread.
///
/// ImageNet32 comes file by file; everything else, and every choice of a limited number of images,
/// as one part.
///
/// # Errors
/// As [`load`].
pub fn scan(
    source: &Source,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
    take: &mut dyn FnMut(&Outline, Part<'_>),
) -> Result<(), Error> {
    if *source == Source::ImageNet32
        && options.limit.is_none()
        && options.label.is_none()
        && !options.unlabelled
        && let Place::ImageNet32(found) = locate(source, options)?
    {
        let outline = imagenet32::outline();
        return imagenet32::scan(&found, progress, &mut |part| take(&outline, part));
    }
    let dataset = load(source, options, progress)?;
    take(&dataset.outline(), dataset.train.part());
    Ok(())
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
            "mnist was not found in {}: give its folder with --data-dir DIR, or fetch it with `ebcle-tui datasets fetch mnist`",
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
    fn what_cannot_be_fetched_says_where_to_register_and_where_to_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let load = |source| load(&source, &below(folder.path()), &|_, _| {});
        let said = load(Source::ImageNet32).unwrap_err().to_string();
        for part in [
            "image-net.org",
            "Imagenet32_train.zip",
            "put the files into",
            "--data-dir",
        ] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
        let said = load(Source::Cifar(Variety::Cifar100Coarse))
            .unwrap_err()
            .to_string();
        assert!(
            said.ends_with("`ebcle-tui datasets fetch cifar100`"),
            "{said}"
        );
    }

    #[test]
    fn options_that_a_dataset_does_not_have_are_refused() {
        let source = Source::Glyphs(Variant::Plain);
        let said =
            |options: &LoadOptions| load(&source, options, &|_, _| {}).unwrap_err().to_string();
        let label = LoadOptions {
            label: Some("fine".to_owned()),
            ..LoadOptions::default()
        };
        assert!(
            said(&label).contains("no column 'fine'"),
            "{}",
            said(&label)
        );
        let unlabelled = LoadOptions {
            unlabelled: true,
            ..LoadOptions::default()
        };
        assert!(
            said(&unlabelled).contains("only stl10"),
            "{}",
            said(&unlabelled)
        );
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
