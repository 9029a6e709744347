//! Folders of class folders of image files.
//!
//! Either `PATH/train/CLASS/*` with `PATH/test/CLASS/*` (or `val`), or `PATH/CLASS/*`, of which a
//! seeded fifth of every class becomes the test set. Names are sorted, so that equal folders give
//! equal datasets; hidden files, files of other kinds and folders inside a class are passed over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader};
use rayon::prelude::*;

use super::{Dataset, Error, Outline, Part, Shape, Source, Split};

mod listing;
#[cfg(test)]
mod tests;

pub use listing::EXTENSIONS;
use listing::{Labelled, Listing, list};

/// Most pixel bytes of a batch that [`scan`] hands over, if it then has two images a core.
const BATCH_BYTES: usize = 16 << 20;

/// The image files of a folder, those to train with first; `seed` as in [`read`].
///
/// # Errors
/// As [`read`], for what can be told without opening a file.
pub fn files(path: &Path, seed: u64) -> Result<Vec<PathBuf>, Error> {
    let Listing { train, test, .. } = list(path, seed)?;
    Ok(train
        .into_iter()
        .chain(test)
        .map(|(file, _)| file)
        .collect())
}

/// Reads a folder of images; `progress` hears how many images of how many are read, from any thread.
///
/// The dataset is grey where every file is, by its colour type, and RGB else; transparency is
/// dropped. With `resize` (height, width) every image is resampled by Lanczos' filter of radius 3;
/// without it, all must have the same size. `seed` decides which images are held out where the
/// folder does not.
///
/// # Errors
/// [`Error::Malformed`] or [`Error::Io`] naming the folder or file: no folder, no class, a class
/// without images or with too few to hold one out, a test class that training lacks, an image that
/// cannot be decoded, or the first image of another size.
pub fn read(
    path: &Path,
    resize: Option<[usize; 2]>,
    seed: u64,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let (outline, Listing { train, test, .. }) = open(path, resize, seed)?;
    let shape = outline.shape;
    let done = AtomicUsize::new(0);
    let total = train.len() + test.len();
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    Ok(Dataset {
        name: outline.name,
        notes: outline.notes,
        shape,
        class_names: outline.class_names,
        train: decode(&train, shape, &step)?,
        test: decode(&test, shape, &step)?,
        flip_keeps_class: false,
    })
}

/// Hands the training images of a folder to `take` in their order, a batch at a time, each decoded
/// by all cores; `progress` hears how many images of how many are decoded, from any thread.
///
/// What the test images are is looked at, since they decide with the others on shape and colour.
///
/// # Errors
/// As [`read`].
pub fn scan(
    path: &Path,
    resize: Option<[usize; 2]>,
    seed: u64,
    progress: &(dyn Fn(usize, usize) + Sync),
    take: &mut dyn FnMut(&Outline, Part<'_>),
) -> Result<(), Error> {
    let (outline, Listing { train, .. }) = open(path, resize, seed)?;
    let most = BATCH_BYTES / outline.shape.bytes().max(1);
    let batch = most.max(2 * rayon::current_num_threads());
    scan_in(batch, &outline, &train, progress, take)
}

/// Decodes and hands over `batch` images at a time.
fn scan_in(
    batch: usize,
    outline: &Outline,
    train: &[Labelled],
    progress: &(dyn Fn(usize, usize) + Sync),
    take: &mut dyn FnMut(&Outline, Part<'_>),
) -> Result<(), Error> {
    let done = AtomicUsize::new(0);
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, train.len());
    for files in train.chunks(batch) {
        take(outline, decode(files, outline.shape, &step)?.part());
    }
    Ok(())
}

/// Lists a folder and finds out what its images are, without decoding them.
fn open(path: &Path, resize: Option<[usize; 2]>, seed: u64) -> Result<(Outline, Listing), Error> {
    let listing = list(path, seed)?;
    if let Some([height, width]) = resize.filter(|size| size.contains(&0)) {
        return Err(malformed(
            path,
            format!("images of {height}x{width} have no pixels: resize to 1x1 or more"),
        ));
    }
    let outline = Outline {
        name: Source::Folder(path.to_owned()).to_string(),
        notes: Vec::new(),
        shape: shape(&listing.train, &listing.test, resize)?,
        class_names: listing.class_names.clone(),
    };
    Ok((outline, listing))
}

/// What the head of an image file says.
#[derive(Clone, Copy)]
struct Head {
    height: usize,
    width: usize,
    colour: bool,
}

/// The shape of the dataset: the size of all images, or the one asked for; grey if all of them are.
fn shape(
    train: &[Labelled],
    test: &[Labelled],
    resize: Option<[usize; 2]>,
) -> Result<Shape, Error> {
    let files: Vec<&Path> = train
        .iter()
        .chain(test)
        .map(|(file, _)| file.as_path())
        .collect();
    let heads: Vec<Result<Head, Error>> = files.par_iter().map(|file| head(file)).collect();
    let mut shape: Option<Shape> = None;
    for (&file, head) in files.iter().zip(heads) {
        let head = head?;
        let [height, width] = resize.unwrap_or([head.height, head.width]);
        let known = shape.get_or_insert(Shape {
            channels: 1,
            height,
            width,
        });
        if head.colour {
            known.channels = 3;
        }
        if (height, width) != (known.height, known.width) {
            return Err(malformed(
                file,
                format!(
                    "it is {height}x{width}, but {} is {}x{}: give --resize {}x{}, say",
                    files[0].display(),
                    known.height,
                    known.width,
                    known.height,
                    known.width
                ),
            ));
        }
    }
    shape.ok_or_else(|| malformed(Path::new(""), "there are no images".to_owned()))
}

/// Reads the head of an image file, whose kind is told by its content.
fn head(path: &Path) -> Result<Head, Error> {
    let decoder = reader(path)?
        .into_decoder()
        .map_err(|error| unreadable(path, &error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(malformed(
            path,
            format!("it is {height}x{width} and has no pixels: replace or remove it"),
        ));
    }
    Ok(Head {
        height: height as usize,
        width: width as usize,
        colour: decoder.color_type().has_color(),
    })
}

fn reader(path: &Path) -> Result<ImageReader<io::BufReader<fs::File>>, Error> {
    ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })
}

/// Decodes files in parallel; `step` is called after each.
fn decode(files: &[Labelled], shape: Shape, step: &(dyn Fn() + Sync)) -> Result<Split, Error> {
    let mut pixels = vec![0; files.len() * shape.bytes()];
    let outcomes: Vec<Result<(), Error>> = pixels
        .par_chunks_mut(shape.bytes())
        .zip(files)
        .map(|(target, (file, _))| {
            let image = reader(file)?
                .decode()
                .map_err(|error| unreadable(file, &error))?;
            copy_planes(image, shape, target);
            step();
            Ok(())
        })
        .collect();
    outcomes.into_iter().collect::<Result<(), Error>>()?;
    Ok(Split {
        pixels,
        labels: files.iter().map(|&(_, label)| label).collect(),
    })
}

/// Writes an image, resampled where its size is another, to `target` plane by plane.
fn copy_planes(image: DynamicImage, shape: Shape, target: &mut [u8]) {
    let (height, width) = (shape.height as u32, shape.width as u32);
    let image = if (image.height(), image.width()) == (height, width) {
        image
    } else {
        image.resize_exact(width, height, FilterType::Lanczos3)
    };
    if shape.channels == 1 {
        target.copy_from_slice(image.into_luma8().as_raw());
        return;
    }
    let image = image.into_rgb8();
    let (red, rest) = target.split_at_mut(shape.area());
    let (green, blue) = rest.split_at_mut(shape.area());
    for (((pixel, red), green), blue) in image.pixels().zip(red).zip(green).zip(blue) {
        [*red, *green, *blue] = pixel.0;
    }
}

fn unreadable(path: &Path, error: &image::ImageError) -> Error {
    malformed(
        path,
        format!("it cannot be decoded ({error}): replace or remove it"),
    )
}

fn malformed(path: &Path, problem: String) -> Error {
    Error::Malformed {
        path: path.to_owned(),
        problem,
    }
}
