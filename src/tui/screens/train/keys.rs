//! The keys of the screen: before a launch, while a training runs, and after it.

use super::Form;
use crate::tui::app::charts::keys::{
    ALONG, ENLARGE, LOG_X, LOG_Y, NEXT, PAN_LEFT, PAN_RIGHT, PICK, PICK_BACK, PREVIOUS, READ_LEFT,
    READ_RIGHT, SEEDS, SHOW_ALL, SMOOTH, TO_LEFT, TO_RIGHT, WHOLE, ZOOM_IN, ZOOM_OUT,
};
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
        bind(LEFT, "← h", "←→ choose", "previous choice", |app| app.change_choice(false)).when(App::has_choices),
        bind(RIGHT, "→ l", "", "next choice", |app| app.change_choice(true)),
        bind(&[Key::Char('s')], "s", "s start", "start the training", App::launch).when(|app| app.obstacle().is_none()),
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
const ALL: Binding = bind(
    ESC,
    "Esc",
    "",
    "close values, zoom, chart",
    |app: &mut App| {
        app.charts.back();
    },
);

/// A table of the screen's own keys and those of its charts, the first of which enlarges one or shows all.
macro_rules! with_charts {
    ($title:literal, $enlarge:ident $(, $own:expr)*) => {
        Keys {
            title: $title,
            bindings: &[
                $($own,)* $enlarge, NEXT, LOG_Y, PICK, PREVIOUS, ABOVE, BELOW, TO_LEFT, TO_RIGHT, READ_LEFT, READ_RIGHT, ZOOM_IN, ZOOM_OUT,
                PAN_LEFT, PAN_RIGHT, WHOLE, ALONG, LOG_X, SMOOTH, SEEDS, PICK_BACK, ALL,
            ],
        }
    };
}

const PAUSE: Binding = bind(SPACE, "Space", "Space pause", "pause", App::pause_or_resume);
const RESUME: Binding = bind(
    SPACE,
    "Space",
    "Space resume",
    "resume",
    App::pause_or_resume,
);
const PAUSE_OR_RESUME: Binding = bind(
    SPACE,
    "Space",
    "Space pause",
    "pause or resume it",
    App::pause_or_resume,
);
const LEAVE: Binding = bind(
    &[Key::Char('n')],
    "n",
    "n leave",
    "leave it; it trains on",
    App::new_training,
);
const SPACE: &[Key] = &[Key::Char(' ')];
const STOP: Binding = bind(
    &[Key::Char('s')],
    "s",
    "s stop",
    "stop; epochs are kept",
    |app| app.ask(Question::Stop),
);
const EXPORT: Binding = bind(
    &[Key::Char('e')],
    "e",
    "e export",
    "export the run",
    App::export_trained,
)
.when(|app| {
    let live = app.live.as_ref();
    live.is_some_and(|live| live.directory.is_some())
});
const NEW: Binding = bind(
    &[Key::Char('n')],
    "n",
    "n new training",
    "back to the settings",
    App::new_training,
);

/// While it runs, with all charts and with one.
pub(super) static LIVE: [Keys; 2] = [
    with_charts!("3 Train, while it runs", ENLARGE, PAUSE, STOP),
    with_charts!("3 Train, while it runs", SHOW_ALL, PAUSE, STOP),
];
/// While it is paused.
pub(super) static PAUSED: [Keys; 2] = [
    with_charts!("3 Train, while paused", ENLARGE, RESUME, STOP),
    with_charts!("3 Train, while paused", SHOW_ALL, RESUME, STOP),
];
/// While it stops: there is nothing to pause.
pub(super) static STOPPING: [Keys; 2] = [
    with_charts!("3 Train, while it stops", ENLARGE),
    with_charts!("3 Train, while it stops", SHOW_ALL),
];
/// While it is followed, trained by another process.
pub(super) static FOLLOWED: [Keys; 2] = [
    with_charts!(
        "3 Train, following a run",
        ENLARGE,
        PAUSE_OR_RESUME,
        STOP,
        LEAVE
    ),
    with_charts!(
        "3 Train, following a run",
        SHOW_ALL,
        PAUSE_OR_RESUME,
        STOP,
        LEAVE
    ),
];
/// After its end.
pub(super) static ENDED: [Keys; 2] = [
    with_charts!("3 Train, afterwards", ENLARGE, EXPORT, NEW),
    with_charts!("3 Train, afterwards", SHOW_ALL, EXPORT, NEW),
];

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_setting),
        bind(ESC, "Esc", "Esc cancel", "discard the text", |app| app.form.field = None),
    ],
};
