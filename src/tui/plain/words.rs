//! The state of the app in sentences.

use crate::tui::app::{App, Overlay};
use crate::tui::overlays::{log, terms};
use crate::tui::screens::data::{Adding, stage_words};
use crate::tui::screens::train;

/// Where the app is: a dialog, or else a screen.
pub(super) fn place(app: &App) -> String {
    match &app.overlay {
        Some(Overlay::Start(_)) => "Start.".to_owned(),
        Some(Overlay::Actions(_)) => "Search for an action.".to_owned(),
        Some(Overlay::Log(_)) => "Log.".to_owned(),
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
pub(super) fn prompt(app: &mut App) -> Option<String> {
    let adding = app.data.adding.as_ref().filter(|_| app.overlay.is_none());
    let line = adding.and_then(Adding::line);
    let name = line.map_or_else(String::new, |line| {
        format!("{}, {}. ", line.label, line.hint)
    });
    has_field(app).then(|| format!("{name}Type the text and press Enter; an empty line cancels."))
}

/// The state of what is shown.
pub(super) fn state(app: &App) -> Vec<String> {
    match &app.overlay {
        Some(Overlay::Terms) => {
            let words = terms::explained(app).into_iter();
            words
                .map(|(word, meaning)| format!("{word}: {meaning}."))
                .collect()
        }
        Some(_) => Vec::new(),
        None => app.screen.sentences(app),
    }
}

/// What goes on: images that are read, and a training.
pub(super) fn progress(app: &App) -> Vec<String> {
    let loading = app.data.loading.map(|phase| {
        let (what, share) = stage_words(phase);
        match share {
            Some((_, numbers)) => format!("{what}: {numbers}."),
            None => format!("{what}."),
        }
    });
    loading
        .into_iter()
        .chain(train::sentences::progress(app))
        .collect()
}

/// All messages of the session, where they are asked for.
pub(super) fn log(app: &App) -> Option<String> {
    let is_asked = matches!(app.overlay, Some(Overlay::Log(_)));
    let lines = || {
        format!(
            "Messages of this session:\n{}\n",
            log::sentences(app).join("\n")
        )
    };
    is_asked.then(lines)
}
