//! What each fuzz target does with its bytes: the readers on bytes of any kind, and what must hold
//! of whatever they accept.
//!
//! `fuzz/` runs these under libFuzzer; the tests below replay the corpus that it left in `fuzz/corpus`.

use std::io::Cursor;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::cifar::{self, Variety};
use super::memory::Budget;
use super::parts::Rows;
use super::pickle::{Document, View};
use super::{Dataset, Split, idx, npz, stl10};

/// Asserts that there are as many pixels as `split`'s labels promise, and no label beyond the classes.
fn check(split: &Split, image: usize, classes: usize) {
    assert_eq!(split.pixels.len(), split.len() * image);
    assert!(split.labels.iter().all(|&label| (label as usize) < classes));
}

/// A file of IDX images or labels, plain and under gzip.
pub fn idx(bytes: &[u8]) {
    let images = [
        idx::parse_images(bytes),
        idx::parse_images(MultiGzDecoder::new(bytes)),
    ];
    for images in images.into_iter().flatten() {
        let promised = images.count * images.height * images.width;
        assert_eq!(images.pixels.len(), promised);
    }
    let labels = [
        idx::parse_labels(bytes),
        idx::parse_labels(MultiGzDecoder::new(bytes)),
    ];
    for labels in labels.into_iter().flatten() {
        assert!(labels.len() <= bytes.len().saturating_mul(1032));
    }
}

/// A binary file of CIFAR; the first byte chooses which.
pub fn cifar(bytes: &[u8]) {
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
    if cifar::records(variety, path, bytes, &mut split).is_ok() {
        check(&split, cifar::SHAPE.bytes(), variety.classes());
    }
    for layout in [cifar::Layout::Binary, cifar::Layout::Python] {
        if let Ok(names) = cifar::read_names(variety, layout, path, bytes) {
            assert_eq!(names.len(), variety.classes());
        }
    }
}

/// A pickle, looked at in every way that the readers have, and as a batch of images.
pub fn pickle(bytes: &[u8]) {
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
        check(&split, rows.row, rows.classes);
    }
}

/// The three files of STL-10: as many labels as the first byte says, then images; all of it as class names.
pub fn stl10(bytes: &[u8]) {
    let path = Path::new("file");
    if let Ok(names) = stl10::read_names(path, bytes) {
        assert_eq!(names.len(), 10);
    }
    let Some((&count, bytes)) = bytes.split_first() else {
        return;
    };
    let (labels, images) = bytes.split_at(usize::from(count).min(bytes.len()));
    let Ok(pixels) = stl10::rows(path, images.to_vec()) else {
        return;
    };
    let turned_back = stl10::rows(path, pixels.clone());
    assert!(turned_back.is_ok_and(|turned| turned == images));
    if let Ok(labels) = stl10::labels(path, labels) {
        let split = Split { pixels, labels };
        if stl10::check_pair(&split, path, "file").is_ok() {
            check(&split, stl10::SHAPE.bytes(), 10);
        }
    }
}

/// A zip of arrays in MedMNIST's layout, and a single `.npy` file.
pub fn npz(bytes: &[u8]) {
    let path = Path::new("file");
    if let Ok(dataset) = npz::read_from(
        Cursor::new(bytes),
        path,
        None,
        &Budget::new(Some(1 << 30)),
        &|_, _| {},
    ) {
        let Dataset {
            shape,
            class_names,
            train,
            test,
            ..
        } = dataset;
        for split in [train, test] {
            check(&split, shape.bytes(), class_names.len());
        }
    }
    if let Ok(array) = npz::parse(bytes.to_vec()) {
        let size: usize = array.shape().iter().product();
        let _ = array.integers();
        assert!(array.into_bytes().is_none_or(|bytes| bytes.len() == size));
    }
}

/// A parquet file of images and labels.
#[cfg(feature = "parquet")]
pub fn parquet(file: impl parquet::file::reader::ChunkReader + 'static) {
    use parquet::file::reader::FileReader;

    use super::parquet::labels::of_column;
    use super::parquet::{Options, Pass};

    let size = file.len();
    let Ok(reader) = parquet::file::reader::SerializedFileReader::new(file) else {
        return;
    };
    let options = Options::default();
    let memory = Budget::new(Some(1 << 30));
    let mut pass = Pass::new(&options, 0, &memory, &|_, _| {});
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
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::path::PathBuf;

    use super::*;

    /// The corpus of a target, which the fuzzer minimised.
    fn corpus(target: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let files = std::fs::read_dir(folder.join(target)).unwrap();
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "no corpus for {target}");
        files
    }

    #[test]
    fn what_the_fuzzer_found_is_read_or_refused() {
        let replay = |target: &str, run: fn(&[u8])| {
            for file in corpus(target) {
                run(&std::fs::read(file).unwrap());
            }
        };
        replay("idx", idx);
        replay("cifar", cifar);
        replay("pickle", pickle);
        replay("stl10", stl10);
        replay("npz", npz);
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_files_that_the_fuzzer_found_are_read_or_refused() {
        for file in corpus("parquet") {
            parquet(std::fs::File::open(file).unwrap());
        }
    }
}
