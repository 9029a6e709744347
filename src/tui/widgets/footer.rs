//! The last line of every screen: a passing sentence, or the keys that mean something now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::app::{App, Tone};
use crate::tui::format::cut;
use crate::tui::keys::in_context;
use crate::tui::theme::Theme;

/// Draws the passing sentence if there is one, else the hints of the present contexts as far as they fit.
pub fn footer(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let room = area.width.saturating_sub(2) as usize;
    if let Some(toast) = &app.toast {
        let (mark, style) = match toast.tone {
            Tone::Good => ("✓ ", theme.good()),
            Tone::Bad => ("! ", theme.error()),
        };
        let text = cut(&format!("{mark}{}", toast.sentence), room);
        buffer.set_string(area.x + 1, area.y, text, style);
        return;
    }
    let mut line = Line::default();
    let mut used = 0;
    let hints = app
        .contexts()
        .into_iter()
        .flat_map(in_context)
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
