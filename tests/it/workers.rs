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
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .unwrap_or_default();
    let parts = allowed.trim().split(',').filter(|part| !part.is_empty());
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

/// The folders in `folder`.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The cell of the grid that a process trains now, and that process, once both are there.
fn worker_of(desk: &Desk, owner: &mut Child) -> (PathBuf, u64) {
    worker_in(|| below(&desk.path().join("runs/g/cells")), owner)
}

/// The one of `folders` that a process trains now, and that process, once both are there.
fn worker_in(folders: impl Fn() -> Vec<PathBuf>, owner: &mut Child) -> (PathBuf, u64) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(5) {
        assert!(owner.try_wait().unwrap().is_none(), "the owner ended early");
        for path in folders() {
            let status = fs::read_to_string(path.join("status.json")).unwrap_or_default();
            let status: Value = serde_json::from_str(&status).unwrap_or_default();
            let its = |pid: &u64| line_of(*pid, "PPid:") == Some(owner.id().to_string());
            // An owner that was killed leaves workers behind for a moment, and their status for longer.
            if let Some(pid) = status["pid"].as_u64().filter(its) {
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

/// What Linux tells of a process on the line that begins with `name`; none where it is gone.
fn line_of(pid: u64, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mut values = status.lines().filter_map(|line| line.strip_prefix(name));
    values.next().map(|value| value.trim().to_owned())
}

fn is_alive(pid: u64) -> bool {
    line_of(pid, "State:").is_some_and(|state| !state.contains('Z'))
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
    // Long enough to be stopped twice.
    let longer = GRID.replace("epochs = 3", "epochs = 20");
    fs::write(desk.path().join("g.toml"), longer).unwrap();
    let mut owner = start(&desk, &command);
    let (_, pid) = worker_of(&desk, &mut owner);
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_for_end(pid);

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
    refused("grid g.toml --device cuda:0,cpu:0", "not both");
    if cfg!(target_os = "linux") {
        refused("grid g.toml --device cpu:0-1022", "this process may use");
    }
    let train = "train glyphs resnet-14 --limit 60 --epochs 1 --depth 7 --seeds 1..6 --device";
    refused(&format!("{train} cpu:0,"), "an entry of the list is empty");
    if let Some(devices) = two_devices() {
        refused(
            &format!("{train} {devices} --looks 5,6"),
            "looks judge the seeds one after another",
        );
        for command in [
            "evaluate glyphs --weights w.safetensors",
            "probe latest",
            "bench train",
        ] {
            refused(&format!("{command} --device {devices}"), "one device");
        }
    }
    let runs = desk.path().join("runs");
    let is_of_grid = |run: &PathBuf| *run == runs.join("g") && !run.join("cells").exists();
    assert!(below(&runs).iter().all(is_of_grid), "no run is made");
}

/// What the seeds of a run were measured to be, and its rows without seconds.
fn numbers(summary: &Value) -> (Vec<[f64; 4]>, Value, Vec<String>) {
    let path = Path::new(summary["run_dir"].as_str().unwrap());
    let rows = fs::read_to_string(path.join("metrics.csv")).unwrap();
    let mut lines = rows.lines().map(|line| line.split(','));
    let titles: Vec<&str> = lines.next().unwrap().collect();
    let timed = |at: &usize| {
        ["second", "joule"]
            .iter()
            .any(|part| titles[*at].contains(part))
    };
    let row = |line: std::str::Split<'_, char>| {
        let kept = line.enumerate().filter(|(at, _)| !timed(at));
        kept.map(|(_, value)| value).collect::<Vec<_>>().join(",")
    };
    assert!(
        !path.join("seeds").exists(),
        "all parts are taken into the run"
    );
    assert!(!path.join("status.json").exists());
    (
        measured(summary),
        summary["verdict"]["difference"].clone(),
        lines.map(row).collect(),
    )
}

/// The seeds of one run, each trained by a worker, are those of one process bit for bit: undisturbed, with a worker killed,
/// and with the owner killed and the run resumed on several devices or on one.
#[test]
#[cfg(target_os = "linux")]
fn seeds_over_two_devices_are_those_of_one_process() {
    let Some(devices) = two_devices() else { return };
    let desk = Desk::new();
    let train = "train glyphs resnet-14 --limit 60 --epochs 4 --batch-size 20 --depth 7 --seeds 3,1,2 --json --device cpu";
    let mut expected = desk.json(train);
    let absolute = |summary: &mut Value| {
        let path = desk.path().join(summary["run_dir"].as_str().unwrap());
        summary["run_dir"] = path.display().to_string().into();
    };
    absolute(&mut expected);
    let expected = numbers(&expected);
    let check = |mut summary: Value| {
        absolute(&mut summary);
        assert_eq!(numbers(&summary), expected);
        let run = summary["run_dir"].as_str().unwrap();
        let shown = desk.command(&format!("runs show {run}")).assert().success();
        let said = String::from_utf8(shown.get_output().stderr.clone()).unwrap();
        assert!(said.is_empty(), "{said}");
    };
    let spread = train.replace("--device cpu", &format!("--device {devices}"));
    check(desk.json(&spread));

    let runs = desk.path().join("runs");
    let before = below(&runs);
    let new = || below(&runs).into_iter().find(|run| !before.contains(run));
    let parts = || new().map_or_else(Vec::new, |run| below(&run.join("seeds")));
    let mut owner = start(&desk, &spread);
    let (part, worker) = worker_in(parts, &mut owner);
    let run = new().unwrap();
    signal(worker, "-KILL");
    let (_, worker) = worker_in(parts, &mut owner);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let said = fs::read_to_string(desk.path().join("owner.log")).unwrap();
    let name = part.file_name().unwrap().to_str().unwrap();
    assert!(said.contains(&format!("{name} on cpu:")), "{said}");
    wait_for_end(worker);
    // A part that another process trains is not taken from it, so the workers have to be gone.
    for part in parts() {
        let status = fs::read_to_string(part.join("status.json")).unwrap_or_default();
        let status: Value = serde_json::from_str(&status).unwrap_or_default();
        if let Some(pid) = status["pid"].as_u64() {
            wait_for_end(pid);
        }
    }
    let name = run.file_name().unwrap().to_str().unwrap();
    let copy = desk.path().join("runs/copy");
    copy_folder(&run, &copy);
    check(desk.json(&format!("resume {name} --json --device {devices}")));
    check(desk.json("resume copy --json"));
}

fn wait_for_end(pid: u64) {
    let begun = Instant::now();
    while is_alive(pid) && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!is_alive(pid), "the worker outlives its owner");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for path in below(from) {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}
