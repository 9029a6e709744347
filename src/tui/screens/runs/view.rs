//! The view of the screen.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::columns::outcome_style;
use super::facts::facts;
use super::list;
use crate::format::number_of;
use crate::run::{Activity, RunData, RunListing};
use crate::tui::app::App;
use crate::tui::app::charts::Curves;
use crate::tui::format;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{beside, narrow, take};
use crate::tui::widgets::curves::curves;
use crate::tui::widgets::dialogs::{fitted, paragraph};
use crate::tui::widgets::heading::heading;

/// Fewest columns for the details of a run beside its curves.
const WIDE: u16 = 150;

/// Draws the screen.
///
/// ```text
/// Runs  past trainings and their results                  filter  arch:resnet   3 of 31
///    when ▼       dataset     network     cap  seeds  accuracy %     saved %  verdict
/// ▸● today 14:02  glyphs      resnet-50    13      5  93.4 / 93.6       37.2  non-inferior
/// 2026-11-24-glyphs-resnet-50 ───────────────────────────────────────────────────────────────
/// test accuracy, %                              training loss, nats
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut body = title(buffer, area, app, &list::summary(app, theme), theme);
    if app.runs.filtering {
        list::filter(buffer, &mut body, app, theme);
    }
    if app.runs.listings.is_empty() {
        empty(buffer, body, app, theme);
        return;
    }
    let count = app.runs.visible().len();
    if !app.charts.enlarged || count == 0 {
        let most = body.height / 2;
        let rows = (count as u16).saturating_add(1).clamp(3, most.max(3));
        let more = list::list(buffer, take(&mut body, rows), app, theme);
        problems(buffer, &mut body, app, theme);
        let gap = take(&mut body, 1);
        let more = Line::styled(more, theme.dim());
        more.right_aligned().render(gap, buffer);
    }
    details(buffer, body, app, theme);
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

fn details(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let Some(marked) = app.runs.marked() else {
        return;
    };
    let is_wide = area.width >= WIDE && area.height >= 20 && !app.charts.enlarged;
    let (area, charts) = if is_wide {
        let (left, right) = beside(area, (area.width / 4).clamp(46, 70));
        (left, Some(right))
    } else {
        (area, None)
    };
    let name = format::cut_middle(&marked.name, area.width as usize - 4);
    let mut below = heading(buffer, area, &name, Line::default(), false, theme);
    notes(buffer, &mut below, marked, theme);
    if let Some(sentence) = &app.runs.error {
        paragraph(buffer, below, sentence, theme.error());
        return;
    }
    let Some(run) = app.runs.details() else {
        paragraph(buffer, below, "reading …", theme.dim());
        return;
    };
    let drawn = Curves::of_run(run, &app.runs.saving);
    if let Some(charts) = charts {
        let (sentence, style) = verdict_sentence(run, marked, theme);
        let sentence = fitted(&sentence, below.width, 8);
        below = paragraph(buffer, below, &sentence, style);
        take(&mut below, 1);
        facts(buffer, below, run, theme);
        let count = if charts.height >= 22 { 4 } else { 2 };
        curves(buffer, charts, &drawn, count, app, theme);
        return;
    }
    let place = take(&mut below, 1);
    let text = format::cut(&settings_line(run), place.width as usize);
    buffer.set_string(place.x, place.y, text, theme.dim());
    let place = take(&mut below, 1);
    let text = format::cut_middle(&place_line(run), place.width as usize);
    buffer.set_string(place.x, place.y, text, theme.dim());
    let (sentence, style) = verdict_sentence(run, marked, theme);
    let most = if below.height < 20 { 2 } else { 4 };
    let sentence = fitted(&sentence, below.width, most);
    below = paragraph(buffer, below, &sentence, style);
    if below.height >= 16 {
        take(&mut below, 1);
    }
    let count = if below.height >= 22 { 4 } else { 2 };
    curves(buffer, below, &drawn, count, app, theme);
}

/// Tags and note, in one row; or why they cannot be read.
fn notes(buffer: &mut Buffer, body: &mut Rect, run: &RunListing, theme: Theme) {
    let notes = &run.notes;
    let mut line = Line::default();
    if let Some(problem) = &notes.problem {
        let text = format::cut(problem, body.width as usize);
        line.push_span(Span::styled(text, theme.warning()));
    }
    for tag in &notes.tags {
        line.push_span(Span::styled(format!("#{tag} "), theme.entropy()));
    }
    if !notes.note.is_empty() {
        let free = (body.width as usize).saturating_sub(line.width());
        line.push_span(Span::raw(format::cut(&notes.note, free)));
    }
    if line.width() > 0 {
        let place = take(body, 1);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
}

/// Pair and recipe.
fn settings_line(run: &RunData) -> String {
    let plan = &run.plan;
    let recipe = &run.manifest.settings.recipe;
    let depth = format::known(plan.capped.as_ref(), |capped| capped.conv_depth.to_string());
    format!(
        "{} × {} · cap {} · {} → {depth} convolutions, {} · batch {} · rate {} · {}",
        number_of(recipe.seeds.len(), "seed", "seeds"),
        number_of(recipe.epochs, "epoch", "epochs"),
        plan.unit().in_short(plan.cap),
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
                "unfinished: {} kept",
                number_of(
                    run.metrics.len(),
                    "epoch of both networks is",
                    "epochs of both networks are"
                )
            ),
            theme.warning(),
        ),
    }
}
