//! The formats of datasets on disk: a folder each.
//!
//! A format says what its datasets are called ([`Name`], [`Prefix`]), which of them are at a path
//! ([`Format::in_folder`]), where their files are ([`Format::locate`]) and how they are read
//! ([`Located`]). Nothing outside this module asks which format a dataset has. A new format is a
//! folder here with its own [`Format`], and a line in [`FORMATS`].

pub mod cifar;
mod detect;
pub mod folder;
pub mod glyphs;
pub mod hugging_face;
pub mod idx;
pub mod imagenet32;
mod locate;
pub mod npz;
mod parse;
pub mod stl10;

use std::path::{Path, PathBuf};

pub use self::detect::detect;
pub(super) use self::locate::locate;
use super::memory::Budget;
use super::source::{Name, Prefix, Source};
use super::{Dataset, LoadOptions, Outline, Part, Progress, Result};

/// Every format, in the order in which datasets are listed.
pub(super) static FORMATS: [&dyn Format; 8] = [
    &glyphs::Glyphs,
    &folder::Folder,
    &idx::Idx,
    &cifar::Cifar,
    &stl10::Stl10,
    &imagenet32::ImageNet32,
    &npz::Npz,
    &hugging_face::HuggingFace,
];

/// Takes the training images of a dataset part by part, until it fails.
pub(super) type Take<'a> = &'a mut dyn FnMut(&Outline, Part<'_>) -> Result<()>;

/// A format of datasets.
pub(super) trait Format: Sync {
    /// Its datasets that have names, in the order in which they are listed.
    fn names(&self) -> &'static [Name] {
        &[]
    }

    /// The prefix of its datasets that are named by their paths.
    fn prefix(&self) -> Option<&'static Prefix> {
        None
    }

    /// Its datasets in the folder at `path`.
    fn in_folder(&self, _path: &Path) -> Vec<Source> {
        Vec::new()
    }

    /// The dataset that the file at `path` is, or belongs to.
    fn of_file(&self, _path: &Path) -> Option<Source> {
        None
    }

    /// Where one of its datasets is; none if it is in none of `places`.
    ///
    /// # Errors
    /// [`crate::dataset::DatasetError`] where files are missing or of two copies.
    fn locate(&self, source: &Source, places: &[PathBuf]) -> Result<Option<Box<dyn Located>>>;

    /// A copy in this format of a dataset that is published in another.
    fn copy_of(
        &self,
        _published: &Source,
        _options: &LoadOptions,
        _places: &[PathBuf],
    ) -> Option<Box<dyn Located>> {
        None
    }

    /// Whether the images of runs were mirrored whose settings do not say it: versions before the
    /// setting mirrored all but digits and glyphs.
    fn was_mirrored(&self) -> bool {
        true
    }
}

/// A dataset whose place is known.
pub(super) trait Located {
    /// The folder or file; none of what the program draws itself.
    fn path(&self) -> Option<&Path>;

    /// The files on disk that it is read from, some of which may be missing; `progress` receives what is found on the way.
    ///
    /// # Errors
    /// [`crate::dataset::DatasetError`] where a folder cannot be listed, or is no dataset.
    fn files(&self, options: &LoadOptions, progress: Progress<'_>) -> Result<Vec<PathBuf>>;

    /// Reads all images.
    ///
    /// # Errors
    /// [`crate::dataset::DatasetError`] with the file, and the record where one is to blame.
    fn read(
        &self,
        options: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
    ) -> Result<Dataset>;

    /// Hands the training images to `take` in their order; a format that can read them part by part
    /// holds no more than a part.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn scan(
        &self,
        options: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
        take: Take<'_>,
    ) -> Result<()> {
        let dataset = self.read(options, memory, progress)?;
        take(&dataset.outline(), dataset.train.part())
    }

    /// Whether its splits have names, of which one is tested with.
    fn has_splits(&self) -> bool {
        false
    }

    /// Whether it has columns, of which one is the label.
    fn has_columns(&self) -> bool {
        false
    }
}

/// Each place, and the folders of these names below it.
fn near<'a>(places: &'a [PathBuf], names: &'a [&str]) -> impl Iterator<Item = PathBuf> + 'a {
    places.iter().flat_map(|place| {
        let below = names.iter().map(|name| place.join(name));
        std::iter::once(place.clone()).chain(below)
    })
}
