//! One encoded image: what its head says, and its pixels. What is cut off or damaged is refused,
//! for files and for images inside parquet alike.

use std::io::{BufRead, Cursor, Seek};

use image::imageops::FilterType;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::Shape;
use super::images::write_planes;

mod jpeg;
mod kind;
#[cfg(test)]
mod tests;

pub(super) use kind::{Kind, kind};

/// Longest side of an encoded image.
const SIDE: u32 = 32_768;
/// Most bytes that one decoded image may take.
const IMAGE: u64 = 512 << 20;

/// What the head of an encoded image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Rows.
    pub(super) height: usize,
    /// Columns.
    pub(super) width: usize,
    /// Whether it has colour, by its colour type.
    pub(super) colour: bool,
    /// Whether it has more than 8 bits a channel.
    pub(super) deep: bool,
    /// Bytes of its pixels, once decoded.
    pub(super) bytes: u64,
}

/// Whether colours of this type have more than 8 bits a channel.
pub(super) fn is_deep(colour: ColorType) -> bool {
    colour.bytes_per_pixel() > colour.channel_count()
}

/// Reads the head of an image, whose kind is known by its content; a JPEG is read to its end, and
/// refused where that is missing.
///
/// # Errors
/// A sentence without a subject.
pub(super) fn head(mut reader: impl BufRead + Seek) -> Result<Head, String> {
    let failed = |error: std::io::Error| format!("it cannot be read ({error})");
    let start = reader.fill_buf().map_err(failed)?.to_vec();
    let format = format(&start)?;
    if format == ImageFormat::Jpeg {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(failed)?;
        jpeg::whole(&bytes)?;
        return head_by(Cursor::new(bytes), format);
    }
    head_by(reader, format)
}

fn head_by(reader: impl BufRead + Seek, format: ImageFormat) -> Result<Head, String> {
    let decoder = ImageReader::with_format(reader, format)
        .into_decoder()
        .map_err(|error| undecoded(&error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(format!("it is {height}x{width} and has no pixels"));
    }
    let colour = decoder.color_type();
    check_size(width, height, decoder.total_bytes())?;
    Ok(Head {
        height: height as usize,
        width: width as usize,
        colour: colour.has_color(),
        deep: is_deep(colour),
        bytes: decoder.total_bytes(),
    })
}

fn check_size(width: u32, height: u32, bytes: u64) -> Result<(), String> {
    if width > SIDE || height > SIDE || bytes > IMAGE {
        return Err(format!(
            "it is {height}x{width}, more than the {} pixels a side or the {} that one image may have",
            crate::format::count(u64::from(SIDE)),
            crate::format::bytes(IMAGE)
        ));
    }
    Ok(())
}

/// Decodes an image of any kind that is read here.
///
/// # Errors
/// A sentence without a subject: no image, an image of another kind, cut off, damaged or too large.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let format = format(bytes)?;
    if format == ImageFormat::Jpeg {
        return jpeg::decode(bytes);
    }
    by_crate(bytes, format)
}

/// Decodes by the `image` crate.
fn by_crate(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(IMAGE);
    reader.limits(limits);
    reader.decode().map_err(|error| undecoded(&error))
}

/// Writes an image to `planes` (C, H, W), resampled by Lanczos' filter where its size is another.
pub(super) fn write(image: DynamicImage, shape: Shape, planes: &mut [u8]) {
    let (height, width) = (shape.height as u32, shape.width as u32);
    let image = if (image.height(), image.width()) == (height, width) {
        image
    } else {
        image.resize_exact(width, height, FilterType::Lanczos3)
    };
    if shape.channels == 1 {
        planes.copy_from_slice(image.into_luma8().as_raw());
    } else {
        write_planes(image.into_rgb8().as_raw(), shape.channels, planes);
    }
}

fn format(start: &[u8]) -> Result<ImageFormat, String> {
    match kind(start) {
        Kind::Image(format) => Ok(format),
        Kind::Foreign(name) => Err(format!("it is {name}, which is not read here")),
        Kind::Other if start.is_empty() => Err("it is empty".to_owned()),
        Kind::Other => Err("it is no image of a kind that is known here".to_owned()),
    }
}

fn undecoded(error: &image::ImageError) -> String {
    format!("it cannot be decoded ({error})")
}
