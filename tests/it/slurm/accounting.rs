//! What becomes of jobs that have left the queue, on a Slurm with accounting: `ACCOUNTING=1 tests/slurm/slurm start`.

use super::{cell, done, equals_the_local_grid, jobs_are, slurm, submitted, trains, wait};
use crate::cluster::{TWO, desk, flowers};
use crate::support::Desk;

/// Waits until the queue no longer knows a job, so that only accounting does.
fn forgotten(job: u64) {
    wait("a job that has left the queue", || {
        let queue = slurm("squeue --noheader --states=all --format=%F");
        let is_there = queue.lines().any(|line| line.trim() == job.to_string());
        (!is_there).then_some(())
    });
}

/// What `grid status` prints once accounting has the end of all jobs.
fn accounted(desk: &Desk, words: &str) -> String {
    wait(words, || {
        let said = desk.stdout("grid status two.toml");
        said.contains(words).then_some(said)
    })
}

/// Tasks that Slurm kills for their memory are told as such, cancelled ones too, also after the queue has forgotten them; with
/// more memory the cells go on, and the numbers are those of a local grid.
#[test]
#[ignore = "needs a Slurm with accounting: eval \"$(ACCOUNTING=1 tests/slurm/slurm start)\""]
fn what_left_the_queue_is_accounted_for() {
    assert!(
        slurm("scontrol show config").contains("accounting_storage/slurmdbd"),
        "this test needs ACCOUNTING=1 tests/slurm/slurm start"
    );
    let desk = desk(&flowers(TWO).replace("epochs = 2", "epochs = 60"));
    desk.images("flowers", 2, 10, 8);
    let job = submitted(&desk, "two.toml --on slurm --cpus 1 --memory 20M");
    forgotten(job);
    let said = accounted(&desk, "2 cells: ended (failed)");
    for words in [
        "it needed more memory than its task has: give it more with --memory",
        "exceeded memory limit",
        "left    2 cells without a job",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let job = submitted(&desk, "retry two.toml --failed --memory 2G");
    let cells = [7, 9].map(|depth| cell(&desk, depth));
    trains(&cells[0]);
    desk.stdout("grid cancel two.toml");
    forgotten(job);
    accounted(&desk, "2 cells: ended (cancelled)");
    let job = submitted(&desk, "retry two.toml");
    for cell in &cells {
        done(cell);
    }
    forgotten(job);
    accounted(&desk, "2 cells: ended (completed)");
    assert!(jobs_are(&desk, "ended"));
    equals_the_local_grid(&desk, &cells);
}
