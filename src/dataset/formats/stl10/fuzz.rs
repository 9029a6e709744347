//! The fuzz target.

use std::path::Path;

use super::{SHAPE, check_pair, labels as read_labels, read_names, rows};
use crate::dataset::Split;

/// The three files of STL-10: as many labels as the first byte says, then images; all of it as class names.
///
/// # Panics
/// Where what must hold of accepted bytes does not.
pub fn fuzz(bytes: &[u8]) {
    let path = Path::new("file");
    if let Ok(names) = read_names(path, bytes) {
        assert_eq!(names.len(), 10);
    }
    let Some((&count, bytes)) = bytes.split_first() else {
        return;
    };
    let (labels, images) = bytes.split_at(usize::from(count).min(bytes.len()));
    let Ok(pixels) = rows(path, images.to_vec()) else {
        return;
    };
    let turned_back = rows(path, pixels.clone());
    assert!(turned_back.is_ok_and(|turned| turned == images));
    if let Ok(labels) = read_labels(path, labels) {
        let split = Split { pixels, labels };
        if check_pair(&split, path, "file").is_ok() {
            split.assert_whole(SHAPE.bytes(), 10);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        crate::dataset::testing::replay("stl10", super::fuzz);
    }
}
