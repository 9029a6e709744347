//! Folders of class folders of image files.
//!
//! Either `PATH/train/CLASS/*` with `PATH/test/CLASS/*` (also `training`, `testing`, `val`, `valid`,
//! `validation`, `dev`, in any case; test images come before validation images), or `PATH/CLASS/*`, of
//! which a seeded fifth of every class becomes the test set, or images without classes, which can be
//! analysed only. Names are sorted, so that equal folders give equal datasets. Files are read by
//! their content at any depth below their class; what is no readable image is left out
//! and counted by reason. Hidden files are skipped.

mod format;

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use image::DynamicImage;
use rayon::prelude::*;

pub(super) use self::format::Folder;
use super::Take;
use crate::dataset::archive::malformed;
use crate::dataset::encoded::{self, Head};
use crate::dataset::images::{Dataset, Outline, Shape, Split, chosen};
use crate::dataset::memory::{Budget, reserve};
use crate::dataset::{DatasetError, LoadOptions, Loading, Progress, Result};

mod contents;
mod layout;
mod listing;
mod names;
#[cfg(test)]
mod tests;
mod walk;

use listing::{Labelled, Listing, list};
use walk::Walk;

/// Most pixel bytes of a batch that [`scan`] hands over, if it then has two images a core.
const BATCH_BYTES: usize = 16 << 20;
/// Files that cannot be read of which each is named.
const NAMED: usize = 10;

/// What decides on the dataset in a folder: image files, those to train with first, and files that
/// are left out.
///
/// # Errors
/// As [`read`], for what can be known without opening an image.
pub fn files(path: &Path, seed: u64, progress: Progress<'_>) -> Result<Vec<PathBuf>> {
    Ok(list(path, seed, &Walk::new(progress))?.files())
}

/// Reads a folder of images; `progress` receives what is found, then how many images of how many are read, from any thread.
///
/// The dataset is grey where every file is, by its colour type, and RGB else; transparency is
/// dropped. A limit keeps the images that [`Dataset::limited`] would.
///
/// # Errors
/// [`DatasetError::Malformed`] or [`DatasetError::Io`] naming the folder or file: no folder, no images, a class
/// without images or with too few to hold one out, a test class that training lacks, images that
/// cannot be decoded (up to ten, and how many), or the first image of another size;
/// [`DatasetError::Memory`] where the images do not fit.
pub fn read(
    path: &Path,
    options: &LoadOptions,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    let mut folder = Opened::open(path, options, progress)?;
    if let Some(limit) = options.limit {
        folder.limit(limit, options.seed);
    }
    let Listing { train, test, .. } = &folder.listing;
    let total = train.len() + test.len();
    let bytes = (total as u64).saturating_mul(folder.outline.shape.bytes() as u64);
    memory.fits(bytes.saturating_add(folder.largest), path)?;
    let done = AtomicUsize::new(0);
    let step = || {
        progress(Loading::Images(
            done.fetch_add(1, Ordering::Relaxed) + 1,
            total,
        ));
    };
    let train = folder.decode(train, memory, &step)?;
    let test = folder.decode(test, memory, &step)?;
    Ok(folder.outline.with(train, test, false))
}

/// Hands the training images of a folder to `take` in their order, a batch at a time, each decoded
/// by all cores; `progress` receives how many images of how many are decoded, from any thread.
///
/// The headers of test images are read too, since they decide with the others on shape and colour.
///
/// # Errors
/// As [`read`].
pub fn scan(
    path: &Path,
    options: &LoadOptions,
    memory: &Budget,
    progress: Progress<'_>,
    take: Take<'_>,
) -> Result<()> {
    let folder = Opened::open(path, options, progress)?;
    let most = BATCH_BYTES / folder.outline.shape.bytes().max(1);
    let batch = most.max(2 * rayon::current_num_threads());
    folder.scan(batch, memory, progress, take)
}

/// A folder of which the heads of all images were read.
struct Opened {
    path: PathBuf,
    outline: Outline,
    listing: Listing,
    /// Bytes of the largest image, once decoded.
    largest: u64,
}

impl Opened {
    /// Lists a folder and finds out what its images are, without decoding them.
    fn open(path: &Path, options: &LoadOptions, progress: Progress<'_>) -> Result<Self> {
        let listing = list(path, options.seed, &Walk::new(progress))?;
        if let Some([height, width]) = options.resize.filter(|size| size.contains(&0)) {
            return Err(malformed!(
                path,
                "images of {height}x{width} have no pixels: resize to 1x1 or more"
            ));
        }
        let files: Vec<&Path> = listing
            .train
            .iter()
            .chain(&listing.test)
            .map(|(file, _)| file.as_path())
            .collect();
        let seen = AtomicUsize::new(0);
        let look = |file: &&Path| {
            progress(Loading::Scanning(seen.fetch_add(1, Ordering::Relaxed) + 1));
            head(file)
        };
        let heads: Vec<Result<Head, String>> = files.par_iter().map(look).collect();
        if heads.iter().any(Result::is_err) {
            return Err(unreadable(path, &files));
        }
        let heads: Vec<Head> = heads.into_iter().flatten().collect();
        let shape = shape(path, &files, &heads, options.resize)?;
        let deep = heads.iter().filter(|head| head.deep).count();
        let deep = crate::dataset::skipped::deep(deep, heads.len());
        Ok(Self {
            path: path.to_owned(),
            outline: Outline {
                name: format::Folder::at(path).to_string(),
                notes: listing.notes.iter().cloned().chain(deep).collect(),
                shape,
                skipped: listing.skipped(),
                class_names: listing.class_names.clone(),
            },
            listing,
            largest: heads.iter().map(|head| head.bytes).max().unwrap_or(0),
        })
    }

    /// Keeps the images that [`Dataset::limited`] would.
    fn limit(&mut self, limit: usize, seed: u64) {
        let Listing { train, test, .. } = &mut self.listing;
        if let Some(kept) = chosen([train.len(), test.len()], limit, seed) {
            for (part, kept) in [train, test].into_iter().zip(kept) {
                *part = kept.iter().map(|&index| part[index].clone()).collect();
            }
        }
    }

    /// Decodes and hands over `batch` training images at a time.
    fn scan(
        &self,
        batch: usize,
        memory: &Budget,
        progress: Progress<'_>,
        take: Take<'_>,
    ) -> Result<()> {
        let train = &self.listing.train;
        let bytes = batch.min(train.len()) as u64 * self.outline.shape.bytes() as u64;
        memory.claim(bytes, &self.path)?;
        let done = AtomicUsize::new(0);
        let step = || {
            progress(Loading::Images(
                done.fetch_add(1, Ordering::Relaxed) + 1,
                train.len(),
            ));
        };
        for files in train.chunks(batch) {
            take(&self.outline, self.pixels(files, memory, &step)?.part())?;
        }
        Ok(())
    }

    /// Decodes images that are to stay.
    fn decode(
        &self,
        files: &[Labelled],
        memory: &Budget,
        step: &(dyn Fn() + Sync),
    ) -> Result<Split> {
        let bytes = files.len() as u64 * self.outline.shape.bytes() as u64;
        memory.claim(bytes, &self.path)?;
        self.pixels(files, memory, step)
    }

    /// Decodes files in parallel, as many at a time as fit into `memory`; `step` is called after each.
    fn pixels(
        &self,
        files: &[Labelled],
        memory: &Budget,
        step: &(dyn Fn() + Sync),
    ) -> Result<Split> {
        let shape = self.outline.shape;
        memory.fits(self.largest, &self.path)?;
        let together = memory.left() / self.largest.max(1);
        let together = if together >= rayon::current_num_threads() as u64 {
            files.len().max(1)
        } else {
            together as usize
        };
        let mut pixels = Vec::new();
        let bytes = files.len() * shape.bytes();
        reserve(&mut pixels, bytes, &self.path)?;
        pixels.resize(bytes, 0);
        let failed = AtomicBool::new(false);
        let targets = pixels.chunks_mut(together * shape.bytes());
        for (targets, files) in targets.zip(files.chunks(together)) {
            targets
                .par_chunks_mut(shape.bytes())
                .zip(files)
                .for_each(|(target, (file, _))| {
                    if failed.load(Ordering::Relaxed) {
                        return;
                    }
                    match decoded(file) {
                        Ok(image) => encoded::write(image, shape, target),
                        Err(_) => failed.store(true, Ordering::Relaxed),
                    }
                    step();
                });
        }
        if failed.into_inner() {
            let all = self.listing.train.iter().chain(&self.listing.test);
            let all: Vec<&Path> = all.map(|(file, _)| file.as_path()).collect();
            return Err(unreadable(&self.path, &all));
        }
        Ok(Split {
            pixels,
            labels: files.iter().map(|&(_, label)| label).collect(),
        })
    }
}

/// The shape of the dataset: the size of all images, or the one asked for; grey if all of them are.
fn shape(
    path: &Path,
    files: &[&Path],
    heads: &[Head],
    resize: Option<[usize; 2]>,
) -> Result<Shape> {
    let mut shape: Option<Shape> = None;
    for (&file, head) in files.iter().zip(heads) {
        let [height, width] = resize.unwrap_or([head.height, head.width]);
        let known = shape.get_or_insert(Shape::new(1, height, width));
        if head.colour {
            known.channels = 3;
        }
        if (height, width) != (known.height, known.width) {
            return Err(malformed!(
                file,
                "it is {height}x{width}, but {} is {}x{}: give --resize {}x{}, say",
                files[0].display(),
                known.height,
                known.width,
                known.height,
                known.width
            ));
        }
    }
    shape.ok_or_else(|| malformed(path, "there are no images in it".to_owned()))
}

/// Reads the head of an image file.
fn head(path: &Path) -> Result<Head, String> {
    let file = File::open(path).map_err(|error| refused(&error))?;
    encoded::head(BufReader::new(file))
}

/// Decodes an image file.
fn decoded(path: &Path) -> Result<DynamicImage, String> {
    let bytes = fs::read(path).map_err(|error| refused(&error))?;
    encoded::decode(&bytes)
}

fn refused(error: &std::io::Error) -> String {
    format!("it cannot be read ({error})")
}

/// The error that names the files that cannot be read, of all `files` of a folder.
fn unreadable(folder: &Path, files: &[&Path]) -> DatasetError {
    let problems: Vec<Option<String>> = files
        .par_iter()
        .map(|file| head(file).and_then(|_| decoded(file)).err())
        .collect();
    let bad: Vec<(&Path, String)> = files
        .iter()
        .zip(problems)
        .filter_map(|(file, problem)| Some((*file, problem?)))
        .collect();
    match bad.as_slice() {
        [] => malformed(
            folder,
            "its files are changing while they are read: try again".to_owned(),
        ),
        [(file, problem)] => malformed!(file, "{problem}: replace or remove it"),
        _ => {
            let named = bad.iter().take(NAMED).map(|(file, problem)| {
                let file = file.strip_prefix(folder).unwrap_or(file);
                format!("{} ({problem})", file.display())
            });
            let named = named.collect::<Vec<_>>().join(", ");
            let more = match bad.len() - bad.len().min(NAMED) {
                0 => String::new(),
                more => format!(", and {} more", crate::format::count(more as u64)),
            };
            malformed!(
                folder,
                "{} of its {} images cannot be read: {named}{more}: replace or remove them",
                crate::format::count(bad.len() as u64),
                crate::format::count(files.len() as u64)
            )
        }
    }
}
