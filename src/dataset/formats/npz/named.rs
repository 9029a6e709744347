//! Headers of `.npy` files, and the labels that such a file holds.

use std::borrow::Cow;
use std::io::{Read, Seek};
use std::path::Path;

use npyz::{DType, NpyHeader, Order};
use zip::ZipArchive;

use crate::dataset::Result;
use crate::dataset::archive::malformed;
use crate::dataset::array::{Array, Element, Kind};
use crate::dataset::labels::{Labels, Values};
use crate::dataset::memory::Budget;

/// Longest header of an array; NumPy's own stay below 200 bytes.
const HEADER: usize = 1024;

/// What a `.npy` file says of its contents.
pub(super) struct Header {
    /// Bytes before the contents.
    length: usize,
    shape: Vec<usize>,
    /// NumPy's code of the elements, such as `<i8`; empty of records and objects.
    code: String,
    fortran: bool,
}

impl Header {
    /// Reads the beginning of a `.npy` file.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let length = header_length(bytes)
            .filter(|&length| length <= HEADER && length <= bytes.len())
            .ok_or("it does not begin like a NumPy array: it is damaged")?;
        let text = &bytes[..length];
        let brackets = |byte: &&u8| matches!(**byte, b'(' | b'[' | b'{');
        if text.iter().filter(brackets).count() > 4 {
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
        let header = NpyHeader::from_reader(text)
            .map_err(|error| format!("its header is damaged ({error})"))?;
        let shape: Option<Vec<usize>> = header
            .shape()
            .iter()
            .map(|&side| usize::try_from(side).ok())
            .collect();
        let shape = shape.ok_or("its shape exceeds this machine's memory")?;
        let code = match header.dtype() {
            DType::Plain(code) => code.to_string(),
            _ => String::new(),
        };
        Ok(Self {
            length,
            shape,
            code,
            fortran: header.order() == Order::Fortran,
        })
    }

    /// The numbers behind the header.
    ///
    /// # Errors
    /// A sentence, where it holds something else.
    pub(super) fn numbers(self, mut bytes: Vec<u8>) -> Result<Array<'static>, String> {
        let element = Element::parse(&self.code).ok_or("it is no array of plain numbers")?;
        bytes.drain(..self.length);
        Array::new(self.shape, element, self.fortran, Cow::Owned(bytes))
    }

    /// The letter of the code and what follows it: `i8` of `<i8`.
    fn kind(&self) -> &str {
        self.code.trim_start_matches(['<', '>', '|', '='])
    }

    /// The texts behind the header, of types `S` (bytes) and `U` (four bytes a character).
    fn texts(&self, bytes: &[u8]) -> Result<Vec<String>, String> {
        let (unicode, length) = match self.kind().split_at_checked(1) {
            Some(("U", length)) => (true, length),
            Some(("S", length)) => (false, length),
            _ => return Err("it is no array of text".to_owned()),
        };
        let length: usize = length.parse().map_err(|_| "it is no array of text")?;
        let size = length.saturating_mul(if unicode { 4 } else { 1 });
        let count = self
            .shape
            .iter()
            .try_fold(1_usize, |product, &side| product.checked_mul(side));
        let body = &bytes[self.length..];
        if count.and_then(|count| count.checked_mul(size)) != Some(body.len()) || size == 0 {
            return Err(format!(
                "an array of shape {:?} and type {} holds {} bytes, which do not fit: the file is damaged",
                self.shape,
                self.code,
                body.len()
            ));
        }
        let big = self.code.starts_with('>');
        let character = |bytes: &[u8]| {
            let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
            let number = if big {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            };
            char::from_u32(number)
        };
        let text = |(record, bytes): (usize, &[u8])| {
            let text: Option<String> = if unicode {
                bytes.chunks_exact(4).map(character).collect()
            } else {
                String::from_utf8(bytes.to_vec()).ok()
            };
            text.map(|text| text.trim_end_matches('\0').to_owned())
                .ok_or_else(|| {
                    format!("record {record} (counted from 0) is no text: write it in UTF-8")
                })
        };
        body.chunks_exact(size).enumerate().map(text).collect()
    }
}

/// Bytes before the contents.
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

/// Labels, and what must be said of them.
pub(super) struct Found {
    pub(super) labels: Labels,
    pub(super) note: Option<String>,
}

/// The labels of a part; none where it has no such array.
pub(super) fn labels<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &Path,
    part: &str,
    memory: &Budget,
) -> Result<Option<Found>> {
    let name = format!("{part}_labels");
    let Some(bytes) = super::find_member(archive, path, &name, memory)? else {
        return Ok(None);
    };
    let place = path.join(name);
    let (values, note) = values(bytes).map_err(|problem| malformed(&place, problem))?;
    Ok(Some(Found {
        labels: Labels::of_file(&place, values),
        note,
    }))
}

/// The labels in a `.npy` file.
fn values(bytes: Vec<u8>) -> Result<(Values, Option<String>), String> {
    let header = Header::parse(&bytes)?;
    let wide = header.shape.iter().filter(|&&side| side != 1).count() > 1;
    if matches!(header.kind().as_bytes().first(), Some(b'U' | b'S')) {
        if wide {
            return Err(several(&header.shape));
        }
        let texts = header.texts(&bytes)?;
        return Ok((Values::Text(texts.into_iter().map(Some).collect()), None));
    }
    if header.kind().starts_with('O') || header.code.is_empty() {
        return Err("it holds Python objects, which are never run: save its labels as whole numbers or text, such as labels.astype(str)".to_owned());
    }
    let truth = header.kind() == "b1";
    let array = header.numbers(bytes)?;
    if wide || array.shape().len() == 2 && array.shape()[1] > 1 {
        return one_hot(&array);
    }
    if array.element().kind == Kind::Float {
        let numbers = array.fractions().unwrap_or_default();
        let values = Values::fractions(&numbers).map_err(|(record, number)| {
            format!("record {record} (counted from 0) has label {number}, which is no class: labels are whole numbers or text")
        })?;
        return Ok((values, None));
    }
    let numbers = array
        .integers()
        .ok_or("it holds whole numbers above 9223372036854775807, which are no classes")?;
    if truth {
        let truths = numbers.into_iter().map(|number| Some(number != 0));
        return Ok((Values::Truth(truths.collect()), None));
    }
    Ok((Values::whole(numbers), None))
}

/// The labels of rows of which each holds a single 1, and 0 elsewhere.
fn one_hot(array: &Array<'_>) -> Result<(Values, Option<String>), String> {
    let &[_, columns] = array.shape() else {
        return Err(several(array.shape()));
    };
    let numbers = array.fractions().ok_or_else(|| several(array.shape()))?;
    let is = |number: &f64, wanted: f64| number.total_cmp(&wanted).is_eq();
    let class = |row: &[f64]| {
        let place = row.iter().position(|number| is(number, 1.0))?;
        let others = row
            .iter()
            .filter(|number| is(number, 0.0) || is(number, -0.0));
        (others.count() + 1 == columns).then_some(place as i64)
    };
    let classes: Option<Vec<i64>> = numbers.chunks_exact(columns).map(class).collect();
    let classes = classes.ok_or_else(|| several(array.shape()))?;
    let note =
        format!("its labels are rows of {columns} numbers, of which the only 1 marks the class");
    Ok((Values::whole(classes), Some(note)))
}

fn several(shape: &[usize]) -> String {
    format!(
        "it has shape {shape:?} and its rows are not one-hot (a single 1, else 0), where one label per image belongs: several labels per image are not supported"
    )
}
