//! A grid: planned, trained, killed, gone on with, reported, and refused where it is wrong.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::mistakes::says;
use crate::support::Desk;

const SMALL: &str = r#"
architectures = ["resnet-14", "resnet-8"]
readings = ["channel-sum", "grey-blocks"]
probe = true

[settings]
seeds = [1, 2]
epochs = 1
batch-size = 20
device = "cpu"

[[datasets]]
dataset = "glyphs"
limit = 60

[[datasets]]
dataset = "glyphs-plain"
architecture = "resnet-14"
limit = 60

[[datasets]]
dataset = "stl10"
"#;

fn desk(text: &str) -> Desk {
    let desk = Desk::new();
    fs::write(desk.path().join("small.toml"), text).unwrap();
    desk
}

/// States of the cells in the order of the file.
fn states(grid: &serde_json::Value) -> Vec<String> {
    let cells = grid["cells"].as_array().unwrap();
    let state = |state: &serde_json::Value| match state.as_str() {
        Some(name) => name.to_owned(),
        None => format!("same as {}", state["same-as"].as_str().unwrap()),
    };
    cells.iter().map(|cell| state(&cell["state"])).collect()
}

/// What was chosen on the hold-out is what the networks were trained with.
fn each_network_has_its_rate(summary: &serde_json::Value) {
    assert!(summary["holdout"].as_f64().unwrap() >= 0.1);
    for network in summary["rate_check"]["networks"].as_array().unwrap() {
        assert_eq!(network["trials"].as_array().unwrap().len(), 3);
        let name = network["network"].as_str().unwrap();
        let rate = &summary["seeds"][0][name]["learning_rate"];
        assert_eq!(rate, &network["chosen"], "{name}");
    }
}

/// Every cell that waits has a price, and all cells have their sum.
fn check_prices(planned: &serde_json::Value, states: &[String]) {
    let seconds = |price: &serde_json::Value| price["estimated_seconds"].as_f64();
    let cells = planned["cells"].as_array().unwrap();
    let prices: Vec<_> = cells.iter().map(|cell| seconds(&cell["price"])).collect();
    for (state, price) in states.iter().zip(&prices) {
        assert_eq!(state == "waiting", price.is_some_and(|price| price > 0.0));
    }
    let sum: f64 = prices.iter().flatten().sum();
    assert!((seconds(&planned["price"]).unwrap() - sum).abs() < 1e-6);
    for part in ["rate_check_seconds", "probe_seconds"] {
        assert!(planned["price"][part].as_f64() > Some(0.0), "{part}");
    }
}

/// SIGKILL in the middle of it loses no finished cell; what is missing is said and stops nothing.
#[test]
fn a_grid_goes_on_where_it_was_killed() {
    let desk = desk(SMALL);
    let planned = desk.json("grid small.toml --dry-run --json");
    assert!(!desk.path().join("runs/small").exists());
    let before = states(&planned);
    check_prices(&planned, &before);
    assert_eq!(
        before,
        [
            "waiting",
            "waiting",
            "nothing-to-cap",
            "nothing-to-cap",
            "waiting",
            "same as glyphs-plain-resnet-14-channel-sum",
            "missing",
            "missing",
            "missing",
            "missing"
        ]
    );

    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"))
        .args(["grid", "small.toml", "--quiet"])
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("EBCLE_MEASURE", "false")
        .env("XDG_CACHE_HOME", desk.path().join(".cache"))
        .spawn()
        .unwrap();
    let outcome = desk.path().join("runs/small/grid.json");
    let begun = Instant::now();
    while !outcome.exists() && begun.elapsed() < Duration::from_mins(5) {
        assert!(child.try_wait().unwrap().is_none(), "the grid ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let broken = states(&desk.json("grid small.toml --status --json"));
    assert_eq!(broken[0], "finished");

    let (code, stderr) = desk.failure("grid small.toml --quiet");
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("4 of 10 cells and 0 of 0 sweeps are left"),
        "{stderr}"
    );
    let grid = desk.json("grid small.toml --status --json");
    for (before, after) in before.iter().zip(states(&grid)) {
        let expected = if before == "waiting" {
            "finished"
        } else {
            before
        };
        assert_eq!(after, expected);
    }
    for cell in grid["cells"].as_array().unwrap() {
        if cell["state"] == "finished" {
            let summary = &cell["summary"];
            assert_eq!(summary["seeds"].as_array().unwrap().len(), 2);
            assert_eq!(cell["outcome"], "inconclusive");
            each_network_has_its_rate(summary);
            assert!(
                cell["adjusted_p"].as_f64()
                    >= summary["verdict"]["p_values"]["non_inferiority"].as_f64()
            );
            let kept = fs::read_to_string(
                desk.path()
                    .join(cell["run_dir"].as_str().unwrap())
                    .join("probe.json"),
            )
            .unwrap();
            let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
            assert_eq!(kept["probes"].as_array().unwrap().len(), 4);
        }
    }
    let plain = &grid["cells"][4];
    assert_eq!(plain["probe"].as_array().unwrap().len(), 3);
    let folder = desk.path().join("runs/small");
    let report = fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(
        report.contains("| glyphs-plain · resnet-14 · channel-sum | relative update |"),
        "{report}"
    );
    for name in [
        "report.html",
        "report.tex",
        "cells.png",
        "cells.svg",
        "grid.toml",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    let changed = SMALL.replace("epochs = 1", "epochs = 2");
    fs::write(desk.path().join("small.toml"), changed).unwrap();
    says(
        &desk,
        "grid small.toml",
        1,
        &["other settings than the study's"],
    );
}

/// Three processes on one grid share its cells, wait for each other, and end with the same table.
#[test]
fn three_grids_at_once_all_come_to_the_end() {
    let text = SMALL.replace("[[datasets]]\ndataset = \"stl10\"\n", "");
    let desk = desk(&text);
    let children: Vec<_> = (0..3)
        .map(|_| {
            let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"));
            command
                .args(["grid", "small.toml", "--quiet"])
                .current_dir(desk.path())
                .env("HOME", desk.path())
                .env("EBCLE_MEASURE", "false")
                .env("XDG_CACHE_HOME", desk.path().join(".cache"))
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let tables: Vec<String> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{said}");
            String::from_utf8(output.stdout).unwrap()
        })
        .collect();
    assert!(tables[0].contains("glyphs-plain"), "{}", tables[0]);
    assert_eq!(tables[1..], [tables[0].clone(), tables[0].clone()]);
    let grid = desk.json("grid small.toml --status --json");
    for cell in grid["cells"].as_array().unwrap() {
        if cell["state"] == "finished" {
            let events = desk.path().join(cell["run_dir"].as_str().unwrap());
            let events = fs::read_to_string(events.join("events.jsonl")).unwrap();
            assert_eq!(
                events.matches("\"seed-started\"").count(),
                2,
                "trained once"
            );
        }
    }
}

#[test]
fn what_is_wrong_in_a_grid_is_said() {
    for (from, to, parts) in [
        ("epochs = 1", "epoch = 1", ["small.toml:8:1", "epoch"]),
        (
            "\"stl10\"",
            "\"slt10\"",
            ["dataset 3", "unknown dataset 'slt10'"],
        ),
        ("[1, 2]", "[2, 2]", ["small.toml", "seed 2"]),
        (
            "epochs = 1",
            "margin = 0.0",
            ["small.toml", "margin must lie"],
        ),
        ("resnet-8", "resnet-9", ["dataset 1", "6n + 2"]),
    ] {
        let desk = desk(&SMALL.replace(from, to));
        says(&desk, "grid small.toml", 2, &parts);
        assert!(!desk.path().join("runs").exists());
    }
    says(
        &desk(SMALL),
        "grid nothing.toml",
        1,
        &["cannot read nothing.toml"],
    );
    says(
        &desk(SMALL),
        "grid small.toml --dataset mnist=glyphs",
        2,
        &["has no dataset mnist"],
    );
}

/// The grids that come with the program are read and planned; datasets elsewhere are just missing.
#[test]
fn the_grids_of_the_project_are_valid() {
    for (name, cells) in [("paper", 30), ("desk", 9)] {
        let desk = Desk::new();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/configs");
        let grid = desk.json(&format!(
            "grid {folder}/{name}.toml --dry-run --no-measure --json"
        ));
        assert_eq!(states(&grid).len(), cells, "{name}");
    }
}

/// The same pair of networks under transforms: what depth is worth where entropy is higher is said everywhere.
#[test]
fn transforms_of_one_pair_of_networks_give_their_interactions() {
    let desk = desk(
        r#"
architectures = ["resnet-14"]
depths = [7]
transforms = [[], "bits=2", "permute"]

[settings]
seeds = [1, 2]
epochs = 1
batch-size = 4
device = "cpu"
rate-check = false
width-factor = 1.0

[[datasets]]
dataset = "folder:flowers"
"#,
    );
    desk.images("flowers", 2, 10, 8);
    let waiting = desk.json("grid small.toml --status --json");
    assert_eq!(waiting["interaction_tests"], 3);
    assert!(waiting.get("interactions").is_none());
    let grid = desk.json("grid small.toml --quiet --json");
    assert_eq!(states(&grid), ["finished"; 3]);
    let rows = grid["interactions"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let effect = |cell: &serde_json::Value, seed: usize| {
        let cells = grid["cells"].as_array().unwrap();
        let of = cells.iter().find(|other| other["name"] == *cell).unwrap();
        -of["summary"]["seeds"][seed]["accuracy_difference"]
            .as_f64()
            .unwrap()
    };
    for row in rows {
        let [first, second] = [&row["cells"][0], &row["cells"][1]];
        if let Some(mean) = row["found"]["interaction"]["mean"].as_f64() {
            let of = |seed| effect(first, seed) - effect(second, seed);
            assert!((mean - f64::midpoint(of(0), of(1))).abs() < 1e-12);
        }
        assert_eq!(row["outcome"], "undecided", "two seeds");
    }
    assert_eq!(rows[0]["predicted"], "more");
    assert_eq!(rows[1]["predicted"], "equal", "permuted pixels");
    assert_eq!(rows[1]["entropy_difference"], 0.0);
    let folder = desk.path().join("runs/small");
    let report = fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(report.contains("## Does depth help more where entropy is higher?"));
    assert!(folder.join("interactions.svg").is_file());
    let said = desk.stdout("grid small.toml --status");
    assert!(said.contains("rule predicts no interaction"), "{said}");
}
