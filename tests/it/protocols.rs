//! Time to the same accuracy, equal seconds, more seeds, early stopping.

use std::fs;

use crate::mistakes::says;
use crate::support::Desk;

/// A short training on few small pictures.
const TRAIN: &str = "train folder:flowers resnet-14 --depth 7 --batch-size 4 --device cpu --quiet";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.images("flowers", 2, 20, 8);
    desk
}

#[test]
fn the_time_to_the_same_accuracy_is_on_the_hold_out_and_not_made_up() {
    let desk = desk();
    let line = format!("{TRAIN} --epochs 2 --seeds 1,2 --json");
    let summary = desk.json(&format!("{line} --holdout 0.25 --target-accuracy 1"));
    let found = &summary["time_to_accuracy"];
    assert_eq!(
        (found["target"].as_f64(), &found["given"]),
        (Some(0.01), &true.into())
    );
    assert_eq!(found["measured_on"], "hold-out");
    for (at, seed) in found["seeds"].as_array().unwrap().iter().enumerate() {
        for network in ["baseline", "capped"] {
            let all = &summary["seeds"][at][network]["train_seconds"];
            assert!(seed[network].is_null() || seed[network].as_f64() <= all.as_f64());
        }
    }
    desk.stdout("export latest --format md --out .");
    let report = fs::read_to_string(desk.path().join("report.md")).unwrap();
    let part = "**Time to the same accuracy**, 1.00 % on the hold-out";
    assert!(report.contains(part), "{report}");

    let hopeless = "--target-accuracy 100 --learning-rate 1e-9";
    let summary = desk.json(&format!("{line} {hopeless}"));
    let found = &summary["time_to_accuracy"];
    assert_eq!(found["measured_on"], "test");
    assert!(found["saved"].is_null(), "{found}");
    assert_eq!(found["capped"]["not_reached"], 2);
    let said = desk.stdout("runs show latest");
    assert!(said.contains("capped not reached"), "{said}");
    let wrong = format!("{line} --target-accuracy 101");
    says(&desk, &wrong, 2, &["target-accuracy must be above 0"]);
}

/// Seeds that are added to a finished run are trained beside the others, and its verdict says so for good.
#[test]
fn seeds_can_be_added_to_a_run_which_is_marked() {
    let desk = desk();
    let first = desk.json(&format!("{TRAIN} --epochs 1 --seeds 1,2 --json"));
    assert!(first.get("seeds_added").is_none());
    let more = desk.json("resume latest --more-seeds 2 --quiet --json");
    assert_eq!(more["seeds_added"], serde_json::json!([3, 4]));
    let seeds = |summary: &serde_json::Value| {
        let seeds = summary["seeds"].as_array().unwrap().clone();
        seeds
            .into_iter()
            .map(|seed| (seed["seed"].clone(), seed["capped"].clone()))
    };
    assert!(
        seeds(&first).eq(seeds(&more).take(2)),
        "the first seeds are not trained again"
    );
    assert_eq!(seeds(&more).count(), 4);
    let mark = "seeds 3,4 were added after the first look";
    assert!(more["verdict"]["reason"].as_str().unwrap().contains(mark));
    assert!(desk.stdout("runs show latest").contains(mark));
    says(&desk, "resume latest", 1, &["is finished"]);
    says(&desk, "resume latest --more-seeds 0", 2, &["adds no seed"]);
    desk.stdout(&format!(
        "{TRAIN} --epochs 1 --seeds 1..5 --looks 5 --out looks"
    ));
    says(
        &desk,
        "resume latest --out looks --more-seeds 1",
        2,
        &["has looks planned"],
    );
}

/// The capped network gets epochs by timed steps, which the run keeps: a repeated one does not time again.
#[test]
fn both_networks_can_get_the_same_seconds() {
    let desk = desk();
    let line = format!("{TRAIN} --protocol equal-seconds --epochs 4");
    let summary = desk.json(&format!("{line} --json"));
    let epochs = summary["capped_epochs"].as_u64().unwrap();
    assert!(epochs > 0);
    let folder = desk.path().join(summary["run_dir"].as_str().unwrap());
    let kept = fs::read_to_string(folder.join("run.toml")).unwrap();
    assert!(
        kept.contains(&format!("capped_epochs = {epochs}")),
        "{kept}"
    );
    assert!(kept.contains("protocol = \"equal-seconds\""), "{kept}");
    let rows = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    for (network, epochs) in [("baseline", 4), ("capped", epochs)] {
        let of_network = rows
            .lines()
            .filter(|row| row.contains(&format!(",{network},")));
        assert_eq!(of_network.count() as u64, epochs, "{network}");
    }
    let seed = &summary["seeds"][0];
    let seconds = |network: &str| seed[network]["train_seconds"].as_f64().unwrap();
    let saved = 1.0 - seconds("capped") / seconds("baseline");
    assert!((seed["time_saved"].as_f64().unwrap() - saved).abs() < 1e-9);
    desk.stdout("export latest --format all --out all");
    let report = fs::read_to_string(desk.path().join("all/report.md")).unwrap();
    assert!(
        report.contains("Protocol: equal seconds: 4 epochs of the baseline"),
        "{report}"
    );
    assert!(
        report.contains(&format!("--capped-epochs {epochs}")),
        "{report}"
    );
    let said = desk.stdout(&format!("{line} --capped-epochs 3"));
    assert!(
        said.contains("4 epochs of the baseline, 3 of the capped network"),
        "{said}"
    );
}

/// A rate of almost nothing improves nothing: both networks stop, and what is tested is the best epoch.
#[test]
fn a_network_that_no_longer_improves_stops() {
    let desk = desk();
    let options = "--epochs 30 --patience 2 --learning-rate 1e-9 --seeds 1,2";
    let summary = desk.json(&format!("{TRAIN} {options} --json"));
    assert_eq!(summary["patience"], 2);
    assert!(
        summary["holdout"].as_f64() > Some(0.0),
        "the usual hold-out"
    );
    let rows = fs::read_to_string(
        desk.path()
            .join(summary["run_dir"].as_str().unwrap())
            .join("metrics.csv"),
    );
    let rows = rows.unwrap();
    for (seed, result) in ["1", "2"].iter().zip(summary["seeds"].as_array().unwrap()) {
        for network in ["baseline", "capped"] {
            let [epochs, kept] =
                ["epochs", "kept_epoch"].map(|name| result[network][name].as_u64().unwrap());
            assert_eq!(epochs, kept + 2, "it stops two epochs after its best");
            assert!(epochs < 30, "{summary}");
            let start = format!("{seed},{network},");
            let trained = rows.lines().filter(|row| row.starts_with(&start));
            assert_eq!(trained.count() as u64, epochs);
        }
    }
    says(&desk, "resume latest", 1, &["is finished"]);
    desk.stdout("export latest --format all --out all");
    let report = fs::read_to_string(desk.path().join("all/report.md")).unwrap();
    assert!(
        report.contains("Early stopping: a network stopped after 2 epochs"),
        "{report}"
    );
    says(
        &desk,
        &format!("{TRAIN} --patience 0"),
        2,
        &["patience must be at least 1"],
    );
}

/// A look that decides ends the training: later seeds are not trained, and the run is finished.
#[test]
fn a_look_that_decides_ends_the_run() {
    let desk = desk();
    let summary = desk.json(&format!(
        "{TRAIN} --epochs 12 --learning-rate 0.05 --seeds 1..9 --looks 5,9 --margin 0.6 --json"
    ));
    let seeds = summary["seeds"].as_array().unwrap();
    assert_eq!(seeds.len(), 5, "{}", summary["verdict"]);
    let verdict = &summary["verdict"];
    assert_eq!(verdict["outcome"], "non-inferior", "{verdict}");
    assert_eq!(verdict["looks"].as_array().unwrap().len(), 1);
    let reason = verdict["reason"].as_str().unwrap();
    assert!(reason.contains("at the look after 5 seeds"), "{reason}");
    let shown = desk.stdout("runs show latest");
    assert!(shown.contains("at the look after 5 seeds"), "{shown}");
    let rows = desk.path().join("runs");
    let run = fs::read_dir(&rows).unwrap().next().unwrap().unwrap().path();
    let metrics = fs::read_to_string(run.join("metrics.csv")).unwrap();
    assert!(
        !metrics.lines().any(|line| line.starts_with("6,")),
        "no sixth seed is trained: {metrics}"
    );
    says(&desk, "resume latest", 1, &["is finished"]);
}
