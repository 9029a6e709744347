//! Sweeps and recommendations whose runs are jobs.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use serde_json::Value;

use super::{attempts, slurm, wait};
use crate::cluster::studies::{accuracies, measured};
use crate::cluster::without_times;
use crate::cluster::{self, TWO, are_equal, flowers};
use crate::resuming::{desk, spawn};
use crate::support::Desk;

/// A sweep of three points, which takes some seconds.
const SWEEP: &str = "sweep idx:halves resnet-14 --depths 7,9,13 --wrong-cap 9 --limit 60 --batch-size 10 --epochs 3 --seeds 1..2 --device cpu";
const POINTS: &str = "runs/sweep-halves-resnet-14/points";
/// A recommendation of a round and a final.
const RECOMMEND: &str = "recommend idx:halves resnet-20 --limit 60 --batch-size 10 --epochs 2 --seeds 1,2 --budget 2h --device cpu";

fn said(desk: &Desk) -> String {
    fs::read_to_string(desk.path().join("stderr")).unwrap()
}

/// Waits until something is so, as long as the owner of a study is there.
fn wait_with(owner: &mut Child, desk: &Desk, what: &str, is_so: impl Fn() -> bool) {
    wait(what, || {
        if is_so() {
            return Some(());
        }
        assert!(owner.try_wait().unwrap().is_none(), "{}", said(desk));
        None
    });
}

/// The jobs that were submitted of a study: how many cells each has.
fn submitted(folder: &Path) -> Vec<usize> {
    let text = fs::read(folder.join("slurm/submission.json")).unwrap();
    let kept: Value = serde_json::from_slice(&text).unwrap();
    let jobs = kept["jobs"].as_array().unwrap();
    jobs.iter()
        .map(|job| job["cells"].as_array().unwrap().len())
        .collect()
}

/// The owner of a sweep is stopped while its jobs run: they go on, the same command takes them up and submits nothing twice, and
/// every number is that of a local sweep.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_sweep_by_jobs_equals_a_local_one() {
    let desk = desk();
    let command = format!("{SWEEP} --epochs 20 --on slurm --cpus 1 --partition tests")
        .replace("--epochs 3 ", "");
    let mut owner = spawn(&desk, &command);
    let points = desk.path().join(POINTS);
    let begun = points.join("halves-7/metrics.csv");
    wait_with(&mut owner, &desk, "a first epoch", || {
        fs::read_to_string(&begun).is_ok_and(|text| text.lines().count() > 1)
    });
    slurm(&format!("kill -TERM {}", owner.id()));
    assert_eq!(owner.wait().unwrap().code(), Some(130));
    let stopped = said(&desk);
    assert!(stopped.contains("stopped; job "), "{stopped}");
    assert!(stopped.contains("`scancel "), "{stopped}");
    let found = desk
        .command(&format!("{command} --json"))
        .assert()
        .success();
    let found = found.get_output();
    let said = String::from_utf8(found.stderr.clone()).unwrap();
    assert!(said.contains("a job already"), "{said}");
    assert_eq!(
        submitted(&desk.path().join("runs/sweep-halves-resnet-14")),
        [3]
    );

    let local = command.split(" --on slurm").next().unwrap();
    let local = desk.json(&format!("{local} --out local --json"));
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(accuracies(&found), accuracies(&local));
    assert_eq!(
        measured(&points),
        measured(&desk.path().join("local/sweep-halves-resnet-14/points"))
    );
    // Nothing is left to submit.
    desk.stdout(&format!("{command} --quiet"));
    assert_eq!(
        submitted(&desk.path().join("runs/sweep-halves-resnet-14")),
        [3]
    );
}

/// A point that fails three times is told of with its last lines, and the others go on; the same command tries it again.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_point_that_always_fails_does_not_stop_the_others() {
    let desk = desk();
    let command = format!("{SWEEP} --on slurm");
    let points = desk.path().join(POINTS);
    let in_the_way = points.join("halves-9/metrics.csv");
    fs::create_dir_all(&in_the_way).unwrap();
    let (code, said) = desk.failure(&command);
    assert_eq!(code, 1, "{said}");
    for part in [
        "halves-9 failed in task ",
        "it failed 3 times without finishing another epoch",
        "the last lines of task ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(
        attempts(&points.join("halves-9"))
            .matches("\"failed\"")
            .count(),
        3
    );
    for other in ["halves-7", "halves-13"] {
        assert!(points.join(other).join("summary.json").is_file(), "{said}");
    }
    assert!(
        !desk
            .path()
            .join("runs/sweep-halves-resnet-14/sweep.json")
            .exists()
    );
    fs::remove_dir(in_the_way).unwrap();
    desk.stdout(&format!("{command} --quiet"));
    assert_eq!(
        submitted(&desk.path().join("runs/sweep-halves-resnet-14")),
        [3, 1]
    );
}

/// Jobs that wait are ended by --cancel of another process; the owner says so, and submits none of them again by itself.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn jobs_that_were_cancelled_are_not_submitted_again() {
    let desk = desk();
    let config = "epochs = 2\n[slurm]\noptions = ['--hold']\nsetup = ['export HELD=1']\n";
    fs::write(desk.path().join("held.toml"), config).unwrap();
    let command = format!("{SWEEP} --on slurm --config held.toml");
    let mut owner = spawn(&desk, &command);
    let folder = desk.path().join("runs/sweep-halves-resnet-14");
    wait_with(&mut owner, &desk, "a submission", || {
        said(&desk).contains("3 waiting (JobHeldUser)")
    });
    let script = fs::read_to_string(folder.join("slurm/1.sh")).unwrap();
    assert!(script.contains("\nexport HELD=1\n"), "{script}");
    let ended = desk.stdout(&format!("{command} --cancel"));
    assert_eq!(
        ended,
        "the jobs of 3 runs are ended; finished epochs are kept\n"
    );
    assert_eq!(owner.wait().unwrap().code(), Some(1));
    let told = said(&desk);
    assert_eq!(told.matches(" was cancelled: ").count(), 4, "{told}");
    assert_eq!(submitted(&folder), [3]);
    let none = desk.stdout(&format!("{command} --cancel"));
    assert_eq!(none, "no job of the sweep waits or runs\n");
}

/// A recommendation whose owner is itself a job equals a local one.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_recommendation_by_a_job_of_jobs_equals_a_local_one() {
    let desk = desk();
    let program = assert_cmd::cargo::cargo_bin!("ebcle-tui");
    let command = format!(
        "{} {RECOMMEND} --on slurm --partition tests",
        program.display()
    );
    let submitted = Command::new("sbatch")
        .args(["--parsable", "--output=owner.log", "--cpus-per-task=1"])
        .arg(format!("--wrap={command}"))
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("EBCLE_MEASURE", "false")
        .env("XDG_CACHE_HOME", desk.path().join(".cache"))
        .output()
        .unwrap();
    assert!(submitted.status.success(), "{submitted:?}");
    let job = String::from_utf8(submitted.stdout).unwrap();
    let folder = desk.path().join("runs/recommend-halves-resnet-20");
    let log = || fs::read_to_string(desk.path().join("owner.log")).unwrap_or_default();
    wait("the outcome", || {
        if folder.join("recommend.html").is_file() {
            return Some(());
        }
        let state = slurm(&format!(
            "squeue --noheader --format=%T --states=all --jobs={}",
            job.trim()
        ));
        let ended = ["FAILED", "CANCELLED", "TIMEOUT"]
            .iter()
            .any(|end| state.contains(end));
        assert!(!ended, "{}", log());
        None
    });
    desk.stdout(&format!("{RECOMMEND} --out local --quiet"));
    let cells = measured(&folder.join("cells"));
    assert!(cells.len() > 3, "{}", log());
    let local = desk.path().join("local/recommend-halves-resnet-20");
    assert_eq!(cells, measured(&local.join("cells")));
    let outcome = |folder: &Path| -> Value {
        let text = fs::read(folder.join("recommend.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let [jobs, here] = [&folder, &local].map(|folder| outcome(folder));
    for of in ["rounds", "finalists"] {
        let all = jobs[of].as_array().unwrap();
        assert!(!all.is_empty());
        let accuracies = |found: &Value| -> Vec<Value> {
            let all = found[of].as_array().unwrap().iter();
            all.map(|one| without_times(one.clone())).collect()
        };
        assert_eq!(accuracies(&jobs), accuracies(&here), "{of}");
    }
}

/// A grid with a sweep that is waited for: its cells and then the sweep's points are jobs, and all equals the same grid trained here.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_grid_with_a_sweep_that_is_waited_for_equals_a_local_one() {
    let sweep = "\n[[sweeps]]\ndataset = \"folder:flowers\"\narchitecture = \"resnet-14\"\ndepths = [7, 9]\nwrong-cap = \"9\"\nvariants = false\n";
    let desk = cluster::desk(&flowers(&format!("{TWO}{sweep}")));
    desk.images("flowers", 2, 10, 8);
    let command = "grid two.toml --on slurm --wait --cpus 1 --partition tests --json";
    let waited = desk.command(command).assert().success();
    let waited = waited.get_output().clone();
    let told = String::from_utf8(waited.stderr).unwrap();
    let found: Value = serde_json::from_slice(&waited.stdout).unwrap();
    assert_eq!(found["sweeps_left"], 0, "{told}");
    let swept = found["sweeps"].as_array().unwrap();
    assert_eq!(swept.len(), 1, "{told}");
    let [jobs, here] = ["runs/two", "local/two"].map(|folder| desk.path().join(folder));
    let folder = |grid: &Path| grid.join("sweep-flowers-resnet-14");
    // A job of the grid's two cells, and one of the sweep's two points.
    assert_eq!(submitted(&jobs), [2], "{told}");
    assert_eq!(submitted(&folder(&jobs)), [2], "{told}");
    for report in ["report.html", "sweep-flowers-resnet-14/sweep.html"] {
        assert!(jobs.join(report).is_file(), "{report}: {told}");
    }
    let local = desk.json("grid two.toml --out local --json");
    assert_eq!(accuracies(&swept[0]), accuracies(&local["sweeps"][0]));
    let points = |grid: &Path| measured(&folder(grid).join("points"));
    assert_eq!(points(&jobs).len(), 2);
    assert_eq!(points(&jobs), points(&here));
    are_equal(&desk, "local/two", "runs/two");
    // Nothing is left to submit.
    desk.stdout(&format!("{command} --quiet"));
    assert_eq!(
        (submitted(&jobs), submitted(&folder(&jobs))),
        (vec![2], vec![2])
    );
}
