//! Cells that are split by their seeds.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{TWO, are_equal, desk, flowers};
use crate::mistakes::says;
use crate::support::Desk;

/// A cell of three seeds.
pub fn three_seeds() -> Desk {
    let text = flowers(TWO)
        .replace("[7, 9]", "[7]")
        .replace("[1, 2]", "[3, 1, 2]");
    let desk = desk(&text);
    desk.images("flowers", 2, 10, 8);
    desk
}

/// The folder of that cell.
pub fn cell(desk: &Desk) -> std::path::PathBuf {
    desk.path().join("runs/two/cells/flowers-resnet-14-depth7")
}

fn sh(folder: &Path, line: &str) {
    let ran = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{line}: {said}");
}

/// A command for two of the seeds and one for the third, at the same time: one of them lays the cell out, and whoever is last puts
/// it together. The numbers are those of a local grid, bit for bit.
#[test]
fn seeds_by_commands_of_their_own_equal_the_local_grid() {
    let desk = three_seeds();
    desk.stdout("grid two.toml --out local --quiet");
    let lines = desk.stdout("grid two.toml --on list --seeds-per-task 2 --quiet");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let seeds = |line: &str| line.matches("/seeds/seed-").count();
    assert_eq!((seeds(lines[0]), seeds(lines[1])), (2, 1), "{lines:?}");
    let elsewhere = tempfile::tempdir().unwrap();
    sh(
        elsewhere.path(),
        &format!("{} & one=$!; {} && wait $one", lines[0], lines[1]),
    );
    let cell = cell(&desk);
    assert!(cell.join("probe.json").is_file());
    assert!(!cell.join("seeds").exists(), "all parts are taken in");
    desk.stdout("grid collect two.toml --quiet");
    are_equal(&desk, "local/two", "runs/two");
    // A command that is given again has nothing to do, and leaves nothing behind.
    sh(elsewhere.path(), lines[0]);
    sh(
        elsewhere.path(),
        &lines[0].replace(" cell ", " cell --count-tries "),
    );
    assert!(!cell.join("seeds").exists());
    assert_eq!(desk.stdout("grid two.toml --on list --quiet"), "");
}

/// Where nobody has put the trained seeds together, `grid collect` does.
#[test]
fn trained_seeds_are_put_together_by_collect() {
    let desk = three_seeds();
    let text = fs::read_to_string(desk.path().join("two.toml")).unwrap();
    fs::write(
        desk.path().join("two.toml"),
        text.replace("probe = true", "probe = false"),
    )
    .unwrap();
    desk.stdout("grid two.toml --out local --quiet");
    let lines = desk.stdout("grid two.toml --on list --seeds-per-task 1 --quiet");
    let lines: Vec<&str> = lines.lines().collect();
    let elsewhere = tempfile::tempdir().unwrap();
    for line in &lines[..2] {
        sh(elsewhere.path(), line);
    }
    let cell = cell(&desk);
    // The last one is trained as a run of its own, so that nobody looks at the others.
    let part = cell.join("seeds/seed-2");
    assert!(part.join("run.toml").is_file() && !cell.join("summary.json").exists());
    desk.stdout(&format!("resume {} --quiet", part.display()));
    let status = desk.json("grid status two.toml --json");
    assert_eq!(status["cells"][0]["state"], "begun");
    desk.stdout("grid collect two.toml --quiet");
    assert!(!cell.join("seeds").exists());
    are_equal(&desk, "local/two", "runs/two");
    let summary: Value =
        serde_json::from_slice(&fs::read(cell.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["seeds"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_wrong_about_seeds_of_a_task_is_said() {
    let desk = three_seeds();
    says(
        &desk,
        "grid two.toml --on list --seeds-per-task 0",
        2,
        &["command line: [slurm]: seeds-per-task = 0"],
    );
    let (code, said) = desk.failure("cell runs/two/cells/nothing/seeds/seed-3");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("it has no cell.toml"), "{said}");
    let (code, said) = desk.failure("cell --count-tries runs/two/cells/nothing/seeds/seed-3");
    assert_ne!(code, 0, "{said}");
    assert!(!desk.path().join("runs/two/cells/nothing").exists());
}
