//! Runs that are broken off and resumed.

mod crash;
pub mod numbers;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ebcle_tui::network::weights::Weights;

use crate::mistakes::{idx, says};
use crate::support::Desk;
use numbers::{numbers, weights};

/// Grey images of 8 x 8 pixels, one class bright on the left and one on the right.
pub fn halves(desk: &Desk, brightness: u8) {
    let folder = desk.path().join("halves");
    fs::create_dir_all(&folder).unwrap();
    for (part, count) in [("train", 80_u32), ("t10k", 30)] {
        let pixel = |index: u32| {
            let (image, column) = (index / 64, index % 8);
            let bright = (column < 4) == (image % 2 == 0);
            let grain = (index * 37 % 61) as u8;
            if bright { brightness + grain } else { grain }
        };
        let pixels: Vec<u8> = (0..count * 64).map(pixel).collect();
        let labels: Vec<u8> = (0..count).map(|image| (image % 2) as u8).collect();
        let file = |kind: &str| folder.join(format!("{part}-{kind}-ubyte"));
        fs::write(file("images-idx3"), idx(0x803, &[count, 8, 8], &pixels)).unwrap();
        fs::write(file("labels-idx1"), idx(0x801, &[count], &labels)).unwrap();
    }
}

/// A desk with the images on it.
pub fn desk() -> Desk {
    let desk = Desk::new();
    halves(&desk, 150);
    desk
}

/// Arguments of a training of both networks.
pub fn train(architecture: &str, epochs: usize) -> String {
    format!(
        "train idx:halves {architecture} --depth 7 --epochs {epochs} --batch-size 10 --learning-rate 0.05 --device cpu"
    )
}

/// The only run on the desk, if there is one yet.
pub fn run(desk: &Desk) -> Option<PathBuf> {
    let runs = fs::read_dir(desk.path().join("runs")).ok()?.flatten();
    runs.map(|run| run.path())
        .find(|run| run.join("run.toml").is_file())
}

/// Starts the program and lets it go.
pub fn spawn(desk: &Desk, arguments: &str) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"));
    command
        .args(arguments.split_whitespace())
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("EBCLE_MEASURE", "false")
        .env("XDG_CACHE_HOME", desk.path().join(".cache"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(desk.path().join("stderr")).unwrap());
    command.spawn().unwrap()
}

/// Waits until the run has so many rows of metrics.
pub fn wait_for_rows(desk: &Desk, rows: usize) {
    let found = || {
        let text = fs::read_to_string(run(desk)?.join("metrics.csv")).ok()?;
        Some(text.lines().count().saturating_sub(1))
    };
    while found().is_none_or(|found| found < rows) {
        thread::sleep(Duration::from_millis(5));
    }
}

fn terminate(child: &mut Child) -> Option<i32> {
    let signal = Command::new("kill").arg(child.id().to_string()).status();
    assert!(signal.unwrap().success());
    child.wait().unwrap().code()
}

/// A run that SIGTERM stopped in the middle, on its desk.
pub fn broken(architecture: &str, epochs: usize) -> (Desk, PathBuf) {
    let desk = desk();
    let mut child = spawn(&desk, &train(architecture, epochs));
    wait_for_rows(&desk, 2);
    assert_eq!(terminate(&mut child), Some(130));
    let stderr = fs::read_to_string(desk.path().join("stderr")).unwrap();
    assert!(stderr.contains("ebcle-tui resume"), "{stderr}");
    let run = run(&desk).unwrap();
    assert!(!run.join("summary.json").exists());
    assert_eq!(fs::read_to_string(run.join("run.lock")).unwrap(), "");
    (desk, run)
}

/// A run of two seeds of two epochs that came to its end.
pub fn finished(desk: &Desk) -> PathBuf {
    desk.stdout(&(train("resnet-14", 2) + " --seeds 1,2 --quiet"));
    run(desk).unwrap()
}

/// A run that SIGKILL ended in the middle, on its desk.
pub fn broken_by_kill(epochs: usize, rows: usize) -> (Desk, PathBuf) {
    let desk = desk();
    let mut child = spawn(&desk, &train("resnet-14", epochs));
    wait_for_rows(&desk, rows);
    child.kill().unwrap();
    child.wait().unwrap();
    let run = run(&desk).unwrap();
    assert!(!run.join("summary.json").exists());
    (desk, run)
}

#[test]
fn a_run_that_sigterm_stopped_goes_on_with_the_numbers_of_the_unbroken_one() {
    const EPOCHS: usize = 40;
    for architecture in [
        "resnet-14",
        "densenet-13-k4 --holdout 0.1 --rate-check true",
    ] {
        let whole = desk();
        whole.json(&format!("{} --json", train(architecture, EPOCHS)));
        let whole = run(&whole).map(|run| (numbers(&run), weights(&run), whole));
        let (expected, parameters, _desk) = whole.unwrap();
        let (desk, run) = broken(architecture, EPOCHS);
        let shown = desk.stdout("runs show latest");
        assert!(shown.contains("ebcle-tui resume"), "{shown}");
        let summary = desk.json("resume latest --json");
        assert_eq!(summary["seeds"][0]["seed"], 1);
        for excluded in ["warm_up", "evaluation", "checkpoints"] {
            let seconds = summary["excluded_seconds"][excluded].as_f64().unwrap();
            assert!(seconds > 0.0, "{excluded}");
        }
        let share = |name: &str| summary[name].as_f64().unwrap();
        assert!((0.0..1.0).contains(&share("excluded_share")));
        assert!((0.0..1.0).contains(&share("data_wait_share")));
        assert_eq!(summary["diverged"], serde_json::json!([]));
        assert_eq!(numbers(&run), expected, "{architecture}");
        assert_eq!(weights(&run), parameters, "{architecture}");
        says(
            &desk,
            "resume latest",
            1,
            &["is finished", "nothing to resume"],
        );
    }
}

#[test]
fn a_damaged_checkpoint_costs_an_epoch_and_is_said() {
    let (desk, run) = broken("resnet-14", 30);
    let checkpoints = run.join("checkpoints");
    let newest = fs::read_dir(&checkpoints)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("seed-1-capped-epoch-"))
        .max_by_key(|name| name.rsplit_once('-').unwrap().1.parse::<usize>().unwrap())
        .unwrap();
    let file = checkpoints.join(newest).join("weights.bpk");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let output = desk.command("resume latest").assert().success();
    let stderr = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(
        stderr.contains("weights.bpk does not match its checksum"),
        "{stderr}"
    );

    let whole = self::desk();
    whole.stdout(&train("resnet-14", 30));
    let whole = self::run(&whole).map(|run| (numbers(&run), weights(&run)));
    let (mut expected, parameters) = whole.unwrap();
    let mut found = numbers(&run);
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(weights(&run), parameters);
}

/// What a full disk does, by things that stand in the way: no checkpoint can be written, nor the summary.
#[test]
fn a_run_that_cannot_be_written_trains_on_and_can_be_resumed() {
    const EPOCHS: usize = 60;
    let desk = desk();
    let mut child = spawn(&desk, &train("resnet-14", EPOCHS));
    wait_for_rows(&desk, 4);
    let run = run(&desk).unwrap();
    let (checkpoints, aside) = (run.join("checkpoints"), run.join("aside"));
    fs::create_dir_all(run.join("summary.json/in-the-way")).unwrap();
    fs::rename(&checkpoints, &aside).unwrap();
    fs::write(&checkpoints, "in the way").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let stderr = fs::read_to_string(desk.path().join("stderr")).unwrap();
    assert_eq!(stderr.matches("training continues").count(), 1, "{stderr}");
    assert!(stderr.contains("trained but not saved"), "{stderr}");

    fs::remove_dir_all(run.join("summary.json")).unwrap();
    fs::remove_file(&checkpoints).unwrap();
    fs::rename(&aside, &checkpoints).unwrap();
    desk.stdout("resume latest");
    let whole = self::desk();
    whole.stdout(&train("resnet-14", EPOCHS));
    let whole = self::run(&whole).map(|run| (numbers(&run), weights(&run)));
    assert_eq!(whole.unwrap(), (numbers(&run), weights(&run)));
}

#[test]
fn what_cannot_be_resumed_is_refused_with_a_sentence() {
    let (desk, run) = broken("resnet-14", 200);
    let refused = |parts: &[&str]| says(&desk, "resume latest", 1, parts);
    let manifest = run.join("run.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let version = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
    fs::write(&manifest, text.replace(version, "version = \"0.0.9\"")).unwrap();
    refused(&["run.toml: it does not match its checksum"]);
    // As of a run that has no checksums.
    let (checksums, aside) = (run.join("checksums.jsonl"), run.join("aside"));
    fs::rename(&checksums, &aside).unwrap();
    says(&desk, "resume latest", 1, &["made by version 0.0.9"]);
    assert!(text.contains("epochs = 200"));
    fs::write(&manifest, text.replace("epochs = 200", "epochs = 100")).unwrap();
    refused(&["run.toml are not those that the run was started with"]);
    fs::write(&manifest, text).unwrap();
    fs::rename(&aside, &checksums).unwrap();

    halves(&desk, 140);
    refused(&["halves are not those", "fingerprint"]);
    halves(&desk, 150);

    fs::write(run.join("run.lock"), r#"{"pid": 77, "host": "node-3"}"#).unwrap();
    refused(&["process 77 on node-3", "run.lock"]);
    fs::write(run.join("run.lock"), "").unwrap();

    let mut child = spawn(&desk, "resume latest");
    let pid = child.id().to_string();
    while !fs::read_to_string(run.join("run.lock"))
        .unwrap()
        .contains(&pid)
    {
        thread::sleep(Duration::from_millis(5));
    }
    refused(&["is being trained by process", &pid]);
    let shown = desk.stdout("runs show latest");
    assert!(
        shown.contains(&format!("is being trained by process {pid} on "))
            && !shown.contains("resume"),
        "{shown}"
    );
    says(
        &desk,
        "runs rm latest --yes",
        1,
        &["is being trained by process", &pid],
    );
    assert_eq!(terminate(&mut child), Some(130));
    says(&desk, "resume nothing", 1, &["there is no run 'nothing'"]);
}

#[test]
fn networks_that_diverge_are_told_and_kept_in_the_summary() {
    let desk = desk();
    let arguments = train("resnet-14", 2).replace("0.05", "1e30") + " --json";
    let output = desk
        .command(&arguments)
        .assert()
        .code(1)
        .get_output()
        .clone();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let reason = "seed 1 diverged in epoch 1: baseline, stem.weight is not finite";
    let end = format!(
        "the training diverged, and no seed has both networks trained to the end: {reason}; seed 1 diverged in epoch 1: capped, stem.weight is not finite"
    );
    assert!(stderr.contains(&end), "{stderr}");
    assert!(stderr.contains("use a smaller --learning-rate"), "{stderr}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["seeds"], serde_json::json!([]));
    let diverged = summary["diverged"].as_array().unwrap();
    assert_eq!(diverged.len(), 2);
    assert_eq!(
        (&diverged[0]["network"], &diverged[0]["epoch"]),
        (&"baseline".into(), &1.into())
    );
    assert_eq!(diverged[0]["tensor"], "stem.weight");
    assert!(desk.stdout("runs show latest").contains(reason));
    let listed = desk.stdout("runs");
    assert!(
        listed.contains("diverged") && !listed.contains("inconclusive"),
        "{listed}"
    );
    let listed = desk.json("runs --json");
    assert_eq!(
        (&listed[0]["finished"], &listed[0]["diverged"]),
        (&false.into(), &true.into())
    );
    let (code, said) = desk.failure("export latest --out report");
    assert!(code == 1 && said.contains(reason), "{said}");
    let report = fs::read_to_string(desk.path().join("report/report.md")).unwrap();
    assert!(
        report.contains(&format!("**The training diverged**: {reason}")),
        "{report}"
    );
    assert!(!desk.path().join("report/baseline.safetensors").exists());
    for rest in [
        "export latest --format safetensors --out report",
        "probe latest --device cpu",
    ] {
        says(&desk, rest, 1, &[reason]);
    }
}

/// Weights that are not finite, as an older version or another program may have left them.
#[test]
fn weights_that_are_not_finite_are_named() {
    let desk = desk();
    desk.stdout(&train("resnet-14", 1));
    desk.stdout("export latest --format safetensors --out .");
    let path = desk.path().join("baseline.safetensors");
    for (tensor, value) in [
        ("blocks.2.second.weight", f32::NAN),
        ("stem_norm.running_var", f32::INFINITY),
        ("classifier.bias", f32::NEG_INFINITY),
    ] {
        let mut weights = Weights::read(&path).unwrap();
        let broken = weights.tensors.iter_mut().find(|one| one.name == tensor);
        *broken.unwrap().values.last_mut().unwrap() = value;
        fs::write(
            desk.path().join("broken.safetensors"),
            weights.to_safetensors(1).unwrap(),
        )
        .unwrap();
        let named = format!("broken.safetensors: {tensor} is not finite");
        for rest in [
            "evaluate idx:halves --weights broken.safetensors --device cpu --json",
            "probe idx:halves --weights broken.safetensors --device cpu --json",
        ] {
            let output = desk.command(rest).assert().code(1).get_output().clone();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(said.contains(&named) && output.stdout.is_empty(), "{said}");
        }
    }
    let mut weights = Weights::read(&path).unwrap();
    for tensor in &mut weights.tensors {
        if tensor.name.starts_with("classifier") {
            tensor.values.fill(f32::MAX);
        }
    }
    fs::write(
        desk.path().join("broken.safetensors"),
        weights.to_safetensors(1).unwrap(),
    )
    .unwrap();
    for command in ["evaluate", "probe"] {
        says(
            &desk,
            &format!("{command} idx:halves --weights broken.safetensors --device cpu"),
            1,
            &["logits", "not finite, though all weights"],
        );
    }
}
