//! STL-10: 96x96 RGB images in the binary version, from a folder or from `stl10_binary.tar.gz` itself.
//!
//! Layout: <https://cs.stanford.edu/~acoates/stl10/>. An image is its red, green and blue plane,
//! each column after column (turned here into rows); labels are one byte each, from 1 to 10.

mod format;
pub mod fuzz;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub(super) use self::format::Stl10;
use crate::dataset::archive::{Store, Wanted};
use crate::dataset::memory::Budget;
use crate::dataset::parts;
use crate::dataset::{Dataset, Loading, Outline, Progress, Result, Shape, Split};

/// Shape of every image.
pub const SHAPE: Shape = Shape::new(3, 96, 96);

const NAMES: [&str; 10] = [
    "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck",
];
const TRAIN: u64 = 5_000;
const TEST: u64 = 8_000;
const UNLABELLED: u64 = 100_000;

/// Looks for a copy in `place`: the folder of the files, the folder above it, or the archive.
#[must_use]
pub fn find(place: &Path) -> Option<Store> {
    for folder in [place.to_owned(), place.join("stl10_binary")] {
        if folder.join("train_X.bin").is_file() {
            return Some(Store::Folder(folder));
        }
    }
    let archive = "stl10_binary.tar.gz";
    [place.to_owned(), place.join(archive)]
        .into_iter()
        .find(|path| path.is_file() && path.file_name().is_some_and(|name| name == archive))
        .map(Store::TarGz)
}

/// The files that a copy is read from.
#[must_use]
pub fn files(store: &Store) -> Vec<PathBuf> {
    store.files([
        "class_names.txt",
        "train_X.bin",
        "train_y.bin",
        "test_X.bin",
        "test_y.bin",
    ])
}

/// Reads a copy; `progress` receives how many images of how many are read.
///
/// # Errors
/// [`crate::dataset::DatasetError`] with the file, and the record where one is to blame.
pub fn read(store: &Store, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
    let image = SHAPE.bytes() as u64;
    let wanted = [
        Wanted::optional("class_names.txt", 64 << 10),
        Wanted::required("train_X.bin", TRAIN * image),
        Wanted::required("train_y.bin", TRAIN),
        Wanted::required("test_X.bin", TEST * image),
        Wanted::required("test_y.bin", TEST),
        Wanted::ignored("unlabeled_X.bin", UNLABELLED * image),
    ];
    memory.claim(store.size(&wanted), store.path())?;
    let mut class_names = None;
    let (mut train, mut test) = (Split::default(), Split::default());
    let mut done = 0;
    store.read(&wanted, &mut |index, path, bytes| {
        let split = if index < 3 { &mut train } else { &mut test };
        match index {
            0 => class_names = Some(read_names(path, &bytes)?),
            1 | 3 => {
                split.pixels = rows(path, bytes)?;
                done += split.pixels.len() / SHAPE.bytes();
                progress(Loading::Images(done, (TRAIN + TEST) as usize));
            }
            _ => split.labels = labels(path, &bytes)?,
        }
        Ok(())
    })?;
    check_pair(&train, &store.path().join("train_X.bin"), "train_y.bin")?;
    check_pair(&test, &store.path().join("test_X.bin"), "test_y.bin")?;
    let class_names = class_names.unwrap_or_else(|| NAMES.map(str::to_owned).to_vec());
    Ok(Outline::new("stl10", SHAPE, class_names).with(train, test, true))
}

/// Checks that there is a label for each image, and an image at all.
pub(super) fn check_pair(split: &Split, images: &Path, labels: &str) -> Result<()> {
    let count = split.pixels.len() / SHAPE.bytes();
    if count == split.len() && count > 0 {
        return Ok(());
    }
    Err(malformed!(
        images,
        "it holds {count} images, and {labels} {} labels: the two do not belong together, or one is truncated",
        split.len()
    ))
}

/// The labels of a file of theirs, from 0.
pub(super) fn labels(path: &Path, bytes: &[u8]) -> Result<Vec<u32>> {
    let numbers = bytes.iter().map(|&label| i64::from(label));
    parts::labels(path, numbers, 1, NAMES.len())
}

/// The class names of a file of theirs.
pub(super) fn read_names(path: &Path, bytes: &[u8]) -> Result<Vec<String>> {
    let text = String::from_utf8_lossy(bytes);
    let names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if names.len() == NAMES.len() {
        return Ok(names);
    }
    Err(malformed!(
        path,
        "it names {} classes where STL-10 has 10: another dataset's file, or damaged",
        names.len()
    ))
}

/// Turns every plane from columns into rows, in place.
pub(super) fn rows(path: &Path, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !bytes.len().is_multiple_of(SHAPE.bytes()) {
        return Err(malformed!(
            path,
            "it ends in the middle of record {} (counted from 0), each of {} bytes: it is truncated, or no file of STL-10's images",
            bytes.len() / SHAPE.bytes(),
            SHAPE.bytes()
        ));
    }
    let side = SHAPE.width;
    bytes.par_chunks_mut(SHAPE.area()).for_each(|plane| {
        for row in 0..side {
            for column in row + 1..side {
                plane.swap(row * side + column, column * side + row);
            }
        }
    });
    Ok(bytes)
}

#[cfg(test)]
mod tests;
