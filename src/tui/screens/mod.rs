//! The screens: a folder each, with its state, keys, update and view.
//!
//! To add one: a folder with a type that implements [`Screen`], its module, its entry in [`SCREENS`] and its
//! digit in [`GLOBAL`] here, its state as a field of [`App`].

pub mod data;
pub mod depth;
mod footer;
mod header;
pub mod runs;
mod small;
pub mod studies;
pub mod train;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};

use super::app::text::Field;
use super::app::{App, Overlay};
use super::keys::{ALWAYS, Key, Keys, bind};
use super::overlays::{actions, log, start, terms};
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

    /// Its words that `i` explains: of the glossary, or `this reading` and `this width`.
    fn words(&self) -> &'static [&'static str];

    /// The keys that hold in its present state, but for those in its text field.
    fn keys(&self, app: &App) -> &'static Keys;

    /// The tables of keys of all its states, but for its text field.
    fn all_keys(&self) -> Vec<&'static Keys>;

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

    /// Its state in sentences, for the app without a screen.
    fn sentences(&self, app: &App) -> Vec<String>;

    /// Refreshes what it shows whenever it is gone to.
    fn entered(&self, _app: &mut App) {}

    /// Draws it.
    fn draw(&self, buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, pictures: &Pictures);
}

/// All screens, in the order of their digits.
pub static SCREENS: [&dyn Screen; 5] = [
    &data::DataScreen,
    &depth::DepthScreen,
    &train::TrainScreen,
    &runs::RunsScreen,
    &studies::StudiesScreen,
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
        bind(&[Key::Char('5')], "5", "", "Studies of many runs", |app| app.show(&studies::StudiesScreen)),
        bind(&[Key::Char('i')], "i", "i words", "explain words on screen", |app| app.overlay = Some(Overlay::Terms)),
        bind(&[Key::Char('L')], "L", "", "log: all messages", App::open_log),
        bind(&[Key::Char('?'), Key::Char(':')], "? :", "", "search all actions", App::open_actions),
        bind(&[Key::Char('M')], "M", "", "mouse: app or terminal", App::toggle_mouse),
        bind(&[Key::Char('q')], "q", "q quit", "quit; asks while training", App::quit),
    ],
};

/// The tables of keys that hold together, of every state of the app.
pub fn all_tables() -> Vec<Vec<&'static Keys>> {
    let mut tables: Vec<Vec<&'static Keys>> = Vec::new();
    for screen in SCREENS {
        let states = screen.all_keys().into_iter();
        tables.extend(states.map(|keys| vec![keys, &GLOBAL, &ALWAYS]));
        tables.push(vec![screen.field_keys(), &ALWAYS]);
    }
    let overlays = Overlay::all_keys().into_iter();
    tables.extend(overlays.map(|keys| vec![keys, &ALWAYS]));
    tables
}

/// Fewest columns and rows of the screens; a terminal with fewer shows the small view.
pub const MIN_SIZE: (u16, u16) = (80, 24);

/// Draws the app over the whole terminal.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: Theme, pictures: &Pictures) {
    let area = frame.area();
    draw(frame.buffer_mut(), area, app, theme, pictures);
    theme.finish(frame.buffer_mut());
}

/// Draws the app over `area`.
///
/// ```text
///  ebcle-tui   1 Data  2 Depth  3 Train  4 Runs  5 Studies   device · state   ? help
///  (a blank line from 30 rows on)
///  the screen
///  keys, or a message
/// ```
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, pictures: &Pictures) {
    app.hits.clear();
    if area.width < MIN_SIZE.0 || area.height < MIN_SIZE.1 {
        small::small(buffer, area, app, theme);
        return;
    }
    let [top, body] = places(area);
    header::header(buffer, top, app, theme);
    let half_blocks = Pictures::half_blocks();
    let pictures = if app.overlay.is_some() {
        &half_blocks
    } else {
        pictures
    };
    app.screen.draw(buffer, body, app, theme, pictures);
    if app.overlay.is_some() {
        app.hits.clear();
    }
    match &app.overlay {
        Some(Overlay::Actions(menu)) => actions::draw(buffer, body, app, menu, theme),
        Some(Overlay::Start(menu)) => start::draw(buffer, body, app, menu, theme),
        Some(Overlay::Terms) => terms::draw(buffer, body, app, theme),
        Some(Overlay::Log(panel)) => log::draw(buffer, body, app, panel, theme),
        Some(Overlay::Confirm(confirm)) => dialogs::confirm(buffer, body, app, confirm, theme),
        Some(Overlay::Export(dialog)) => dialogs::export(buffer, body, app, dialog, theme),
        Some(Overlay::Annotate(dialog)) => dialog.draw(buffer, body, theme),
        None => {}
    }
    footer::footer(buffer, area, app, theme);
}

/// The header, and the screen below it.
fn places(area: Rect) -> [Rect; 2] {
    let gap = Constraint::Length(u16::from(area.height >= 30));
    let row = Constraint::Length(1);
    let rows = Layout::vertical([row, gap, Constraint::Fill(1), gap, row]);
    let [top, _, middle, _, _] = area.layout(&rows);
    [top, middle.inner(Margin::new(1, 0))]
}

/// Rows of the title of a screen, with the blank one below it.
const fn title_rows(area: Rect) -> u16 {
    if area.height >= 28 { 2 } else { 1 }
}

/// What a screen has below its title, in a terminal of this size.
fn below_title((width, height): (u16, u16)) -> Rect {
    let [_, mut body] = places(Rect::new(0, 0, width, height));
    let rows = title_rows(body);
    take(&mut body, rows);
    body
}

/// The first line of a screen: its title, its summary where it fits, and the first of `right` that fits; gives the
/// rows below.
fn title(buffer: &mut Buffer, area: Rect, app: &App, right: &[Line<'_>], theme: Theme) -> Rect {
    let mut rest = area;
    let row = take(&mut rest, 1);
    take(&mut rest, title_rows(area) - 1);
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
pub(in crate::tui) mod tests;
