//! Files that cannot be read, and folders that are no datasets.

use super::*;

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
        "DIR: there are no class folders in it: put the images of each class into a separate folder"
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

/// A PNG with a complete header and truncated pixels.
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
    // Whatever decides on the dataset is in its stamp, so that a repaired file is noticed.
    let files = files(folder.path(), 1, &quiet).unwrap();
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
    says(&scanned(&folder).unwrap_err().to_string(), "it is cut off");
}
