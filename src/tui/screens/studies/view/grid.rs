//! A grid: the finding, its cells as a heat map, the marked cell, and what entropy's rule predicts.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::CellColour;
use super::super::ShownGrid;
use super::{answer_rows, percent, points, sentence};
use crate::evidence::{Estimate, VerdictOutcome, rounded_p};
use crate::study::Study;
use crate::study::cluster::CellDoing;
use crate::study::grid::{CellOutcome, CellState, GridOutcome};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{beside, take};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::heat_map::{Cell, HeatMap, Shade};

/// Fewest columns and rows for the maps of all values.
const WIDE: u16 = 150;
const TALL: u16 = 24;

pub fn render(buffer: &mut Buffer, area: Rect, app: &App, grid: &ShownGrid, theme: Theme) {
    let ShownGrid { outcome, axes } = grid;
    let rows = answer_rows(area.height);
    let mut rest = sentence(buffer, area, &outcome.finding, rows, theme.strong());
    if let Some(left) = outcome.left() {
        let study = app.studies.marked();
        let how = if study.is_some_and(Study::is_trained_elsewhere) {
            "; another process trains it"
        } else if app.can_continue_study() {
            "; c continues it"
        } else {
            ""
        };
        let text = format!("Unfinished: {left}{how}.");
        rest = sentence(buffer, rest, &text, 1, theme.warning());
    }
    let standing = app
        .studies
        .marked()
        .and_then(|it| app.studies.jobs.standing(it));
    if let Some(standing) = standing.filter(|standing| !standing.is_done()) {
        rest = super::jobs::summary(buffer, rest, app, standing, theme);
    }
    take(&mut rest, u16::from(area.height >= 22));
    if rest.width >= WIDE && rest.height >= TALL {
        return wide(buffer, rest, app, grid, theme);
    }
    let details = 5;
    let wanted = axes.rows.len() as u16 + 3;
    let most = rest.height.saturating_sub(details).max(5);
    let mut below = rest;
    let place = take(&mut below, wanted.min(most));
    let shown = app.studies.colour;
    draw_map(buffer, place, app, grid, shown, theme);
    let gap = u16::from(below.height > details);
    take(&mut below, gap);
    explained(buffer, below, app, grid, theme);
}

/// The maps of all values, the chosen one first, and to their right the marked cell and what entropy's rule predicts.
fn wide(buffer: &mut Buffer, area: Rect, app: &App, grid: &ShownGrid, theme: Theme) {
    let right = (area.width / 3).clamp(56, 90);
    let (left, right) = beside(area, area.width - right - 3);
    let halves = Layout::vertical([Constraint::Fill(1); 2]).spacing(1);
    let columns = Layout::horizontal([Constraint::Fill(1); 2]).spacing(3);
    let places = left
        .layout::<2>(&halves)
        .map(|row| row.layout::<2>(&columns));
    let chosen = app.studies.colour as usize;
    let all = CellColour::ALL.iter().cycle().skip(chosen);
    for (&colour, place) in all.zip(places.as_flattened()) {
        draw_map(buffer, *place, app, grid, colour, theme);
    }
    explained(buffer, right, app, grid, theme);
}

/// The marked cell, and what entropy's rule predicts.
fn explained(buffer: &mut Buffer, mut area: Rect, app: &App, grid: &ShownGrid, theme: Theme) {
    let outcome = &grid.outcome;
    if let Some(cell) = grid.cell(app.studies.place()) {
        let state = state(cell, trained(app));
        area = marked(buffer, area, outcome, (cell, &state), theme);
        let study = app.studies.marked();
        let job = study.and_then(|study| app.studies.jobs.cell(study, &cell.name));
        if let Some(job) = job.filter(|job| job.doing != CellDoing::Done) {
            area = super::jobs::marked(buffer, area, job, theme);
        }
    }
    interactions(buffer, area, outcome, theme);
}

/// A heading and a map below it, whose cells are as high as there is room.
fn draw_map(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    grid: &ShownGrid,
    colour: CellColour,
    theme: Theme,
) {
    let marked = app.studies.place();
    let axes = &grid.axes;
    let mut map = map(grid, colour, marked, trained(app));
    let legend = legend(colour, theme);
    let [long, short] = name(colour);
    let fits = long.width() + legend.width() + 3 <= usize::from(area.width);
    let name = if fits { long } else { short };
    let below = heading(buffer, area, name, legend, false, theme);
    let rows = axes.rows.len().max(1) as u16;
    let each = below.height.saturating_sub(2) / rows;
    map.tall = match each {
        0..3 => 1,
        3..5 => 3,
        _ => 5,
    };
    for (cell, [row, column]) in map.render(buffer, below, theme) {
        let number = row * axes.columns.len() + column;
        let has_focus = app.studies.inside && marked == [row, column];
        app.hits
            .add_line(cell, App::click_inside, number, has_focus);
    }
}

/// What a colour stands for, in many and in few words.
const fn name(colour: CellColour) -> [&'static str; 2] {
    match colour {
        CellColour::Effect => [
            "effect of depth: accuracy of the baseline less the capped, points",
            "effect of depth, points",
        ],
        CellColour::Saved => ["training time saved, %", "time saved, %"],
        CellColour::Verdict => ["verdict after Holm's correction", "verdict"],
        CellColour::P => [
            "p after Holm's correction, the smaller of both directions",
            "p after Holm's correction",
        ],
    }
}

fn legend(colour: CellColour, theme: Theme) -> Line<'static> {
    let entry = |shade: Shade, text: &'static str| {
        [
            Span::styled("  ", shade.style(theme)),
            Span::styled(format!(" {text}  "), theme.dim()),
        ]
    };
    let parts = match colour {
        CellColour::Effect => vec![
            entry(Shade::TwoSided(1.0), "+ depth helps"),
            entry(Shade::TwoSided(-1.0), "− it hurts"),
        ],
        CellColour::Saved => vec![
            entry(Shade::Better(1.0), "+ saved"),
            entry(Shade::Better(-1.0), "− took longer"),
        ],
        CellColour::Verdict => vec![
            entry(Shade::Better(1.0), "non-inferior"),
            entry(Shade::Better(-1.0), "inferior"),
            entry(Shade::Nothing, "inconclusive"),
        ],
        CellColour::P => vec![
            entry(Shade::Rising(1.0), "0.001 or less"),
            entry(Shade::Rising(0.0), "1"),
        ],
    };
    Line::from(parts.into_iter().flatten().collect::<Vec<_>>())
}

/// The names of the cells that other processes train now.
fn trained(app: &App) -> &[String] {
    let study = app.studies.marked();
    study.map_or(&[][..], |study| &study.trained)
}

/// What a cell without a result does: `running` where another process trains it.
fn state(cell: &CellOutcome, trained: &[String]) -> String {
    let is_left = cell.summary.is_none() && cell.state.is_left();
    if is_left && trained.contains(&cell.name) {
        return "running".to_owned();
    }
    cell.state.name()
}

fn map(grid: &ShownGrid, colour: CellColour, marked: [usize; 2], trained: &[String]) -> HeatMap {
    let ShownGrid { outcome, axes } = grid;
    let most = |value: fn(&CellOutcome) -> Option<f64>| {
        let values = outcome.cells.iter().filter_map(value);
        values.map(f64::abs).fold(0.0, f64::max).max(1e-9)
    };
    let scale = match colour {
        CellColour::Effect => most(|cell| Some(effect(cell)?.mean)),
        CellColour::Saved => most(|cell| Some(saved(cell)?.mean)),
        CellColour::Verdict | CellColour::P => 1.0,
    };
    let row = |at: usize| {
        let columns = 0..axes.columns.len();
        let cell = |column| grid.cell([at, column]);
        columns
            .map(|column| cell(column).map(|cell| shown(cell, colour, scale, trained)))
            .collect()
    };
    HeatMap {
        rows: axes.rows.clone(),
        columns: axes.columns.clone(),
        cells: (0..axes.rows.len()).map(row).collect(),
        marked: Some(marked),
        tall: 1,
    }
}

/// Accuracy of the baseline less that of the capped network; none before a cell is finished.
fn effect(cell: &CellOutcome) -> Option<Estimate> {
    let difference = cell.summary.as_ref()?.verdict.difference?;
    Some(Estimate {
        mean: -difference.mean,
        interval: difference.interval.map(|[low, high]| [-high, -low]),
    })
}

fn saved(cell: &CellOutcome) -> Option<Estimate> {
    cell.summary.as_ref()?.time_saved
}

fn shown(cell: &CellOutcome, colour: CellColour, scale: f64, trained: &[String]) -> Cell {
    if cell.summary.is_none() {
        let text = match &cell.state {
            CellState::SameAs(_) => "same".to_owned(),
            CellState::NothingToCap => "no cap".to_owned(),
            _ => state(cell, trained),
        };
        return Cell {
            text,
            shade: Shade::Nothing,
        };
    }
    let (text, shade) = match colour {
        CellColour::Effect => {
            let mean = effect(cell).map(|effect| effect.mean);
            (
                format::known(mean, |mean| format::signed(mean * 100.0, 2)),
                mean.map_or(Shade::Nothing, |mean| Shade::TwoSided(mean / scale)),
            )
        }
        CellColour::Saved => {
            let mean = saved(cell).map(|saved| saved.mean);
            (
                format::known(mean, |mean| format::percent(mean, 1)),
                mean.map_or(Shade::Nothing, |mean| Shade::Better(mean / scale)),
            )
        }
        CellColour::Verdict => match cell.outcome {
            Some(VerdictOutcome::NonInferior) => ("non-inf.".to_owned(), Shade::Better(1.0)),
            Some(VerdictOutcome::Inferior) => ("inferior".to_owned(), Shade::Better(-1.0)),
            Some(VerdictOutcome::Inconclusive) => ("open".to_owned(), Shade::Nothing),
            None => (format::UNKNOWN.to_owned(), Shade::Nothing),
        },
        CellColour::P => {
            let p = cell.smaller_p();
            let strength = |p: f64| Shade::Rising((-p.max(1e-12).log10() / 3.0).clamp(0.0, 1.0));
            (
                format::known(p, rounded_p),
                p.map_or(Shade::Nothing, strength),
            )
        }
    };
    Cell { text, shade }
}

/// The marked cell.
fn marked(
    buffer: &mut Buffer,
    area: Rect,
    outcome: &GridOutcome,
    (cell, state): (&CellOutcome, &str),
    theme: Theme,
) -> Rect {
    let state = Line::styled(state, theme.dim());
    let mut below = heading(buffer, area, &outcome.label(cell), state, false, theme);
    let mut lines: Vec<(String, Style)> = Vec::new();
    if let Some(pair) = &cell.pair {
        let capped = format::known(pair.capped.as_ref(), |it| it.conv_depth.to_string());
        lines.push((
            format!(
                "{} bits · {} · {} → {capped} convolutions{}",
                format::fixed(pair.entropy, 2),
                cell.cap_in_words(pair.cap),
                pair.baseline.conv_depth,
                cell.price
                    .as_ref()
                    .map_or_else(String::new, |price| format!(" · {}", price.text())),
            ),
            theme.dim(),
        ));
    }
    if let Some([baseline, capped]) = cell.accuracies() {
        lines.push((
            format!(
                "baseline {} %, capped {} % · effect of depth {} points",
                percent(Some(baseline), 2),
                percent(Some(capped), 2),
                points(effect(cell))
            ),
            Style::new(),
        ));
        let p = format::known(cell.smaller_p(), rounded_p);
        let style = cell.outcome.map_or(Style::new(), |it| theme.outcome(it));
        lines.push((
            format!(
                "{} (p {p} after Holm) · time saved {} %",
                format::known(cell.verdict(), |verdict| verdict),
                percent(saved(cell), 1)
            ),
            style,
        ));
    }
    if let Some(reason) = &cell.reason {
        lines.push((reason.clone(), theme.error()));
    }
    for (text, style) in lines {
        below = sentence(buffer, below, &text, 2, style);
    }
    below
}

/// Whether depth helps more where entropy is higher, as many sentences as fit.
fn interactions(buffer: &mut Buffer, area: Rect, outcome: &GridOutcome, theme: Theme) {
    if outcome.interactions.is_empty() || area.height < 4 {
        return;
    }
    let mut below = area;
    take(&mut below, 1);
    let title = "does depth help more where entropy is higher?";
    below = heading(buffer, below, title, Line::default(), false, theme);
    for found in &outcome.interactions {
        if below.is_empty() {
            return;
        }
        below = sentence(buffer, below, &found.sentence, below.height, Style::new());
    }
}
