//! Which folders are classes, training and test images.

use super::*;

/// What a listing gives, without the folder's own path.
fn notes(folder: &TempDir) -> Vec<String> {
    let path = folder.path().display().to_string();
    let notes = load(folder).unwrap().notes;
    notes
        .iter()
        .map(|note| note.replace(&path, "DIR"))
        .collect()
}

#[test]
fn reads_training_and_test_folders() {
    let folder = tempfile::tempdir().unwrap();
    grey(&folder, "train/cat/1.png", [2, 2], 1);
    grey(&folder, "train/dog/1.png", [2, 2], 2);
    grey(&folder, "val/dog/1.png", [2, 2], 3);
    let dataset = load(&folder).unwrap();
    assert_eq!(dataset.train.labels, [0, 1]);
    assert_eq!(
        (dataset.test.labels, dataset.test.pixels),
        (vec![1], vec![3; 4])
    );

    grey(&folder, "val/bird/1.png", [2, 2], 3);
    assert_eq!(
        sentence(&folder),
        "DIR/val/bird: class 'bird' has no folder in DIR/train"
    );
    fs::remove_dir_all(folder.path().join("val")).unwrap();
    assert_eq!(
        sentence(&folder),
        "DIR: it has a folder train, but neither test nor val beside it: add one, or use folder:DIR/train"
    );
}

#[test]
fn split_folders_are_known_under_all_usual_names() {
    for (train, test) in [
        ("Training", "Testing"),
        ("train", "valid"),
        ("TRAIN", "Validation"),
        ("train", "dev"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for class in ["a", "b"] {
            grey(&folder, &format!("{train}/{class}/1.png"), [2, 2], 1);
            grey(&folder, &format!("{test}/{class}/1.png"), [2, 2], 2);
        }
        let dataset = load(&folder).unwrap();
        assert_eq!(dataset.class_names, ["a", "b"]);
        assert_eq!(dataset.train.pixels, [1; 8]);
        assert_eq!(dataset.test.pixels, [2; 8]);
        assert_eq!(dataset.notes, [""; 0]);
    }
}

#[test]
fn a_half_that_is_missing_or_there_twice_is_named_and_the_test_half_is_no_advice() {
    let folder = tempfile::tempdir().unwrap();
    grey(&folder, "Testing/a/1.png", [2, 2], 1);
    grey(&folder, "Testing/b/1.png", [2, 2], 1);
    let said = sentence(&folder);
    assert!(
        said.starts_with("DIR: it has a folder Testing, but no folder train beside it"),
        "{said}"
    );
    grey(&folder, "train/a/1.png", [2, 2], 1);
    grey(&folder, "Training/a/1.png", [2, 2], 1);
    assert_eq!(
        sentence(&folder),
        "DIR: Training and train in it are named for the same images: keep one of them"
    );
    let half = load_by(&folder.path().join("Testing"), &options(None, 1));
    says(&half.unwrap_err().to_string(), "a single image");
    grey(&folder, "Testing/a/2.png", [2, 2], 1);
    grey(&folder, "Testing/b/2.png", [2, 2], 1);
    let half = load_by(&folder.path().join("Testing"), &options(None, 1)).unwrap();
    says(&half.notes[0], "holds the test images of folder:");
}

/// Tiny ImageNet: `images` below each class, a table of the classes of validation images, and test
/// images without classes.
#[test]
fn images_lie_below_classes_and_a_table_says_which_class_test_images_have() {
    let folder = tempfile::tempdir().unwrap();
    for (class, value) in [("n01", 1), ("n02", 2)] {
        for image in 0..2 {
            grey(
                &folder,
                &format!("train/{class}/images/{image}.png"),
                [2, 2],
                value,
            );
        }
        file(
            &folder,
            &format!("train/{class}/{class}_boxes.txt"),
            b"0.png\t0\t0\t1\t1",
        );
    }
    grey(&folder, "val/images/val_0.png", [2, 2], 20);
    grey(&folder, "val/images/val_1.png", [2, 2], 10);
    grey(&folder, "test/images/test_0.png", [2, 2], 99);
    let held_out = load(&folder).unwrap();
    assert_eq!((held_out.train.len(), held_out.test.len()), (2, 2));
    assert_eq!(
        notes(&folder),
        [
            "test and val of DIR without class folders: a fifth of every class of DIR/train is the test set instead"
        ]
    );
    file(
        &folder,
        "val/val_annotations.txt",
        b"val_0.png\tn02\t0\t0\t1\t1\nval_1.png\tn01\t0\t0\t1\t1\n",
    );
    let dataset = load(&folder).unwrap();
    assert_eq!(dataset.class_names, ["n01", "n02"]);
    assert_eq!(dataset.train.labels, [0, 0, 1, 1]);
    assert_eq!(dataset.test.labels, [0, 1]);
    assert_eq!(dataset.test.pixels, [[10; 4], [20; 4]].concat());
    assert_eq!(
        Skipped::sentence(&dataset.skipped).unwrap(),
        "2 files among the images left out: no image, .txt (2)"
    );
    assert_eq!(
        notes(&folder),
        ["DIR/test has no class folders: the images of DIR/val are the test images"]
    );
    file(&folder, "val/val_annotations.txt", b"val_0.png\tn02\n");
    says(&sentence(&folder), "val_1.png: ");
}

#[test]
fn a_folder_around_the_dataset_is_looked_through() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["a", "b"] {
        for half in ["train", "test"] {
            grey(
                &folder,
                &format!("download/data/{half}/{class}/1.png"),
                [2, 2],
                1,
            );
        }
    }
    file(&folder, "__MACOSX/a/._1.png", b"resource fork");
    file(&folder, "README.md", b"read me");
    let dataset = load(&folder).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len()), (2, 2));
    assert_eq!(
        notes(&folder),
        ["the images of DIR are read from DIR/download/data, the only dataset in it"]
    );
    grey(&folder, "other/1.png", [2, 2], 1);
    grey(&folder, "other/2.png", [2, 2], 1);
    let said = load_by(&folder.path().join("download"), &options(None, 1));
    assert!(said.is_ok());
    assert!(
        sentence(&folder).starts_with("DIR: DIR/download in it holds training and test images"),
        "{}",
        sentence(&folder)
    );
}

#[test]
fn equivalent_class_names_are_one_class() {
    let folder = tempfile::tempdir().unwrap();
    // unicodedata.normalize("NFC" and "NFD", "café") in Python.
    for (half, class) in [("train", "caf\u{e9}"), ("test", "cafe\u{301}")] {
        grey(&folder, &format!("{half}/{class}/1.png"), [2, 2], 1);
        grey(&folder, &format!("{half}/eau/1.png"), [2, 2], 2);
    }
    let dataset = load(&folder).unwrap();
    assert_eq!(dataset.class_names, ["caf\u{e9}", "eau"]);
    assert_eq!(
        (dataset.train.labels, dataset.test.labels),
        (vec![0, 1], vec![0, 1])
    );
}

#[cfg(unix)]
#[test]
fn names_that_are_no_utf8_are_kept_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [(&b"caf\xe8"[..], 1), (b"caf\xe9", 2)] {
        let class = folder.path().join(OsStr::from_bytes(name));
        fs::create_dir(&class).unwrap();
        for image in 0..2 {
            let picture = GrayImage::from_pixel(2, 2, Luma([value]));
            picture.save(class.join(format!("{image}.png"))).unwrap();
        }
    }
    let dataset = load(&folder).unwrap();
    assert_eq!(dataset.class_names, ["caf\\xe8", "caf\\xe9"]);
    assert_eq!(dataset.train.labels, [0, 1]);
    assert_eq!(dataset.train.pixels, [[1; 4], [2; 4]].concat());
}

#[test]
fn images_without_classes_are_there_to_be_analysed_alone() {
    let folder = tempfile::tempdir().unwrap();
    for image in 0..3 {
        grey(&folder, &format!("{image}.png"), [2, 2], image);
    }
    let dataset = load(&folder).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len()), (3, 0));
    assert_eq!(dataset.class_names, [crate::dataset::UNLABELLED]);
    let said = dataset.check_classes().unwrap_err().to_string();
    says(
        &said,
        "has no classes, so it can be analysed but not trained on",
    );

    // Folders train and test without class folders: the training images are analysed, and `train` is not a class.
    let halves = tempfile::tempdir().unwrap();
    grey(&halves, "train/1.png", [2, 2], 5);
    grey(&halves, "train/2.png", [2, 2], 6);
    grey(&halves, "test/1.png", [2, 2], 7);
    assert_eq!(
        load(&halves).unwrap().train.pixels,
        [[5; 4], [6; 4]].concat()
    );
}
