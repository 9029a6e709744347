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
