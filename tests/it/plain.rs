//! The app in sentences, and what a session leaves for the next.

use std::fs;

use crate::support::Desk;

/// A training that takes a second.
const SMALL: &str = "--plain --plain-seconds 1 --limit 60 --epochs 1 --batch-size 20 --device cpu";

/// What the app says when these lines are typed, and the exit code.
fn said(desk: &Desk, arguments: &str, lines: &str) -> (String, Option<i32>) {
    let mut command = desk.command(arguments);
    command.env("EBCLE_START", "false");
    let output = command.write_stdin(lines).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}'), "no cursor is moved: {text}");
    (text, output.status.code())
}

#[test]
fn a_pair_is_chosen_and_trained_in_sentences() {
    let desk = Desk::new();
    let (text, code) = said(&desk, SMALL, "depth\na\nresnet-14\ntrain\ns\n");
    assert_eq!(code, Some(0), "{text}");
    for part in [
        "Data: image entropy and the depth cap.",
        "1. line above",
        "resnet-14 on glyphs",
        "Train and compare: baseline against capped. 3 Train, before the launch.",
        "Verdict: inconclusive",
    ] {
        assert!(text.contains(part), "'{part}' is not said:\n{text}");
    }
    assert_eq!(fs::read_dir(desk.path().join("runs")).unwrap().count(), 1);
}

#[test]
fn a_line_that_is_no_choice_is_said() {
    let desk = Desk::new();
    let (text, code) = said(&desk, SMALL, "nothing\n99\nq\n");
    assert_eq!(code, Some(0));
    assert!(
        text.contains("No choice 'nothing': type its number or"),
        "{text}"
    );
    assert!(text.contains("No choice '99'"), "{text}");
}

#[test]
fn the_next_session_goes_on_where_the_last_one_ended() {
    let desk = Desk::new();
    let (text, _) = said(&desk, SMALL, "depth\na\nresnet-14\nw\n");
    assert!(
        text.contains("resnet-14 on glyphs, width iso-params"),
        "{text}"
    );
    let (text, _) = said(&desk, "--plain", "");
    let part = "resnet-14 on glyphs, width iso-params";
    assert!(
        text.contains("Depth: plan the capped network.") && text.contains(part),
        "{text}"
    );
    let (text, _) = said(&desk, "--plain --remember false", "");
    assert!(text.contains("Data: image entropy"), "{text}");
    let state = desk.path().join(".state/ebcle-tui/state.toml");
    fs::write(&state, "screen = [").unwrap();
    let (text, code) = said(&desk, "--plain", "");
    assert_eq!(code, Some(0));
    assert!(text.contains("the last session is not restored"), "{text}");
}

#[test]
fn the_user_s_own_config_is_read_unless_another_one_is_given() {
    let desk = Desk::new();
    let path = desk.stdout("config --path");
    let own = path.trim_end();
    assert!(own.ends_with(".config/ebcle-tui/config.toml"), "{own}");
    fs::write(own, "limit = 60\narchitecture = \"resnet-14\"\n").unwrap();
    let limit = |arguments: &str| {
        desk.json(&format!("analyze glyphs --json {arguments}"))["images"].clone()
    };
    assert_eq!(limit(""), 60);
    assert_ne!(limit("--no-config"), 60);
    assert_eq!(limit("--limit 70"), 70);
    let other = desk.path().join("other.toml");
    fs::write(&other, "limit = 80\n").unwrap();
    assert_eq!(limit("--config other.toml"), 80);
    fs::write(own, "limmit = 60\n").unwrap();
    let output = desk.command("analyze glyphs").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("config.toml:1:1") && error.contains("did you mean 'limit'?"),
        "{error}"
    );
}

#[test]
fn keys_are_bound_otherwise_by_a_file_and_its_faults_are_said() {
    let desk = Desk::new();
    let path = desk.stdout("config --keys-path");
    assert!(
        desk.stdout("config --keys")
            .contains("# \"data.next-reading\" = [\"r\"]")
    );
    let lines = [
        "\"data.next-reading\" = \"q\"",
        "\"data.nothing\" = \"z\"",
        // The line below takes the log's key, which is free.
        "\"on-every-screen.log-all-messages\" = \"ctrl-l\"",
        "\"data.previous-reading\" = \"L\"",
    ];
    fs::write(path.trim_end(), lines.join("\n")).unwrap();
    let (text, _) = said(&desk, SMALL, "L\nlog\n");
    assert!(
        text.contains("keys.toml:1: the key q would mean both data.next-reading and"),
        "{text}"
    );
    assert!(text.contains("(1 more in the log)"), "{text}");
    assert!(
        text.contains("keys.toml:2: unknown action 'data.nothing'"),
        "{text}"
    );
    assert!(
        !text.contains("keys.toml:3") && !text.contains("keys.toml:4"),
        "{text}"
    );
}

/// Messages are read again, a study's form is said, and what is copied is printed.
#[test]
fn the_log_the_form_of_a_study_and_copies_are_said() {
    let desk = Desk::new();
    desk.stdout(
        "train glyphs resnet-14 --limit 60 --epochs 1 --batch-size 20 --device cpu --depth 7 --seed 1",
    );
    let (text, code) = said(&desk, SMALL, "v\nlog\nstudies\nn\nruns\ny\n");
    assert_eq!(code, Some(0), "{text}");
    let log = text
        .split_once("Messages of this session:\n")
        .map(|(_, log)| log);
    let first = log.and_then(|log| log.lines().next()).unwrap_or_default();
    assert!(
        first.ends_with("error: glyphs is embedded: nothing to check"),
        "{text}"
    );
    assert!(text.contains("On the line kind, recommend: "), "{text}");
    assert!(text.contains("budget, 10m: "), "{text}");
    let run = fs::read_dir(desk.path().join("runs")).unwrap().flatten();
    let run = run
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .unwrap();
    let printed = text.lines().any(|line| {
        line.ends_with(&*run.file_name().unwrap().to_string_lossy()) && line.starts_with('/')
    });
    assert!(printed, "the path is not printed:\n{text}");
    assert!(!text.contains("copied"), "{text}");
}

/// An error of the dialog names its field, which takes the next line.
#[test]
fn the_dialog_asks_for_what_an_error_names() {
    let desk = Desk::new();
    let small = desk.images("mixed", 2, 6, 8);
    let other = desk.images("other", 2, 6, 12);
    fs::rename(other.join("class0/0.png"), small.join("class0/zzz.png")).unwrap();
    let lines = format!("a\nfolder:{}\n8x8\n", small.display());
    let (text, code) = said(&desk, SMALL, &lines);
    assert_eq!(code, Some(0), "{text}");
    for part in [
        "give resize 8x8, say",
        "resize, 32x32: height x width",
        "added folder:",
    ] {
        assert!(text.contains(part), "'{part}' is not said:\n{text}");
    }
    assert!(!text.contains("--resize"), "{text}");
    let (text, _) = said(&desk, "--plain", "");
    assert!(
        text.contains("of 8 by 8 pixels"),
        "it is remembered:\n{text}"
    );
}

/// `plain` opens the app without a terminal whoever asks for it.
#[test]
fn the_app_opens_without_a_terminal_wherever_plain_is_asked_for() {
    let desk = Desk::new();
    let opens = |command: &mut assert_cmd::Command| {
        command.env("EBCLE_START", "false").write_stdin("q\n");
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Data: image entropy"), "{text}");
        assert_eq!(output.status.code(), Some(0));
    };
    opens(desk.command("").env("EBCLE_PLAIN", "true"));
    let path = desk.stdout("config --path");
    fs::write(path.trim_end(), "plain = true\n").unwrap();
    opens(&mut desk.command(""));
    assert!(!desk.path().join("runs").exists(), "nothing is trained");
}
