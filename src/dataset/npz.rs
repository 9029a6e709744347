//! Zipped NumPy arrays in MedMNIST's layout: `train_images` (N, H, W or N, H, W, 3; uint8),
//! `train_labels` (N or N, 1), `test_images`, `test_labels`, and optionally `val_images`, `val_labels`.
//!
//! Validation images stand in for a missing test set, and are left out otherwise, so that no
//! published split is mixed with another.

use std::borrow::Cow;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use npyz::{DType, NpyHeader, Order};
use rayon::prelude::*;
use zip::ZipArchive;

use super::archive::{find_in_zip, malformed, open, open_zip, read_zip_member};
use super::array::{Array, Element};
use super::memory::Budget;
use super::{Dataset, Error, Shape, Split};

/// How many times its packed size an array may unpack to, beyond [`FLOOR`]: real images stay far below.
const RATIO: u64 = 250;
/// Bytes that any array may unpack to.
const FLOOR: u64 = 16 << 20;
/// Longest header of an array of numbers; NumPy's own stay below 200 bytes.
const HEADER: usize = 1024;

/// Reads `name.npy` out of an opened `.npz`.
///
/// # Errors
/// [`Error`] if it is missing, damaged, no array of numbers, or unpacks to more than images can.
pub(super) fn read_array<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    name: &str,
    memory: &Budget,
) -> Result<Array<'static>, Error> {
    find_array(archive, path, name, memory)?.ok_or_else(|| {
        malformed(
            path,
            format!("it has no array '{name}': it is another dataset's file, or damaged"),
        )
    })
}

fn find_array<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    name: &str,
    memory: &Budget,
) -> Result<Option<Array<'static>>, Error> {
    let member = format!("{name}.npy");
    let Some(place) = find_in_zip(archive, &member) else {
        return Ok(None);
    };
    let path = path.join(member);
    let (packed, size) = archive
        .by_index_raw(place)
        .map(|member| (member.compressed_size(), member.size()))
        .map_err(|error| malformed(&path, format!("it cannot be read ({error})")))?;
    let limit = packed.saturating_mul(RATIO).saturating_add(FLOOR);
    memory.fits(size.min(limit), &path)?;
    let bytes = read_zip_member(archive, place, &path, limit)?;
    parse(bytes)
        .map(Some)
        .map_err(|problem| malformed(&path, problem))
}

/// Splits a `.npy` file into header and numbers.
pub(super) fn parse(mut bytes: Vec<u8>) -> Result<Array<'static>, String> {
    let length = header_length(&bytes)
        .filter(|&length| length <= HEADER && length <= bytes.len())
        .ok_or("it does not begin like a NumPy array: it is damaged")?;
    let text = &bytes[..length];
    if text
        .iter()
        .filter(|&&byte| matches!(byte, b'(' | b'[' | b'{'))
        .count()
        > 4
    {
        return Err("it is no array of plain numbers".to_owned());
    }
    let product = text
        .split(|byte| !byte.is_ascii_digit())
        .filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .try_fold(1_u64, |product, number: u64| {
            product.checked_mul(number.max(1))
        });
    if product.is_none() {
        return Err("its shape exceeds this machine's memory".to_owned());
    }
    let header =
        NpyHeader::from_reader(text).map_err(|error| format!("its header is damaged ({error})"))?;
    let element = match header.dtype() {
        DType::Plain(code) => Element::parse(&code.to_string()),
        _ => None,
    };
    let element = element.ok_or("it is no array of plain numbers")?;
    let shape: Option<Vec<usize>> = header
        .shape()
        .iter()
        .map(|&side| usize::try_from(side).ok())
        .collect();
    let shape = shape.ok_or("its shape exceeds this machine's memory")?;
    let fortran = header.order() == Order::Fortran;
    bytes.drain(..length);
    Array::new(shape, element, fortran, Cow::Owned(bytes))
}

/// Bytes before the numbers.
fn header_length(bytes: &[u8]) -> Option<usize> {
    let length = |range: std::ops::Range<usize>| -> Option<usize> {
        Some(
            bytes
                .get(range)?
                .iter()
                .rev()
                .fold(0, |value, byte| (value << 8) | usize::from(*byte)),
        )
    };
    if !bytes.starts_with(b"\x93NUMPY") {
        return None;
    }
    match bytes.get(6)? {
        1 => Some(10 + length(8..10)?),
        2 | 3 => Some(12 + length(8..12)?),
        _ => None,
    }
}

/// Reads a file in MedMNIST's layout; `progress` hears how many images of how many are read.
///
/// # Errors
/// [`Error`] with the file and array, and the record where one is to blame.
pub fn read(
    path: &Path,
    memory: &Budget,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    if path.is_dir() {
        return Err(malformed(
            path,
            "it is a folder: name the .npz file that lies in it",
        ));
    }
    let reader = BufReader::with_capacity(1 << 20, open(path)?);
    read_from(reader, path, memory, progress)
}

/// Reads what [`read`] reads; `path` names it in messages.
pub(super) fn read_from(
    reader: impl Read + Seek,
    path: &Path,
    memory: &Budget,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let mut archive = open_zip(reader, path)?;
    let (shape, train) = read_split(&mut archive, path, "train", memory)?.ok_or_else(|| {
        malformed(
            path,
            "it has no arrays 'train_images' and 'train_labels', which MedMNIST's layout needs",
        )
    })?;
    progress(train.len(), train.len());
    let held_out = match read_split(&mut archive, path, "test", memory)? {
        Some(split) => Some(split),
        None => read_split(&mut archive, path, "val", memory)?,
    };
    let (test_shape, test) = held_out.ok_or_else(|| {
        malformed(
            path,
            "it has neither 'test_images' nor 'val_images' to test with",
        )
    })?;
    progress(train.len() + test.len(), train.len() + test.len());
    if shape != test_shape {
        return Err(malformed(
            path,
            format!(
                "its training images are {shape}, its test images {test_shape}: they must be alike"
            ),
        ));
    }
    let classes = train
        .labels
        .iter()
        .chain(&test.labels)
        .max()
        .map_or(0, |&label| label + 1);
    Ok(Dataset {
        name: format!("npz:{}", path.display()),
        notes: Vec::new(),
        shape,
        skipped: Vec::new(),
        class_names: (0..classes).map(|class| class.to_string()).collect(),
        train,
        test,
        flip_keeps_class: true,
    })
}

/// Most classes that labels may name.
const CLASSES: i64 = 65_536;

fn read_split<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    part: &str,
    memory: &Budget,
) -> Result<Option<(Shape, Split)>, Error> {
    let (images, labels) = (format!("{part}_images"), format!("{part}_labels"));
    let Some(array) = find_array(archive, path, &images, memory)? else {
        return Ok(None);
    };
    let bytes = array.shape().iter().product::<usize>() * array.element().bytes;
    memory.keep(bytes as u64, &path.join(&images))?;
    let names = read_array(archive, path, &labels, memory)?;
    let images = path.join(images);
    if array.is_turned() {
        memory.fits(bytes as u64, &images)?;
    }
    let shape = match *array.shape() {
        [_, height, width] | [_, height, width, 1] => Shape {
            channels: 1,
            height,
            width,
        },
        [_, height, width, 3] => Shape {
            channels: 3,
            height,
            width,
        },
        ref other => {
            return Err(malformed(
                &images,
                format!("it has shape {other:?}, where images are N,H,W or N,H,W,3"),
            ));
        }
    };
    let count = array.shape()[0];
    if count == 0 || shape.bytes() == 0 {
        return Err(malformed(&images, "it holds no images"));
    }
    let element = array.element();
    let mut pixels = array
        .into_bytes()
        .ok_or_else(|| {
            malformed(
                &images,
                format!("it holds {element} where uint8 pixels belong"),
            )
        })?
        .into_owned();
    let labels = path.join(labels);
    let numbers = names.integers().ok_or_else(|| {
        malformed(
            &labels,
            format!(
                "it has shape {:?} and type {}, where one integer per image belongs (several labels per image are not supported)",
                names.shape(),
                names.element()
            ),
        )
    })?;
    if numbers.len() != count {
        return Err(malformed(
            &labels,
            format!(
                "it holds {} labels for {count} images: the file is damaged",
                numbers.len()
            ),
        ));
    }
    let labels = super::parts::labels(&labels, numbers, 0, CLASSES as usize)?;
    if shape.channels == 3 {
        planes(&mut pixels, shape);
    }
    Ok(Some((shape, Split { pixels, labels })))
}

/// Turns every image from pixel after pixel into plane after plane, in place.
fn planes(pixels: &mut [u8], shape: Shape) {
    pixels
        .par_chunks_mut(shape.bytes())
        .for_each_init(Vec::new, |scratch, image| {
            scratch.clear();
            scratch.extend_from_slice(image);
            for (channel, plane) in image.chunks_exact_mut(shape.area()).enumerate() {
                for (value, pixel) in plane.iter_mut().zip(scratch.chunks_exact(shape.channels)) {
                    *value = pixel[channel];
                }
            }
        });
}

#[cfg(test)]
mod tests;
