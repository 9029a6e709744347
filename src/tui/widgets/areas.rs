//! Parts of an area.

use ratatui::layout::{Constraint, Layout, Rect};

/// Takes `rows` rows off the top of `area`.
pub fn take(area: &mut Rect, rows: u16) -> Rect {
    let [top, rest] = area.layout(&Layout::vertical([
        Constraint::Length(rows),
        Constraint::Fill(1),
    ]));
    *area = rest;
    top
}

/// `area` without its first `columns` columns.
pub fn indent(area: Rect, columns: u16) -> Rect {
    let [_, rest] = area.layout(&Layout::horizontal([
        Constraint::Length(columns),
        Constraint::Fill(1),
    ]));
    rest
}

/// The first columns of `area`, at most `columns`.
pub fn narrow(area: Rect, columns: u16) -> Rect {
    let [left] = area.layout(&Layout::horizontal([Constraint::Max(columns)]));
    left
}

/// Splits `area` into a left part of `width` columns and the rest, some blanks between them.
pub fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let gap = if area.width < 100 { 2 } else { 3 };
    let columns = Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]);
    let [left, right] = area.layout(&columns.spacing(gap));
    (left, right)
}

/// The last `rows` rows of `area`.
pub fn bottom(area: Rect, rows: u16) -> Rect {
    let [_, last] = area.layout(&Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(rows),
    ]));
    last
}
