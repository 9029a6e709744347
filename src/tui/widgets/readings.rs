//! The readings side by side, the chosen one marked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::table::{Column, header, number, row, words};
use crate::depth::Analysis;
use crate::tui::format;
use crate::tui::theme::Theme;

/// Rows that [`readings`] takes.
pub const ROWS: u16 = 6;

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
    for (reading, y) in analysis.readings.iter().zip(area.y + 1..area.bottom()) {
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
