//! The view of the screen.

mod follow;
mod form;
mod grid;
mod jobs;
mod list;
mod probe;
mod recommend;
mod sweep;
mod workers;

pub use list::in_words;

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::Page;
use crate::format::number_of;
use crate::study::{Found, Study};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{narrow, take};
use crate::tui::widgets::dialogs::{fitted, paragraph};
use crate::tui::widgets::heading::heading;

/// Draws the screen.
///
/// ```text
/// Studies  what many runs say together
///   when         kind       study                         found
/// ▸ today 14:02  recommend  recommend-glyphs-resnet-20    13 of 19 convolutions (95 % set 9 to 13)
/// recommend-glyphs-resnet-20 ────────────────────────────────────────────────────────────────────
/// the answer in a sentence
/// a picture, and a table
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    match app.studies.page {
        Page::Form => form::render(buffer, area, app, theme),
        Page::Follow if app.studies.running.is_some() => follow::render(buffer, area, app, theme),
        Page::Follow | Page::List => studies(buffer, area, app, theme),
    }
}

fn studies(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let right = follow::status(app, theme);
    let right: Vec<Line<'_>> = right.into_iter().collect();
    let mut body = title(buffer, area, app, &right, theme);
    let studies = &app.studies;
    if studies.list.is_empty() {
        empty(buffer, body, app, theme);
        return;
    }
    if !studies.whole {
        let most = if body.height < 24 { 4 } else { body.height / 4 };
        let rows = (studies.list.len() as u16 + 1).min(most);
        list::render(buffer, take(&mut body, rows), app, theme);
        if let Some(sentence) = &studies.failure {
            let place = take(&mut body, 1);
            let text = format::cut(&format!("! {sentence}"), place.width as usize);
            buffer.set_string(place.x, place.y, text, theme.warning());
        }
        take(&mut body, 1);
    }
    if let Some(study) = studies.marked() {
        marked(buffer, body, app, study, theme);
    }
}

fn empty(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = narrow(area, 76);
    take(&mut area, 1);
    let out = Path::new(".").join(&app.settings.out);
    let sentence = match &app.studies.failure {
        Some(sentence) => sentence.clone(),
        None if app.studies.listed => format!("no studies in {} yet", out.display()),
        None => "Looking for studies …".to_owned(),
    };
    let mut rest = paragraph(buffer, area, &sentence, Style::new());
    take(&mut rest, 1);
    let lines = [
        "recommend  how deep does a network need to be, within a budget of time?",
        "sweep      from which depth on does accuracy stop growing?",
        "grid       does the cap hold across datasets, networks and readings?",
        "",
        "n designs one, shows what it costs, and trains it.",
    ];
    for line in lines {
        let place = take(&mut rest, 1);
        buffer.set_stringn(place.x, place.y, line, place.width as usize, theme.dim());
    }
}

/// What the marked study found.
fn marked(buffer: &mut Buffer, area: Rect, app: &App, study: &Study, theme: Theme) {
    let views = app.studies.views();
    let right = match &study.found {
        Found::Sweep(_) | Found::Probe(_) if views > 1 => Line::styled(
            format!("{} of {views} · v next", app.studies.view() + 1),
            theme.dim(),
        ),
        Found::Grid(_) => Line::styled("v: another value", theme.dim()),
        Found::Unfinished { .. } if app.studies.jobs.standing(study).is_some() => {
            jobs::asked(app, study, theme)
        }
        _ => Line::default(),
    };
    let focused = app.studies.inside;
    let body = heading(buffer, area, &study.name, right, focused, theme);
    match &study.found {
        Found::Recommend(outcome) => recommend::render(buffer, body, app, outcome, theme),
        Found::Sweep(outcome) => sweep::render(buffer, body, app, outcome, theme),
        Found::Grid(outline) => match app.studies.grid(study) {
            Some(Ok(found)) => grid::render(buffer, body, app, found, theme),
            Some(Err(why)) => {
                paragraph(buffer, body, why, theme.error());
            }
            None => {
                let rows = answer_rows(body.height);
                let mut rest = sentence(buffer, body, &outline.finding, rows, theme.strong());
                take(&mut rest, 1);
                let cells = number_of(outline.cells, "cell", "cells");
                paragraph(buffer, rest, &format!("reading {cells} …"), theme.dim());
            }
        },
        Found::Probe(probes) => probe::render(buffer, body, app, probes, theme),
        Found::Unfinished { what, .. } => {
            if let Some(standing) = app.studies.jobs.standing(study) {
                jobs::render(buffer, body, app, standing, theme);
            } else {
                let jobs = app.studies.jobs.failure(study);
                unfinished(buffer, body, app, study, (what, jobs), theme);
            }
        }
        Found::Unreadable(sentence) => {
            paragraph(buffer, body, sentence, theme.error());
        }
    }
}

fn unfinished(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    study: &Study,
    (what, jobs): (&str, Option<&str>),
    theme: Theme,
) {
    let runs = list::progress(study);
    let sentence = match &study.holder {
        Some(holder) => format!(
            "{runs}; process {} on {} is running it.",
            holder.pid, holder.host
        ),
        None if study.is_trained_elsewhere() => {
            format!("{runs}; other processes train runs of it now, Enter shows them.")
        }
        None if app.can_continue_study() => {
            format!("{runs}: c continues it, Enter shows its runs.")
        }
        None => format!("{runs}; Enter shows its runs."),
    };
    let mut rest = paragraph(buffer, area, &sentence, theme.warning());
    if let Some(why) = jobs {
        rest = paragraph(buffer, rest, why, theme.error());
    }
    take(&mut rest, 1);
    let rest = paragraph(buffer, rest, what, theme.dim());
    let folder = study.path.display().to_string();
    paragraph(buffer, rest, &folder, theme.dim());
}

/// Draws a sentence over at most `most` rows, cut where it is longer; gives the rows below.
fn sentence(buffer: &mut Buffer, area: Rect, text: &str, most: u16, style: Style) -> Rect {
    paragraph(buffer, area, &fitted(text, area.width, most.into()), style)
}

/// Most rows of the answer in an area of this height.
const fn answer_rows(height: u16) -> u16 {
    if height < 18 { 3 } else { 6 }
}

/// An accuracy or a share with its interval in percent; [`format::UNKNOWN`] where there is none.
fn percent(estimate: Option<crate::evidence::Estimate>, digits: usize) -> String {
    format::known(estimate, |it| {
        format::percent_interval(it.mean, it.interval, digits)
    })
}

/// A difference in points with its interval.
fn points(estimate: Option<crate::evidence::Estimate>) -> String {
    format::known(estimate, |it| {
        crate::format::points(it.mean, it.interval, 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_does_not_fit_ends_with_an_ellipsis() {
        for rows in 1..3 {
            let area = Rect::new(0, 0, 20, rows);
            let mut buffer = Buffer::empty(area);
            let text = "inconclusive: the baseline has not learned in any of its seeds";
            sentence(&mut buffer, area, text, 2, Style::new());
            let symbols = buffer.content().iter().map(ratatui::buffer::Cell::symbol);
            let drawn: String = symbols.collect();
            assert!(drawn.trim_end().ends_with('…'), "{rows}: {drawn}");
        }
    }
}
