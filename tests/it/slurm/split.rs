//! Cells whose seeds have tasks of their own.

use std::fs;

use super::{attempts, done, jobs_are, slurm, submitted, trains, wait};
use crate::cluster::are_equal;
use crate::cluster::split::{cell, three_seeds};

/// One task is told to stop and one is killed; all go on, and the cell that the last one puts together is that of a local grid.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_cell_by_its_seeds_equals_the_local_grid() {
    let desk = three_seeds();
    let text = fs::read_to_string(desk.path().join("two.toml")).unwrap();
    fs::write(
        desk.path().join("two.toml"),
        text.replace("epochs = 2", "epochs = 30"),
    )
    .unwrap();
    let job = submitted(&desk, "two.toml --on slurm --cpus 1 --seeds-per-task 1");
    let cell = cell(&desk);
    let part = |seed: u64| cell.join(format!("seeds/seed-{seed}"));
    let process = trains(&part(3));
    slurm(&format!("kill -9 {process}"));
    trains(&part(1));
    slurm(&format!("scancel --signal=TERM --batch {job}_1"));
    let said = desk.stdout("grid status two.toml");
    for seed in [1, 2, 3] {
        let line = format!("flowers-resnet-14-depth7/seed-{seed}  ");
        assert!(said.contains(&line), "{said}");
    }
    let status = desk.json("grid status two.toml --json");
    let jobs = status["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 3);
    assert_eq!(
        (&jobs[0]["cell"], &jobs[0]["seed"]),
        (&"flowers-resnet-14-depth7".into(), &1.into())
    );
    wait("a second try", || {
        (attempts(&part(3)).matches("\"begun\"").count() == 2).then_some(())
    });
    done(&cell);
    wait("the end of the job", || {
        jobs_are(&desk, "ended").then_some(())
    });
    assert!(!cell.join("seeds").exists());
    desk.stdout("grid collect two.toml --quiet");
    desk.stdout("grid two.toml --out local --quiet");
    are_equal(&desk, "local/two", "runs/two");
    let again = desk.json("grid two.toml --on slurm --seeds-per-task 1 --json");
    assert_eq!(again["jobs"].as_array().unwrap().len(), 0, "{again}");
}

/// A seed that fails three times is told of while the others are trained; a retry trains it alone and puts the cell together.
#[test]
#[ignore = "needs a Slurm: eval \"$(tests/slurm/slurm start)\""]
fn a_seed_that_always_fails_is_told_and_retried() {
    let desk = three_seeds();
    let mut text = fs::read_to_string(desk.path().join("two.toml")).unwrap();
    text.push_str("\n[slurm]\noptions = ['--hold']\nseeds-per-task = 1\n");
    fs::write(desk.path().join("two.toml"), text).unwrap();
    let cell = cell(&desk);
    let job = submitted(&desk, "two.toml --on slurm");
    // The first seed by hand, so that the parts are there.
    let of = |seed: u64| cell.join(format!("seeds/seed-{seed}"));
    desk.stdout(&format!("cell {} --quiet", of(3).display()));
    let in_the_way = of(1).join("metrics.csv");
    fs::remove_file(&in_the_way).ok();
    fs::create_dir(&in_the_way).unwrap();
    slurm(&format!("scontrol release {job}"));
    wait("three tries", || {
        (attempts(&of(1)).matches("\"failed\"").count() == 3).then_some(())
    });
    wait("the end of the job", || {
        jobs_are(&desk, "ended").then_some(())
    });
    let said = desk.stdout("grid status two.toml");
    for part in [
        "seed 1: it failed 3 times",
        "/seed-2  done",
        "/seed-1  it failed",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!cell.join("summary.json").exists());
    let again = desk.json("grid retry two.toml --json");
    assert_eq!(again["jobs"].as_array().unwrap().len(), 0, "{again}");
    fs::remove_dir(in_the_way).unwrap();
    let again = desk.json("grid retry two.toml --failed --json");
    assert_eq!(
        again["jobs"][0]["cells"],
        serde_json::json!(["flowers-resnet-14-depth7/seed-1"])
    );
    slurm(&format!("scontrol release {}", again["jobs"][0]["job"]));
    done(&cell);
    desk.stdout("grid collect two.toml --quiet");
    desk.stdout("grid two.toml --out local --quiet");
    are_equal(&desk, "local/two", "runs/two");
}
