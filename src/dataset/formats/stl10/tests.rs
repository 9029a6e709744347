#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::dataset::DatasetError;
use crate::dataset::testing::{Files, noise, plenty, quiet, says, write_folder, write_tar};

/// An image value by row and column, and where the published layout puts it.
fn value(image: usize, channel: usize, row: usize, column: usize) -> u8 {
    (image * 101 + channel * 61 + row * 7 + column * 3 + row * column) as u8
}

fn columns(images: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for image in 0..images {
        for channel in 0..3 {
            for column in 0..96 {
                for row in 0..96 {
                    bytes.push(value(image, channel, row, column));
                }
            }
        }
    }
    bytes
}

fn files() -> Files {
    vec![
        (
            "class_names.txt".to_owned(),
            format!("{}\n", NAMES.join("\n")).into_bytes(),
        ),
        ("train_X.bin".to_owned(), columns(3)),
        ("train_y.bin".to_owned(), vec![1, 10, 4]),
        ("test_X.bin".to_owned(), columns(2)),
        ("test_y.bin".to_owned(), vec![2, 3]),
        ("unlabeled_X.bin".to_owned(), columns(1)),
    ]
}

#[test]
fn columns_become_rows_and_labels_start_at_0() {
    let home = tempfile::tempdir().unwrap();
    write_folder(&home.path().join("stl10_binary"), &files());
    let packed = tempfile::tempdir().unwrap();
    write_tar(
        &packed.path().join("stl10_binary.tar.gz"),
        "stl10_binary",
        &files(),
    );
    for place in [
        home.path(),
        &home.path().join("stl10_binary"),
        packed.path(),
        &packed.path().join("stl10_binary.tar.gz"),
    ] {
        let store = find(place).unwrap();
        let refused = read(&store, &Budget::new(Some(1000)), &quiet);
        assert!(matches!(refused, Err(DatasetError::Memory { .. })));
        let dataset = read(&store, &plenty(), &quiet).unwrap();
        assert_eq!(dataset.train.labels, [0, 9, 3]);
        assert_eq!(dataset.test.labels, [1, 2]);
        assert_eq!(dataset.class_names[9], "truck");
        for (split, images) in [(&dataset.train, 3), (&dataset.test, 2)] {
            assert_eq!(split.pixels.len(), images * SHAPE.bytes());
            for (place, &pixel) in split.pixels.iter().enumerate() {
                let (row, column) = (place / 96 % 96, place % 96);
                assert_eq!(pixel, value(place / 27648, place / 9216 % 3, row, column));
            }
        }
    }
}

fn problem(change: impl FnOnce(&mut Files)) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut files = files();
    change(&mut files);
    write_folder(home.path(), &files);
    read(&find(home.path()).unwrap(), &plenty(), &quiet)
        .unwrap_err()
        .to_string()
}

#[test]
fn damage_is_named_with_file_and_record() {
    let text = problem(|files| files[1].1.truncate(2 * 27648 + 5));
    says(&text, "train_X.bin: it ends in the middle of record 2");
    let text = problem(|files| files[2].1[1] = 0);
    says(
        &text,
        "train_y.bin: record 1 (counted from 0) has label 0, outside 1 to 10",
    );
    let text = problem(|files| files[4].1.truncate(1));
    says(
        &text,
        "test_X.bin: it holds 2 images, and test_y.bin 1 labels",
    );
    let text = problem(|files| {
        let images = std::mem::take(&mut files[1].1);
        files[1].1 = std::mem::replace(&mut files[2].1, images);
    });
    says(&text, "train_X.bin: it ends in the middle of record 0");
    let text = problem(|files| files[2].1 = noise(1, 5001));
    says(&text, "train_y.bin: it holds more than the 5000 bytes");
    let text = problem(|files| drop(files.remove(3)));
    says(&text, "test_X.bin is missing");
}
