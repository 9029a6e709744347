//! Labels of users' own files, and what their images decide of a training, through the program.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::mistakes::says;
use crate::support::Desk;

/// A `.npy` file, format 1.0, of 8-bit values.
fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
    let header = format!("{header:<117}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(values);
    file
}

/// Images of 8x8 pixels in MedMNIST's layout: those of label n have a light row n, modulo 8.
fn write(path: &Path, train: &[u8], test: &[u8]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (part, labels) in [("train", train), ("test", test)] {
        let image = |(number, label): (usize, &u8)| {
            let shade = |place: usize| {
                if place / 8 == usize::from(*label % 8) {
                    200 + (number * 7 + place) as u8 % 50
                } else {
                    (number * 13 + place * 5) as u8 % 60
                }
            };
            (0..64).map(shade).collect::<Vec<u8>>()
        };
        let pixels: Vec<u8> = labels.iter().enumerate().flat_map(image).collect();
        let count = labels.len();
        for (name, bytes) in [
            ("images", npy(&format!("({count}, 8, 8)"), &pixels)),
            ("labels", npy(&format!("({count}, 1)"), labels)),
        ] {
            zip.start_file(format!("{part}_{name}.npy"), SimpleFileOptions::default())
                .unwrap();
            zip.write_all(&bytes).unwrap();
        }
    }
    zip.finish().unwrap();
}

#[test]
fn labels_that_become_other_numbers_are_told_on_stderr_and_in_json() {
    let desk = Desk::new();
    let labels: Vec<u8> = (0..40)
        .map(|image| [0, 1, 5, 100, 201][image % 5])
        .collect();
    write(&desk.path().join("gaps.npz"), &labels, &labels[..10]);
    let sentence = "its labels, 5 different numbers from 0 to 201, become 5 consecutive classes, each named by its label";
    for command in ["analyze npz:gaps.npz", "plan npz:gaps.npz resnet-14"] {
        let output = desk.command(&format!("{command} --json")).output().unwrap();
        assert!(output.status.success());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told, format!("note: {sentence}\n"), "{command}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["notes"], serde_json::json!([sentence]));
        let output = desk
            .command(&format!("{command} --json --quiet"))
            .output()
            .unwrap();
        assert!(output.stderr.is_empty());
    }
    let analysis = desk.json("analyze npz:gaps.npz --json");
    assert_eq!(analysis["classes"], 5);
    assert_eq!(analysis["per_class"][3]["name"], "100");
    write(&desk.path().join("strange.npz"), &labels, &[0, 7]);
    says(
        &desk,
        "analyze npz:strange.npz",
        1,
        &["test_labels: record 1 (counted from 0) has label 7, which no training image has"],
    );
    says(
        &desk,
        "analyze glyphs --split-test val",
        1,
        &["leave out --split-test"],
    );
}

/// 80 images of 8x8: batches of 8, a padding of an eighth of 8 pixels, no mirror.
#[test]
fn a_run_keeps_what_its_images_decided() {
    let desk = Desk::new();
    let labels: Vec<u8> = (0..80).map(|image| image % 4).collect();
    write(&desk.path().join("few.npz"), &labels, &labels[..20]);
    let train = "train npz:few.npz resnet-14 --depth 7 --device cpu --epochs 2";
    let output = desk.command(&format!("{train} --json")).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told = String::from_utf8(output.stderr).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let decided = "80 training images of 8x8 decide: batch size 8, learning rate 0.025, warm-up of 0.4 epochs, crops padded by 1 pixel";
    let unmirrored = "images are not mirrored, since it is not known whether a mirror keeps their class: --mirror on mirrors them";
    assert!(
        told.contains(&format!("note: {decided}\nnote: {unmirrored}\n")),
        "{told}"
    );
    assert_eq!(summary["notes"], serde_json::json!([decided, unmirrored]));
    assert_eq!(summary["batch_size"], 8);
    let folder = desk.path().join(summary["run_dir"].as_str().unwrap());
    let kept = fs::read_to_string(folder.join("run.toml")).unwrap();
    for line in [
        "epochs = 2",
        "batch_size = 8",
        "learning_rate = 0.025",
        "warmup_epochs = 0.4",
        "crop_padding = 1",
        "mirror = \"off\"",
    ] {
        assert!(kept.lines().any(|kept| kept == line), "{line}: {kept}");
    }
    let given = desk.json(&format!(
        "{train} --batch-size 20 --learning-rate 0.05 --warmup-epochs 1 --crop-padding 0 --mirror on --json"
    ));
    assert_eq!(given["notes"], serde_json::json!([]));
}
