//! A distribution, with the cap as a rule in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::areas::take;
use super::axes::Axes;
use crate::entropy::Histogram;
use crate::tui::theme::Theme;

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars<'a> {
    /// How many there are of each value.
    pub histogram: &'a Histogram,
    /// The smallest and the largest value that there is.
    pub ends: [f64; 2],
    /// The most that is possible.
    pub most: f64,
    /// The cap, where it is on this axis.
    pub cap: Option<usize>,
    pub unit: &'a str,
}

/// Draws how many there are of each value, and the rule `┊` at the cap with its number.
///
/// The x axis runs to the largest value or to the cap, whichever is more; from 0, or from where the
/// values begin if they are all large.
pub fn histogram(buffer: &mut Buffer, area: Rect, bars: &Bars, theme: Theme) {
    if area.height < 5 {
        return;
    }
    let Bars {
        histogram,
        ends: [least, largest],
        most,
        cap,
        unit,
    } = *bars;
    let (reach, bound) = cap.map_or((largest, most), |cap| {
        (largest.max(cap as f64), most.max(cap as f64 + 1.0))
    });
    let high = (reach * 1.08 + 0.5).ceil().min(bound);
    let low = (least - 0.8 * (high - least)).max(0.0).floor();
    let columns = area.width.saturating_sub(8).max(1) as usize;
    let peak = rebin(histogram, [low, high], columns)
        .into_iter()
        .fold(0.0, f64::max);
    let axes = Axes {
        x: [low, high],
        y: [0.0, (peak * 1.06).max(1.0)],
        log_x: false,
        log_y: false,
        x_unit: unit,
    };
    let mut below = area;
    take(&mut below, u16::from(cap.is_some()));
    let Some(plot) = axes.draw(buffer, below, theme) else {
        return;
    };
    let counts = rebin(histogram, [low, high], plot.width as usize);
    for (column, count) in counts.into_iter().enumerate() {
        let eighths = axes.share_y(count).min(1.0) * f64::from(plot.height) * 8.0;
        let eighths = if count > 0.0 {
            eighths.max(1.0).round() as usize
        } else {
            0
        };
        for row in 0..plot.height {
            let here = eighths.saturating_sub(row as usize * 8).min(8);
            if here > 0 {
                let at = (plot.x + column as u16, plot.bottom() - 1 - row);
                buffer[at]
                    .set_char(EIGHTHS[here])
                    .set_style(theme.entropy());
            }
        }
    }
    let Some(cap) = cap else {
        return;
    };
    let share = axes.share_x(cap as f64);
    let at = plot.x + (share * f64::from(plot.width - 1)).round() as u16;
    if at >= plot.right() {
        return;
    }
    for row in plot.y..plot.bottom() {
        buffer[(at, row)].set_char('┊').set_style(theme.cap());
    }
    let label = format!("cap {cap}");
    let width = label.width() as u16;
    let start = at
        .saturating_sub(width / 2)
        .min(area.right().saturating_sub(width));
    buffer.set_string(start, area.y, label, theme.cap());
}

/// Images per column when `low` to `high` bits are spread over `columns`.
fn rebin(histogram: &Histogram, [low, high]: [f64; 2], columns: usize) -> Vec<f64> {
    let mut counts = vec![0.0; columns];
    let scale = columns as f64 / (high - low);
    for (edges, &count) in histogram.edges.windows(2).zip(&histogram.counts) {
        let [from, up] = [edges[0], edges[1]].map(|edge| (edge - low) * scale);
        if up <= from || count == 0 {
            continue;
        }
        let first = from.max(0.0) as usize;
        let last = (up.ceil() as usize).min(columns);
        for (column, value) in counts.iter_mut().enumerate().take(last).skip(first) {
            let overlap = up.min(column as f64 + 1.0) - from.max(column as f64);
            *value += count as f64 * overlap.max(0.0) / (up - from);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn rebinning_loses_no_image() {
        let distribution = fixtures::analysis().profile.image_information;
        let histogram = &distribution.histogram;
        let images: u64 = histogram.counts.iter().sum();
        for columns in [7, 40, 96, 200] {
            let sum: f64 = rebin(histogram, [0.0, 24.0], columns).iter().sum();
            assert!((sum - images as f64).abs() < 1e-6, "{columns}: {sum}");
        }
    }
}
