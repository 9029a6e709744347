//! Every overlay: how it is drawn in dark and light, that it shows a way out, and no key that does nothing.

use ratatui::style::Color;

use super::runs::many_runs;
use super::studies::studying;
use super::train::training;
use super::whole::{logged, start};
use super::{MIDDLE, SMALL, buffer, picture, ready};
use crate::tui::app::{App, Message, Question};
use crate::tui::fixtures::press;
use crate::tui::keys::Key;
use crate::tui::theme::{Colours, Theme};

/// Every overlay and dialog, by a name.
pub(super) fn overlays() -> Vec<(&'static str, App)> {
    let asked = |mut app: App, keys: &str| {
        press(&mut app, keys);
        app
    };
    let long = || {
        let mut app = ready(SMALL, "3");
        let price = "about 5 h 20 min, 1.2 GB of checkpoints".to_owned();
        app.ask(Question::Long { price });
        app
    };
    vec![
        ("start", start(SMALL)),
        ("help", ready(SMALL, "?")),
        ("search", ready(SMALL, ":width")),
        ("log", logged(SMALL, "L")),
        ("log_empty", ready(SMALL, "L")),
        ("log_search", logged(SMALL, "L/no")),
        ("words", ready(SMALL, "i")),
        ("quit", asked(training(SMALL, 1, 6), "q")),
        ("stop", asked(training(SMALL, 1, 6), "s")),
        ("long", long()),
        ("study_stop", asked(studying(SMALL), "s")),
        ("delete", many_runs(SMALL, 5, "  x")),
        ("export", ready(SMALL, "4e")),
        ("export_folder", ready(SMALL, "4ekk")),
        ("note", many_runs(SMALL, 5, "n")),
        ("tags", many_runs(SMALL, 5, "jt")),
        ("add", ready(SMALL, "a~/flowers")),
        ("architecture", ready(SMALL, "2a21")),
        ("filter", ready(SMALL, "4/data")),
    ]
}

/// A letter for the style of each cell: `.` of plain text, a capital one where the colours are reversed.
fn styles(app: &App, theme: Theme) -> String {
    let roles = [
        ('a', theme.accent()),
        ('d', theme.dim()),
        ('f', theme.faint()),
        ('e', theme.error()),
        ('w', theme.warning()),
        ('g', theme.good()),
        ('b', theme.baseline()),
        ('c', theme.capped()),
        ('n', theme.entropy()),
        ('p', theme.cap()),
    ];
    let buffer = buffer(app, theme);
    let letter = |cell: &ratatui::buffer::Cell| {
        if cell.symbol() == " " && cell.bg == Color::Reset && cell.modifier.is_empty() {
            return ' ';
        }
        let known = roles.iter().find(|(_, style)| style.fg == Some(cell.fg));
        let letter = known.map_or('.', |(letter, _)| *letter);
        let is_reversed = cell.modifier.contains(ratatui::style::Modifier::REVERSED);
        if is_reversed {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    };
    let rows = buffer.area.rows().map(|row| {
        let line: String = row
            .columns()
            .map(|cell| letter(&buffer[(cell.x, cell.y)]))
            .collect();
        line.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// What is written, and below it in which colours: in both themes the same parts have the same role.
#[test]
fn overlays_are_drawn_in_both_themes() {
    for (name, app) in overlays() {
        for size in [SMALL, MIDDLE] {
            let mut app = app.clone();
            app.size = size;
            let dark = styles(&app, Theme::new(Colours::True));
            let light = styles(&app, Theme::light(Colours::True));
            insta::assert_snapshot!(
                format!("overlay_{name}_{}x{}", size.0, size.1),
                format!("{}\n\n{dark}", picture(&app))
            );
            assert_eq!(dark, light, "{name}");
        }
    }
}

/// The last row names a key that leads out, and Esc does.
#[test]
fn every_overlay_shows_a_way_out() {
    for (name, app) in overlays() {
        for size in [SMALL, MIDDLE] {
            let mut app = app.clone();
            app.size = size;
            let drawn = picture(&app);
            let last = drawn.lines().last().unwrap_or_default();
            let way_out = ["Esc ", "n no", "Esc"].iter().any(|key| last.contains(key));
            assert!(way_out, "{name}: {last}");
            let is_open = |app: &App| app.overlay.is_some() || app.screen.is_editing(app);
            assert!(is_open(&app), "{name}");
            // Out of a search first, then out of the overlay.
            app.update(Message::Key(Key::Esc));
            app.update(Message::Key(Key::Esc));
            assert!(!is_open(&app), "{name}");
        }
    }
}

/// Each key that the last row names changes something or asks for something.
#[test]
fn the_last_row_of_an_overlay_names_no_key_that_does_nothing() {
    for (name, app) in overlays() {
        let before = format!("{app:?}");
        for table in app.keys() {
            for binding in table.bindings.iter().filter(|one| !one.hint.is_empty()) {
                let does = binding.keys.iter().any(|&key| {
                    let mut app = app.clone();
                    let asked = app.update(Message::Key(key));
                    !asked.is_empty() || format!("{app:?}") != before
                });
                // The arrows of a pair are named at the first of them.
                let is_pair = binding.hint.starts_with("↑↓") || binding.hint.starts_with("←→");
                let by_other = || {
                    [Key::Down, Key::Right].into_iter().any(|key| {
                        let mut app = app.clone();
                        app.update(Message::Key(key));
                        format!("{app:?}") != before
                    })
                };
                assert!(does || is_pair && by_other(), "{name}: {}", binding.hint);
            }
        }
    }
}
