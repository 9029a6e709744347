//! The keys of the screens that show charts.

use crate::tui::app::{App, Tone};
use crate::tui::keys::{BACK, Binding, Key, RIGHT, TAB, bind};

/// Part of the x axis that is shown after zooming in.
const ZOOM: f64 = 0.5;
/// Part of what is shown by which it moves.
const PAN: f64 = 0.25;

impl App {
    fn zoom_charts(&mut self, factor: f64) {
        let (_, newest) = self.charts_extent();
        let at = self.charts.crosshair.unwrap_or(newest);
        self.charts.zoom(factor, at);
    }

    fn step_crosshair(&mut self, forward: bool) {
        let (epochs, newest) = self.charts_extent();
        self.charts.step_crosshair(forward, epochs, newest);
    }

    fn step_along(&mut self) {
        let has_joules = self.curves().is_some_and(|curves| curves.has_joules());
        self.charts.step_along(has_joules);
    }

    fn toggle_log(&mut self) {
        if !self.charts.toggle_log() {
            let sentence = "time saved can be negative: its axis cannot be logarithmic";
            self.say(Tone::Bad, sentence);
        }
    }
}

const ENLARGE_KEYS: &[Key] = &[Key::Enter, Key::Char('z')];

/// Where all charts are shown.
pub const ENLARGE: Binding = bind(
    ENLARGE_KEYS,
    "Enter z",
    "Enter enlarge",
    "enlarge the chart",
    |app: &mut App| app.charts.enlarged = true,
);
/// Where one is shown alone.
pub const SHOW_ALL: Binding = bind(
    ENLARGE_KEYS,
    "Enter z",
    "Enter all charts",
    "show all charts",
    |app: &mut App| app.charts.enlarged = false,
);
pub const LOG_Y: Binding = bind(
    &[Key::Char('g')],
    "g",
    "g log",
    "y axis log or linear",
    App::toggle_log,
);
pub const LOG_X: Binding = bind(
    &[Key::Char('G')],
    "G",
    "",
    "x axes log or linear",
    |app: &mut App| app.charts.toggle_log_x(),
);
pub const ALONG: Binding = bind(
    &[Key::Char('X')],
    "X",
    "",
    "x: epochs, steps, s, J",
    App::step_along,
);
pub const SMOOTH: Binding = bind(
    &[Key::Char('b')],
    "b",
    "",
    "smooth by 0, 0.6, 0.9",
    |app: &mut App| app.charts.smoothing = app.charts.smoothing.next(),
);
pub const SEEDS: Binding = bind(
    &[Key::Char('B')],
    "B",
    "",
    "each seed, or mean alone",
    |app: &mut App| app.charts.each_seed = !app.charts.each_seed,
);
pub const PICK: Binding = bind(
    &[Key::Char('p')],
    "p",
    "p pick",
    "another chart here",
    |app: &mut App| app.charts.pick(1),
);
pub const PICK_BACK: Binding = bind(
    &[Key::Char('P')],
    "P",
    "",
    "previous chart here",
    |app: &mut App| app.charts.pick(-1),
);
pub const READ_LEFT: Binding = bind(
    &[Key::Char('[')],
    "[",
    "",
    "values to the left",
    |app: &mut App| app.step_crosshair(false),
);
pub const READ_RIGHT: Binding = bind(
    &[Key::Char(']')],
    "]",
    "",
    "values to the right",
    |app: &mut App| app.step_crosshair(true),
);
pub const ZOOM_IN: Binding = bind(
    &[Key::Char('+'), Key::Char('=')],
    "+",
    "",
    "zoom in on the x axes",
    |app: &mut App| app.zoom_charts(ZOOM),
);
pub const ZOOM_OUT: Binding = bind(&[Key::Char('-')], "-", "", "zoom out", |app: &mut App| {
    app.zoom_charts(1.0 / ZOOM);
});
pub const PAN_LEFT: Binding = bind(
    &[Key::Char('{')],
    "{",
    "",
    "earlier part of the x axes",
    |app: &mut App| app.charts.pan(-PAN),
);
pub const PAN_RIGHT: Binding = bind(
    &[Key::Char('}')],
    "}",
    "",
    "later part of the x axes",
    |app: &mut App| app.charts.pan(PAN),
);
pub const WHOLE: Binding = bind(
    &[Key::Char('0')],
    "0",
    "",
    "whole x axes, no values",
    |app: &mut App| app.charts.reset(),
);
pub const NEXT: Binding = bind(TAB, "Tab", "Tab chart", "next chart", |app: &mut App| {
    app.charts.step(1);
});
pub const PREVIOUS: Binding = bind(BACK, "⇧Tab", "", "previous chart", |app: &mut App| {
    app.charts.step(-1);
});
pub const TO_LEFT: Binding = bind(
    &[Key::Left, Key::Char('h')],
    "← h",
    "",
    "chart to the left",
    |app: &mut App| app.charts.step_sideways(),
);
pub const TO_RIGHT: Binding = bind(RIGHT, "→ l", "", "chart to the right", |app: &mut App| {
    app.charts.step_sideways();
});
