//! Screen 1: datasets, their profiles, the readings that give the cap.

mod adding;
mod changes;
mod keys;
mod reading;
mod sentences;
mod state;
mod tasks;
mod update;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use adding::{Adding, Candidate};
pub use reading::{LINES, is_of_one, read_so, table};
pub use sentences::stage_words;
pub use state::{Data, DataPanel, Listed, Loaded, Offer, Parts};
pub use tasks::{FetchProgress, Note, Task, TaskProgress};
pub use view::chart;

use super::Screen;
use crate::tui::app::App;
use crate::tui::app::text::Field;
use crate::tui::keys::Keys;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;

/// The screen.
#[derive(Debug)]
pub struct DataScreen;

impl Screen for DataScreen {
    fn name(&self) -> &'static str {
        "Data"
    }

    fn summary(&self) -> &'static str {
        "image entropy and the depth cap"
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "this reading",
            "reading",
            "cap",
            "image information, S",
            "profile",
            "baseline",
            "capped",
            "transform",
        ]
    }

    fn keys(&self, _: &App) -> &'static Keys {
        &keys::KEYS
    }

    fn all_keys(&self) -> Vec<&'static Keys> {
        vec![&keys::KEYS]
    }

    fn field_keys(&self) -> &'static Keys {
        &keys::FIELD
    }

    fn is_editing(&self, app: &App) -> bool {
        app.data.adding.is_some()
    }

    fn field<'a>(&self, app: &'a mut App) -> Option<&'a mut Field> {
        let adding = app.data.adding.as_mut().filter(|adding| !adding.busy)?;
        Some(adding.focused())
    }

    fn takes_path(&self) -> bool {
        true
    }

    fn edited(&self, app: &mut App) {
        if let Some(adding) = &mut app.data.adding {
            adding.candidates.clear();
            // The error below the path may come from how it is read.
            if adding.focus > 0 {
                adding.field.error = None;
            }
        }
    }

    fn sentences(&self, app: &App) -> Vec<String> {
        sentences::sentences(app)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, pictures: &Pictures) {
        view::render(buffer, area, app, theme, pictures);
    }
}
