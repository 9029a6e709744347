//! The mouse: what was drawn where, and what a click or the wheel does there.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

use super::App;
use crate::tui::keys::Key;

/// What a mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Click,
    WheelUp,
    WheelDown,
}

/// What a click does.
#[derive(Clone, Copy, Debug)]
enum OnClick {
    /// Calls a function with the number of what was clicked.
    Numbered(fn(&mut App, usize), usize),
    /// Runs an action of a key.
    Action(fn(&mut App)),
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    area: Rect,
    on_click: OnClick,
}

/// What the last frame drew where. A frame fills it while it is drawn, so that a click means what is seen.
#[derive(Clone, Debug, Default)]
pub struct Hits(RefCell<Vec<Hit>>);

impl Hits {
    /// Forgets the last frame.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// A click into `area` calls `run` with `number`; what is drawn later is above what was drawn before.
    pub fn add(&self, area: Rect, run: fn(&mut App, usize), number: usize) {
        self.push(area, OnClick::Numbered(run, number));
    }

    /// A click into `area` runs an action of a key.
    pub fn add_action(&self, area: Rect, run: fn(&mut App)) {
        self.push(area, OnClick::Action(run));
    }

    fn push(&self, area: Rect, on_click: OnClick) {
        self.0.borrow_mut().push(Hit { area, on_click });
    }

    fn at(&self, place: Position) -> Option<OnClick> {
        let hits = self.0.borrow();
        let hit = hits.iter().rev().find(|hit| hit.area.contains(place));
        hit.map(|hit| hit.on_click)
    }
}

impl App {
    /// Follows the mouse.
    pub(super) fn mouse(&mut self, mouse: Mouse, column: u16, row: u16) {
        let place = Position { x: column, y: row };
        match mouse {
            Mouse::Click => {
                let found = self.hits.at(place);
                if found.is_some() {
                    self.toast = None;
                }
                match found {
                    Some(OnClick::Numbered(run, number)) => run(self, number),
                    Some(OnClick::Action(run)) => run(self),
                    None => {}
                }
            }
            Mouse::WheelUp => self.key(Key::Up),
            Mouse::WheelDown => self.key(Key::Down),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::tui::app::Message;
    use crate::tui::fixtures;
    use crate::tui::pictures::Pictures;
    use crate::tui::screens;
    use crate::tui::theme::{Colours, Theme};

    /// Clicks on the first place where the screen shows `text`.
    fn click(app: &mut App, text: &str) {
        let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
        let theme = Theme::new(Colours::None);
        let frame = terminal
            .draw(|frame| screens::render(frame, app, theme, &Pictures::half_blocks()))
            .unwrap();
        let width = frame.area.width;
        let symbols: Vec<&str> = frame
            .buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        let wanted: Vec<String> = text.chars().map(|letter| letter.to_string()).collect();
        let found = symbols
            .windows(wanted.len())
            .position(|shown| shown == wanted.as_slice());
        let at = found.unwrap_or_else(|| panic!("'{text}' is not shown")) as u16;
        app.update(Message::Mouse(Mouse::Click, at % width, at / width));
    }

    #[test]
    fn tabs_hints_and_rows_can_be_clicked() {
        let mut app = fixtures::ready(120, 36);
        click(&mut app, "Depth");
        assert_eq!(app.screen.name(), "Depth");
        click(&mut app, "w width");
        click(&mut app, "Data");
        assert_ne!(app.settings.width, fixtures::settings().width);
        click(&mut app, "help");
        assert!(app.overlay.is_some());
        click(&mut app, "next reading");
        assert!(app.overlay.is_none());
        assert_ne!(app.settings.reading, fixtures::settings().reading);
        click(&mut app, "glyphs-noise");
        assert_eq!(app.data.marked, 2);
    }

    #[test]
    fn an_answer_can_be_clicked_and_the_wheel_moves_the_mark() {
        let mut app = fixtures::training();
        click(&mut app, "q quit");
        assert!(app.overlay.is_some());
        click(&mut app, "keep training");
        assert!(app.overlay.is_none());
        let mut app = fixtures::ready(80, 24);
        app.update(Message::Mouse(Mouse::WheelDown, 3, 3));
        assert_eq!(app.data.marked, 1);
        app.update(Message::Mouse(Mouse::WheelUp, 3, 3));
        assert_eq!(app.data.marked, 0);
        app.update(Message::Mouse(Mouse::Click, 79, 23));
        assert_eq!(app.data.marked, 0, "nothing is there");
    }
}
