//! What seeds and test images show, and the identity probe.

use std::fs;

use serde_json::Value;

use crate::support::{Desk, SHORT};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn one_seed_says_what_its_images_say_and_two_what_would_be_needed() {
    let desk = Desk::new();
    let one = desk.json(&format!("{SHORT} --seed 3 --margin 0.02 --json --quiet"));
    let seed = &one["seeds"][0];
    let images = &seed["images"];
    let tested = number(&images["images"]);
    let said = (number(&images["only_capped"]) - number(&images["only_baseline"])) / tested;
    assert!((said - number(&seed["accuracy_difference"])).abs() < 1e-6);
    let reason = one["verdict"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("over its") && reason.contains("McNemar"),
        "{reason}"
    );
    assert!(one["verdict"]["seeds_needed"].is_null() && one["verdict"]["p_values"].is_null());
    assert!((number(&one["verdict"]["margin"]) - 0.02).abs() < 1e-12);
    let run = desk.path().join(one["run_dir"].as_str().unwrap());
    let kept = fs::read_to_string(run.join("run.toml")).unwrap();
    assert!(kept.contains("margin = 0.02"), "{kept}");
    let shown = desk.stdout("runs show latest");
    assert!(shown.contains("McNemar"), "{shown}");
    desk.stdout("export latest --format md --out report");
    let report = fs::read_to_string(desk.path().join("report/report.md")).unwrap();
    assert!(report.contains("paired bootstrap over images"), "{report}");

    let two = desk.json(&format!("{SHORT} --seeds 1..2 --margin 10% --json --quiet"));
    let verdict = &two["verdict"];
    let error = 1.0
        - f64::midpoint(
            number(&two["seeds"][0]["baseline"]["test_accuracy"]),
            number(&two["seeds"][1]["baseline"]["test_accuracy"]),
        );
    assert!((number(&verdict["margin"]) - 0.1 * error).abs() < 1e-9);
    assert!((number(&verdict["margin_of_error"]) - 0.1).abs() < 1e-12);
    let over_images = &verdict["difference_over_images"];
    let mean = number(&verdict["difference"]["mean"]);
    assert!((number(&over_images["mean"]) - mean).abs() < 1e-6);
    assert!(over_images["interval"][0].is_number());
    let run = desk.path().join(two["run_dir"].as_str().unwrap());
    let kept = fs::read_to_string(run.join("run.toml")).unwrap();
    assert!(kept.contains("margin = \"10%\""), "{kept}");
    let shown = desk.stdout("runs show latest");
    assert!(shown.contains("over seeds and test images"), "{shown}");
    let plan = desk.json("plan glyphs resnet-20 --limit 60 --json");
    assert!(plan["power"]["margin_shown"].is_number());
    assert_eq!(verdict["outcome"], "inconclusive");
    assert_eq!(
        verdict["learned"],
        Value::Bool(!verdict["p_values"].is_null())
    );
    assert!(two["time_saved_over_epochs"]["interval"][0].is_number());
    assert_eq!(two["broken_seeds"], serde_json::json!([]));
}

#[test]
fn blocks_are_probed_in_a_run_and_in_a_file() {
    let desk = Desk::new();
    let summary = desk.json(&format!("{SHORT} --json --quiet"));
    let found = desk
        .json("probe latest --device cpu --plot probe.svg --heatmap cka.png --placebos 3 --json");
    assert_eq!(found["dataset"], "glyphs");
    let [baseline, capped] = [0, 1].map(|at| &found["probes"][at]);
    for (probe, name) in [(baseline, "baseline"), (capped, "capped")] {
        let trained = number(&summary["seeds"][0][name]["test_accuracy"]);
        assert!(
            (number(&probe["accuracy"]) - trained).abs() < 1e-6,
            "{name}"
        );
        assert_eq!(probe["role"], name);
    }
    let blocks = baseline["blocks"].as_array().unwrap();
    let past: Vec<bool> = blocks
        .iter()
        .map(|block| block["past_cap"].as_bool().unwrap())
        .collect();
    assert_eq!(past, [false, false, false, true, true, true]);
    assert_eq!(blocks[3]["convolutions"], serde_json::json!([8, 9]));
    for block in blocks {
        assert!(number(&block["relative_update"]) > 0.0);
        assert!(number(&block["cka"]) <= 1.0 + 1e-6);
        let changed = number(&block["ablated_accuracy"]) - number(&baseline["accuracy"]);
        assert!((changed - number(&block["ablation"]["difference"])).abs() < 1e-9);
    }
    assert!(baseline["without_past_cap"]["images"].is_number());
    assert!(capped["without_past_cap"].is_null());
    assert_eq!(baseline["claims"].as_array().unwrap().len(), 3);
    let layers = blocks.len() + 1;
    for (row, values) in baseline["layer_cka"].as_array().unwrap().iter().enumerate() {
        assert_eq!(values.as_array().unwrap().len(), layers);
        assert!((number(&values[row]) - 1.0).abs() < 1e-9);
    }
    let readouts = baseline["readouts"].as_array().unwrap();
    assert_eq!(readouts.len(), layers);
    let features = readouts.iter().map(|readout| &readout["features"]);
    let features: Vec<u64> = features.map(|number| number.as_u64().unwrap()).collect();
    assert_eq!(features, [16, 16, 16, 32, 32, 64, 64]);
    let controls = &baseline["controls"];
    let cuts = controls["cuts"].as_array().unwrap();
    assert_eq!(cuts.len(), layers);
    assert_eq!(cuts[3]["accuracy"], controls["past_cap"]["accuracy"]);
    assert_eq!(
        controls["past_cap"]["removed"],
        serde_json::json!([4, 5, 6])
    );
    assert_eq!(controls["placebos"].as_array().unwrap().len(), 3);
    assert!(capped["answers"].is_null() && capped["controls"]["past_cap"].is_null());
    assert!(baseline["answers"]["identities"].is_string());
    assert!(
        fs::read(desk.path().join("cka.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    let drawn = fs::read_to_string(desk.path().join("probe.svg")).unwrap();
    assert!(drawn.contains("cap 7 convolutions"));

    desk.json("probe latest --device cpu --network capped --images 20 --placebos 0 --json");
    desk.stdout("export latest --format md,html,tex --out page");
    let page = |name: &str| fs::read_to_string(desk.path().join("page").join(name)).unwrap();
    let report = page("report.md");
    assert!(
        report.contains("Are blocks past the cap identities?"),
        "{report}"
    );
    assert!(report.contains("](samples.png)") && report.contains("](probe.svg)"));
    assert!(
        report.contains("baseline | relative update"),
        "what was probed first is kept"
    );
    assert!(page("report.html").contains("data:image/png;base64,"));
    assert!(page("report.tex").contains("\\includegraphics[width=0.7\\linewidth]{samples.png}"));
    assert!(report.contains("Are blocks past the cap useful?") && report.contains("](cka.svg)"));
    for figure in [
        "samples.png",
        "probe.svg",
        "probe.tikz",
        "cuts.svg",
        "cka.svg",
    ] {
        assert!(desk.path().join("page").join(figure).exists(), "{figure}");
    }

    desk.stdout("export latest --format safetensors --out networks");
    let weights = "probe glyphs --limit 60 --weights networks/baseline.safetensors --depth 7";
    let again = desk.json(&format!("{weights} --device cpu --placebos 0 --json"));
    let again = &again["probes"][0];
    for (ours, theirs) in blocks.iter().zip(again["blocks"].as_array().unwrap()) {
        let [ours, theirs] = [ours, theirs].map(|block| number(&block["relative_update"]));
        assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
    }
    let table = desk.stdout("probe latest --network capped --images 40 --device cpu --placebos 0");
    assert!(
        table.contains("40 test images")
            && table.contains("no block is past")
            && table.contains("solved by"),
        "{table}"
    );
}

#[test]
fn every_layer_of_a_densenet_is_ablated() {
    let desk = Desk::new();
    let small = "--limit 40 --epochs 1 --batch-size 20 --device cpu --quiet --json";
    desk.stdout(&format!("train glyphs densenet-10-k4 {small} --depth 6"));
    let found = desk.json("probe latest --network baseline --device cpu --placebos 1 --json");
    let blocks = found["probes"][0]["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 6);
    assert!(blocks.iter().all(|block| block["ablation"].is_object()));
}

#[test]
fn what_cannot_be_probed_is_a_sentence() {
    let desk = Desk::new();
    for (arguments, code, part) in [
        (
            "probe latest --plot probe.pdf",
            2,
            "neither an .svg nor a .png",
        ),
        (
            "probe latest --heatmap cka.pdf",
            2,
            "neither an .svg nor a .png",
        ),
        ("probe latest --images 0", 2, "at least 1"),
        ("probe latest", 1, "runs"),
        (
            "probe glyphs --weights nothing.safetensors",
            1,
            "nothing.safetensors",
        ),
        ("probe latest --arch resnet-20", 2, "--weights"),
        ("train glyphs resnet-20 --margin 1.5", 2, "between 0 and 1"),
        ("train glyphs resnet-20 --margin ten", 2, "is not a margin"),
        (
            "train glyphs resnet-20 --margin 100%",
            2,
            "between 0 and 100",
        ),
        (
            "train glyphs resnet-20 --seeds 1..6 --looks 5",
            2,
            "must end at the number of seeds, 6, not 5",
        ),
        (
            "train glyphs resnet-20 --seeds 1..6 --looks 3,6",
            2,
            "begin at 5 seeds",
        ),
        (
            "sweep glyphs resnet-20 --seeds 1..5 --looks 5 --limit 60",
            2,
            "takes no looks",
        ),
    ] {
        let (exit, said) = desk.failure(arguments);
        assert_eq!(exit, code, "{arguments}: {said}");
        assert!(said.contains(part), "{arguments}: {said}");
    }
}

#[test]
fn a_summary_that_was_edited_is_refused() {
    let desk = Desk::new();
    let summary = desk.json(&format!("{SHORT} --json --quiet"));
    let run = desk.path().join(summary["run_dir"].as_str().unwrap());
    let path = run.join("summary.json");
    let mut edited: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    edited["seeds"][0]["capped"]["test_accuracy"] = Value::from(0.999);
    fs::write(&path, edited.to_string()).unwrap();
    let (code, stderr) = desk.failure("runs show latest");
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("does not match its checksum"), "{stderr}");
    fs::remove_file(run.join("checksums.jsonl")).unwrap();
    for command in ["export latest --format md --out report", "runs show latest"] {
        let (code, stderr) = desk.failure(command);
        assert_eq!(code, 1, "{stderr}");
        assert!(
            stderr.contains("it says a test accuracy of 0.999 of the capped network")
                && stderr.contains("changed after the run"),
            "{stderr}"
        );
    }
    let listed = desk.stdout("runs");
    assert!(listed.contains("no run in runs can be read"), "{listed}");
    fs::remove_file(&path).unwrap();
    let again = desk.json("resume latest --json --quiet");
    let other = desk.json(&format!(
        "{} --json --quiet",
        SHORT.replace("--limit 60", "--limit 70")
    ));
    let [first, second] = [&again, &other].map(|run| run["run_dir"].as_str().unwrap());
    let (code, stderr) = desk.failure(&format!("runs compare {first} {second}"));
    assert_eq!(code, 1);
    assert!(stderr.contains("cannot be compared"), "{stderr}");
    assert_eq!(again["seeds"], summary["seeds"]);
}
