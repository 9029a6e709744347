//! The keys of the screen.

use crate::tui::app::App;
use crate::tui::app::charts::keys::{
    ALONG, ENLARGE, LOG_X, LOG_Y, NEXT, PAN_LEFT, PAN_RIGHT, PICK, PICK_BACK, PREVIOUS, READ_LEFT,
    READ_RIGHT, SEEDS, SHOW_ALL, SMOOTH, TO_LEFT, TO_RIGHT, WHOLE, ZOOM_IN, ZOOM_OUT,
};
use crate::tui::keys::{DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, UP, bind};

/// The keys where `$enlarge` enlarges a chart or shows all.
macro_rules! keys {
    ($enlarge:ident) => {
        Keys {
            title: "4 Runs",
            bindings: &[
                bind(UP, "↑ k", "↑↓ run", "previous run", |app| {
                    app.step_run(-1)
                }),
                bind(DOWN, "↓ j", "", "next run", |app| app.step_run(1)),
                bind(
                    &[Key::Char('e')],
                    "e",
                    "e export",
                    "export the marked run",
                    App::export_marked,
                ),
                bind(
                    &[Key::Char('r')],
                    "r",
                    "r resume",
                    "resume an unfinished run",
                    App::resume_marked,
                ),
                bind(
                    &[Key::Char('x')],
                    "x",
                    "x delete",
                    "delete it; asks first",
                    App::delete_marked,
                ),
                bind(
                    &[Key::Char('/')],
                    "/",
                    "/ filter",
                    "filter by any word",
                    |app| app.runs.filtering = true,
                ),
                $enlarge,
                READ_LEFT,
                LOG_Y,
                PICK,
                NEXT,
                PREVIOUS,
                TO_LEFT,
                TO_RIGHT,
                READ_RIGHT,
                ZOOM_IN,
                ZOOM_OUT,
                PAN_LEFT,
                PAN_RIGHT,
                WHOLE,
                ALONG,
                LOG_X,
                SMOOTH,
                SEEDS,
                PICK_BACK,
                bind(FIRST, "Home", "", "newest run", |app| {
                    app.step_run(-isize::MAX)
                }),
                bind(LAST, "End", "", "oldest run", |app| {
                    app.step_run(isize::MAX)
                }),
                bind(
                    &[Key::Char('u')],
                    "u",
                    "",
                    "refresh the runs",
                    App::list_runs,
                ),
                bind(ESC, "Esc", "", "values, zoom, all, filter", App::show_all),
            ],
        }
    };
}

/// With all charts, and with one.
pub(super) static KEYS: [Keys; 2] = [keys!(ENLARGE), keys!(SHOW_ALL)];

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_filter),
        bind(ESC, "Esc", "Esc cancel", "discard the text", App::clear_filter),
    ],
};
