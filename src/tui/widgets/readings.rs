//! The readings side by side, the chosen one marked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::table::{Column, header, number, row, words};
use crate::depth::Analysis;
use crate::tui::format;
use crate::tui::theme::Theme;

/// Most rows that [`readings`] asks for: a reading that does not fit is scrolled to when it is chosen.
const MOST_ROWS: u16 = 9;

/// Rows that [`readings`] takes: a header and one for each reading.
#[must_use]
pub fn rows(analysis: &Analysis) -> u16 {
    u16::try_from(analysis.readings.len() + 1).map_or(MOST_ROWS, |rows| rows.min(MOST_ROWS))
}

/// Draws a header and a row for each reading; its fragility where there is room.
pub fn readings(buffer: &mut Buffer, area: Rect, analysis: &Analysis, focused: bool, theme: Theme) {
    let mut columns: Vec<Column> = vec![
        words("reading", 17),
        number("bits", 5),
        number("cap", 3),
        number("95 %", 5),
        words("unit", 12),
    ];
    let used: usize = columns.iter().map(|column| column.width + 2).sum();
    let room = (area.width as usize).saturating_sub(used + 2);
    if room >= 40 {
        columns.push(words("how fragile", room));
    }
    let head_style = if focused { theme.accent() } else { theme.dim() };
    buffer.set_stringn(
        area.x + 2,
        area.y,
        header(&columns),
        area.width.saturating_sub(2) as usize,
        head_style,
    );
    let shown = usize::from(area.height.saturating_sub(1));
    let chosen_at = analysis
        .readings
        .iter()
        .position(|reading| reading.name == analysis.reading);
    let first = chosen_at.map_or(0, |at| (at + 1).saturating_sub(shown.max(1)));
    let visible = analysis.readings.iter().skip(first);
    for (reading, y) in visible.zip(area.y + 1..area.bottom()) {
        let chosen = reading.name == analysis.reading;
        let [low, high] = reading.cap_interval;
        let cells = [
            reading.name.to_string(),
            format::fixed(reading.value, 2),
            reading.cap.to_string(),
            if low == high {
                low.to_string()
            } else {
                format!("{low}–{high}")
            },
            reading.unit.to_string(),
            reading.fragility.clone(),
        ];
        let style = if chosen { theme.cap() } else { Style::new() };
        let line = Line::from(vec![
            Span::styled(if chosen { "▸ " } else { "  " }, theme.accent()),
            Span::styled(row(&columns, &cells[..columns.len()]), style),
        ]);
        buffer.set_line(area.x, y, &line, area.width);
    }
}
