//! Recommendations of a depth, on few images.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::mistakes::all_say;
use crate::resuming::{desk, spawn};
use crate::support::Desk;

const SMALL: &str =
    "--limit 60 --batch-size 10 --epochs 2 --seeds 1,2 --budget 2h --device cpu --quiet";

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// The program answers, keeps everything in one folder, and chooses on the hold-out alone.
#[test]
fn a_depth_is_recommended_from_the_hold_out() {
    let desk = Desk::new();
    let small = SMALL.replace("--epochs 2", "--epochs 1");
    let command = format!("recommend glyphs resnet-14 --transform side=8 {small}");
    let planned = desk.json(&format!("{command} --dry-run --json"));
    assert!(!desk.path().join("runs").exists(), "nothing is trained");
    assert_eq!(planned["deepest"], 13);
    assert_eq!(planned["depths"], json!([7, 9, 11]));
    let estimated = planned["estimated_seconds"].as_f64().unwrap();
    assert!(estimated > 0.0);

    let found = desk.json(&format!("{command} --json"));
    assert_eq!(found["price"]["estimated_seconds"], estimated);
    assert!(found["price"]["spent_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(found["reading"], "image-nats");
    assert!(found["rivals"]["half_depth"]["conv_depth"].is_u64());
    assert_eq!(
        found["recommended"],
        Value::Null,
        "two seeds decide nothing"
    );
    let undecided = found["undecided"].as_str().unwrap();
    assert!(undecided.contains("needs at least 5") || undecided.contains("has not learned"));
    for point in list(&found["front"]) {
        let known = |key: &str| point[key].as_f64().unwrap();
        assert!(known("accuracy") > 0.0 && known("seconds") > 0.0 && known("conv_depth") > 0.0);
        assert!(!list(&point["widths"]).is_empty());
    }
    let folder = desk.path().join("runs/recommend-glyphs-side8-resnet-14");
    for finalist in list(&found["finalists"]) {
        let depth = &finalist["conv_depth"];
        let kept = folder.join(format!("cells/final-{depth}/summary.json"));
        let kept: Value = serde_json::from_slice(&fs::read(kept).unwrap()).unwrap();
        let differences: Vec<f64> = list(&kept["seeds"])
            .iter()
            .map(|seed| {
                let of = |role: &str| seed[role]["holdout_accuracy"].as_f64().unwrap();
                of("capped") - of("baseline")
            })
            .collect();
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let said = &finalist["against_deepest"]["difference"]["mean"];
        assert!((said.as_f64().unwrap() - mean).abs() < 1e-9);
    }
    for name in ["toml", "json", "svg", "png", "md", "html", "tex"] {
        assert!(folder.join(format!("recommend.{name}")).is_file(), "{name}");
    }
    assert_eq!(
        desk.json(&format!("{command} --json")),
        found,
        "nothing is trained again"
    );
    let shown = desk.stdout(&command);
    for part in ["the Pareto front", "Undecided:", "took ", "priced "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let other = format!("1 | {command} --margin 0.02 | recommend.toml | other settings (margin)");
    all_say(&desk, &other);
}

/// SIGTERM ends with 130 in the middle of a round; the same command goes on to the numbers of an unbroken one.
#[test]
fn an_interrupted_recommendation_goes_on() {
    let command = format!("recommend idx:halves resnet-20 {SMALL}");
    let numbers = |found: &Value| {
        let of = |list_of: &str, key: &str| {
            let all = list(&found[list_of]).iter();
            all.map(|one| one[key].clone()).collect::<Vec<_>>()
        };
        (of("finalists", "accuracy"), of("rounds", "standings"))
    };
    let without_paths = |found: &Value| {
        let (finalists, rounds) = numbers(found);
        let standings = rounds.iter().flat_map(|round| list(round).clone());
        let standings: Vec<Value> = standings
            .map(|one| json!([one["conv_depth"], one["accuracy"], one["kept"]]))
            .collect();
        (finalists, standings)
    };
    let desk = desk();
    let mut child = spawn(&desk, &command);
    let folder = desk.path().join("runs/recommend-halves-resnet-20");
    let begun = folder.join("cells/round-1-9/metrics.csv");
    while !fs::read_to_string(&begun).is_ok_and(|text| text.lines().count() > 1) {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        thread::sleep(Duration::from_millis(2));
    }
    let signal = Command::new("kill").arg(child.id().to_string()).status();
    assert!(signal.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!folder.join("recommend.json").exists());
    let found = desk.json(&format!("{command} --json"));
    assert!(!list(&found["rounds"]).is_empty());
    let unbroken = crate::resuming::desk();
    let expected = unbroken.json(&format!("{command} --json"));
    assert_eq!(without_paths(&found), without_paths(&expected));
}

#[test]
fn what_cannot_be_recommended_is_said_in_one_sentence() {
    let desk = desk();
    let wrong = "
resnet-20 --budget 10 | '10' is no budget | 1h30m
resnet-20 --budget soon | 'soon' is no budget
resnet-20 --budget -5m | '-5m' is no budget
resnet-20 --budget 0s | leaves no time to train
resnet-20 --budget 1s --epochs 50 | budget of 1s is too small for resnet-20 | or more
resnet-8 --budget 10m | shallowest network of its family
resnet-20 --budget 10m --holdout 0 | holdout must be above 0
resnet-20 --budget 10m --seeds 1..5 --looks 5 | takes no looks
";
    let start = "\n2 | recommend idx:halves --batch-size 10 --device cpu --quiet resnet";
    all_say(&desk, &wrong.replace("\nresnet", start));
    assert!(
        !desk
            .path()
            .join("runs/recommend-halves-resnet-20/cells")
            .exists()
    );
}
