//! Folders of images as they are found: cut files, files of other kinds, names, layouts.

use std::fs;
use std::path::Path;

use crate::mistakes::says;
use crate::support::Desk;

/// A noisy JPEG of 64 x 64 pixels.
fn photograph(path: &Path, seed: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_fn(64, 64, |x, y| {
        let noise = (x * 7 + y * 13 + seed * 29).wrapping_mul(2_654_435_761) >> 24;
        image::Rgb([noise as u8, (noise / 2) as u8, (x * y) as u8])
    })
    .save(path)
    .unwrap();
}

#[test]
fn a_photograph_that_is_cut_off_is_no_grey_one() {
    let desk = Desk::new();
    for (part, count) in [("train", 5), ("test", 1)] {
        for class in ["a", "b"] {
            for image in 0..count {
                let path = format!("d/{part}/{class}/{image}.jpg");
                photograph(&desk.path().join(path), image);
            }
        }
    }
    assert_eq!(desk.json("analyze folder:d --json")["images"], 10);
    for file in ["d/train/a/2.jpg", "d/train/b/0.jpg"] {
        let path = desk.path().join(file);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    for command in ["analyze folder:d", "train folder:d resnet-20 --device cpu"] {
        says(
            &desk,
            command,
            1,
            &[
                "2 of its 12 images cannot be read: train/a/2.jpg (it is cut off",
                "train/b/0.jpg (it is cut off",
            ],
        );
    }
}

#[cfg(unix)]
#[test]
fn what_is_left_out_is_counted_in_words_and_in_json() {
    let desk = Desk::new();
    let flowers = desk.images("flowers", 2, 5, 8);
    let class = flowers.join("class0");
    fs::rename(class.join("0.png"), class.join("0.jfif")).unwrap();
    fs::write(class.join("labels.txt"), "words").unwrap();
    fs::write(class.join("1.avif"), b"\0\0\0 ftypavif\0\0\0\0").unwrap();
    fs::write(class.join("2.avif"), b"\0\0\0 ftypavif\0\0\0\0").unwrap();
    fs::write(class.join(".DS_Store"), b"hidden").unwrap();
    std::os::unix::fs::symlink("/not/mounted.png", class.join("away.png")).unwrap();
    let output = desk
        .command("analyze folder:flowers --json")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "note: 4 files among the images left out: AVIF, which is not read here (2); a link that leads nowhere (1); no image, .txt (1)\n"
    );
    let analysis: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(analysis["images"], 8);
    assert_eq!(
        analysis["skipped"],
        serde_json::json!([
            {"reason": "AVIF, which is not read here", "files": 2},
            {"reason": "a link that leads nowhere", "files": 1},
            {"reason": "no image, .txt", "files": 1},
        ])
    );
    // What was kept from that look is said again, and what has changed is seen.
    let kept = desk
        .command("analyze folder:flowers --json")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(kept.stderr).unwrap(), stderr);
    fs::remove_file(class.join("labels.txt")).unwrap();
    let again = desk.json("analyze folder:flowers --json");
    assert_eq!(again["skipped"].as_array().unwrap().len(), 2);
    let quiet = desk
        .command("analyze folder:flowers --quiet")
        .output()
        .unwrap();
    assert!(quiet.stderr.is_empty());
    assert_eq!(
        desk.json("analyze glyphs --limit 60 --json")["skipped"],
        serde_json::json!([])
    );

    for file in fs::read_dir(flowers.join("class1")).unwrap() {
        let path = file.unwrap().path();
        fs::write(&path, b"").unwrap();
        fs::rename(&path, path.with_extension("dat")).unwrap();
    }
    says(
        &desk,
        "analyze folder:flowers",
        1,
        &["class1: none of its files is read (no image, .dat (5))"],
    );
}

#[test]
fn images_without_classes_can_be_analysed_and_not_trained_on() {
    let desk = Desk::new();
    let flowers = desk.images("flowers", 1, 6, 12);
    fs::rename(flowers.join("class0"), desk.path().join("flat")).unwrap();
    let analysis = desk.json("analyze folder:flat --json");
    assert_eq!(analysis["images"], 6);
    assert!(
        analysis["notes"][0]
            .as_str()
            .unwrap()
            .contains("no class folders"),
        "{analysis}"
    );
    says(
        &desk,
        "train folder:flat resnet-14 --depth 7 --batch-size 2 --epochs 1 --device cpu",
        1,
        &["folder:flat has no classes", "a separate folder"],
    );
    assert!(!desk.path().join("runs").exists());
}
