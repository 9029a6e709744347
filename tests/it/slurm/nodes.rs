//! Nodes that go down, on a Slurm of two: `NODES=2 tests/slurm/slurm start`.

use std::fs;
use std::path::Path;

use super::{attempts, cell, equals_the_local_grid, slurm, submitted, trains, wait};
use crate::cluster::{TWO, desk, flowers};
use crate::support::Desk;

/// The parent of a process.
fn parent(process: u64) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    line.unwrap().trim().parse().unwrap()
}

/// The state of a node, such as `down*`.
fn state(node: &str) -> String {
    let said = slurm(&format!(
        "sinfo --noheader --Node --nodes={node} --format=%t"
    ));
    said.lines().next().unwrap_or_default().to_owned()
}

/// Ends the slurmd of a node, so that Slurm takes the node for one that went down.
fn end_daemon(node: &str) {
    let conf = std::env::var("SLURM_CONF").unwrap();
    let file = Path::new(&conf).with_file_name(format!("slurmd-{node}.pid"));
    let process = fs::read_to_string(file).unwrap();
    slurm(&format!("kill -9 {}", process.trim()));
}

/// A node that is started again when the test ends, however it ends.
struct Node(&'static str);

impl Drop for Node {
    fn drop(&mut self) {
        let conf = std::env::var("SLURM_CONF").unwrap();
        slurm(&format!("slurmd -N {} -f {conf}", self.0));
        wait("a node that is back", || {
            (state(self.0) == "idle").then_some(())
        });
    }
}

/// Two cells, each on a node of its own; gives their folders, and the one that node-2 trains first.
fn one_on_each_node(epochs: usize) -> (Desk, [std::path::PathBuf; 2]) {
    assert_eq!(
        (state("node-1").as_str(), state("node-2").as_str()),
        ("idle", "idle"),
        "these tests need NODES=2 tests/slurm/slurm start"
    );
    let text = flowers(TWO).replace("epochs = 2", &format!("epochs = {epochs}"));
    let desk = desk(&format!("{text}\n[slurm]\noptions = ['--exclusive']\n"));
    desk.images("flowers", 2, 10, 8);
    submitted(&desk, "two.toml --on slurm --partition tests");
    let cells = [7, 9].map(|depth| cell(&desk, depth));
    for cell in &cells {
        trains(cell);
    }
    let status = desk.json("grid status two.toml --json");
    let node = |at: usize| status["jobs"][at]["job"]["node"].clone();
    assert_eq!((node(0), node(1)), ("node-1".into(), "node-2".into()));
    (desk, cells)
}

/// A node goes down with all that runs on it: its cell is trained to the end on the other one, from the epochs that were kept.
#[test]
#[ignore = "needs a Slurm of two nodes: eval \"$(NODES=2 tests/slurm/slurm start)\""]
fn a_cell_goes_on_where_its_node_went_down() {
    let (desk, cells) = one_on_each_node(60);
    let _back = Node("node-2");
    let lost = &cells[1];
    let program = trains(lost);
    let script = parent(program);
    let step = parent(script);
    end_daemon("node-2");
    slurm(&format!("kill -9 {step} {script} {program}"));
    let epochs = || {
        fs::read_to_string(lost.join("metrics.csv"))
            .unwrap()
            .lines()
            .count()
    };
    let kept = epochs();
    // The other node is not free yet.
    let said = wait("a job that waits again", || {
        let said = desk.stdout("grid status two.toml");
        said.contains("  waits after 1 attempt: ").then_some(said)
    });
    assert!(said.contains("or its node went down"), "{said}");
    wait("a second attempt", || {
        (attempts(lost).matches("\"begun\"").count() == 2).then_some(())
    });
    assert!(epochs() >= kept);
    equals_the_local_grid(&desk, &cells);
    assert_eq!(
        attempts(lost).matches("\"begun\"").count(),
        2,
        "{}",
        attempts(lost)
    );
}

/// Slurm takes a node for one that went down while its task goes on: the task that is started instead finds the cell held and
/// goes back into the queue, so that only one process writes, and the numbers are those of a local grid.
#[test]
#[ignore = "needs a Slurm of two nodes: eval \"$(NODES=2 tests/slurm/slurm start)\""]
fn a_node_that_is_cut_off_trains_its_cell_alone() {
    let text = flowers(TWO)
        .replace("[7, 9]", "[7]")
        .replace("epochs = 2", "epochs = 60");
    let desk = desk(&text);
    desk.images("flowers", 2, 10, 8);
    slurm("scontrol update NodeName=node-1 State=DRAIN Reason=test");
    submitted(&desk, "two.toml --on slurm --cpus 1 --partition tests");
    let cell = cell(&desk, 7);
    let program = trains(&cell);
    let status = desk.json("grid status two.toml --json");
    assert_eq!(status["jobs"][0]["job"]["node"], "node-2");
    // Stopped, it cannot end before the second task begins.
    slurm(&format!("kill -STOP {program}"));
    slurm("scontrol update NodeName=node-1 State=RESUME");
    let _back = Node("node-2");
    end_daemon("node-2");
    let rows = || fs::read_to_string(cell.join("metrics.csv")).unwrap();
    let kept = rows();
    wait("a second task that finds the cell held", || {
        attempts(&cell).contains("\"held\"").then_some(())
    });
    assert_eq!(rows(), kept);
    let lock = fs::read_to_string(cell.join("run.lock")).unwrap();
    assert!(lock.contains(&program.to_string()), "{lock}");
    slurm(&format!("kill -CONT {program}"));
    equals_the_local_grid(&desk, &[cell]);
}
