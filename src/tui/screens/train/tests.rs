//! What keys and updates change on the third screen.

use std::path::PathBuf;

use super::Phase;
use crate::depth::Rule;
use crate::run::Update;
use crate::training::{Control, Event};
use crate::tui::app::{App, Effect, Message};
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;

#[test]
fn where_nothing_is_to_cap_nothing_starts() {
    let mut app = fixtures::ready(80, 24);
    app.settings.reading = Rule::DatasetHistogram;
    press(&mut app, "2kkkkkkk3s");
    assert!(app.live.is_none());
    assert!(
        app.obstacle()
            .is_some_and(|text| text.contains("no change"))
    );
    press(&mut app, "2");
    key(&mut app, Key::Left);
    assert_eq!(app.obstacle(), None);
}

#[test]
fn a_setting_is_checked_as_it_is_typed_and_kept_when_right() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "3");
    key(&mut app, Key::Home);
    key(&mut app, Key::Enter);
    key(&mut app, Key::Ctrl('u'));
    press(&mut app, "0");
    let error = |app: &App| {
        app.form
            .field
            .as_ref()
            .and_then(|field| field.error.clone())
    };
    assert_eq!(error(&app).as_deref(), Some("epochs must be at least 1"));
    key(&mut app, Key::Enter);
    assert!(app.form.field.is_some(), "a wrong value is not taken");
    key(&mut app, Key::Backspace);
    press(&mut app, "40");
    assert_eq!(error(&app), None);
    key(&mut app, Key::Enter);
    assert_eq!(app.settings.recipe.epochs, 40);
    key(&mut app, Key::Enter);
    press(&mut app, "x");
    key(&mut app, Key::Esc);
    assert_eq!(app.settings.recipe.batch_size, 128);
}

#[test]
fn a_limit_reads_the_dataset_anew() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "3");
    app.form.focus = 10;
    key(&mut app, Key::Enter);
    key(&mut app, Key::Ctrl('u'));
    press(&mut app, "150");
    let effects = key(&mut app, Key::Enter);
    let [Effect::LoadDataset { settings, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(settings.limit, Some(150));
    assert!(
        app.obstacle()
            .is_some_and(|text| text.contains("being read"))
    );
}

#[test]
fn an_unusable_device_does_not_start() {
    let mut app = fixtures::ready(80, 24);
    app.settings.device = "cuda".to_owned();
    assert!(press(&mut app, "3s").is_empty());
    assert!(
        app.toast
            .as_ref()
            .is_some_and(|toast| toast.sentence.contains("libcuda"))
    );
}

#[test]
fn space_pauses_and_resumes() {
    let mut app = fixtures::training();
    assert_eq!(press(&mut app, " "), [Effect::Control(Control::Pause)]);
    app.update(Message::Update(Update::Event(Event::Paused)));
    assert_eq!(press(&mut app, " "), [Effect::Control(Control::Resume)]);
}

/// The bottom line says what a key does now.
#[test]
fn the_hints_follow_the_state() {
    let mut app = fixtures::training();
    let hints = |app: &App| {
        let bindings = app.keys()[0].bindings.iter();
        bindings
            .map(|binding| binding.hint)
            .collect::<Vec<_>>()
            .join("  ")
    };
    let said = hints(&app);
    assert!(
        said.contains("Space pause") && said.contains("Enter enlarge"),
        "{said}"
    );
    key(&mut app, Key::Enter);
    app.update(Message::Update(Update::Event(Event::Paused)));
    let said = hints(&app);
    assert!(
        said.contains("Space resume") && said.contains("Enter all charts"),
        "{said}"
    );
    assert!(
        !said.contains("pause") && !said.contains("enlarge"),
        "{said}"
    );
    key(&mut app, Key::Esc);
    assert!(hints(&app).contains("Enter enlarge"));
    app.update(Message::Update(Update::Stopped));
    let said = hints(&app);
    assert!(
        !said.contains("Space") && said.contains("n new training"),
        "{said}"
    );
}

/// All charts of a screen are read at one place, which the keys move.
#[test]
fn the_crosshair_is_that_of_all_charts() {
    let mut app = fixtures::training();
    press(&mut app, "]");
    assert_eq!(app.charts.crosshair, Some(3.0 / 20.0));
    press(&mut app, "[");
    assert!(
        app.charts
            .crosshair
            .is_some_and(|at| (at - 0.1).abs() < 1e-12)
    );
    press(&mut app, "++");
    assert!((app.charts.viewport.width() - 0.25).abs() < 1e-12);
    press(&mut app, "0");
    assert!(app.charts.viewport.is_whole() && app.charts.crosshair.is_none());
    for _ in 0..3 {
        key(&mut app, Key::Tab);
    }
    press(&mut app, "g");
    assert!(app.toast.is_some(), "time saved has no logarithm");
}

#[test]
fn stopping_asks_first() {
    let mut app = fixtures::training();
    press(&mut app, "s");
    assert!(key(&mut app, Key::Enter).is_empty(), "no is marked first");
    assert!(app.is_training() && app.overlay.is_none());
    press(&mut app, "s");
    key(&mut app, Key::Tab);
    assert_eq!(key(&mut app, Key::Enter), [Effect::Control(Control::Stop)]);
    assert_eq!(
        app.live.as_ref().map(|live| &live.phase),
        Some(&Phase::Stopping)
    );
    let effects = app.update(Message::Update(Update::Stopped));
    assert_eq!(effects, [Effect::ListRuns(PathBuf::from("runs"))]);
    assert_eq!(app.keys()[0].title, "3 Train, afterwards");
}

#[test]
fn a_failure_is_a_sentence_and_the_form_comes_back() {
    let mut app = fixtures::training();
    app.update(Message::Update(Update::Failed("out of memory".to_owned())));
    assert_eq!(
        app.live.as_ref().map(|live| live.phase.clone()),
        Some(Phase::Failed("out of memory".to_owned()))
    );
    press(&mut app, "n");
    assert_eq!(app.keys()[0].title, "3 Train, before the launch");
}
