//! Predictions of time that are measured.

use predicates::prelude::*;

use crate::mistakes::says;
use crate::support::Desk;

#[test]
fn a_prediction_is_measured_on_request() {
    let desk = Desk::new();
    let options = "--limit 40 --device cpu --batch-size 8";
    let line = format!("plan glyphs resnet-14 --depth 7 --measure {options}");
    let plan = desk.json(&format!("{line} --json"));
    assert_eq!(plan["prediction_source"], "measured");
    let measured = &plan["measured"];
    assert_eq!(measured["steps"], 20);
    assert_eq!(measured["warm_up_steps"], 2);
    assert_eq!(measured["batch_size"], 8);
    assert!(measured["device"].as_str().unwrap().starts_with("cpu ("));
    let number = |name: &str| measured[name].as_f64().unwrap();
    let saved = 1.0 - number("capped_seconds_per_step") / number("baseline_seconds_per_step");
    assert!((number("time_saved") - saved).abs() < 1e-12);
    assert_eq!(plan["predicted_time_saved"], measured["time_saved"]);
    assert!(measured["interval"][0].as_f64() < measured["interval"][1].as_f64());
    desk.command(&line).assert().success().stdout(
        predicate::str::contains("(measured; width balanced)").and(predicate::str::contains(
            "20 steps of 8 images each on cpu (",
        )),
    );
}

#[test]
fn predictions_that_cannot_be_measured() {
    let desk = Desk::new();
    let plan = "plan glyphs resnet-14 --measure --limit 30 --batch-size";
    for (options, code, part) in [
        (
            "31 --depth 7",
            2,
            "batch size 31 is larger than the 30 training images",
        ),
        (
            "8 --depth 7 --device cuda:99",
            1,
            "device cuda:99 cannot be used",
        ),
        ("8 --depth 13", 1, "the heuristic asks for no change"),
    ] {
        says(&desk, &format!("{plan} {options}"), code, &[part]);
    }
}

#[test]
fn a_training_has_a_price_that_a_second_look_does_not_measure_again() {
    let desk = Desk::new();
    desk.images("flowers", 2, 10, 8);
    let train = "train folder:flowers resnet-14 --depth 7 --epochs 50 --batch-size 4 --device cpu";
    let first = desk.json(&format!("{train} --dry-run --json"));
    assert!(!desk.path().join("runs").exists());
    let price = |name: &str| first["price"][name].as_f64().unwrap();
    let parts = [
        "start_seconds",
        "rate_check_seconds",
        "training_seconds",
        "evaluation_seconds",
        "probe_seconds",
    ];
    let sum: f64 = parts.iter().map(|part| price(part)).sum();
    assert!((price("estimated_seconds") - sum).abs() < 1e-9);
    assert!(price("training_seconds") > price("probe_seconds"));
    assert_eq!(desk.json(&format!("{train} --dry-run --json")), first);
    let twice = desk.json(&format!("{train} --seeds 1,2 --dry-run --json"));
    let training = twice["price"]["training_seconds"].as_f64().unwrap();
    assert!((training - 2.0 * price("training_seconds")).abs() < 1e-9);
    let kept = std::fs::read_dir(desk.path().join(".cache/ebcle-tui/profiles")).unwrap();
    let ending = |path: std::path::PathBuf| path.extension().map(std::ffi::OsStr::to_owned);
    let times = kept.filter(|entry| ending(entry.as_ref().unwrap().path()).unwrap() == "times");
    assert_eq!(times.count(), 2, "one entry for each network");

    let summary = desk.json(&format!("{train} --json --quiet"));
    let run_seconds = price("estimated_seconds") - price("probe_seconds");
    let predicted = summary["predicted_seconds"].as_f64().unwrap();
    assert!((predicted - run_seconds).abs() < 1e-9);
    let spent = summary["spent_seconds"].as_f64().unwrap();
    let error = summary["prediction_error"].as_f64().unwrap();
    assert!((error - (predicted / spent - 1.0)).abs() < 1e-9);
    let shown = desk.stdout("runs show latest");
    assert!(shown.contains("price       predicted"), "{shown}");
    let run = desk.path().join(summary["run_dir"].as_str().unwrap());
    let bytes = size(&run.join("checkpoints")) as f64;
    let ratio = price("disk_bytes") / bytes;
    assert!((0.8..1.2).contains(&ratio), "{ratio} of {bytes} bytes");
}

fn size(path: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return std::fs::metadata(path).unwrap().len();
    };
    entries.map(|entry| size(&entry.unwrap().path())).sum()
}

#[test]
fn a_sweep_has_a_price() {
    let desk = Desk::new();
    desk.images("flowers", 2, 10, 8);
    let sweep = "sweep folder:flowers resnet-14 --depths 7,13 --wrong-cap 9 --batch-size 4 --epochs 1 --device cpu";
    let found = desk.json(&format!("{sweep} --dry-run --json"));
    assert!(!desk.path().join("runs").exists());
    let seconds = |price: &serde_json::Value| price["estimated_seconds"].as_f64().unwrap();
    let points = found["points"].as_array().unwrap();
    assert_eq!(points.len(), 2);
    let sum: f64 = points.iter().map(|point| seconds(&point["price"])).sum();
    assert!(
        seconds(&found["price"]) > sum,
        "steps are timed before the points"
    );
    let shown = desk.stdout(&format!("{sweep} --dry-run"));
    assert!(shown.contains("in all  about"), "{shown}");
}
