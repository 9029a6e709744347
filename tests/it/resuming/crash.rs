//! Trainings that are killed at random moments, again and again, until they are done.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::numbers::{numbers, weights};
use super::{desk, run, spawn, train};
use crate::support::Desk;

const EPOCHS: usize = 12;

/// What a crash test met.
#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    kills: usize,
    /// Kills before the run directory was there.
    before_the_run: usize,
    /// Kills before the first checkpoint.
    before_a_checkpoint: usize,
    /// Kills of a process that wrote a checkpoint at that moment.
    in_a_checkpoint: usize,
    most_kills_of_a_run: usize,
}

/// Waits for the end of a child until `limit` is over, then kills it; whether it ended by itself.
fn ends_within(desk: &Desk, child: &mut Child, limit: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            let said = fs::read_to_string(desk.path().join("stderr")).unwrap();
            assert!(status.success(), "{status}: {said}");
            return true;
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

fn in_a_checkpoint(desk: &Desk) -> bool {
    let folder = run(desk).and_then(|run| fs::read_dir(run.join("checkpoints")).ok());
    folder.is_some_and(|mut folder| {
        folder.any(|entry| {
            entry
                .unwrap()
                .path()
                .extension()
                .is_some_and(|end| end == "partial")
        })
    })
}

/// Asserts that nothing of a run that was killed is taken for damaged.
fn is_sound(desk: &Desk) {
    if run(desk).is_some() {
        let shown = desk.command("runs show latest --json").output().unwrap();
        let stderr = String::from_utf8(shown.stderr).unwrap();
        assert!(shown.status.success() && stderr.is_empty(), "{stderr}");
    }
}

/// Kills trainings with SIGKILL until there were at least `kills`, resumes each until it is done, and
/// holds it against a training that nothing disturbed.
fn crash(kills: usize, seed: u64) -> Figures {
    let arguments = train("resnet-14", EPOCHS) + " --seeds 1,2";
    let whole = desk();
    let begun = Instant::now();
    whole.stdout(&arguments);
    let length = begun.elapsed();
    let whole = run(&whole).map(|run| (numbers(&run), weights(&run)));
    let (expected, parameters) = whole.unwrap();
    assert_eq!(expected.len(), 2 * 2 * EPOCHS);

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut figures = Figures::default();
    while figures.kills < kills {
        let desk = desk();
        let mut kills_of_this = 0;
        loop {
            let arguments = match run(&desk) {
                // Killed between its last word and its end.
                Some(run) if run.join("summary.json").is_file() => break,
                Some(_) => "resume latest",
                None => &arguments,
            };
            let mut child = spawn(&desk, arguments);
            if ends_within(
                &desk,
                &mut child,
                length.mul_f64(rng.random_range(0.0..0.6)),
            ) {
                break;
            }
            kills_of_this += 1;
            is_sound(&desk);
            let checkpoints = run(&desk).map(|run| fs::read_dir(run.join("checkpoints")));
            match checkpoints {
                None => figures.before_the_run += 1,
                Some(Err(_)) => figures.before_a_checkpoint += 1,
                Some(Ok(_)) if in_a_checkpoint(&desk) => figures.in_a_checkpoint += 1,
                Some(Ok(_)) => {}
            }
        }
        figures.runs += 1;
        figures.kills += kills_of_this;
        figures.most_kills_of_a_run = figures.most_kills_of_a_run.max(kills_of_this);
        let run = run(&desk).unwrap();
        assert_eq!(numbers(&run), expected, "after {kills_of_this} kills");
        assert_eq!(weights(&run), parameters, "after {kills_of_this} kills");
        let events = fs::read_to_string(run.join("events.jsonl")).unwrap();
        for line in events.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
    figures
}

#[test]
fn a_training_survives_being_killed_at_random_moments() {
    println!("{:?}", crash(20, 1));
}

#[test]
#[ignore = "takes minutes"]
fn a_training_survives_being_killed_two_hundred_times() {
    println!("{:?}", crash(200, 2));
}
