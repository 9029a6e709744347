//! Zipped NumPy arrays in MedMNIST's layout: `train_images` (N, H, W or N, H, W, 3; uint8),
//! `train_labels` (N or N, 1), `test_images`, `test_labels`, and optionally `val_images`, `val_labels`.
//!
//! Labels are whole numbers (of any type, floating point included), truth values, text, or one-hot
//! rows. Validation images stand in for test images that are missing or have no labels, and are left
//! out otherwise, so that no published split is mixed with another.

mod format;
pub mod fuzz;

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use rayon::prelude::*;
use zip::ZipArchive;

pub(super) use self::format::Npz;
use crate::dataset::archive::{find_in_zip, malformed, open, open_zip, read_zip_member};
use crate::dataset::array::Array;
use crate::dataset::images::write_planes;
use crate::dataset::labels::{self, Known, Labels};
use crate::dataset::memory::Budget;
use crate::dataset::{Dataset, Loading, Progress, Result, Shape};

mod named;

use named::Header;

/// How many times its packed size an array may unpack to, beyond [`FLOOR`]: real images stay far below.
const RATIO: u64 = 250;
/// Bytes that any array may unpack to.
const FLOOR: u64 = 16 << 20;

/// Reads `name.npy` out of an opened `.npz`.
///
/// # Errors
/// [`crate::dataset::DatasetError`] if it is missing, damaged, no array of numbers, or unpacks to more than images can.
pub(super) fn read_array<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    name: &str,
    memory: &Budget,
) -> Result<Array<'static>> {
    find_array(archive, path, name, memory)?.ok_or_else(|| {
        malformed!(
            path,
            "it has no array '{name}': it is another dataset's file, or damaged"
        )
    })
}

fn find_array<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    name: &str,
    memory: &Budget,
) -> Result<Option<Array<'static>>> {
    let Some(bytes) = find_member(archive, path, name, memory)? else {
        return Ok(None);
    };
    parse(bytes)
        .map(Some)
        .map_err(|problem| malformed(&path.join(format!("{name}.npy")), problem))
}

/// The bytes of `name.npy`, unpacked.
fn find_member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    name: &str,
    memory: &Budget,
) -> Result<Option<Vec<u8>>> {
    let member = format!("{name}.npy");
    let Some(place) = find_in_zip(archive, &member) else {
        return Ok(None);
    };
    let path = path.join(member);
    let (packed, size) = archive
        .by_index_raw(place)
        .map(|member| (member.compressed_size(), member.size()))
        .map_err(|error| malformed!(&path, "it cannot be read ({error})"))?;
    let limit = packed.saturating_mul(RATIO).saturating_add(FLOOR);
    memory.fits(size.min(limit), &path)?;
    read_zip_member(archive, place, &path, limit).map(Some)
}

/// Splits a `.npy` file into header and numbers.
pub(super) fn parse(bytes: Vec<u8>) -> Result<Array<'static>, String> {
    let header = Header::parse(&bytes)?;
    header.numbers(bytes)
}

/// Reads a file in MedMNIST's layout; `split_test` names the part to test with, if it is not `test`;
/// `progress` receives how many images of how many are read.
///
/// # Errors
/// [`crate::dataset::DatasetError`] with the file and array, and the record where one is to blame.
pub fn read(
    path: &Path,
    split_test: Option<&str>,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    if path.is_dir() {
        return Err(malformed(path, "it is a folder: name the .npz file in it"));
    }
    let reader = BufReader::with_capacity(1 << 20, open(path)?);
    read_from(reader, path, split_test, memory, progress)
}

/// Reads what [`read`] reads; `path` names it in messages.
pub(super) fn read_from(
    reader: impl Read + Seek,
    path: &Path,
    split_test: Option<&str>,
    memory: &Budget,
    progress: Progress<'_>,
) -> Result<Dataset> {
    let mut archive = open_zip(reader, path)?;
    let train = named::labels(&mut archive, path, "train", memory)?
        .filter(|_| has_images(&mut archive, "train"));
    let train = train.ok_or_else(|| {
        malformed(
            path,
            "it has no arrays 'train_images' and 'train_labels', which MedMNIST's layout needs",
        )
    })?;
    let mut notes = train.note.iter().cloned().collect();
    let (part, held_out) = held_out(
        &mut archive,
        path,
        split_test,
        &train.labels,
        memory,
        &mut notes,
    )?;
    let known = Known {
        remedy: "an .npz file needs an array of labels that says which class each image belongs to"
            .to_owned(),
        ..Known::default()
    };
    let (shape, pixels) = read_images(&mut archive, path, "train", &train.labels, memory)?;
    let images = train.labels.values.len();
    progress(Loading::Images(images, images));
    let (test_shape, test_pixels) = read_images(&mut archive, path, &part, &held_out, memory)?;
    let all = images + held_out.values.len();
    progress(Loading::Images(all, all));
    if shape != test_shape {
        return Err(malformed!(
            path,
            "its training images are {shape}, its test images {test_shape}: they must be alike"
        ));
    }
    let mut classes = labels::classes(&train.labels, &held_out, &known)?;
    classes.notes.splice(..0, notes);
    let name = format!("npz:{}", path.display());
    Ok(classes.dataset(name, shape, [pixels, test_pixels]))
}

fn has_images<R: Read + Seek>(archive: &mut ZipArchive<R>, part: &str) -> bool {
    find_in_zip(archive, &format!("{part}_images.npy")).is_some()
}

/// The part to test with, and its labels: the one that was asked for, `test`, or `val` where `test`
/// is missing or has no labels, of which a note tells.
fn held_out<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    asked: Option<&str>,
    train: &Labels,
    memory: &Budget,
    notes: &mut Vec<String>,
) -> Result<(String, Labels)> {
    let mut labelled = |part: &str, notes: &mut Vec<String>| -> Result<Option<Labels>> {
        if !has_images(archive, part) {
            return Ok(None);
        }
        let found = named::labels(archive, path, part, memory)?;
        let found = found.filter(|found| !labels::are_missing(&found.labels.values, &train.values));
        Ok(found.map(|found| {
            notes.extend(found.note.filter(|note| !notes.contains(note)));
            found.labels
        }))
    };
    if let Some(part) = asked {
        if part == "train" {
            return Err(malformed(
                path,
                "its training images cannot be tested with as well: name another part by --split-test",
            ));
        }
        return match labelled(part, notes)? {
            Some(labels) => Ok((part.to_owned(), labels)),
            None => Err(malformed!(
                path,
                "it has no arrays '{part}_images' and '{part}_labels' with labels to test with: name another part by --split-test"
            )),
        };
    }
    if let Some(labels) = labelled("test", notes)? {
        return Ok(("test".to_owned(), labels));
    }
    let validation = labelled("val", notes)?;
    let there = has_images(archive, "test");
    match (validation, there) {
        (Some(labels), there) => {
            let why = if there {
                "its test images have no labels"
            } else {
                "it has no test images"
            };
            notes.push(format!(
                "{why}, so its validation images (val_images) are tested with"
            ));
            Ok(("val".to_owned(), labels))
        }
        (None, true) => Err(malformed(
            path,
            "its test images have no labels, and there are no labelled validation images (val_images, val_labels) to test with: name a labelled part by --split-test NAME (NAME_images, NAME_labels)",
        )),
        (None, false) => Err(malformed(
            path,
            "it has neither 'test_images' nor 'val_images' to test with: name another part by --split-test NAME (NAME_images, NAME_labels)",
        )),
    }
}

/// The images of a part, as many as it has labels.
fn read_images<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    part: &str,
    labels: &Labels,
    memory: &Budget,
) -> Result<(Shape, Vec<u8>)> {
    let images = format!("{part}_images");
    let array = read_array(archive, path, &images, memory)?;
    let bytes = array.shape().iter().product::<usize>() * array.element().bytes;
    memory.claim(bytes as u64, &path.join(&images))?;
    let images = path.join(images);
    if array.is_turned() {
        memory.fits(bytes as u64, &images)?;
    }
    let shape = match *array.shape() {
        [_, height, width] | [_, height, width, 1] => Shape::new(1, height, width),
        [_, height, width, 3] => Shape::new(3, height, width),
        ref other => {
            return Err(malformed!(
                &images,
                "it has shape {other:?}, where images are N,H,W or N,H,W,3"
            ));
        }
    };
    let count = array.shape()[0];
    if count == 0 || shape.bytes() == 0 {
        return Err(malformed(&images, "it holds no images"));
    }
    if labels.values.len() != count {
        return Err(malformed!(
            &path.join(format!("{part}_labels")),
            "it holds {} labels for {count} images: the file is damaged",
            labels.values.len()
        ));
    }
    let element = array.element();
    let mut pixels = array
        .into_bytes()
        .ok_or_else(|| malformed!(&images, "it holds {element} where uint8 pixels belong"))?
        .into_owned();
    if shape.channels == 3 {
        planes(&mut pixels, shape);
    }
    Ok((shape, pixels))
}

/// Turns every image from pixel after pixel into plane after plane, in place.
fn planes(pixels: &mut [u8], shape: Shape) {
    pixels
        .par_chunks_mut(shape.bytes())
        .for_each_init(Vec::new, |scratch, image| {
            scratch.clear();
            scratch.extend_from_slice(image);
            write_planes(scratch, shape.channels, image);
        });
}

#[cfg(test)]
mod tests;
