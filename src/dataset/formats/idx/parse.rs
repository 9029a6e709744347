//! From the bytes of one IDX file to images or labels.

use std::io::{self, Read};

use crate::dataset::{DatasetError, Result};

/// Magic number of a file of images: unsigned bytes in three dimensions.
pub const IMAGES_MAGIC: u32 = 0x0803;

/// Magic number of a file of labels: unsigned bytes in one dimension.
pub const LABELS_MAGIC: u32 = 0x0801;

/// Magic number of a file of labels with further columns, as QMNIST has it: 32-bit integers in two dimensions.
pub const CODES_MAGIC: u32 = 0x0c02;

/// Images of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
    /// Image after image, row after row.
    pub pixels: Vec<u8>,
}

/// What is wrong with the bytes of a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The reader failed; a cut-off gzip file ends here too.
    #[error("{}", read_failure(.0))]
    Read(#[from] io::Error),
    /// What it announces does not fit into memory.
    #[error("{0}")]
    Memory(Box<DatasetError>),
    /// The file is of another kind.
    #[error("its magic number is {found:#010x}, not {expected:#010x}: it is no IDX file of {kind}")]
    Magic {
        /// What it begins with.
        found: u32,
        /// What it should begin with.
        expected: u32,
        /// Images or labels.
        kind: &'static str,
    },
    /// Its sizes multiply to more than can be addressed.
    #[error(
        "its header claims {count} images of {height}x{width}, which is more than memory can hold"
    )]
    Huge {
        /// Images claimed.
        count: usize,
        /// Rows claimed.
        height: usize,
        /// Columns claimed.
        width: usize,
    },
    /// Labels of no columns, or of more than memory can hold.
    #[error("its header claims {count} rows of {columns} numbers, which are no labels")]
    Rows {
        /// Rows claimed.
        count: usize,
        /// Columns claimed.
        columns: usize,
    },
    /// Images without pixels.
    #[error("its header claims images of {height}x{width}, which have no pixels")]
    Flat {
        /// Rows claimed.
        height: usize,
        /// Columns claimed.
        width: usize,
    },
    /// It ends too early.
    #[error("it is cut off: {expected} bytes were announced, {found} are there; fetch it again")]
    Truncated {
        /// Bytes that its header announces.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// It has bytes after its end.
    #[error("it has bytes after the {expected} that its header announces; fetch it again")]
    Trailing {
        /// Bytes that its header announces.
        expected: usize,
    },
}

fn read_failure(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "it is cut off; fetch it again".to_owned()
    } else {
        format!("it cannot be read ({error}); fetch it again")
    }
}

/// Reads a file of images from decompressed bytes.
///
/// # Errors
/// [`Problem`] where the bytes are not the layout's; memory grows with the bytes that come, not with those announced.
pub fn parse_images(reader: impl Read) -> Result<Images, Problem> {
    parse_images_into(reader, &|_| Ok(Vec::new()))
}

/// Gives a buffer for so many bytes, or refuses them.
pub(super) type Allocate<'a> = dyn Fn(usize) -> Result<Vec<u8>> + 'a;

/// As [`parse_images`], into a buffer that `allocate` gives for the bytes that the file announces.
pub(super) fn parse_images_into(
    mut reader: impl Read,
    allocate: &Allocate<'_>,
) -> Result<Images, Problem> {
    let found = read_u32(&mut reader)?;
    if found != IMAGES_MAGIC {
        return Err(Problem::Magic {
            found,
            expected: IMAGES_MAGIC,
            kind: "images",
        });
    }
    let count = read_u32(&mut reader)? as usize;
    let height = read_u32(&mut reader)? as usize;
    let width = read_u32(&mut reader)? as usize;
    if height == 0 || width == 0 {
        return Err(Problem::Flat { height, width });
    }
    let length = count
        .checked_mul(height)
        .and_then(|rows| rows.checked_mul(width))
        .ok_or(Problem::Huge {
            count,
            height,
            width,
        })?;
    Ok(Images {
        count,
        height,
        width,
        pixels: read_body(reader, length, allocate)?,
    })
}

/// Reads a file of labels from decompressed bytes; of several columns the first.
///
/// # Errors
/// As [`parse_images`].
pub fn parse_labels(reader: impl Read) -> Result<Vec<i64>, Problem> {
    parse_labels_into(reader, &|_| Ok(Vec::new()))
}

/// As [`parse_labels`], into a buffer that `allocate` gives for the bytes that the file announces.
pub(super) fn parse_labels_into(
    mut reader: impl Read,
    allocate: &Allocate<'_>,
) -> Result<Vec<i64>, Problem> {
    let found = read_u32(&mut reader)?;
    if found == LABELS_MAGIC {
        let count = read_u32(&mut reader)? as usize;
        let labels = read_body(reader, count, allocate)?;
        return Ok(labels.into_iter().map(i64::from).collect());
    }
    if found != CODES_MAGIC {
        return Err(Problem::Magic {
            found,
            expected: LABELS_MAGIC,
            kind: "labels",
        });
    }
    let count = read_u32(&mut reader)? as usize;
    let columns = read_u32(&mut reader)? as usize;
    let length = count
        .checked_mul(columns)
        .and_then(|numbers| numbers.checked_mul(4))
        .filter(|_| columns > 0)
        .ok_or(Problem::Rows { count, columns })?;
    let rows = read_body(reader, length, allocate)?;
    let rows = rows.chunks_exact(4 * columns);
    Ok(rows
        .map(|row| i64::from(i32::from_be_bytes([row[0], row[1], row[2], row[3]])))
        .collect())
}

fn read_u32(reader: &mut impl Read) -> Result<u32, Problem> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

/// The rest of a file, which has to be `length` bytes.
fn read_body(
    mut reader: impl Read,
    length: usize,
    allocate: &Allocate<'_>,
) -> Result<Vec<u8>, Problem> {
    let mut bytes = allocate(length).map_err(|error| Problem::Memory(Box::new(error)))?;
    let found = reader
        .by_ref()
        .take(length as u64)
        .read_to_end(&mut bytes)?;
    if found < length {
        return Err(Problem::Truncated {
            expected: length,
            found,
        });
    }
    let mut next = [0];
    if reader.read(&mut next)? > 0 {
        return Err(Problem::Trailing { expected: length });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use flate2::read::MultiGzDecoder;
    use proptest::prelude::*;

    use super::super::tests::header;
    use super::*;

    #[test]
    fn a_boastful_header_costs_no_memory() {
        let boast = header(&[IMAGES_MAGIC, u32::MAX, 1 << 14, 1 << 14]);
        assert!(matches!(
            parse_images(boast.as_slice()),
            Err(Problem::Truncated { found: 0, .. })
        ));
        let boast = header(&[IMAGES_MAGIC, u32::MAX, u32::MAX, u32::MAX]);
        assert!(matches!(
            parse_images(boast.as_slice()),
            Err(Problem::Huge { .. })
        ));
        let flat = header(&[IMAGES_MAGIC, 5, 0, 28]);
        assert!(matches!(
            parse_images(flat.as_slice()),
            Err(Problem::Flat { .. })
        ));
    }

    /// The first of eight columns, as `torchvision.datasets.QMNIST` takes it.
    #[test]
    fn of_several_columns_the_first_is_the_label() {
        let numbers: Vec<u32> = vec![CODES_MAGIC, 2, 3, 7, 100, 200, u32::MAX, 300, 400];
        assert_eq!(parse_labels(header(&numbers).as_slice()).unwrap(), [7, -1]);
        let cut = header(&numbers[..8]);
        assert!(matches!(
            parse_labels(cut.as_slice()),
            Err(Problem::Truncated { .. })
        ));
        for columns in [0, u32::MAX] {
            let boast = header(&[CODES_MAGIC, u32::MAX, columns]);
            let said = parse_labels(boast.as_slice()).unwrap_err();
            assert!(
                matches!(said, Problem::Rows { .. } | Problem::Truncated { .. }),
                "{said}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let magic = u32::from_be_bytes(*bytes.first_chunk().unwrap_or(&[0; 4]));
            let known = [LABELS_MAGIC, CODES_MAGIC].contains(&magic);
            prop_assert!(parse_labels(bytes.as_slice()).is_err() || known);
            let _ = parse_images(MultiGzDecoder::new(bytes.as_slice()));
        }

        #[test]
        fn arbitrary_headers_give_the_announced_pixels_or_an_error(
            numbers in prop::array::uniform3(0_u32..6),
            body in prop::collection::vec(any::<u8>(), 0..130),
        ) {
            let [count, height, width] = numbers;
            let bytes = [header(&[IMAGES_MAGIC, count, height, width]), body.clone()].concat();
            let fits = height * width > 0 && body.len() as u32 == count * height * width;
            match parse_images(bytes.as_slice()) {
                Ok(images) => prop_assert!(fits && images.pixels == body),
                Err(_) => prop_assert!(!fits),
            }
        }
    }
}
