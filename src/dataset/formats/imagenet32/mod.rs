//! ImageNet32: downsampled ImageNet, 32x32 RGB, in the Python and the npz version, from folders or
//! from the published zips themselves.
//!
//! Layout: <https://patrykchrabaszcz.github.io/Imagenet32/>. Ten training files and one validation
//! file, each a dictionary with `data` (N x 3072, uint8, red, green and blue plane), `labels` (from
//! 1 to 1000) and, in training files, `mean`. The validation images serve as test set.

mod format;

use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

pub(super) use self::format::ImageNet32;
use super::npz::read_array;
use crate::dataset::archive::{Store, Wanted, malformed, open, open_zip};
use crate::dataset::memory::Budget;
use crate::dataset::parts::{Gather, Rows};
use crate::dataset::{Dataset, Loading, Outline, Part, Progress, Result, Shape, Split};

/// Shape of every image.
pub const SHAPE: Shape = Shape::new(3, 32, 32);

/// Number of classes.
pub const CLASSES: usize = 1000;

/// What every file holds.
const ROWS: Rows = Rows {
    row: SHAPE.bytes(),
    first: 1,
    classes: CLASSES,
};

/// Images in the published training files, together.
pub(super) const TRAIN: usize = 1_281_167;
/// Images in the published validation file.
const TEST: usize = 50_000;
/// More images than any published file holds.
const BATCH: u64 = 130_000;

/// How the files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Pickled dictionaries.
    Python,
    /// NumPy's zipped arrays.
    Npz,
}

/// Where a copy is, and in which layout.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Which layout.
    pub layout: Layout,
    /// Where the ten training files are.
    pub train: Store,
    /// Where the validation file is.
    pub test: Store,
}

impl Layout {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Python => "",
            Self::Npz => ".npz",
        }
    }

    const fn folder_suffix(self) -> &'static str {
        match self {
            Self::Python => "",
            Self::Npz => "_npz",
        }
    }
}

/// Looks for a copy in `place`: a folder of the files themselves, or the folder above the published folders or zips.
#[must_use]
pub fn find(place: &Path) -> Option<Found> {
    for layout in [Layout::Python, Layout::Npz] {
        let part = |part: &str, file: &str| -> Option<Store> {
            let file = format!("{file}{}", layout.suffix());
            let name = format!("Imagenet32_{part}{}", layout.folder_suffix());
            let folders: [PathBuf; 3] = [
                place.to_owned(),
                place.join(&name),
                place.with_file_name(&name),
            ];
            folders
                .into_iter()
                .find(|folder| folder.join(&file).is_file())
                .map(Store::Folder)
                .or_else(|| {
                    let zip = place.join(format!("{name}.zip"));
                    zip.is_file().then_some(Store::Zip(zip))
                })
        };
        if let (Some(train), Some(test)) =
            (part("train", "train_data_batch_1"), part("val", "val_data"))
        {
            return Some(Found {
                layout,
                train,
                test,
            });
        }
    }
    None
}

/// What a copy is, beside its images.
#[must_use]
pub fn outline() -> Outline {
    let class_names = (1..=CLASSES).map(|class| class.to_string()).collect();
    Outline::new("imagenet32", SHAPE, class_names)
}

/// Reads a copy; `progress` receives how many images of how many are read.
///
/// # Errors
/// [`crate::dataset::DatasetError`] with the file, and the record where one is to blame.
pub fn read(found: &Found, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
    let mut done = 0;
    let mut read_part = |store: &Store, names: Vec<String>| -> Result<Split> {
        let mut gather = Gather::with_capacity(store.size(&wanted(&names)), memory, store.path())?;
        files(found.layout, store, &names, memory, &mut |index, part| {
            gather.put(index, |split| {
                split.append(part);
                Ok(())
            })?;
            done += part.labels.len();
            progress(Loading::Images(done, TRAIN + TEST));
            Ok(())
        })?;
        Ok(gather.finish())
    };
    let train = read_part(&found.train, found.batches())?;
    let test = read_part(&found.test, vec![found.validation()])?;
    Ok(outline().with(train, test, true))
}

/// Hands the training images of a copy to `take`, file after file, and holds no more than one file
/// at a time; `progress` receives how many images of how many are read.
///
/// # Errors
/// As [`read`].
pub fn scan(
    found: &Found,
    memory: &Budget,
    progress: Progress<'_>,
    take: &mut dyn FnMut(Part<'_>) -> Result<()>,
) -> Result<()> {
    let mut done = 0;
    files(
        found.layout,
        &found.train,
        &found.batches(),
        memory,
        &mut |_, part| {
            done += part.labels.len();
            progress(Loading::Images(done, TRAIN));
            take(part)
        },
    )
}

impl Found {
    /// Checks that no files of another version are among those found.
    ///
    /// # Errors
    /// [`DatasetError::Malformed`] naming both.
    pub fn check(&self) -> Result<()> {
        for (store, file) in [
            (&self.train, "train_data_batch_1"),
            (&self.test, "val_data"),
        ] {
            let Store::Folder(folder) = store else {
                continue;
            };
            let names =
                [Layout::Python, Layout::Npz].map(|layout| file.to_owned() + layout.suffix());
            if names.iter().all(|name| folder.join(name).is_file()) {
                let [python, npz] = names;
                return Err(malformed!(
                    folder,
                    "it holds two copies of imagenet32, the Python version ({python}) and the npz version ({npz}): put each into a separate folder"
                ));
            }
        }
        Ok(())
    }

    /// The files that it is read from.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = self.train.files(self.batches().iter().map(String::as_str));
        files.extend(self.test.files([self.validation().as_str()]));
        files
    }

    fn validation(&self) -> String {
        format!("val_data{}", self.layout.suffix())
    }

    fn batches(&self) -> Vec<String> {
        let suffix = self.layout.suffix();
        let batches = (1..=10).map(|batch| format!("train_data_batch_{batch}{suffix}"));
        batches.collect()
    }
}

/// Files with their limit: Python 3 may write bytes above 127 as two; a label takes at most 9 bytes, the mean 8 per value.
fn wanted(names: &[String]) -> Vec<Wanted> {
    let limit = BATCH * (2 * SHAPE.bytes() as u64 + 16) + (1 << 20);
    names
        .iter()
        .map(|name| Wanted::required(name, limit))
        .collect()
}

/// What takes the images of a file, with its place among the files.
type Take<'a> = dyn FnMut(usize, Part<'_>) -> Result<()> + 'a;

/// Hands over the images of one file after another; each must hold some.
fn files(
    layout: Layout,
    store: &Store,
    names: &[String],
    memory: &Budget,
    take: &mut Take<'_>,
) -> Result<()> {
    memory.fits(store.largest(&wanted(names)), store.path())?;
    if let (Layout::Npz, Store::Folder(folder)) = (layout, store) {
        for (index, name) in names.iter().enumerate() {
            let path = folder.join(name);
            if !path.is_file() {
                return Err(store.missing(name));
            }
            let file = BufReader::with_capacity(1 << 20, open(&path)?);
            zipped(&path, file, memory, &mut |part| take(index, part))?;
        }
        return Ok(());
    }
    store.read(&wanted(names), &mut |index, path, bytes| match layout {
        Layout::Python => ROWS.pickled(path, &bytes, "labels", &mut |part| {
            some(path, part)?;
            take(index, part)
        }),
        Layout::Npz => zipped(path, Cursor::new(bytes), memory, &mut |part| {
            take(index, part)
        }),
    })
}

fn some(path: &Path, part: Part<'_>) -> Result<()> {
    if part.labels.is_empty() {
        return Err(malformed(path, "it holds no images"));
    }
    Ok(())
}

fn zipped<R: Read + Seek>(
    path: &Path,
    reader: R,
    memory: &Budget,
    take: &mut dyn FnMut(Part<'_>) -> Result<()>,
) -> Result<()> {
    let mut archive = open_zip(reader, path)?;
    let labels = read_array(&mut archive, path, "labels", memory)?.integers();
    let labels = ROWS.labels(path, "labels", labels)?;
    let data = read_array(&mut archive, path, "data", memory)?;
    drop(archive);
    ROWS.hand_over(path, data, &labels, &mut |part| {
        some(path, part)?;
        take(part)
    })
}

#[cfg(test)]
mod tests;
