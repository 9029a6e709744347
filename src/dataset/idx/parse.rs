//! From the bytes of one IDX file to images or labels.

use std::io::{self, Read};

/// Magic number of a file of images: unsigned bytes in three dimensions.
pub const IMAGES_MAGIC: u32 = 0x0803;

/// Magic number of a file of labels: unsigned bytes in one dimension.
pub const LABELS_MAGIC: u32 = 0x0801;

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
    /// It goes on behind its end.
    #[error("it goes on behind the {expected} bytes that its header announces; fetch it again")]
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
pub fn parse_images(mut reader: impl Read) -> Result<Images, Problem> {
    expect_magic(&mut reader, IMAGES_MAGIC, "images")?;
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
        pixels: read_body(reader, length)?,
    })
}

/// Reads a file of labels from decompressed bytes.
///
/// # Errors
/// As [`parse_images`].
pub fn parse_labels(mut reader: impl Read) -> Result<Vec<u8>, Problem> {
    expect_magic(&mut reader, LABELS_MAGIC, "labels")?;
    let count = read_u32(&mut reader)? as usize;
    read_body(reader, count)
}

fn expect_magic(reader: &mut impl Read, expected: u32, kind: &'static str) -> Result<(), Problem> {
    let found = read_u32(reader)?;
    if found == expected {
        Ok(())
    } else {
        Err(Problem::Magic {
            found,
            expected,
            kind,
        })
    }
}

fn read_u32(reader: &mut impl Read) -> Result<u32, Problem> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

/// The rest of a file, which has to be `length` bytes.
fn read_body(mut reader: impl Read, length: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
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

    use super::*;

    fn header(numbers: &[u32]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

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

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(parse_labels(bytes.as_slice()).is_err() || bytes[..4] == [0, 0, 8, 1]);
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
