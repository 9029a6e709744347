//! The charts of a training, on the screens that show them: which has the focus, and how they are drawn.

use super::{App, around};
use crate::tui::keys::{BACK, Binding, Key, TAB, bind};

/// A chart of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chart {
    #[default]
    Accuracy,
    Loss,
    Seconds,
    Saved,
}

impl Chart {
    pub const ALL: [Self; 4] = [Self::Accuracy, Self::Loss, Self::Seconds, Self::Saved];
}

/// Which chart has the focus, and how charts are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    pub focus: Chart,
    pub enlarged: bool,
    pub log_loss: bool,
}

impl Charts {
    /// Moves the focus by `step` charts, around the ends.
    pub const fn step(&mut self, step: isize) {
        self.focus = Chart::ALL[around(self.focus as usize, step, Chart::ALL.len())];
    }

    /// Moves the focus to the other chart of its row.
    pub const fn step_sideways(&mut self) {
        self.focus = Chart::ALL[self.focus as usize ^ 1];
    }
}

// The keys of the screens that show charts.

pub const ENLARGE: Binding = bind(
    &[Key::Enter, Key::Char('z')],
    "Enter z",
    "Enter enlarge",
    "enlarge chart, or show all",
    |app: &mut App| app.charts.enlarged = !app.charts.enlarged,
);
pub const LOG_LOSS: Binding = bind(
    &[Key::Char('l')],
    "l",
    "l log loss",
    "loss logarithmic or linear",
    |app: &mut App| app.charts.log_loss = !app.charts.log_loss,
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
pub const TO_RIGHT: Binding = bind(
    &[Key::Right],
    "→",
    "",
    "chart to the right",
    |app: &mut App| app.charts.step_sideways(),
);
