//! The fuzz target.

use std::path::Path;

use super::{Document, View};
use crate::dataset::Split;
use crate::dataset::parts::Rows;

/// A pickle, read in every way that the readers have, and as a batch of images.
///
/// # Panics
/// Where what must hold of accepted bytes does not.
pub fn fuzz(bytes: &[u8]) {
    let path = Path::new("file");
    if let Ok(document) = Document::parse(bytes) {
        let look = |view: View| {
            let _ = (view.integers(), view.texts(), view.text());
            if let Some(Ok(array)) = view.array() {
                let size: usize = array.shape().iter().product();
                let _ = array.integers();
                assert!(array.into_bytes().is_none_or(|bytes| bytes.len() == size));
            }
        };
        look(document.root());
        for key in ["data", "labels", "fortran", "big", "scalars", "int64"] {
            if let Some(view) = document.root().get(key) {
                look(view);
            }
        }
    }
    let rows = Rows {
        row: 48,
        first: 1,
        classes: 10,
    };
    let mut split = Split::default();
    if rows
        .pickled(path, bytes, "labels", &mut |part| {
            split.append(part);
            Ok(())
        })
        .is_ok()
    {
        split.assert_whole(rows.row, rows.classes);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        crate::dataset::testing::replay("pickle", super::fuzz);
    }
}
