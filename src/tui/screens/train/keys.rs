//! The keys of the screen: before a launch, while a training runs, and after it.

use super::Form;
use crate::tui::app::charts::{ENLARGE, LOG_LOSS, NEXT, PREVIOUS, TO_LEFT, TO_RIGHT};
use crate::tui::app::{App, Question};
use crate::tui::keys::{
    BACK, Binding, DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, LEFT, RIGHT, TAB, UP, bind,
};

#[rustfmt::skip]
pub(super) static FORM: Keys = Keys {
    title: "3 Train, before the launch",
    bindings: &[
        bind(UP, "↑ k", "↑↓ setting", "previous setting", |app| app.form.step(-1)),
        bind(DOWN, "↓ j", "", "next setting", |app| app.form.step(1)),
        bind(ENTER, "Enter", "Enter edit, launch", "edit it, or launch", App::accept_line),
        bind(LEFT, "← h", "←→ choose", "previous choice", |app| app.change_choice(false)),
        bind(RIGHT, "→ l", "", "next choice", |app| app.change_choice(true)),
        bind(&[Key::Char('s')], "s", "s start", "start the training", App::launch),
        bind(TAB, "Tab", "", "next setting", |app| app.form.step(1)),
        bind(BACK, "⇧Tab", "", "previous setting", |app| app.form.step(-1)),
        bind(FIRST, "Home", "", "first setting", |app| app.form.focus = 0),
        bind(LAST, "End", "", "the launch", |app| app.form = Form::new()),
    ],
};

const ABOVE: Binding = bind(UP, "↑ k", "", "chart above", |app: &mut App| {
    app.charts.step(2);
});
const BELOW: Binding = bind(DOWN, "↓ j", "", "chart below", |app: &mut App| {
    app.charts.step(2);
});
const ALL: Binding = bind(ESC, "Esc", "", "show all charts", |app: &mut App| {
    app.charts.enlarged = false;
});

#[rustfmt::skip]
pub(super) static LIVE: Keys = Keys {
    title: "3 Train, while it runs",
    bindings: &[
        bind(&[Key::Char(' ')], "Space", "Space pause", "pause or resume", App::pause_or_resume),
        bind(&[Key::Char('s')], "s", "s stop", "stop; epochs are kept", |app| app.ask(Question::Stop)),
        ENLARGE, LOG_LOSS, NEXT, PREVIOUS, ABOVE, BELOW, TO_LEFT, TO_RIGHT, ALL,
    ],
};

#[rustfmt::skip]
pub(super) static FOLLOWED: Keys = Keys {
    title: "3 Train, following a run",
    bindings: &[
        bind(&[Key::Char(' ')], "Space", "Space pause", "pause or resume it", App::pause_or_resume),
        bind(&[Key::Char('s')], "s", "s stop", "stop it; epochs are kept", |app| app.ask(Question::Stop)),
        bind(&[Key::Char('n')], "n", "n leave", "leave it; it trains on", App::new_training),
        ENLARGE, LOG_LOSS, NEXT, PREVIOUS, ABOVE, BELOW, TO_LEFT, TO_RIGHT, ALL,
    ],
};

#[rustfmt::skip]
pub(super) static ENDED: Keys = Keys {
    title: "3 Train, afterwards",
    bindings: &[
        bind(&[Key::Char('e')], "e", "e export", "export the run", App::export_trained),
        bind(&[Key::Char('n')], "n", "n new training", "back to the settings", App::new_training),
        ENLARGE, LOG_LOSS, NEXT, PREVIOUS, ABOVE, BELOW, TO_LEFT, TO_RIGHT, ALL,
    ],
};

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_setting),
        bind(ESC, "Esc", "Esc cancel", "discard the text", |app| app.form.field = None),
    ],
};
