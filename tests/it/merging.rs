//! Runs of different seeds, joined into one.

use crate::support::Desk;

const TRAIN: &str = "train folder:flowers resnet-14 --depth 7 --epochs 2 --batch-size 8 --device cpu --holdout 0.2 --quiet --json";

#[test]
fn runs_of_other_seeds_become_the_run_of_all() {
    let desk = Desk::new();
    desk.images("flowers", 2, 12, 8);
    let whole = desk.json(&format!("{TRAIN} --seeds 1..3"));
    let first = desk.json(&format!("{TRAIN} --seeds 1 --out a"));
    let rest = desk.json(&format!("{TRAIN} --seeds 2,3 --out b"));
    let dir = |summary: &serde_json::Value| summary["run_dir"].as_str().unwrap().to_owned();
    let both = format!("{} {}", dir(&first), dir(&rest));
    let merged = desk.json(&format!(
        "runs merge {both} --into merged/all --json --quiet"
    ));
    let accuracies = |summary: &serde_json::Value| {
        let seeds = summary["seeds"].as_array().unwrap().clone();
        let of = |seed: &serde_json::Value| {
            let of = |network: &str| seed[network]["test_accuracy"].as_f64().unwrap();
            (seed["seed"].as_u64().unwrap(), of("baseline"), of("capped"))
        };
        seeds.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(accuracies(&merged), accuracies(&whole));
    for part in ["difference", "p_non_inferior", "outcome"] {
        assert_eq!(merged["verdict"][part], whole["verdict"][part], "{part}");
    }
    let seconds = |summary: &serde_json::Value| {
        let parts = summary["excluded_seconds"].as_object().unwrap().clone();
        parts.values().map(|it| it.as_f64().unwrap()).sum::<f64>()
    };
    assert!((seconds(&merged) - seconds(&first) - seconds(&rest)).abs() < 1e-6);

    // The merged run has its networks, and can be probed, exported and shown.
    let probed = desk.json("probe merged/all --seed 3 --json --quiet");
    assert_eq!(probed["probes"][0]["seed"], 3);
    desk.command("export merged/all --format html --quiet")
        .assert()
        .success();
    let shown = desk.json("runs show merged/all --json");
    let notes = shown["notes"].as_array().unwrap();
    let merged =
        |note: &serde_json::Value| note.as_str().unwrap().starts_with("merged: seeds 2,3 ");
    assert!(notes.iter().any(merged), "{notes:?}");

    let (code, said) = desk.failure(&format!("runs merge {both} --into merged/all"));
    assert_eq!(code, 2);
    assert!(said.contains("exists"), "{said}");
    let twice = format!("{} {}", dir(&whole), dir(&rest));
    let (code, said) = desk.failure(&format!("runs merge {twice}"));
    assert_eq!(code, 2);
    assert!(said.contains("has seed 2, as a run before it"), "{said}");
    let other = desk.json(&format!("{TRAIN} --seeds 4 --learning-rate 0.2"));
    let (_, said) = desk.failure(&format!("runs merge {} {}", dir(&whole), dir(&other)));
    assert!(said.contains("learning-rate 0.2 and not"), "{said}");
}

#[test]
fn a_grid_takes_cells_that_were_merged() {
    let desk = Desk::new();
    desk.images("flowers", 2, 12, 8);
    let grid = "architectures = ['resnet-14']\n[settings]\nseeds = [1, 2]\nepochs = 1\nbatch-size = 8\ndevice = 'cpu'\ndepth = 7\n[[datasets]]\ndataset = 'folder:flowers'\n";
    std::fs::write(desk.path().join("small.toml"), grid).unwrap();
    for (seed, out) in [("1", "a"), ("2", "b")] {
        desk.command(&format!("grid small.toml --quiet --out {out}"))
            .env("EBCLE_SEEDS", seed)
            .assert()
            .success();
    }
    let cells = desk.path().join("a/small/cells");
    let cell = std::fs::read_dir(cells).unwrap().next().unwrap().unwrap();
    let cell = format!("small/cells/{}", cell.file_name().display());
    desk.command(&format!(
        "runs merge a/{cell} b/{cell} --into runs/{cell} --quiet"
    ))
    .assert()
    .success();
    let found = desk.json("grid small.toml --json --quiet");
    assert_eq!(found["cells"][0]["state"], "finished");
    let summary = &found["cells"][0]["summary"];
    let seeds: Vec<_> = summary["seeds"].as_array().unwrap().iter().collect();
    assert_eq!(seeds.len(), 2);
    let notes = summary["notes"].as_array().unwrap();
    let merged = |note: &serde_json::Value| note.as_str().unwrap().starts_with("merged: seeds 2 ");
    assert!(notes.iter().any(merged), "{notes:?}");
}
