//! The keys of the screen.

use crate::tui::app::App;
use crate::tui::app::charts::{ENLARGE, LOG_LOSS, NEXT, PREVIOUS, TO_LEFT, TO_RIGHT};
use crate::tui::keys::{DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, UP, bind};

#[rustfmt::skip]
pub(super) static KEYS: Keys = Keys {
    title: "4 Runs",
    bindings: &[
        bind(UP, "↑ k", "↑↓ run", "previous run", |app| app.step_run(-1)),
        bind(DOWN, "↓ j", "", "next run", |app| app.step_run(1)),
        bind(&[Key::Char('e')], "e", "e export", "export the marked run", App::export_marked),
        bind(&[Key::Char('r')], "r", "r resume", "resume an unfinished run", App::resume_marked),
        bind(&[Key::Char('x')], "x", "x delete", "delete it; asks first", App::delete_marked),
        bind(&[Key::Char('/')], "/", "/ filter", "filter by any word", |app| app.runs.filtering = true),
        bind(ENTER, "Enter", ENLARGE.hint, "follow it, or enlarge", App::follow_or_enlarge),
        bind(&[Key::Char('z')], "z", "", ENLARGE.description, ENLARGE.run),
        LOG_LOSS, NEXT, PREVIOUS, TO_LEFT, TO_RIGHT,
        bind(FIRST, "Home", "", "newest run", |app| app.step_run(-isize::MAX)),
        bind(LAST, "End", "", "oldest run", |app| app.step_run(isize::MAX)),
        bind(&[Key::Char('u')], "u", "", "refresh the runs", App::list_runs),
        bind(ESC, "Esc", "", "all charts, or no filter", App::show_all),
    ],
};

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_filter),
        bind(ESC, "Esc", "Esc cancel", "discard the text", App::clear_filter),
    ],
};
