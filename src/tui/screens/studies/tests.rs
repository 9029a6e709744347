//! What keys and messages change on the fifth screen.

mod jobs;

use std::path::{Path, PathBuf};

use super::{Doing, Page, Priced, StudiesScreen, StudyUpdate};
use crate::run::{Phase, Update};
use crate::study::grid::CellState;
use crate::study::{Asked, AskedRuns, Found, Kind};
use crate::training::Control;
use crate::tui::app::{App, Effect, Message, Tone};
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;

/// An app that shows the fixture's studies, after these keys.
fn shown(keys: &str) -> App {
    let mut app = fixtures::ready(120, 36);
    let effects = press(&mut app, "5");
    assert_eq!(effects, [Effect::ListStudies(PathBuf::from("runs"))]);
    app.update(Message::StudiesListed(Ok(fixtures::studies())));
    app.update(fixtures::grid_read());
    press(&mut app, keys);
    app
}

#[test]
fn the_studies_are_listed_however_the_screen_is_gone_to() {
    let mut app = fixtures::ready(120, 36);
    let listed = Effect::ListStudies(PathBuf::from("runs"));
    app.screen = &StudiesScreen;
    assert!(app.begin().contains(&listed), "a restored screen is empty");
    press(&mut app, "4");
    app.show(&StudiesScreen);
    let effects = app.update(Message::Tick(fixtures::now()));
    assert_eq!(effects, [listed]);
}

/// A study that another process trains is seen to end without a key.
#[test]
fn the_list_is_read_again_while_another_process_trains() {
    let mut app = shown("");
    let later = |app: &mut App, seconds| {
        let now = app.now + jiff::SignedDuration::from_secs(seconds);
        let mut effects = app.update(Message::Tick(now));
        effects.retain(|effect| matches!(effect, Effect::ListStudies(_)));
        effects.len()
    };
    assert!(app.studies.list.iter().any(|study| study.holder.is_some()));
    assert_eq!(later(&mut app, 9), 0);
    assert_eq!(later(&mut app, 1), 1);
    assert_eq!(later(&mut app, 60), 0, "one list at a time");
    let mut ended = fixtures::studies();
    for study in &mut ended {
        study.holder = None;
    }
    app.update(Message::StudiesListed(Ok(fixtures::studies())));
    press(&mut app, "4");
    assert_eq!(later(&mut app, 60), 0, "another screen is shown");
    press(&mut app, "5");
    app.update(Message::StudiesListed(Ok(ended)));
    assert_eq!(later(&mut app, 60), 0, "nothing is trained");
}

fn tell(app: &mut App, update: StudyUpdate) -> Vec<Effect> {
    app.update(Message::Study(Box::new(update)))
}

fn run_started() -> StudyUpdate {
    StudyUpdate::RunStarted {
        path: PathBuf::from("runs/recommend-glyphs-resnet-50/cells/final-13"),
        settings: Box::new(fixtures::settings()),
        plan: Box::new(fixtures::plan()),
    }
}

#[test]
fn the_mark_stays_on_its_study_and_its_run_is_opened() {
    let mut app = shown("jj");
    assert_eq!(
        app.studies.marked().map(|study| study.kind),
        Some(Kind::Grid)
    );
    let mut newer = fixtures::studies();
    newer.rotate_right(1);
    app.update(Message::StudiesListed(Ok(newer)));
    assert_eq!(
        app.studies.marked().map(|study| study.name.as_str()),
        Some("desk")
    );
    key(&mut app, Key::Tab);
    press(&mut app, "jl");
    assert_eq!(app.studies.place(), [1, 1]);
    press(&mut app, "llljjjjj");
    assert_eq!(app.studies.place(), [3, 1], "not past the ends");
    press(&mut app, "kkh");
    let effects = key(&mut app, Key::Enter);
    let cells = PathBuf::from("runs/g/cells");
    assert_eq!(effects, [Effect::ListRuns(cells.clone())]);
    assert_eq!(app.screen.name(), "Runs");
    assert_eq!(press(&mut app, "u"), [Effect::ListRuns(cells)]);
    let effects = press(&mut app, "5");
    assert!(
        effects.contains(&Effect::ListRuns(PathBuf::from("runs"))),
        "{effects:?}"
    );
}

#[test]
fn a_cell_that_is_not_trained_has_no_run() {
    let mut app = shown("jj");
    key(&mut app, Key::Tab);
    press(&mut app, "jjj");
    assert!(key(&mut app, Key::Enter).is_empty());
    assert!(
        app.toast
            .as_ref()
            .is_some_and(|toast| toast.sentence.contains("no trained run"))
    );
}

#[test]
fn the_opened_run_is_marked_once_its_folder_is_listed() {
    let mut app = shown("");
    key(&mut app, Key::Tab);
    press(&mut app, "j");
    let Some(Found::Recommend(outcome)) = app.studies.marked().map(|study| study.found.clone())
    else {
        panic!("a recommendation");
    };
    let wanted = outcome.finalists[1].run.clone();
    key(&mut app, Key::Enter);
    let mut listings = fixtures::listings();
    listings[3].path.clone_from(&wanted);
    let effects = app.update(Message::RunsListed(listings, Vec::new()));
    assert_eq!(
        app.runs.marked().map(|run| run.path.clone()),
        Some(wanted.clone())
    );
    assert!(effects.contains(&Effect::LoadRun(wanted)));
}

#[test]
fn a_form_is_priced_and_started_and_followed_to_its_end() {
    let mut app = shown("n");
    let effects = press(&mut app, "p");
    let [Effect::PriceStudy(asked)] = &effects[..] else {
        panic!("{effects:?}");
    };
    let Asked::Recommend { budget, .. } = &**asked else {
        panic!("{asked:?}");
    };
    assert_eq!(budget.to_string(), "10m");
    assert!(press(&mut app, "s").is_empty(), "its price is being found");
    tell(&mut app, StudyUpdate::Doing(Some(Doing::Timing(3, 40))));
    let priced = Priced {
        rows: vec![[
            "final".to_owned(),
            "2 depths".to_owned(),
            "5 seeds".to_owned(),
        ]],
        sentence: "plan".to_owned(),
        seconds: 500.0,
    };
    tell(&mut app, StudyUpdate::Priced(Box::new(priced)));
    assert_eq!(press(&mut app, "s"), [Effect::StartStudy(asked.clone())]);
    assert!(app.is_studying() && app.studies.page == Page::Follow);
    assert_eq!(
        app.studies.running.as_ref().and_then(|it| it.price),
        Some(500.0)
    );
    tell(&mut app, StudyUpdate::Cell(2, 4));
    tell(&mut app, run_started());
    for event in fixtures::events_until(1, 3) {
        tell(&mut app, StudyUpdate::Run(Update::Event(event)));
    }
    let running = app.studies.running.as_ref().unwrap();
    let share = running.share_done().unwrap();
    assert!(share > 0.25 && share < 0.5, "{share}");
    assert!(
        running
            .live
            .as_ref()
            .is_some_and(|live| live.metrics.len() == 6)
    );
    let effects = tell(
        &mut app,
        StudyUpdate::Finished {
            folder: PathBuf::from("runs/desk"),
            finding: "Use 13 convolutions".to_owned(),
        },
    );
    assert_eq!(effects, [Effect::ListStudies(PathBuf::from("runs"))]);
    assert!(!app.is_studying() && app.studies.page == Page::List);
    app.update(Message::StudiesListed(Ok(fixtures::studies())));
    app.update(fixtures::grid_read());
    assert_eq!(
        app.studies.marked().map(|study| study.name.as_str()),
        Some("desk")
    );
}

#[test]
fn one_training_at_a_time() {
    let mut app = shown("ns");
    assert!(app.is_studying());
    press(&mut app, "3");
    assert!(
        app.obstacle()
            .is_some_and(|sentence| sentence.contains("a study is running"))
    );
    assert!(press(&mut app, "s").is_empty());
    let mut app = fixtures::training();
    press(&mut app, "5n");
    assert!(press(&mut app, "s").is_empty());
    let error = app.studies.form.error.as_deref();
    assert!(
        error.is_some_and(|error| error.contains("a training is running")),
        "{error:?}"
    );
}

#[test]
fn it_is_stopped_and_continued() {
    let mut app = shown("ns");
    tell(&mut app, StudyUpdate::Cell(1, 4));
    press(&mut app, "s");
    assert_eq!(press(&mut app, "y"), [Effect::StopStudy]);
    assert!(app.studies.running.as_ref().is_some_and(|it| it.stopping));
    tell(&mut app, StudyUpdate::Stopped);
    let said = app.toast.as_ref().map(|toast| toast.sentence.clone());
    assert!(said.is_some_and(|said| said.contains("c continues it")));
    app.update(Message::StudiesListed(Ok(fixtures::studies())));
    app.update(fixtures::grid_read());
    press(&mut app, "jjjj");
    assert_eq!(
        app.studies.marked().map(|study| study.name.as_str()),
        Some("sweep-glyphs-resnet-20")
    );
    let effects = press(&mut app, "c");
    let [Effect::ContinueStudy(study, _)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(study.kind, Kind::Sweep);
    tell(&mut app, StudyUpdate::Failed("it has no design".to_owned()));
    let mut app = shown("c");
    assert!(
        app.toast
            .take()
            .is_some_and(|toast| toast.sentence.contains("is finished"))
    );
    press(&mut app, "jjjjjc");
    assert!(
        app.toast
            .take()
            .is_some_and(|toast| toast.sentence.contains("4711"))
    );
    press(&mut app, "jc");
    assert!(
        app.toast
            .take()
            .is_some_and(|toast| toast.sentence.contains("checksum"))
    );
}

#[test]
fn leaving_asks_and_waits_for_what_is_written() {
    let mut app = shown("ns");
    assert_eq!(press(&mut app, "q"), []);
    assert_eq!(
        press(&mut app, "y"),
        [Effect::Quit],
        "nothing is written yet"
    );
    let mut app = shown("ns");
    tell(&mut app, StudyUpdate::Interruptible(false));
    press(&mut app, "q");
    assert_eq!(press(&mut app, "y"), [Effect::StopStudy]);
    assert_eq!(tell(&mut app, StudyUpdate::Stopped), [Effect::Quit]);
    let mut app = shown("ns");
    tell(&mut app, StudyUpdate::Interruptible(false));
    assert_eq!(key(&mut app, Key::Ctrl('c')), [], "it asks as q does");
    press(&mut app, "n");
    assert_eq!(key(&mut app, Key::Ctrl('c')), []);
    assert_eq!(key(&mut app, Key::Ctrl('c')), [Effect::StopStudy]);
    assert_eq!(key(&mut app, Key::Ctrl('c')), [Effect::Quit]);
}

#[test]
fn what_is_wrong_is_said_in_the_form() {
    let mut app = shown("nj");
    key(&mut app, Key::Enter);
    assert!(app.studies.form.field.is_some());
    key(&mut app, Key::Ctrl('u'));
    press(&mut app, "ten");
    key(&mut app, Key::Enter);
    let error = app
        .studies
        .form
        .field
        .as_ref()
        .and_then(|field| field.error.clone());
    assert!(error.is_some_and(|error| error.contains("'ten' is no budget")));
    key(&mut app, Key::Ctrl('u'));
    press(&mut app, "1s");
    key(&mut app, Key::Enter);
    assert!(app.studies.form.field.is_none());
    press(&mut app, "s");
    tell(
        &mut app,
        StudyUpdate::Doing(Some(Doing::Reading(Phase::Loading(1, 2)))),
    );
    tell(
        &mut app,
        StudyUpdate::Failed("a budget of 1s is too small".to_owned()),
    );
    assert_eq!(app.studies.page, Page::Form);
    assert_eq!(
        app.studies.form.error.as_deref(),
        Some("a budget of 1s is too small")
    );
    assert!(
        app.toast
            .as_ref()
            .is_some_and(|toast| toast.tone == Tone::Bad)
    );
    let mut app = shown("n");
    key(&mut app, Key::Right);
    press(&mut app, "j");
    key(&mut app, Key::Enter);
    press(&mut app, "7,8");
    key(&mut app, Key::Enter);
    let error = app
        .studies
        .form
        .field
        .as_ref()
        .and_then(|field| field.error.clone());
    assert!(error.is_some_and(|error| error.contains("cannot be cut to 8")));
}

#[test]
fn a_failure_between_runs_is_shown_until_it_is_left() {
    let mut app = shown("ns");
    tell(&mut app, StudyUpdate::Cell(1, 4));
    tell(&mut app, run_started());
    tell(&mut app, StudyUpdate::Failed("the disk is full".to_owned()));
    assert!(!app.is_studying() && app.studies.page == Page::Follow);
    key(&mut app, Key::Esc);
    assert!(app.studies.running.is_none() && app.studies.page == Page::List);
}

#[test]
fn views_go_around() {
    let mut app = shown("j");
    assert_eq!((app.studies.view(), app.studies.views()), (0, 3));
    press(&mut app, "vvv");
    assert_eq!(app.studies.view(), 0);
    press(&mut app, "vj");
    assert_eq!(app.studies.view(), 0, "of another study");
    assert!(
        app.studies
            .run()
            .is_some_and(|run| run.starts_with(Path::new("runs/g")))
    );
}

fn toast(app: &mut App) -> String {
    let toast = app.toast.take();
    toast.map(|toast| toast.sentence).unwrap_or_default()
}

fn hints(app: &App) -> Vec<&'static str> {
    let bindings = app.keys()[0].bindings.iter();
    let working = bindings.filter(|binding| (binding.works)(app));
    working.map(|binding| binding.hint).collect()
}

/// A cell that another process trains does not wait.
#[test]
fn a_cell_of_a_grid_that_is_trained_elsewhere_is_running() {
    let states = |app: &App| {
        let drawn = crate::tui::screens::tests::picture(app);
        ["running", "waiting", "another process trains it"].map(|word| drawn.contains(word))
    };
    let mut app = shown("jj");
    assert_eq!(states(&app), [false, true, false]);
    let grid = app.studies.marked_grid().unwrap();
    let mut cells = grid.outcome.cells.iter();
    let waiting = cells.find(|cell| cell.state == CellState::Waiting).unwrap();
    let mut list = fixtures::studies();
    list[2].trained = vec![waiting.name.clone()];
    app.update(Message::StudiesListed(Ok(list)));
    assert_eq!(states(&app), [true, false, true]);
    assert!(!hints(&app).contains(&"c continue"));
}

/// The bottom line names what works on the marked study.
#[test]
fn the_hints_are_those_of_the_marked_study() {
    let mut app = shown("");
    let named = |app: &App, wanted: &str| hints(app).contains(&wanted);
    // A recommendation, a sweep, a grid, a probe, an unfinished sweep, one that is trained elsewhere, one that is unreadable.
    let expected = [
        ["Tab runs", "", "", ""],
        ["Tab runs", "v view", "", ""],
        ["Tab runs", "v view", "c continue", ""],
        ["", "", "", ""],
        ["", "", "c continue", ""],
        ["", "", "", "Space pause"],
        ["", "", "", ""],
    ];
    let all = ["Tab runs", "v view", "c continue", "Space pause"];
    for (at, expected) in expected.into_iter().enumerate() {
        app.update(Message::JobsSeen(PathBuf::from("runs/desk"), Ok(None)));
        let found = all.map(|hint| if named(&app, hint) { hint } else { "" });
        assert_eq!(found, expected, "study {at}");
        assert!(named(&app, "n new") && named(&app, "↑↓ study"));
        press(&mut app, "j");
    }
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "5");
    app.update(Message::StudiesListed(Ok(Vec::new())));
    let held: Vec<&str> = hints(&app)
        .into_iter()
        .filter(|it| !it.is_empty())
        .collect();
    assert_eq!(held, ["n new"]);
    let mut app = shown("ns");
    assert!(named(&app, "s stop") && named(&app, "Space pause"));
    press(&mut app, "sy");
    assert!(!named(&app, "s stop") && !named(&app, "Space pause"));
    key(&mut app, Key::Esc);
    assert!(named(&app, "f follow") && !named(&app, "c continue"));
}

#[test]
fn a_study_that_runs_here_is_paused_and_its_time_with_it() {
    let mut app = shown("ns");
    tell(&mut app, StudyUpdate::Cell(1, 4));
    let later =
        |seconds: i64| Message::Tick(fixtures::now() + jiff::SignedDuration::from_secs(seconds));
    let elapsed = |app: &App| {
        let running = app.studies.running.as_ref().unwrap();
        running.elapsed(app.now).round() as i64
    };
    app.update(later(10));
    assert!(hints(&app).contains(&"Space pause"));
    assert_eq!(press(&mut app, " "), [Effect::PauseStudy(true)]);
    assert!(hints(&app).contains(&"Space resume"));
    app.update(later(110));
    assert_eq!(elapsed(&app), 10);
    assert_eq!(press(&mut app, " "), [Effect::PauseStudy(false)]);
    app.update(later(115));
    assert_eq!(elapsed(&app), 15);
    press(&mut app, " s");
    assert_eq!(press(&mut app, "y"), [Effect::StopStudy]);
    assert!(press(&mut app, " ").is_empty(), "it stops");
}

#[test]
fn the_runs_of_a_study_elsewhere_are_asked_to_pause() {
    let mut app = shown("jjjjj");
    let path = PathBuf::from("runs/sweep-mnist-resnet-20");
    let ask = Effect::AskRuns(path.clone(), Kind::Sweep);
    assert!(hints(&app).contains(&"Space pause"));
    assert_eq!(press(&mut app, " "), [ask]);
    let asked = |action, runs| Message::RunsAsked(path.clone(), Ok(AskedRuns { action, runs }));
    app.update(asked(Control::Pause, 2));
    let said = "asked 2 runs of sweep-mnist-resnet-20 to pause";
    assert_eq!(toast(&mut app), said);
    assert!(hints(&app).contains(&"Space resume"));
    app.update(asked(Control::Resume, 1));
    assert!(hints(&app).contains(&"Space pause"));
    app.update(asked(Control::Pause, 0));
    assert!(toast(&mut app).contains("no run of sweep-mnist-resnet-20 is trained now"));
    press(&mut app, "k");
    assert!(!hints(&app).contains(&"Space pause"), "nobody conducts it");
}
