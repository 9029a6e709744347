//! Studies on a real Slurm. Where there is none, these tests are counted as ignored: `tests/slurm/slurm` starts one, and
//! `.ci/run` runs them where it can.

mod accounting;
mod nodes;
mod split;
mod studies;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::{TWO, are_equal, desk, flowers};
use crate::mistakes::says;
use crate::support::Desk;

/// Longest wait for what Slurm does.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a command of Slurm prints.
fn slurm(command: &str) -> String {
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().unwrap()).args(words).output();
    assert!(
        output.is_ok(),
        "there is no Slurm here: tests/slurm/slurm install"
    );
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until something is found.
fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Submits and gives the number of the job.
fn submitted(desk: &Desk, arguments: &str) -> u64 {
    let said = desk.json(&format!("grid {arguments} --json"));
    let jobs = said["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 1, "{said}");
    jobs[0]["job"].as_u64().unwrap()
}

/// The folder of a cell.
fn cell(desk: &Desk, depth: usize) -> PathBuf {
    desk.path()
        .join(format!("runs/two/cells/flowers-resnet-14-depth{depth}"))
}

fn attempts(cell: &Path) -> String {
    fs::read_to_string(cell.join("attempts.jsonl")).unwrap_or_default()
}

/// The process that trains a cell, once an epoch is finished.
fn trains(cell: &Path) -> u64 {
    wait("a first epoch", || {
        let rows = fs::read_to_string(cell.join("metrics.csv")).ok()?;
        let lock = fs::read_to_string(cell.join("run.lock")).ok()?;
        let lock: Value = serde_json::from_str(&lock).ok()?;
        (rows.lines().count() > 1)
            .then(|| lock["pid"].as_u64())
            .flatten()
    })
}

fn done(cell: &Path) {
    wait("the end of a cell", || {
        cell.join("probe.json").is_file().then_some(())
    });
}

fn jobs_are(desk: &Desk, state: &str) -> bool {
    let status = desk.json("grid status two.toml --json");
    let jobs = status["jobs"].as_array().unwrap();
    jobs.iter().all(|job| job["job"]["state"] == state)
}

/// Waits until the cells are done, and compares them with the same grid trained here.
fn equals_the_local_grid(desk: &Desk, cells: &[PathBuf]) {
    for cell in cells {
        done(cell);
    }
    wait("the end of the job", || {
        jobs_are(desk, "ended").then_some(())
    });
    desk.stdout("grid collect two.toml --quiet");
    desk.stdout("grid two.toml --out local --quiet");
    are_equal(desk, "local/two", "runs/two");
}

/// One task is told to stop, one is killed and one put back by the administrator: all go on, and the numbers are those of a
/// local grid.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn what_was_preempted_and_killed_equals_the_local_grid() {
    let text = flowers(TWO)
        .replace("[7, 9]", "[7, 9, 11]")
        .replace("epochs = 2", "epochs = 30");
    let desk = desk(&text);
    desk.images("flowers", 2, 10, 8);
    let job = submitted(
        &desk,
        "two.toml --on slurm --cpus 1 --max-tasks 3 --time 30 --partition tests",
    );
    // The last task of an array job has the job's own number.
    let [requeued, killed, told] = [7, 9, 11].map(|depth| cell(&desk, depth));
    trains(&told);
    slurm(&format!("scancel --signal=TERM --batch {job}_2"));
    let process = trains(&killed);
    slurm(&format!("kill -9 {process}"));
    trains(&requeued);
    slurm(&format!("scontrol requeue {job}_0"));
    let said = desk.stdout("grid status two.toml");
    assert!(said.contains("\njobs    "), "{said}");
    for cell in [&told, &killed, &requeued] {
        done(cell);
    }
    // An attempt says that it ended after its cell's last file.
    wait("the end of the job", || {
        jobs_are(&desk, "ended").then_some(())
    });
    let of = |cell: &Path, word: &str| attempts(cell).matches(word).count();
    for cell in [&told, &requeued] {
        assert_eq!(of(cell, "\"begun\""), 2, "{}", attempts(cell));
        assert!(of(cell, "\"stopped\"") >= 1, "{}", attempts(cell));
    }
    assert_eq!(of(&killed, "\"begun\""), 2, "{}", attempts(&killed));
    assert_eq!(of(&killed, "\"ended\""), 1, "{}", attempts(&killed));
    equals_the_local_grid(&desk, &[told, killed, requeued]);
    // The same command has nothing left to submit.
    let again = desk.json("grid two.toml --on slurm --json");
    assert_eq!(again["jobs"].as_array().unwrap().len(), 0, "{again}");
}

/// A cell that fails three times is told with its last lines; once the cause is gone, it is tried again.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_cell_that_always_fails_is_told_and_retried() {
    let text = flowers(&TWO.replace("[7, 9]", "[7]"));
    // Waits until it is released.
    let desk = desk(&format!("{text}\n[slurm]\noptions = ['--hold']\n"));
    let images = desk.images("flowers", 2, 10, 8);
    let job = submitted(&desk, "two.toml --on slurm --no-cache");
    let status = desk.json("grid status two.toml --json");
    assert_eq!(status["jobs"][0]["job"]["state"], "waiting");
    let away = desk.path().join("away");
    // The cell's profile would be in the cache.
    fs::remove_dir_all(desk.path().join(".cache")).ok();
    fs::rename(&images, &away).unwrap();
    slurm(&format!("scontrol release {job}"));
    let folder = desk.path().join("runs/two/cells/flowers-resnet-14-depth7");
    wait("three tries", || {
        (attempts(&folder).matches("\"failed\"").count() == 3).then_some(())
    });
    fs::rename(&away, &images).unwrap();
    wait("the end of the job", || {
        jobs_are(&desk, "ended").then_some(())
    });
    let said = desk.stdout("grid status two.toml");
    assert!(said.contains("it failed 3 times"), "{said}");
    assert!(said.contains("grid retry --failed"), "{said}");
    let (code, _) = desk.failure("grid collect two.toml --quiet");
    assert_eq!(code, 1);
    let again = desk.json("grid retry two.toml --json");
    assert_eq!(again["jobs"].as_array().unwrap().len(), 0, "{again}");
    let job = submitted(&desk, "retry two.toml --failed");
    slurm(&format!("scontrol release {job}"));
    done(&folder);
    desk.stdout("grid collect two.toml --quiet");
}

/// What Slurm refuses is said; a changed file is refused, and submitted with --extend; jobs are cancelled.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn refusals_changes_and_cancelling() {
    let held = |text: &str| format!("{text}\n[slurm]\noptions = ['--hold']\n");
    let desk = desk(&held(TWO));
    says(
        &desk,
        "grid two.toml --on slurm --partition nowhere",
        1,
        &["sbatch refused: ", "invalid partition specified: nowhere"],
    );
    let job = submitted(&desk, "two.toml --on slurm --gpus 1");
    let asked = slurm(&format!("squeue --noheader --format=%b --jobs={job}"));
    assert_eq!(asked.trim(), "gres:gpu:1");
    let again = desk.json("grid two.toml --on slurm --json");
    assert_eq!(
        (&again["with_job"], again["jobs"].as_array().unwrap().len()),
        (&2.into(), 0)
    );
    fs::write(
        desk.path().join("two.toml"),
        held(&TWO.replace("[7, 9]", "[7, 9, 11]")),
    )
    .unwrap();
    let changed = [
        "has changed since it was submitted: 1 new cell",
        "depth11",
        "--extend",
    ];
    says(&desk, "grid two.toml --on slurm", 1, &changed);
    says(&desk, "grid collect two.toml", 1, &changed);
    submitted(&desk, "two.toml --on slurm --extend");
    let status = desk.json("grid status two.toml --json");
    assert_eq!(status["jobs"].as_array().unwrap().len(), 3);
    let said = desk.stdout("grid cancel two.toml");
    assert!(said.contains("jobs of 3 cells are ended"), "{said}");
    wait("the end of the jobs", || {
        jobs_are(&desk, "ended").then_some(())
    });
    let said = desk.stdout("grid cancel two.toml");
    assert!(said.contains("no job of the grid"), "{said}");
}

/// A retry and the other commands of a submitted grid take up what the submission was given: options, a config file with settings
/// and a table for Slurm, and where the images are. What is given again wins.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_retry_takes_up_what_the_submission_was_given() {
    let text = TWO.replace("epochs = 2\n", "");
    let desk = desk(&text.replace("batch-size = 20", "batch-size = 4"));
    desk.images("flowers", 2, 10, 8);
    let config = "epochs = 3\n[slurm]\noptions = ['--hold']\nsetup = ['export HELD=1']\n";
    fs::write(desk.path().join("held.toml"), config).unwrap();
    submitted(
        &desk,
        "two.toml --on slurm --config held.toml --dataset glyphs=folder:flowers --partition short --cpus 1 --time 5",
    );
    let said = desk.stdout("grid status two.toml");
    assert!(!said.contains("has changed"), "{said}");
    assert!(said.contains("2 cells: waits (JobHeldUser)"), "{said}");
    desk.stdout("grid cancel two.toml");
    wait("the end of the jobs", || {
        jobs_are(&desk, "ended").then_some(())
    });
    let retried = desk.command("grid retry two.toml --time 6").assert();
    let retried = retried.success().get_output().clone();
    let said = String::from_utf8(retried.stderr).unwrap();
    let taken = "as at the last submission: --partition short --cpus 1\n";
    assert!(said.contains(taken), "{said}");
    let script = fs::read_to_string(desk.path().join("runs/two/slurm/2.sh")).unwrap();
    for line in [
        "#SBATCH --partition=short",
        "#SBATCH --cpus-per-task=1",
        "#SBATCH --time=6",
        "#SBATCH --hold",
        "export HELD=1",
    ] {
        assert!(
            script.lines().any(|found| found == line),
            "{line}: {script}"
        );
    }
    // The options of the retry are those of the last submission now.
    desk.stdout("grid cancel two.toml");
    wait("the end of the jobs", || {
        jobs_are(&desk, "ended").then_some(())
    });
    fs::write(desk.path().join("free.toml"), "epochs = 3\n").unwrap();
    submitted(&desk, "retry two.toml --config free.toml");
    let script = fs::read_to_string(desk.path().join("runs/two/slurm/3.sh")).unwrap();
    assert!(
        script.contains("--time=6\n") && !script.contains("HELD"),
        "{script}"
    );
    let cells = desk.path().join("runs/two/cells");
    for depth in [7, 9] {
        done(&cells.join(format!("flowers-resnet-14-depth{depth}")));
    }
    let metrics = fs::read_to_string(cells.join("flowers-resnet-14-depth7/metrics.csv")).unwrap();
    // Two seeds, two networks, three epochs, below a header.
    assert_eq!(metrics.lines().count(), 13, "{metrics}");
    desk.stdout("grid collect two.toml --quiet");
}
