//! The chosen reading of the same images, changed in known ways.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::DataPanel;
use crate::depth::{Analysis, Invariance};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{indent, take};
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::pad;

/// Rows of a heading and of the titles of the columns.
const ABOVE: usize = 2;
/// Columns of the images, their value, their cap and its change from the images as they are.
const COLUMNS: [usize; 4] = [22, 7, 5, 8];
/// Fewest columns for bars.
const MIN_BAR: usize = 10;

/// Rows that all changes take, and what follows from them.
pub(super) fn table_rows(app: &App, width: u16) -> u16 {
    let rows = match app.changes() {
        Some(Ok(found)) => ABOVE + found.rows.len() + sentence_rows(found, width),
        _ => ABOVE,
    };
    u16::try_from(rows).unwrap_or(u16::MAX)
}

fn sentence_rows(found: &Invariance, width: u16) -> usize {
    wrapped_rows(&found.sentence, width.saturating_sub(2))
}

/// Draws the changes from the marked one on, and below them what follows.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, app: &App, analysis: &Analysis, theme: Theme) {
    let focused = app.data.panel == DataPanel::Parts;
    let title = format!("{} of changed images", analysis.reading.name());
    let changes = app.changes();
    let images = match changes {
        Some(Ok(found)) => format!("a sample of {} · ", format::count(found.images as u64)),
        _ => String::new(),
    };
    let right = Line::styled(format!("{images}c: classes"), theme.dim());
    let mut below = heading(buffer, area, &title, right, focused, theme);
    let found = match changes {
        None => {
            paragraph(buffer, indent(below, 2), "measuring …", theme.dim());
            return;
        }
        Some(Err(sentence)) => {
            paragraph(buffer, indent(below, 2), sentence, theme.warning());
            return;
        }
        Some(Ok(found)) => found,
    };
    if analysis.reading.own().is_some() {
        let sentence = "Only built-in readings are measured here: press r to choose one.";
        paragraph(buffer, indent(below, 2), sentence, theme.dim());
        return;
    }
    let titles = cells(["images", "value", "cap", "change"]);
    let place = take(&mut below, 1);
    let width = usize::from(place.width.saturating_sub(2));
    buffer.set_stringn(place.x + 2, place.y, titles, width, theme.dim());
    let said = sentence_rows(found, area.width);
    let shown = usize::from(below.height);
    let fits = shown >= found.rows.len() + said;
    let first = app.data.part.min(found.rows.len().saturating_sub(shown));
    let first = if fits { 0 } else { first };
    let rows = take(&mut below, found.rows.len() as u16);
    table(buffer, rows, found, analysis, first, theme);
    if fits {
        paragraph(buffer, indent(below, 2), &found.sentence, theme.dim());
    }
}

fn cells(texts: [&str; 4]) -> String {
    let mut row = pad(texts[0], COLUMNS[0], false);
    for (text, columns) in texts.into_iter().zip(COLUMNS).skip(1) {
        row.push_str(&pad(text, columns, true));
    }
    row
}

fn table(
    buffer: &mut Buffer,
    area: Rect,
    found: &Invariance,
    analysis: &Analysis,
    first: usize,
    theme: Theme,
) {
    let value = |row: &crate::depth::Changed| row.value(&analysis.reading);
    let plain = found.rows.first().and_then(value);
    let most = found.rows.iter().filter_map(value).fold(0.0, f64::max);
    let columns: usize = COLUMNS.iter().sum();
    let bar = usize::from(area.width).saturating_sub(columns + 4);
    for (row, place) in found.rows.iter().skip(first).zip(area.rows()) {
        let Some(reading) = row.reading(&analysis.reading) else {
            let problem = row.problem.as_deref().unwrap_or("has no value");
            let text = format!("{} {problem}", pad(&row.change, COLUMNS[0], false));
            let width = usize::from(place.width.saturating_sub(2));
            buffer.set_stringn(place.x + 2, place.y, text, width, theme.dim());
            continue;
        };
        let change = plain.map_or_else(String::new, |plain| {
            format::signed(reading.value - plain, 2)
        });
        let text = cells([
            &row.change,
            &format::fixed(reading.value, 2),
            &reading.cap.to_string(),
            if row.transforms.is_empty() {
                ""
            } else {
                &change
            },
        ]);
        let mut spans = vec![Span::raw("  "), Span::raw(text), Span::raw("  ")];
        if bar >= MIN_BAR && most > 0.0 {
            let filled = (reading.value / most * bar as f64).round() as usize;
            let filled = filled.min(bar);
            spans.push(Span::styled("━".repeat(filled), theme.entropy()));
            spans.push(Span::styled("─".repeat(bar - filled), theme.dim()));
        }
        buffer.set_line(place.x, place.y, &Line::from(spans), place.width);
    }
}
