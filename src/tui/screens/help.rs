//! The help: the keys of the screen, and those of all screens.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::GLOBAL;
use crate::tui::app::App;
use crate::tui::keys::{ALWAYS, Keys};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::popup;
use crate::tui::widgets::table::pad;

const LABEL: usize = 9;

/// Draws the keys of the screen below, of every screen, and of text fields.
pub fn help(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let screen = section(&[app.screen.keys(app)], theme);
    let everywhere = section(&[&GLOBAL, &ALWAYS, app.screen.field_keys()], theme);
    let rows = screen.len().max(everywhere.len()) as u16;
    let inner = popup(buffer, area, 100, rows + 3, "Keys", theme);
    if inner.width < 20 || inner.height < 2 {
        return;
    }
    let columns = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(3);
    let mut below = inner;
    take(&mut below, 1);
    for (place, lines) in below
        .layout::<2>(&columns)
        .into_iter()
        .zip([screen, everywhere])
    {
        for (row, line) in place.rows().zip(lines) {
            line.render(row, buffer);
        }
    }
}

fn section(tables: &[&Keys], theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for keys in tables {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(keys.title, theme.strong()));
        for binding in keys.bindings {
            lines.push(Line::from(vec![
                Span::styled(pad(binding.label, LABEL, false), theme.accent()),
                Span::styled(binding.description, Style::new()),
            ]));
        }
    }
    lines
}
