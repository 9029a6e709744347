//! The four charts of a training: accuracy, loss, seconds per epoch, time saved.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::heading::heading;
use super::line_chart::{Dash, LineChart, Series};
use crate::evidence::Estimate;
use crate::run;
use crate::training::{EpochRecord, Role};
use crate::tui::app::progress::{self, Points, StepLoss};
use crate::tui::app::{Chart, Charts};
use crate::tui::format;
use crate::tui::theme::Theme;

/// What the charts are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Curves<'a> {
    pub metrics: &'a [EpochRecord],
    /// Losses inside the epochs of the present seed.
    pub steps: &'a [StepLoss],
    pub epochs: usize,
    pub seeds: usize,
    /// The seed that is trained; none once all is over.
    pub seed: Option<u64>,
    /// The predicted time saved, a fraction.
    pub predicted: Option<f64>,
    /// The time saved, as far as it is known.
    pub saved: Option<Estimate>,
    /// Time saved after each paired epoch, by the number of that.
    pub saved_so_far: &'a [(f64, Estimate)],
}

/// The marker of a network.
pub const fn marker(role: Role) -> char {
    match role {
        Role::Baseline => '●',
        Role::Capped => '▲',
    }
}

/// Columns between charts.
const GAP: u16 = 3;

const fn dash(role: Role) -> Dash {
    match role {
        Role::Baseline => Dash::Solid,
        Role::Capped => Dash::Dashed,
    }
}

/// Draws the enlarged chart, or `which` in rows of two.
pub fn curves(
    buffer: &mut Buffer,
    area: Rect,
    curves: &Curves<'_>,
    which: &[Chart],
    charts: Charts,
    theme: Theme,
) {
    if charts.enlarged {
        curves.chart(buffer, area, charts.focus, charts, theme);
        return;
    }
    let rows = which.len().div_ceil(2).max(1) as u16;
    let width = Constraint::Length(area.width.saturating_sub(GAP) / 2);
    let gap = u16::from(area.height >= rows * 11);
    let height = area.height.saturating_sub(gap * (rows - 1)) / rows;
    // The rows that are left over go to the first row of charts.
    let heights = (0..rows).map(|row| match row {
        0 => Constraint::Fill(1),
        _ => Constraint::Length(height),
    });
    let rows = Layout::vertical(heights).spacing(gap);
    let columns = Layout::horizontal([width, width]).spacing(GAP);
    let places = area.layout_vec(&rows);
    let places = places.iter().flat_map(|row| row.layout::<2>(&columns));
    for (&chart, place) in which.iter().zip(places) {
        curves.chart(buffer, place, chart, charts, theme);
    }
}

impl Curves<'_> {
    /// Which images the accuracies are of.
    fn validation_set(&self) -> &'static str {
        self.metrics
            .last()
            .map_or("test", EpochRecord::validation_set)
    }

    fn chart(&self, buffer: &mut Buffer, area: Rect, chart: Chart, charts: Charts, theme: Theme) {
        let (title, legend, line_chart) = match chart {
            Chart::Accuracy => (
                format!("{} accuracy, %", self.validation_set()),
                self.legend(theme, |row| format::percent(row.validation_accuracy(), 1)),
                LineChart {
                    least_span: 4.0,
                    ..self.over_epochs(theme, |row| row.validation_accuracy() * 100.0)
                },
            ),
            Chart::Loss => (
                if charts.log_loss {
                    "log training loss, nats".to_owned()
                } else {
                    "training loss, nats".to_owned()
                },
                self.legend(theme, |row| format::fixed(row.train_loss, 2)),
                self.loss(charts.log_loss, theme),
            ),
            Chart::Seconds => (
                "seconds per epoch".to_owned(),
                self.legend(theme, |row| format::fixed(row.train_seconds, 1)),
                self.seconds(theme),
            ),
            Chart::Saved => (
                "time saved, %".to_owned(),
                self.saved_legend(theme, area.width),
                self.saved(theme),
            ),
        };
        let below = heading(buffer, area, &title, legend, charts.focus == chart, theme);
        line_chart.render(buffer, below, theme);
    }

    /// Both networks with their last value.
    fn legend(&self, theme: Theme, value: impl Fn(&EpochRecord) -> String) -> Line<'static> {
        let mut line = Line::default();
        for role in Role::BOTH {
            let last = self
                .metrics
                .iter()
                .rev()
                .find(|row| row.network == role)
                .map_or_else(|| role.name().to_owned(), &value);
            if role == Role::Capped {
                line.push_span(Span::raw("  "));
            }
            line.push_span(Span::styled(
                format!("{} {last}", marker(role)),
                theme.role(role),
            ));
        }
        line
    }

    fn saved_legend(&self, theme: Theme, width: u16) -> Line<'static> {
        let word = if width < 44 { "pred." } else { "predicted" };
        let mut line = Line::from(Span::styled(
            format::percent_estimate(self.saved),
            theme.strong(),
        ));
        if let Some(predicted) = self.predicted {
            line.push_span(Span::styled(
                format!("  ┄ {word} {}", format::percent(predicted, 0)),
                theme.dim(),
            ));
        }
        line
    }

    /// The end of an axis in epochs: it grows with the training, so that its first epochs can be seen.
    fn epochs_shown(&self) -> f64 {
        let done = self.metrics.iter().map(|row| row.epoch).max().unwrap_or(0);
        if self.seed.is_none() || self.metrics.iter().any(|row| Some(row.seed) != self.seed) {
            return self.epochs.max(1) as f64;
        }
        let shown = if done == 0 {
            1
        } else {
            (done + 1).next_power_of_two().max(4)
        };
        shown.min(self.epochs.max(1)) as f64
    }

    /// The curve to be read first: the present seed's, or the mean over seeds once all is over.
    fn leading(&self, role: Role, value: impl Fn(&EpochRecord) -> f64) -> Points {
        if let Some(seed) = self.seed {
            return run::curve(self.metrics, seed, role, value);
        }
        run::mean_over_seeds(self.metrics, role, value)
    }

    fn over_epochs(&self, theme: Theme, value: impl Fn(&EpochRecord) -> f64) -> LineChart<'static> {
        let mut series = Vec::new();
        let seeds = progress::seeds(self.metrics);
        if seeds.len() > 1 {
            for role in Role::BOTH {
                for &seed in seeds.iter().filter(|seed| Some(**seed) != self.seed) {
                    series.push(Series {
                        points: run::curve(self.metrics, seed, role, &value),
                        style: theme.role(role).add_modifier(Modifier::DIM),
                        dash: Dash::Dotted,
                        marker: None,
                    });
                }
            }
        }
        for role in Role::BOTH {
            series.push(Series {
                points: self.leading(role, &value),
                style: theme.role(role),
                dash: dash(role),
                marker: Some(marker(role)),
            });
        }
        LineChart {
            series,
            x: [0.0, self.epochs_shown()],
            x_unit: "epochs",
            log_y: false,
            from_zero: false,
            least_span: 0.0,
            empty: "after the first epoch",
        }
    }

    fn loss(&self, log_y: bool, theme: Theme) -> LineChart<'static> {
        let mut chart = self.over_epochs(theme, |row| row.train_loss);
        for role in Role::BOTH {
            let points = self
                .steps
                .iter()
                .filter(|step| step.network == role && Some(step.seed) == self.seed)
                .map(|step| (step.at, step.loss))
                .collect();
            chart.series.insert(
                0,
                Series {
                    points,
                    style: theme.role(role).add_modifier(Modifier::DIM),
                    dash: Dash::Points,
                    marker: None,
                },
            );
        }
        chart.log_y = log_y;
        chart.empty = "after the first steps";
        chart
    }

    fn pairs_shown(&self, done: usize) -> f64 {
        let all = (self.epochs * self.seeds).max(1);
        let shown = if self.seed.is_none() {
            done
        } else {
            (done + 1).next_power_of_two().max(4)
        };
        shown.clamp(1, all) as f64
    }

    fn seconds(&self, theme: Theme) -> LineChart<'static> {
        let series: Vec<Series> = Role::BOTH
            .into_iter()
            .map(|role| Series {
                points: progress::seconds(self.metrics, role),
                style: theme.role(role),
                dash: dash(role),
                marker: Some(marker(role)),
            })
            .collect();
        LineChart {
            x: [0.0, self.pairs_shown(series[0].points.len())],
            x_unit: if self.seeds > 1 {
                "epochs, all seeds"
            } else {
                "epochs"
            },
            series,
            log_y: false,
            from_zero: true,
            least_span: 0.0,
            empty: "after the first epoch of both",
        }
    }

    fn saved(&self, theme: Theme) -> LineChart<'static> {
        let of = |value: fn(&Estimate) -> Option<f64>| -> Points {
            let known = self.saved_so_far.iter();
            known
                .filter_map(|(number, saved)| Some((*number, value(saved)? * 100.0)))
                .collect()
        };
        let mean = of(|saved| Some(saved.mean));
        let bounds = [
            of(|saved| saved.interval.map(|[low, _]| low)),
            of(|saved| saved.interval.map(|[_, high]| high)),
        ];
        let done = mean.last().map_or(0, |(number, _)| *number as usize);
        let shown = self.pairs_shown(done);
        let mut series = Vec::new();
        if let (Some(predicted), false) = (self.predicted, mean.is_empty()) {
            series.push(Series {
                points: vec![(0.0, predicted * 100.0), (shown, predicted * 100.0)],
                style: theme.dim(),
                dash: Dash::Dashed,
                marker: None,
            });
        }
        for mut bound in bounds {
            bound.retain(|&(number, _)| number > 2.0);
            series.push(Series {
                points: bound,
                style: theme.dim(),
                dash: Dash::Dotted,
                marker: None,
            });
        }
        series.push(Series {
            points: mean,
            style: Style::new(),
            dash: Dash::Solid,
            marker: Some('◆'),
        });
        LineChart {
            series,
            x: [0.0, shown],
            x_unit: if self.seeds > 1 {
                "epochs, all seeds"
            } else {
                "epochs"
            },
            log_y: false,
            from_zero: false,
            least_span: 0.0,
            empty: "after the first epoch of both",
        }
    }
}
