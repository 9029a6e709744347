//! Trained networks leave for `PyTorch`, and weights come in.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Desk, SHORT};

/// What a program of Python prints in a folder.
fn run(python: &str, code: &str, folder: &Path) -> String {
    let mut command = Command::new(python);
    let output = command
        .args(["-c", code])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_trained_pair_leaves_for_pytorch_and_comes_back() {
    let desk = Desk::new();
    let summary = desk.json(&format!("{SHORT} --seeds 3,4 --json --quiet"));
    desk.stdout("export latest --format pytorch --seed 4 --out networks");
    let folder = desk.path().join("networks");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "README.txt",
            "baseline.safetensors",
            "capped.safetensors",
            "network.py",
            "predictions.npz"
        ]
    );
    let readme = fs::read_to_string(folder.join("README.txt")).unwrap();
    assert!(
        readme.contains("seed 4 of the seeds 3, 4, epoch 2 of 2"),
        "{readme}"
    );

    for network in ["baseline", "capped"] {
        let found = desk.json(&format!(
            "evaluate glyphs --limit 60 --weights networks/{network}.safetensors --device cpu --json"
        ));
        let kept = &summary["seeds"][1][network];
        for name in ["test_accuracy", "test_loss", "parameters", "conv_depth"] {
            let [found, kept] = [&found[name], &kept[name]].map(|value| value.as_f64().unwrap());
            assert!(
                (found - kept).abs() < 1e-5,
                "{network} {name}: {found}, {kept}"
            );
        }
    }
    let shown = desk.stdout(
        "evaluate glyphs --limit 60 --weights networks/capped.safetensors --arch resnet-14 --network capped --depth 7 --device cpu",
    );
    assert!(
        shown.contains("resnet-14 capped at 7") && shown.contains("nats"),
        "{shown}"
    );

    let again = desk.stdout("export latest --format safetensors --out weights");
    assert_eq!(again.lines().count(), 2);
    assert_ne!(
        fs::read(desk.path().join("weights/capped.safetensors")).unwrap(),
        fs::read(folder.join("capped.safetensors")).unwrap(),
        "the first seed leaves unless another is named"
    );
}

#[test]
#[ignore = "needs a Python with torch and safetensors, named by EBCLE_TORCH_PYTHON"]
fn pytorch_reads_a_trained_pair_and_gives_its_weights_back() {
    let python = std::env::var("EBCLE_TORCH_PYTHON").unwrap();
    let desk = Desk::new();
    let summary = desk.json(&format!("{SHORT} --json --quiet"));
    desk.stdout("export latest --format pytorch --out networks");
    let folder = desk.path().join("networks");
    let save =
        "import network, torch; torch.save(network.load('baseline').state_dict(), 'baseline.pt')";
    run(&python, save, &folder);
    let found = desk.json(
        "evaluate glyphs --limit 60 --weights networks/baseline.pt --arch resnet-14 --device cpu --json",
    );
    let kept = &summary["seeds"][0]["baseline"]["test_loss"];
    let difference = found["test_loss"].as_f64().unwrap() - kept.as_f64().unwrap();
    assert!(difference.abs() < 1e-5, "{difference}");

    // The three lines of the exported README.txt.
    let readme = fs::read_to_string(folder.join("README.txt")).unwrap();
    let code = ["import ", "saved = ", "print("];
    let lines: Vec<&str> = readme
        .lines()
        .filter(|line| code.iter().any(|start| line.starts_with(start)))
        .collect();
    assert_eq!(lines.len(), 3, "{readme}");
    let said = run(&python, &lines.join("\n"), &folder);
    let parts = said.split(['(', ')']);
    let differences: Vec<f64> = parts.filter_map(|part| part.parse().ok()).collect();
    assert_eq!(differences.len(), 2, "{said}");
    assert!(
        differences.iter().all(|difference| *difference < 1e-3),
        "{said}"
    );
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let desk = Desk::new();
    desk.stdout(&format!("{SHORT} --quiet"));
    desk.stdout("export latest --format safetensors --out .");
    let evaluate = |rest: &str| desk.failure(&format!("evaluate {rest} --device cpu"));

    let (code, said) = evaluate("glyphs --limit 60 --weights baseline.safetensors --arch resnet-8");
    assert_eq!(code, 1);
    assert!(
        said.contains("the weights are of another network"),
        "{said}"
    );
    assert!(
        said.lines().count() < 15 && said.contains("unexpected  blocks.3"),
        "{said}"
    );

    let images = desk.images("pictures", 2, 4, 8);
    let (_, said) = evaluate(&format!(
        "folder:{} --weights baseline.safetensors",
        images.display()
    ));
    assert!(
        said.contains("are for 3x32x32 images of 10 classes"),
        "{said}"
    );

    let (_, said) = evaluate("glyphs --limit 60 --weights nothing.pt --arch resnet-8");
    assert!(said.starts_with("error: cannot read nothing.pt"), "{said}");

    for (rest, part) in [
        ("--depth 7", "add --arch ARCH --network capped"),
        ("--network capped", "--arch"),
    ] {
        let (code, said) = evaluate(&format!("glyphs --weights baseline.safetensors {rest}"));
        assert!(code == 2 && said.contains(part), "{said}");
    }

    fs::remove_dir_all(
        fs::read_dir(desk.path().join("runs"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
            .join("checkpoints"),
    )
    .unwrap();
    let (code, said) = desk.failure("export latest --format pytorch --out networks");
    assert_eq!(code, 1);
    assert!(
        said.contains("no checkpoint of both networks for seed 1"),
        "{said}"
    );
    assert_eq!(desk.failure("export latest --format pytorch --seed 9").0, 2);
}
