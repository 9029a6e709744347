#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::dataset::DatasetError;
use crate::dataset::testing::{
    Files, noise, plenty, python2_batch, python2_names, quiet, says, write_folder, write_tar,
};

const COUNT: usize = 3;

struct Sample {
    train: Split,
    test: Split,
    coarse: Vec<i64>,
}

fn sample(variety: Variety) -> Sample {
    let batches = variety.names(Layout::Binary).train.len();
    let split = |seed: u64, count: usize| Split {
        pixels: noise(seed, count * SHAPE.bytes()),
        labels: noise(seed + 1, count)
            .into_iter()
            .map(|byte| u32::from(byte) % variety.classes() as u32)
            .collect(),
    };
    Sample {
        train: split(1, COUNT * batches),
        test: split(3, 2),
        coarse: (0..(COUNT * batches).max(2) as i64).collect(),
    }
}

/// The published files in either layout, by the byte order of the page that describes them.
fn files(variety: Variety, layout: Layout) -> Files {
    let names = variety.names(layout);
    let sample = sample(variety);
    let class_names: Vec<String> = (0..variety.classes())
        .map(|class| format!("class {class}"))
        .collect();
    let meta = match layout {
        Layout::Binary => format!("{}\n\n", class_names.join("\n")).into_bytes(),
        Layout::Python => python2_names(variety.label_keys().1, &class_names),
    };
    let mut files = vec![(names.meta.to_owned(), meta)];
    let mut write = |name: &str, split: &Split, range: std::ops::Range<usize>| {
        let pixels = &split.pixels[range.start * 3072..range.end * 3072];
        let labels: Vec<i64> = split.labels[range.clone()]
            .iter()
            .map(|&label| i64::from(label))
            .collect();
        let coarse = &sample.coarse[range];
        let bytes = match layout {
            Layout::Binary => labels
                .iter()
                .zip(coarse)
                .zip(pixels.chunks(3072))
                .flat_map(|((&label, &coarse), image)| {
                    let labels = match variety {
                        Variety::Cifar10 => vec![label as u8],
                        Variety::Cifar100 => vec![coarse as u8, label as u8],
                        Variety::Cifar100Coarse => vec![label as u8, coarse as u8],
                    };
                    [&labels, image].concat()
                })
                .collect(),
            Layout::Python => match variety {
                Variety::Cifar10 => python2_batch(&[("labels", labels)], 3072, pixels),
                Variety::Cifar100 => python2_batch(
                    &[("coarse_labels", coarse.to_vec()), ("fine_labels", labels)],
                    3072,
                    pixels,
                ),
                Variety::Cifar100Coarse => python2_batch(
                    &[("coarse_labels", labels), ("fine_labels", coarse.to_vec())],
                    3072,
                    pixels,
                ),
            },
        };
        files.push((name.to_owned(), bytes));
    };
    for (index, name) in names.train.iter().enumerate() {
        write(name, &sample.train, index * COUNT..(index + 1) * COUNT);
    }
    write(names.test, &sample.test, 0..2);
    files
}

const VARIETIES: [Variety; 3] = [Variety::Cifar10, Variety::Cifar100, Variety::Cifar100Coarse];
const LAYOUTS: [Layout; 2] = [Layout::Binary, Layout::Python];

#[test]
fn two_versions_in_one_folder_are_both_named() {
    let home = tempfile::tempdir().unwrap();
    for layout in LAYOUTS {
        write_folder(home.path(), &files(Variety::Cifar10, layout));
    }
    write_folder(home.path(), &files(Variety::Cifar100, Layout::Python));
    let check = |variety| find(home.path(), variety).unwrap().check();
    let text = check(Variety::Cifar10).unwrap_err().to_string();
    for part in [
        "two copies of cifar10",
        "data_batch_1.bin",
        "(data_batch_1)",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(check(Variety::Cifar100).is_ok());
}

#[test]
fn every_layout_gives_the_same_images_and_labels() {
    for variety in VARIETIES {
        let sample = sample(variety);
        for layout in LAYOUTS {
            let files = files(variety, layout);
            let names = variety.names(layout);
            let home = tempfile::tempdir().unwrap();
            let folder = home.path().join(names.folder);
            write_folder(&folder, &files);
            let packed = tempfile::tempdir().unwrap();
            let archive = packed.path().join(names.archive);
            write_tar(&archive, names.folder, &files);
            for place in [home.path(), &folder, packed.path(), &archive] {
                let found = find(place, variety).unwrap();
                assert_eq!(found.layout, layout);
                let refused = read(&found, &Budget::new(Some(1000)), &quiet);
                assert!(matches!(refused, Err(DatasetError::Memory { .. })));
                let dataset = read(&found, &plenty(), &quiet).unwrap();
                assert_eq!(dataset.train, sample.train, "{variety:?} {layout:?}");
                assert_eq!(dataset.test, sample.test, "{variety:?} {layout:?}");
                assert_eq!(dataset.class_names.len(), variety.classes());
                assert_eq!(dataset.class_names[7], "class 7");
            }
        }
    }
}

#[test]
fn names_of_classes_may_be_missing() {
    let home = tempfile::tempdir().unwrap();
    let files = files(Variety::Cifar10, Layout::Binary);
    write_folder(home.path(), &files[1..].to_vec());
    let dataset = read(
        &find(home.path(), Variety::Cifar10).unwrap(),
        &plenty(),
        &quiet,
    )
    .unwrap();
    assert_eq!(dataset.class_names[9], "truck");
    assert_eq!(find(home.path(), Variety::Cifar100), None);
}

fn problem(variety: Variety, layout: Layout, change: impl FnOnce(&mut Files)) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut files = files(variety, layout);
    change(&mut files);
    write_folder(home.path(), &files);
    let found = find(home.path(), variety).unwrap();
    read(&found, &plenty(), &quiet).unwrap_err().to_string()
}

#[test]
fn damage_is_named_with_file_and_record() {
    let ten = |change: fn(&mut Files)| problem(Variety::Cifar10, Layout::Binary, change);
    let text = ten(|files| files[2].1.truncate(3073 * 2 + 100));
    says(&text, "data_batch_2.bin: it ends in the middle of record 2");
    let text = ten(|files| files[3].1[3073] = 10);
    says(
        &text,
        "data_batch_3.bin: record 1 (counted from 0) has label 10, outside 0 to 9",
    );
    let text = ten(|files| files[6].1 = vec![0; 10_001 * 3073]);
    says(
        &text,
        "test_batch.bin: it holds more than the 30730000 bytes",
    );
    let text = ten(|files| drop(files.remove(4)));
    says(&text, "data_batch_4.bin is missing");
    let text = ten(|files| files[6].1.clear());
    says(&text, "test_batch.bin: it is empty: fetch it again");
    let text = ten(|files| files[0].1 = b"cat\ndog\n".to_vec());
    says(&text, "batches.meta.txt: it names 2 classes");
}

#[test]
fn damaged_pickles_are_named_too() {
    let python = |change: fn(&mut Files)| problem(Variety::Cifar10, Layout::Python, change);
    let text = python(|files| files[1].1.truncate(4000));
    says(&text, "data_batch_1: the pickle ends too early");
    let text = python(|files| files[2].1 = b"cos\nsystem\n(S'true'\ntR.".to_vec());
    says(&text, "data_batch_2: the pickle names 'os.system'");
    let text =
        python(|files| files[3].1 = python2_batch(&[("labels", vec![3, 12])], 3072, &[0; 6144]));
    says(
        &text,
        "data_batch_3: record 1 (counted from 0) has label 12",
    );
    let text = python(|files| files[3].1 = python2_batch(&[("labels", vec![3])], 3072, &[0; 6144]));
    says(&text, "shape [2, 3072], where 1 labels promise");
    let text = python(|files| files[0].1 = files[1].1.clone());
    says(&text, "batches.meta: its pickle has no entry 'label_names'");
    let hundred = problem(Variety::Cifar100, Layout::Python, |files| {
        files[1].1 = python2_batch(&[("labels", vec![3, 2])], 3072, &[0; 6144]);
    });
    says(&hundred, "train: its pickle has no entry 'fine_labels'");
}

#[test]
fn a_truncated_archive_is_a_sentence() {
    let home = tempfile::tempdir().unwrap();
    let names = Variety::Cifar10.names(Layout::Binary);
    let archive = home.path().join(names.archive);
    write_tar(
        &archive,
        names.folder,
        &files(Variety::Cifar10, Layout::Binary),
    );
    let whole = std::fs::read(&archive).unwrap();
    let found = find(home.path(), Variety::Cifar10).unwrap();
    for share in [0, 1, 3, 7] {
        std::fs::write(&archive, &whole[..whole.len() * share / 8]).unwrap();
        let text = read(&found, &plenty(), &quiet).unwrap_err().to_string();
        assert!(text.contains(names.archive), "{share}: {text}");
    }
}
