//! The last line of every screen: a passing sentence, or the keys that mean something now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};
use unicode_width::UnicodeWidthStr;

use crate::tui::app::{App, Tone};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::bottom;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};

/// Most rows of a passing sentence.
const MAX_ROWS: u16 = 4;

/// Draws the passing sentence if there is one over the last rows of `area`, else the hints of the keys that hold, as far
/// as they fit on its last row.
pub fn footer(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let area = area.inner(Margin::new(1, 0));
    if let Some(toast) = &app.toast {
        let (mark, style) = match toast.tone {
            Tone::Good => ("✓ ", theme.good()),
            Tone::Bad => ("! ", theme.error()),
        };
        let text = format!("{mark}{}", toast.sentence);
        let rows = wrapped_rows(&text, area.width) as u16;
        let place = bottom(area, rows.min(MAX_ROWS));
        Clear.render(place, buffer);
        paragraph(buffer, place, &text, style);
        return;
    }
    let row = bottom(area, 1);
    let mut line = Line::default();
    let mut used = 0;
    let hints = app
        .keys()
        .into_iter()
        .flat_map(|keys| keys.bindings)
        .map(|binding| binding.hint)
        .filter(|hint| !hint.is_empty());
    for hint in hints {
        let (key, word) = hint.split_once(' ').unwrap_or((hint, ""));
        let width = hint.width() + if used > 0 { 3 } else { 0 };
        if used + width > row.width as usize {
            break;
        }
        if used > 0 {
            line.push_span(Span::raw("   "));
        }
        used += width;
        line.push_span(Span::styled(key, theme.strong()));
        line.push_span(Span::styled(format!(" {word}"), theme.dim()));
    }
    buffer.set_line(row.x, row.y, &line, row.width);
}
