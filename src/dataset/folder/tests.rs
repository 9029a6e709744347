#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;

use image::{GrayImage, Luma, Rgb, RgbImage};
use tempfile::TempDir;

use super::*;
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

fn load_by(folder: &Path, options: &Options) -> Result<Dataset, Error> {
    read(folder, options, &plenty(), &quiet)
}

fn load(folder: &TempDir) -> Result<Dataset, Error> {
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
    let dataset = read(folder.path(), &options(None, 1), &plenty(), &|done, total| {
        heard.lock().unwrap().push((done, total));
    })
    .unwrap();
    assert_eq!(dataset.class_names, ["a", "b"]);
    assert_eq!((dataset.train.len(), dataset.test.len()), (36, 10));
    assert_eq!(dataset.shape.bytes(), 6);
    assert!(dataset.flip_keeps_class);
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
        "DIR/a: none of its files is read (1 no image (.txt)): convert or replace them, or remove the folder"
    );
    grey(&folder, "a/1.png", [2, 2], 1);
    assert!(sentence(&folder).starts_with("DIR/a: the class has a single image"));
    file(&folder, "a/2.png", b"no PNG");
    assert!(sentence(&folder).starts_with("DIR/a/2.png: it is no image of a kind that is known here"));
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
    let opened = Folder::open(folder.path(), &options(None, 1)).unwrap();
    assert_eq!(opened.outline, whole.outline());
    for batch in [1, 5, 36, 100] {
        let (mut passed, mut parts) = (Split::default(), 0);
        let heard = AtomicUsize::new(0);
        let hear = |_, total| {
            assert_eq!(total, 36);
            heard.fetch_add(1, Ordering::Relaxed);
        };
        opened.scan(batch, &plenty(), &hear, &mut |_, part| {
            assert!(part.labels.len() <= batch);
            passed.append(part);
            parts += 1;
        })
        .unwrap();
        assert_eq!(passed, whole.train);
        assert_eq!((parts, heard.into_inner()), (36_usize.div_ceil(batch), 36));
    }
    file(&folder, "a/030.png", b"no image");
    let scanned = scan(folder.path(), &options(None, 1), &plenty(), &quiet, &mut |_, _| {});
    assert_eq!(
        scanned.unwrap_err().to_string(),
        load(&folder).unwrap_err().to_string()
    );
}
