//! Full disks, folders that go away, and removals and starts that are killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use crate::mistakes::says;
use crate::resuming::{broken_by_kill, desk, finished, run, spawn, train, wait_for_rows};
use crate::support::Desk;

/// The program in a shell that sets limits first.
fn limited(desk: &Desk, shell: &[&str], script: &str) -> Output {
    let program = assert_cmd::cargo::cargo_bin!("ebcle-tui");
    Command::new(shell[0])
        .args(&shell[1..])
        .args(["-c", script])
        .env("PROGRAM", program)
        .env("EBCLE_MEASURE", "false")
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("XDG_CACHE_HOME", desk.path().join(".cache"))
        .output()
        .unwrap()
}

/// Holds a run that a full disk left against one that had room: it ended with 1, and goes on to the same numbers.
fn goes_on(desk: &Desk, output: &Output, arguments: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("trained but not saved") && stderr.contains("free disk space"),
        "{stderr}"
    );
    let left = run(desk).unwrap();
    assert!(!left.join("summary.json").exists());
    desk.stdout("resume latest --json");
    let shown = desk.command("runs show latest").output().unwrap();
    assert!(
        shown.status.success() && shown.stderr.is_empty(),
        "{shown:?}"
    );
    let whole = self::desk();
    whole.stdout(arguments);
    let whole = run(&whole).unwrap();
    assert_eq!(
        crate::resuming::numbers::numbers(&left),
        crate::resuming::numbers::numbers(&whole)
    );
}

/// No file may become larger than 100 blocks, which is less than a network: no checkpoint can be written.
#[test]
fn a_run_without_its_last_checkpoint_is_not_finished() {
    let desk = desk();
    let arguments = train("resnet-14", 2);
    let script = format!("trap '' XFSZ; ulimit -f 100; exec \"$PROGRAM\" {arguments}");
    let output = limited(&desk, &["sh"], &script);
    goes_on(&desk, &output, &arguments);
}

/// A disk of its own that fills up while both networks train.
#[test]
fn a_disk_that_fills_up_costs_no_finished_epoch() {
    let shell = ["unshare", "-rm", "sh"];
    let desk = desk();
    fs::create_dir(desk.path().join("runs")).unwrap();
    let tried = Command::new(shell[0])
        .args(&shell[1..])
        .args(["-c", "mount -t tmpfs -o size=2m tmpfs runs"])
        .current_dir(desk.path())
        .output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("skipped: no file system can be mounted here");
        return;
    }
    let arguments = train("resnet-14", 3);
    // Room for the start and for the first checkpoints, but not for the next ones beside them.
    let script = format!(
        "mkdir kept && mount -t tmpfs -o size=3m tmpfs runs && \"$PROGRAM\" {arguments}; code=$?; cp -a runs/. kept; exit $code"
    );
    let output = limited(&desk, &shell, &script);
    fs::remove_dir(desk.path().join("runs")).unwrap();
    fs::rename(desk.path().join("kept"), desk.path().join("runs")).unwrap();
    goes_on(&desk, &output, &arguments);
}

/// What is half written by processes that are gone is cleared away.
#[test]
fn what_dead_processes_left_half_written_is_cleared() {
    let (desk, run) = broken_by_kill(6, 5);
    let left = [
        run.join("plan.json.4194999.partial"),
        run.join("checkpoints/seed-1-capped-correct.json.4194999.partial"),
        run.join("checkpoints/seed-1-capped-epoch-9.partial"),
    ];
    fs::write(&left[0], "{").unwrap();
    fs::write(&left[1], "{").unwrap();
    fs::create_dir(&left[2]).unwrap();
    desk.stdout("resume latest");
    for path in left {
        assert!(!path.exists(), "{}", path.display());
    }
}

/// A summary that an older version wrote without the last checkpoint of a network.
#[test]
fn a_summary_without_its_checkpoints_is_said_and_can_be_resumed() {
    let desk = desk();
    let run = finished(&desk);
    says(&desk, "resume latest", 1, &["is finished"]);
    let rows = crate::resuming::numbers::numbers(&run);
    fs::remove_dir_all(run.join("checkpoints/seed-2-capped-epoch-2")).unwrap();
    let shown = desk.command("runs show latest").output().unwrap();
    let stderr = String::from_utf8(shown.stderr).unwrap();
    assert!(stderr.contains("have no last checkpoint"), "{stderr}");
    desk.stdout("resume latest");
    assert!(run.join("checkpoints/seed-2-capped-epoch-2").is_dir());
    assert_eq!(crate::resuming::numbers::numbers(&run), rows);
}

#[test]
fn a_run_whose_folder_goes_away_stops_and_is_not_made_anew() {
    for (removed, epochs) in [(false, 400), (true, 400)] {
        let desk = desk();
        let mut child = spawn(&desk, &train("resnet-14", epochs));
        wait_for_rows(&desk, 3);
        let folder = run(&desk).unwrap();
        let moved = desk.path().join("moved");
        fs::rename(&folder, &moved).unwrap();
        if removed {
            // In its place lies another folder, which is left alone.
            fs::create_dir(&folder).unwrap();
        }
        assert_eq!(child.wait().unwrap().code(), Some(1));
        let stderr = fs::read_to_string(desk.path().join("stderr")).unwrap();
        assert!(stderr.contains("was moved or removed"), "{stderr}");
        if removed {
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        } else {
            assert!(!folder.exists());
        }
        let shown = desk.command("runs show moved").output().unwrap();
        let stderr = String::from_utf8(shown.stderr).unwrap();
        assert!(shown.status.success() && stderr.is_empty(), "{stderr}");
    }
}

/// Kills removals at random moments: there is the whole run or none, and what is left can be removed.
#[test]
fn a_killed_removal_leaves_a_whole_run_or_none() {
    let desk = desk();
    let original = finished(&desk);
    let files = original.join("checkpoints/many");
    fs::create_dir(&files).unwrap();
    for number in 0..3_000 {
        fs::write(files.join(number.to_string()), "x").unwrap();
    }
    let (mut halfway, mut whole) = (0, 0);
    for round in 0..60 {
        if !original.exists() {
            break;
        }
        let mut child = spawn(&desk, "runs rm latest --yes");
        thread::sleep(Duration::from_millis(round));
        let killed = child.kill().is_ok();
        child.wait().unwrap();
        let listed = desk.command("runs --json").output().unwrap();
        let runs: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        let said = String::from_utf8(listed.stderr).unwrap();
        if original.exists() {
            whole += 1;
            assert_eq!(runs[0]["finished"], true, "{said}");
            continue;
        }
        assert_eq!(runs, serde_json::json!([]));
        if said.contains("runs rm") {
            assert!(killed);
            halfway += 1;
            let name = left(&desk.path().join("runs")).unwrap();
            desk.stdout(&format!("runs rm {name} --yes"));
        }
        assert_eq!(left(&desk.path().join("runs")), None);
    }
    println!("{whole} kills left the run, {halfway} some of its files");
    assert!(!original.exists());
}

/// The name of the only entry of a folder.
fn left(folder: &Path) -> Option<String> {
    let entry = fs::read_dir(folder).unwrap().next()?;
    Some(entry.unwrap().file_name().into_string().unwrap())
}
