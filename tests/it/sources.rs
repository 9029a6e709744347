//! Datasets as users have them on disk, found and read by their names.

use std::fs;
use std::path::Path;

use crate::mistakes::{idx, says};
use crate::support::Desk;

/// Two images of a letter for each part of a set.
fn letters(folder: &Path, prefix: &str) {
    fs::create_dir_all(folder).unwrap();
    for part in ["train", "test"] {
        let file = |kind: &str| folder.join(format!("{prefix}{part}-{kind}-ubyte"));
        let pixels: Vec<u8> = (0..2 * 16).collect();
        fs::write(file("images-idx3"), idx(0x803, &[2, 4, 4], &pixels)).unwrap();
        fs::write(file("labels-idx1"), idx(0x801, &[2], &[1, 26])).unwrap();
    }
}

#[test]
fn a_folder_with_two_idx_sets_asks_which() {
    let desk = Desk::new();
    let folder = desk.path().join("EMNIST/raw");
    letters(&folder, "emnist-letters-");
    let analysis = desk.json("analyze idx:EMNIST --json");
    assert_eq!(
        (&analysis["classes"], &analysis["images"]),
        (&2.into(), &2.into())
    );
    letters(&folder, "emnist-digits-");
    says(
        &desk,
        "analyze idx:EMNIST/raw",
        1,
        &[
            "idx:EMNIST/raw/emnist-digits",
            "idx:EMNIST/raw/emnist-letters",
        ],
    );
    let analysis = desk.json("analyze idx:EMNIST/raw/emnist-letters --json");
    assert_eq!(analysis["dataset"], "idx:EMNIST/raw/emnist-letters");
    assert_eq!(analysis["per_class"][1]["name"], "26");
}

/// The entry of a dataset in the list of them.
fn listed(desk: &Desk, arguments: &str, name: &str) -> serde_json::Value {
    let list = desk.json(&format!("datasets --json {arguments}"));
    let entries = list.as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["name"] == name);
    entry.unwrap().clone()
}

#[cfg(feature = "parquet")]
#[test]
fn a_copy_in_the_cache_of_hugging_face_is_found_by_name() {
    let desk = Desk::new();
    let home = ".cache/huggingface/hub/datasets--uoft-cs--cifar10/snapshots/1f2e";
    let folder = desk.path().join(home).join("plain_text");
    fs::create_dir_all(&folder).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets/hf/data");
    for part in ["train", "test"] {
        let name = format!("{part}-00000-of-00001.parquet");
        fs::copy(fixtures.join(&name), folder.join(&name)).unwrap();
    }
    let entry = listed(&desk, "", "cifar10");
    assert_eq!(entry["state"], "found");
    assert!(entry["folder"].as_str().unwrap().ends_with(home));
    assert_eq!(listed(&desk, "", "cifar100")["state"], "missing");
    says(
        &desk,
        "analyze cifar10",
        1,
        &["3x5x6", "3x32x32", "no copy"],
    );
    let analysis = desk.json("analyze cifar10 --resize 32x32 --json");
    assert_eq!(analysis["dataset"], "cifar10");
    assert_eq!(
        (&analysis["images"], &analysis["classes"]),
        (&5.into(), &10.into())
    );
    says(
        &desk,
        "analyze cifar10 --resize 32x32 --label fine",
        1,
        &["it has no column 'fine'"],
    );
}

/// One train and one test record of CIFAR-100: coarse label, fine label, pixels.
fn cifar100(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, labels) in [("train.bin", [4, 99]), ("test.bin", [19, 0])] {
        let record = [labels.as_slice(), &[7; 3072]].concat();
        fs::write(folder.join(name), record).unwrap();
    }
}

#[test]
fn folders_of_the_config_file_are_searched_and_listed() {
    let desk = Desk::new();
    cifar100(&desk.path().join("far/cifar-100-binary"));
    fs::write(desk.path().join("my.toml"), "data-dirs = [\"~/far\"]\n").unwrap();
    let entry = listed(&desk, "--config my.toml", "cifar100-coarse");
    assert_eq!(entry["state"], "found");
    let searched = entry["searched"].as_array().unwrap();
    assert!(searched.last().unwrap().as_str().unwrap().ends_with("/far"));
    assert!(
        listed(&desk, "", "glyphs")["searched"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let table = desk.stdout("datasets --config my.toml");
    assert!(table.contains("searched, in this order: ., "), "{table}");
    assert!(table.contains(".cache/torch"), "{table}");

    let classes = |name: &str| {
        desk.json(&format!("analyze {name} --config my.toml --json"))["classes"].clone()
    };
    assert_eq!(classes("cifar100"), 100);
    assert_eq!(classes("cifar100-coarse"), 20);
    says(
        &desk,
        "analyze cifar100",
        1,
        &[
            "cifar100 was not found in",
            "`ebcle-tui datasets fetch cifar100`",
        ],
    );
    fs::write(desk.path().join("my.toml"), "data-dirs = \"~/far\"\n").unwrap();
    says(
        &desk,
        "datasets --config my.toml",
        2,
        &["my.toml:1:13", "data-dirs"],
    );
}

#[test]
fn a_label_column_needs_columns() {
    let desk = Desk::new();
    says(
        &desk,
        "analyze glyphs --label fine",
        2,
        &["glyphs has no column 'fine'"],
    );
}

#[test]
fn imagenet32_says_where_to_register_and_where_to_put_it() {
    let desk = Desk::new();
    says(
        &desk,
        "analyze imagenet32",
        1,
        &[
            "image-net.org",
            "Imagenet32_train.zip",
            "ebcle-tui/imagenet32",
            "--data-dir DIR",
        ],
    );
}
