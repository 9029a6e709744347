//! The fuzz target.

use std::path::Path;

use super::{Layout, SHAPE, Variety, read_names, records};
use crate::dataset::Split;

/// A binary file of CIFAR; the first byte chooses which.
///
/// # Panics
/// Where what must hold of accepted bytes does not.
pub fn fuzz(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let variety = match first % 3 {
        0 => Variety::Cifar10,
        1 => Variety::Cifar100,
        _ => Variety::Cifar100Coarse,
    };
    let path = Path::new("file");
    let mut split = Split::default();
    if records(variety, path, bytes, &mut split).is_ok() {
        split.assert_whole(SHAPE.bytes(), variety.classes());
    }
    for layout in [Layout::Binary, Layout::Python] {
        if let Ok(names) = read_names(variety, layout, path, bytes) {
            assert_eq!(names.len(), variety.classes());
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        crate::dataset::testing::replay("cifar", super::fuzz);
    }
}
