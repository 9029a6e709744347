//! The app on terminals of all kinds, and what it tells them beside its screen.

use std::fs;
use std::thread;
use std::time::Duration;

use vt100::Color;

use crate::support::{Desk, SHORT};
use crate::terminal::Terminal;

/// A light background, as a terminal answers `ESC ] 11 ; ? BEL ESC [ c`.
const LIGHT: &str = "\u{1b}]11;rgb:ffff/ffff/ffff\u{7}";
const ATTRIBUTES: &str = "\u{1b}[?62;22c";

/// Variables of a terminal with all colours, of which nothing else is known.
const FULL: [(&str, &str); 7] = [
    ("COLORTERM", "truecolor"),
    ("COLORFGBG", ""),
    ("NO_COLOR", ""),
    ("TERM_PROGRAM", ""),
    ("TMUX", ""),
    ("VTE_VERSION", ""),
    ("WT_SESSION", ""),
];

fn open(desk: &Desk, arguments: &str, more: &[(&str, &str)]) -> Terminal {
    let variables = [&FULL[..], more].concat();
    Terminal::open_with(desk, arguments, 24, 80, &variables)
}

#[test]
fn a_light_terminal_is_drawn_dark_on_light() {
    let desk = Desk::new();
    let mut terminal = open(&desk, "--limit 60", &[]);
    // The answer lies ready, so that no slow machine misses it.
    terminal.press(&format!("{LIGHT}{ATTRIBUTES}"));
    terminal.sees("channel-sum");
    assert!(terminal.written().contains("\u{1b}]11;?"));
    let [on_light, on_dark] = [0x66, 0x94].map(|grey| Color::Rgb(grey, grey, grey));
    assert!(terminal.colours().contains(&on_light) && !terminal.colours().contains(&on_dark));
    let silent = open(&desk, "--limit 60", &[]);
    silent.sees("channel-sum");
    assert!(silent.colours().contains(&on_dark) && !silent.colours().contains(&on_light));
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

#[test]
fn an_answer_that_comes_too_late_is_no_key_and_does_not_reach_the_shell() {
    let desk = Desk::new();
    let script = "\"$0\" --limit 60; echo shell is back; read line; echo \"read:$line:\"";
    let mut terminal = Terminal::open_shell(&desk, script);
    terminal.sees("channel-sum");
    terminal.press("2");
    terminal.sees("plan the capped network");
    terminal.press(LIGHT);
    terminal.press(ATTRIBUTES);
    thread::sleep(Duration::from_millis(300));
    terminal.sees("plan the capped network");
    terminal.press("q");
    terminal.sees("shell is back");
    terminal.press("\r");
    terminal.sees("read::");

    let mut terminal = Terminal::open_shell(&desk, script);
    terminal.sees("channel-sum");
    terminal.press(&format!("q{LIGHT}"));
    terminal.sees("shell is back");
    terminal.press("\r");
    terminal.sees("read:");
    assert!(!terminal.text().contains("rgb"), "{}", terminal.text());
}

#[test]
fn the_console_gets_sixteen_colours_and_no_braille() {
    let desk = Desk::new();
    let mut terminal = open(&desk, "--limit 60", &[("TERM", "linux"), ("COLORTERM", "")]);
    terminal.sees("channel-sum");
    let written = terminal.written();
    assert!(!written.contains("\u{1b}]"), "{written:?}");
    let is_own = |colour| matches!(colour, Color::Default | Color::Idx(0..16));
    assert!(terminal.colours().into_iter().all(is_own));
    let is_braille = |symbol: char| ('\u{2800}'..='\u{28ff}').contains(&symbol);
    assert!(terminal.text().contains('─') && !terminal.text().contains(is_braille));
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

#[test]
fn no_color_has_none_and_a_named_theme_has() {
    let desk = Desk::new();
    let mut terminal = open(&desk, "--limit 60", &[("NO_COLOR", "1")]);
    terminal.sees("channel-sum");
    assert!(
        terminal
            .colours()
            .into_iter()
            .all(|colour| colour == Color::Default)
    );
    assert!(!terminal.written().contains("\u{1b}]11"));
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
    let terminal = open(&desk, "--limit 60 --theme dark", &[("NO_COLOR", "1")]);
    terminal.sees("channel-sum");
    assert!(terminal.colours().len() > 3);
}

#[test]
fn ascii_is_drawn_where_it_is_asked_for_and_where_the_locale_has_no_unicode() {
    let desk = Desk::new();
    let unicode = open(&desk, "--limit 60", &[]);
    unicode.sees("channel-sum");
    assert!(!unicode.text().is_ascii());
    for (arguments, variables) in [
        ("--ascii --limit 60", &[][..]),
        ("--limit 60", &[("LC_ALL", "C")]),
    ] {
        let mut terminal = open(&desk, arguments, variables);
        terminal.sees("channel-sum");
        terminal.press("4");
        terminal.sees("past trainings");
        assert!(terminal.text().is_ascii(), "{}", terminal.text());
        terminal.press("q");
        assert_eq!(terminal.ends(), (0, true));
    }
}

#[test]
fn themes_of_the_users_own_are_read_and_wrong_ones_named() {
    let desk = Desk::new();
    let themes = desk.path().join("themes");
    fs::create_dir(&themes).unwrap();
    fs::write(themes.join("mine.toml"), "dim = '#123456'\n").unwrap();
    fs::write(themes.join("wrong.toml"), "dimm = '#123456'\n").unwrap();
    let mut terminal = open(&desk, "--limit 60 --theme themes/mine.toml", &[]);
    terminal.sees("hard to read on the background");
    terminal.sees("channel-sum");
    assert!(terminal.colours().contains(&Color::Rgb(0x12, 0x34, 0x56)));
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
    for (theme, said) in [
        ("themes/wrong.toml", "unknown key 'dimm': did you mean dim?"),
        ("drak", "unknown theme 'drak': did you mean dark?"),
    ] {
        let terminal = open(&desk, &format!("--theme {theme}"), &[]);
        terminal.sees(said);
        assert_eq!(terminal.ends(), (2, true));
    }
}

#[test]
fn a_training_is_told_of_by_title_bell_message_and_command() {
    let desk = Desk::new();
    fs::write(
        desk.path().join("end.sh"),
        "echo \"$EBCLE_OUTCOME $EBCLE_VERDICT\" > told\n",
    )
    .unwrap();
    desk.images("pictures", 2, 12, 8);
    let arguments = "--epochs 2 --batch-size 4 --device cpu --depth 7";
    let dataset = ("EBCLE_DATASET", "folder:pictures");
    let small = ("EBCLE_ARCHITECTURE", "resnet-14");
    let more = [dataset, small, ("EBCLE_ON_END", "sh end.sh")];
    let mut terminal = open(&desk, arguments, &more);
    terminal.sees("channel-sum");
    terminal.press("3");
    terminal.sees("start the training");
    terminal.press("s");
    terminal.sees("inconclusive");
    thread::sleep(Duration::from_millis(300));
    terminal.press("q");
    let (restored, written) = terminal.written_at_end();
    assert!(restored);
    for part in [
        "\u{1b}[22;2t\u{1b}]2;starting folder:pictures resnet-14 - ebcle-tui\u{7}",
        " % folder:pictures resnet-14",
        "\u{7}\u{1b}]9;ebcle-tui: folder:pictures resnet-14 finished: inconclusive\u{7}",
        "\u{1b}]2;\u{7}\u{1b}[23;2t",
        "finished: inconclusive; the run is in ",
    ] {
        assert!(written.contains(part), "{part:?} is not in {written:?}");
    }
    let told = fs::read_to_string(desk.path().join("told")).unwrap();
    assert_eq!(told, "finished inconclusive\n");

    let quiet = format!("{arguments} --notify none");
    let mut terminal = open(&desk, &quiet, &[dataset, small]);
    terminal.sees("channel-sum");
    terminal.press("3");
    terminal.sees("start the training");
    terminal.press("s");
    terminal.sees("inconclusive");
    terminal.press("q");
    let (_, written) = terminal.written_at_end();
    assert!(!written.contains("\u{1b}]2;") && !written.contains("\u{1b}]9;"));
}

#[test]
fn the_command_line_runs_a_command_at_the_end_and_says_that_it_failed() {
    let desk = Desk::new();
    let command = "echo to-stderr; echo \"$EBCLE_OUTCOME\" > \"$EBCLE_RUN_DIR/told\"; exit 3";
    let output = desk
        .command(&format!("{SHORT} --json --quiet --on-end"))
        .arg(command)
        .assert()
        .success()
        .get_output()
        .clone();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = desk.path().join(summary["run_dir"].as_str().unwrap());
    assert_eq!(fs::read_to_string(run.join("told")).unwrap(), "finished\n");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "to-stderr\nnote: the command of --on-end ended with exit code 3\n"
    );
}
