//! What messages change.

use std::path::PathBuf;

use super::*;
use crate::depth::Rule;
use crate::run::Update;
use crate::training::Event;
use crate::tui::fixtures::{self, key, press, wait};
use crate::tui::keys::Key;
use crate::tui::screens::depth::DepthPanel;

/// An app whose training has finished three epochs of its first seed.
fn training() -> App {
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "3");
    let effects = key(&mut app, Key::Enter);
    assert!(matches!(effects[..], [Effect::StartRun(_)]), "{effects:?}");
    app.update(Message::Started(PathBuf::from("runs/now")));
    for event in fixtures::events_until(1, 3) {
        app.update(Message::Update(Update::Event(event)));
    }
    app
}

#[test]
fn digits_change_the_screen() {
    let mut app = fixtures::ready(80, 24);
    for (digit, screen) in "2341".chars().zip(["Depth", "Train", "Runs", "Data"]) {
        press(&mut app, &digit.to_string());
        assert_eq!(app.screen.name(), screen);
    }
}

#[test]
fn a_reading_changes_cap_and_plan() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "r");
    assert_eq!(app.settings.reading, Rule::ChannelSumMax);
    assert_eq!(app.analysis.as_ref().map(|analysis| analysis.cap), Some(18));
    press(&mut app, "RR");
    assert_eq!(app.settings.reading, Rule::Lossless);
    let Some(Ok(plan)) = &app.plan else {
        panic!("no plan");
    };
    assert_eq!(plan.cap, 12);
}

#[test]
fn depth_moves_in_steps_of_the_family_and_stays_inside() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "2");
    let depth = |app: &App| match &app.plan {
        Some(Ok(plan)) => plan.capped.as_ref().map(|capped| capped.conv_depth),
        _ => None,
    };
    assert_eq!(depth(&app), Some(13));
    key(&mut app, Key::Right);
    assert_eq!(depth(&app), Some(15));
    for _ in 0..40 {
        key(&mut app, Key::Left);
    }
    assert_eq!(depth(&app), Some(7));
    assert!(app.toast.is_some());
    for _ in 0..40 {
        key(&mut app, Key::Right);
    }
    assert_eq!(depth(&app), Some(47));
    press(&mut app, "d");
    assert_eq!(depth(&app), Some(13));
}

#[test]
fn panels_of_the_depth_screen_are_walked_and_each_has_its_cursor() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "2");
    key(&mut app, Key::Tab);
    assert_eq!(app.depth.panel, DepthPanel::Widths);
    press(&mut app, "j");
    assert_eq!(app.settings.width, Width::IsoParams);
    let parameters = |app: &App| match &app.plan {
        Some(Ok(plan)) => plan.capped.as_ref().map(|capped| capped.parameters),
        _ => None,
    };
    let before = parameters(&app);
    key(&mut app, Key::End);
    assert_eq!(app.settings.width, Width::Same);
    assert_ne!(parameters(&app), before, "drawn anew at once");
    key(&mut app, Key::Tab);
    press(&mut app, "j");
    assert_eq!(app.settings.reading, Rule::ChannelSumMax);
    key(&mut app, Key::Tab);
    assert_eq!(app.depth.panel, DepthPanel::Architectures);
    press(&mut app, "t");
    assert!(app.depth.stages);
}

#[test]
fn an_architecture_is_typed_and_checked() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "2a21");
    key(&mut app, Key::Enter);
    let error = app
        .depth
        .field
        .as_ref()
        .and_then(|field| field.error.clone());
    assert!(error.is_some_and(|text| text.contains("resnet-20 and resnet-26")));
    key(&mut app, Key::Backspace);
    press(&mut app, "6");
    key(&mut app, Key::Enter);
    assert!(app.depth.field.is_none());
    assert_eq!(
        app.settings.architecture,
        Architecture::ResNet { depth: 26 }
    );
}

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
    app.form.focus = 9;
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
    let mut app = training();
    assert_eq!(press(&mut app, " "), [Effect::Control(Control::Pause)]);
    app.update(Message::Update(Update::Event(Event::Paused)));
    assert_eq!(press(&mut app, " "), [Effect::Control(Control::Resume)]);
}

#[test]
fn stopping_asks_first() {
    let mut app = training();
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
fn quitting_while_a_training_runs_stops_it_first() {
    let mut app = training();
    press(&mut app, "q");
    assert!(matches!(app.overlay, Some(Overlay::Confirm(_))));
    assert!(press(&mut app, "n").is_empty());
    assert!(!app.is_quitting());
    press(&mut app, "q");
    assert_eq!(press(&mut app, "y"), [Effect::Control(Control::Stop)]);
    assert!(app.is_quitting());
    let effects = app.update(Message::Update(Update::Stopped));
    assert_eq!(effects, [Effect::Quit]);
}

#[test]
fn quitting_without_a_training_is_at_once() {
    assert_eq!(press(&mut fixtures::ready(80, 24), "q"), [Effect::Quit]);
}

#[test]
fn ctrl_c_stops_then_quits_and_a_second_one_does_not_wait() {
    let mut app = training();
    press(&mut app, "?");
    let effects = key(&mut app, Key::Ctrl('c'));
    assert_eq!(effects, [Effect::Control(Control::Stop)]);
    assert_eq!(key(&mut app, Key::Ctrl('c')), [Effect::Quit]);

    let mut app = training();
    assert_eq!(
        app.update(Message::Terminate),
        [Effect::Control(Control::Stop)]
    );
    assert_eq!(app.update(Message::Update(Update::Stopped)), [Effect::Quit]);
}

#[test]
fn ctrl_c_before_the_session_is_there_stops_it_once_it_is() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "3s");
    key(&mut app, Key::Ctrl('c'));
    let effects = app.update(Message::Started(PathBuf::from("runs/now")));
    assert_eq!(effects, [Effect::Control(Control::Stop)]);
    let effects = app.update(Message::Update(Update::Stopped));
    assert_eq!(effects, [Effect::Quit]);
}

#[test]
fn a_failure_is_a_sentence_and_the_form_comes_back() {
    let mut app = training();
    app.update(Message::Update(Update::Failed("out of memory".to_owned())));
    assert_eq!(
        app.live.as_ref().map(|live| live.phase.clone()),
        Some(Phase::Failed("out of memory".to_owned()))
    );
    press(&mut app, "n");
    assert_eq!(app.keys()[0].title, "3 Train, before the launch");
}

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
    app.update(Message::ExportFailed(
        "cannot write ./export: denied".to_owned(),
    ));
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
    app.update(Message::Update(Update::Kept(details.metrics.clone())));
    let live = app.live.as_ref().unwrap();
    assert_eq!(live.metrics, details.metrics);
    assert_eq!(live.settings, details.manifest.settings);
    press(&mut app, "4");
    assert!(press(&mut app, "r").is_empty(), "it trains already");
}

#[test]
fn sentences_pass_and_nothing_is_drawn_in_vain() {
    let mut app = fixtures::ready(80, 24);
    app.update(Message::DeleteFailed("no".to_owned()));
    assert!(app.take_redraw() && !app.take_redraw());
    wait(&mut app, 100);
    assert!(!app.take_redraw());
    wait(&mut app, 20_000);
    assert!(app.toast.is_none() && app.take_redraw());
}

#[test]
fn no_key_makes_it_panic_anywhere() {
    let mut apps = vec![fixtures::fresh(80, 24), fixtures::ready(80, 24), training()];
    let mut ended = training();
    ended.update(Message::Update(Update::Stopped));
    apps.push(ended);
    let bound = |app: &App| -> Vec<Key> {
        let bindings = app.keys().into_iter().flat_map(|keys| keys.bindings);
        bindings.flat_map(|binding| binding.keys).copied().collect()
    };
    for app in &apps {
        for screen in "1234".chars() {
            let mut app = app.clone();
            press(&mut app, &screen.to_string());
            for first in bound(&app) {
                let mut app = app.clone();
                key(&mut app, first);
                for second in bound(&app) {
                    key(&mut app.clone(), second);
                }
            }
        }
    }
}
