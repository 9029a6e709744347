//! IDX files, the layout in which MNIST is published: <http://yann.lecun.com/exdb/mnist/>.
//!
//! A file is a big-endian magic number (0x803 for images, 0x801 for labels), one big-endian 32-bit
//! size a dimension, then the bytes. Files may be plain or under gzip (`.gz`). Four files make
//! a set: images and labels to train and to test with. Fashion-MNIST and KMNIST have MNIST's names,
//! EMNIST and QMNIST names of their own ([`sets`]); EMNIST's images are published transposed, and
//! stay so here, which changes no entropy.

mod format;
pub mod fuzz;

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

pub(super) use self::format::Idx;
use crate::dataset::archive::{LimitedReader, malformed, open};
use crate::dataset::labels::{self, Known, Labels, Values};
use crate::dataset::memory::{Budget, reserve};
use crate::dataset::{Dataset, Loading, Progress, Result, Shape};

mod parse;
pub mod sets;

pub use parse::{
    CODES_MAGIC, IMAGES_MAGIC, Images, LABELS_MAGIC, Problem, parse_images, parse_labels,
};

/// Number of MNIST's classes.
const CLASSES: usize = 10;

/// How many times its packed size a file may unpack to, beyond [`FLOOR`]: real images stay far below.
const RATIO: u64 = 250;
/// Bytes that any file may unpack to.
const FLOOR: u64 = 16 << 20;

/// The four files, as (stem, dimensions).
const FILES: [(&str, u8); 4] = [
    ("train-images", 3),
    ("train-labels", 1),
    ("t10k-images", 3),
    ("t10k-labels", 1),
];

/// The folder that holds most of MNIST's four files, the first among equals: one of `dirs`, or
/// `MNIST/raw`, `mnist` or `mnist/raw` below it; none where there is no such file anywhere.
#[must_use]
pub fn find(dirs: &[PathBuf]) -> Option<PathBuf> {
    let mut best = (0, None);
    for dir in dirs {
        for folder in [
            dir.clone(),
            dir.join("MNIST/raw"),
            dir.join("mnist"),
            dir.join("mnist/raw"),
        ] {
            let files = FILES
                .iter()
                .filter(|&&(stem, dimensions)| file(&folder, stem, dimensions).is_some())
                .count();
            if files > best.0 {
                best = (files, Some(folder));
            }
        }
    }
    best.1
}

/// The paths of MNIST's four files in `folder`: training images and labels, test images and labels.
///
/// # Errors
/// [`DatasetError::Malformed`] naming the first that is missing.
pub fn paths(folder: &Path) -> Result<[PathBuf; 4]> {
    let mut paths = [const { PathBuf::new() }; 4];
    for (path, (stem, dimensions)) in paths.iter_mut().zip(FILES) {
        *path = file(folder, stem, dimensions).ok_or_else(|| {
            malformed!(
                folder,
                "{stem}-idx{dimensions}-ubyte is missing, plain or with .gz: put MNIST's four files into this folder"
            )
        })?;
    }
    Ok(paths)
}

/// The path of a file under any of its usual names.
fn file(folder: &Path, stem: &str, dimensions: u8) -> Option<PathBuf> {
    ["-", "."]
        .iter()
        .flat_map(|dash| ["", ".gz"].map(|end| format!("{stem}{dash}idx{dimensions}-ubyte{end}")))
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

/// Reads MNIST's four files from `folder`; `progress` receives how many images of how many are read.
///
/// # Errors
/// [`DatasetError::Malformed`] or [`DatasetError::Io`] naming the file: missing, cut off, with the wrong magic
/// number, with bytes behind its end, with as many labels as there are no images, or with a label above 9.
pub fn read(name: &str, folder: &Path, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
    read_files(name, &paths(folder)?, Some(CLASSES), memory, progress)
}

/// Reads a set that [`sets::choose`] found; its labels say how many classes there are.
///
/// Labels that begin at 1, as those of EMNIST's letters do, or have gaps, keep their numbers as names.
///
/// # Errors
/// As [`read`].
pub fn read_set(
    name: &str,
    set: &sets::Set,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    read_files(name, &set.files()?, None, memory, progress)
}

fn read_files(
    name: &str,
    paths: &[PathBuf; 4],
    classes: Option<usize>,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    let train = read_pair(&paths[0], &paths[1], memory)?;
    progress(Loading::Images(train.0.count, train.0.count));
    let test = read_pair(&paths[2], &paths[3], memory)?;
    let all = train.0.count + test.0.count;
    progress(Loading::Images(all, all));
    if (train.0.height, train.0.width) != (test.0.height, test.0.width) {
        return Err(malformed!(
            &paths[2],
            "its images are {}x{}, but those in {} are {}x{}",
            test.0.height,
            test.0.width,
            paths[0].display(),
            train.0.height,
            train.0.width
        ));
    }
    let shape = Shape::new(1, train.0.height, train.0.width);
    let known = Known {
        fixed: classes,
        remedy: "the label files of a set say of every image which class it belongs to".to_owned(),
        ..Known::default()
    };
    let [train_labels, test_labels] = [(&paths[1], train.1), (&paths[3], test.1)]
        .map(|(path, numbers)| Labels::of_file(path, Values::whole(numbers)));
    let classes = labels::classes(&train_labels, &test_labels, &known)?;
    Ok(classes.dataset(name, shape, [train.0.pixels, test.0.pixels]))
}

/// Reads images with their labels and checks that they belong together.
fn read_pair(images: &Path, labels: &Path, memory: &Budget) -> Result<(Images, Vec<i64>)> {
    let failed = |path: &Path, problem: Problem| match problem {
        Problem::Memory(error) => *error,
        problem => malformed(path, problem.to_string()),
    };
    let pictures = unpack(images, 1, memory)?;
    let pictures = parse::parse_images_into(pictures.reader, &pictures.allocate)
        .map_err(|problem| failed(images, problem))?;
    let classes = unpack(labels, 1 + size_of::<i64>() as u64, memory)?;
    let classes = parse::parse_labels_into(classes.reader, &classes.allocate)
        .map_err(|problem| failed(labels, problem))?;
    if pictures.count == 0 {
        return Err(malformed(images, "it holds no images"));
    }
    if pictures.count != classes.len() {
        return Err(malformed!(
            labels,
            "it holds {} labels, but {} holds {} images",
            classes.len(),
            images.display(),
            pictures.count
        ));
    }
    Ok((pictures, classes))
}

/// A file whose bytes are to be read.
struct Unpacked<'a> {
    /// Its bytes, under gzip or plain.
    reader: Box<dyn Read>,
    /// Gives a buffer for what it announces, or for what it can hold where that is less.
    allocate: Box<parse::Allocate<'a>>,
}

/// Opens a file of which each byte takes `each` in `memory`.
fn unpack<'a>(path: &'a Path, each: u64, memory: &'a Budget) -> Result<Unpacked<'a>> {
    let file = open(path)?;
    let packed = file.metadata().map_or(0, |metadata| metadata.len());
    let reader = BufReader::with_capacity(1 << 18, file);
    let (most, reader): (u64, Box<dyn Read>) = if path.extension().is_some_and(|end| end == "gz") {
        let most = packed.saturating_mul(RATIO).saturating_add(FLOOR);
        (
            most,
            Box::new(LimitedReader::new(MultiGzDecoder::new(reader), most)),
        )
    } else {
        (packed, Box::new(reader))
    };
    let allocate = move |bytes: usize| {
        let bytes = most.min(bytes as u64);
        memory.claim(bytes.saturating_mul(each), path)?;
        let mut buffer = Vec::new();
        reserve(&mut buffer, bytes as usize, path)?;
        Ok(buffer)
    };
    Ok(Unpacked {
        reader,
        allocate: Box::new(allocate),
    })
}

#[cfg(test)]
mod tests;
