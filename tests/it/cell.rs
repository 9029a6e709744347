//! One cell of a study, trained from its folder alone.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Desk, SHORT};

/// Writes the cell of a study that trains what the run in `run` was trained with.
fn write_cell(desk: &Desk, run: &Path, folder: &str) {
    let text = fs::read_to_string(run.join("run.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let mut cell = toml::Table::new();
    cell.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    cell.insert("probe".to_owned(), true.into());
    cell.insert("measure".to_owned(), false.into());
    let here = desk.path().display().to_string();
    cell.insert("working-folder".to_owned(), here.into());
    let automatic: [&str; 0] = [];
    cell.insert("automatic".to_owned(), automatic.to_vec().into());
    cell.insert("settings".to_owned(), manifest["settings"].clone());
    let path = desk.path().join(folder);
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("cell.toml"), cell.to_string()).unwrap();
}

/// What a seed's networks were measured to be, without seconds.
pub fn measured(summary: &Value) -> Vec<[f64; 4]> {
    let seeds = summary["seeds"].as_array().unwrap();
    let of = |seed: &Value, network: &str, key: &str| seed[network][key].as_f64().unwrap();
    let numbers = |seed: &Value| {
        [
            of(seed, "baseline", "test_accuracy"),
            of(seed, "baseline", "test_loss"),
            of(seed, "capped", "test_accuracy"),
            of(seed, "capped", "test_loss"),
        ]
    };
    seeds.iter().map(numbers).collect()
}

#[test]
fn a_cell_is_trained_from_its_folder_alone() {
    let desk = Desk::new();
    let alone = desk.json(&format!("{SHORT} --seeds 1 --json"));
    write_cell(
        &desk,
        Path::new(&desk.path().join(alone["run_dir"].as_str().unwrap())),
        "s/one",
    );
    let cell = desk.json("cell s/one --json --device cpu");
    assert_eq!(measured(&cell), measured(&alone));
    assert!(desk.path().join("s/one/probe.json").is_file());
    let others: Vec<_> = fs::read_dir(desk.path().join("s")).unwrap().collect();
    assert_eq!(others.len(), 1, "{others:?}");
    // Done before is done.
    assert_eq!(desk.json("cell s/one --json"), cell);

    let (code, said) = desk.failure("cell s/two");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("it has no cell.toml"), "{said}");
    let (code, said) = desk.failure("cell s/one --device cuda:1");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("other settings"), "{said}");
}
