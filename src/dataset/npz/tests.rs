#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::super::testing::{Files, fixture, npy, pattern, plenty, quiet, zip};
use super::*;

#[test]
fn grey_images_of_numpy_come_as_they_are() {
    let dataset = read(&fixture("npz/grey.npz"), &plenty(), &quiet).unwrap();
    assert_eq!(
        (
            dataset.shape.channels,
            dataset.shape.height,
            dataset.shape.width
        ),
        (1, 5, 6)
    );
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
        let refused = read(&fixture("npz/grey.npz"), &Budget::new(Some(limit)), &quiet);
        assert!(matches!(refused, Err(Error::Memory { .. })), "{limit}");
    }
}

#[test]
fn colour_images_of_numpy_become_planes_and_validation_stands_in_for_test() {
    let dataset = read(&fixture("npz/rgb.npz"), &plenty(), &quiet).unwrap();
    assert_eq!(
        (
            dataset.shape.channels,
            dataset.shape.height,
            dataset.shape.width
        ),
        (3, 5, 6)
    );
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

fn load(bytes: &[u8]) -> Result<Dataset, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path(), &plenty(), &quiet)
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
    assert!(
        text.contains("train_images.npy: an array of shape [3, 4, 4]"),
        "{text}"
    );
    let text = problem(|files| files[0].1 = npy("|u1", "(2, 2, 2, 4)", &pattern(2, 16)));
    assert!(text.contains("images are N,H,W or N,H,W,3"), "{text}");
    let text = problem(|files| files[0].1 = npy("<f4", "(2, 4, 4)", &[0; 128]));
    assert!(text.contains("float32 where uint8 pixels belong"), "{text}");
    let text = problem(|files| files[1].1 = npy("|i1", "(2, 1)", &[0, 255]));
    assert!(
        text.contains("train_labels: record 1 (counted from 0) has label -1"),
        "{text}"
    );
    let text = problem(|files| files[1].1 = npy("|u1", "(2, 3)", &[0; 6]));
    assert!(text.contains("several labels per image"), "{text}");
    let text = problem(|files| files[1].1 = npy("|u1", "(3,)", &[0; 3]));
    assert!(text.contains("it holds 3 labels for 2 images"), "{text}");
    let text = problem(|files| files[0].1 = npy("|O", "(2, 4, 4)", &[0; 32]));
    assert!(text.contains("no array of plain numbers"), "{text}");
    let text = problem(|files| files[0].1 = npy("|u1", "(99999999999, 99999999999, 4)", &[]));
    assert!(text.contains("exceeds this machine's memory"), "{text}");
    let text = problem(|files| files.truncate(2));
    assert!(
        text.contains("neither 'test_images' nor 'val_images'"),
        "{text}"
    );
    let text = problem(|files| drop(files.remove(0)));
    assert!(text.contains("no arrays 'train_images'"), "{text}");
    let mut files = arrays();
    files.reverse();
    assert!(load(&zip(&files)).is_ok());
}

#[test]
fn a_zip_bomb_is_refused() {
    let size = 64 << 20;
    let text = problem(|files| {
        files[0].1 = npy("|u1", &format!("({}, 8, 8)", size / 64), &vec![0; size]);
    });
    assert!(text.contains("decompression bomb"), "{text}");
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
