//! Trainings in the background: followed, controlled and killed from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Desk;
use crate::terminal::Terminal;

/// Longest wait for something to happen; far beyond what any step takes.
const PATIENCE: Duration = Duration::from_mins(4);
/// A training that ends only when it is made to.
const LONG: &str = "train glyphs resnet-14 --limit 60 --epochs 5000 --batch-size 20 --device cpu --depth 7 --seeds 1 --detach --json";

/// A training in the background, which is killed at the latest when the test ends.
struct Training {
    run: PathBuf,
    pid: u64,
}

impl Training {
    fn start(desk: &Desk) -> Self {
        let said = desk.json(LONG);
        let run = desk.path().join(said["run_dir"].as_str().unwrap());
        Self {
            run,
            pid: said["pid"].as_u64().unwrap(),
        }
    }

    fn kill(&self) {
        let pid = self.pid.to_string();
        drop(Command::new("kill").args(["-KILL", &pid]).output());
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.run.join(name)).unwrap_or_default()
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        self.kill();
    }
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        sleep(Duration::from_millis(50));
    }
}

fn listed(desk: &Desk) -> Value {
    let runs = desk.json("runs --json");
    runs[0].clone()
}

/// The session of a process.
#[cfg(target_os = "linux")]
fn session(pid: u64) -> u64 {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap();
    let after = stat.rsplit_once(')').unwrap().1;
    after.split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[test]
fn a_training_in_the_background_is_followed_paused_resumed_and_stopped() {
    let desk = Desk::new();
    let training = Training::start(&desk);
    let pid = training.pid;
    #[cfg(target_os = "linux")]
    assert_eq!(session(pid), pid, "it has a session of its own");
    wait("a step", || {
        training.file("events.jsonl").contains("\"event\":\"step\"")
    });
    let run = listed(&desk);
    assert_eq!(run["activity"], "running", "{run}");
    assert_eq!(run["pid"].as_u64(), Some(pid));
    assert_eq!(run["cap_unit"], "convolutions", "that of --depth");
    let shown = desk.stdout("runs show latest");
    assert!(
        shown.contains(&format!("is being trained by process {pid}")),
        "{shown}"
    );

    let mut terminal = Terminal::open_with(&desk, "attach latest", 36, 140, &[]);
    terminal.sees(&format!("following {pid} on "));
    terminal.sees("running");
    terminal.press(" ");
    terminal.sees("paused, Space resumes");
    wait("the pause is told", || {
        training
            .file("status.json")
            .contains("\"phase\":\"paused\"")
    });
    let said = desk.stdout("control latest resume");
    assert!(said.contains(&format!("process {pid} on ")), "{said}");
    terminal.sees("▶ running");
    fs::create_dir_all(training.run.join("control")).unwrap();
    fs::write(training.run.join("control/x.json"), "{\"action\":\"fly\"}").unwrap();
    terminal.sees("is not a valid request");
    // Runs shows it as running, and Enter leads back to it.
    terminal.press("4");
    terminal.sees("past trainings and their results");
    terminal.press("r");
    terminal.sees("Enter follows it");
    terminal.press("\r");
    terminal.sees("this seed");
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));

    assert_eq!(listed(&desk)["activity"], "running", "it trains on");
    desk.stdout("control latest stop");
    wait("it stops", || listed(&desk)["activity"] == "stopped");
    for name in ["status.json", "control"] {
        assert!(!training.run.join(name).exists(), "{name} is left");
    }
    let log = training.file("train.log");
    assert!(log.contains("stop: asked for by "), "{log}");
    let (code, said) = desk.failure("control latest stop");
    assert_eq!(code, 1);
    assert!(
        said.contains("is not running: nobody trains it; `ebcle-tui resume"),
        "{said}"
    );
    let events = training.file("events.jsonl");
    assert!(events.contains("\"action\":\"pause\"") && events.contains("\"stopped\""));
}

#[test]
fn cut_events_and_a_killed_training_are_said_in_the_app() {
    let desk = Desk::new();
    let training = Training::start(&desk);
    wait("a step", || {
        training.file("events.jsonl").contains("\"event\":\"step\"")
    });
    let terminal = Terminal::open_with(&desk, "attach latest", 36, 140, &[]);
    terminal.sees(&format!("following {} on ", training.pid));
    desk.stdout("control latest pause");
    terminal.sees("paused, Space resumes");
    let path = training.run.join("events.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let half: String = whole.split_inclusive('\n').take(4).collect();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(half.len() as u64).unwrap();
    terminal.sees("events.jsonl was cut from");
    training.kill();
    let begun = Instant::now();
    terminal.sees("was killed or crashed");
    assert!(
        begun.elapsed() < Duration::from_mins(1),
        "as long as silence"
    );
    let run = listed(&desk);
    assert_eq!(run["activity"], "killed", "{run}");
    let shown = desk.stdout("runs show latest");
    assert!(
        shown.contains("was killed or crashed; `ebcle-tui resume"),
        "{shown}"
    );
    let (code, said) = desk.failure("control latest pause");
    assert!(
        code == 1 && said.contains("is not running: process"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_started_in_the_background_is_said_at_once() {
    let desk = Desk::new();
    let (code, said) = desk.failure(
        "train glyphs resnet-14 --limit 60 --epochs 2 --batch-size 20 --device cpu --depth 13 --detach",
    );
    assert_ne!(code, 0);
    assert!(said.contains("error: "), "{said}");
    let left = fs::read_dir(desk.path().join("runs")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "a log or a folder is left");
    let (code, said) = desk.failure("attach latest");
    assert!(
        code == 1 && said.contains("there is no run 'latest'"),
        "{said}"
    );
}

/// A run that was stopped goes on in the background, with what it said before kept in its log.
#[test]
fn a_stopped_run_is_resumed_in_the_background() {
    let desk = Desk::new();
    let training = Training::start(&desk);
    let epochs = |training: &Training| training.file("metrics.csv").lines().count();
    wait("an epoch", || epochs(&training) > 2);
    desk.stdout("control latest stop");
    wait("the end", || !training.run.join("status.json").exists());
    fs::write(training.run.join("train.log"), "said before\n").unwrap();
    let before = epochs(&training);

    let said = desk.json("resume latest --detach --json");
    let again = Training {
        run: training.run.clone(),
        pid: said["pid"].as_u64().unwrap(),
    };
    assert_ne!(again.pid, training.pid);
    assert_eq!(
        desk.path().join(said["run_dir"].as_str().unwrap()),
        again.run
    );
    #[cfg(target_os = "linux")]
    assert_eq!(session(again.pid), again.pid);
    wait("one more epoch", || epochs(&again) > before);
    let log = again.file("train.log");
    assert!(
        log.starts_with("said before\n") && log.contains("run directory: "),
        "{log}"
    );
    let (code, refused) = desk.failure("resume latest --detach");
    assert!(code == 1 && refused.contains("error: "), "{refused}");
    desk.stdout("control latest stop");
    wait("the end", || !again.run.join("status.json").exists());
    let left = fs::read_dir(desk.path().join("runs")).unwrap().flatten();
    let logs = left.filter(|entry| entry.file_name().to_string_lossy().contains("starting"));
    assert_eq!(logs.count(), 0, "a log is left beside the run");
}
