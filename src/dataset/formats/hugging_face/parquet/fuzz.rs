//! The fuzz target.

use std::path::Path;

use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};

use super::Pass;
use super::labels::of_column;
use crate::dataset::memory::Budget;

/// A parquet file of images and labels.
///
/// # Panics
/// Where what must hold of accepted bytes does not.
pub fn fuzz(file: impl ChunkReader + 'static) {
    let size = file.len();
    let Ok(reader) = SerializedFileReader::new(file) else {
        return;
    };
    let memory = Budget::new(Some(1 << 30));
    let mut pass = Pass::new(None, 0, &memory, &|_| {});
    let mut pixels = Vec::new();
    let read = pass.file(&reader, Path::new("file"), size, 0, &mut pixels);
    if let (Ok(images), Some(shape)) = (read, pass.shape) {
        assert_eq!(pixels.len(), images * shape.bytes());
    }
    let columns = reader
        .metadata()
        .file_metadata()
        .schema_descr()
        .num_columns();
    for column in 0..columns {
        let _ = of_column(&reader, size, column);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        for file in crate::dataset::testing::corpus("parquet") {
            super::fuzz(std::fs::File::open(file).unwrap());
        }
    }
}
