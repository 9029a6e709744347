//! The field that adds a dataset.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::super::{Adding, Candidate};
use super::waiting::stage_words;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::{paragraph, popup, text_field, wrapped_rows};
use crate::tui::widgets::table::pad;

const SENTENCE: &str = "Path of a folder with one folder per class, of a folder of IDX or parquet \
    files, or of a .npz file. The format is detected; folder:, idx:, hf: or npz: before the \
    path sets it. Tab completes.";
/// Most rows of names below the field.
const ROWS: usize = 6;

/// Draws the field, and below it what is wrong, what is being done, or completions of the path.
pub fn adding(buffer: &mut Buffer, area: Rect, app: &App, adding: &Adding, theme: Theme) {
    let width = 72.min(area.width.saturating_sub(2));
    let text_width = width.saturating_sub(4);
    let busy = adding.busy.then(|| busy(app));
    let below = busy.as_deref().or(adding.field.error.as_deref());
    let names = rows_of_names(&adding.candidates, text_width as usize);
    let rows = wrapped_rows(SENTENCE, text_width)
        + below
            .map_or(1, |text| wrapped_rows(text, text_width))
            .max(names.len());
    let inner = popup(buffer, area, width, rows as u16 + 6, "Add a dataset", theme);
    let mut rest = inner;
    take(&mut rest, 1);
    rest = paragraph(buffer, rest, SENTENCE, theme.dim());
    if rest.height < 3 {
        return;
    }
    take(&mut rest, 1);
    let place = take(&mut rest, 1);
    text_field(buffer, place, &adding.field.input, !adding.busy, theme);
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
