//! Hugging Face copies of image datasets: parquet files with an image and a label column.
//!
//! The image is a struct with encoded `bytes` (and a `path`, which is ignored) or a column of bytes;
//! the label is a column that says so by its name or by its metadata, of whole numbers, text or truth
//! values; splits are known by file or folder names (`data/train-00000-of-00001.parquet`, `test-…`,
//! `validation-…`), class names by the metadata that the files carry, `README.md` or
//! `dataset_infos.json`; classes are numbers where none names them.

mod classes;
mod columns;
mod decode;
mod files;
pub mod fuzz;
mod held_out;
mod labels;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use parquet::data_type::ByteArray;
use parquet::file::reader::{FileReader, SerializedFileReader};
use rayon::prelude::*;

use self::columns::{Columns, Rows};
use self::decode::Problem;
pub use self::files::{Files, find};
use crate::dataset::archive::{malformed, open};
use crate::dataset::encoded::{decode, is_deep};
use crate::dataset::labels::Known;
use crate::dataset::memory::{Budget, reserve};
use crate::dataset::{Dataset, DatasetError, LoadOptions, Loading, Progress, Result, Shape};

/// Most rows that are decoded together.
const BATCH: usize = 2048;
/// Bytes of pixels that are decoded together, if one image has no more.
const DECODED: usize = 64 << 20;

/// The files that the copy in `folder` is read from, descriptions among them, there or not.
///
/// # Errors
/// As [`find`].
pub fn files(folder: &Path, split_test: Option<&str>) -> Result<Vec<PathBuf>> {
    let Files { train, held_out } = find(folder, split_test)?;
    let held_out = held_out.into_iter().flat_map(|part| part.files);
    let descriptions = classes::descriptions(folder);
    Ok(train
        .into_iter()
        .chain(held_out)
        .chain(descriptions)
        .collect())
}

/// Reads the copy in `folder`; `progress` receives how many images of how many are read.
///
/// Labels are read first, so that it is known which images are tested with. `fixed` is the number of
/// classes of a published dataset, whose labels keep their numbers.
///
/// # Errors
/// [`DatasetError`] with the file, and the record where one is to blame.
pub fn read(
    folder: &Path,
    options: &LoadOptions,
    fixed: Option<usize>,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    let Files { train, held_out } = find(folder, options.split_test.as_deref())?;
    let column = labels::choose(folder, &train[0], options.label.as_deref())?;
    let train_labels = labels::read(&train, &column.name)?;
    let chosen = held_out::choose(folder, held_out, &column.name, &train_labels.values)?;
    let known = Known {
        names: column.classes,
        fixed,
        remedy: format!(
            "the column '{}' tells images apart, not classes; name another by --label COLUMN (its columns are {})",
            column.name, column.others
        ),
    };
    let mut classes = crate::dataset::labels::classes(&train_labels, &chosen.labels, &known)?;
    let parts = [Part::all(&train)?, Part::all(&chosen.files)?];
    let total = parts.iter().flatten().map(|part| part.rows).sum();
    let begin = || Pass::new(options.resize, total, memory, progress);
    let mut pass = begin();
    let [train, test] = match pass.both(&parts) {
        Err(Stop::Colour) => {
            memory.reset();
            pass = begin();
            pass.colour = true;
            pass.both(&parts)
        }
        other => other,
    }
    .map_err(|stop| stop.into_error(folder))?;
    let shape = pass
        .shape
        .ok_or_else(|| malformed(folder, "it holds no images"))?;
    let notes = [column.note, chosen.note].into_iter().flatten();
    let deep = crate::dataset::skipped::deep(pass.deep.into_inner(), pass.done);
    classes.notes.splice(..0, deep.into_iter().chain(notes));
    let name = format!("hf:{}", folder.display());
    Ok(classes.dataset(name, shape, [train, test]))
}

fn open_file(path: &Path) -> Result<SerializedFileReader<std::fs::File>> {
    SerializedFileReader::new(open(path)?).map_err(|error| {
        malformed!(
            path,
            "it is no readable parquet file ({error}): fetch it again"
        )
    })
}

/// One file, with what it announces.
struct Part<'a> {
    path: &'a Path,
    rows: usize,
    bytes: u64,
}

impl<'a> Part<'a> {
    fn all(paths: &'a [PathBuf]) -> Result<Vec<Self>> {
        let part = |path: &'a PathBuf| {
            let rows = open_file(path)?.metadata().file_metadata().num_rows();
            let rows = usize::try_from(rows).map_err(|_| {
                malformed(
                    path,
                    "it announces a negative number of rows: it is damaged",
                )
            })?;
            let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            Ok(Self { path, rows, bytes })
        };
        paths.iter().map(part).collect()
    }
}

/// Why a pass over the files ends early.
pub(super) enum Stop {
    /// Grey images came first, and now one with colour: start again in colour.
    Colour,
    Error(DatasetError),
}

impl Stop {
    fn into_error(self, folder: &Path) -> DatasetError {
        match self {
            Self::Colour => malformed(folder, "it mixes grey and colour images"),
            Self::Error(error) => error,
        }
    }
}

impl From<DatasetError> for Stop {
    fn from(error: DatasetError) -> Self {
        Self::Error(error)
    }
}

/// One pass over all files.
pub(super) struct Pass<'a> {
    resize: Option<[usize; 2]>,
    pub(super) shape: Option<Shape>,
    colour: bool,
    /// Images of more than 8 bits a channel so far.
    deep: AtomicUsize,
    done: usize,
    total: usize,
    memory: &'a Budget,
    progress: Progress<'a>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        resize: Option<[usize; 2]>,
        total: usize,
        memory: &'a Budget,
        progress: Progress<'a>,
    ) -> Self {
        Self {
            resize,
            shape: None,
            colour: false,
            deep: AtomicUsize::new(0),
            done: 0,
            total,
            memory,
            progress,
        }
    }

    fn both(&mut self, [train, test]: &[Vec<Part<'_>>; 2]) -> Result<[Vec<u8>; 2], Stop> {
        Ok([self.split(train)?, self.split(test)?])
    }

    /// Reads the pixels of a split; the `parquet` crate panics on some damaged pages, which is an error here.
    /// Space for as many images as its files announce is reserved.
    fn split(&mut self, parts: &[Part<'_>]) -> Result<Vec<u8>, Stop> {
        let mut pixels = Vec::new();
        let rows: usize = parts.iter().map(|part| part.rows).sum();
        for part in parts {
            let reader = open_file(part.path)?;
            let read = || self.file(&reader, part.path, part.bytes, rows, &mut pixels);
            catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
                let problem = "its pages are damaged: fetch it again";
                Err(malformed(part.path, problem).into())
            })?;
        }
        if pixels.is_empty() {
            return Err(malformed(parts[0].path, "it holds no images").into());
        }
        Ok(pixels)
    }

    /// Appends the images of a file of `size` bytes to `pixels` and says how many these are; empty
    /// ones reserve space for `rows` images.
    pub(super) fn file(
        &mut self,
        reader: &dyn FileReader,
        path: &Path,
        size: u64,
        rows: usize,
        pixels: &mut Vec<u8>,
    ) -> Result<usize, Stop> {
        let damaged = |problem: String| Stop::Error(malformed(path, problem));
        let columns = Columns::choose(reader).map_err(damaged)?;
        columns::check(reader, size, columns.image).map_err(damaged)?;
        self.memory.fits(columns.largest(reader), path)?;
        let mut record = 0;
        for group in 0..reader.num_row_groups() {
            let mut records = Rows::open(reader, group, &columns).map_err(damaged)?;
            loop {
                let images = records.next(BATCH, record).map_err(damaged)?;
                if images.is_empty() {
                    break;
                }
                let shape = match self.shape {
                    Some(shape) => shape,
                    None => self.shape_by(path, record, images[0].data())?,
                };
                if pixels.is_empty() {
                    let bytes = rows.saturating_mul(shape.bytes());
                    self.memory.claim(bytes as u64, path)?;
                    reserve(pixels, bytes, path)?;
                }
                for images in images.chunks((DECODED / shape.bytes()).max(1)) {
                    self.images(path, record, images, shape, pixels)?;
                    record += images.len();
                    self.done += images.len();
                    (self.progress)(Loading::Images(self.done, self.total));
                }
            }
        }
        Ok(record)
    }

    fn shape_by(&mut self, path: &Path, record: usize, bytes: &[u8]) -> Result<Shape> {
        let image = decode(bytes)
            .map_err(|problem| wrong(path, record, &format!("its image is refused: {problem}")))?;
        let shape = decode::shape_of(&image, self.resize, self.colour);
        if shape.bytes() == 0 {
            return Err(wrong(path, record, "its image has no pixels"));
        }
        self.shape = Some(shape);
        Ok(shape)
    }

    fn images(
        &self,
        path: &Path,
        record: usize,
        images: &[ByteArray],
        shape: Shape,
        pixels: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let start = pixels.len();
        reserve(pixels, images.len() * shape.bytes(), path)?;
        pixels.resize(start + images.len() * shape.bytes(), 0);
        let resize = self.resize.is_some();
        pixels[start..]
            .par_chunks_mut(shape.bytes())
            .zip(images)
            .enumerate()
            .try_for_each(|(offset, (place, bytes))| {
                let stored = decode(bytes.data())
                    .map_err(|problem| {
                        Problem::Sentence(format!("its image is refused: {problem}"))
                    })
                    .and_then(|image| {
                        if is_deep(image.color()) {
                            self.deep.fetch_add(1, Ordering::Relaxed);
                        }
                        decode::store(image, shape, resize, place)
                    });
                stored.map_err(|problem| match problem {
                    Problem::Colour => Stop::Colour,
                    Problem::Sentence(sentence) => wrong(path, record + offset, &sentence).into(),
                })
            })
    }
}

fn wrong(path: &Path, record: usize, problem: &str) -> DatasetError {
    malformed!(path, "record {record} (counted from 0): {problem}")
}

#[cfg(test)]
mod tests;
