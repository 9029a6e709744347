//! The state of the app in sentences.

use crate::tui::app::{App, Overlay};

/// Where the app is: a dialog, or else a screen.
pub(super) fn place(app: &App) -> String {
    match &app.overlay {
        Some(Overlay::Start(_)) => "Start.".to_owned(),
        Some(Overlay::Actions(_)) => "Search for an action.".to_owned(),
        Some(Overlay::Terms) => format!("Words on {}.", app.screen.name()),
        Some(Overlay::Confirm(confirm)) => {
            format!(
                "{} {}",
                confirm.question.title(),
                confirm.question.sentence()
            )
        }
        Some(_) => "Dialog.".to_owned(),
        None => {
            let keys = app.keys()[0].title;
            format!("{}: {}. {keys}.", app.screen.title(), app.screen.summary())
        }
    }
}

/// Whether images are being read, on which most of the state depends.
pub(super) fn is_busy(app: &App) -> bool {
    app.data.loading.is_some() || app.data.entries.is_empty()
}

/// Whether a text field takes the next line.
pub(super) fn has_field(app: &mut App) -> bool {
    if let Some(overlay) = &mut app.overlay {
        return overlay.field().is_some();
    }
    let screen = app.screen;
    screen.field(app).is_some()
}

/// What to type into an open field.
pub(super) fn prompt(app: &mut App) -> Option<&'static str> {
    has_field(app).then_some("Type the text and press Enter; an empty line cancels.")
}

/// The state of what is shown.
pub(super) fn state(app: &App) -> Vec<String> {
    if app.overlay.is_some() {
        return Vec::new();
    }
    app.screen.sentences(app)
}
