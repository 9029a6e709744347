//! All actions with their keys: to read, to search, and to run.

use std::cell::RefCell;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::tui::app::text::Field;
use crate::tui::app::{App, Overlay, around};
use crate::tui::keys::{ALWAYS, Binding, ENTER, Key, Keys, bind};
use crate::tui::screens::{GLOBAL, SCREENS, Screen};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{indent, take};
use crate::tui::widgets::dialogs::{popup, text_field};
use crate::tui::widgets::table::pad;

thread_local! {
    /// Finds actions. It is kept, since it holds memory that every search needs.
    static MATCHER: RefCell<Matcher> = RefCell::new(Matcher::new(Config::DEFAULT));
}

/// Columns of a key's label.
const LABEL: usize = 9;

/// The list of actions with what is searched for in it.
#[derive(Clone, Debug, Default)]
pub struct ActionMenu {
    pub query: Field,
    /// The marked action, an index into those that are found.
    marked: usize,
}

/// Something that a key does.
#[derive(Clone, Copy, Debug)]
struct Action {
    /// The table that it is in.
    table: &'static Keys,
    binding: &'static Binding,
    /// The screen that it is of, where that is not shown.
    screen: Option<&'static dyn Screen>,
}

#[rustfmt::skip]
pub static KEYS: Keys = Keys {
    title: "In this list",
    bindings: &[
        bind(&[Key::Up, Key::BackTab], "↑", "↑↓ choose", "action above", |app| step(app, -1)),
        bind(&[Key::Down, Key::Tab], "↓", "", "action below", |app| step(app, 1)),
        bind(&[Key::PageUp], "PgUp", "", "ten actions up", |app| step(app, -10)),
        bind(&[Key::PageDown], "PgDn", "", "ten actions down", |app| step(app, 10)),
        bind(ENTER, "Enter", "Enter run", "run the marked action", run_marked),
        bind(&[Key::Esc, Key::Char('?')], "Esc ?", "Esc close", "close the list", |app| app.overlay = None),
    ],
};

impl App {
    pub(in crate::tui) fn open_actions(&mut self) {
        self.overlay = Some(Overlay::Actions(ActionMenu::default()));
    }
}

/// Every action: of the present screen, of every screen, of the other screens.
fn all(app: &App) -> Vec<Action> {
    let of = |keys: &'static Keys, screen: Option<&'static dyn Screen>| {
        keys.bindings.iter().map(move |binding| Action {
            table: keys,
            binding,
            screen,
        })
    };
    let here = [app.screen.keys(app), &GLOBAL, &ALWAYS];
    let here = here.into_iter().flat_map(|keys| of(keys, None));
    let others = SCREENS
        .into_iter()
        .filter(|screen| screen.name() != app.screen.name());
    let others = others.flat_map(|screen| of(screen.keys(app), Some(screen)));
    here.chain(others).collect()
}

/// The actions that fit what is searched for, the best first.
fn found(app: &App, query: &str) -> Vec<Action> {
    let all = all(app);
    if query.is_empty() {
        return all;
    }
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, Action)> = all
        .into_iter()
        .filter_map(|action| {
            let text = format!("{} {}", action.binding.description, action.table.title);
            let text = Utf32Str::new(&text, &mut letters);
            let score = MATCHER.with_borrow_mut(|matcher| pattern.score(text, matcher))?;
            Some((score, action))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, action)| action).collect()
}

fn menu(app: &mut App) -> Option<&mut ActionMenu> {
    match &mut app.overlay {
        Some(Overlay::Actions(menu)) => Some(menu),
        _ => None,
    }
}

fn step(app: &mut App, step: isize) {
    let Some(query) = menu(app).map(|menu| menu.query.text().to_owned()) else {
        return;
    };
    let count = found(app, &query).len();
    if let Some(menu) = menu(app) {
        menu.marked = around(menu.marked.min(count.saturating_sub(1)), step, count);
    }
}

fn run_marked(app: &mut App) {
    let Some((query, marked)) = menu(app).map(|menu| (menu.query.text().to_owned(), menu.marked))
    else {
        return;
    };
    let found = found(app, &query);
    let Some(action) = found.get(marked.min(found.len().saturating_sub(1))) else {
        return;
    };
    app.overlay = None;
    if let Some(screen) = action.screen {
        app.show(screen);
    }
    (action.binding.run)(app);
}

fn run_at(app: &mut App, index: usize) {
    if let Some(menu) = menu(app) {
        menu.marked = index;
    }
    run_marked(app);
}

/// A line of the list: a heading, or the action with this index.
enum Row {
    Blank,
    Heading(&'static str),
    Action(usize),
}

/// The actions under their headings; without headings where they are sorted by how well they fit.
fn rows(found: &[Action], with_headings: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut last = "";
    for (index, action) in found.iter().enumerate() {
        if with_headings && action.table.title != last {
            if !rows.is_empty() {
                rows.push(Row::Blank);
            }
            rows.push(Row::Heading(action.table.title));
            last = action.table.title;
        }
        rows.push(Row::Action(index));
    }
    rows
}

/// Columns for the number of the page, beside what is searched for.
const PAGES: u16 = 16;

/// Draws them in as many columns as fit, the page with the marked one.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, menu: &ActionMenu, theme: Theme) {
    let query = menu.query.text();
    let found = found(app, query);
    let marked = menu.marked.min(found.len().saturating_sub(1));
    let rows = rows(&found, query.is_empty());
    let columns = match area.width {
        _ if !query.is_empty() => 1,
        158.. => 3,
        76.. => 2,
        _ => 1,
    };
    let width = if columns == 3 { 150 } else { 100 };
    let needed = (rows.len().div_ceil(columns) + 4) as u16;
    let height = needed.max(12).min(area.height);
    let mut inner = popup(buffer, area, width, height, "Keys and actions", theme);
    if inner.width < 20 || inner.height < 4 {
        return;
    }
    let search = take(&mut inner, 1);
    buffer.set_string(search.x, search.y, "search", theme.dim());
    let mut field = indent(search, 8);
    field.width = field.width.saturating_sub(PAGES);
    text_field(buffer, field, &menu.query.input, true, theme);
    take(&mut inner, 1);
    if found.is_empty() {
        let place = take(&mut inner, 1);
        buffer.set_string(place.x, place.y, "no action fits", theme.warning());
        return;
    }
    let per_page = inner.height as usize * columns;
    let at = rows
        .iter()
        .position(|row| matches!(row, Row::Action(index) if *index == marked));
    let first = at.unwrap_or(0) / per_page * per_page;
    let pages = rows.len().div_ceil(per_page);
    if pages > 1 {
        let text = format!("page {} of {pages}", first / per_page + 1);
        let x = search.right().saturating_sub(text.len() as u16);
        buffer.set_string(x, search.y, text, theme.dim());
    }
    let gap = if inner.width < 77 { 0 } else { 3 };
    let places = Layout::horizontal(vec![Constraint::Fill(1); columns]).spacing(gap);
    let places = inner.layout_vec(&places);
    let cells = places.iter().flat_map(|column| column.rows());
    for (place, row) in cells.zip(&rows[first..]) {
        let line = match *row {
            Row::Blank => continue,
            Row::Heading(title) => Line::styled(title, theme.strong()),
            Row::Action(index) => {
                let action = found[index];
                let mut line = Line::from(vec![
                    theme.mark(index == marked),
                    Span::styled(
                        pad(
                            &app.rebound.label(action.table, action.binding),
                            LABEL,
                            false,
                        ),
                        theme.accent(),
                    ),
                    Span::styled(action.binding.description, theme.line(index == marked)),
                ]);
                if !query.is_empty() {
                    line.push_span(Span::styled(
                        format!("  {}", action.table.title),
                        theme.dim(),
                    ));
                }
                line
            }
        };
        line.render(place, buffer);
        if let Row::Action(index) = row {
            app.hits.add(place, run_at, *index);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{self, key, press};

    #[test]
    fn an_action_is_found_and_run() {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, ":nxtwidth");
        let before = app.settings.width;
        let first = found(&app, "nxtwidth")[0];
        assert_eq!(first.binding.description, "next width policy");
        key(&mut app, Key::Enter);
        assert!(app.overlay.is_none());
        assert_eq!(app.screen.name(), "Depth", "it is of another screen");
        assert_ne!(app.settings.width, before);
    }

    #[test]
    fn nothing_found_is_said_and_runs_nothing() {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, "?");
        press(&mut app, "zzzqqq");
        assert!(found(&app, "zzzqqq").is_empty());
        for pressed in [Key::Down, Key::Up, Key::PageDown, Key::Enter] {
            key(&mut app, pressed);
        }
        assert!(app.overlay.is_some());
        key(&mut app, Key::Esc);
        assert!(app.overlay.is_none());
    }

    #[test]
    fn every_action_can_be_marked() {
        let mut app = fixtures::ready(80, 24);
        press(&mut app, "?");
        let count = all(&app).len();
        for _ in 1..count {
            key(&mut app, Key::Down);
        }
        let marked = |app: &mut App| menu(app).map(|menu| menu.marked);
        assert_eq!(marked(&mut app), Some(count - 1));
        key(&mut app, Key::Down);
        assert_eq!(marked(&mut app), Some(0));
    }
}
