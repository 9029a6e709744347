//! The list of runs, and the filter above it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::columns::{Placed, draw_row, placed};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{indent, take};
use crate::tui::widgets::dialogs::text_field;
use crate::tui::widgets::table::pad;

/// What stands before the filter.
const LABEL: &str = "filter  ";

/// Draws the filter while it is typed: the text, and below it what is wrong, or what Tab puts in.
///
/// ```text
/// filter  dataset:mnist acc>98                                                      3 of 31
///         acc>  accuracy of the capped network   acc.baseline>  accuracy of the baseline
/// ```
pub fn filter(buffer: &mut Buffer, body: &mut Rect, app: &App, theme: Theme) {
    let runs = &app.runs;
    let (row, below) = (take(body, 1), take(body, 1));
    let wrong = runs.wrong.as_ref();
    let count = match wrong.filter(|wrong| wrong.incomplete) {
        Some(wrong) => format!("{} · {}", wrong.in_short(), runs.count()),
        None => runs.count(),
    };
    let columns = Layout::horizontal([
        Constraint::Length(LABEL.len() as u16),
        Constraint::Fill(1),
        Constraint::Length(count.width() as u16 + 2),
    ]);
    let [label, place, right] = row.layout(&columns);
    buffer.set_string(label.x, label.y, LABEL, theme.accent());
    text_field(buffer, place, &runs.filter.input, true, theme);
    buffer.set_string(right.x + 2, right.y, &count, theme.dim());
    if let Some([start, width]) = runs.wrong_part() {
        let scroll = runs.filter.input.visual_scroll(place.width as usize - 1);
        let from = start.saturating_sub(scroll);
        let until = (start + width)
            .saturating_sub(scroll)
            .min(place.width as usize);
        for column in from..until {
            let cell = &mut buffer[(place.x + column as u16, place.y)];
            cell.set_style(theme.error());
        }
    }
    let below = indent(below, LABEL.len() as u16);
    match &runs.wrong {
        Some(wrong) if !wrong.incomplete || runs.completion.candidates.is_empty() => {
            let style = if wrong.incomplete {
                theme.dim()
            } else {
                theme.error()
            };
            let text = format::cut(&wrong.problem, below.width as usize);
            buffer.set_string(below.x, below.y, text, style);
        }
        _ => candidates(buffer, below, app, theme),
    }
}

/// What Tab puts into the filter, in one row that follows the one that stands there.
fn candidates(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let runs = &app.runs;
    let all = &runs.completion.candidates;
    if all.is_empty() {
        let hint = "words, \"words\", /pattern/, field:value, field>value; not, or, ( )";
        let hint = format::cut(hint, area.width as usize);
        buffer.set_string(area.x, area.y, hint, theme.dim());
        return;
    }
    let is_short = all.len() > 4;
    let shown = |at: usize| {
        let one = &all[at];
        let about = if is_short && runs.completed != Some(at) {
            String::new()
        } else {
            format!("  {}", one.about)
        };
        (one.text.clone(), about)
    };
    let width = |at: usize| {
        let (text, about) = shown(at);
        text.width() + about.trim_end().width() + 3
    };
    let until = runs.completed.unwrap_or(0);
    let mut first = 0;
    while first < until && (first..=until).map(width).sum::<usize>() > area.width as usize {
        first += 1;
    }
    let mut line = Line::default();
    for at in first..all.len() {
        if line.width() + width(at) > area.width as usize + 3 && at > first {
            break;
        }
        let (text, about) = shown(at);
        let style = if runs.completed == Some(at) {
            theme.accent().add_modifier(Modifier::REVERSED)
        } else {
            Style::new()
        };
        line.push_span(Span::styled(text, style));
        line.push_span(Span::styled(
            format!("{}   ", about.trim_end()),
            theme.dim(),
        ));
    }
    buffer.set_line(area.x, area.y, &line, area.width);
}

/// What stands at the end of the title: the filter, and how many runs it leaves. The first that fits is shown.
pub fn summary(app: &App, theme: Theme) -> Vec<Line<'static>> {
    let runs = &app.runs;
    if runs.listings.is_empty() || runs.filtering {
        return Vec::new();
    }
    let count = Span::styled(runs.count(), theme.dim());
    if !runs.is_filtered() {
        return vec![Line::from(count)];
    }
    let with = |width: usize| {
        Line::from(vec![
            Span::styled(LABEL, theme.accent()),
            Span::raw(format::cut(runs.filter.text(), width)),
            Span::raw("   "),
            count.clone(),
        ])
    };
    vec![with(usize::MAX), with(40), with(24)]
}

/// Draws the list with its header; gives what to say of runs above and below.
pub fn list(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) -> String {
    let runs = &app.runs;
    let columns = placed(area.width, runs.longest);
    let mut below = area;
    header(buffer, take(&mut below, 1), app, &columns, theme);
    let count = runs.visible().len();
    if count == 0 {
        let text = "no run fits the filter; Esc shows all";
        buffer.set_string(below.x + super::columns::BEFORE, below.y, text, theme.dim());
        return String::new();
    }
    app.hits.add_list(below, App::step_run);
    let rows = below.height as usize;
    let first = (runs.marked + 1).saturating_sub(rows);
    let shown = runs.visible().enumerate().skip(first);
    for ((index, run), place) in shown.zip(below.rows()) {
        let here = index == runs.marked;
        let line = theme.line(here);
        app.hits.add_line(place, App::click_run, index, here);
        buffer.set_span(place.x, place.y, &theme.mark(here), 2);
        if let Some(colour) = runs.colour(run) {
            buffer.set_string(place.x + 1, place.y, "●", theme.run(colour));
        }
        draw_row(
            buffer,
            place,
            &columns,
            run,
            (app.now, &app.zone),
            line,
            theme,
        );
    }
    let hidden = count.saturating_sub(first + rows);
    let parts = [("↑", first), ("↓", hidden)];
    let parts = parts.iter().filter(|(_, number)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(arrow, number)| format!("{arrow} {number} more"))
        .collect();
    parts.join("   ")
}

/// The names of the columns; the one that orders the list has a triangle at its inner end.
fn header(buffer: &mut Buffer, area: Rect, app: &App, columns: &[Placed], theme: Theme) {
    let sort = app.runs.sort;
    for placed in columns {
        let (column, here) = (placed.column, placed.by == sort.by);
        let style = if here { theme.accent() } else { theme.dim() };
        let x = area.x + placed.x;
        let place = Rect {
            x,
            width: column.width as u16,
            ..area
        };
        app.hits.add(place, App::click_column, placed.by as usize);
        buffer.set_string(
            x,
            area.y,
            pad(column.title, column.width, column.number),
            style,
        );
        if here {
            let mark = if sort.descending { "▼" } else { "▲" };
            let title = column.title.width().min(column.width) as u16;
            let x = if column.number {
                x + column.width as u16 - title - 1
            } else {
                x + title
            };
            buffer.set_string(x, area.y, mark, style);
        }
    }
}
