//! What keys change on the second screen.

use super::DepthPanel;
use crate::depth::Rule;
use crate::network::Width;
use crate::tui::app::App;
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;

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
    assert_eq!(app.settings.architecture.to_string(), "resnet-26");
}
