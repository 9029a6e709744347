#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod layouts;

use std::sync::Mutex;

use image::{GrayImage, Luma, Rgb, RgbImage};
use tempfile::TempDir;

use super::*;
use crate::dataset::Skipped;
use crate::dataset::testing::{plenty, quiet, says};

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

fn options(resize: Option<[usize; 2]>, seed: u64) -> LoadOptions {
    LoadOptions {
        resize,
        seed,
        ..LoadOptions::default()
    }
}

fn load_by(folder: &Path, options: &LoadOptions) -> Result<Dataset> {
    read(folder, options, &plenty(), &quiet)
}

fn load(folder: &TempDir) -> Result<Dataset> {
    load_by(folder.path(), &options(None, 1))
}

/// Reads a folder part by part and keeps nothing.
fn scanned(folder: &TempDir) -> Result<()> {
    scan(
        folder.path(),
        &options(None, 1),
        &plenty(),
        &quiet,
        &mut |_, _| Ok(()),
    )
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
    let dataset = read(folder.path(), &options(None, 1), &plenty(), &|loading| {
        heard.lock().unwrap().push(loading);
    })
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
    let heard = heard.into_inner().unwrap();
    let last = |is: fn(&Loading) -> bool| heard.iter().rposition(is).unwrap();
    let found = last(|at| matches!(at, Loading::Finding { .. }));
    // The folder, two classes; 46 images, two files that are none.
    let all = Loading::Finding {
        folders: 3,
        files: 48,
    };
    assert_eq!(heard[found], all);
    let scanned = last(|at| matches!(at, Loading::Scanning(_)));
    assert!(found < scanned && heard.contains(&Loading::Scanning(46)));
    assert!(heard[scanned + 1..].contains(&Loading::Images(46, 46)));
    assert_eq!(
        heard[0],
        Loading::Finding {
            folders: 1,
            files: 0
        }
    );
    assert_eq!(load(&folder).unwrap(), dataset);
    let other = load_by(folder.path(), &options(None, 2)).unwrap();
    assert_ne!(other.test, dataset.test);
}

#[test]
fn every_folder_is_read_once() {
    let together = classes(4);
    let apart = tempfile::tempdir().unwrap();
    for half in ["train", "test"] {
        for class in ["a", "b"] {
            let to = apart.path().join("set").join(half).join(class);
            fs::create_dir_all(&to).unwrap();
            for image in 0..3 {
                let from = together.path().join("a/000.PNG");
                fs::copy(from, to.join(format!("{image}.png"))).unwrap();
            }
        }
    }
    for (folder, folders) in [(together.path(), 3), (&apart.path().join("set"), 7)] {
        let walk = Walk::new(&|_| {});
        list(folder, 1, &walk).unwrap();
        assert_eq!(walk.reads(), folders, "{}", folder.display());
    }
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
fn images_that_pass_in_batches_are_those_of_the_whole() {
    let folder = classes(23);
    let whole = load(&folder).unwrap();
    let seen = AtomicUsize::new(0);
    let look = |loading| match loading {
        Loading::Finding { .. } => {}
        Loading::Scanning(done) => {
            seen.fetch_max(done, Ordering::Relaxed);
        }
        Loading::Images(..) => panic!("no image is decoded yet"),
    };
    let opened = Opened::open(folder.path(), &options(None, 1), &look).unwrap();
    assert_eq!(seen.into_inner(), 46);
    assert_eq!(opened.outline, whole.outline());
    for batch in [1, 5, 36, 100] {
        let (mut passed, mut parts) = (Split::default(), 0);
        let heard = AtomicUsize::new(0);
        let hear = |loading| {
            assert!(matches!(loading, Loading::Images(_, 36)), "{loading:?}");
            heard.fetch_add(1, Ordering::Relaxed);
        };
        opened
            .scan(batch, &plenty(), &hear, &mut |_, part| {
                assert!(part.labels.len() <= batch);
                passed.append(part);
                parts += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(passed, whole.train);
        assert_eq!((parts, heard.into_inner()), (36_usize.div_ceil(batch), 36));
    }
    file(&folder, "a/030.png", b"no image");
    assert_eq!(
        scanned(&folder).unwrap_err().to_string(),
        load(&folder).unwrap_err().to_string()
    );
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
        let options = LoadOptions {
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
