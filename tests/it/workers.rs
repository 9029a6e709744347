//! A study over several devices: a worker process on each. Here the devices are cores of the CPU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cell::measured;
use crate::support::Desk;

const GRID: &str = r#"
architectures = ["resnet-14"]
depths = [7, 9]
probe = true

[settings]
seeds = [1]
epochs = 3
batch-size = 20
device = "cpu"
learning-rate = 0.05
baseline-learning-rate = 0.05
capped-learning-rate = 0.05

[[datasets]]
dataset = "glyphs"
limit = 60
"#;

/// Two devices: one core each. None, with the reason printed, where this machine has only one or cannot be asked.
fn two_devices() -> Option<String> {
    let cores = allowed_cores();
    if let [one, two, ..] = cores.as_slice() {
        return Some(format!("cpu:{one},cpu:{two}"));
    }
    println!("skipped: two workers need two cores, and this process may use {cores:?}");
    None
}

/// The cores that this process may use, as Linux tells.
fn allowed_cores() -> Vec<usize> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .unwrap_or_default();
    let parts = list.trim().split(',').filter(|part| !part.is_empty());
    parts
        .flat_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            first.parse::<usize>().unwrap()..=last.parse::<usize>().unwrap()
        })
        .collect()
}

fn desk() -> Desk {
    let desk = Desk::new();
    fs::write(desk.path().join("g.toml"), GRID).unwrap();
    desk
}

/// The program in the background, with its stderr in a file.
fn start(desk: &Desk, arguments: &str) -> Child {
    let log = fs::File::create(desk.path().join("owner.log")).unwrap();
    Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"))
        .args(arguments.split_whitespace())
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("EBCLE_MEASURE", "false")
        .env("XDG_CACHE_HOME", desk.path().join(".cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// What the cells of a grid were measured to be, by name.
fn cells(grid: &Value) -> Vec<(String, Vec<[f64; 4]>, Value)> {
    let cells = grid["cells"].as_array().unwrap();
    let one = |cell: &Value| {
        let name = cell["name"].as_str().unwrap().to_owned();
        let probe = cell["probe"].clone();
        (name, measured(&cell["summary"]), probe)
    };
    let done = cells.iter().filter(|cell| cell["state"] == "finished");
    done.map(one).collect()
}

/// The process that trains a run now, once both are there.
fn worker_of(desk: &Desk, owner: &mut Child) -> (PathBuf, u64) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(5) {
        assert!(owner.try_wait().unwrap().is_none(), "the owner ended early");
        for entry in fs::read_dir(desk.path().join("runs/g/cells"))
            .into_iter()
            .flatten()
        {
            let path = entry.unwrap().path();
            let status = fs::read_to_string(path.join("status.json")).unwrap_or_default();
            let status: Value = serde_json::from_str(&status).unwrap_or_default();
            if let Some(pid) = status["pid"].as_u64() {
                return (path, pid);
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no worker has begun");
}

fn signal(pid: u64, name: &str) {
    let killed = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(killed.unwrap().success());
}

fn is_alive(pid: u64) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// The grid by one process, which the ones by workers have to equal.
fn by_one(devices: &str) -> Vec<(String, Vec<[f64; 4]>, Value)> {
    let desk = desk();
    let grid = cells(&desk.json("grid g.toml --json"));
    assert_eq!(grid.len(), 2, "{devices}");
    // Which device of a kind trained a cell does not matter to the study.
    assert_eq!(
        cells(&desk.json(&format!("grid g.toml --json --device {devices}"))),
        grid
    );
    grid
}

/// A worker that is killed is told of, its cell is trained to its end by another one, and all numbers are those of one
/// process, bit for bit.
#[test]
#[cfg(target_os = "linux")]
fn a_grid_over_two_devices_is_that_of_one_process() {
    let Some(devices) = two_devices() else { return };
    let expected = by_one(&devices);
    let desk = desk();
    let mut owner = start(&desk, &format!("grid g.toml --device {devices}"));
    let (path, pid) = worker_of(&desk, &mut owner);
    signal(pid, "-KILL");
    let status = owner.wait().unwrap();
    let said = fs::read_to_string(desk.path().join("owner.log")).unwrap();
    assert!(status.success(), "{said}");
    let name = path.file_name().unwrap().to_str().unwrap();
    let (_, told) = said
        .split_once(&format!("{name} failed on cpu:"))
        .expect(&said);
    assert!(
        told.contains("killed by signal 9") && told.contains("tried again (2 of 3)"),
        "{said}"
    );
    assert_eq!(cells(&desk.json("grid g.toml --status --json")), expected);
    // Each was told the device it was trained on, and wrote a log.
    for (name, ..) in &expected {
        let log = desk.path().join("runs/g/cells").join(name).join("cell.log");
        assert!(fs::read_to_string(log).unwrap().contains(" on cpu:"));
        assert!(said.contains(&format!("{name} on cpu:")), "{said}");
    }
}

/// The owner's end is that of its workers, and the same command goes on.
#[test]
#[cfg(target_os = "linux")]
fn workers_end_with_their_owner_and_the_study_goes_on() {
    let Some(devices) = two_devices() else { return };
    let command = format!("grid g.toml --device {devices}");
    let desk = desk();
    let mut owner = start(&desk, &command);
    let (_, pid) = worker_of(&desk, &mut owner);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let begun = Instant::now();
    while is_alive(pid) && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!is_alive(pid), "the worker outlives its owner");

    // Stopped by Ctrl-C it ends with the code of that, and goes on too.
    let mut owner = start(&desk, &command);
    let (_, pid) = worker_of(&desk, &mut owner);
    signal(u64::from(owner.id()), "-INT");
    assert_eq!(owner.wait().unwrap().code(), Some(130));
    assert!(!is_alive(pid), "the worker outlives its owner");
    let grid = desk.json(&format!("{command} --json"));
    assert_eq!(cells(&grid).len(), 2);
}

/// What cannot be a list of devices is refused before anything is written.
#[test]
fn a_list_of_devices_that_cannot_be_is_refused() {
    let desk = desk();
    let refused = |arguments: &str, part: &str| {
        let (_, said) = desk.failure(arguments);
        assert!(said.contains(part), "{arguments}: {said}");
    };
    refused("grid g.toml --device cpu:0,cpu:0-1", "share a core");
    refused("grid g.toml --device cuda:0,cpu:0", "not on both");
    if cfg!(target_os = "linux") {
        refused("grid g.toml --device cpu:0-1022", "this process may use");
    }
    let train = "train glyphs resnet-14 --limit 60 --epochs 1 --depth 7 --device";
    refused(&format!("{train} cpu:0,cpu:1"), "one run takes one device");
    assert!(!Path::new(&desk.path().join("runs/g/cells")).exists());
}
