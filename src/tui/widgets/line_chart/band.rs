//! Fills the band between two curves.

use ratatui::layout::Rect;

use super::Band;
use crate::tui::widgets::axes::Axes;
use crate::tui::widgets::dots::Dots;

/// Fills a band, as far as its points reach.
pub(super) fn fill(dots: &mut Dots, band: &Band, place: u8, plot: Rect, axes: &Axes<'_>) {
    let (Some(first), Some(last)) = (band.points.first(), band.points.last()) else {
        return;
    };
    let columns = f64::from(plot.width);
    let rows = f64::from(dots.size()[1]) - 1.0;
    let rows_of_half = (dots.size()[1] / (i32::from(plot.height) * 2)).max(1);
    let [begin, end] = [first, last].map(|point| axes.share_x(point.0) * columns);
    // The half row in which a dot at that height lies: a band is never beside its curve.
    let half = |y: f64| {
        let row = (1.0 - axes.share_y(y)) * rows;
        let dot = row.clamp(-9.0, rows + 9.0).round() as i32;
        row.is_finite().then(|| dot.div_euclid(rows_of_half))
    };
    if begin
        .partial_cmp(&end)
        .is_none_or(std::cmp::Ordering::is_gt)
    {
        return;
    }
    let mut after = 0;
    for column in 0..plot.width {
        let left = f64::from(column);
        if left + 1.0 <= begin || left > end {
            continue;
        }
        // Where the band is read: the middle of the column, inside its ends.
        let middle = (left + 0.5).clamp(begin, end);
        let at = |point: &(f64, [f64; 2])| axes.share_x(point.0) * columns;
        while after + 1 < band.points.len() && at(&band.points[after]) < middle {
            after += 1;
        }
        let (one, other) = (&band.points[after.saturating_sub(1)], &band.points[after]);
        let (from, to) = (at(one), at(other));
        let share = if to > from {
            ((middle - from) / (to - from)).clamp(0.0, 1.0)
        } else {
            1.0
        };
        let between = |edge: usize| one.1[edge] + (other.1[edge] - one.1[edge]) * share;
        // A lower end that a logarithmic axis cannot show is at the bottom of the chart.
        let bottom = half(between(0)).unwrap_or(i32::from(plot.height) * 2);
        if let Some(top) = half(between(1)) {
            dots.fill(column, [top, bottom.max(top)], place);
        }
    }
}
