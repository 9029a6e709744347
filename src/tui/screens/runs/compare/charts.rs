//! The charts of a comparison: which are shown, and the curves of every run in them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::{Comparison, letter};
use crate::run;
use crate::training::Role;
use crate::tui::app::charts::{Chart, Charts};
use crate::tui::app::{App, around};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::curves::names;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::line_chart::{Dash, LineChart, Series};

/// Columns of the terminal from which on more than two charts are shown.
const WIDE: u16 = 160;
/// Rows of the terminal from which on four are.
const HIGH: u16 = 50;

impl Comparison {
    /// The charts of which a run has a value.
    fn recorded(&self) -> Vec<Chart> {
        let has_value = |chart: &Chart| {
            let value = chart.of_epoch();
            let mut runs = self.runs.iter().filter_map(|run| run.read());
            value.is_some_and(|value| {
                runs.any(|run| run.metrics.iter().any(|row| value(row).is_finite()))
            })
        };
        Chart::ALL.into_iter().filter(has_value).collect()
    }

    /// The charts that a terminal of `size` shows, of those chosen: what no run has recorded has none.
    pub(super) fn shown(&self, charts: &Charts, size: (u16, u16)) -> Vec<Chart> {
        let most = match size {
            (WIDE.., HIGH..) => 4,
            (WIDE.., _) => 3,
            _ => 2,
        };
        let recorded = self.recorded();
        if recorded.is_empty() {
            return vec![Chart::Accuracy, Chart::Loss];
        }
        let chosen = charts.compared.into_iter();
        let chosen = chosen.filter(|chart| recorded.contains(chart));
        let mut shown: Vec<Chart> = chosen.take(most).collect();
        // Others in place of those that no run has.
        for chart in recorded {
            if shown.len() < 2 && !shown.contains(&chart) {
                shown.push(chart);
            }
        }
        shown
    }
}

impl App {
    /// The charts of the comparison that are shown, and the place that has the focus.
    pub(in crate::tui::screens::runs) fn compared_charts(
        &self,
        comparison: &Comparison,
    ) -> (Vec<Chart>, usize) {
        let shown = comparison.shown(&self.charts, self.size);
        let focus = self.charts.focus % shown.len();
        (shown, focus)
    }

    /// Gives a chart of the comparison the focus, by its place.
    fn click_comparison(&mut self, place: usize) {
        self.charts.focus = place;
    }

    /// Goes to the next chart of the comparison, or to the one before.
    pub(in crate::tui::screens::runs) fn step_compared(&mut self, step: isize) {
        if let Some(comparison) = &self.runs.comparison {
            let (shown, focus) = self.compared_charts(comparison);
            self.charts.focus = around(focus, step, shown.len());
        }
    }

    /// Shows the next chart that is recorded in place of the one with the focus, or the one before.
    pub(in crate::tui::screens::runs) fn pick_compared(&mut self, step: isize) {
        let Some(comparison) = &self.runs.comparison else {
            return;
        };
        let (shown, focus) = self.compared_charts(comparison);
        let recorded = comparison.recorded();
        let now = shown[focus];
        let mut at = recorded.iter().position(|chart| *chart == now);
        for _ in &recorded {
            let next = around(at.unwrap_or(0), step, recorded.len());
            at = Some(next);
            if !shown.contains(&recorded[next]) {
                let places = &mut self.charts.compared;
                let place = places.iter().position(|chart| *chart == now);
                let other = places.iter().position(|chart| *chart == recorded[next]);
                match (place, other) {
                    (Some(place), Some(other)) => places.swap(place, other),
                    (Some(place), None) => places[place] = recorded[next],
                    (None, _) => {}
                }
                return;
            }
        }
    }

    /// Makes the y axis of the comparison's chart with the focus logarithmic or linear.
    pub(in crate::tui::screens::runs) fn log_compared(&mut self) {
        if let Some(comparison) = &self.runs.comparison {
            let (shown, focus) = self.compared_charts(comparison);
            self.charts.toggle_log_of(shown[focus]);
        }
    }
}

/// Draws the charts of a comparison: the one with the focus alone where it is enlarged, else up to three in a row, four in
/// two rows.
pub(super) fn charts(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    comparison: &Comparison,
    theme: Theme,
) {
    let (shown, focus) = app.compared_charts(comparison);
    if app.charts.enlarged {
        let this = (shown[focus], focus, true);
        chart(buffer, area, app, comparison, this, theme);
        return;
    }
    let columns = if shown.len() == 4 { 2 } else { shown.len() };
    let rows = shown.len() / columns;
    let rows = Layout::vertical(vec![Constraint::Fill(1); rows]).spacing(1);
    let columns = Layout::horizontal(vec![Constraint::Fill(1); columns]).spacing(3);
    let rows = rows.split(area);
    let places = rows.iter().flat_map(|row| columns.split(*row).to_vec());
    for ((place, which), area) in shown.into_iter().enumerate().zip(places) {
        let this = (which, place, place == focus);
        chart(buffer, area, app, comparison, this, theme);
    }
}

fn chart(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    comparison: &Comparison,
    (which, place, is_focused): (Chart, usize, bool),
    theme: Theme,
) {
    if area.height < 3 {
        return;
    }
    let Some(value) = which.of_epoch() else {
        return;
    };
    let [long, short] = names(which, "validation", false);
    // Runs may be validated on different images.
    let name = if which == Chart::Accuracy {
        short
    } else {
        long
    };
    let is_log = app.charts.is_log(which);
    let name = if is_log { format!("log {name}") } else { name };
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
    app.hits
        .add_line(area, App::click_comparison, place, is_focused);
    let below = heading(buffer, area, &name, Line::default(), is_focused, theme);
    let drawn = LineChart {
        series,
        x: [0.0, epochs as f64],
        x_unit: "epochs",
        log_y: is_log,
        from_zero: which.is_from_zero(),
        least_span: which.least_span(),
        empty: "after the first epoch",
    };
    drawn.render(buffer, below, theme);
}

/// The runs with their letters, in a row.
pub(super) fn legend(buffer: &mut Buffer, area: Rect, comparison: &Comparison, theme: Theme) {
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
