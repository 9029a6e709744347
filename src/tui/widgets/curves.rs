//! The charts of a training: accuracy, loss, seconds per epoch, time saved and others.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::heading::heading;
use super::line_chart::{Band, Dash, Extras, LineChart, Series};
use crate::training::Role;
use crate::tui::app::App;
use crate::tui::app::charts::{self, Chart, Charts, Curves, Kind, Lines, nearest, x_in_words};
use crate::tui::app::progress::Points;
use crate::tui::format;
use crate::tui::theme::Theme;

/// The marker of a network.
pub const fn marker(role: Role) -> char {
    match role {
        Role::Baseline => '●',
        Role::Capped => '▲',
    }
}

/// The marker of a network that diverged.
const DIVERGED: char = '✗';
/// Columns between charts.
const GAP: u16 = 3;

/// The places of charts in `area`, in rows of two, or that of the enlarged one.
fn places(area: Rect, count: usize, charts: &Charts) -> Vec<(usize, Rect)> {
    if charts.enlarged {
        return vec![(charts.focus % 4, area)];
    }
    let rows = count.div_ceil(2).max(1) as u16;
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
    places.take(count).enumerate().collect()
}

/// What a chart shows, in many and in few words; accuracy and loss are those on the images of `set`.
pub fn names(chart: Chart, set: &str, has_gpu: bool) -> [String; 2] {
    let (long, short) = match chart {
        Chart::Accuracy => {
            let short = match set {
                "hold-out" => "hold-out, %",
                _ => "accuracy, %",
            };
            return [format!("{set} accuracy, %"), short.to_owned()];
        }
        Chart::ValidationLoss => return [format!("{set} loss, nats"), "loss, nats".to_owned()],
        Chart::Loss => ("training loss, nats", "loss, nats"),
        Chart::Seconds => ("seconds per epoch", "s per epoch"),
        Chart::Saved => ("time saved, %", "saved, %"),
        Chart::LearningRate => ("learning rate", "rate"),
        Chart::Speed => ("images per second", "images/s"),
        Chart::Load if has_gpu => ("GPU use, %", "GPU, %"),
        Chart::Load => ("cores busy", "cores"),
        Chart::Power => ("GPU power, W", "power, W"),
        Chart::GradientNorm => ("gradient norm", "gradient"),
        Chart::Energy => ("joules per epoch", "J per epoch"),
    };
    [long.to_owned(), short.to_owned()]
}

/// Draws the enlarged chart of the app, or the first `count` in rows of two, and tells the mouse where they are.
pub fn curves(
    buffer: &mut Buffer,
    area: Rect,
    curves: &Curves<'_>,
    count: usize,
    app: &App,
    theme: Theme,
) {
    let charts = &app.charts;
    for (place, area) in places(area, count, charts) {
        let drawn = Drawn::new(curves, charts.places[place], charts, theme);
        let focused = place == charts.focus;
        let plot = drawn.render(buffer, area, curves, charts, focused, theme);
        app.hits.add_chart(area, place, plot);
    }
}

/// A chart as it is drawn.
struct Drawn {
    which: Chart,
    lines: Lines,
    chart: LineChart<'static>,
    extras: Extras,
}

impl Drawn {
    fn new(curves: &Curves<'_>, which: Chart, charts: &Charts, theme: Theme) -> Self {
        let mut lines = curves.lines(which, charts);
        let axis = curves.axis(charts);
        let means: Vec<_> = lines
            .all
            .iter()
            .filter(|line| line.kind == Kind::Mean)
            .map(|line| line.of)
            .collect();
        let mut drawn: Vec<Series> = lines
            .all
            .iter_mut()
            .map(|line| styled(line, which, means.contains(&line.of), theme))
            .collect();
        for line in lines.all.iter().filter(|line| line.diverged) {
            drawn.push(Series {
                points: line.points.last().copied().into_iter().collect(),
                style: theme.error(),
                dash: Dash::Points,
                marker: Some(DIVERGED),
            });
        }
        let chart = LineChart {
            series: drawn,
            x: axis.shown(charts.viewport),
            x_unit: curves.along(charts).unit(),
            log_y: charts.is_log(which),
            from_zero: which.is_from_zero(),
            least_span: which.least_span(),
            empty: lines.empty,
        };
        let extras = Extras {
            bands: lines
                .strips
                .iter()
                .map(|strip| Band {
                    of: strip.of,
                    points: strip.points.clone(),
                })
                .collect(),
            log_x: charts.log_x,
            symbols: charts.symbols,
            crosshair: charts.crosshair.map(|share| axis.at(share)),
        };
        Self {
            which,
            lines,
            chart,
            extras,
        }
    }

    fn render(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        curves: &Curves<'_>,
        charts: &Charts,
        focused: bool,
        theme: Theme,
    ) -> Option<Rect> {
        let titles = self.titles(curves, charts);
        let legends = self.legends(curves, charts, theme);
        let width = area.width as usize;
        let fits = |title: &str, legend: &Line<'_>| title.width() + legend.width() + 3 <= width;
        // The longest legend that fits beside the long title, else beside the short one.
        let fitting = titles.iter().find_map(|title| {
            let legend = legends.iter().find(|legend| fits(title, legend))?;
            Some((title, legend.clone()))
        });
        let fitting = if charts.crosshair.is_some() || self.lines.shown.is_some() {
            // What is read, and what a band shows, is worth a shorter title.
            let mut pairs = legends.iter().filter_map(|legend| {
                let title = titles.iter().find(|title| fits(title, legend))?;
                Some((title, legend.clone()))
            });
            pairs.next()
        } else {
            fitting
        };
        let (title, legend) = fitting.unwrap_or((&titles[0], Line::default()));
        let below = heading(buffer, area, title, legend, focused, theme);
        let plot = self.chart.render_with(buffer, below, &self.extras, theme);
        if let Some(x) = self.extras.crosshair {
            self.mark(buffer, below, x, theme);
        }
        plot
    }

    /// What is shown, in many and in few words.
    fn titles(&self, curves: &Curves<'_>, charts: &Charts) -> [String; 2] {
        let [long, short] = names(self.which, curves.validation_set(), curves.has_gpu());
        let scale = if charts.is_log(self.which) {
            "log "
        } else {
            ""
        };
        let weight = charts.smoothing.weight();
        let smooth = if weight > 0.0 && self.which.is_smoothed() {
            format!(", smoothed {weight}")
        } else {
            String::new()
        };
        let validation = self.which == Chart::ValidationLoss;
        let short = if validation {
            &long[..long.len() - 6]
        } else {
            &short
        };
        let brief = if smooth.is_empty() { "" } else { ", smooth" };
        [
            format!("{scale}{long}{smooth}"),
            format!("{scale}{short}{brief}"),
        ]
    }

    fn value(&self, value: f64) -> String {
        match self.which {
            Chart::Seconds if value.abs() < 0.995 => format::fixed(value, 2),
            Chart::Accuracy | Chart::Saved | Chart::Seconds | Chart::Load => {
                format::fixed(value, 1)
            }
            Chart::Loss | Chart::ValidationLoss if value.abs() >= 0.0995 => format::fixed(value, 2),
            Chart::GradientNorm if value >= 1e4 => format!("{value:.1e}"),
            Chart::GradientNorm if value >= 0.0995 => format::fixed(value, 2),
            Chart::Loss | Chart::ValidationLoss | Chart::LearningRate | Chart::GradientNorm => {
                format::significant(value)
            }
            Chart::Speed | Chart::Energy => format::count(value.max(0.0).round() as u64),
            Chart::Power => format::fixed(value, 0),
        }
    }

    /// The values, in as many and then in fewer words.
    fn legends(&self, curves: &Curves<'_>, charts: &Charts, theme: Theme) -> Vec<Line<'static>> {
        if let Some(x) = self.extras.crosshair {
            return (0..4)
                .map(|brevity| self.reading(curves, charts, x, brevity, theme))
                .collect();
        }
        let mut legends = Vec::new();
        let [long, short] = self.lines.shown.map_or_else(Default::default, |shown| {
            shown.in_words().map(|words| format!("  {words}"))
        });
        for note in [long, short, String::new()] {
            for brief in [false, true] {
                let mut line = if self.which == Chart::Saved {
                    saved(curves, brief, theme)
                } else {
                    self.last_values(curves, brief, theme)
                };
                line.push_span(Span::styled(note.clone(), theme.dim()));
                legends.push(line);
            }
        }
        legends
    }

    /// Both networks with their last value; of one that diverged, that.
    fn last_values(&self, curves: &Curves<'_>, brief: bool, theme: Theme) -> Line<'static> {
        let mut line = Line::default();
        for role in Role::BOTH {
            let gap = if line.spans.is_empty() { "" } else { "  " };
            let span = if let Some(diverged) = curves.divergence(role) {
                let text = if brief {
                    format!("{gap}{DIVERGED} {}", marker(role))
                } else {
                    format!("{gap}{DIVERGED} {} epoch {}", role.name(), diverged.epoch)
                };
                Span::styled(text, theme.error())
            } else {
                let told = self.lines.told(Some(role));
                let last = told.and_then(|line| line.points.last());
                let last =
                    last.map_or_else(|| role.name().to_owned(), |&(_, value)| self.value(value));
                Span::styled(format!("{gap}{} {last}", marker(role)), theme.role(role))
            };
            line.push_span(span);
        }
        line
    }

    /// The values of all series at `x`, in fewer words the greater `brevity` is.
    fn reading(
        &self,
        curves: &Curves<'_>,
        charts: &Charts,
        x: f64,
        brevity: usize,
        theme: Theme,
    ) -> Line<'static> {
        let of = if self.which == Chart::Saved {
            &[None][..]
        } else {
            &[Some(Role::Baseline), Some(Role::Capped)]
        };
        let told = |of| self.lines.told(of).map(|line| &line.points);
        let near = of.iter().filter_map(|of| nearest(told(*of)?, x));
        let at = near
            .min_by(|one, other| (one.0 - x).abs().total_cmp(&(other.0 - x).abs()))
            .map_or(x, |point| point.0);
        let words = x_in_words(curves.along(charts), at);
        let mut line = Line::from(Span::styled(
            if brevity < 3 {
                words
            } else {
                format::fixed(at, 0)
            },
            theme.strong(),
        ));
        for &of in of {
            let (mark, style) = of.map_or(('◆', Style::new()), |role| {
                (marker(role), theme.role(role))
            });
            let mut text = format!("  {mark}");
            let value = |points: &Points| nearest(points, x).map(|(_, value)| self.value(value));
            let of_kind = |kind| {
                let mut lines = self.lines.all.iter();
                lines.find(|line| line.of == of && line.kind == kind)
            };
            text += " ";
            text += &told(of).and_then(value).unwrap_or_else(|| "–".to_owned());
            if brevity < 2 {
                let mean = of_kind(Kind::Mean).and_then(|line| value(&line.points));
                text += &mean.map_or_else(String::new, |mean| format!(" mean {mean}"));
                let strip = self.lines.strips.iter().find(|strip| strip.of == of);
                let near = strip.and_then(|strip| nearest(&strip.points, x));
                text += &near.map_or_else(String::new, |(_, ends)| {
                    let [low, high] = ends.map(|end| self.value(end));
                    format!(" ({low} … {high})")
                });
            }
            if brevity < 1 {
                let seeds = self.lines.all.iter();
                let seeds: Vec<String> = seeds
                    .filter(|line| line.of == of && line.kind == Kind::Seed)
                    .filter_map(|line| value(&line.points))
                    .collect();
                if !seeds.is_empty() {
                    text += " seeds ";
                    text += &seeds.join(" ");
                }
            }
            line.push_span(Span::styled(text, style));
        }
        if self.which == Chart::Saved
            && brevity < 2
            && let Some(predicted) = curves.predicted
        {
            let text = format!("  ┄ predicted {}", format::percent(predicted, 0));
            line.push_span(Span::styled(text, theme.dim()));
        }
        line
    }

    /// Marks the points whose values are told.
    fn mark(&self, buffer: &mut Buffer, area: Rect, x: f64, theme: Theme) {
        for of in [None, Some(Role::Baseline), Some(Role::Capped)] {
            let point = self
                .lines
                .told(of)
                .and_then(|line| nearest(&line.points, x));
            if let (Some(point), Some(place)) = (
                point,
                point.and_then(|point| self.chart.place(area, &self.extras, point)),
            ) && point.1.is_finite()
            {
                let (mark, style) = of.map_or(('◆', Style::new()), |role| {
                    (marker(role), theme.role(role))
                });
                buffer[place].set_char(mark).set_style(style);
            }
        }
    }
}

/// A line with its style: the network's colour, thick beside a mean, dim behind others, red where the network diverged.
fn styled(line: &mut charts::Line, which: Chart, has_mean: bool, theme: Theme) -> Series {
    let style = match line.of {
        _ if line.diverged => theme.error(),
        Some(role) => theme.role(role),
        None if line.kind == Kind::Predicted => theme.dim(),
        None => Style::new(),
    };
    let behind = if line.diverged {
        style
    } else {
        theme.behind(line.of)
    };
    let capped = line.of == Some(Role::Capped);
    let (style, dash) = match line.kind {
        Kind::Dots => (behind, Dash::Points),
        Kind::Raw | Kind::Seed if line.diverged => (style, Dash::Solid),
        Kind::Mean if capped => (behind, Dash::Dashed),
        Kind::Raw | Kind::Seed | Kind::Mean => (behind, Dash::Solid),
        Kind::Leading if has_mean && capped => (style, Dash::ThickDashed),
        Kind::Leading if has_mean => (style, Dash::Thick),
        Kind::Leading if !capped => (style, Dash::Solid),
        Kind::Leading | Kind::Predicted => (style, Dash::Dashed),
    };
    let marker = match line.kind {
        _ if line.diverged => None,
        Kind::Leading if which == Chart::Saved => Some('◆'),
        Kind::Leading => line.of.map(marker),
        _ => None,
    };
    Series {
        // Those inside epochs are many, and nothing reads them again.
        points: match line.kind {
            Kind::Dots => std::mem::take(&mut line.points),
            _ => line.points.clone(),
        },
        style,
        dash,
        marker,
    }
}

fn saved(curves: &Curves<'_>, brief: bool, theme: Theme) -> Line<'static> {
    let word = if brief { "pred." } else { "predicted" };
    let mut line = Line::from(Span::styled(
        format::percent_estimate(curves.saved),
        theme.strong(),
    ));
    if let Some(predicted) = curves.predicted {
        line.push_span(Span::styled(
            format!("  ┄ {word} {}", format::percent(predicted, 0)),
            theme.dim(),
        ));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The accuracy on a hold-out is not that on the test images, which lists show.
    #[test]
    fn the_images_are_named_in_few_words_too() {
        let of = |set| names(Chart::Accuracy, set, false);
        assert_eq!(of("hold-out"), ["hold-out accuracy, %", "hold-out, %"]);
        assert_eq!(of("test"), ["test accuracy, %", "accuracy, %"]);
    }
}
