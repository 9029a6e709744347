//! The table of a comparison: results, paired differences, and the settings that differ.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::values::told_apart;
use super::{Comparison, letter};
use crate::evidence::{Estimate, rounded_p};
use crate::format::number_of;
use crate::run::{Paired, RunData, RunStatus, Summary};
use crate::training::Role;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::table::pad;

/// Columns of the screen for the names of rows.
const NAMES: u16 = 24;
/// Fewest columns of the screen for a run.
const RUN: u16 = 16;
/// Most columns of the screen for a run.
const WIDEST: u16 = 34;

/// A row of results: its name and what a run shows.
type Row = (&'static str, fn(&RunData) -> String);

static RESULTS: [Row; 7] = [
    ("dataset", |run| run.plan.dataset.clone()),
    ("network", |run| run.plan.architecture.clone()),
    ("verdict", |run| {
        match (&run.summary, RunStatus::of(run.summary.as_ref())) {
            (Some(_), RunStatus::Diverged) => "diverged".to_owned(),
            (Some(summary), _) => summary.verdict.outcome.to_string(),
            (None, _) => "unfinished".to_owned(),
        }
    }),
    ("accuracy baseline, %", |run| accuracy(run, Role::Baseline)),
    ("accuracy capped, %", |run| accuracy(run, Role::Capped)),
    ("time saved, %", |run| {
        format::percent_estimate(run.time_saved())
    }),
    ("seeds trained", |run| run.seeds_trained().to_string()),
];

/// Results that not every machine and version records: a row where one of the runs has it.
static RECORDED: [Row; 3] = [
    ("energy saved, %", |run| {
        format::percent_estimate(run.energy_saved())
    }),
    ("energy a seed", |run| {
        both(run, Summary::joules, crate::format::joules)
    }),
    ("largest gradient norm", |run| {
        both(run, Summary::gradient_norms, format::significant)
    }),
];

/// A number of the baseline and of the capped network, `62.1 kJ / 33.0 kJ`; unknown where the run has neither.
fn both(
    run: &RunData,
    numbers: fn(&Summary) -> [Option<f64>; 2],
    show: fn(f64) -> String,
) -> String {
    let found = run.summary.as_ref().map_or([None; 2], numbers);
    if found == [None; 2] {
        return format::UNKNOWN.to_owned();
    }
    found.map(|number| format::known(number, show)).join(" / ")
}

fn accuracy(run: &RunData, role: Role) -> String {
    let summary = run.summary.as_ref();
    let accuracies = summary.map_or([None; 2], Summary::accuracies);
    format::percent_estimate(accuracies[role as usize])
}

/// A row of the table: its name and a cell for each run.
pub(super) struct TableRow {
    name: String,
    cells: Vec<String>,
    /// Whether it is a setting, of which different values must not look alike.
    is_setting: bool,
}

impl TableRow {
    fn new(name: impl Into<String>, cells: Vec<String>) -> Self {
        Self {
            name: name.into(),
            cells,
            is_setting: false,
        }
    }

    /// What is shown in at most `width` columns each.
    fn shown(&self, width: usize) -> Vec<String> {
        if self.is_setting {
            return told_apart(&self.cells, width);
        }
        let cells = self.cells.iter();
        cells.map(|cell| format::cut(cell, width)).collect()
    }
}

pub(super) fn table(comparison: &Comparison) -> Vec<TableRow> {
    let row = |(name, value): &Row| {
        let runs = comparison.runs.iter();
        let cells = runs.map(|run| run.read().map_or_else(String::new, value));
        TableRow::new(*name, cells.collect())
    };
    let mut rows: Vec<TableRow> = RESULTS.iter().map(row).collect();
    let is_recorded = |row: &TableRow| {
        let mut cells = row.cells.iter();
        cells.any(|cell| !cell.is_empty() && cell != format::UNKNOWN)
    };
    rows.extend(RECORDED.iter().map(row).filter(is_recorded));
    if let Some(first) = comparison.first() {
        let of = |value: &dyn Fn(&Paired) -> String| -> Vec<String> {
            let cell = |at: usize| {
                let pair = comparison.paired.iter().find(|(of, _)| *of == at);
                match pair {
                    Some((_, Ok(pair))) => value(pair),
                    Some((_, Err(_))) => "not paired".to_owned(),
                    None => String::new(),
                }
            };
            (0..comparison.runs.len()).map(cell).collect()
        };
        let points = |one: Estimate| crate::format::points(one.mean, one.interval, 2);
        rows.push(TableRow::new(
            format!("capped − {}'s, points", letter(first)),
            of(&|pair| points(pair.capped)),
        ));
        rows.push(TableRow::new(
            "p, capped networks",
            of(&|pair| format::known(pair.p, rounded_p)),
        ));
        rows.push(TableRow::new(
            format!("baseline − {}'s, points", letter(first)),
            of(&|pair| points(pair.baseline)),
        ));
    }
    if !comparison.differences.is_empty() {
        let empty = vec![String::new(); comparison.runs.len()];
        rows.push(TableRow::new("── settings that differ", empty));
    }
    let settings = comparison.differences.iter();
    rows.extend(settings.map(|difference| TableRow {
        is_setting: true,
        ..TableRow::new(difference.name, difference.values.clone())
    }));
    rows
}

/// What the table cannot say: runs that are not paired or cannot be read.
pub(super) fn sentences(comparison: &Comparison) -> Vec<String> {
    let first = comparison.first().map(letter);
    let mut said: Vec<String> = comparison
        .runs
        .iter()
        .enumerate()
        .filter_map(|(at, run)| match &run.data {
            Some(Err(sentence)) => Some(format!("{}: {sentence}", letter(at))),
            _ => None,
        })
        .collect();
    if let Some(first) = first {
        said.extend(comparison.paired.iter().filter_map(|(at, pair)| {
            let why = pair.as_ref().err()?;
            Some(format!("{} beside {first}: {why}", letter(*at)))
        }));
        let pairs = comparison.paired.iter().filter(|(_, pair)| pair.is_ok());
        let pairs = pairs.count();
        if pairs > 0 {
            said.push(format!(
                "± 95 % over the seeds that both have; p: paired t test of the capped networks{}",
                if pairs > 1 { ", corrected by Holm" } else { "" }
            ));
        }
    }
    if comparison.differences.is_empty() && comparison.first().is_some() {
        said.insert(0, "They have the same settings.".to_owned());
    }
    said
}

pub(super) fn draw_table(
    buffer: &mut Buffer,
    area: Rect,
    comparison: &Comparison,
    table: &[TableRow],
    theme: Theme,
) {
    if area.is_empty() {
        return;
    }
    let free = area.width.saturating_sub(NAMES);
    let most = (free / RUN).max(1) as usize;
    let count = comparison.runs.len();
    let shown = most.min(count);
    let column = comparison.column.min(count - shown);
    let names = comparison
        .runs
        .iter()
        .map(|run| run.name.width() as u16 + 6);
    let widest = names.max().unwrap_or(0).max(WIDEST);
    let width = (free / shown as u16).min(widest);
    let mut below = area;
    let head = take(&mut below, 1);
    let hidden = count - shown;
    if hidden > 0 {
        let text = format!("← → {hidden} more");
        buffer.set_string(head.x, head.y, text, theme.dim());
    }
    for (place, at) in (column..column + shown).enumerate() {
        let run = &comparison.runs[at];
        let name = format::cut_middle(&run.name, usize::from(width).saturating_sub(4));
        let style = theme.run(run.colour).patch(theme.strong());
        let x = head.x + NAMES + width * place as u16;
        buffer.set_string(x, head.y, format!("{} {name}", letter(at)), style);
    }
    let first = comparison
        .row
        .min(table.len().saturating_sub(below.height as usize));
    for (row, place) in table.iter().skip(first).zip(below.rows()) {
        let name = pad(&row.name, usize::from(NAMES) - 1, false);
        buffer.set_string(place.x, place.y, name, theme.dim());
        let texts = row.shown(usize::from(width).saturating_sub(2));
        for (shown, text) in texts[column..column + shown].iter().enumerate() {
            let x = place.x + NAMES + width * shown as u16;
            buffer.set_string(x, place.y, text, Style::new());
        }
    }
    let hidden = table.len().saturating_sub(first + below.height as usize);
    if hidden > 0 && below.height > 0 {
        let rows = number_of(hidden, "more row", "more rows");
        let text = format!(" ↓ {rows} ");
        let x = area.right().saturating_sub(text.width() as u16);
        buffer.set_string(x, area.bottom() - 1, text, theme.dim());
    }
}
