//! The keys of the screen.

use super::super::depth::DepthScreen;
use super::DataPanel;
use crate::tui::app::{App, Tone};
use crate::tui::keys::{DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, TAB, UP, bind};

/// Classes that a page key passes over.
const PAGE: isize = 10;

#[rustfmt::skip]
pub(super) static KEYS: Keys = Keys {
    title: "1 Data",
    bindings: &[
        bind(UP, "↑ k", "↑↓ dataset", "line above", |app| step(app, -1)),
        bind(DOWN, "↓ j", "", "line below", |app| step(app, 1)),
        bind(ENTER, "Enter", "Enter use it", "use it: to screen 2", accept),
        bind(&[Key::Char('r')], "r", "r reading", "next reading", |app| app.step_reading(1)),
        bind(&[Key::Char('R')], "R", "", "previous reading", |app| app.step_reading(-1)),
        bind(&[Key::Char('a')], "a", "a add", "add images of your own", App::open_adding),
        bind(&[Key::Char('f')], "f", "f fetch", "fetch it, or stop fetching", App::fetch_marked).when(|app| app.data.can_fetch()),
        bind(&[Key::Char('v')], "v", "v verify", "check its published files", App::verify_marked).when(|app| app.data.can_verify()),
        bind(ESC, "Esc", "Esc stop", "stop fetching or checking", App::stop_task).when(|app| app.data.can_stop()),
        bind(&[Key::Tab, Key::Right, Key::Char('l')], "Tab → l", "Tab panel", "next panel", |app| app.data.step_panel(1)),
        bind(&[Key::BackTab, Key::Left, Key::Char('h')], "⇧Tab ← h", "", "previous panel", |app| app.data.step_panel(-1)),
        bind(&[Key::Char('c')], "c", "c classes/channels", "classes/channels/changes", |app| app.data.step_parts()),
        bind(&[Key::PageUp], "PgUp", "", "ten classes up", |app| app.step_part(-PAGE)),
        bind(&[Key::PageDown], "PgDn", "", "ten classes down", |app| app.step_part(PAGE)),
        bind(FIRST, "Home", "", "first line", |app| to_end(app, -1)),
        bind(LAST, "End", "", "last line", |app| to_end(app, 1)),
        bind(&[Key::Char('u')], "u", "", "refresh the datasets", App::list_datasets),
    ],
};

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In the field for a path",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_adding),
        bind(ESC, "Esc", "Esc cancel", "discard the text", App::close_adding),
        bind(TAB, "Tab", "Tab complete", "complete the path", App::complete_or_step),
        bind(&[Key::Down], "↓", "↑↓ field", "next field", |app| app.step_adding(1)),
        bind(&[Key::Up, Key::BackTab], "↑ ⇧Tab", "", "previous field", |app| app.step_adding(-1)),
    ],
};

/// Moves the mark of the focused panel by a line.
fn step(app: &mut App, step: isize) {
    match app.data.panel {
        DataPanel::Datasets => app.step_dataset(step),
        DataPanel::Readings => app.step_reading(step),
        DataPanel::Parts => app.step_part(step),
    }
}

/// Moves the mark of the focused panel to its first (`-1`) or last (`1`) line.
fn to_end(app: &mut App, step: isize) {
    match app.data.panel {
        DataPanel::Datasets => app.move_dataset(if step < 0 { 0 } else { usize::MAX }),
        DataPanel::Readings => app.step_reading(step),
        DataPanel::Parts => app.step_part(step.saturating_mul(isize::MAX)),
    }
}

/// Goes on with the marked dataset, or adds one on the last line.
fn accept(app: &mut App) {
    if app.data.marked == app.data.entries.len() {
        app.open_adding();
    } else if app.data.current.is_some() {
        app.use_shown();
        app.show(&DepthScreen);
    } else if let Some(sentence) = app.data.failure.clone() {
        app.say(Tone::Bad, sentence);
    } else {
        app.say(Tone::Bad, format!("{} is being read", app.settings.dataset));
    }
}
