//! The field that adds a dataset.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{Adding, Candidate, LINES, stage_words};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{indent, narrow, take};
use crate::tui::widgets::dialogs::{paragraph, popup, text_field, wrapped_rows};
use crate::tui::widgets::table::pad;

const SENTENCE: &str = "The path is that of a folder with one folder per class, of a folder of IDX or \
    parquet files, or of a .npz file. The format is detected; folder:, idx:, hf: or npz: before the \
    path sets it. Tab completes. The other lines may stay empty.";
/// Most rows of names below the field.
const ROWS: usize = 6;

/// Columns of the lines' labels, with the mark before them.
const LABEL: u16 = 16;
/// Most columns of a text below the path.
const VALUE: u16 = 18;

/// Draws the lines, and below them what is wrong, what is being done, or completions of the path.
pub fn adding(buffer: &mut Buffer, area: Rect, app: &App, adding: &Adding, theme: Theme) {
    let width = 100.min(area.width.saturating_sub(2));
    let text_width = width.saturating_sub(4);
    let busy = adding.busy.then(|| busy(app));
    let below = busy.as_deref().or(adding.error());
    let names = rows_of_names(&adding.candidates, text_width as usize);
    let rows = below
        .map_or(1, |text| wrapped_rows(text, text_width))
        .max(names.len());
    let all = wrapped_rows(SENTENCE, text_width) + LINES.len() + rows;
    let inner = popup(buffer, area, width, all as u16 + 6, "Add a dataset", theme);
    let mut rest = inner;
    rest = paragraph(buffer, rest, SENTENCE, theme.dim());
    if rest.height < 3 {
        return;
    }
    take(&mut rest, 1);
    let is_focused = |line: usize| !adding.busy && adding.focus == line;
    let place = label(
        buffer,
        app,
        take(&mut rest, 1),
        "path",
        (0, is_focused(0)),
        theme,
    );
    text_field(buffer, place, &adding.field.input, is_focused(0), theme);
    for (number, (line, field)) in (1..).zip(LINES.iter().zip(&adding.how)) {
        let at = (number, is_focused(number));
        let place = label(buffer, app, take(&mut rest, 1), line.label, at, theme);
        let value = narrow(place, VALUE);
        text_field(buffer, value, &field.input, is_focused(number), theme);
        let hint = indent(place, VALUE + 2);
        buffer.set_stringn(hint.x, hint.y, line.hint, hint.width as usize, theme.dim());
    }
    take(&mut rest, 1);
    match below {
        Some(text) => {
            let style = if adding.busy {
                theme.dim()
            } else {
                theme.error()
            };
            paragraph(buffer, rest, text, style);
        }
        None => {
            for (name, row) in names.iter().zip(rest.rows()) {
                buffer.set_stringn(row.x, row.y, name, row.width as usize, Style::new());
            }
        }
    }
}

/// Draws the label of the line with a number, and whether that has the focus; gives the place of its text.
fn label(
    buffer: &mut Buffer,
    app: &App,
    row: Rect,
    name: &str,
    (number, is_focused): (usize, bool),
    theme: Theme,
) -> Rect {
    let line = Line::from(vec![
        theme.mark(is_focused),
        Span::styled(name.to_owned(), theme.line(is_focused)),
    ]);
    buffer.set_line(row.x, row.y, &line, row.width);
    app.hits.add(row, App::click_adding, number);
    indent(row, LABEL)
}

fn busy(app: &App) -> String {
    let Some((what, share)) = app.data.loading.map(stage_words) else {
        return "looking …".to_owned();
    };
    match share {
        Some((_, numbers)) => format!("{what}: {numbers} …"),
        None => format!("{what} …"),
    }
}

/// Names in columns, read from left to right, as far as there are rows for them.
fn rows_of_names(candidates: &[Candidate], width: usize) -> Vec<String> {
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            let end = if candidate.folder { "/" } else { "" };
            format!("{}{end}", candidate.name)
        })
        .collect();
    let widest = names.iter().map(|name| name.width()).max();
    let column = widest.unwrap_or(0).clamp(1, width.max(1)) + 2;
    let across = ((width + 2) / column).max(1);
    let line = |names: &[String]| {
        let cells = names.iter().map(|name| pad(name, column - 2, false));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut rows: Vec<String> = names.chunks(across).map(line).collect();
    if rows.len() > ROWS {
        rows.truncate(ROWS - 1);
        let more = names.len() - (ROWS - 1) * across;
        rows.push(format!("… and {} more", format::count(more as u64)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_columns_and_the_rest_is_counted() {
        let candidates: Vec<Candidate> = (0..40)
            .map(|index| Candidate {
                name: format!("set-{index:02}"),
                folder: index % 2 == 0,
            })
            .collect();
        let rows = rows_of_names(&candidates, 30);
        assert_eq!(rows[0], "set-00/  set-01   set-02/");
        assert_eq!(rows.len(), ROWS);
        assert_eq!(rows[ROWS - 1], "… and 25 more");
        assert!(rows_of_names(&[], 30).is_empty());
        assert_eq!(rows_of_names(&candidates[..1], 3), ["se…"]);
    }
}
