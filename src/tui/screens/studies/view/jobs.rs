//! The jobs of a grid that was submitted to Slurm: a line of them, a table of its cells, and the marked cell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::jobs::is_good;
use super::sentence;
use crate::format::number_of;
use crate::study::Study;
use crate::study::cluster::{CellDoing, CellStanding, Standing};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::{draw_header, pad, words};

/// Most rows of the marked cell: its heading, a reason of three rows, and the last lines of its log.
const DETAILS: u16 = 7;
/// Columns of the table beside the name of a cell.
const BESIDE: usize = 10 + 10 + 2 * 4;

/// When Slurm and the files were asked, for a heading.
pub fn asked(app: &App, study: &Study, theme: Theme) -> Line<'static> {
    if let Some(act) = app.studies.jobs.acting(study) {
        return Line::styled(act.doing(), theme.accent());
    }
    let age = app.studies.jobs.age(app.now).unwrap_or_default();
    let text = match age {
        0..2 => "Slurm, now · u looks again".to_owned(),
        age => format!("Slurm, {age} s ago · u looks again"),
    };
    Line::styled(text, theme.dim())
}

/// A line on the jobs, why Slurm could not be asked, and what to do; gives the rows below.
pub fn summary(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    standing: &Standing,
    theme: Theme,
) -> Rect {
    let needs_user = [CellDoing::GivenUp, CellDoing::Left]
        .iter()
        .any(|&doing| standing.count(doing) > 0);
    let style = if needs_user {
        theme.warning()
    } else {
        theme.strong()
    };
    let mut rest = sentence(buffer, area, &standing.in_words(), 2, style);
    if let Some(why) = &standing.not_asked {
        let text = format!("Slurm could not be asked ({why}): this is what the files say.");
        rest = sentence(buffer, rest, &text, 2, theme.warning());
    }
    if app.studies.jobs.acting.is_some() {
        return rest;
    }
    let advice = if needs_user && standing.not_asked.is_none() {
        "t submits again what was given up or has no job."
    } else if standing.is_live() {
        return rest;
    } else {
        "`ebcle-tui grid collect FILE` writes the outcome and the report."
    };
    sentence(buffer, rest, advice, 1, theme.dim())
}

/// A grid that has no outcome yet: all its cells, and the marked one.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, standing: &Standing, theme: Theme) {
    let mut rest = summary(buffer, area, app, standing, theme);
    take(&mut rest, u16::from(area.height >= 14));
    let [at, _] = app.studies.place();
    let cell = standing.cells.get(at);
    let details = cell.map_or(0, |cell| rows_of(cell, area.width));
    let wanted = standing.cells.len() as u16 + 1;
    let most = rest.height.saturating_sub(details + 1).max(3);
    table(
        buffer,
        take(&mut rest, wanted.min(most)),
        app,
        standing,
        theme,
    );
    take(&mut rest, 1);
    if let Some(cell) = cell {
        marked(buffer, rest, cell, theme);
    }
}

fn table(buffer: &mut Buffer, area: Rect, app: &App, standing: &Standing, theme: Theme) {
    let longest = standing.cells.iter().map(|cell| cell.name.width()).max();
    let free = usize::from(area.width).saturating_sub(BESIDE);
    let name = longest.unwrap_or_default().clamp(4, free * 3 / 5);
    let columns = [
        words("cell", name),
        words("state", 10),
        words("job", 10),
        words("how far, where, or why", free.saturating_sub(name)),
    ];
    let mut below = area;
    draw_header(buffer, take(&mut below, 1), &columns, theme);
    let [at, _] = app.studies.place();
    let first = (at + 1).saturating_sub(below.height.into());
    let cells = standing.cells.iter().enumerate().skip(first);
    for ((number, cell), place) in cells.zip(below.rows()) {
        let marked = app.studies.inside && number == at;
        app.hits.add_line(place, App::click_inside, number, marked);
        let style = theme.line(marked);
        let shown = format::cut_middle(&cell.name, name);
        let state = of(cell.doing, style, theme);
        let texts = [
            (pad(&shown, name, false) + "  ", style),
            (pad(cell.doing.name(), 10, false) + "  ", state),
            (pad(&cell.job.id, 10, false) + "  ", style),
            (format::cut(&beside(cell), columns[3].width), style),
        ];
        let spans = texts.map(|(text, style)| Span::styled(text, style));
        let line: Vec<Span<'_>> = std::iter::once(theme.mark(marked)).chain(spans).collect();
        buffer.set_line(place.x, place.y, &Line::from(line), place.width);
    }
}

/// The colour of what a cell does.
fn of(doing: CellDoing, otherwise: Style, theme: Theme) -> Style {
    match is_good(doing) {
        Some(true) => theme.good(),
        Some(false) => theme.error(),
        None => otherwise,
    }
}

/// How far a cell is, on which node, or why it is not trained.
fn beside(cell: &CellStanding) -> String {
    let node = cell.job.node.as_deref();
    match cell.doing {
        CellDoing::Running | CellDoing::Stopping => {
            let parts = [cell.progress.as_deref(), node];
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            parts.join(" on ")
        }
        CellDoing::Waiting => {
            let again = cell.reason.as_ref().map(|reason| {
                let attempts = number_of(cell.attempts, "attempt", "attempts");
                format!("after {attempts}: {reason}")
            });
            again.or_else(|| cell.job.why.clone()).unwrap_or_default()
        }
        CellDoing::Done => String::new(),
        CellDoing::GivenUp | CellDoing::Left | CellDoing::Unknown => {
            let ended = cell.job.end_in_words();
            let ended = ended.map(|word| format!("its job ended ({word})"));
            cell.reason.clone().or(ended).unwrap_or_default()
        }
    }
}

/// Rows that the marked cell takes; lines break between words, so that a few columns of each stay empty.
fn rows_of(cell: &CellStanding, width: u16) -> u16 {
    let columns = width.saturating_sub(10).max(1);
    let reason = (beside(cell).width() as u16).div_ceil(columns).min(3);
    (1 + reason + cell.last_lines.len() as u16).min(DETAILS)
}

/// The marked cell: what it does, and what its last task said.
pub fn marked(buffer: &mut Buffer, area: Rect, cell: &CellStanding, theme: Theme) -> Rect {
    let state = Line::styled(
        format!("{} · job {}", cell.doing.name(), cell.job.id),
        of(cell.doing, theme.dim(), theme),
    );
    let mut below = heading(buffer, area, &cell.name, state, false, theme);
    let text = beside(cell);
    if !text.is_empty() {
        below = sentence(buffer, below, &text, 3, Style::new());
    }
    for line in &cell.last_lines {
        if below.is_empty() {
            break;
        }
        let place = take(&mut below, 1);
        let text = format::cut_middle(&format!("  {line}"), place.width.into());
        buffer.set_string(place.x, place.y, text, theme.dim());
    }
    below
}
