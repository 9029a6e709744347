#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::dataset::testing::says;

pub(super) fn header(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

fn images(count: u32, pixels: &[u8]) -> Vec<u8> {
    [header(&[IMAGES_MAGIC, count, 2, 3]), pixels.to_vec()].concat()
}

fn labels(labels: &[u8]) -> Vec<u8> {
    [
        header(&[LABELS_MAGIC, labels.len() as u32]),
        labels.to_vec(),
    ]
    .concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder with two training images and one test image, under the various names.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write(
        "train-images-idx3-ubyte.gz",
        &gzip(&images(2, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])),
    );
    write("train-labels.idx1-ubyte", &labels(&[7, 0]));
    write("t10k-images.idx3-ubyte.gz", &gzip(&images(1, &[9; 6])));
    write("t10k-labels-idx1-ubyte", &labels(&[9]));
    folder
}

fn load(folder: &Path) -> Result<Dataset> {
    read("mnist", folder, &Budget::new(None), &|_| {})
}

/// The sentence of what goes wrong when `name` holds `bytes`.
fn sentence(name: &str, bytes: &[u8]) -> String {
    let folder = folder();
    fs::write(folder.path().join(name), bytes).unwrap();
    let sentence = load(folder.path()).unwrap_err().to_string();
    assert!(!sentence.contains('\n'), "{sentence}");
    sentence.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn reads_plain_and_compressed_files_under_both_names() {
    let folder = folder();
    let dataset = load(folder.path()).unwrap();
    assert_eq!(dataset.shape.bytes(), 6);
    assert_eq!((dataset.shape.height, dataset.shape.width), (2, 3));
    assert_eq!(dataset.train.labels, [7, 0]);
    assert_eq!(dataset.train.image(1, dataset.shape), [6, 7, 8, 9, 10, 11]);
    assert_eq!(dataset.test.labels, [9]);
    assert_eq!(dataset.class_names[3], "3");
    assert!(!dataset.flip_keeps_class);
}

#[test]
fn finds_the_fullest_folder() {
    let empty = tempfile::tempdir().unwrap();
    let stray = tempfile::tempdir().unwrap();
    fs::write(stray.path().join("t10k-labels-idx1-ubyte"), labels(&[1])).unwrap();
    let above = tempfile::tempdir().unwrap();
    let raw = above.path().join("MNIST/raw");
    fs::create_dir_all(&raw).unwrap();
    for entry in fs::read_dir(folder().path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, raw.join(path.file_name().unwrap())).unwrap();
    }
    let dirs = [&empty, &stray, &above].map(|dir| dir.path().to_owned());
    assert_eq!(find(&dirs), Some(raw));
    assert_eq!(find(&dirs[..2]), Some(stray.path().to_owned()));
    assert_eq!(find(&dirs[..1]), None);
    let error = paths(stray.path()).unwrap_err().to_string();
    says(&error, "train-images-idx3-ubyte is missing");
}

#[test]
fn says_what_is_wrong_in_one_sentence() {
    let whole = gzip(&images(2, &[1; 12]));
    assert_eq!(
        sentence("train-images-idx3-ubyte.gz", &whole[..whole.len() - 9]),
        "DIR/train-images-idx3-ubyte.gz: it is cut off; fetch it again"
    );
    assert_eq!(
        sentence("train-images-idx3-ubyte.gz", &gzip(&images(2, &[1; 11]))),
        "DIR/train-images-idx3-ubyte.gz: it is cut off: 12 bytes were announced, 11 are there; fetch it again"
    );
    assert_eq!(
        sentence("train-images-idx3-ubyte.gz", &gzip(&images(2, &[1; 13]))),
        "DIR/train-images-idx3-ubyte.gz: it has bytes after the 12 that its header announces; fetch it again"
    );
    assert_eq!(
        sentence("train-labels.idx1-ubyte", &images(2, &[1; 12])),
        "DIR/train-labels.idx1-ubyte: its magic number is 0x00000803, not 0x00000801: it is no IDX file of labels"
    );
    assert_eq!(
        sentence("train-labels.idx1-ubyte", &labels(&[1, 2, 3])),
        "DIR/train-labels.idx1-ubyte: it holds 3 labels, but DIR/train-images-idx3-ubyte.gz holds 2 images"
    );
    assert_eq!(
        sentence("train-labels.idx1-ubyte", &labels(&[1, 10])),
        "DIR/train-labels.idx1-ubyte: record 1 (counted from 0) has label 10, outside 0 to 9: it is damaged, or another dataset's file"
    );
    assert_eq!(
        sentence("t10k-images.idx3-ubyte.gz", &gzip(&images(0, &[]))),
        "DIR/t10k-images.idx3-ubyte.gz: it holds no images"
    );
    assert_eq!(
        sentence("train-labels.idx1-ubyte", &[0, 0]),
        "DIR/train-labels.idx1-ubyte: it is cut off; fetch it again"
    );
    assert!(
        sentence("train-images-idx3-ubyte.gz", b"<html>not found</html>")
            .starts_with("DIR/train-images-idx3-ubyte.gz: it cannot be read (")
    );
}

/// EMNIST's letters have labels from 1 to 26; QMNIST's label files have eight columns.
#[test]
fn any_set_is_read_with_the_classes_of_its_labels() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(home.path().join(name), bytes).unwrap();
    for (part, classes) in [("train", [26, 1]), ("test", [1, 26])] {
        write(
            &format!("emnist-letters-{part}-images-idx3-ubyte.gz"),
            &gzip(&images(2, &[5; 12])),
        );
        write(
            &format!("emnist-letters-{part}-labels-idx1-ubyte"),
            &labels(&classes),
        );
    }
    let read = |path: &Path| read_set("idx:x", &sets::choose(path)?, &Budget::new(None), &|_| {});
    let letters = read(home.path()).unwrap();
    assert_eq!(letters.class_names, ["1", "26"]);
    assert_eq!(letters.train.labels, [1, 0]);
    assert_eq!(letters.test.labels, [0, 1]);
    assert_eq!(letters.notes.len(), 1, "{:?}", letters.notes);

    for part in ["train", "test"] {
        write(
            &format!("qmnist-{part}-images-idx3-ubyte"),
            &images(2, &[5; 12]),
        );
        let codes = header(&[CODES_MAGIC, 2, 3, 4, 1000, 2000, 0, 1000, 2000]);
        write(&format!("qmnist-{part}-labels-idx2-int.gz"), &gzip(&codes));
    }
    let qmnist = read(&home.path().join("qmnist")).unwrap();
    assert_eq!(qmnist.class_names, ["0", "4"]);
    assert_eq!(qmnist.train.labels, [1, 0]);
    let text = read(home.path()).unwrap_err().to_string();
    assert!(
        text.contains("emnist-letters") && text.contains("qmnist"),
        "{text}"
    );

    let codes = header(&[CODES_MAGIC, 2, 1, 4, u32::MAX]);
    write("qmnist-test-labels-idx2-int.gz", &gzip(&codes));
    let text = read(&home.path().join("qmnist")).unwrap_err().to_string();
    says(
        &text,
        "qmnist-test-labels-idx2-int.gz: record 1 (counted from 0) has label -1",
    );
}

#[test]
fn a_decompression_bomb_is_refused() {
    let side = 1 << 14;
    let bomb = [
        header(&[IMAGES_MAGIC, 1, side, side]),
        vec![0; (FLOOR as usize) * 2],
    ]
    .concat();
    let text = sentence("train-images-idx3-ubyte.gz", &gzip(&bomb));
    says(&text, "decompression bomb");
}
