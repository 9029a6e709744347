#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::dataset::DatasetError;
use crate::dataset::testing::{
    Files, noise, npy, plenty, python2_batch, quiet, says, write_folder, zip,
};

fn split(seed: u64, count: usize) -> Split {
    Split {
        pixels: noise(seed, count * SHAPE.bytes()),
        labels: noise(seed + 1, count)
            .into_iter()
            .map(|byte| u32::from(byte) * 999 / 255)
            .collect(),
    }
}

/// The files of one part, `count` images in each.
fn files(layout: Layout, names: &[String], whole: &Split, count: usize) -> Files {
    let file = |(index, name): (usize, &String)| {
        let images = index * count..(index + 1) * count;
        let pixels = &whole.pixels[images.start * 3072..images.end * 3072];
        let labels: Vec<i64> = whole.labels[images]
            .iter()
            .map(|&label| i64::from(label) + 1)
            .collect();
        let bytes = match layout {
            Layout::Python => python2_batch(&[("labels", labels)], 3072, pixels),
            Layout::Npz => {
                let labels: Vec<u8> = labels
                    .iter()
                    .flat_map(|label| label.to_le_bytes())
                    .collect();
                zip(&vec![
                    (
                        "data.npy".to_owned(),
                        npy("|u1", &format!("({count}, 3072)"), pixels),
                    ),
                    (
                        "labels.npy".to_owned(),
                        npy("<i8", &format!("({count},)"), &labels),
                    ),
                    ("mean.npy".to_owned(), npy("<f8", "(1,)", &[0; 8])),
                ])
            }
        };
        (format!("{name}{}", layout.suffix()), bytes)
    };
    names.iter().enumerate().map(file).collect()
}

fn train_names() -> Vec<String> {
    (1..=10)
        .map(|batch| format!("train_data_batch_{batch}"))
        .collect()
}

#[test]
fn folders_and_zips_of_both_layouts_give_the_same_images() {
    let (train, test) = (split(1, 20), split(5, 3));
    for layout in [Layout::Python, Layout::Npz] {
        let train_files = files(layout, &train_names(), &train, 2);
        let test_files = files(layout, &["val_data".to_owned()], &test, 3);
        let suffix = layout.folder_suffix();
        let (train_name, test_name) = (
            format!("Imagenet32_train{suffix}"),
            format!("Imagenet32_val{suffix}"),
        );
        let home = tempfile::tempdir().unwrap();
        write_folder(&home.path().join(&train_name), &train_files);
        write_folder(&home.path().join(&test_name), &test_files);
        let flat = tempfile::tempdir().unwrap();
        write_folder(flat.path(), &train_files);
        write_folder(flat.path(), &test_files);
        let packed = tempfile::tempdir().unwrap();
        for (name, files) in [(&train_name, &train_files), (&test_name, &test_files)] {
            let inside = files
                .iter()
                .map(|(file, bytes)| (format!("{name}/{file}"), bytes.clone()));
            std::fs::write(
                packed.path().join(format!("{name}.zip")),
                zip(&inside.collect()),
            )
            .unwrap();
        }
        for place in [
            home.path(),
            &home.path().join(&train_name),
            flat.path(),
            packed.path(),
        ] {
            let found = find(place).unwrap();
            assert_eq!(found.layout, layout);
            let little = Budget::new(Some(1000));
            let refused = read(&found, &little, &quiet);
            assert!(matches!(refused, Err(DatasetError::Memory { .. })));
            let refused = scan(&found, &little, &quiet, &mut |_| Ok(()));
            assert!(matches!(refused, Err(DatasetError::Memory { .. })));
            let dataset = read(&found, &plenty(), &quiet).unwrap();
            assert_eq!(dataset.train, train, "{layout:?} {}", place.display());
            assert_eq!(dataset.test, test, "{layout:?}");
            let mut passed = (Split::default(), 0);
            scan(&found, &plenty(), &quiet, &mut |part| {
                passed.0.pixels.extend_from_slice(part.pixels);
                passed.0.labels.extend_from_slice(part.labels);
                passed.1 += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(passed, (train.clone(), 10), "{layout:?} in parts");
            assert_eq!(
                (dataset.class_names.len(), &*dataset.class_names[999]),
                (1000, "1000")
            );
        }
    }
}

#[test]
fn damage_is_named_with_file_and_record() {
    let (train, test) = (split(1, 20), split(5, 3));
    let problem = |layout, change: fn(&mut Files)| {
        let home = tempfile::tempdir().unwrap();
        let mut all = files(layout, &train_names(), &train, 2);
        all.extend(files(layout, &["val_data".to_owned()], &test, 3));
        change(&mut all);
        write_folder(home.path(), &all);
        read(&find(home.path()).unwrap(), &plenty(), &quiet)
            .unwrap_err()
            .to_string()
    };
    let sentence = problem(Layout::Python, |files| {
        files[3].1 = python2_batch(&[("labels", vec![1000, 1001])], 3072, &[0; 6144]);
    });
    says(
        &sentence,
        "train_data_batch_4: record 1 (counted from 0) has label 1001, outside 1 to 1000",
    );
    let sentence = problem(Layout::Python, |files| {
        files[10].1 = python2_batch(&[("labels", vec![0, 1])], 3072, &[0; 6144]);
    });
    says(&sentence, "val_data: record 0 (counted from 0) has label 0");
    let sentence = problem(Layout::Npz, |files| {
        files[1].1 = zip(&vec![(
            "labels.npy".to_owned(),
            npy("<i8", "(1,)", &[1, 0, 0, 0, 0, 0, 0, 0]),
        )]);
    });
    says(&sentence, "train_data_batch_2.npz: it has no array 'data'");
    let sentence = problem(Layout::Npz, |files| files[1].1.truncate(500));
    says(&sentence, "train_data_batch_2.npz: it is no readable zip");
    let sentence = problem(Layout::Python, |files| drop(files.remove(9)));
    says(&sentence, "train_data_batch_10 is missing");
}

#[test]
fn both_versions_in_one_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train_data_batch_1", "val_data"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    assert!(find(folder.path()).unwrap().check().is_ok());
    for name in ["train_data_batch_1.npz", "val_data.npz"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let said = find(folder.path()).unwrap().check().unwrap_err();
    assert_eq!(
        said.to_string()
            .replace(&folder.path().display().to_string(), "DIR"),
        "DIR: it holds two copies of imagenet32, the Python version (train_data_batch_1) and the npz version (train_data_batch_1.npz): put each into a separate folder"
    );
    let options = crate::dataset::LoadOptions {
        data_dir: Some(folder.path().to_owned()),
        ..Default::default()
    };
    let loaded = crate::dataset::load(
        &crate::dataset::Source::known("imagenet32"),
        &options,
        &|_| {},
    );
    assert_eq!(loaded.unwrap_err().to_string(), said.to_string());
}
