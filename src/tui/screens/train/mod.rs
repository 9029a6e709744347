//! Screen 3: the settings of a paired training, and the training as it runs.

pub mod form;
mod keys;
mod live;
mod price;
mod settings;
mod update;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use form::Form;
pub use live::{Live, Phase};
pub use price::Prices;
pub use view::charts;

use super::Screen;
use crate::tui::app::App;
use crate::tui::app::text::Field;
use crate::tui::keys::Keys;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;

/// The screen.
#[derive(Debug)]
pub struct TrainScreen;

impl Screen for TrainScreen {
    fn name(&self) -> &'static str {
        "Train"
    }

    fn title(&self) -> &'static str {
        "Train and compare"
    }

    fn summary(&self) -> &'static str {
        "baseline against capped"
    }

    fn keys(&self, app: &App) -> &'static Keys {
        match &app.live {
            None => &keys::FORM,
            Some(live) if live.phase.is_over() => &keys::ENDED,
            Some(_) => &keys::LIVE,
        }
    }

    fn field_keys(&self) -> &'static Keys {
        &keys::FIELD
    }

    fn is_editing(&self, app: &App) -> bool {
        app.live.is_none() && app.form.field.is_some()
    }

    fn field<'a>(&self, app: &'a mut App) -> Option<&'a mut Field> {
        app.form.field.as_mut().filter(|_| app.live.is_none())
    }

    fn edited(&self, app: &mut App) {
        app.check_setting();
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, _: &Pictures) {
        view::render(buffer, area, app, theme);
    }
}
