//! Screen 4: past runs and what can be done with them.

mod annotate;
mod columns;
mod compare;
mod earlier;
mod facts;
mod keys;
mod list;
mod requests;
mod sentences;
mod state;
mod update;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use annotate::{AnnotateDialog, KEYS as ANNOTATE};
pub use earlier::{draw_earlier, earlier};
pub use requests::{Annotation, Export, RunsEffect, RunsMessage};
pub use state::{Runs, verdict_word};

use super::Screen;
use crate::tui::app::App;
use crate::tui::app::text::Field;
use crate::tui::keys::Keys;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;

/// The screen.
#[derive(Debug)]
pub struct RunsScreen;

impl Screen for RunsScreen {
    fn name(&self) -> &'static str {
        "Runs"
    }

    fn summary(&self) -> &'static str {
        "past trainings and their results"
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "run",
            "verdict",
            "margin",
            "time saved",
            "seed",
            "cap",
            "diverged",
            "resume",
        ]
    }

    fn keys(&self, app: &App) -> &'static Keys {
        if app.runs.comparison.is_some() {
            return &keys::COMPARISON;
        }
        let of_run = &keys::KEYS[usize::from(app.is_marked_run_live())];
        &of_run[usize::from(app.charts.enlarged)]
    }

    fn all_keys(&self) -> Vec<&'static Keys> {
        {
            let lists = keys::KEYS.iter().flatten();
            lists.chain([&keys::COMPARISON]).collect()
        }
    }

    fn field_keys(&self) -> &'static Keys {
        &keys::FIELD
    }

    fn is_editing(&self, app: &App) -> bool {
        app.runs.filtering
    }

    fn field<'a>(&self, app: &'a mut App) -> Option<&'a mut Field> {
        app.runs.filtering.then_some(&mut app.runs.filter)
    }

    fn edited(&self, app: &mut App) {
        app.filter_changed();
    }

    fn sentences(&self, app: &App) -> Vec<String> {
        sentences::sentences(app)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, _: &Pictures) {
        match &app.runs.comparison {
            Some(comparison) => compare::render(buffer, area, app, comparison, theme),
            None => view::render(buffer, area, app, theme),
        }
    }
}
