//! The Pareto front of accuracy against seconds, in braille dots.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::report::recommend::letters;
use crate::study::recommend::RecommendOutcome;
use crate::tui::theme::{Colours, Theme};
use crate::tui::widgets::line_chart::{Dash, LineChart, Series};

/// Columns and rows of the picture.
const SIZE: [u16; 2] = [72, 14];

/// The picture as lines of text, with its legend.
pub(super) fn drawn(outcome: &RecommendOutcome) -> String {
    let most = outcome.networks().filter_map(|one| one.seconds);
    let most = most.fold(0.0, f64::max);
    let (unit, scale) = match most {
        most if most < 10.0 => ("ms", 1_000.0),
        most if most < 600.0 => ("s", 1.0),
        _ => ("min", 1.0 / 60.0),
    };
    let single = |point: (f64, f64), marker: Option<char>| Series {
        points: vec![point],
        style: Style::new(),
        dash: Dash::Points,
        marker,
    };
    let front = outcome.front.iter();
    let mut series = vec![Series {
        points: front
            .map(|point| (point.seconds * scale, point.accuracy * 100.0))
            .collect(),
        dash: Dash::Dotted,
        ..single((0.0, 0.0), None)
    }];
    let mut names = Vec::new();
    for (one, letter) in outcome.networks().zip(letters()) {
        names.push(format!("{letter} {}", one.network.conv_depth));
        if let Some((seconds, accuracy)) = one.seconds.zip(one.accuracy) {
            let point = (seconds * scale, accuracy.mean * 100.0);
            series.push(single(point, Some(letter)));
        }
    }
    let chart = LineChart {
        series,
        x: [0.0, (most * scale * 1.1).max(1.0)],
        x_unit: unit,
        log_y: false,
        from_zero: false,
        least_span: 1.0,
        empty: "no network is trained to its end",
    };
    let area = Rect::new(0, 0, SIZE[0], SIZE[1]);
    let mut buffer = Buffer::empty(area);
    chart.render(&mut buffer, area, Theme::new(Colours::None));
    let mut lines = vec![format!(
        "accuracy on the hold-out, %, against training time of a seed, {unit}"
    )];
    lines.extend(area.rows().map(|row| {
        let line: String = row
            .columns()
            .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
            .collect();
        line.trim_end().to_owned()
    }));
    lines.push(format!(
        "{} convolutions; dotted: the Pareto front",
        names.join(", ")
    ));
    lines.join("\n")
}
