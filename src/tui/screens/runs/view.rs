//! The view of the screen.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::verdict_word;
use crate::evidence::mean_interval;
use crate::run::{Activity, RunData, RunListing, RunStatus, SeedResult};
use crate::tui::app::App;
use crate::tui::app::charts::Curves;
use crate::tui::format;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{narrow, take};
use crate::tui::widgets::curves::curves;
use crate::tui::widgets::dialogs::{paragraph, text_field, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::{Column, header, number, row, words};

/// Fewest columns for a list with seeds and intervals.
const WIDE: u16 = 116;

/// Draws the screen.
///
/// ```text
/// Runs  past trainings and their results                                  filter  arch:resnet
///   when         dataset     network     cap  seeds  accuracy %     saved %  verdict
/// ▸ today 14:02  glyphs      resnet-50    13      5  93.4 / 93.6       37.2  non-inferior
/// 2026-11-24-glyphs-resnet-50 ───────────────────────────────────────────────────────────────
/// test accuracy, %                              training loss, nats
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut body = title(buffer, area, app, &[], theme);
    filter(buffer, area, app, theme);
    let visible = app.runs.visible();
    if app.runs.listings.is_empty() {
        empty(buffer, body, app, theme);
        return;
    }
    if !app.charts.enlarged || visible.is_empty() {
        let most = body.height / 2;
        let rows = (visible.len() as u16 + 1).clamp(3, most.max(3));
        let place = take(&mut body, rows);
        list(buffer, place, app, &visible, theme);
        problems(buffer, &mut body, app, theme);
        take(&mut body, 1);
    }
    details(buffer, body, app, theme);
}

fn filter(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let runs = &app.runs;
    if !runs.filtering && runs.filter.text().is_empty() {
        return;
    }
    let width = Constraint::Length(30.min(area.width / 3));
    let columns = Layout::horizontal([Constraint::Fill(1), Constraint::Length(8), width]);
    let [_, label, place] = area.layout(&columns);
    buffer.set_string(label.x, label.y, "filter", theme.accent());
    text_field(buffer, place, &runs.filter.input, runs.filtering, theme);
}

fn empty(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = narrow(area, 72);
    take(&mut area, 1);
    let sentence = if app.is_training() {
        "The first run has begun; it is listed as soon as its folder is written.".to_owned()
    } else if app.runs.listed {
        format!(
            "no runs in {} yet: start a training on screen 3",
            Path::new(".").join(&app.settings.out).display()
        )
    } else {
        "Looking for runs …".to_owned()
    };
    let mut rest = paragraph(buffer, area, &sentence, Style::new());
    take(&mut rest, 1);
    for problem in &app.runs.problems {
        rest = paragraph(buffer, rest, problem, theme.warning());
    }
}

fn problems(buffer: &mut Buffer, body: &mut Rect, app: &App, theme: Theme) {
    let Some(first) = app.runs.problems.first() else {
        return;
    };
    let more = app.runs.problems.len() - 1;
    let text = if more > 0 {
        format!("! {first} (and {more} more)")
    } else {
        format!("! {first}")
    };
    let place = take(body, 1);
    let text = format::cut(&text, place.width as usize);
    buffer.set_string(place.x, place.y, text, theme.warning());
}

/// The columns of the list; a narrow one is without seeds and intervals.
fn columns(width: u16) -> [Column; 8] {
    if width >= WIDE {
        let spare = ((width - WIDE) as usize / 2).min(14);
        [
            words("when", 14),
            words("dataset", 14 + spare),
            words("network", 12 + spare),
            number("cap", 3),
            number("seeds", 5),
            number("accuracy baseline / capped, %", 29),
            number("saved, %", 11),
            words("verdict", 12),
        ]
    } else {
        [
            words("when", 7),
            words("dataset", 12),
            words("network", 10),
            number("cap", 3),
            number("", 0),
            number("accuracy, %", 11),
            number("saved, %", 8),
            words("verdict", 12),
        ]
    }
}

fn list(buffer: &mut Buffer, area: Rect, app: &App, visible: &[&RunListing], theme: Theme) {
    let columns = columns(area.width);
    buffer.set_stringn(
        area.x + 2,
        area.y,
        header(&columns),
        area.width as usize - 2,
        theme.dim(),
    );
    if visible.is_empty() {
        let text = "no run matches the filter; Esc shows all";
        buffer.set_string(area.x + 2, area.y + 1, text, theme.dim());
    }
    let mut below = area;
    take(&mut below, 1);
    let first = (app.runs.marked + 1).saturating_sub(below.height as usize);
    for ((index, run), place) in visible.iter().enumerate().skip(first).zip(below.rows()) {
        let marked = index == app.runs.marked;
        let style = theme.line(marked);
        let cells = cells(run, app, area.width);
        let words = row(&columns[..7], &cells[..7]);
        let filled = format!("{words:<width$}  ", width = width_of(&columns[..7]));
        let line = Line::from(vec![
            theme.mark(marked),
            Span::styled(filled, style),
            Span::styled(cells[7].clone(), outcome_style(run, theme)),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
}

fn width_of(columns: &[Column]) -> usize {
    let shown = columns.iter().filter(|column| column.width > 0);
    shown.map(|column| column.width + 2).sum::<usize>() - 2
}

fn outcome_style(run: &RunListing, theme: Theme) -> Style {
    match &run.activity {
        Activity::Running { .. } => return theme.good(),
        Activity::Silent { .. } => return theme.warning(),
        Activity::Killed { .. } => return theme.error(),
        _ => {}
    }
    match &run.summary {
        None => theme.dim(),
        Some(_) if run.status == RunStatus::Diverged => theme.error(),
        Some(summary) => theme.outcome(summary.verdict.outcome),
    }
}

fn cells(run: &RunListing, app: &App, width: u16) -> [String; 8] {
    let wide = width >= WIDE;
    let summary = run.summary.as_ref();
    let estimate = |value: fn(&SeedResult) -> f64| {
        let seeds = summary.map_or(&[][..], |summary| &summary.seeds[..]);
        mean_interval(&seeds.iter().map(value).collect::<Vec<_>>())
    };
    let network = columns(width)[2].width;
    let accuracy = [
        estimate(|seed| seed.baseline.test_accuracy),
        estimate(|seed| seed.capped.test_accuracy),
    ];
    let saved = summary.and_then(|summary| summary.time_saved);
    let short = |estimate: Option<crate::evidence::Estimate>| {
        if wide {
            format::percent_estimate(estimate)
        } else {
            format::known(estimate, |estimate| format::percent(estimate.mean, 1))
        }
    };
    [
        when(run.created, app.now, &app.zone, wide),
        run.dataset.clone(),
        format::cut_middle(&run.architecture, network),
        run.cap.to_string(),
        match summary {
            Some(summary) if summary.seeds.len() < run.seeds => {
                format!("{}/{}", summary.seeds.len(), run.seeds)
            }
            _ => run.seeds.to_string(),
        },
        if summary.is_some() {
            accuracy.map(short).join(" / ")
        } else {
            format::UNKNOWN.to_owned()
        },
        short(saved),
        verdict_word(run),
    ]
}

/// A time: `today 14:02`, `23 Nov 18:05`, `2025-12-31`, or shorter.
fn when(created: Timestamp, now: Timestamp, zone: &TimeZone, wide: bool) -> String {
    let (created, now) = (
        created.to_zoned_datetime(zone.clone()),
        now.to_zoned_datetime(zone.clone()),
    );
    let [today, this_year, earlier] = if wide {
        ["today %H:%M", "%d %b %H:%M", "%Y-%m-%d"]
    } else {
        ["%H:%M", "%d %b", "%Y-%m"]
    };
    let style = if created.date() == now.date() {
        today
    } else if created.year() == now.year() {
        this_year
    } else {
        earlier
    };
    created.strftime(style).to_string()
}

fn details(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let Some(marked) = app.runs.marked() else {
        return;
    };
    let mut below = heading(buffer, area, &marked.name, Line::default(), false, theme);
    if let Some(sentence) = &app.runs.error {
        paragraph(buffer, below, sentence, theme.error());
        return;
    }
    let Some(run) = app.runs.details() else {
        paragraph(buffer, below, "reading …", theme.dim());
        return;
    };
    for text in [settings_line(run), place_line(run)] {
        let place = take(&mut below, 1);
        let text = format::cut(&text, place.width as usize);
        buffer.set_string(place.x, place.y, text, theme.dim());
    }
    let (sentence, style) = verdict_sentence(run, marked, theme);
    let most = if below.height < 20 { 2 } else { 4 };
    let rows = (wrapped_rows(&sentence, below.width) as u16).min(most);
    paragraph(buffer, take(&mut below, rows), &sentence, style);
    if below.height >= 16 {
        take(&mut below, 1);
    }
    let drawn = Curves::of_run(run, &app.runs.saving);
    let count = if below.height >= 22 { 4 } else { 2 };
    curves(buffer, below, &drawn, count, &app.charts, theme);
}

/// Pair and recipe.
fn settings_line(run: &RunData) -> String {
    let plan = &run.plan;
    let recipe = &run.manifest.settings.recipe;
    let seeds = recipe.seeds.len();
    let depth = format::known(plan.capped.as_ref(), |capped| capped.conv_depth.to_string());
    format!(
        "{seeds} {} × {} epochs · {} → {depth} convolutions, {} · batch {} · rate {} · {}",
        if seeds == 1 { "seed" } else { "seeds" },
        recipe.epochs,
        plan.baseline.conv_depth,
        plan.width_policy,
        recipe.batch_size,
        recipe.learning_rate,
        plan.reading
    )
}

/// Device and folder.
fn place_line(run: &RunData) -> String {
    format!("{} · {}", run.manifest.device, run.path.display())
}

fn verdict_sentence(run: &RunData, marked: &RunListing, theme: Theme) -> (String, Style) {
    match &run.summary {
        Some(summary) => (
            match summary.divergence() {
                Some(reasons) => format!("diverged: {reasons}; {}", summary.verdict.reason),
                None => format!("{}: {}", summary.verdict.outcome, summary.verdict.reason),
            },
            outcome_style(marked, theme),
        ),
        None if marked.activity != Activity::Stopped => (
            format!(
                "{}. {}",
                marked.activity.in_words(),
                match marked.activity {
                    Activity::Killed { .. } => "r resumes it.",
                    _ => "Enter follows it.",
                }
            ),
            outcome_style(marked, theme),
        ),
        None => (
            format!(
                "unfinished: {} epochs of both networks are kept",
                run.metrics.len()
            ),
            theme.warning(),
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_one_would() {
        let now = crate::tui::fixtures::now();
        let say = |text: &str| when(text.parse().unwrap(), now, &TimeZone::UTC, true);
        assert_eq!(say("2026-11-24T09:40:00Z"), "today 09:40");
        assert_eq!(say("2026-11-23T18:05:00Z"), "23 Nov 18:05");
        assert_eq!(say("2025-12-31T23:10:00Z"), "2025-12-31");
    }
}
