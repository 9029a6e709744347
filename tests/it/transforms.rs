//! Transforms of images, through the program.

use std::fs;

use crate::mistakes::says;
use crate::support::{Desk, SHORT};

#[test]
fn a_chain_of_options_file_or_variable_is_the_same() {
    let desk = Desk::new();
    let analyze = "analyze glyphs --limit 60 --json";
    let analysis = desk.json(&format!("{analyze} --transform grey --transform bits=2"));
    assert_eq!(analysis["transform"], serde_json::json!(["grey", "bits=2"]));
    assert_eq!(analysis["channels"], 1);
    let information = &analysis["image_information"];
    // Four levels in one channel hold two bits at most.
    let [mean, max] = ["mean", "max"].map(|name| information[name].as_f64().unwrap());
    assert!(mean > 0.5 && max <= 2.0, "{information}");
    fs::write(
        desk.path().join("my.toml"),
        "transform = [\"grey\", \"bits=2\"]\n",
    )
    .unwrap();
    let file = desk.json(&format!("{analyze} --config my.toml"));
    assert_eq!(file["image_information"], *information);
    let output = desk
        .command(analyze)
        .env("EBCLE_TRANSFORM", "grey bits=2")
        .output()
        .unwrap();
    let variable: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(variable["image_information"], *information);
    let plain = desk.json(analyze);
    assert_eq!(plain["transform"], serde_json::json!([]));
    assert!(plain["image_information"]["mean"].as_f64().unwrap() > 6.0);
    let again = desk.json(&format!("{analyze} --transform grey --transform bits=2"));
    assert_eq!(again["cached"], true);
    assert_eq!(again["image_information"], *information);
}

#[test]
fn what_cannot_be_transformed_is_one_sentence() {
    let desk = Desk::new();
    for (transform, part) in [
        ("gray", "unknown transform 'gray': did you mean grey?"),
        ("bits=9", "use 1 to 8 bits"),
        (
            "rgb",
            "glyphs cannot be transformed by rgb: it needs 1 channel",
        ),
        (
            "side=64",
            "images of 32x32 cannot be enlarged: use at most 32",
        ),
        ("coarse=0,1", "it maps 2 classes, where there are 10"),
        ("coarse=3,3,3", "it leaves one class"),
        ("coarse=no.txt", "cannot read no.txt"),
    ] {
        let arguments = format!("analyze glyphs --limit 60 --transform {transform}");
        says(&desk, &arguments, 2, &[part]);
    }
}

/// Runs keep their transforms: weights are evaluated, and the run is repeated, with them.
#[test]
fn a_run_keeps_its_transforms() {
    let desk = Desk::new();
    let transforms = "--transform side=16 --transform coarse=0,0,0,0,0,1,1,1,1,1";
    let summary = desk.json(&format!("{SHORT} {transforms} --json --quiet"));
    let folder = desk.path().join(summary["run_dir"].as_str().unwrap());
    let kept = fs::read_to_string(folder.join("run.toml")).unwrap();
    let line = "transform = [\"side=16\", \"coarse=0,0,0,0,0,1,1,1,1,1\"]";
    assert!(kept.contains(line), "{kept}");
    desk.stdout("export latest --format safetensors --out .");
    let evaluate = "evaluate glyphs --limit 60 --weights baseline.safetensors --device cpu";
    let found = desk.json(&format!("{evaluate} {transforms} --json"));
    let baseline = &summary["seeds"][0]["baseline"];
    let [found, kept] = [&found, baseline].map(|of| of["test_accuracy"].as_f64().unwrap());
    assert!((found - kept).abs() < 1e-5, "{found}, {kept}");
    let (_, said) = desk.failure(evaluate);
    assert!(said.contains("3x16x16 images of 2 classes"), "{said}");
    desk.stdout("export latest --format md --out page");
    let page = fs::read_to_string(desk.path().join("page/report.md")).unwrap();
    assert!(
        page.contains(transforms),
        "the command repeats them: {page}"
    );
}
