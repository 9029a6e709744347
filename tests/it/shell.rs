//! What a shell does to the program: pipes that close, disks that are full, terminals without a cursor, `~`, folders that
//! were moved, names that hold control characters.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::resuming;
use crate::support::{Desk, SHORT};
use crate::terminal::Terminal;

/// The program on a desk, with standard output and standard error of one's own.
fn program(desk: &Desk, arguments: &str) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"));
    command
        .args(arguments.split_whitespace())
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("EBCLE_MEASURE", "false")
        .env("XDG_CACHE_HOME", desk.path().join(".cache"))
        .env("XDG_DATA_HOME", desk.path().join(".data"))
        .stdin(Stdio::null());
    command
}

/// Where everything that is written fails, since the disk is full.
#[cfg(target_os = "linux")]
fn full() -> Stdio {
    Stdio::from(File::options().write(true).open("/dev/full").unwrap())
}

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Stdio::from(writer)
}

#[test]
#[cfg(target_os = "linux")]
fn a_closed_pipe_is_a_quiet_end_and_a_full_disk_an_error() {
    let desk = Desk::new();
    for arguments in [
        "--help",
        "--version",
        "help train",
        "completions bash",
        "man",
        "datasets",
        "runs",
        "analyze glyphs --limit 60 --json --no-cache",
    ] {
        let quiet = program(&desk, arguments).stdout(closed()).output().unwrap();
        let said = String::from_utf8_lossy(&quiet.stderr);
        assert_eq!((quiet.status.code(), &*said), (Some(0), ""), "{arguments}");
        let failed = program(&desk, arguments).stdout(full()).output().unwrap();
        let said = String::from_utf8_lossy(&failed.stderr);
        assert_eq!(failed.status.code(), Some(1), "{arguments}: {said}");
        assert_eq!(
            said, "error: cannot write to standard output: No space left on device (os error 28)\n",
            "{arguments}"
        );
    }
    for lost in [full(), closed()] {
        let wrong = program(&desk, "--nonsense").stderr(lost).status().unwrap();
        assert_eq!(wrong.code(), Some(2));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn messages_that_cannot_be_written_end_no_training() {
    for lost in [full(), closed()] {
        let desk = Desk::new();
        let mut train = program(&desk, SHORT);
        let status = train.stdout(Stdio::null()).stderr(lost).status().unwrap();
        assert_eq!(status.code(), Some(0));
        let shown = desk.stdout("runs");
        assert!(shown.contains("inconclusive"), "{shown}");
    }
}

#[test]
fn control_characters_in_names_are_shown() {
    let desk = Desk::new();
    let name = "pics\u{1b}[31m\u{9b}2J\u{7}";
    desk.images(name, 2, 3, 8);
    let analyze = |rest: &[&str]| {
        let mut analyze = desk.command("analyze --no-cache");
        let output = analyze.args(rest).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let is_raw = |text: &str| text.contains(|letter: char| letter.is_control() && letter != '\n');
    let dataset = format!("folder:{name}");
    let (stdout, _) = analyze(&[&dataset]);
    assert!(!is_raw(&stdout), "{stdout:?}");
    assert!(
        stdout.starts_with(r"folder:pics\x1b[31m\x9b2J\x07 · train"),
        "{stdout}"
    );
    let (stdout, _) = analyze(&[&dataset, "--json"]);
    assert!(!is_raw(&stdout), "{stdout:?}");
    let analysis: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(analysis["dataset"], dataset.as_str());
    for (arguments, shown) in [
        (["folder:no\u{1b}[2J"], r"no\x1b[2J"),
        (["--no\u{1b}[2J"], r"--no\x1b[2J"),
    ] {
        let (_, stderr) = analyze(&arguments);
        assert!(!is_raw(&stderr) && stderr.contains(shown), "{stderr:?}");
    }
}

#[test]
fn a_tilde_is_the_home_folder_in_every_path() {
    let desk = Desk::new();
    desk.images("pics", 2, 10, 8);
    let elsewhere = desk.path().join("work");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("a.toml"), "out = \"~/made\"\n").unwrap();
    let ends_well = |arguments: &str, variable: (&str, &str)| {
        let mut command = desk.command(arguments);
        let output = command.current_dir(&elsewhere).env(variable.0, variable.1);
        String::from_utf8(output.assert().success().get_output().stdout.clone()).unwrap()
    };
    let none = ("EBCLE_LIMIT", "");
    let train = "train folder:~/pics resnet-14 --depth 7 --epochs 1 --warmup-epochs 0 --batch-size 4 --device cpu";
    ends_well(&format!("{train} --config=~/work/a.toml"), none);
    let shown = ends_well("runs --json", ("EBCLE_OUT", "~/made"));
    let runs: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let run = runs[0]["run_dir"].as_str().unwrap();
    assert!(
        run.starts_with(&*desk.path().join("made").to_string_lossy()),
        "{run}"
    );
    ends_well(
        "export latest --runs=~/made --format safetensors --out=~/nets",
        none,
    );
    let name = desk.path().join("pics");
    let found = ends_well(
        "evaluate folder:~/pics --weights=~/nets/baseline.safetensors --device cpu --json",
        none,
    );
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["dataset"], format!("folder:{}", name.display()));
    assert_eq!(
        fs::read_dir(&elsewhere).unwrap().count(),
        1,
        "nothing is made in ./~"
    );
}

#[test]
fn a_run_is_resumed_from_any_folder_and_with_images_that_were_moved() {
    let (desk, run) = resuming::broken("resnet-14", 3);
    let copy = |to: &str| {
        let to = desk.path().join(to);
        let copied = Command::new("cp").arg("-r").args([&run, &to]).status();
        assert!(copied.unwrap().success());
        to.display().to_string()
    };
    let [by_folder, by_name, changed] = ["by-folder", "by-name", "changed"].map(copy);
    let resume = |arguments: String| {
        let mut command = desk.command(&format!("resume {arguments} --json"));
        command.current_dir("/").assert()
    };
    resume(run.display().to_string()).success();
    let new = desk.path().join("new");
    fs::create_dir(&new).unwrap();
    fs::rename(desk.path().join("halves"), new.join("halves")).unwrap();
    let lost = resume(by_folder.clone()).failure();
    let said = String::from_utf8_lossy(&lost.get_output().stderr).into_owned();
    assert!(said.contains("--data-dir"), "{said}");
    resume(format!("{by_folder} --data-dir {}", new.display())).success();
    resume(format!("{by_name} --dataset idx:{}/halves", new.display())).success();
    let labels = new.join("halves/train-labels-idx1-ubyte");
    let mut bytes = fs::read(&labels).unwrap();
    bytes[8] ^= 1;
    fs::write(&labels, bytes).unwrap();
    let refused = resume(format!("{changed} --data-dir {}", new.display())).failure();
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("fingerprint"), "{said}");
}

#[test]
fn a_terminal_without_a_cursor_gets_plain_lines() {
    let desk = Desk::new();
    let dumb = [("TERM", "dumb")];
    let terminal = Terminal::open_with(&desk, SHORT, 50, 200, &dumb);
    terminal.sees("run directory: ");
    terminal.sees("device: cpu");
    terminal.sees("epoch   2 of 2");
    assert_eq!(terminal.ends().0, 0);
    let app = Terminal::open_with(&desk, "", 24, 80, &dumb);
    app.sees("TERM is dumb");
    assert_eq!(app.ends().0, 1);
    let attached = Terminal::open_with(&desk, "attach latest", 24, 80, &dumb);
    attached.sees("TERM is dumb: use --plain");
    assert_eq!(attached.ends().0, 1);
}
