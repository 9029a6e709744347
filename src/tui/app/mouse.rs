//! The mouse: what was drawn where, and what a click, a drag or the wheel does there.

use std::cell::RefCell;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::{Position, Rect};

use super::App;
use super::charts::Viewport;
use crate::tui::keys::Key;

/// Longest time between the two clicks of a double click.
const DOUBLE: SignedDuration = SignedDuration::from_millis(500);
/// Part of the x axis that is shown after a step of the wheel.
const ZOOM: f64 = 0.8;

/// What a mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Click,
    /// It was moved while its button was held.
    Drag,
    Release,
    WheelUp,
    WheelDown,
}

/// What is at a place.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// A click calls a function with the number of what was clicked.
    Numbered(fn(&mut App, usize), usize),
    /// A click runs an action of a key.
    Action(fn(&mut App)),
    /// A click marks the line with this number; another click on the line that is marked does what Enter does.
    Line {
        mark: fn(&mut App, usize),
        number: usize,
        is_marked: bool,
    },
    /// The wheel moves by lines.
    List(fn(&mut App, isize)),
    /// A chart: its place among the charts, and the area between its axes.
    Chart { place: usize, plot: Option<Rect> },
    /// Nothing; it covers what was drawn before.
    Cover,
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    area: Rect,
    target: Target,
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
        self.push(area, Target::Numbered(run, number));
    }

    /// A click into `area` runs an action of a key.
    pub fn add_action(&self, area: Rect, run: fn(&mut App)) {
        self.push(area, Target::Action(run));
    }

    /// A click into `area`, a line of a list, marks it by calling `mark` with `number`; another click, once it is marked,
    /// does what Enter does.
    pub fn add_line(&self, area: Rect, mark: fn(&mut App, usize), number: usize, is_marked: bool) {
        let line = Target::Line {
            mark,
            number,
            is_marked,
        };
        self.push(area, line);
    }

    /// The wheel over `area` calls `step` with 1 or -1.
    pub fn add_list(&self, area: Rect, step: fn(&mut App, isize)) {
        self.push(area, Target::List(step));
    }

    /// A chart: a click gives it the focus and reads values, the wheel zooms, a drag moves what is shown.
    pub fn add_chart(&self, area: Rect, place: usize, plot: Option<Rect>) {
        self.push(area, Target::Chart { place, plot });
    }

    /// Nothing happens in `area`, whatever was drawn there before.
    pub fn cover(&self, area: Rect) {
        self.push(area, Target::Cover);
    }

    fn push(&self, area: Rect, target: Target) {
        self.0.borrow_mut().push(Hit { area, target });
    }

    /// What a click meets.
    fn clicked(&self, place: Position) -> Option<Hit> {
        self.last(place, |target| !matches!(target, Target::List(_)))
    }

    /// What the wheel meets.
    fn wheeled(&self, place: Position) -> Option<Hit> {
        self.last(place, |target| {
            matches!(
                target,
                Target::List(_) | Target::Chart { .. } | Target::Cover
            )
        })
    }

    fn last(&self, place: Position, fits: impl Fn(&Target) -> bool) -> Option<Hit> {
        let hits = self.0.borrow();
        let mut here = hits.iter().rev().filter(|hit| hit.area.contains(place));
        here.find(|hit| fits(&hit.target)).copied()
    }
}

/// What the mouse did last, as far as it matters for what it does next.
#[derive(Clone, Debug, Default)]
pub struct Pointer {
    /// The line that was clicked last: what marks it, and its number.
    line: Option<(fn(&mut App, usize), usize)>,
    /// Where the last click into a chart was, and when.
    click: Option<(Position, Timestamp)>,
    held: Option<Held>,
}

/// A chart while the button is held.
#[derive(Clone, Copy, Debug)]
struct Held {
    plot: Rect,
    column: u16,
    /// What was shown when the button went down.
    viewport: Viewport,
}

/// Where a column lies between the ends of a plot, from 0 to 1.
fn share(plot: Rect, column: u16) -> f64 {
    let last = plot.width.saturating_sub(1).max(1);
    f64::from(column.saturating_sub(plot.x).min(last)) / f64::from(last)
}

impl App {
    /// Follows the mouse.
    pub(super) fn mouse(&mut self, mouse: Mouse, column: u16, row: u16) {
        let place = Position { x: column, y: row };
        match mouse {
            Mouse::Click => self.click(place),
            Mouse::Drag => self.drag(column),
            Mouse::Release => self.pointer.held = None,
            Mouse::WheelUp => self.wheel(place, -1),
            Mouse::WheelDown => self.wheel(place, 1),
        }
    }

    fn click(&mut self, place: Position) {
        let before = std::mem::take(&mut self.pointer);
        let Some(hit) = self.hits.clicked(place) else {
            return;
        };
        self.toast = None;
        match hit.target {
            Target::Numbered(run, number) => run(self, number),
            Target::Action(run) => run(self),
            Target::Line {
                mark,
                number,
                is_marked,
            } => {
                let is_second = before.line.is_some_and(|(marked, before)| {
                    before == number && std::ptr::fn_addr_eq(marked, mark)
                });
                if is_marked && is_second {
                    self.key(Key::Enter);
                } else {
                    mark(self, number);
                    self.pointer.line = Some((mark, number));
                }
            }
            Target::Chart { place: chart, plot } => {
                let is_second = before.click.is_some_and(|(at, when)| {
                    at == place && self.now.duration_since(when) <= DOUBLE
                });
                self.click_chart(chart, plot, place, is_second);
            }
            Target::List(_) | Target::Cover => {}
        }
    }

    /// Gives a chart the focus. Between its axes values are read there, and a second click shows the whole axis; on its
    /// title a second click enlarges it, or shows all charts.
    fn click_chart(&mut self, chart: usize, plot: Option<Rect>, place: Position, is_second: bool) {
        self.charts.focus = chart;
        let plot = plot.filter(|plot| plot.contains(place));
        match (plot, is_second) {
            (Some(_), true) => self.charts.reset(),
            (None, true) => self.charts.enlarged = !self.charts.enlarged,
            (Some(plot), false) => {
                self.charts.read_at(share(plot, place.x));
                self.pointer.held = Some(Held {
                    plot,
                    column: place.x,
                    viewport: self.charts.viewport,
                });
            }
            (None, false) => {}
        }
        if !is_second {
            self.pointer.click = Some((place, self.now));
        }
    }

    /// Moves what is shown of the x axes with the mouse; where all is shown, reads values where it is.
    fn drag(&mut self, column: u16) {
        let Some(held) = self.pointer.held else {
            return;
        };
        self.pointer.click = None;
        if held.viewport.is_whole() {
            self.charts.read_at(share(held.plot, column));
        } else {
            let columns = f64::from(column) - f64::from(held.column);
            let width = f64::from(held.plot.width.saturating_sub(1).max(1));
            self.charts.viewport = held.viewport.panned(-columns / width);
        }
    }

    /// Moves the list under the pointer by a line or zooms the charts around it; elsewhere, does what the arrow keys do.
    fn wheel(&mut self, place: Position, step: isize) {
        match self.hits.wheeled(place).map(|hit| hit.target) {
            Some(Target::List(run)) => {
                self.toast = None;
                run(self, step);
            }
            Some(Target::Chart {
                plot: Some(plot), ..
            }) => {
                let factor = if step < 0 { ZOOM } else { 1.0 / ZOOM };
                let at = self.charts.viewport.at(share(plot, place.x));
                self.charts.zoom(factor, at);
            }
            Some(Target::Chart { plot: None, .. }) => {}
            _ => self.key(if step < 0 { Key::Up } else { Key::Down }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
