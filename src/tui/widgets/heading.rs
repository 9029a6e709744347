//! A panel's title with a thin rule behind it, in place of a box.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::areas::take;
use crate::tui::theme::Theme;

/// Draws `title ──────── right` on the first row of `area` and gives the rows below it.
pub fn heading(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    right: Line<'_>,
    focused: bool,
    theme: Theme,
) -> Rect {
    if area.is_empty() {
        return area;
    }
    let mut rest = area;
    let row = take(&mut rest, 1);
    let width = area.width as usize;
    let title_style = if focused {
        theme.accent()
    } else {
        theme.strong()
    };
    let rule_style = if focused {
        theme.accent()
    } else {
        theme.faint()
    };
    let title_width = Span::raw(title).width();
    let right_width = right.width();
    let fits = title_width + right_width + 2 <= width;
    let tail = if fits && right_width > 0 {
        right_width + 1
    } else {
        0
    };
    let rule = width.saturating_sub(title_width + 1 + tail);
    let mut line = Line::default();
    line.push_span(Span::styled(title.to_owned(), title_style));
    line.push_span(Span::raw(" "));
    line.push_span(Span::styled("─".repeat(rule), rule_style));
    if tail > 0 {
        line.push_span(Span::raw(" "));
        let spans = right.spans.into_iter();
        line.extend(spans.map(|span| Span {
            style: right.style.patch(span.style),
            ..span
        }));
    }
    buffer.set_line(row.x, row.y, &line, row.width);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Colours;

    #[test]
    fn what_stands_to_the_right_keeps_its_style() {
        let theme = Theme::light(Colours::True);
        let area = Rect::new(0, 0, 20, 1);
        let mut buffer = Buffer::empty(area);
        let right = Line::styled("w", theme.dim());
        heading(&mut buffer, area, "width", right, false, theme);
        assert_eq!(buffer[(19, 0)].symbol(), "w");
        assert_eq!(Some(buffer[(19, 0)].fg), theme.dim().fg);
    }
}
