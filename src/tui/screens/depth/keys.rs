//! The keys of the screen.

use super::super::train::TrainScreen;
use crate::tui::app::App;
use crate::tui::keys::{BACK, DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, TAB, UP, bind};

#[rustfmt::skip]
pub(super) static KEYS: Keys = Keys {
    title: "2 Depth",
    bindings: &[
        bind(UP, "↑ k", "↑↓ move", "network, width, reading", |app| app.step_choice(-1)),
        bind(DOWN, "↓ j", "", "the next one", |app| app.step_choice(1)),
        bind(ENTER, "Enter", "Enter train", "train it: to screen 3", |app| app.show(&TrainScreen)),
        bind(&[Key::Char('r')], "r", "r reading", "next reading", |app| app.step_reading(1)),
        bind(&[Key::Char('R')], "R", "", "previous reading", |app| app.step_reading(-1)),
        bind(&[Key::Char('w')], "w", "w width", "next width policy", |app| app.step_width(1)),
        bind(&[Key::Char('W')], "W", "", "previous width policy", |app| app.step_width(-1)),
        bind(&[Key::Left, Key::Char('h'), Key::Char('-')], "← h -", "←→ depth", "shallower, by hand", |app| app.step_depth(false)),
        bind(&[Key::Right, Key::Char('l'), Key::Char('+'), Key::Char('=')], "→ l +", "", "deeper, by hand", |app| app.step_depth(true)),
        bind(&[Key::Char('m')], "m", "m measure", "time 20 steps of both", App::measure).when(|app| app.obstacle().is_none()),
        bind(&[Key::Char('t')], "t", "t stages", "stage table, or drawing", |app| app.depth.stages = !app.depth.stages).when(App::shows_drawing_or_stages),
        bind(ESC, "Esc", "Esc stop", "stop timing", App::stop_measuring).when(|app| app.timings.is_running()),
        bind(&[Key::Char('d')], "d", "d by reading", "depth by reading", App::depth_by_reading).when(|app| app.settings.depth.is_some()),
        bind(&[Key::Char('a')], "a", "a other", "type another architecture", App::type_architecture),
        bind(TAB, "Tab", "Tab panel", "next panel", |app| app.depth.panel = app.depth.panel.step(1)),
        bind(BACK, "⇧Tab", "", "previous panel", |app| app.depth.panel = app.depth.panel.step(-1)),
        bind(FIRST, "Home", "", "first line", |app| app.choose_end(false)),
        bind(LAST, "End", "", "last line", |app| app.choose_end(true)),
    ],
};

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_architecture),
        bind(ESC, "Esc", "Esc cancel", "discard the text", |app| app.depth.field = None),
    ],
};
