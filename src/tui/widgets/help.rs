//! The help: the table of keys, as far as it matters here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::dialogs::popup;
use super::table::pad;
use crate::tui::app::{App, Screen};
use crate::tui::keys::{Context, in_context};
use crate::tui::theme::Theme;

const LABEL: usize = 9;

/// Draws the keys of the screen below, of every screen, and of text fields.
pub fn help(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let screen = section(&[app.screen_context()], theme);
    let mut contexts = vec![Context::Global, Context::Always, Context::Editing];
    if app.screen == Screen::Data {
        contexts.push(Context::Adding);
    }
    let everywhere = section(&contexts, theme);
    let rows = screen.len().max(everywhere.len()) as u16;
    let inner = popup(buffer, area, 100, rows + 3, "Keys", theme);
    if inner.width < 20 || inner.height < 2 {
        return;
    }
    let half = (inner.width - 3) / 2;
    for (column, lines) in [(0, screen), (half + 3, everywhere)] {
        for (row, line) in lines.iter().enumerate() {
            if row as u16 + 1 < inner.height {
                buffer.set_line(inner.x + column, inner.y + 1 + row as u16, line, half);
            }
        }
    }
}

fn section(contexts: &[Context], theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for &context in contexts {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(context.title(), theme.strong()));
        for binding in in_context(context) {
            lines.push(Line::from(vec![
                Span::styled(pad(binding.label, LABEL, false), theme.accent()),
                Span::styled(binding.description, Style::new()),
            ]));
        }
    }
    lines
}
