//! What messages change on every screen.

use std::path::PathBuf;

use super::*;
use crate::depth::Rule;
use crate::run::Update;
use crate::training::Control;
use crate::tui::fixtures::{self, key, press, wait};
use crate::tui::keys::Key;

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
    assert_eq!(app.analysis.as_ref().map(|analysis| analysis.cap), Some(16));
    press(&mut app, "RRRR");
    assert_eq!(app.settings.reading, Rule::Lossless);
    let Some(Ok(plan)) = &app.plan else {
        panic!("no plan");
    };
    assert_eq!(plan.cap, 14);
}

#[test]
fn quitting_while_a_training_runs_stops_it_first() {
    let mut app = fixtures::training();
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
fn ctrl_c_asks_then_stops_and_quits_and_a_third_one_does_not_wait() {
    let mut app = fixtures::training();
    press(&mut app, "?");
    assert!(key(&mut app, Key::Ctrl('c')).is_empty());
    press(&mut app, "n");
    assert!(key(&mut app, Key::Ctrl('c')).is_empty() && !app.is_quitting());
    let effects = key(&mut app, Key::Ctrl('c'));
    assert_eq!(effects, [Effect::Control(Control::Stop)]);
    assert_eq!(key(&mut app, Key::Ctrl('c')), [Effect::Quit]);

    let mut app = fixtures::training();
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
    key(&mut app, Key::Ctrl('c'));
    let effects = app.update(Message::Started(PathBuf::from("runs/now")));
    assert_eq!(effects, [Effect::Control(Control::Stop)]);
    let effects = app.update(Message::Update(Update::Stopped));
    assert_eq!(effects, [Effect::Quit]);
}

#[test]
fn sentences_pass_and_nothing_is_drawn_in_vain() {
    let mut app = fixtures::ready(80, 24);
    app.update(Message::Failed("no".to_owned()));
    assert!(app.take_redraw() && !app.take_redraw());
    wait(&mut app, 100);
    assert!(!app.take_redraw());
    wait(&mut app, 20_000);
    assert!(app.toast.is_none() && app.take_redraw());
}

#[test]
fn no_key_makes_it_panic_anywhere() {
    let mut apps = vec![
        fixtures::fresh(80, 24),
        fixtures::ready(80, 24),
        fixtures::training(),
    ];
    let mut ended = fixtures::training();
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
