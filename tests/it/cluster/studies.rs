//! Sweeps and recommendations on other machines, where there is no Slurm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::without_times;
use crate::mistakes::all_say;
use crate::resuming::desk;
use crate::support::Desk;

const SWEEP: &str = "sweep idx:halves resnet-14 --depths 7,9 --wrong-cap 9 --limit 60 --batch-size 10 --epochs 1 --seeds 1,2 --device cpu";

/// What the runs in a folder were measured to be, by name: their summaries without times.
pub fn measured(folder: &Path) -> Vec<(String, Value)> {
    let one = |run: PathBuf| {
        let name = run.file_name().unwrap().to_str().unwrap().to_owned();
        let summary = fs::read(run.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        let seed = &summary["seeds"][0]["capped"];
        assert!(seed["test_loss"].as_f64().is_some(), "{seed}");
        (name, without_times(summary))
    };
    let entries = fs::read_dir(folder).unwrap();
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    runs.sort();
    runs.into_iter().map(one).collect()
}

/// The accuracies of a sweep, seed by seed.
pub fn accuracies(found: &Value) -> Vec<Value> {
    let curves = found["variants"][0]["curves"].as_array().unwrap();
    let points = curves
        .iter()
        .flat_map(|curve| curve["points"].as_array().unwrap());
    points.map(|point| point["accuracies"].clone()).collect()
}

/// Exit code, stdout and stderr where no command of Slurm can be found.
fn without_slurm(desk: &Desk, arguments: &str) -> (i32, String, String) {
    let mut command = desk.command(arguments);
    let output = command.env("PATH", desk.path()).output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), stdout, stderr)
}

/// The points by their commands, run in an empty folder, are those of a local sweep.
#[test]
fn a_list_of_points_equals_the_local_sweep() {
    let desk = desk();
    let local = desk.json(&format!("{SWEEP} --out local --quiet --json"));
    let printed = desk
        .command(&format!("{SWEEP} --on list"))
        .assert()
        .success();
    let printed = printed.get_output();
    let lines = String::from_utf8(printed.stdout.clone()).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let said = String::from_utf8(printed.stderr.clone()).unwrap();
    assert!(said.contains("the same command without --on"), "{said}");
    fs::write(desk.path().join("jobs"), lines).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let ran = Command::new("sh")
        .stdin(fs::File::open(desk.path().join("jobs")).unwrap())
        .current_dir(elsewhere.path())
        .env("HOME", elsewhere.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    assert_eq!(desk.stdout(&format!("{SWEEP} --on list --quiet")), "");
    let point = desk
        .path()
        .join("runs/sweep-halves-resnet-14/points/halves-7/metrics.csv");
    let before = fs::read(&point).unwrap();
    let listed = desk.json(&format!("{SWEEP} --quiet --json"));
    assert_eq!(fs::read(&point).unwrap(), before, "it is not trained again");
    assert_eq!(accuracies(&listed), accuracies(&local));
    let points = |out: &str| measured(&desk.path().join(out).join("sweep-halves-resnet-14/points"));
    assert_eq!(points("runs"), points("local"));
}

/// Without Slurm the scripts can be read, with what the config file says of it, and nothing is submitted.
#[test]
fn without_slurm_scripts_are_printed_and_a_submission_refused() {
    let desk = desk();
    let config =
        "epochs = 1\n[slurm]\npartition = 'gpu'\nsetup = ['module load cuda']\ntime = '1:00:00'\n";
    fs::write(desk.path().join("c.toml"), config).unwrap();
    let sweep = format!("{SWEEP} --on slurm --config c.toml --gpus a100:1");
    let (code, script, said) = without_slurm(&desk, &format!("{sweep} --time 30 --dry-run"));
    assert_eq!(code, 0, "{said}");
    for part in [
        "#SBATCH --array=0-1\n",
        "#SBATCH --partition=gpu\n",
        "#SBATCH --gres=gpu:a100:1\n",
        "#SBATCH --time=30\n",
        "\nmodule load cuda\n",
        "sweep-halves-resnet-14/slurm/1.cells",
    ] {
        assert!(script.contains(part), "{part}: {script}");
    }
    assert!(!desk.path().join("runs").exists());
    let small = "--limit 60 --batch-size 10 --epochs 1 --seeds 1,2 --budget 2h --device cpu";
    let recommend = format!("recommend idx:halves resnet-14 {small} --on slurm");
    let (code, script, said) = without_slurm(&desk, &format!("{recommend} --pack 3 --dry-run"));
    assert_eq!(code, 0, "{said}");
    assert!(script.contains("#SBATCH --array=0-0\n"), "{script}");
    assert!(!desk.path().join("runs").exists());
    for command in [sweep, recommend] {
        let (code, _, said) = without_slurm(&desk, &command);
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("error: there is no sbatch on this machine"),
            "{said}"
        );
    }
}

#[test]
fn what_cannot_be_submitted_is_said_in_one_sentence() {
    let desk = desk();
    fs::write(desk.path().join("c.toml"), "[slurm]\npartitoin = 'gpu'\n").unwrap();
    let wrong = format!(
        "
2 | {SWEEP} --time 4:00:00 | are of jobs: add --on slurm
2 | {SWEEP} --on slurm --pack 0 | command line: [slurm]: pack = 0
2 | {SWEEP} --on slurm --config c.toml | c.toml:2:1 | partitoin
1 | {SWEEP} --on slurm --cancel | nothing of runs/sweep-halves-resnet-14 was submitted
2 | {SWEEP} --cancel | required arguments were not provided
2 | recommend idx:halves resnet-14 --budget 1h --on list | depend on the results of those before
"
    );
    all_say(&desk, &wrong);
    assert!(!desk.path().join("runs").exists());
}
