//! The last row of a screen names what works now, and nothing else.

use crate::run::RunStatus;
use crate::tui::app::{App, Message};
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;

use super::runs::live_runs;
use super::{LARGE, MIDDLE, picture, ready};

/// The last row of the screen.
fn last_row(app: &App) -> String {
    let drawn = picture(app);
    drawn.lines().last().unwrap_or_default().to_owned()
}

/// Whether each of `hints` is in the last row.
fn named<const N: usize>(app: &App, hints: [&str; N]) -> [bool; N] {
    let row = last_row(app);
    assert!(row.contains("q quit"), "{row}");
    hints.map(|hint| row.contains(hint))
}

#[test]
fn of_datasets() {
    let hints = ["f fetch", "v verify", "Esc stop"];
    let mut app = ready(LARGE, "");
    assert_eq!(named(&app, hints), [false; 3], "it is embedded");
    press(&mut app, "jjj");
    assert_eq!(named(&app, hints), [true, false, false]);
    press(&mut app, "f");
    assert_eq!(named(&app, hints), [false, false, true]);
    let mut app = ready(LARGE, "");
    let mut entries = fixtures::entries();
    entries[3].entry.state = crate::dataset::State::Found("/data/mnist".into());
    app.update(Message::DatasetsListed(entries));
    press(&mut app, "jjj");
    assert_eq!(named(&app, hints), [false, true, false]);
}

#[test]
fn of_depth() {
    let hints = ["m measure", "Esc stop", "d by reading"];
    let mut app = ready(LARGE, "2");
    assert_eq!(named(&app, hints), [true, false, false]);
    press(&mut app, "+");
    assert_eq!(named(&app, hints), [true, false, true]);
    press(&mut app, "m");
    assert_eq!(named(&app, hints), [false, true, true]);
    key(&mut app, Key::Esc);
    assert_eq!(named(&app, hints), [false, false, true], "it stops");
}

/// `t` changes something only where drawing and stages do not both fit.
#[test]
fn of_the_drawing_and_the_stages() {
    let mut seen = [0, 0];
    for rows in 24..64 {
        for keys in ["2", "2rrrr"] {
            let app = ready((130, rows), keys);
            let drawn = picture(&app);
            let both = drawn.contains("blocks to scale") && drawn.contains("● blocks");
            assert_eq!(named(&app, ["t stages"]), [!both], "{rows} rows");
            seen[usize::from(both)] += 1;
        }
    }
    assert!(seen.iter().all(|&seen| seen > 4), "{seen:?}");
}

#[test]
fn of_the_form() {
    let hints = ["s start", "←→ choose"];
    let mut app = ready(LARGE, "3");
    assert_eq!(named(&app, hints), [true, false], "on the launch");
    let at = app.form.focus;
    key(&mut app, Key::Home);
    let mut seen = [0, 0];
    for _ in 0..at {
        let [starts, chooses] = named(&app, hints);
        assert!(starts);
        let before = format!("{:?}", app.settings);
        let mut changed = app.clone();
        key(&mut changed, Key::Right);
        assert_eq!(chooses, format!("{:?}", changed.settings) != before);
        seen[usize::from(chooses)] += 1;
        press(&mut app, "j");
    }
    assert!(seen.iter().all(|&seen| seen > 2), "{seen:?}");
    app.plan = Some(Err("no plan".to_owned()));
    assert_eq!(named(&app, hints), [false, false]);
}

#[test]
fn of_runs() {
    let hints = ["Enter enlarge", "Enter follow", "r resume", "c compare"];
    let mut app = ready(LARGE, "4");
    assert_eq!(named(&app, hints), [true, false, false, true]);
    let mut runs = fixtures::listings();
    runs.truncate(1);
    runs[0].status = RunStatus::Unfinished;
    runs[0].summary = None;
    app.update(Message::RunsListed(runs, Vec::new()));
    assert_eq!(named(&app, hints), [true, false, true, false]);
    assert_eq!(
        named(&live_runs(LARGE), hints),
        [false, true, false, true],
        "another process trains it"
    );
    let mut app = ready(MIDDLE, "4");
    app.update(Message::RunsListed(Vec::new(), Vec::new()));
    assert_eq!(named(&app, hints), [false; 4]);
    assert_eq!(named(&app, ["↑↓", "Space", "x delete"]), [false; 3]);
}

/// Beside a reading with a long name, the unit of its cap is written in short, and never cut.
#[test]
fn of_the_cap_beside_the_reading() {
    let mut short = 0;
    for columns in [80, 100, 120, 200] {
        for step in 0..8 {
            let mut app = ready((columns, 24), &"r".repeat(step));
            press(&mut app, "3");
            let drawn = picture(&app);
            let line = drawn.lines().find(|line| line.contains("  reading "));
            let beside = line.and_then(|line| line.split_once(" cap "));
            let (cap, _) = beside
                .unwrap()
                .1
                .split_once("  ")
                .unwrap_or((beside.unwrap().1, ""));
            let unit = cap.trim_start_matches(|letter: char| letter.is_ascii_digit());
            assert!(["c", "b", " conv.", " blocks"].contains(&unit), "{cap}");
            short += usize::from(unit.len() == 1);
        }
    }
    assert!(short > 0);
}
