//! Sweeps over depth, on few images.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::mistakes::{all_say, says};
use crate::resuming::{desk, spawn};
use crate::support::Desk;

const SMALL: &str = "--limit 60 --batch-size 10 --epochs 1 --seeds 1..2 --device cpu --quiet";

/// Waits until something is so, as long as the child runs.
fn wait_until(child: &mut Child, is_so: impl Fn() -> bool) {
    while !is_so() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        thread::sleep(Duration::from_millis(5));
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn the_glyphs_are_swept_in_three_variants() {
    let desk = Desk::new();
    let command = format!("sweep glyphs resnet-14 --depths 13,7 {SMALL} --json");
    let found = desk.json(&command);
    assert_eq!(found["depths"], serde_json::json!([7, 13]));
    let variants = list(&found["variants"]);
    let names: Vec<&Value> = variants.iter().map(|variant| &variant["dataset"]).collect();
    assert_eq!(names, ["glyphs-plain", "glyphs", "glyphs-noise"]);
    let bits: Vec<f64> = variants
        .iter()
        .map(|variant| variant["entropy"].as_f64().unwrap())
        .collect();
    assert!(bits.is_sorted(), "{bits:?}");
    assert_eq!(variants[0]["wrong_cap"]["dataset"], "glyphs-noise");
    assert_eq!(found["entropy"]["follows"], "cannot-tell");
    for variant in variants {
        let [same, broad] = [0, 1].map(|at| &variant["curves"][at]["points"]);
        assert_eq!(same[1]["accuracies"], broad[1]["accuracies"], "one network");
        let macs = |point: &Value| point["network"]["macs"].as_u64().unwrap();
        assert!(macs(&same[0]) < macs(&broad[0]) && macs(&broad[0]) <= macs(&same[1]));
        assert_eq!(variant["curves"][0]["needed_interval"], Value::Null);
        let differences: f64 = (0..2)
            .map(|seed| {
                let of = |point: &Value| point["accuracies"][seed].as_f64().unwrap();
                of(&same[0]) - of(&same[1])
            })
            .sum();
        let said = same[0]["against_deepest"]["difference"]["mean"].as_f64();
        assert!((said.unwrap() - differences / 2.0).abs() < 1e-9);
    }
    assert!(found["holdout"].as_f64().unwrap() >= 0.1);
    let finding = found["finding"].as_str().unwrap();
    assert!(
        finding.contains("no test image was used to choose"),
        "{finding}"
    );
    let folder = desk.path().join("runs/sweep-glyphs-resnet-14");
    let kept = fs::read(folder.join("points/glyphs-plain-7/summary.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let shallow = &variants[0]["curves"][0]["points"][0]["accuracies"];
    for (seed, accuracy) in list(&kept["seeds"]).iter().zip(list(shallow)) {
        assert_eq!(&seed["baseline"]["holdout_accuracy"], accuracy);
    }
    assert_eq!(list(&kept["rate_check"]["networks"]).len(), 2);
    let steps = list(&found["steps"]);
    assert_eq!(steps.len(), 1);
    assert!(steps[0]["same"]["time_saved"].is_number());

    for name in [
        "sweep.toml",
        "sweep.json",
        "sweep.svg",
        "sweep.png",
        "sweep.md",
        "sweep.html",
        "sweep.tex",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    let page = fs::read_to_string(folder.join("sweep.md")).unwrap();
    assert!(page.contains("turns step by step") && page.contains("glyphs-noise"));
    let point = folder.join("points/glyphs-7");
    let plan: Value = serde_json::from_slice(&fs::read(point.join("plan.json")).unwrap()).unwrap();
    assert_eq!(plan["baseline"]["name"], "resnet-14 cut to 7");
    assert_eq!(plan["capped"]["name"], "resnet-14 cut to 7, iso-macs");
    assert_eq!(
        desk.json(&command),
        found,
        "finished points are not trained again"
    );
    let shown = desk.stdout("runs show runs/sweep-glyphs-resnet-14/points/glyphs-7");
    assert!(shown.contains("resnet-14"), "{shown}");
}

#[test]
fn a_killed_sweep_goes_on_to_the_numbers_of_an_unbroken_one() {
    let command = format!("sweep idx:halves resnet-14 --depths 7,13 --wrong-cap 9 {SMALL}");
    let accuracies = |desk: &Desk| {
        let found = desk.json(&format!("{command} --json"));
        let curves = found["variants"][0]["curves"].clone();
        let points = list(&curves)
            .iter()
            .flat_map(|curve| list(&curve["points"]));
        let found: Vec<Value> = points.map(|point| point["accuracies"].clone()).collect();
        found
    };
    let expected = accuracies(&desk());

    let desk = desk();
    let mut child = spawn(&desk, &command);
    let folder = desk.path().join("runs/sweep-halves-resnet-14");
    let begun = folder.join("points/halves-7/metrics.csv");
    wait_until(&mut child, || {
        fs::read_to_string(&begun).is_ok_and(|text| text.lines().count() > 1)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!folder.join("sweep.json").exists());
    assert_eq!(accuracies(&desk), expected);
}

#[test]
fn sigterm_stops_a_sweep_with_130() {
    let desk = desk();
    let command = format!("sweep idx:halves resnet-14 --depths 7,13 --wrong-cap 9 {SMALL}")
        .replace("--epochs 1", "--epochs 200");
    let mut child = spawn(&desk, &command);
    let begun = desk
        .path()
        .join("runs/sweep-halves-resnet-14/points/halves-7/run.toml");
    wait_until(&mut child, || begun.exists());
    let signal = Command::new("kill").arg(child.id().to_string()).status();
    assert!(signal.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_cannot_be_swept_is_said_in_one_sentence() {
    let desk = desk();
    let wrong = "
resnet-20 --depths 7,8 --wrong-cap 9 | cannot be cut to 8 convolutions | 7, 9, 11, 13, 15, 17, 19
resnet-20 --depths 7,25 --wrong-cap 9 | above the 19 convolutions of resnet-20
resnet-20 --depths 7 --wrong-cap 9 | at least two depths
resnet-20 --depths 9,7,9 --wrong-cap 9 | depth 9 is given twice
resnet-8 --wrong-cap 9 | shallowest network of its family
resnet-20 --wrong-cap nist | unknown dataset 'nist'
resnet-20 --wrong-cap 0 | wrong cap of 0
";
    let wrong = wrong.replace(
        "\nresnet",
        &format!("\n2 | sweep idx:halves {SMALL} resnet"),
    );
    all_say(&desk, &wrong);
    assert!(!desk.path().join("runs").exists());
    let sweep = |depths: &str| {
        format!("sweep idx:halves resnet-14 --depths {depths} --wrong-cap 9 {SMALL}")
    };
    desk.stdout(&sweep("7,9"));
    says(
        &desk,
        &sweep("7,13"),
        1,
        &["sweep.toml", "another sweep, with other depths"],
    );
    let other = format!("{} --margin 0.02", sweep("7,9"));
    says(&desk, &other, 1, &["other settings (margin)"]);
}
