//! Screen 5: sweeps, grids and recommendations: their results, and conducting new ones.

mod acting;
mod form;
mod jobs;
mod keys;
mod pause;
mod running;
mod sentences;
mod shown;
mod state;
mod update;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use acting::{JobsAct, consequence};
pub use form::{Priced, StudyForm};
pub use running::{Doing, Running, StudyUpdate};
pub use view::in_words;

pub use shown::ShownGrid;
pub use state::{CellColour, Page, Studies};

use super::Screen;
use crate::tui::app::App;
use crate::tui::app::text::Field;
use crate::tui::keys::Keys;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;

/// The screen.
#[derive(Debug)]
pub struct StudiesScreen;

impl Screen for StudiesScreen {
    fn name(&self) -> &'static str {
        "Studies"
    }

    fn summary(&self) -> &'static str {
        "what many runs say together"
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "study",
            "sweep",
            "grid",
            "recommendation",
            "cell",
            "final",
            "front",
            "set",
            "effect of depth",
            "interaction",
        ]
    }

    fn keys(&self, app: &App) -> &'static Keys {
        match app.studies.page {
            Page::List if app.studies.inside => &keys::INSIDE[keys::of_marked(app)],
            Page::List => &keys::LIST[keys::of_marked(app)],
            Page::Form => &keys::FORM,
            Page::Follow if app.is_studying() => {
                let running = app.studies.running.as_ref();
                let is_paused = running.is_some_and(Running::is_paused);
                &keys::FOLLOW[usize::from(is_paused)]
            }
            Page::Follow => &keys::ENDED,
        }
    }

    fn all_keys(&self) -> Vec<&'static Keys> {
        let lists = keys::LIST.iter().chain(&keys::INSIDE);
        let all = lists.chain([&keys::FORM, &keys::ENDED]);
        all.chain(&keys::FOLLOW).collect()
    }

    fn field_keys(&self) -> &'static Keys {
        &keys::FIELD
    }

    fn is_editing(&self, app: &App) -> bool {
        app.studies.page == Page::Form && app.studies.form.field.is_some()
    }

    fn field<'a>(&self, app: &'a mut App) -> Option<&'a mut Field> {
        let studies = &mut app.studies;
        let is_form = studies.page == Page::Form;
        studies.form.field.as_mut().filter(|_| is_form)
    }

    fn takes_path(&self) -> bool {
        true
    }

    fn sentences(&self, app: &App) -> Vec<String> {
        sentences::sentences(app)
    }

    fn entered(&self, app: &mut App) {
        app.refresh_studies();
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, _: &Pictures) {
        view::render(buffer, area, app, theme);
    }
}
