//! What keys and messages change on the fourth screen.

use crate::run::Update;
use crate::tui::app::{Effect, Message, Tone};
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;

#[test]
fn the_filter_is_typed_and_forgotten() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4/mnist");
    assert_eq!(app.runs.visible().len(), 1);
    key(&mut app, Key::Enter);
    assert_eq!(app.keys()[0].title, "4 Runs");
    assert_eq!(app.runs.visible().len(), 1);
    key(&mut app, Key::Esc);
    assert_eq!(app.runs.visible().len(), fixtures::listings().len());
}

#[test]
fn details_of_a_run_that_was_left_are_dropped() {
    let mut app = fixtures::ready(80, 24);
    let listings = fixtures::listings();
    let effects = press(&mut app, "4j");
    assert_eq!(effects, [Effect::LoadRun(listings[1].path.clone())]);
    app.update(Message::RunLoaded(Box::new(fixtures::run_data(
        &listings[0],
    ))));
    assert!(app.runs.details().is_none());
}

#[test]
fn an_export_names_formats_and_folder() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4e");
    press(&mut app, "aj ");
    key(&mut app, Key::Up);
    key(&mut app, Key::Up);
    press(&mut app, "-q");
    let effects = key(&mut app, Key::Enter);
    let [Effect::Export { formats, out, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(formats.len(), 8);
    assert!(
        out.to_string_lossy().starts_with("./export/") && out.to_string_lossy().ends_with("-q")
    );
    app.update(Message::Failed("cannot write ./export: denied".to_owned()));
    assert!(
        app.toast
            .as_ref()
            .is_some_and(|toast| toast.tone == Tone::Bad)
    );
}

#[test]
fn a_run_is_deleted_after_a_yes() {
    let mut app = fixtures::ready(80, 24);
    let path = fixtures::listings()[0].path.clone();
    press(&mut app, "4x");
    assert!(key(&mut app, Key::Esc).is_empty());
    press(&mut app, "x");
    assert_eq!(press(&mut app, "y"), [Effect::DeleteRun(path)]);
    let effects = app.update(Message::RunDeleted("it".to_owned()));
    assert!(matches!(effects[..], [Effect::ListRuns(_)]));
}

#[test]
fn a_run_that_is_trained_is_followed_and_not_resumed() {
    let mut app = fixtures::ready(80, 24);
    let mut run = fixtures::listings()[1].clone();
    run.activity = fixtures::running();
    press(&mut app, "4j");
    // Its charts are read again when an epoch is finished, and not with every heartbeat.
    let effects = app.update(Message::RunsChanged(vec![run.clone()]));
    assert_eq!(effects, [Effect::LoadRun(run.path.clone())]);
    assert!(
        app.update(Message::RunsChanged(vec![run.clone()]))
            .is_empty()
    );
    assert!(press(&mut app, "r").is_empty());
    assert!(app.live.is_none() && app.screen.name() == "Runs");
    let said = app.toast.as_ref().unwrap().sentence.clone();
    assert_eq!(
        said,
        "this run is being trained by process 4711 on node-3: Enter follows it"
    );
    assert_eq!(key(&mut app, Key::Enter), [Effect::Follow(run.path)]);
    press(&mut app, "j");
    assert!(key(&mut app, Key::Enter).is_empty());
    assert!(app.charts.enlarged, "nobody trains that one");
}

#[test]
fn an_unfinished_run_is_resumed_and_a_finished_one_is_not() {
    let mut app = fixtures::ready(80, 24);
    assert!(
        press(&mut app, "4r").is_empty(),
        "the first one is finished"
    );
    let unfinished = fixtures::listings()[1].clone();
    press(&mut app, "j");
    assert!(
        press(&mut app, "r").is_empty(),
        "its details are not read yet"
    );
    let details = fixtures::run_data(&unfinished);
    app.update(Message::RunLoaded(Box::new(details.clone())));
    let path = unfinished.path;
    assert_eq!(press(&mut app, "r"), [Effect::ResumeRun(path.clone())]);
    assert!(app.is_training() && app.screen.name() == "Train");
    app.update(Message::Started(path));
    app.update(Message::Update(Update::EarlierEpochs(
        details.metrics.clone(),
    )));
    let live = app.live.as_ref().unwrap();
    assert_eq!(live.metrics, details.metrics);
    assert_eq!(live.settings, details.manifest.settings);
    press(&mut app, "4");
    assert!(press(&mut app, "r").is_empty(), "it trains already");
}
