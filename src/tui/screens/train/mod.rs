//! Screen 3: the settings of a paired training, and the training as it runs.

mod context;
mod follow;
pub mod form;
mod keys;
mod live;
mod price;
pub mod sentences;
mod settings;
mod update;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use follow::goes_on;
pub use form::Form;
pub use live::{Does, Live, Phase, SeedRow};
pub use price::Prices;

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

    fn words(&self) -> &'static [&'static str] {
        &[
            "baseline",
            "capped",
            "seed",
            "epoch",
            "step",
            "time saved",
            "verdict",
            "margin",
            "hold-out",
            "price",
            "diverged",
        ]
    }

    fn keys(&self, app: &App) -> &'static Keys {
        let Some(live) = &app.live else {
            return &keys::FORM;
        };
        let tables = match live.phase {
            _ if live.followed.is_some() && !live.phase.is_over() => &keys::FOLLOWED,
            Phase::Starting | Phase::Running => &keys::LIVE,
            Phase::Paused => &keys::PAUSED,
            Phase::Stopping => &keys::STOPPING,
            Phase::Finished(_) | Phase::Stopped | Phase::Failed(_) => &keys::ENDED,
        };
        &tables[usize::from(app.charts.enlarged)]
    }

    fn all_keys(&self) -> Vec<&'static Keys> {
        let live = [
            &keys::LIVE,
            &keys::PAUSED,
            &keys::STOPPING,
            &keys::FOLLOWED,
            &keys::ENDED,
        ];
        let live = live.into_iter().flatten();
        std::iter::once(&keys::FORM).chain(live).collect()
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

    fn sentences(&self, app: &App) -> Vec<String> {
        sentences::sentences(app)
    }

    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, _: &Pictures) {
        view::render(buffer, area, app, theme);
    }
}
