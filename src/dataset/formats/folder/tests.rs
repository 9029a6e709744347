#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;

use image::{GrayImage, Luma, Rgb, RgbImage};
use tempfile::TempDir;

use super::*;
use crate::dataset::Skipped;
use crate::dataset::testing::{plenty, quiet};

/// A grey PNG of `height` x `width` pixels of value `value`.
fn grey(folder: &TempDir, name: &str, [height, width]: [u32; 2], value: u8) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    GrayImage::from_pixel(width, height, Luma([value]))
        .save(path)
        .unwrap();
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn options(resize: Option<[usize; 2]>, seed: u64) -> Options {
    Options {
        resize,
        seed,
        limit: None,
    }
}

fn load_by(folder: &Path, options: &Options) -> Result<Dataset> {
    read(folder, options, &plenty(), &quiet)
}

fn load(folder: &TempDir) -> Result<Dataset> {
    load_by(folder.path(), &options(None, 1))
}

fn sentence(folder: &TempDir) -> String {
    let sentence = load(folder).unwrap_err().to_string();
    assert!(!sentence.contains('\n'), "{sentence}");
    sentence.replace(&folder.path().display().to_string(), "DIR")
}

/// Two classes of `images` images each, whose pixels count up.
fn classes(images: u8) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..images {
        grey(&folder, &format!("b/{index:03}.png"), [2, 3], index);
        grey(&folder, &format!("a/{index:03}.PNG"), [2, 3], 100 + index);
    }
    folder
}

#[test]
fn holds_out_a_seeded_fifth_of_every_class() {
    let folder = classes(23);
    file(&folder, "a/.hidden.png", b"no image");
    file(&folder, "a/notes.txt", b"no image");
    file(&folder, "README.md", b"no class");
    let heard = Mutex::new(Vec::new());
    let dataset = read(
        folder.path(),
        &options(None, 1),
        &plenty(),
        &|done, total| {
            heard.lock().unwrap().push((done, total));
        },
    )
    .unwrap();
    assert_eq!(dataset.class_names, ["a", "b"]);
    assert_eq!((dataset.train.len(), dataset.test.len()), (36, 10));
    assert_eq!(dataset.shape.bytes(), 6);
    assert!(!dataset.flip_keeps_class);
    for (split, images) in [(&dataset.train, 18), (&dataset.test, 5)] {
        assert_eq!(
            split.labels.iter().filter(|&&label| label == 0).count(),
            images
        );
        for (index, &label) in split.labels.iter().enumerate() {
            assert_eq!(split.image(index, dataset.shape)[0] >= 100, label == 0);
        }
    }
    let mut all = [dataset.train.pixels.clone(), dataset.test.pixels.clone()].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 46, "every image is in one split");
    assert_eq!(heard.into_inner().unwrap().iter().max(), Some(&(46, 46)));
    assert_eq!(load(&folder).unwrap(), dataset);
    let other = load_by(folder.path(), &options(None, 2)).unwrap();
    assert_ne!(other.test, dataset.test);
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
fn one_coloured_file_makes_the_dataset_coloured() {
    let folder = classes(2);
    let red = RgbImage::from_fn(3, 2, |x, y| Rgb([(10 * y + x) as u8, 50, 90]));
    red.save(folder.path().join("a/000.PNG")).unwrap();
    let dataset = load_by(folder.path(), &options(None, 1)).unwrap();
    assert_eq!(dataset.shape.channels, 3);
    let images = [&dataset.train, &dataset.test]
        .into_iter()
        .flat_map(|split| (0..split.len()).map(|index| split.image(index, dataset.shape)))
        .collect::<Vec<_>>();
    let planes = [[0, 1, 2, 10, 11, 12], [50; 6], [90; 6]].concat();
    assert!(images.contains(&planes.as_slice()));
    assert!(images.contains(&[1; 18].as_slice()));
}

#[test]
fn another_size_is_named_and_resized_if_asked() {
    let folder = classes(3);
    grey(&folder, "b/001.png", [4, 4], 9);
    assert_eq!(
        sentence(&folder)
            .replace("a/000.PNG", "FIRST")
            .replace("a/001.PNG", "FIRST")
            .replace("a/002.PNG", "FIRST"),
        "DIR/b/001.png: it is 4x4, but DIR/FIRST is 2x3: give --resize 2x3, say"
    );
    let dataset = load_by(folder.path(), &options(Some([5, 7]), 1)).unwrap();
    assert_eq!((dataset.shape.height, dataset.shape.width), (5, 7));
    let flat = |split: &Split| {
        (0..split.len()).all(|index| {
            let image = split.image(index, dataset.shape);
            image.iter().all(|value| *value == image[0])
        })
    };
    assert!(flat(&dataset.train) && flat(&dataset.test));
    assert!(load_by(folder.path(), &options(Some([0, 7]), 1)).is_err());
}

#[test]
fn says_what_is_wrong_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        sentence(&folder),
        "DIR: there are no class folders in it: put the images of each class into a folder of its own"
    );
    fs::create_dir(folder.path().join("a")).unwrap();
    assert_eq!(
        sentence(&folder),
        "DIR/a: there are no images in this class folder: add some, or remove it"
    );
    file(&folder, "a/1.txt", b"text");
    assert_eq!(
        sentence(&folder),
        "DIR/a: none of its files is read (no image, .txt (1)): convert or replace them, or remove the folder"
    );
    grey(&folder, "a/1.png", [2, 2], 1);
    assert!(sentence(&folder).starts_with("DIR/a: the class has a single image"));
    file(&folder, "a/2.png", b"no PNG");
    assert!(
        sentence(&folder).starts_with("DIR/a/2.png: it is no image of a kind that is known here")
    );
    let missing = load_by(Path::new("no/such/folder"), &options(None, 1)).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "no/such/folder: there is no such folder: give a folder of class folders"
    );
}

/// A PNG whose head is whole and whose pixels are not.
#[test]
fn a_truncated_image_is_named() {
    let folder = classes(2);
    let path = folder.path().join("b/001.png");
    RgbImage::from_fn(3, 2, |x, _| Rgb([x as u8, 7, 99]))
        .save(&path)
        .unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    assert!(sentence(&folder).starts_with("DIR/b/001.png: it cannot be decoded ("));
}

#[test]
fn images_that_pass_in_batches_are_those_of_the_whole() {
    let folder = classes(23);
    let whole = load(&folder).unwrap();
    let opened = Opened::open(folder.path(), &options(None, 1)).unwrap();
    assert_eq!(opened.outline, whole.outline());
    for batch in [1, 5, 36, 100] {
        let (mut passed, mut parts) = (Split::default(), 0);
        let heard = AtomicUsize::new(0);
        let hear = |_, total| {
            assert_eq!(total, 36);
            heard.fetch_add(1, Ordering::Relaxed);
        };
        opened
            .scan(batch, &plenty(), &hear, &mut |_, part| {
                assert!(part.labels.len() <= batch);
                passed.append(part);
                parts += 1;
            })
            .unwrap();
        assert_eq!(passed, whole.train);
        assert_eq!((parts, heard.into_inner()), (36_usize.div_ceil(batch), 36));
    }
    file(&folder, "a/030.png", b"no image");
    let scanned = scan(
        folder.path(),
        &options(None, 1),
        &plenty(),
        &quiet,
        &mut |_, _| {},
    );
    assert_eq!(
        scanned.unwrap_err().to_string(),
        load(&folder).unwrap_err().to_string()
    );
}

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
    assert!(half.unwrap_err().to_string().contains("a single image"));
    grey(&folder, "Testing/a/2.png", [2, 2], 1);
    grey(&folder, "Testing/b/2.png", [2, 2], 1);
    let half = load_by(&folder.path().join("Testing"), &options(None, 1)).unwrap();
    assert!(
        half.notes[0].contains("holds the test images of folder:"),
        "{:?}",
        half.notes
    );
}

/// Tiny ImageNet: `images` below each class, a table of the classes of validation images, and test
/// images of which nobody says the class.
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
    assert!(
        sentence(&folder).contains("val_1.png: "),
        "{}",
        sentence(&folder)
    );
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
    assert!(
        said.contains("has no classes, so it can be analysed but not trained on"),
        "{said}"
    );

    // Halves without classes: the training half is analysed, and is no class.
    let halves = tempfile::tempdir().unwrap();
    grey(&halves, "train/1.png", [2, 2], 5);
    grey(&halves, "train/2.png", [2, 2], 6);
    grey(&halves, "test/1.png", [2, 2], 7);
    assert_eq!(
        load(&halves).unwrap().train.pixels,
        [[5; 4], [6; 4]].concat()
    );
}

#[cfg(unix)]
#[test]
fn files_are_read_by_their_content_or_counted_by_reason() {
    let folder = classes(3);
    let png = fs::read(folder.path().join("b/000.png")).unwrap();
    file(&folder, "a/none", &png);
    file(&folder, "a/x.jfif", &png);
    file(&folder, "b/session2/evening/1.png", &png);
    grey(&folder, "beside.png", [2, 3], 1);
    file(&folder, "a/Thumbs.db", b"\xd0\xcf\x11\xe0");
    file(&folder, "a/photo.avif", b"\0\0\0 ftypavif\0\0\0\0");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, folder.path().join(at)).unwrap();
    link("/not/mounted/1.png", "b/1.png");
    link("..", "b/above");
    let dataset = load(&folder).unwrap();
    assert_eq!(dataset.train.len() + dataset.test.len(), 6 + 3);
    let skipped = &dataset.skipped;
    assert!(skipped.iter().all(|kind| kind.files == 1), "{skipped:?}");
    let reasons: Vec<&str> = skipped.iter().map(|kind| kind.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "AVIF, which is not read here",
            "a link that leads nowhere",
            "a link to a folder above it",
            "an image beside the class folders",
            "no image, .db"
        ]
    );
    // Whatever decides on the dataset is in its stamp, so that a file that is mended is not passed over.
    let files = files(folder.path(), 1).unwrap();
    assert_eq!(files.len(), 9 + 5);
}

#[test]
fn all_files_that_cannot_be_read_are_told_at_once() {
    let folder = classes(23);
    for index in 0..12 {
        file(&folder, &format!("b/{index:03}.png"), b"\x89PNG\r\n\x1a\n");
    }
    let said = sentence(&folder);
    assert!(
        said.starts_with(
            "DIR: 12 of its 46 images cannot be read: b/000.png (it cannot be decoded"
        ),
        "{said}"
    );
    assert!(
        said.contains("b/009.png") && !said.contains("b/010.png"),
        "{said}"
    );
    assert!(
        said.ends_with("), and 2 more: replace or remove them"),
        "{said}"
    );
}

/// A JPEG that is cut off, in the half that is tested with: analysis does not decode it.
#[test]
fn a_cut_jpeg_is_found_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    for half in ["train", "test"] {
        for class in ["a", "b"] {
            let path = folder.path().join(half).join(class);
            fs::create_dir_all(&path).unwrap();
            RgbImage::from_fn(24, 24, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]))
                .save(path.join("1.jpg"))
                .unwrap();
        }
    }
    assert!(load(&folder).is_ok());
    let path = folder.path().join("test/b/1.jpg");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let cut = "DIR/test/b/1.jpg: it is cut off: the JPEG ends before its end-of-image marker: replace or remove it";
    assert_eq!(sentence(&folder), cut);
    let scanned = scan(
        folder.path(),
        &options(None, 1),
        &plenty(),
        &quiet,
        &mut |_, _| {},
    );
    assert!(scanned.unwrap_err().to_string().contains("it is cut off"));
}

#[test]
fn images_of_16_bits_are_said_to_be_taken_at_8() {
    let folder = classes(2);
    let deep = image::ImageBuffer::<Luma<u16>, Vec<u16>>::from_pixel(3, 2, Luma([0x1234]));
    deep.save(folder.path().join("a/000.PNG")).unwrap();
    let dataset = load(&folder).unwrap();
    assert_eq!(
        dataset.notes,
        [
            "1 of 4 images have more than 8 bits a channel: they are taken at 8 bits, and entropy is that of these"
        ]
    );
    let all = [dataset.train.pixels, dataset.test.pixels].concat();
    assert!(all.contains(&0x12));
}

#[test]
fn memory_is_asked_for_before_any_image_is_decoded() {
    let folder = classes(23);
    let within = |bytes: u64, limit: Option<usize>| {
        let options = Options {
            limit,
            ..options(None, 1)
        };
        read(folder.path(), &options, &Budget::new(Some(bytes)), &quiet)
    };
    // 46 images of 6 pixels, and one that is being decoded.
    let whole = within(46 * 6 + 6, None).unwrap();
    assert_eq!(whole, load(&folder).unwrap());
    assert!(matches!(
        within(46 * 6, None),
        Err(DatasetError::Memory { .. })
    ));
    let few = within(46 * 6, Some(10)).unwrap();
    assert_eq!(few, whole.limited(10, 1));
}
