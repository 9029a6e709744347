//! JPEG files. Decoders are lenient and paint grey where data is missing, which is a plausible image
//! of a wrong entropy: here a file must reach its end-of-image marker, as Pillow demands, and its
//! coefficients must decode without an error.

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{SIDE, by_crate, check_size};

const CUT: &str = "it is cut off: the JPEG ends before its end-of-image marker";

/// Checks that the markers of a JPEG lead to its end of image; what follows is not read.
///
/// # Errors
/// A sentence, where the file ends before.
pub(super) fn whole(bytes: &[u8]) -> Result<(), String> {
    const END: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let mut at = 2;
    loop {
        let marker = next_marker(bytes, &mut at).ok_or(CUT)?;
        match marker {
            END => return Ok(()),
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let length = bytes.get(at..at + 2).ok_or(CUT)?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                at += length.max(2);
                if at > bytes.len() {
                    return Err(CUT.to_owned());
                }
                if marker == SCAN {
                    // What follows is coded data, in which 0xff comes before 0 or a restart marker.
                    while let Some(found) = bytes.get(at..at + 2) {
                        if found[0] == 0xff && !matches!(found[1], 0 | 0xd0..=0xd7 | 0xff) {
                            break;
                        }
                        at += 1;
                    }
                }
            }
        }
    }
}

/// The code of the next marker, past bytes that belong to none; `at` is then behind it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let ff = bytes.get(*at..)?.iter().position(|&byte| byte == 0xff)?;
        *at += ff + 1;
        while *bytes.get(*at)? == 0xff {
            *at += 1;
        }
        let code = bytes[*at];
        *at += 1;
        if code != 0 {
            return Some(code);
        }
    }
}

/// Decodes a JPEG to the pixels that the `image` crate gives for it.
///
/// # Errors
/// A sentence: it is cut off, damaged or too large.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    whole(bytes)?;
    let strict = DecoderOptions::default()
        .set_max_width(SIDE as usize)
        .set_max_height(SIDE as usize)
        .set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), strict);
    if decoder.decode_headers().is_err() {
        // What strictness refuses in headers is harmless, such as bytes between them.
        return by_crate(bytes, ImageFormat::Jpeg);
    }
    let (Some((width, height)), Some(colours)) = (decoder.dimensions(), decoder.input_colorspace())
    else {
        return by_crate(bytes, ImageFormat::Jpeg);
    };
    let (width, height) = (width as u32, height as u32);
    let (target, channels) = match colours {
        ColorSpace::Luma => (ColorSpace::Luma, 1),
        ColorSpace::RGBA | ColorSpace::LumaA => return by_crate(bytes, ImageFormat::Jpeg),
        _ => (ColorSpace::RGB, 3),
    };
    check_size(
        width,
        height,
        u64::from(width) * u64::from(height) * channels,
    )?;
    let mut decoder =
        JpegDecoder::new_with_options(ZCursor::new(bytes), strict.jpeg_set_out_colorspace(target));
    let pixels = decoder
        .decode()
        .map_err(|error| format!("it cannot be decoded ({error})"))?;
    let image = if channels == 1 {
        GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
    };
    image.ok_or_else(|| "it holds another number of pixels than its head says".to_owned())
}
