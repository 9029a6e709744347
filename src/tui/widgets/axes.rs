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
    pub log_x: bool,
    pub log_y: bool,
    /// Written at the end of the x axis.
    pub x_unit: &'a str,
}

impl Axes<'_> {
    /// Where `x` lies between the ends of the axis, from 0 to 1.
    pub fn share_x(&self, x: f64) -> f64 {
        share(x, self.x, self.log_x)
    }

    /// Where `y` lies between the ends of the axis, from 0 to 1.
    pub fn share_y(&self, y: f64) -> f64 {
        share(y, self.y, self.log_y)
    }

    /// The area between both axes of a chart, and the marks of the y axis with their labels; `None` where they do not fit.
    fn layout(&self, area: Rect) -> Option<(Rect, Vec<f64>, Vec<String>)> {
        if area.width < 14 || area.height < 4 {
            return None;
        }
        let rows = area.height - 2;
        let most = (rows as usize * 2 / 5).clamp(2, 8);
        let marks = marks(self.y, most, 0.0, self.log_y);
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
        Some((plot, marks, labels))
    }

    /// The area between both axes; `None` where they do not fit.
    pub fn plot(&self, area: Rect) -> Option<Rect> {
        self.layout(area).map(|(plot, ..)| plot)
    }

    /// Draws both axes with their numbers and gives the area between them; `None` where they do not fit.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: Theme) -> Option<Rect> {
        let (plot, marks, labels) = self.layout(area)?;
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
        // Whole numbers of epochs or steps, unless less than two of them are shown.
        let least_step = if self.x[1] - self.x[0] < 2.0 {
            0.0
        } else {
            1.0
        };
        let width = plot.width as usize;
        for most in [width / 9, width / 12, width / 18, 2] {
            let marks = marks(self.x, most.clamp(2, 12), least_step, self.log_x);
            let labels = self.place_x(&marks, plot);
            let unit = self.unit_start(&labels, plot, most > 2);
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

    /// Where the unit starts: at the end of the rightmost gap between labels that is wide enough, which may have to be one
    /// of the last three.
    fn unit_start(&self, labels: &[(u16, String)], plot: Rect, last: bool) -> Option<u16> {
        let width = self.x_unit.width() as u16;
        let mut gap_end = plot.right();
        let gaps = if last { 3 } else { labels.len() };
        for (start, label) in labels.iter().rev().take(gaps) {
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

/// Where `value` lies between the ends of a range, from 0 to 1.
fn share(value: f64, [low, high]: [f64; 2], log: bool) -> f64 {
    if log {
        (value / low).ln() / (high / low).ln()
    } else {
        (value - low) / (high - low)
    }
}

/// The marks of an axis: round numbers, about `most` of them, at least two wherever numbers can tell its ends apart.
pub fn marks(range: [f64; 2], most: usize, least_step: f64, log: bool) -> Vec<f64> {
    if log {
        let marks = log_ticks(range, most);
        if marks.len() > 1 {
            return marks;
        }
    }
    [least_step, 0.0]
        .into_iter()
        .flat_map(|step| (most..=most + 6).map(move |most| ticks(range, most, step)))
        .find(|marks| marks.len() > 1)
        .unwrap_or_else(|| ticks(range, most, least_step))
}

/// Ticks at 1, 2 and 5 times powers of ten within `range`; at some powers of ten alone where there would be many more than
/// `most`.
pub fn log_ticks([low, high]: [f64; 2], most: usize) -> Vec<f64> {
    if !(low > 0.0 && high > low && high.is_finite()) {
        return Vec::new();
    }
    let decades = (high / low).log10();
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let factors: &[f64] = if decades > 3.0 {
        &[1.0]
    } else {
        &[1.0, 2.0, 5.0]
    };
    let step = (decades / most.max(1) as f64).ceil().max(1.0) as i32;
    powers
        .filter(|power| power.rem_euclid(step) == 0 || factors.len() > 1)
        .flat_map(|power| {
            factors
                .iter()
                .map(move |factor| factor * 10_f64.powi(power))
        })
        .filter(|mark| *mark >= low * 0.999 && *mark <= high * 1.001)
        .collect()
}

/// Ticks as text, all with the decimals that the finest of them needs; as powers of ten where these would be very many.
pub fn tick_labels(marks: &[f64]) -> Vec<String> {
    const MAX_DIGITS: i32 = 6;
    let digits = (0..=MAX_DIGITS).find(|digits| {
        let scale = 10_f64.powi(*digits);
        marks
            .iter()
            .all(|mark| ((mark * scale).round() - mark * scale).abs() < 1e-6)
            && marks
                .iter()
                .all(|mark| *mark == 0.0 || mark.abs() * scale > 0.5)
    });
    let Some(digits) = digits else {
        return marks.iter().map(|mark| scientific(*mark)).collect();
    };
    let plain = |mark: f64| {
        if digits == 0 && mark >= 1000.0 {
            format::count(mark as u64)
        } else {
            format::fixed(mark, digits as usize)
        }
    };
    let short = |mark: f64| {
        if mark.abs() >= 1e12 {
            scientific(mark)
        } else if mark.abs() >= 10_000.0 {
            format::large(mark).replace(' ', "").replace(".0", "")
        } else {
            plain(mark)
        }
    };
    let labels: Vec<String> = marks.iter().map(|mark| short(*mark)).collect();
    if labels.windows(2).all(|two| two[0] != two[1]) {
        labels
    } else {
        marks.iter().map(|mark| plain(*mark)).collect()
    }
}

/// `2e−7`.
fn scientific(value: f64) -> String {
    let text = format!("{value:.9e}").replace('-', "−");
    match text.split_once('e') {
        Some((digits, power)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{power}")
        }
        None => text,
    }
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
        let marks = log_ticks([0.1, 2.0], 8);
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
        assert_eq!(tick_labels(&[1e-9, 1e-8]), ["1e−9", "1e−8"]);
        assert_eq!(tick_labels(&[20_010.0, 20_020.0]), ["20,010", "20,020"]);
        assert_eq!(tick_labels(&[0.0, 20_000.0, 40_000.0]), ["0", "20k", "40k"]);
    }

    /// A logarithmic axis of a decade or less had none or one.
    #[test]
    fn every_axis_has_two_marks_that_can_be_told_apart() {
        for log in [false, true] {
            for low in [1e-7, 0.03, 0.19, 1.0, 2.3, 47.0, 1e5, 3e9] {
                for factor in [1.0001, 1.02, 1.3, 2.0, 4.0, 9.9, 11.0, 1e3, 1e6] {
                    for most in [2, 4, 8] {
                        let range = [low, low * factor];
                        let marks = marks(range, most, 0.0, log);
                        assert!(marks.len() >= 2, "{range:?} {log} {most}: {marks:?}");
                        assert!(marks.len() <= 4 * most + 4, "{range:?}: {marks:?}");
                        let labels = tick_labels(&marks);
                        assert!(labels.windows(2).all(|two| two[0] != two[1]), "{labels:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn shares_are_linear_or_logarithmic() {
        let mut axes = Axes {
            x: [0.0, 10.0],
            y: [1.0, 100.0],
            log_x: false,
            log_y: false,
            x_unit: "",
        };
        assert!((axes.share_x(2.5) - 0.25).abs() < 1e-12);
        assert!((axes.share_y(10.0) - 9.0 / 99.0).abs() < 1e-12);
        axes.log_y = true;
        assert!((axes.share_y(10.0) - 0.5).abs() < 1e-12);
    }
}
