#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;
use crate::dataset::DatasetError;
use crate::dataset::testing::{Files, fixture, npy, pattern, plenty, quiet, says, zip};

#[test]
fn grey_images_of_numpy_come_as_they_are() {
    let dataset = read(&fixture("npz/grey.npz"), None, &plenty(), &quiet).unwrap();
    assert_eq!(dataset.shape, Shape::new(1, 5, 6));
    assert_eq!(dataset.train.pixels, pattern(3, 30));
    assert_eq!(dataset.train.labels, [0, 2, 1]);
    assert_eq!(dataset.test.pixels, pattern(2, 30));
    assert_eq!(dataset.test.labels, [1, 2]);
    assert_eq!(dataset.class_names, ["0", "1", "2"]);
}

#[test]
fn arrays_that_do_not_fit_into_memory_are_refused() {
    // Two arrays of images of 90 and 60 bytes, with 128 bytes of header each.
    for limit in [200, 250] {
        let refused = read(
            &fixture("npz/grey.npz"),
            None,
            &Budget::new(Some(limit)),
            &quiet,
        );
        assert!(
            matches!(refused, Err(DatasetError::Memory { .. })),
            "{limit}"
        );
    }
}

#[test]
fn colour_images_of_numpy_become_planes_and_validation_stands_in_for_test() {
    let dataset = read(&fixture("npz/rgb.npz"), None, &plenty(), &quiet).unwrap();
    assert_eq!(dataset.shape, Shape::new(3, 5, 6));
    for (split, count) in [(&dataset.train, 3), (&dataset.test, 2)] {
        let pixels = pattern(count, 90);
        for image in 0..count {
            for channel in 0..3 {
                for place in 0..30 {
                    assert_eq!(
                        split.image(image, dataset.shape)[channel * 30 + place],
                        pixels[image * 90 + place * 3 + channel]
                    );
                }
            }
        }
    }
    assert_eq!(dataset.test.labels, [1, 2]);
    assert_eq!(
        dataset.notes,
        ["it has no test images, so its validation images (val_images) are tested with"]
    );
}

fn arrays() -> Files {
    let member = |name: &str, bytes| (format!("{name}.npy"), bytes);
    vec![
        member("train_images", npy("|u1", "(2, 4, 4)", &pattern(2, 16))),
        member("train_labels", npy("|u1", "(2, 1)", &[0, 1])),
        member("test_images", npy("|u1", "(1, 4, 4)", &pattern(1, 16))),
        member("test_labels", npy("<i4", "(1,)", &[1, 0, 0, 0])),
    ]
}

fn load(bytes: &[u8]) -> Result<Dataset> {
    load_with(bytes, None)
}

fn load_with(bytes: &[u8], split_test: Option<&str>) -> Result<Dataset> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path(), split_test, &plenty(), &quiet)
}

fn problem(change: impl FnOnce(&mut Files)) -> String {
    let mut files = arrays();
    change(&mut files);
    load(&zip(&files)).unwrap_err().to_string()
}

#[test]
fn damage_is_named_with_array_and_record() {
    assert!(load(&zip(&arrays())).is_ok());
    let text = problem(|files| files[0].1 = npy("|u1", "(3, 4, 4)", &pattern(2, 16)));
    says(&text, "train_images.npy: an array of shape [3, 4, 4]");
    let text = problem(|files| files[0].1 = npy("|u1", "(2, 2, 2, 4)", &pattern(2, 16)));
    says(&text, "images are N,H,W or N,H,W,3");
    let text = problem(|files| files[0].1 = npy("<f4", "(2, 4, 4)", &[0; 128]));
    says(&text, "float32 where uint8 pixels belong");
    let text = problem(|files| files[1].1 = npy("|i1", "(2, 1)", &[0, 255]));
    says(
        &text,
        "train_labels: record 1 (counted from 0) has label -1",
    );
    let text = problem(|files| files[1].1 = npy("|u1", "(2, 3)", &[0; 6]));
    says(&text, "several labels per image");
    let text = problem(|files| files[1].1 = npy("|u1", "(3,)", &[0; 3]));
    says(&text, "it holds 3 labels for 2 images");
    let text = problem(|files| files[0].1 = npy("|O", "(2, 4, 4)", &[0; 32]));
    says(&text, "no array of plain numbers");
    let text = problem(|files| files[0].1 = npy("|u1", "(99999999999, 99999999999, 4)", &[]));
    says(&text, "exceeds this machine's memory");
    let text = problem(|files| files.truncate(2));
    says(&text, "neither 'test_images' nor 'val_images'");
    let text = problem(|files| drop(files.remove(0)));
    says(&text, "no arrays 'train_images'");
    let mut files = arrays();
    files.reverse();
    assert!(load(&zip(&files)).is_ok());
}

/// The bytes are those of `numpy.array(…, dtype=code).tobytes()`.
#[test]
fn labels_of_every_type_of_numpy_name_the_same_classes() {
    let classes = |code: &str, shape: &str, bytes: &[u8]| {
        let mut files = arrays();
        files[1].1 = npy(code, shape, bytes);
        files[3].1 = npy(
            code,
            &shape.replacen('2', "1", 1),
            &bytes[..bytes.len() / 2],
        );
        let dataset = load(&zip(&files)).unwrap();
        assert_eq!(
            (dataset.train.labels, dataset.test.labels),
            (vec![1, 0], vec![1]),
            "{code}"
        );
        (dataset.class_names.join(" "), dataset.notes.len())
    };
    let cases: [(&str, &str, &[u8], &str, usize); 9] = [
        ("|u1", "(2,)", &[1, 0], "0 1", 0),
        (">i4", "(2, 1)", &[0, 0, 0, 9, 0, 0, 0, 4], "4 9", 1),
        ("<f4", "(2,)", &[0, 0, 128, 63, 0, 0, 0, 0], "0 1", 0),
        ("<f2", "(2,)", &[0, 60, 0, 0], "0 1", 0),
        (
            ">f8",
            "(2,)",
            &[0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            "0 1",
            0,
        ),
        ("|b1", "(2,)", &[1, 0], "false true", 0),
        ("|S3", "(2,)", b"dogcat", "cat dog", 0),
        (
            "<U2",
            "(2,)",
            &[b'i', 0, 0, 0, b'x', 0, 0, 0, b'a', 0, 0, 0, 0, 0, 0, 0],
            "a ix",
            0,
        ),
        ("<i2", "(2, 2)", &[0, 0, 1, 0, 1, 0, 0, 0], "0 1", 1),
    ];
    for (code, shape, bytes, names, notes) in cases {
        assert_eq!(
            classes(code, shape, bytes),
            (names.to_owned(), notes),
            "{code} {shape}"
        );
    }
}

#[test]
fn labels_that_are_no_classes_are_refused() {
    let labels = |code: &str, shape: &str, bytes: &[u8]| {
        problem(|files| files[1].1 = npy(code, shape, bytes))
    };
    let text = labels("<f4", "(2,)", &[0, 0, 0, 63, 0, 0, 0, 0]);
    says(
        &text,
        "record 0 (counted from 0) has label 0.5, which is no class",
    );
    let text = labels("|u1", "(2, 2)", &[1, 1, 0, 1]);
    says(&text, "several labels per image are not supported");
    let text = labels("|O", "(2,)", b"..");
    says(&text, "Python objects, which are never run");
    let text = labels("<U2", "(2,)", &[0; 4]);
    says(&text, "which do not fit: the file is damaged");
    let text = labels("|u1", "(2,)", &[0, 0]);
    says(
        &text,
        "test_labels: record 0 (counted from 0) has label 1, which no training image has",
    );
}

#[test]
fn unlabelled_test_images_give_way_to_validation_images() {
    let member = |name: &str, bytes| (format!("{name}.npy"), bytes);
    let mut files = arrays();
    files[3].1 = npy("|i1", "(1,)", &[255]);
    let text = load(&zip(&files)).unwrap_err().to_string();
    assert!(
        text.contains("test images have no labels") && text.contains("--split-test NAME"),
        "{text}"
    );
    files.push(member(
        "val_images",
        npy("|u1", "(2, 4, 4)", &pattern(2, 16)),
    ));
    files.push(member("val_labels", npy("|u1", "(2,)", &[1, 0])));
    for unlabelled in [true, false] {
        if !unlabelled {
            files.remove(3);
        }
        let dataset = load(&zip(&files)).unwrap();
        assert_eq!(dataset.test.labels, [1, 0]);
        assert_eq!(
            dataset.notes,
            [
                "its test images have no labels, so its validation images (val_images) are tested with"
            ]
        );
    }
    let mut files = arrays();
    files.push(member(
        "extra_images",
        npy("|u1", "(1, 4, 4)", &pattern(1, 16)),
    ));
    files.push(member("extra_labels", npy("|u1", "(1,)", &[0])));
    let bytes = zip(&files);
    assert_eq!(load_with(&bytes, Some("extra")).unwrap().test.labels, [0]);
    for (name, said) in [
        ("train", "cannot be tested with as well"),
        ("more", "no arrays 'more_images'"),
    ] {
        let text = load_with(&bytes, Some(name)).unwrap_err().to_string();
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn a_zip_bomb_is_refused() {
    let size = 64 << 20;
    let text = problem(|files| {
        files[0].1 = npy("|u1", &format!("({}, 8, 8)", size / 64), &vec![0; size]);
    });
    says(&text, "decompression bomb");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_or_cut_file_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = zip(&arrays());
        for (place, value) in changes {
            let length = bytes.len();
            bytes[place.index(length)] = value;
        }
        let _ = load(&bytes);
        prop_assert!(load(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn a_changed_array_never_panics(
        changes in proptest::collection::vec((0..128_usize, any::<u8>()), 0..4),
    ) {
        let mut bytes = npy("|u1", "(2, 4, 4)", &pattern(2, 16));
        for (place, value) in changes {
            bytes[place] = value;
        }
        let _ = parse(bytes);
    }
}
