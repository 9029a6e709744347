//! Hugging Face copies of image datasets: parquet files with an image and a label column.
//!
//! The image is a struct with encoded `bytes` (and a `path`, which is ignored) or a column of bytes;
//! splits are told by file or folder names (`data/train-00000-of-00001.parquet`, `test-…`,
//! `validation-…`), class names by the metadata that the files carry, `README.md` or
//! `dataset_infos.json`; classes are numbers where none names them.

mod classes;
mod columns;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageReader, Limits, imageops::FilterType};
use parquet::file::reader::{FileReader, SerializedFileReader};
use rayon::prelude::*;

use self::columns::{Columns, Rows};
use super::archive::{malformed, open};
use super::{Dataset, Error, Shape, Split};

/// How a copy is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The label column, if several could be meant, such as `coarse_label`.
    pub label: Option<String>,
    /// Height and width to which every image is resized.
    pub resize: Option<[usize; 2]>,
}

/// Folders below the named one that are looked into.
const DEPTH: usize = 5;
/// Rows that are decoded together.
const BATCH: usize = 2048;
/// Longest side of an encoded image.
const SIDE: u32 = 16_384;
/// Most classes that labels may name.
const CLASSES: usize = 65_536;

/// The files of a copy, by split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Training files, in order of their names.
    pub train: Vec<PathBuf>,
    /// Held-out files: `test`, or else `validation`.
    pub test: Vec<PathBuf>,
}

fn part(name: &str) -> Option<&'static str> {
    name.split(|char: char| !char.is_ascii_alphanumeric())
        .find_map(|word| match word.to_ascii_lowercase().as_str() {
            "train" | "training" => Some("train"),
            "test" | "testing" => Some("test"),
            "validation" | "valid" | "val" | "dev" | "eval" => Some("validation"),
            _ => None,
        })
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let io = |source| Error::Io {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Finds the files of the copy in `folder`.
///
/// # Errors
/// [`Error`] if there are none, no training files, or those of two datasets, which it names.
pub fn find(folder: &Path) -> Result<Files, Error> {
    let mut paths = Vec::new();
    walk(folder, DEPTH, &mut paths)?;
    paths.sort();
    let mut copies: BTreeMap<PathBuf, BTreeMap<&str, Vec<PathBuf>>> = BTreeMap::new();
    for path in paths {
        let parent = path.parent().unwrap_or(folder);
        let name = |path: &Path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let (split, copy) = match part(&name(&path)) {
            Some(split) => (Some(split), parent),
            None if parent == folder => (None, parent),
            None => (part(&name(parent)), parent.parent().unwrap_or(folder)),
        };
        if let Some(split) = split {
            let copy = copies.entry(copy.to_owned()).or_default();
            copy.entry(split).or_default().push(path);
        }
    }
    let mut names = copies.keys();
    if let (Some(first), Some(second)) = (names.next(), names.next()) {
        return Err(malformed(
            folder,
            format!(
                "it holds two datasets, {} and {}: name one of the two folders",
                first.display(),
                second.display()
            ),
        ));
    }
    let mut parts = copies.into_values().next().unwrap_or_default();
    let train = parts.remove("train").unwrap_or_default();
    let test = parts
        .remove("test")
        .or_else(|| parts.remove("validation"))
        .unwrap_or_default();
    for (files, kind) in [
        (&train, "train-….parquet"),
        (&test, "test-….parquet or validation-….parquet"),
    ] {
        if files.is_empty() {
            return Err(malformed(folder, format!("it holds no {kind}")));
        }
    }
    Ok(Files { train, test })
}

/// Reads the copy in `folder`; `progress` hears how many images of how many are read.
///
/// # Errors
/// [`Error`] with the file, and the record where one is to blame.
pub fn read(
    folder: &Path,
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let files = find(folder)?;
    let mut total = 0;
    for path in files.train.iter().chain(&files.test) {
        total += rows_of(&reader(path)?, path)?;
    }
    let names = {
        let path = &files.train[0];
        let reader = reader(path)?;
        let columns = Columns::choose(&reader, options.label.as_deref())
            .map_err(|problem| malformed(path, problem))?;
        classes::names(folder, &reader, &columns.label_name)
    };
    let mut pass = Pass {
        options,
        shape: None,
        colour: false,
        done: 0,
        total,
        progress,
    };
    let (train, test) = match pass.both(&files) {
        Err(Stop::Colour) => {
            pass = Pass {
                shape: None,
                colour: true,
                done: 0,
                ..pass
            };
            pass.both(&files)
        }
        other => other,
    }
    .map_err(|stop| match stop {
        Stop::Colour => malformed(folder, "it mixes grey and colour images"),
        Stop::Error(error) => error,
    })?;
    let highest = train
        .labels
        .iter()
        .chain(&test.labels)
        .max()
        .map_or(0, |&label| label as usize + 1);
    let class_names = match names {
        Some(names) if names.len() >= highest => names,
        _ => (0..highest).map(|class| class.to_string()).collect(),
    };
    let shape = pass
        .shape
        .ok_or_else(|| malformed(folder, "it holds no images"))?;
    Ok(Dataset {
        name: format!("hf:{}", folder.display()),
        shape,
        class_names,
        train,
        test,
        flip_keeps_class: true,
    })
}

fn reader(path: &Path) -> Result<SerializedFileReader<std::fs::File>, Error> {
    SerializedFileReader::new(open(path)?).map_err(|error| {
        malformed(
            path,
            format!("it is no readable parquet file ({error}): fetch it again"),
        )
    })
}

fn rows_of(reader: &SerializedFileReader<std::fs::File>, path: &Path) -> Result<usize, Error> {
    usize::try_from(reader.metadata().file_metadata().num_rows()).map_err(|_| {
        malformed(
            path,
            "it announces a negative number of rows: it is damaged",
        )
    })
}

/// Why a pass over the files ends early.
enum Stop {
    /// Grey images came first, and now one with colour: start again in colour.
    Colour,
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// One pass over all files.
struct Pass<'a> {
    options: &'a Options,
    shape: Option<Shape>,
    colour: bool,
    done: usize,
    total: usize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Pass<'_> {
    fn both(&mut self, files: &Files) -> Result<(Split, Split), Stop> {
        Ok((self.split(&files.train)?, self.split(&files.test)?))
    }

    fn split(&mut self, paths: &[PathBuf]) -> Result<Split, Stop> {
        let mut split = Split::default();
        for path in paths {
            self.file(path, &mut split, paths)?;
        }
        if split.is_empty() {
            return Err(malformed(&paths[0], "it holds no images").into());
        }
        Ok(split)
    }

    /// Room for the whole split, if its files are large enough for as many images as they announce.
    fn reserve(split: &mut Split, shape: Shape, paths: &[PathBuf]) -> Result<(), Error> {
        let (mut rows, mut bytes) = (0, 0);
        for path in paths {
            rows += rows_of(&reader(path)?, path)?;
            bytes += std::fs::metadata(path).map_or(0, |metadata| metadata.len() as usize);
        }
        if rows.saturating_mul(shape.bytes()) <= bytes.saturating_mul(200) {
            split.pixels.reserve_exact(rows * shape.bytes());
            split.labels.reserve_exact(rows);
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, split: &mut Split, paths: &[PathBuf]) -> Result<(), Stop> {
        let reader = reader(path)?;
        let damaged = |problem: String| Stop::Error(malformed(path, problem));
        let columns = Columns::choose(&reader, self.options.label.as_deref()).map_err(damaged)?;
        let mut record = 0;
        for group in 0..reader.num_row_groups() {
            let mut rows = Rows::open(&reader, group, &columns).map_err(damaged)?;
            loop {
                let (images, labels) = rows
                    .next(BATCH)
                    .map_err(|problem| damaged(format!("after record {record}: {problem}")))?;
                if images.is_empty() {
                    break;
                }
                for (offset, label) in labels.iter().enumerate() {
                    let label = usize::try_from(*label)
                        .ok()
                        .filter(|&label| label < CLASSES);
                    let label = label.ok_or_else(|| {
                        damaged(format!(
                            "record {} (counted from 0) has label {}, outside 0 to {}",
                            record + offset,
                            labels[offset],
                            CLASSES - 1
                        ))
                    })?;
                    split.labels.push(label as u32);
                }
                let name = |offset: usize, problem: String| {
                    damaged(format!(
                        "record {} (counted from 0): {problem}",
                        record + offset
                    ))
                };
                let shape = if let Some(shape) = self.shape {
                    shape
                } else {
                    let first = decode(images[0].data()).map_err(|problem| name(0, problem))?;
                    let shape = self.shape_of(&first);
                    self.shape = Some(shape);
                    shape
                };
                if split.pixels.is_empty() {
                    Self::reserve(split, shape, paths)?;
                }
                let start = split.pixels.len();
                split.pixels.resize(start + images.len() * shape.bytes(), 0);
                split.pixels[start..]
                    .par_chunks_mut(shape.bytes())
                    .zip(&images)
                    .enumerate()
                    .try_for_each(|(offset, (place, bytes))| {
                        let image =
                            decode(bytes.data()).map_err(|problem| name(offset, problem))?;
                        self.store(image, shape, place, |problem| name(offset, problem))
                    })?;
                record += images.len();
                self.done += images.len();
                (self.progress)(self.done, self.total);
            }
        }
        Ok(())
    }

    fn shape_of(&self, image: &DynamicImage) -> Shape {
        let [height, width] = self
            .options
            .resize
            .unwrap_or([image.height() as usize, image.width() as usize]);
        Shape {
            channels: if image.color().has_color() || self.colour {
                3
            } else {
                1
            },
            height,
            width,
        }
    }

    fn store(
        &self,
        image: DynamicImage,
        shape: Shape,
        place: &mut [u8],
        name: impl Fn(String) -> Stop,
    ) -> Result<(), Stop> {
        let (height, width) = (image.height() as usize, image.width() as usize);
        let image = match self.options.resize {
            Some(_) if [height, width] != [shape.height, shape.width] => image.resize_exact(
                shape.width as u32,
                shape.height as u32,
                FilterType::Lanczos3,
            ),
            None if [height, width] != [shape.height, shape.width] => {
                return Err(name(format!(
                    "its image is {height}x{width} where the first is {}x{}: give --resize {}x{}, say",
                    shape.height, shape.width, shape.height, shape.width
                )));
            }
            _ => image,
        };
        if shape.channels == 1 {
            if image.color().has_color() {
                return Err(Stop::Colour);
            }
            place.copy_from_slice(image.into_luma8().as_raw());
            return Ok(());
        }
        let pixels = image.into_rgb8();
        for (channel, plane) in place.chunks_exact_mut(shape.area()).enumerate() {
            for (value, pixel) in plane.iter_mut().zip(pixels.as_raw().chunks_exact(3)) {
                *value = pixel[channel];
            }
        }
        Ok(())
    }
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| format!("its image cannot be read ({error})"))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(256 << 20);
    reader.limits(limits);
    reader
        .decode()
        .map_err(|error| format!("its image cannot be decoded ({error})"))
}

#[cfg(test)]
mod tests;
