//! Draws from point to point in dots, as much as lies inside the chart.

use super::{Dash, Series};
use crate::tui::widgets::axes::Axes;
use crate::tui::widgets::dots::Dots;

/// The points of one column of dots.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    /// The column of dots, where the first of its points lies.
    x: f64,
    /// The x where the next column begins.
    pub(super) until: f64,
    pub(super) count: usize,
    first: f64,
    last: f64,
    low: f64,
    high: f64,
}

impl Column {
    pub(super) fn at(x: f64, axes: &Axes<'_>, columns: f64) -> Self {
        let place = axes.share_x(x) * columns;
        let next = (place.round() + 0.5) / columns;
        let [low, high] = axes.x;
        let until = if axes.log_x {
            low * (high / low).powf(next)
        } else {
            low + (high - low) * next
        };
        Self {
            x: place,
            until,
            ..Self::default()
        }
    }

    pub(super) const fn take(&mut self, y: f64) {
        if self.count == 0 {
            self.first = y;
            self.low = y;
            self.high = y;
        }
        self.last = y;
        self.low = self.low.min(y);
        self.high = self.high.max(y);
        self.count += 1;
    }

    pub(super) fn flush(&self, dots: &mut Dots, pen: &mut Pen<'_>, row: impl Fn(f64) -> f64) {
        if self.count == 0 {
            return;
        }
        pen.to(dots, (self.x, row(self.first)));
        if self.count > 1 {
            pen.span(dots, self.x, [row(self.low), row(self.high)]);
            pen.at = Some((self.x, row(self.last)));
        }
    }
}

/// Fewest rows of dots, less one, of a chart with thick lines.
const MIN_ROWS_OF_THICK: f64 = 31.0;

/// Draws from point to point.
pub(super) struct Pen<'s> {
    series: &'s Series,
    /// Columns and rows of dots, less one.
    ends: [f64; 2],
    at: Option<(f64, f64)>,
    /// Dots drawn, for dashes.
    run: usize,
}

impl<'s> Pen<'s> {
    pub(super) const fn new(series: &'s Series, ends: [f64; 2]) -> Self {
        Self {
            series,
            ends,
            at: None,
            run: 0,
        }
    }

    fn dot(&self, dots: &mut Dots, x: f64, y: f64) {
        let (x, y) = (x.round() as i32, y.round() as i32);
        dots.set(x, y, self.series.style);
        // Where there is little space a thick line would hide others.
        if self.series.dash.is_thick() && self.ends[1] >= MIN_ROWS_OF_THICK {
            dots.set(x, y + 1, self.series.style);
            dots.set(x + 1, y, self.series.style);
        }
    }

    /// Draws a line to a place, as much of it as is inside.
    fn to(&mut self, dots: &mut Dots, to: (f64, f64)) {
        let joined = self.series.dash != Dash::Points;
        let from = self.at.filter(|_| joined).unwrap_or(to);
        self.at = Some(to);
        let Some([from, to]) = clipped([from, to], self.ends) else {
            return;
        };
        let length = (to.0 - from.0).abs().max((to.1 - from.1).abs()).round() as usize;
        for dot in 0..=length {
            let share = dot as f64 / length.max(1) as f64;
            if self.series.dash.draws(self.run) {
                let x = from.0 + (to.0 - from.0) * share;
                self.dot(dots, x, from.1 + (to.1 - from.1) * share);
            }
            self.run += usize::from(dot < length);
        }
    }

    /// Draws what the points of one column span.
    fn span(&self, dots: &mut Dots, x: f64, [low, high]: [f64; 2]) {
        let beyond = |y: f64| y.clamp(-2.0, self.ends[1] + 2.0).round() as i32;
        let x = x.round();
        if x.abs() < 1e6 {
            dots.set_column(x as i32, beyond(low), beyond(high), self.series.style);
        }
    }
}

/// The part of a line that lies inside, a dot more on every side (Liang and Barsky).
fn clipped([from, to]: [(f64, f64); 2], [columns, rows]: [f64; 2]) -> Option<[(f64, f64); 2]> {
    let all = [from.0, from.1, to.0, to.1];
    if !all.iter().all(|value| value.is_finite()) {
        return None;
    }
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut begin, mut end) = (0.0_f64, 1.0_f64);
    for (slope, room) in [
        (-dx, from.0 + 1.0),
        (dx, columns + 1.0 - from.0),
        (-dy, from.1 + 1.0),
        (dy, rows + 1.0 - from.1),
    ] {
        if slope == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if slope < 0.0 {
            begin = begin.max(room / slope);
        } else {
            end = end.min(room / slope);
        }
    }
    (begin <= end).then(|| [begin, end].map(|share| (from.0 + dx * share, from.1 + dy * share)))
}
