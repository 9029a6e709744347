//! The fuzz target.

use flate2::read::MultiGzDecoder;

use super::{parse_images, parse_labels};

/// A file of IDX images or labels, plain and under gzip.
///
/// # Panics
/// Where what must hold of accepted bytes does not.
pub fn fuzz(bytes: &[u8]) {
    let images = [
        parse_images(bytes),
        parse_images(MultiGzDecoder::new(bytes)),
    ];
    for images in images.into_iter().flatten() {
        let promised = images.count * images.height * images.width;
        assert_eq!(images.pixels.len(), promised);
    }
    let labels = [
        parse_labels(bytes),
        parse_labels(MultiGzDecoder::new(bytes)),
    ];
    for labels in labels.into_iter().flatten() {
        assert!(labels.len() <= bytes.len().saturating_mul(1032));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        crate::dataset::testing::replay("idx", super::fuzz);
    }
}
