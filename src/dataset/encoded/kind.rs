//! What is in a file? Told by its first bytes.

use image::ImageFormat;

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dataset) enum Kind {
    /// An image that is read here.
    Image(ImageFormat),
    /// An image of another kind, by name.
    Foreign(&'static str),
    /// No image, or none that is known.
    Other,
}

/// Formats of images that this program was built to decode.
const READ: [ImageFormat; 7] = [
    ImageFormat::Bmp,
    ImageFormat::Gif,
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::Pnm,
    ImageFormat::Tiff,
    ImageFormat::WebP,
];

/// What the bytes at the start of a file say that it is.
pub(in crate::dataset) fn kind(start: &[u8]) -> Kind {
    match image::guess_format(start) {
        Ok(ImageFormat::Avif) => Kind::Foreign("AVIF"),
        Ok(format) if READ.contains(&format) && !is_text(format, start) => Kind::Image(format),
        Ok(ImageFormat::Ico) if start.len() >= 6 && start[5] == 0 => Kind::Foreign("ICO"),
        Ok(ImageFormat::Qoi) => Kind::Foreign("QOI"),
        Ok(ImageFormat::OpenExr) => Kind::Foreign("OpenEXR"),
        Ok(ImageFormat::Dds) => Kind::Foreign("DDS"),
        Ok(ImageFormat::Hdr) => Kind::Foreign("Radiance HDR"),
        _ => foreign(start).map_or(Kind::Other, Kind::Foreign),
    }
}

/// Whether a text happens to begin with the two letters of a BMP or PNM file.
fn is_text(format: ImageFormat, start: &[u8]) -> bool {
    match format {
        ImageFormat::Bmp => start.get(6..10).is_none_or(|reserved| reserved != [0; 4]),
        ImageFormat::Pnm => !start
            .get(2)
            .is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'#'),
        _ => false,
    }
}

/// Images that the `image` crate does not know of.
fn foreign(start: &[u8]) -> Option<&'static str> {
    if start.get(4..8) == Some(b"ftyp") {
        return match start.get(8..12)? {
            b"avif" | b"avis" => Some("AVIF"),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1" | b"msf1" => Some("HEIF"),
            _ => None,
        };
    }
    [
        (&b"\x00\x00\x00\x0cJXL \r\n\x87\n"[..], "JPEG XL"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51", "JPEG 2000"),
        (b"8BPS", "PSD"),
        (b"<svg", "SVG"),
        (b"SIMPLE  =", "FITS"),
    ]
    .into_iter()
    .find_map(|(magic, name)| start.starts_with(magic).then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_image_though_it_begins_like_one() {
        for text in ["BMW is a make of cars", "P3RSON", "P1: notes", "", "a"] {
            assert_eq!(kind(text.as_bytes()), Kind::Other, "{text}");
        }
        assert_eq!(kind(b"P5\n3 2\n255\n"), Kind::Image(ImageFormat::Pnm));
        assert_eq!(
            kind(b"BM\x7a\0\0\0\0\0\0\0\x7a\0\0\0"),
            Kind::Image(ImageFormat::Bmp)
        );
        assert_eq!(kind(b"\0\0\0 ftypavif\0\0\0\0"), Kind::Foreign("AVIF"));
        assert_eq!(kind(b"\0\0\0\x18ftypheic\0\0\0\0"), Kind::Foreign("HEIF"));
        assert_eq!(kind(b"\0\0\0\x18ftypisom\0\0\0\0"), Kind::Other);
    }
}
