//! Screen 2: the capped network, by architecture, reading, width and depth, and what it costs.

mod keys;
mod measure;
mod sentences;
mod state;
mod update;
mod view;
mod widths;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(in crate::tui) use measure::keep;
pub(crate) use measure::no_change;
pub use measure::{Subject, Timing, Timings};
pub use state::{Depth, DepthPanel};
pub use view::{rivals_text, width_in_words};
pub use widths::{Fitted, Widths};

use super::Screen;
use crate::tui::app::App;
use crate::tui::app::text::Field;
use crate::tui::keys::Keys;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;

/// The screen.
#[derive(Debug)]
pub struct DepthScreen;

impl Screen for DepthScreen {
    fn name(&self) -> &'static str {
        "Depth"
    }

    fn summary(&self) -> &'static str {
        "plan the capped network"
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "this reading",
            "this width",
            "baseline",
            "capped",
            "cap",
            "widened",
            "width policy",
            "rival",
            "time saved",
            "depth",
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
        app.depth.field.is_some()
    }

    fn field<'a>(&self, app: &'a mut App) -> Option<&'a mut Field> {
        app.depth.field.as_mut()
    }

    fn sentences(&self, app: &App) -> Vec<String> {
        sentences::sentences(app)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, _: &Pictures) {
        view::render(buffer, area, app, theme);
    }
}
