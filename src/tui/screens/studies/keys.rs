//! The keys of the screen: in the list, inside a study, in the form, while a study runs.

use crate::tui::app::{App, Question};
use crate::tui::keys::{
    BACK, Binding, DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, LEFT, RIGHT, TAB, UP, bind,
};

const NEW: Binding = bind(
    &[Key::Char('n')],
    "n",
    "n new",
    "design a new study",
    |app: &mut App| app.design_study(),
);
const CONTINUE: Binding = bind(
    &[Key::Char('c')],
    "c",
    "c continue",
    "continue an unfinished one",
    |app: &mut App| app.continue_study(),
)
.when(App::can_continue_study);
const FOLLOWED: Binding = bind(
    &[Key::Char('f')],
    "f",
    "f follow",
    "follow the running study",
    |app: &mut App| app.follow_study(),
)
.when(|app| app.studies.running.is_some());
const VIEW: Binding = bind(
    &[Key::Char('v')],
    "v",
    "v view",
    "next dataset or value",
    |app: &mut App| app.studies.next_view(),
)
.when(|app| app.studies.has_views());
const WHOLE: Binding = bind(
    &[Key::Char('z')],
    "z",
    "z enlarge",
    "show or hide the list",
    |app: &mut App| app.studies.whole = !app.studies.whole,
)
.when(|app| !app.studies.list.is_empty());
const REFRESH: Binding = bind(
    &[Key::Char('u')],
    "u",
    "",
    "refresh the studies",
    |app: &mut App| app.list_studies(),
);

const CANCEL: Binding = bind(
    &[Key::Char('x')],
    "x",
    "x cancel jobs",
    "cancel its jobs",
    App::ask_to_cancel_jobs,
)
.when(|app| app.studies.jobs_to_act_on().live > 0);
const RETRY: Binding = bind(
    &[Key::Char('t')],
    "t",
    "t try again",
    "try again what has no job",
    App::ask_to_retry_jobs,
)
.when(|app| app.studies.jobs_to_act_on().left > 0);
const PAUSE: Binding = bind(
    &[Key::Char(' ')],
    "Space",
    "Space pause",
    "pause its runs, or resume",
    App::pause_study,
)
.when(|app| app.studies.paused().is_some());
const RESUME: Binding = Binding {
    hint: "Space resume",
    ..PAUSE
};

/// The keys of the list, with those of the marked study.
macro_rules! list {
    ($pause:ident) => {
        Keys {
            title: "5 Studies",
            bindings: &[
                bind(UP, "↑ k", "↑↓ study", "previous study", |app| {
                    app.studies.step(-1)
                })
                .when(|app| app.studies.list.len() > 1),
                bind(DOWN, "↓ j", "", "next study", |app| app.studies.step(1)),
                bind(TAB, "Tab", "Tab runs", "mark a run of the study", |app| {
                    app.studies.inside = app.studies.has_runs()
                })
                .when(|app| app.studies.has_runs()),
                CANCEL,
                RETRY,
                $pause,
                NEW,
                CONTINUE,
                VIEW,
                WHOLE,
                FOLLOWED,
                bind(
                    ENTER,
                    "Enter",
                    "",
                    "its runs on screen 4",
                    App::open_study_run,
                ),
                bind(FIRST, "Home", "", "newest study", |app| {
                    app.studies.step(-isize::MAX)
                }),
                bind(LAST, "End", "", "oldest study", |app| {
                    app.studies.step(isize::MAX)
                }),
                REFRESH,
                bind(ESC, "Esc", "", "show the list again", |app| {
                    app.studies.whole = false
                }),
            ],
        }
    };
}

/// The keys inside a study, with those of that study.
macro_rules! inside {
    ($pause:ident) => {
        Keys {
            title: "5 Studies, inside a study",
            bindings: &[
                bind(UP, "↑ k", "↑↓←→ run", "run above", |app| {
                    app.studies.step_inside([-1, 0])
                }),
                bind(DOWN, "↓ j", "", "run below", |app| {
                    app.studies.step_inside([1, 0])
                }),
                bind(LEFT, "← h", "", "run to the left", |app| {
                    app.studies.step_inside([0, -1])
                }),
                bind(RIGHT, "→ l", "", "run to the right", |app| {
                    app.studies.step_inside([0, 1])
                }),
                bind(
                    ENTER,
                    "Enter",
                    "Enter open run",
                    "its run on screen 4",
                    App::open_study_run,
                )
                .when(|app| app.studies.can_open_run()),
                bind(
                    &[Key::Tab, Key::Esc],
                    "Tab Esc",
                    "Tab list",
                    "back to the list",
                    |app| app.studies.inside = false,
                ),
                CANCEL,
                RETRY,
                $pause,
                VIEW,
                WHOLE,
                NEW,
                CONTINUE,
                FOLLOWED,
                REFRESH,
            ],
        }
    };
}

/// The keys of the list, and those where the marked study is paused.
pub(super) static LIST: [Keys; 2] = [list!(PAUSE), list!(RESUME)];

/// The same inside it.
pub(super) static INSIDE: [Keys; 2] = [inside!(PAUSE), inside!(RESUME)];

/// Which of them hold for the marked study.
pub(super) fn of_marked(app: &App) -> usize {
    usize::from(app.studies.paused() == Some(true))
}

#[rustfmt::skip]
pub(super) static FORM: Keys = Keys {
    title: "5 Studies, before the start",
    bindings: &[
        bind(UP, "↑ k", "↑↓ line", "previous line", |app| app.studies.form.step(-1, &app.settings)),
        bind(DOWN, "↓ j", "", "next line", |app| app.studies.form.step(1, &app.settings)),
        bind(ENTER, "Enter", "Enter edit, do", "edit it, price, or start", App::accept_study_line),
        bind(LEFT, "← h", "←→ choose", "previous choice", |app| app.change_study_choice(-1)),
        bind(RIGHT, "→ l", "", "next choice", |app| app.change_study_choice(1)),
        bind(&[Key::Char('p')], "p", "p price", "what it costs", App::price_study).when(App::can_begin_study),
        bind(&[Key::Char('s')], "s", "s start", "start it", App::start_study).when(App::can_begin_study),
        bind(TAB, "Tab", "", "next line", |app| app.studies.form.step(1, &app.settings)),
        bind(BACK, "⇧Tab", "", "previous line", |app| app.studies.form.step(-1, &app.settings)),
        bind(ESC, "Esc", "Esc back", "stop pricing, or back", App::leave_study_form),
    ],
};

/// The keys while a study runs here.
macro_rules! follow {
    ($pause:ident) => {
        Keys {
            title: "5 Studies, while one runs",
            bindings: &[
                $pause.when(|app| !app.studies.is_stopping()),
                bind(
                    &[Key::Char('s')],
                    "s",
                    "s stop",
                    "stop; epochs are kept",
                    |app| app.ask(Question::StopStudy),
                )
                .when(|app| !app.studies.is_stopping()),
                bind(
                    &[Key::Esc, Key::Char('f')],
                    "Esc",
                    "Esc all studies",
                    "to the list",
                    App::leave_study,
                ),
            ],
        }
    };
}

/// While it trains, and while it is paused.
pub(super) static FOLLOW: [Keys; 2] = [follow!(PAUSE), follow!(RESUME)];

#[rustfmt::skip]
pub(super) static ENDED: Keys = Keys {
    title: "5 Studies, afterwards",
    bindings: &[
        NEW,
        bind(&[Key::Esc, Key::Enter, Key::Char('f')], "Esc", "Esc all studies", "to the list", App::leave_study),
    ],
};

#[rustfmt::skip]
pub(super) static FIELD: Keys = Keys {
    title: "In a text field",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", App::accept_study_field),
        bind(ESC, "Esc", "Esc cancel", "discard the text", |app| app.studies.form.field = None),
    ],
};
