//! Marked runs beside one another: their curves, their results, and the settings in which they differ.

mod charts;
mod table;
mod values;

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::RunsEffect;
use super::state::Selected;
use crate::run::{Difference, Paired, RunData, differences, paired};
use crate::tui::app::{App, Effect, Tone};
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use table::{draw_table, sentences, table};

/// Most runs that are compared.
pub const MOST: usize = 12;

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
            let last = table(comparison).len().saturating_sub(1);
            let row = comparison.row.saturating_add_signed(rows);
            comparison.row = row.min(last);
            let column = comparison.column.saturating_add_signed(columns);
            comparison.column = column.min(comparison.runs.len() - 1);
        }
    }
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
        charts::charts(buffer, place, app, comparison, theme);
        charts::legend(buffer, body, comparison, theme);
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
    let place = take(&mut body, height);
    charts::charts(buffer, place, app, comparison, theme);
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
