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
        "The training is starting.",
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
    fs::write(path.trim_end(), "\"data.next-reading\" = \"q\"\n").unwrap();
    let (text, _) = said(&desk, SMALL, "");
    assert!(text.contains("the key q would mean both"), "{text}");
}
