//! The last line of every screen: a passing sentence, or the keys that mean something now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};
use unicode_width::UnicodeWidthStr;

use crate::tui::app::{App, Tone};
use crate::tui::keys::Binding;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::bottom;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};

/// Most rows of a passing sentence.
const MAX_ROWS: u16 = 4;

/// What a key runs.
type Run = fn(&mut App);

/// Blanks between two hints.
const GAP: usize = 3;

/// Which hints fit into `width`, in their order, each with the blanks before it; the last, how to leave, is always
/// among them.
fn fitting(hints: &[String], width: usize) -> Vec<(usize, usize)> {
    let Some((last, others)) = hints.split_last() else {
        return Vec::new();
    };
    let mut shown: Vec<(usize, usize)> = Vec::new();
    let mut used = last.width();
    for (at, hint) in others.iter().enumerate() {
        used += hint.width() + GAP;
        if used > width {
            break;
        }
        shown.push((if shown.is_empty() { 0 } else { GAP }, at));
    }
    shown.push((if shown.is_empty() { 0 } else { GAP }, others.len()));
    shown
}

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
    let bindings = app.keys().into_iter().flat_map(|keys| {
        let hint = move |binding: &Binding| (app.rebound.hint(keys, binding), binding.run);
        let working = keys.bindings.iter().filter(|binding| (binding.works)(app));
        working.map(hint)
    });
    let hinted = bindings.filter(|(hint, _)| !hint.is_empty());
    let (hints, runs): (Vec<String>, Vec<Run>) = hinted.unzip();
    let mut line = Line::default();
    for (gap, at) in fitting(&hints, row.width as usize) {
        let (key, word) = hints[at].split_once(' ').unwrap_or((&hints[at], ""));
        line.push_span(Span::raw(" ".repeat(gap)));
        let start = line.width() as u16;
        line.push_span(Span::styled(key.to_owned(), theme.strong()));
        line.push_span(Span::styled(format!(" {word}"), theme.dim()));
        let place = Rect {
            x: row.x + start,
            width: line.width() as u16 - start,
            ..row
        };
        app.hits.add_action(place, runs[at]);
    }
    buffer.set_line(row.x, row.y, &line, row.width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hint_is_always_shown() {
        let hints = ["a add", "b begin", "q quit"].map(str::to_owned);
        let shown = |width| -> Vec<&str> {
            let fitting = fitting(&hints, width);
            fitting
                .into_iter()
                .map(|(_, at)| hints[at].as_str())
                .collect()
        };
        assert_eq!(shown(80), ["a add", "b begin", "q quit"]);
        assert_eq!(shown(21), ["a add", "q quit"]);
        assert_eq!(shown(10), ["q quit"]);
        assert_eq!(shown(0), ["q quit"]);
    }
}
