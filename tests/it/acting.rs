//! The app acts on the jobs of a submitted grid. Scripts stand in for the commands of Slurm: they note what they are asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cluster::{TWO, desk};
use crate::support::Desk;

const SBATCH: &str = r#"
[ "$1" = --version ] && exit
number=$(($(cat "$notes/number") + 1))
echo $number > "$notes/number"
for script; do :; done
cp "$script" "$notes/$number.sh"
echo $number
"#;
const SCANCEL: &str = r#"
echo "$@" >> "$notes/cancelled"
: > "$notes/queue"
"#;

/// Commands that stand in for those of Slurm, of which the first job is number 7. Gives the folder of their notes.
fn pretend_slurm(desk: &Desk) -> std::path::PathBuf {
    let notes = desk.path().join("notes");
    fs::create_dir(&notes).unwrap();
    fs::write(notes.join("number"), "6").unwrap();
    fs::write(notes.join("queue"), "").unwrap();
    for (name, text) in [
        ("sbatch", SBATCH),
        ("scancel", SCANCEL),
        ("squeue", "cat \"$notes/queue\""),
        ("sacct", "exit 1"),
        ("scontrol", "exit 1"),
    ] {
        let path = notes.join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\nnotes={}\n{text}\n", notes.display()),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    notes
}

/// What the program says, with those commands first in its path.
fn said(desk: &Desk, notes: &Path, arguments: &str, lines: &str) -> String {
    let mut command = desk.command(arguments);
    command.env("EBCLE_START", "false");
    command.env("PATH", format!("{}:/usr/bin:/bin", notes.display()));
    let output = command.write_stdin(lines).output().unwrap();
    let wrong = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{wrong}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn jobs_are_cancelled_and_submitted_again_as_they_were_submitted() {
    let desk = desk(TWO);
    let notes = pretend_slurm(&desk);
    let submit = "grid two.toml --on slurm --partition night --quiet";
    said(&desk, &notes, submit, "");
    let queue = "7|0|PENDING||Priority\n7|1|RUNNING|node-1|None\n";
    fs::write(notes.join("queue"), queue).unwrap();
    // Each line waits until what the one before it changed is said; more of them give Slurm more time.
    let app = "--plain --plain-seconds 1 --limit 60 --device cpu";
    let text = said(&desk, &notes, app, "studies\nu\nu\nx\ny\nu\nu\n");
    for part in [
        "0 of 2 cells are done · 1 running · 1 waiting.",
        "Cancel the jobs of this grid? 2 cells of two wait or run",
        "two: the jobs of 2 cells are ended; finished epochs are kept",
        "0 of 2 cells are done · 2 without a job.",
    ] {
        assert!(text.contains(part), "'{part}' is not said:\n{text}");
    }
    let cancelled = fs::read_to_string(notes.join("cancelled")).unwrap();
    assert_eq!(cancelled, "7\n");

    let text = said(&desk, &notes, app, "studies\nu\nu\nt\ny\n");
    for part in [
        "Try again what has no job? 2 cells of two are not done",
        "two: 2 cells are submitted again, in 1 job",
    ] {
        assert!(text.contains(part), "'{part}' is not said:\n{text}");
    }
    let script = |number: u32| fs::read_to_string(notes.join(format!("{number}.sh"))).unwrap();
    for number in [7, 8] {
        let script = script(number);
        assert!(script.contains("#SBATCH --partition=night\n"), "{script}");
    }
    let kept = fs::read_to_string(desk.path().join("runs/two/slurm/submission.json")).unwrap();
    assert!(kept.contains("\"job\": 8"), "{kept}");
}
