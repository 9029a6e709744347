//! Marked runs beside one another: their curves, their results, and the settings in which they differ.

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::RunsEffect;
use super::state::Selected;
use crate::evidence::{Estimate, rounded_p};
use crate::run::{self, Difference, Paired, RunData, RunStatus, Summary, differences, paired};
use crate::training::{EpochRecord, Role};
use crate::tui::app::charts::{Chart, Charts};
use crate::tui::app::{App, Effect, Tone};
use crate::tui::format;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::line_chart::{Dash, LineChart, Series};
use crate::tui::widgets::table::pad;

/// Most runs that are compared.
pub const MOST: usize = 12;
/// Columns of the screen for the names of rows.
const NAMES: u16 = 24;
/// Fewest columns of the screen for a run.
const RUN: u16 = 16;
/// Most columns of the screen for a run.
const WIDEST: u16 = 34;

/// Runs that are compared.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    pub runs: Vec<Compared>,
    /// In what they differ.
    differences: Vec<Difference>,
    /// Every run but the first that could be read beside that one, by its place in `runs`.
    paired: Vec<(usize, Result<Paired, String>)>,
    /// The first row of the table that is shown.
    row: usize,
    /// The first run that is shown in it.
    column: usize,
}

/// A run that is compared.
#[derive(Clone, Debug)]
pub struct Compared {
    pub path: PathBuf,
    pub name: String,
    pub colour: usize,
    /// What it holds, or why it cannot be read; none before it is read.
    pub data: Option<Result<Box<RunData>, String>>,
}

impl Comparison {
    /// Takes in what was read of the runs.
    fn fill(&mut self, found: Vec<(PathBuf, Result<RunData, String>)>) {
        for (path, data) in found {
            if let Some(run) = self.runs.iter_mut().find(|run| run.path == path) {
                run.data = Some(data.map(Box::new));
            }
        }
        let read: Vec<(usize, &RunData)> = self
            .runs
            .iter()
            .enumerate()
            .filter_map(|(at, run)| Some((at, run.read()?)))
            .collect();
        let manifests: Vec<_> = read.iter().map(|(_, data)| &data.manifest).collect();
        let data: Vec<&RunData> = read.iter().map(|(_, data)| *data).collect();
        let places = read.iter().skip(1).map(|(at, _)| *at);
        self.paired = places.zip(paired(&data)).collect();
        self.differences = differences(&manifests);
        // A run that cannot be read has no value.
        for difference in &mut self.differences {
            let mut values = std::mem::take(&mut difference.values).into_iter();
            difference.values = self
                .runs
                .iter()
                .map(|run| run.read().and_then(|_| values.next()).unwrap_or_default())
                .collect();
        }
    }

    fn first(&self) -> Option<usize> {
        self.runs.iter().position(|run| run.read().is_some())
    }

    fn is_read(&self) -> bool {
        self.runs.iter().all(|run| run.data.is_some())
    }
}

impl Compared {
    fn read(&self) -> Option<&RunData> {
        self.data.as_ref()?.as_deref().ok()
    }
}

/// The letter of a run in a comparison.
fn letter(at: usize) -> char {
    char::from(b'A' + (at % 26) as u8)
}

impl App {
    /// Compares the marked runs; without marks the two that are latest, with one mark that and the one under the cursor.
    pub(super) fn compare_runs(&mut self) {
        let runs = &self.runs;
        let mut chosen = runs.selected.clone();
        if chosen.len() < 2 {
            let mut others: Vec<_> = runs.visible().collect();
            if chosen.is_empty() {
                others.sort_by_key(|run| std::cmp::Reverse(run.created));
            } else {
                others = runs.marked().into_iter().collect();
            }
            others.retain(|run| chosen.iter().all(|one| one.path != run.path));
            for run in others.into_iter().take(2 - chosen.len()) {
                let path = run.path.clone();
                let colour = runs.free_colour(&path, &chosen);
                chosen.push(Selected { path, colour });
            }
        }
        if chosen.len() < 2 {
            self.say(Tone::Bad, "first mark the runs to compare, with Space");
            return;
        }
        if chosen.len() > MOST {
            let sentence = format!(
                "{} runs are marked: at most {MOST} can be compared",
                chosen.len()
            );
            self.say(Tone::Bad, sentence);
            return;
        }
        let paths: Vec<PathBuf> = chosen.iter().map(|one| one.path.clone()).collect();
        let name = |path: &PathBuf| {
            let run = self.runs.listings.iter().find(|run| run.path == *path);
            run.map_or_else(String::new, |run| run.name.clone())
        };
        let compared = chosen.iter().map(|one| Compared {
            name: name(&one.path),
            path: one.path.clone(),
            colour: one.colour,
            data: None,
        });
        self.runs.comparison = Some(Comparison {
            runs: compared.collect(),
            ..Comparison::default()
        });
        self.charts.enlarged = false;
        self.request(Effect::Runs(RunsEffect::Compare(paths)));
    }

    pub(super) fn runs_compared(&mut self, found: Vec<(PathBuf, Result<RunData, String>)>) {
        if let Some(comparison) = &mut self.runs.comparison {
            comparison.fill(found);
        }
    }

    pub(super) fn close_comparison(&mut self) {
        if self.charts.enlarged {
            self.charts.enlarged = false;
        } else {
            self.runs.comparison = None;
        }
    }

    /// Moves the table of the comparison by rows and runs.
    pub(super) fn scroll_comparison(&mut self, rows: isize, columns: isize) {
        if let Some(comparison) = &mut self.runs.comparison {
            let last = comparison.differences.len() + RESULTS.len() + 3;
            let row = comparison.row.saturating_add_signed(rows);
            comparison.row = row.min(last);
            let column = comparison.column.saturating_add_signed(columns);
            comparison.column = column.min(comparison.runs.len() - 1);
        }
    }

    /// Gives the left (0) or the right chart of the comparison the focus.
    fn click_comparison(&mut self, chart: usize) {
        self.charts.focus = chart;
    }

    /// Goes to the other chart of the comparison.
    pub(super) fn other_chart(&mut self) {
        self.charts.step_sideways();
    }
}

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
    ("seeds trained", |run| {
        let trained = run
            .summary
            .as_ref()
            .map_or(0, |summary| summary.seeds.len());
        trained.to_string()
    }),
];

fn accuracy(run: &RunData, role: Role) -> String {
    let summary = run.summary.as_ref();
    let accuracies = summary.map_or([None; 2], Summary::accuracies);
    format::percent_estimate(accuracies[role as usize])
}

/// Draws the comparison.
///
/// ```text
/// Runs  3 runs side by side
/// test accuracy, % ──────────────────────────  training loss, nats ───────────────────────
/// (curves: the baselines solid, the capped networks dashed, a colour and a letter for each run)
///                          A 20261128-…       B 20261127-…
/// verdict                  non-inferior       inconclusive
/// capped less A's, points                     +0.3 ± 0.4, p 0.19
/// learning-rate            0.1                0.05
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, comparison: &Comparison, theme: Theme) {
    let count = comparison.runs.len();
    let text = format!("{count} runs side by side   baseline ━━  capped ╍╍");
    let right = Line::styled(text, theme.dim());
    let mut body = title(buffer, area, app, &[right], theme);
    if !comparison.is_read() {
        paragraph(buffer, body, "reading …", theme.dim());
        return;
    }
    if app.charts.enlarged {
        let place = take(&mut body, area.height.saturating_sub(4));
        let which = focused(&app.charts);
        chart(buffer, place, app, comparison, which, theme);
        legend(buffer, body, comparison, theme);
        return;
    }
    let table = table(comparison);
    let most = body.height * 3 / 5;
    let notes: Vec<String> = sentences(comparison);
    let below: usize = notes
        .iter()
        .map(|note| wrapped_rows(note, body.width))
        .sum();
    let rows = (table.len() + 1 + below) as u16;
    let height = body.height.saturating_sub(rows.min(most) + 1);
    let charts = take(&mut body, height);
    let columns = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(3);
    let [left, other] = charts.layout(&columns);
    chart(buffer, left, app, comparison, Chart::Accuracy, theme);
    chart(buffer, other, app, comparison, Chart::Loss, theme);
    take(&mut body, 1);
    app.hits
        .add_list(body, |app, step| app.scroll_comparison(step, 0));
    let room = body.height.saturating_sub(below as u16);
    draw_table(
        buffer,
        take(&mut body, room.min(table.len() as u16 + 1)),
        comparison,
        &table,
        theme,
    );
    for note in notes {
        body = paragraph(buffer, body, &note, theme.dim());
    }
}

/// The chart that has the focus: the left one or the right one.
const fn focused(charts: &Charts) -> Chart {
    if charts.focus % 2 == 1 {
        Chart::Loss
    } else {
        Chart::Accuracy
    }
}

fn chart(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    comparison: &Comparison,
    chart: Chart,
    theme: Theme,
) {
    if area.height < 3 {
        return;
    }
    let is_loss = chart == Chart::Loss;
    let name = match (is_loss, app.charts.is_log(Chart::Loss)) {
        (true, true) => "log training loss, nats",
        (true, false) => "training loss, nats",
        (false, _) => "accuracy, %",
    };
    let value = |row: &EpochRecord| {
        if is_loss {
            row.train_loss
        } else {
            row.validation_accuracy() * 100.0
        }
    };
    let mut series = Vec::new();
    let mut epochs = 1;
    for (at, run) in comparison.runs.iter().enumerate() {
        let Some(data) = run.read() else {
            continue;
        };
        epochs = epochs.max(data.manifest.settings.recipe.most_epochs());
        for role in Role::BOTH {
            series.push(Series {
                points: run::mean_over_seeds(&data.metrics, role, value),
                style: theme.run(run.colour),
                dash: match role {
                    Role::Baseline => Dash::Solid,
                    Role::Capped => Dash::Dashed,
                },
                marker: Some(letter(at)),
            });
        }
    }
    let is_focused = focused(&app.charts) == chart;
    app.hits
        .add_line(area, App::click_comparison, is_loss.into(), is_focused);
    let below = heading(buffer, area, name, Line::default(), is_focused, theme);
    let drawn = LineChart {
        series,
        x: [0.0, epochs as f64],
        x_unit: "epochs",
        log_y: is_loss && app.charts.is_log(Chart::Loss),
        from_zero: false,
        least_span: if is_loss { 0.0 } else { 4.0 },
        empty: "after the first epoch",
    };
    drawn.render(buffer, below, theme);
}

/// The runs with their letters, in a row.
fn legend(buffer: &mut Buffer, area: Rect, comparison: &Comparison, theme: Theme) {
    let mut line = Line::default();
    let width = area.width as usize / comparison.runs.len().max(1);
    for (at, run) in comparison.runs.iter().enumerate() {
        let text = format!("{} {}", letter(at), run.name);
        let text = format::cut_middle(&text, width.saturating_sub(3));
        line.push_span(Span::styled(text, theme.run(run.colour)));
        line.push_span(Span::raw("   "));
    }
    buffer.set_line(area.x, area.y, &line, area.width);
}

/// A row of the table: its name and a cell for each run.
struct TableRow {
    name: String,
    cells: Vec<String>,
}

fn table(comparison: &Comparison) -> Vec<TableRow> {
    let mut rows: Vec<TableRow> = RESULTS
        .iter()
        .map(|(name, value)| TableRow {
            name: (*name).to_owned(),
            cells: comparison
                .runs
                .iter()
                .map(|run| match &run.data {
                    Some(Ok(data)) => value(data),
                    _ => String::new(),
                })
                .collect(),
        })
        .collect();
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
        rows.push(TableRow {
            name: format!("capped − {}'s, points", letter(first)),
            cells: of(&|pair| points(pair.capped)),
        });
        rows.push(TableRow {
            name: "p, capped networks".to_owned(),
            cells: of(&|pair| format::known(pair.p, rounded_p)),
        });
        rows.push(TableRow {
            name: format!("baseline − {}'s, points", letter(first)),
            cells: of(&|pair| points(pair.baseline)),
        });
    }
    if !comparison.differences.is_empty() {
        rows.push(TableRow {
            name: "── settings that differ".to_owned(),
            cells: vec![String::new(); comparison.runs.len()],
        });
    }
    rows.extend(comparison.differences.iter().map(|difference| TableRow {
        name: difference.name.to_owned(),
        cells: difference.values.clone(),
    }));
    rows
}

/// What the table cannot say: runs that are not paired or cannot be read.
fn sentences(comparison: &Comparison) -> Vec<String> {
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

fn draw_table(
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
        for (shown, at) in (column..column + shown).enumerate() {
            let text = format::cut(&row.cells[at], usize::from(width).saturating_sub(2));
            let x = place.x + NAMES + width * shown as u16;
            buffer.set_string(x, place.y, text, Style::new());
        }
    }
    let hidden = table.len().saturating_sub(first + below.height as usize);
    if hidden > 0 && below.height > 0 {
        let text = format!(" ↓ {hidden} more rows ");
        let x = area.right().saturating_sub(text.width() as u16);
        buffer.set_string(x, area.bottom() - 1, text, theme.dim());
    }
}
