//! Accuracy over training time of the networks of a recommendation's final, with the Pareto front.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::plot::{Joined, Plot, Point, range};
use crate::report::recommend::letters;
use crate::run::ChartSymbols;
use crate::study::recommend::{RecommendOutcome, TrainedNetwork};
use crate::tui::theme::Theme;

/// How the networks are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// By a letter in place of a marker.
    Letters,
    /// By their depth beside a marker; that of this number is marked.
    Depths(Option<usize>),
}

/// The unit of the training time of a seed, and how many there are in a second.
#[must_use]
pub fn unit(outcome: &RecommendOutcome) -> (&'static str, f64) {
    let most = outcome.networks().filter_map(|one| one.seconds);
    match most.fold(0.0, f64::max) {
        most if most < 10.0 => ("ms", 1_000.0),
        most if most < 600.0 => ("s", 1.0),
        _ => ("min", 1.0 / 60.0),
    }
}

/// Draws the networks, their intervals, and the front as a dotted line.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    outcome: &RecommendOutcome,
    names: Names,
    symbols: ChartSymbols,
    theme: Theme,
) {
    let (unit, scale) = unit(outcome);
    let place = |one: &TrainedNetwork| Some((one.seconds? * scale, one.accuracy?.mean * 100.0));
    let interval = |one: &TrainedNetwork| {
        let ends = one.accuracy?.interval?;
        Some(ends.map(|end| end * 100.0)).filter(|_| names != Names::Letters)
    };
    let seconds = outcome.networks().filter_map(|one| Some(place(one)?.0));
    let percents = outcome.networks().filter_map(|one| {
        let ends = interval(one).into_iter().flatten();
        Some(ends.chain([place(one)?.1]).collect::<Vec<_>>())
    });
    let (Some(x), Some(y)) = (range(seconds, 0.0), range(percents.flatten(), 1.0)) else {
        let text = "no network is trained to its end";
        buffer.set_stringn(area.x, area.y, text, area.width as usize, theme.dim());
        return;
    };
    // Room for the labels behind the last point.
    let air = ((x[1] - x[0]) * 0.12).max(x[1].abs() * 0.01).max(1e-3);
    let chosen = outcome.recommended.as_ref().map(|found| found.conv_depth);
    let networks = outcome.networks().zip(letters()).enumerate();
    let points = networks.filter_map(|(at, (one, letter))| {
        let depth = one.network.conv_depth;
        let is_chosen = chosen == Some(depth);
        let on_front = outcome.is_on_front(one);
        let (symbol, label) = match names {
            Names::Letters => (letter, String::new()),
            Names::Depths(_) if is_chosen => ('◆', format!("{depth}, recommended")),
            Names::Depths(_) => (if on_front { '●' } else { '○' }, depth.to_string()),
        };
        let style = match names {
            Names::Letters => Style::new(),
            Names::Depths(marked) if marked == Some(at) => theme.accent(),
            Names::Depths(_) if is_chosen => theme.cap(),
            Names::Depths(_) if on_front => theme.strong(),
            Names::Depths(_) => theme.dim(),
        };
        Some(Point {
            at: place(one)?,
            interval: interval(one),
            symbol,
            label,
            style,
            aside: 0,
        })
    });
    let front = outcome.front.iter();
    Plot {
        x: [(x[0] - air).max(0.0), x[1] + air],
        x_unit: unit,
        y: [y[0].max(0.0), y[1].min(101.0)],
        points: points.collect(),
        lines: vec![Joined {
            points: front
                .map(|point| (point.seconds * scale, point.accuracy * 100.0))
                .collect(),
            style: theme.dim(),
            every: 5,
            aside: 0,
        }],
        rules: Vec::new(),
        bar: None,
        symbols,
    }
    .render(buffer, area, theme);
}
