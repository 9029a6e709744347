//! The distribution of image information, with the cap as a rule in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::axes::Axes;
use crate::entropy::Distribution;
use crate::tui::theme::Theme;

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws how many images hold how much information, and the rule `┊` at `cap` with its number.
///
/// The x axis runs to what the largest image holds or to the cap, whichever is more; from 0, or from
/// where the images begin if they all hold much.
pub fn histogram(
    buffer: &mut Buffer,
    area: Rect,
    distribution: &Distribution,
    cap: usize,
    most_bits: f64,
    theme: Theme,
) {
    if area.height < 5 {
        return;
    }
    let high = (distribution.max.max(cap as f64) * 1.08 + 0.5)
        .ceil()
        .min(most_bits.max(cap as f64 + 1.0));
    let low = (distribution.min - 0.8 * (high - distribution.min))
        .max(0.0)
        .floor();
    let columns = area.width.saturating_sub(8).max(1) as usize;
    let peak = rebin(distribution, [low, high], columns)
        .into_iter()
        .fold(0.0, f64::max);
    let axes = Axes {
        x: [low, high],
        y: [0.0, (peak * 1.06).max(1.0)],
        log_y: false,
        x_unit: "bits per pixel",
    };
    let below = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let Some(plot) = axes.draw(buffer, below, theme) else {
        return;
    };
    let counts = rebin(distribution, [low, high], plot.width as usize);
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
    let share = axes.share_x(cap as f64);
    let at = plot.x + (share * f64::from(plot.width - 1)).round() as u16;
    if at >= plot.right() {
        return;
    }
    for row in plot.y..plot.bottom() {
        buffer[(at, row)].set_char('┊').set_style(theme.cap());
    }
    let label = format!("cap {cap}");
    let width = label.chars().count() as u16;
    let start = at
        .saturating_sub(width / 2)
        .min(area.right().saturating_sub(width));
    buffer.set_string(start, area.y, label, theme.cap());
}

/// Images per column when `low` to `high` bits are spread over `columns`.
fn rebin(distribution: &Distribution, [low, high]: [f64; 2], columns: usize) -> Vec<f64> {
    let histogram = &distribution.histogram;
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
        let images: u64 = distribution.histogram.counts.iter().sum();
        for columns in [7, 40, 96, 200] {
            let sum: f64 = rebin(&distribution, [0.0, 24.0], columns).iter().sum();
            assert!((sum - images as f64).abs() < 1e-6, "{columns}: {sum}");
        }
    }
}
