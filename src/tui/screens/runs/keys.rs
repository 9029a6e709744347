//! The keys of the screen.

use crate::tui::app::App;
use crate::tui::app::charts::keys::{
    ALONG, ENLARGE, LOG_X, LOG_Y, NEXT, PAN_LEFT, PAN_RIGHT, PICK, PICK_BACK, PREVIOUS, READ_LEFT,
    READ_RIGHT, SEEDS, SHOW_ALL, SMOOTH, TO_LEFT, TO_RIGHT, WHOLE, ZOOM_IN, ZOOM_OUT,
};
use crate::tui::keys::{BACK, DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, LEFT, TAB, UP, bind};

/// The keys where `$enlarge` enlarges a chart or shows all, and Enter does what `$enter` says.
macro_rules! keys {
    ($enlarge:ident, $enter:expr) => {
        Keys {
            title: "4 Runs",
            bindings: &[
                bind(UP, "↑ k", "↑↓ run", "previous run", |app| {
                    app.step_run(-1)
                })
                .when(|app| app.runs.visible().len() > 1),
                bind(DOWN, "↓ j", "", "next run", |app| app.step_run(1)),
                bind(
                    &[Key::Char('/')],
                    "/",
                    "/ filter",
                    "filter the list",
                    App::begin_filter,
                )
                .when(|app| !app.runs.listings.is_empty()),
                bind(
                    &[Key::Char(' ')],
                    "Space",
                    "Space mark",
                    "mark this run",
                    |app| {
                        app.runs.toggle();
                        app.load_marked_run();
                    },
                )
                .when(App::has_marked_run),
                bind(
                    &[Key::Char('c')],
                    "c",
                    "c compare",
                    "compare the marked runs",
                    App::compare_runs,
                )
                .when(App::can_compare),
                bind(
                    &[Key::Char('e')],
                    "e",
                    "e export",
                    "export these runs",
                    App::export_chosen,
                )
                .when(App::has_marked_run),
                bind(
                    &[Key::Char('r')],
                    "r",
                    "r resume",
                    "resume an unfinished run",
                    App::resume_marked,
                )
                .when(|app| app.obstacle_to_resume().is_none()),
                bind(
                    &[Key::Char('x')],
                    "x",
                    "x delete",
                    "delete; asks, U undoes",
                    App::delete_chosen,
                )
                .when(App::has_marked_run),
                bind(
                    &[Key::Char('n')],
                    "n",
                    "n note",
                    "write a note",
                    App::edit_note,
                )
                .when(App::has_marked_run),
                bind(
                    &[Key::Char('t')],
                    "t",
                    "t tags",
                    "give it tags",
                    App::edit_tags,
                )
                .when(App::has_marked_run),
                bind(
                    ENTER,
                    "Enter",
                    $enter,
                    "follow it, or enlarge",
                    App::follow_or_enlarge,
                )
                .when(App::has_marked_run),
                bind(
                    &[Key::Char('z')],
                    "z",
                    "",
                    $enlarge.description,
                    $enlarge.run,
                ),
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
                bind(
                    &[Key::Char('o')],
                    "o",
                    "o open",
                    "open report in a browser",
                    App::open_report,
                )
                .when(App::has_marked_run),
                bind(&[Key::Char('y')], "y", "", "copy the path", App::copy_paths),
                bind(
                    &[Key::Char('Y')],
                    "Y",
                    "",
                    "copy what it showed",
                    App::copy_summaries,
                ),
                bind(
                    &[Key::Char('U')],
                    "U",
                    "",
                    "undo the last deletion",
                    App::undo_deletion,
                ),
                bind(&[Key::Char('>')], ">", "", "order by next column", |app| {
                    app.sort_beside(1)
                }),
                bind(
                    &[Key::Char('<')],
                    "<",
                    "",
                    "order by previous column",
                    |app| app.sort_beside(-1),
                ),
                bind(&[Key::Char('!')], "!", "", "reverse the order", |app| {
                    app.runs.reverse()
                }),
                bind(
                    &[Key::Char('*')],
                    "*",
                    "",
                    "mark all that are shown",
                    |app| app.runs.toggle_all(),
                ),
                bind(&[Key::PageUp], "PgUp", "", "a page up", |app| {
                    app.page_runs(-1)
                }),
                bind(&[Key::PageDown], "PgDn", "", "a page down", |app| {
                    app.page_runs(1)
                }),
                bind(FIRST, "Home", "", "first run", |app| {
                    app.step_run(-isize::MAX)
                }),
                bind(LAST, "End", "", "last run", |app| app.step_run(isize::MAX)),
                bind(
                    &[Key::Char('u')],
                    "u",
                    "",
                    "refresh the runs",
                    App::list_runs,
                ),
                bind(ESC, "Esc", "", "undo zoom, filter, marks", App::show_all),
            ],
        }
    };
}

/// With all charts and with one; the same where a process trains the run under the cursor.
pub(super) static KEYS: [[Keys; 2]; 2] = [
    [keys!(ENLARGE, ENLARGE.hint), keys!(SHOW_ALL, SHOW_ALL.hint)],
    [
        keys!(ENLARGE, "Enter follow"),
        keys!(SHOW_ALL, "Enter follow"),
    ],
];

#[rustfmt::skip]
pub(super) static COMPARISON: Keys = Keys {
    title: "4 Runs, compared",
    bindings: &[
        bind(ESC, "Esc", "Esc back", "back to the list", App::close_comparison),
        bind(UP, "↑ k", "↑↓ table", "table up", |app| app.scroll_comparison(-1, 0)),
        bind(DOWN, "↓ j", "", "table down", |app| app.scroll_comparison(1, 0)),
        bind(LEFT, "← h", "", "runs to the left", |app| app.scroll_comparison(0, -1)),
        bind(&[Key::Right], "→", "", "runs to the right", |app| app.scroll_comparison(0, 1)),
        bind(TAB, "Tab", "Tab chart", "other chart", |app| app.step_compared(1)),
        bind(BACK, "⇧Tab", "", "previous chart", |app| app.step_compared(-1)),
        ENLARGE,
        bind(LOG_Y.keys, LOG_Y.label, LOG_Y.hint, LOG_Y.description, App::log_compared),
        bind(PICK.keys, PICK.label, PICK.hint, PICK.description, |app| app.pick_compared(1)),
        bind(PICK_BACK.keys, PICK_BACK.label, "", PICK_BACK.description, |app| app.pick_compared(-1)),
    ],
};

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_filter),
        bind(TAB, "Tab", "Tab complete", "complete the text", |app| app.complete_filter(1)),
        bind(BACK, "⇧Tab", "", "previous completion", |app| app.complete_filter(-1)),
        bind(ESC, "Esc", "Esc cancel", "discard the text", App::cancel_filter),
    ],
};
