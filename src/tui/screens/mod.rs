//! The screens: a folder each, with its state, keys, update and view.
//!
//! To add one: a folder with a type that implements [`Screen`], its module, its entry in [`SCREENS`] and its
//! digit in [`GLOBAL`] here, its state as a field of [`App`].

pub mod data;
pub mod depth;
mod footer;
mod header;
mod help;
pub mod runs;
pub mod train;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};

use super::app::text::Field;
use super::app::{App, Overlay};
use super::keys::{Key, Keys, bind};
use super::pictures::Pictures;
use super::theme::Theme;
use super::widgets::areas::{beside, take};
use super::widgets::dialogs;

/// What the app, the header and the help need of a screen.
pub trait Screen: std::fmt::Debug + Sync {
    /// Its name in the header.
    fn name(&self) -> &'static str;

    /// Its title.
    fn title(&self) -> &'static str {
        self.name()
    }

    /// What it does, in one line.
    fn summary(&self) -> &'static str;

    /// The keys that hold in its present state, but for those in its text field.
    fn keys(&self, app: &App) -> &'static Keys;

    /// The keys that hold in its text field.
    fn field_keys(&self) -> &'static Keys;

    /// Whether its text field takes the keys.
    fn is_editing(&self, app: &App) -> bool;

    /// Its text field, where that takes text now.
    fn field<'a>(&self, app: &'a mut App) -> Option<&'a mut Field>;

    /// Whether its text field holds a path.
    fn takes_path(&self) -> bool {
        false
    }

    /// Follows a change of the text in its field.
    fn edited(&self, _app: &mut App) {}

    /// Draws it.
    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, pictures: &Pictures);
}

/// All screens, in the order of their digits.
pub static SCREENS: [&dyn Screen; 4] = [
    &data::DataScreen,
    &depth::DepthScreen,
    &train::TrainScreen,
    &runs::RunsScreen,
];

/// The keys that hold on every screen.
#[rustfmt::skip]
pub static GLOBAL: Keys = Keys {
    title: "On every screen",
    bindings: &[
        bind(&[Key::Char('1')], "1", "", "Data: image entropy", |app| app.show(&data::DataScreen)),
        bind(&[Key::Char('2')], "2", "", "Depth: the capped network", |app| app.show(&depth::DepthScreen)),
        bind(&[Key::Char('3')], "3", "", "Train and compare", |app| app.show(&train::TrainScreen)),
        bind(&[Key::Char('4')], "4", "", "Runs: their results", |app| app.show(&runs::RunsScreen)),
        bind(&[Key::Char('?')], "?", "", "this help", |app| app.overlay = Some(Overlay::Help)),
        bind(&[Key::Char('q')], "q", "q quit", "quit; asks while training", App::quit),
    ],
};

/// Fewest columns and rows.
pub const MIN_SIZE: (u16, u16) = (80, 24);

/// Draws the app over the whole terminal.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: Theme, pictures: &Pictures) {
    let area = frame.area();
    draw(frame.buffer_mut(), area, app, theme, pictures);
}

/// Draws the app over `area`.
///
/// ```text
///  ebcle-tui   1 Data  2 Depth  3 Train  4 Runs              device · state   ? help
///  (a blank line from 30 rows on)
///  the screen
///  keys, or a message
/// ```
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, pictures: &Pictures) {
    if area.width < MIN_SIZE.0 || area.height < MIN_SIZE.1 {
        too_small(buffer, area, theme);
        return;
    }
    let gap = Constraint::Length(u16::from(area.height >= 30));
    let row = Constraint::Length(1);
    let rows = Layout::vertical([row, gap, Constraint::Fill(1), gap, row]);
    let [top, _, middle, _, _] = area.layout(&rows);
    let body = middle.inner(Margin::new(1, 0));
    header::header(buffer, top, app, theme);
    let half_blocks = Pictures::half_blocks();
    let pictures = if app.overlay.is_some() {
        &half_blocks
    } else {
        pictures
    };
    app.screen.draw(buffer, body, app, theme, pictures);
    match &app.overlay {
        Some(Overlay::Help) => help::help(buffer, body, app, theme),
        Some(Overlay::Confirm(confirm)) => dialogs::confirm(buffer, body, confirm, theme),
        Some(Overlay::Export(dialog)) => dialogs::export(buffer, body, dialog, theme),
        Some(Overlay::Annotate(dialog)) => dialog.draw(buffer, body, theme),
        None => {}
    }
    footer::footer(buffer, area, app, theme);
}

/// The sentence for a terminal that is too small, as much of it as fits.
fn too_small(buffer: &mut Buffer, area: Rect, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let sentence = format!(
        "ebcle-tui needs {} x {} characters; this terminal has {} x {}.",
        MIN_SIZE.0, MIN_SIZE.1, area.width, area.height
    );
    let rows = dialogs::wrapped_rows(&sentence, area.width) as u16;
    let place = area.centered_vertically(Constraint::Length(rows));
    dialogs::paragraph(buffer, place, &sentence, theme.strong());
}

/// The first line of a screen: its title, its summary where it fits, and the first of `right` that fits; gives the
/// rows below.
fn title(buffer: &mut Buffer, area: Rect, app: &App, right: &[Line<'_>], theme: Theme) -> Rect {
    let mut rest = area;
    let row = take(&mut rest, 1);
    take(&mut rest, u16::from(area.height >= 28));
    let summary = Span::styled(format!("  {}", app.screen.summary()), theme.dim());
    let mut left = Line::from(vec![
        Span::styled(app.screen.title(), theme.strong()),
        summary,
    ]);
    let fitting = |left: &Line<'_>| {
        let width = (row.width as usize).saturating_sub(left.width() + 2);
        right.iter().find(|line| line.width() <= width)
    };
    let mut shown = fitting(&left);
    if shown.is_none() && !right.is_empty() {
        left.spans.truncate(1);
        shown = fitting(&left).or(right.last());
    }
    buffer.set_line(row.x, row.y, &left, row.width);
    if let Some(line) = shown {
        let width = (line.width() as u16).min(row.width.saturating_sub(left.width() as u16 + 2));
        buffer.set_line(row.right() - width, row.y, line, width);
    }
    rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
