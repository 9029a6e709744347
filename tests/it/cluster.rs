//! A grid whose cells are trained by commands of their own: as a list, and what is said where there is no Slurm.

pub mod split;
pub mod studies;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::mistakes::says;
use crate::support::Desk;

/// Two cells of a few seconds.
pub const TWO: &str = r#"
architectures = ["resnet-14"]
depths = [7, 9]
probe = true

[settings]
seeds = [1, 2]
epochs = 2
batch-size = 20
device = "cpu"
rate-check = false

[[datasets]]
dataset = "glyphs"
limit = 60
"#;

/// A working folder with this grid in `two.toml`.
pub fn desk(text: &str) -> Desk {
    let desk = Desk::new();
    fs::write(desk.path().join("two.toml"), text).unwrap();
    desk
}

/// The same on the few images of the folder `flowers`.
pub fn flowers(text: &str) -> String {
    text.replace("\"glyphs\"", "\"folder:flowers\"")
        .replace("limit = 60\n", "")
        .replace("batch-size = 20", "batch-size = 4")
}

/// What a grid found without what differs from one training to the next: times, and the folder.
pub fn without_times(mut found: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|key, _| {
                    let of_time = [
                        "second",
                        "time",
                        "against_paper",
                        "finding",
                        "data_wait",
                        "excluded_share",
                        "prediction",
                        "slowest",
                    ];
                    !["run_dir", "run", "folder"].contains(&key.as_str())
                        && !of_time.iter().any(|word| key.contains(word))
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut found);
    found
}

/// That every cell of the grid in `there` is as in `here`, bit for bit; its sweeps are not compared.
pub fn are_equal(desk: &Desk, here: &str, there: &str) {
    let read = |folder: &str| -> Value {
        let text = fs::read(desk.path().join(folder).join("grid.json")).unwrap();
        let mut found: Value = serde_json::from_slice(&text).unwrap();
        // Those of the sweeps have timed steps.
        found.as_object_mut().unwrap().remove("sweeps");
        found
    };
    let [here, there] = [here, there].map(|folder| without_times(read(folder)));
    let cells = here["cells"].as_array().unwrap();
    assert!(cells.iter().any(|cell| cell["state"] == "finished"));
    for cell in cells.iter().filter(|cell| cell["state"] == "finished") {
        let seed = &cell["summary"]["seeds"][0];
        assert!(seed["capped"]["test_loss"].as_f64().is_some(), "{seed}");
    }
    assert_eq!(here, there);
}

/// Trains the grid by the commands of its list, which `with` runs in an empty folder, and compares it with a local grid.
pub fn a_list_equals_the_local_grid(with: &[&str]) {
    let desk = desk(TWO);
    desk.stdout("grid two.toml --out local --quiet");
    let said = desk.stdout("grid two.toml --out listed --on list --output jobs --quiet");
    assert_eq!(said, "");
    let lines = fs::read_to_string(desk.path().join("jobs")).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let elsewhere = tempfile::tempdir().unwrap();
    let ran = Command::new(with[0])
        .args(&with[1..])
        .stdin(fs::File::open(desk.path().join("jobs")).unwrap())
        .current_dir(elsewhere.path())
        .env("HOME", elsewhere.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    desk.stdout("grid collect two.toml --out listed --quiet");
    are_equal(&desk, "local/two", "listed/two");
    assert!(desk.path().join("listed/two/report.html").is_file());
    let said = desk.stdout("grid two.toml --out listed --on list --quiet");
    assert_eq!(said, "", "nothing is left");
}

#[test]
fn a_list_run_by_a_shell_equals_the_local_grid() {
    a_list_equals_the_local_grid(&["sh"]);
}

#[test]
#[ignore = "needs GNU parallel: tests/slurm/slurm install"]
fn a_list_run_by_gnu_parallel_equals_the_local_grid() {
    a_list_equals_the_local_grid(&["parallel", "--will-cite", "--jobs", "2"]);
}

/// Without Slurm the script can be read, and nothing is submitted.
#[test]
fn without_slurm_the_script_is_printed_and_a_submission_refused() {
    let table = "[slurm]\npartition = 'gpu'\nsetup = ['module load cuda']\n[[slurm.classes]]\ndataset = 'mnist'\nmemory = '64G'\n";
    let desk = desk(&format!("{TWO}\n{table}"));
    let run = |arguments: &str| {
        let mut command = desk.command(arguments);
        let output = command.env("PATH", desk.path()).output().unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code().unwrap(), stdout, stderr)
    };
    let (code, script, said) = run("grid two.toml --on slurm --pack 2 --gpus a100:1 --dry-run");
    assert_eq!(code, 0, "{said}");
    for part in [
        "#SBATCH --array=0-0\n",
        "#SBATCH --partition=gpu\n",
        "#SBATCH --gres=gpu:a100:1\n",
        "\nmodule load cuda\n",
        "cell --count-tries",
    ] {
        assert!(script.contains(part), "{part}: {script}");
    }
    assert!(!script.contains("--mem="), "{script}");
    let (code, _, said) = run("grid two.toml --on slurm");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.starts_with("error: there is no sbatch on this machine"),
        "{said}"
    );
    assert!(!desk.path().join("runs").exists());
    says(&desk, "grid status", 2, &[]);
}

#[test]
fn what_is_wrong_in_a_submission_is_said() {
    let with = |table: &str| desk(&format!("{TWO}\n[slurm]\n{table}\n"));
    says(
        &with("partitoin = 'x'"),
        "grid two.toml",
        2,
        &["two.toml:18:1", "partitoin"],
    );
    says(
        &with("time = '1 h'"),
        "grid two.toml --status",
        2,
        &["two.toml: [slurm]: time = '1 h'"],
    );
    let desk = desk(TWO);
    says(
        &desk,
        "grid two.toml --on slurm --pack 0",
        2,
        &["command line: [slurm]: pack = 0"],
    );
    says(
        &desk,
        "grid retry two.toml",
        1,
        &["nothing of two.toml was submitted"],
    );
    says(
        &desk,
        "grid cancel two.toml",
        1,
        &["nothing of two.toml was submitted"],
    );
}

/// A cell that fails is tried three times, and then told.
#[test]
fn a_cell_that_always_fails_is_given_up() {
    let desk = desk(&flowers(TWO));
    let images = desk.images("flowers", 2, 10, 8);
    let lines = desk.stdout("grid two.toml --on list --quiet");
    let folder = lines.lines().next().unwrap().rsplit(' ').next().unwrap();
    let away = desk.path().join("away");
    fs::rename(&images, &away).unwrap();
    for code in [75, 75, 1, 1] {
        let (failed, said) = desk.failure(&format!("cell --count-tries {folder} --no-cache"));
        assert_eq!(failed, code, "{said}");
        assert!(said.contains("flowers"), "{said}");
    }
    let attempts = fs::read_to_string(Path::new(folder).join("attempts.jsonl")).unwrap();
    assert_eq!(attempts.matches("\"begun\"").count(), 3, "{attempts}");
    assert_eq!(attempts.matches("\"failed\"").count(), 3, "{attempts}");
    // Without the count it is trained as ever.
    fs::rename(&away, &images).unwrap();
    desk.stdout(&format!("cell {folder} --quiet"));
}
