//! Flipped bits in runs, finished and unfinished: none may pass without a word.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::resuming::{broken_by_kill, desk, finished};
use crate::support::Desk;

/// A fresh look at a run with a flipped bit, and what came of it.
struct Flip {
    file: PathBuf,
    at: usize,
    bit: u8,
    whole: Vec<u8>,
}

impl Flip {
    /// Flips a bit of a file below `run` that is chosen at random: files alike, then their bytes alike.
    fn make(files: &[PathBuf], rng: &mut ChaCha8Rng) -> Self {
        let file = files[rng.random_range(0..files.len())].clone();
        let whole = fs::read(&file).unwrap();
        let (at, bit) = (rng.random_range(0..whole.len()), rng.random_range(0..8));
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        fs::write(&file, flipped).unwrap();
        Self {
            file,
            at,
            bit,
            whole,
        }
    }

    fn undo(&self) {
        fs::write(&self.file, &self.whole).unwrap();
    }

    fn describe(&self) -> String {
        format!("{} byte {} bit {}", self.file.display(), self.at, self.bit)
    }
}

/// Files of the process that trains a run, which hold no results.
const LIVE: [&str; 2] = ["run.lock", "status.json"];

/// All files of a run that hold something, but those of its process and what was half written when it was killed, which
/// is cleared away before it goes on.
fn files(run: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![run.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.path().extension().is_some_and(|end| end == "partial") {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if !LIVE.iter().any(|name| entry.file_name() == *name)
                && entry.metadata().unwrap().len() > 0
            {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Whether a command did what was asked without a word on damage, with its stdout.
fn silent(desk: &Desk, arguments: &str) -> Option<Vec<u8>> {
    let output = desk.command(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{arguments}: {stderr}");
    (output.status.success() && !stderr.contains("warning:")).then_some(output.stdout)
}

/// The bytes of all files in a folder, by name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

const EXPORT: &str = "export latest --format json,csv,md,safetensors --out out";

/// Flips bits of a finished run; gives those that nobody spoke of. Every `seldom`-th flip is also exported and probed:
/// each has to speak, or to give what it gives of the undamaged run.
fn flip_finished(flips: usize, seldom: usize, seed: u64) -> Vec<String> {
    let desk = desk();
    let run = finished(&desk);
    desk.stdout("probe latest --seed 1 --quiet");
    desk.stdout(EXPORT);
    let expected = contents(&desk.path().join("out"));
    let probed = silent(&desk, "probe latest --seed 2 --json --quiet").unwrap();
    let files = files(&run);
    assert!(files.len() > 40, "{files:?}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut passed = Vec::new();
    for number in 0..flips {
        let flip = Flip::make(&files, &mut rng);
        if silent(&desk, "runs show latest --json").is_some() {
            passed.push(flip.describe());
        }
        if number % seldom == 0 {
            fs::remove_dir_all(desk.path().join("out")).unwrap();
            if silent(&desk, EXPORT).is_some() {
                let found = contents(&desk.path().join("out"));
                assert!(found == expected, "exported: {}", flip.describe());
            }
            if desk.path().join("out").exists() {
                fs::remove_dir_all(desk.path().join("out")).unwrap();
            }
            fs::create_dir(desk.path().join("out")).unwrap();
            let kept = copy_of(&run, &desk);
            if let Some(found) = silent(&desk, "probe latest --seed 2 --json --quiet") {
                assert!(found == probed, "probed: {}", flip.describe());
            }
            put_back(&kept, &run);
        }
        flip.undo();
    }
    assert!(silent(&desk, "runs show latest --json").is_some());
    passed
}

fn copy_of(run: &Path, desk: &Desk) -> PathBuf {
    let kept = desk.path().join("kept");
    if kept.exists() {
        fs::remove_dir_all(&kept).unwrap();
    }
    copy(run, &kept);
    kept
}

fn put_back(kept: &Path, run: &Path) {
    fs::remove_dir_all(run).unwrap();
    fs::rename(kept, run).unwrap();
}

/// As [`flip_finished`], of a run that SIGKILL ended. Every `seldom`-th is resumed: that has to speak.
fn flip_unfinished(flips: usize, seldom: usize, seed: u64) -> Vec<String> {
    let (desk, run) = broken_by_kill(6, 5);
    let files = files(&run);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut passed = Vec::new();
    assert!(silent(&desk, "runs show latest --json").is_some());
    for number in 0..flips {
        let flip = Flip::make(&files, &mut rng);
        if silent(&desk, "runs show latest --json").is_some() {
            passed.push(flip.describe());
        }
        if number % seldom == 0 {
            let kept = copy_of(&run, &desk);
            if silent(&desk, "resume latest --json").is_some() {
                passed.push(format!("resumed: {}", flip.describe()));
            }
            put_back(&kept, &run);
        }
        flip.undo();
    }
    passed
}

#[test]
fn no_flipped_bit_of_a_run_passes_without_a_word() {
    let flips = std::env::var("EBCLE_FLIPS").ok();
    let flips: usize = flips.and_then(|flips| flips.parse().ok()).unwrap_or(300);
    let finished = flip_finished(flips * 2 / 3, 25, 1);
    let unfinished = flip_unfinished(flips / 3, 20, 2);
    println!(
        "{flips} flips, {} silent",
        finished.len() + unfinished.len()
    );
    assert!(
        finished.is_empty() && unfinished.is_empty(),
        "{finished:#?} {unfinished:#?}"
    );
}

/// What an older version wrote has no checksums: it is read, and that is said.
#[test]
fn a_run_without_checksums_is_read_and_said_to_have_none() {
    let desk = desk();
    let run = finished(&desk);
    let summary = desk.json("runs show latest --json");
    fs::remove_file(run.join("checksums.jsonl")).unwrap();
    let output = desk.command("runs show latest --json").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.matches("has no checksums").count(), 1, "{stderr}");
    let again: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(again, summary);
    desk.stdout("export latest --format all --out out --quiet");

    let path = run.join("summary.json");
    let text = fs::read_to_string(&path).unwrap();
    let prediction = text.find("\"prediction\"").unwrap();
    let digit = text[prediction..].find("0.").unwrap() + prediction + 2;
    let mut edited = text.into_bytes();
    edited[digit] = if edited[digit] == b'9' {
        b'8'
    } else {
        edited[digit] + 1
    };
    fs::write(&path, edited).unwrap();
    let (code, said) = desk.failure("runs show latest --json");
    assert_eq!(code, 1);
    assert!(said.contains("prediction is not what follows"), "{said}");
}

/// A plan is made anew and compared: a width of a thousand million takes no memory, and other stages train nothing.
#[test]
fn a_plan_that_the_settings_do_not_give_is_not_trained() {
    let (desk, run) = broken_by_kill(6, 5);
    fs::remove_file(run.join("checksums.jsonl")).unwrap();
    let path = run.join("plan.json");
    let text = fs::read_to_string(&path).unwrap();
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut wide = plan.clone();
    wide["capped_spec"]["stages"][0]["width"] = 1_000_000_000_u64.into();
    let mut empty = plan.clone();
    empty["baseline_spec"]["stages"] = serde_json::json!([]);
    let mut deeper = plan;
    deeper["baseline_spec"]["stages"][1]["blocks"] = 3.into();
    for changed in [wide, empty, deeper] {
        fs::write(&path, changed.to_string()).unwrap();
        let (code, said) = desk.failure("resume latest");
        assert_eq!(code, 1);
        assert!(
            said.contains("plan.json: it is not the plan that"),
            "{said}"
        );
    }
    fs::remove_file(&path).unwrap();
    desk.stdout("resume latest");
    let again: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let before: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(again, before);
}

/// The checkpoints of a run with other settings are none of this one.
#[test]
fn checkpoints_of_another_run_are_refused() {
    let (desk, run) = broken_by_kill(6, 5);
    let other = Desk::new();
    crate::resuming::halves(&other, 150);
    other.stdout(&crate::resuming::train("resnet-14", 2).replace("0.05", "0.02"));
    let foreign = crate::resuming::run(&other).unwrap();
    let checkpoints = run.join("checkpoints");
    fs::remove_dir_all(&checkpoints).unwrap();
    copy(&foreign.join("checkpoints"), &checkpoints);
    let output = desk.command("resume latest").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("is of another run"), "{stderr}");
    assert!(stderr.contains("starts anew"), "{stderr}");
}
