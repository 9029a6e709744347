//! Predictions of time that are measured.

use std::fs;

use predicates::prelude::*;
use serde_json::Value;

use crate::mistakes::says;
use crate::resuming;
use crate::support::Desk;

/// What a command prints as JSON that times steps, with a cache of its own.
fn timed(desk: &Desk, arguments: &str, cache: &str) -> Value {
    let output = desk
        .command(arguments)
        .env("EBCLE_MEASURE", "true")
        .env("XDG_CACHE_HOME", desk.path().join(cache))
        .assert()
        .success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// How many results of timed steps a cache has.
fn widths_cached(desk: &Desk, cache: &str) -> usize {
    let folder = desk.path().join(cache).join("ebcle-tui/profiles");
    let entries = fs::read_dir(folder).into_iter().flatten();
    let endings = entries.map(|entry| entry.unwrap().path());
    let is_one = |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == "widths");
    endings.filter(is_one).count()
}

#[test]
fn a_plan_is_measured_by_itself_and_remembered() {
    let desk = resuming::desk();
    let plan = "plan idx:halves resnet-20 --batch-size 10 --device cpu --json";
    let found = timed(&desk, plan, "one");
    assert_eq!(found["prediction_source"], "measured");
    assert_eq!(found["width_policy"], "balanced");
    assert_eq!(found["width_measured"], true);
    let factor = found["width_factor"].as_f64().unwrap();
    let widths = |network: &Value| network["widths"][0].as_f64().unwrap();
    assert!((widths(&found["capped"]) - 16.0 * factor).abs() <= 0.5);
    let narrow = &found["rivals"]["narrow_baseline"];
    assert!(narrow.is_null() || narrow["conv_depth"] == 19 && widths(narrow) <= 16.0);
    assert_eq!(timed(&desk, plan, "one"), found, "the cache has all times");
    let kept = widths_cached(&desk, "one");
    assert_eq!(kept, 4, "multiple, width, pair, narrower baseline");
    let analyze = "analyze idx:halves --arch resnet-20 --json";
    let batch = ("EBCLE_BATCH_SIZE", "10");
    let rivals = |measure: &str| {
        let mut command = desk.command(analyze);
        command.env(batch.0, batch.1).env("EBCLE_DEVICE", "cpu");
        command.env("EBCLE_MEASURE", measure);
        command.env("XDG_CACHE_HOME", desk.path().join("one"));
        let output = command.assert().success();
        let all: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        all["rivals"]["narrow_baseline"].clone()
    };
    assert_eq!(rivals("true"), *narrow);
    assert!(rivals("false").is_null());
    let by_macs = timed(&desk, &format!("{plan} --no-measure"), "one");
    assert_eq!(by_macs["prediction_source"], "macs");
    assert!(by_macs["width_factor"].is_null());
    assert!(by_macs["rivals"]["narrow_baseline"].is_null());
}

/// The cache of another machine knows nothing of the widths.
#[test]
fn a_run_keeps_the_widths_that_were_measured() {
    let desk = resuming::desk();
    let train = format!(
        "{} --width iso-time --json --quiet",
        resuming::train("resnet-14", 2)
    );
    let summary = timed(&desk, &train, "one");
    let saved = summary["time_saved"]["mean"].as_f64().unwrap();
    let prediction = &summary["prediction"];
    assert_eq!(prediction["source"], "measured");
    let error = saved - prediction["time_saved"].as_f64().unwrap();
    assert!((prediction["error"].as_f64().unwrap() - error).abs() < 1e-9);

    let run = resuming::run(&desk).unwrap();
    let read = |name: &str| fs::read_to_string(run.join(name)).unwrap();
    let plan: Value = serde_json::from_str(&read("plan.json")).unwrap();
    let kept: toml::Table = read("run.toml").parse().unwrap();
    let settings = kept["settings"].as_table().unwrap();
    assert_eq!(settings["width"].as_str(), Some("iso-time"));
    let factor = settings["width-factor"].as_float().unwrap();
    assert_eq!(plan["width_factor"].as_f64(), Some(factor));

    fs::remove_file(run.join("summary.json")).unwrap();
    let resumed = timed(&desk, "resume latest --json --quiet", "two");
    assert_eq!(resumed["seeds"], summary["seeds"]);
    assert_eq!(
        read("plan.json").parse::<Value>().unwrap(),
        plan,
        "the same networks"
    );
    assert_eq!(widths_cached(&desk, "two"), 0, "nothing was timed");
    desk.stdout("export latest --format md --out report");
    let report = fs::read_to_string(desk.path().join("report/report.md")).unwrap();
    let option = format!("--width iso-time --width-factor {factor:?}");
    assert!(report.contains(&option), "{option}\n{report}");
}

/// A run of an older version has no factor and means MACs.
#[test]
fn a_run_without_a_width_factor_stays_as_it_was() {
    let desk = resuming::desk();
    let train = resuming::train("resnet-14", 1);
    let summary = timed(
        &desk,
        &format!("{train} --no-measure --json --quiet"),
        "one",
    );
    assert_eq!(summary["prediction"]["source"], "macs");
    let run = resuming::run(&desk).unwrap();
    let plan = fs::read(run.join("plan.json")).unwrap();
    fs::remove_file(run.join("summary.json")).unwrap();
    let resumed = timed(&desk, "resume latest --json --quiet", "one");
    assert_eq!(resumed["seeds"], summary["seeds"]);
    assert_eq!(fs::read(run.join("plan.json")).unwrap(), plan);
    desk.stdout("export latest --format md --out report");
    let report = fs::read_to_string(desk.path().join("report/report.md")).unwrap();
    assert!(
        report.contains("EBCLE_MEASURE=false ebcle-tui train"),
        "{report}"
    );
}

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
        predicate::str::contains("(measured; width balanced: widths times").and(
            predicate::str::contains("20 steps of 8 images each on cpu ("),
        ),
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
