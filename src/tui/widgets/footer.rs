//! The last line of every screen: a passing sentence, or the keys that mean something now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::tui::app::{App, Tone};
use crate::tui::theme::Theme;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};

/// Most rows of a passing sentence.
const MAX_ROWS: u16 = 4;

/// Draws the passing sentence if there is one, over the rows above where it is long, else the hints of the present contexts as far as they fit.
pub fn footer(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let room = area.width.saturating_sub(2) as usize;
    if let Some(toast) = &app.toast {
        let (mark, style) = match toast.tone {
            Tone::Good => ("✓ ", theme.good()),
            Tone::Bad => ("! ", theme.error()),
        };
        let text = format!("{mark}{}", toast.sentence);
        let rows = (wrapped_rows(&text, room as u16) as u16)
            .min(MAX_ROWS)
            .min(area.y + 1);
        let place = Rect {
            x: area.x,
            y: area.bottom() - rows,
            width: area.width,
            height: rows,
        };
        Clear.render(place, buffer);
        let inset = Rect {
            x: place.x + 1,
            width: room as u16,
            ..place
        };
        paragraph(buffer, inset, &text, style);
        return;
    }
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
        let width = hint.chars().count() + if used > 0 { 3 } else { 0 };
        if used + width > room {
            break;
        }
        if used > 0 {
            line.push_span(Span::raw("   "));
        }
        used += width;
        line.push_span(Span::styled(key, theme.strong()));
        line.push_span(Span::styled(format!(" {word}"), theme.dim()));
    }
    buffer.set_line(area.x + 1, area.y, &line, area.width.saturating_sub(1));
}
