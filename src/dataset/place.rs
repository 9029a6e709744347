//! Where does a dataset lie, and in which layout?

use std::path::{Path, PathBuf};

use super::archive::Store;
use super::glyphs::Variant;
use super::places::places;
use super::published::{folder as folder_below, published};
use super::{Error, LoadOptions, Source, cifar, folder, idx, imagenet32, stl10};

/// Where a dataset is, by its layout.
pub(super) enum Place {
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
    /// The folder or file.
    pub(super) fn path(&self) -> &Path {
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

    /// The files on disk that it is read from, some of which may be missing; a folder of images is
    /// listed as `options` have it read.
    ///
    /// # Errors
    /// [`Error`] where a folder cannot be listed, or is no dataset.
    pub(super) fn files(&self, options: &LoadOptions) -> Result<Vec<PathBuf>, Error> {
        Ok(match self {
            Self::Glyphs(_) => Vec::new(),
            Self::Folder(path) => folder::files(path, options.seed)?,
            Self::Npz(path) => vec![path.clone()],
            Self::HuggingFace(path) | Self::Copy(path) => parquet_files(path, options)?,
            Self::Mnist(folder) => idx::paths(folder)?.to_vec(),
            Self::Idx(set) => set.files()?.to_vec(),
            Self::Cifar(found) => found.files(),
            Self::Stl10(store) => stl10::files(store),
            Self::ImageNet32(found) => found.files(),
        })
    }

    /// Whether its splits have names, of which one is tested with.
    pub(super) const fn has_parts(&self) -> bool {
        matches!(self, Self::HuggingFace(_) | Self::Copy(_) | Self::Npz(_))
    }

    /// Whether it has columns, of which one is the label.
    pub(super) const fn has_columns(&self) -> bool {
        matches!(self, Self::HuggingFace(_) | Self::Copy(_))
    }
}

/// Folders below a place that bear the name of a dataset; that of ImageNet32 is written in three ways.
fn folders_of<'a>(source: &Source, name: &'a str) -> Vec<&'a str> {
    match source {
        Source::ImageNet32 => vec![name, "Imagenet32", "ImageNet32"],
        _ => vec![name],
    }
}

/// Finds a dataset: a named one by its published files in the places or in folders of its name
/// below them, or else by a copy in parquet files.
pub(super) fn locate(source: &Source, options: &LoadOptions) -> Result<Place, Error> {
    let places = places(options);
    let name = source.published_name();
    let near = || {
        places.iter().flat_map(|place| {
            let below = folders_of(source, &name);
            let below = below.into_iter().map(|folder| place.join(folder));
            std::iter::once(place.clone()).chain(below)
        })
    };
    if source.is_published()
        && let Some(folder) = options.data_dir.as_ref().filter(|place| place.is_dir())
    {
        std::fs::read_dir(folder).map_err(|source| Error::Io {
            path: folder.clone(),
            source,
        })?;
    }
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
        Place::ImageNet32(found) => found.check(),
        _ => Ok(()),
    }
}

fn not_found(source: &Source, options: &LoadOptions, searched: &[PathBuf]) -> Error {
    let there = |place: &&PathBuf| options.data_dir.is_some() || place.is_dir();
    let mut searched = super::places::in_words(searched.iter().filter(there));
    if options
        .data_dir
        .as_ref()
        .is_some_and(|place| !place.exists())
    {
        searched.push_str(", which does not exist");
    }
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
        searched,
        advice,
    }
}

#[cfg(feature = "parquet")]
fn parquet_files(folder: &Path, options: &LoadOptions) -> Result<Vec<PathBuf>, Error> {
    super::parquet::files(folder, options.split_test.as_deref())
}

#[cfg(not(feature = "parquet"))]
fn parquet_files(_: &Path, _: &LoadOptions) -> Result<Vec<PathBuf>, Error> {
    Ok(Vec::new())
}

#[cfg(feature = "parquet")]
fn copy_of(source: &Source, options: &LoadOptions, places: &[PathBuf]) -> Option<Place> {
    super::copies::find(source, options, places).map(Place::Copy)
}

#[cfg(not(feature = "parquet"))]
fn copy_of(_: &Source, _: &LoadOptions, _: &[PathBuf]) -> Option<Place> {
    None
}
