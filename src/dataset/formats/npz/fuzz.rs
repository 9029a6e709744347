//! The fuzz target.

use std::io::Cursor;
use std::path::Path;

use super::{parse, read_from};
use crate::dataset::Dataset;
use crate::dataset::memory::Budget;

/// A zip of arrays in MedMNIST's layout, and a single `.npy` file.
///
/// # Panics
/// Where what must hold of accepted bytes does not.
pub fn fuzz(bytes: &[u8]) {
    let path = Path::new("file");
    if let Ok(dataset) = read_from(
        Cursor::new(bytes),
        path,
        None,
        &Budget::new(Some(1 << 30)),
        &|_| {},
    ) {
        let Dataset {
            shape,
            class_names,
            train,
            test,
            ..
        } = dataset;
        for split in [train, test] {
            split.assert_whole(shape.bytes(), class_names.len());
        }
    }
    if let Ok(array) = parse(bytes.to_vec()) {
        let size: usize = array.shape().iter().product();
        let _ = array.integers();
        assert!(array.into_bytes().is_none_or(|bytes| bytes.len() == size));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        crate::dataset::testing::replay("npz", super::fuzz);
    }
}
