//! Axes with numbers, shared by line charts and histograms.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::tui::format;
use crate::tui::theme::Theme;

/// The axes of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes<'a> {
    /// Least and greatest x.
    pub x: [f64; 2],
    /// Least and greatest y.
    pub y: [f64; 2],
    pub log_y: bool,
    /// Written at the end of the x axis.
    pub x_unit: &'a str,
}

impl Axes<'_> {
    /// Where `x` lies between the ends of the axis, from 0 to 1.
    pub fn share_x(&self, x: f64) -> f64 {
        (x - self.x[0]) / (self.x[1] - self.x[0])
    }

    /// Where `y` lies between the ends of the axis, from 0 to 1.
    pub fn share_y(&self, y: f64) -> f64 {
        let [low, high] = self.y;
        if self.log_y {
            (y / low).ln() / (high / low).ln()
        } else {
            (y - low) / (high - low)
        }
    }

    /// Draws both axes with their numbers and gives the area between them; `None` where they do not fit.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: Theme) -> Option<Rect> {
        if area.width < 14 || area.height < 4 {
            return None;
        }
        let rows = area.height - 2;
        let marks = if self.log_y {
            log_ticks(self.y)
        } else {
            let least = (rows as usize * 2 / 5).clamp(2, 8);
            (least..=least + 4)
                .map(|most| ticks(self.y, most, 0.0))
                .find(|marks| marks.len() > 1)
                .unwrap_or_else(|| ticks(self.y, least, 0.0))
        };
        let labels = tick_labels(&marks);
        let gutter = labels.iter().map(|label| label.width()).max().unwrap_or(1) as u16;
        let plot = Rect {
            x: area.x + gutter + 2,
            y: area.y,
            width: area
                .width
                .checked_sub(gutter + 2)
                .filter(|width| *width > 4)?,
            height: rows,
        };
        let axis = plot.x - 1;
        for row in plot.y..plot.bottom() {
            buffer.set_string(axis, row, "│", theme.faint());
        }
        let mut last_row = u16::MAX;
        for (mark, label) in marks.iter().zip(&labels).rev() {
            let row = row_of(self.share_y(*mark), plot);
            if row == last_row {
                continue;
            }
            last_row = row;
            let start = axis - 1 - label.width() as u16;
            buffer.set_string(start, row, label, theme.dim());
            buffer.set_string(axis, row, "┤", theme.faint());
        }
        self.draw_x(buffer, plot, theme);
        Some(plot)
    }

    fn draw_x(&self, buffer: &mut Buffer, plot: Rect, theme: Theme) {
        let line = plot.bottom();
        buffer.set_string(
            plot.x - 1,
            line,
            format!("└{}", "─".repeat(plot.width as usize)),
            theme.faint(),
        );
        for most in [plot.width as usize / 9, plot.width as usize / 18, 2] {
            let marks = ticks(self.x, most.clamp(2, 12), 1.0);
            let labels = self.place_x(&marks, plot);
            let unit = self.unit_start(&labels, plot);
            if unit.is_none() && most > 2 {
                continue;
            }
            for &mark in &marks {
                buffer.set_string(self.column(mark, plot), line, "┬", theme.faint());
            }
            for (start, label) in labels {
                buffer.set_string(start, line + 1, label, theme.dim());
            }
            if let Some(start) = unit {
                buffer.set_string(start, line + 1, self.x_unit, theme.dim());
            }
            return;
        }
    }

    fn column(&self, x: f64, plot: Rect) -> u16 {
        plot.x + (self.share_x(x).clamp(0.0, 1.0) * f64::from(plot.width - 1)).round() as u16
    }

    /// Labels of the x axis with the columns they start at, without those that would touch another.
    fn place_x(&self, marks: &[f64], plot: Rect) -> Vec<(u16, String)> {
        let mut free_from = 0;
        marks
            .iter()
            .zip(tick_labels(marks))
            .filter_map(|(&mark, label)| {
                let width = label.width() as u16;
                let start = self
                    .column(mark, plot)
                    .saturating_sub(width / 2)
                    .min(plot.right().saturating_sub(width));
                if start < free_from {
                    return None;
                }
                free_from = start + width + 1;
                Some((start, label))
            })
            .collect()
    }

    /// Where the unit starts: at the end of the rightmost gap between labels that is wide enough.
    fn unit_start(&self, labels: &[(u16, String)], plot: Rect) -> Option<u16> {
        let width = self.x_unit.width() as u16;
        let mut gap_end = plot.right();
        for (start, label) in labels.iter().rev() {
            let gap_start = start + label.width() as u16 + 2;
            if gap_start + width <= gap_end {
                return Some(gap_end - width);
            }
            gap_end = start.saturating_sub(2);
        }
        None
    }
}

/// The row of `plot` at `share` of its height.
pub fn row_of(share: f64, plot: Rect) -> u16 {
    let last = plot.height.saturating_sub(1);
    plot.bottom() - 1 - ((share * f64::from(plot.height)) as u16).min(last)
}

/// Round numbers within `range`, at most about `most` of them, at least `least_step` apart.
pub fn ticks(range: [f64; 2], most: usize, least_step: f64) -> Vec<f64> {
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
    format::ticks(range, most.max(1) as f64, &factors, least_step)
}

/// Ticks at 1, 2 and 5 times powers of ten within `range`; at powers of ten alone where there are many.
pub fn log_ticks([low, high]: [f64; 2]) -> Vec<f64> {
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let factors: &[f64] = if (high / low).log10() > 3.0 {
        &[1.0]
    } else {
        &[1.0, 2.0, 5.0]
    };
    powers
        .flat_map(|power| {
            factors
                .iter()
                .map(move |factor| factor * 10_f64.powi(power))
        })
        .filter(|mark| *mark >= low * 0.999 && *mark <= high * 1.001)
        .collect()
}

/// Ticks as text, all with the decimals that the finest of them needs.
pub fn tick_labels(marks: &[f64]) -> Vec<String> {
    let digits = (0..4)
        .find(|digits| {
            let scale = 10_f64.powi(*digits);
            marks
                .iter()
                .all(|mark| ((mark * scale).round() - mark * scale).abs() < 1e-6)
        })
        .unwrap_or(4) as usize;
    marks
        .iter()
        .map(|&mark| {
            if mark.abs() >= 10_000.0 {
                format::large(mark).replace(' ', "").replace(".0", "")
            } else if digits == 0 && mark >= 1000.0 {
                format::count(mark as u64)
            } else {
                format::fixed(mark, digits)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks([0.0, 24.0], 6, 0.0), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(ticks([0.0, 3.0], 12, 1.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks([91.2, 93.9], 3, 0.0), [92.0, 93.0]);
        assert_eq!(ticks([1.0, 1.0], 3, 0.0), [1.0]);
    }

    #[test]
    fn log_ticks_are_one_two_five() {
        let marks = log_ticks([0.1, 2.0]);
        let expected = [0.1, 0.2, 0.5, 1.0, 2.0];
        assert_eq!(marks.len(), expected.len());
        for (mark, wanted) in marks.iter().zip(expected) {
            assert!((mark - wanted).abs() < 1e-12);
        }
    }

    #[test]
    fn labels_share_their_decimals() {
        assert_eq!(tick_labels(&[0.0, 0.5, 1.0]), ["0.0", "0.5", "1.0"]);
        assert_eq!(tick_labels(&[0.0, 2000.0]), ["0", "2,000"]);
    }

    #[test]
    fn shares_are_linear_or_logarithmic() {
        let mut axes = Axes {
            x: [0.0, 10.0],
            y: [1.0, 100.0],
            log_y: false,
            x_unit: "",
        };
        assert!((axes.share_x(2.5) - 0.25).abs() < 1e-12);
        assert!((axes.share_y(10.0) - 9.0 / 99.0).abs() < 1e-12);
        axes.log_y = true;
        assert!((axes.share_y(10.0) - 0.5).abs() < 1e-12);
    }
}
