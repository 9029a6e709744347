//! Curves in braille dots; every series has its own colour, dash and marker.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::axes::Axes;
use crate::tui::theme::Theme;

/// How the dots of a curve follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    Solid,
    Dashed,
    Dotted,
    /// Not joined: the points alone.
    Points,
}

impl Dash {
    fn draws(self, dot: usize) -> bool {
        match self {
            Self::Solid | Self::Points => true,
            Self::Dashed => dot % 6 < 4,
            Self::Dotted => dot.is_multiple_of(4),
        }
    }
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its points in the order of x.
    pub points: Vec<(f64, f64)>,
    pub style: Style,
    pub dash: Dash,
    /// Drawn on its last point, and on all where they lie far enough apart.
    pub marker: Option<char>,
}

/// A chart of several curves, the later ones on top.
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart<'a> {
    pub series: Vec<Series>,
    /// Ends of the x axis.
    pub x: [f64; 2],
    /// Written at the end of the x axis.
    pub x_unit: &'a str,
    pub log_y: bool,
    pub from_zero: bool,
    /// Least difference between the ends of a linear y axis that does not start at 0.
    pub least_span: f64,
    /// Text where there are no curves.
    pub empty: &'a str,
}

const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

struct Dots {
    plot: Rect,
    cells: Vec<(u8, Style)>,
}

impl Dots {
    fn set(&mut self, x: i64, y: i64, style: Style) {
        let (columns, rows) = (
            i64::from(self.plot.width) * 2,
            i64::from(self.plot.height) * 4,
        );
        if x < 0 || y < 0 || x >= columns || y >= rows {
            return;
        }
        let at = (y / 4) as usize * self.plot.width as usize + (x / 2) as usize;
        let (bits, cell_style) = &mut self.cells[at];
        *bits |= BITS[(y % 4) as usize][(x % 2) as usize];
        *cell_style = style;
    }
}

impl LineChart<'_> {
    /// Whether a point can be drawn: a diverged loss cannot.
    fn usable(&self, (x, y): (f64, f64)) -> bool {
        const MAX_Y: f64 = 1e12;
        (self.x[0]..=self.x[1]).contains(&x) && y.abs() < MAX_Y && (!self.log_y || y > 1.0 / MAX_Y)
    }

    /// Least and greatest y over all curves, with some margin; `None` without a point.
    fn range(&self) -> Option<[f64; 2]> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &point in self.series.iter().flat_map(|series| &series.points) {
            if self.usable(point) {
                low = low.min(point.1);
                high = high.max(point.1);
            }
        }
        if low > high {
            return None;
        }
        if self.log_y {
            return Some([low / 1.1, high * 1.1]);
        }
        if self.from_zero {
            return Some([0.0, (high * 1.15).max(1e-6)]);
        }
        let margin = ((high - low) * 0.06)
            .max(high.abs() * 0.005)
            .max((self.least_span - (high - low)) / 2.0)
            .max(1e-6);
        Some([low - margin, high + margin])
    }

    /// Draws the chart.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let Some(y) = self.range() else {
            let axes = Axes {
                x: self.x,
                y: [0.0, 1.0],
                log_y: false,
                x_unit: self.x_unit,
            };
            if let Some(plot) = axes.draw(buffer, area, theme) {
                let gutter = Rect {
                    width: plot.x - area.x - 1,
                    height: plot.height,
                    ..area
                };
                buffer.set_style(gutter, Style::new());
                for row in gutter.rows() {
                    buffer.set_string(row.x, row.y, " ".repeat(row.width as usize), Style::new());
                }
                let text = crate::tui::format::cut(self.empty, plot.width as usize);
                let start = plot.x + (plot.width - text.width() as u16) / 2;
                buffer.set_string(start, plot.y + plot.height / 2, text, theme.dim());
            }
            return;
        };
        let axes = Axes {
            x: self.x,
            y,
            log_y: self.log_y,
            x_unit: self.x_unit,
        };
        let Some(plot) = axes.draw(buffer, area, theme) else {
            return;
        };
        let mut dots = Dots {
            plot,
            cells: vec![(0, Style::new()); plot.width as usize * plot.height as usize],
        };
        for series in &self.series {
            self.draw_series(&mut dots, series, &axes);
        }
        for (index, &(bits, style)) in dots.cells.iter().enumerate() {
            if bits > 0 {
                let x = plot.x + (index % plot.width as usize) as u16;
                let y = plot.y + (index / plot.width as usize) as u16;
                let glyph = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
                buffer[(x, y)].set_char(glyph).set_style(style);
            }
        }
        for series in &self.series {
            self.draw_markers(buffer, plot, series, &axes);
        }
    }

    fn draw_series(&self, dots: &mut Dots, series: &Series, axes: &Axes<'_>) {
        let columns = f64::from(dots.plot.width) * 2.0 - 1.0;
        let rows = f64::from(dots.plot.height) * 4.0 - 1.0;
        let mut run = 0;
        let mut before: Option<(i64, i64)> = None;
        for &point in &series.points {
            if !self.usable(point) {
                continue;
            }
            let x = (axes.share_x(point.0) * columns).round() as i64;
            let y = ((1.0 - axes.share_y(point.1)) * rows).round() as i64;
            let from = before
                .filter(|_| series.dash != Dash::Points)
                .unwrap_or((x, y));
            let length = (x - from.0).abs().max((y - from.1).abs());
            for dot in 0..=length {
                let share = dot as f64 / length.max(1) as f64;
                let at_x = from.0 + ((x - from.0) as f64 * share).round() as i64;
                let at_y = from.1 + ((y - from.1) as f64 * share).round() as i64;
                if series.dash.draws(run) {
                    dots.set(at_x, at_y, series.style);
                }
                run += usize::from(dot < length);
            }
            before = Some((x, y));
        }
    }

    fn draw_markers(&self, buffer: &mut Buffer, plot: Rect, series: &Series, axes: &Axes<'_>) {
        let Some(marker) = series.marker else {
            return;
        };
        let last = series.points.len().saturating_sub(1);
        let sparse = (self.x[1] - self.x[0]) * 4.0 <= f64::from(plot.width);
        for (index, &point) in series.points.iter().enumerate() {
            if !self.usable(point) || !(index == last || sparse) {
                continue;
            }
            let x = (axes.share_x(point.0) * f64::from(plot.width)) as u16;
            let y = super::axes::row_of(axes.share_y(point.1), plot);
            let at = (plot.x + x.min(plot.width - 1), y);
            buffer[at].set_char(marker).set_style(series.style);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::theme::Colours;

    fn draw(chart: &LineChart<'_>, columns: u16, rows: u16) -> String {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        chart.render(&mut buffer, area, Theme::new(Colours::None));
        area.rows()
            .map(|row| {
                row.columns()
                    .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
                    .collect::<String>()
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn chart(points: Vec<(f64, f64)>) -> LineChart<'static> {
        LineChart {
            series: vec![Series {
                points,
                style: Style::new(),
                dash: Dash::Solid,
                marker: Some('●'),
            }],
            x: [0.0, 10.0],
            x_unit: "epochs",
            log_y: false,
            from_zero: false,
            least_span: 0.0,
            empty: "nothing yet",
        }
    }

    #[test]
    fn a_rising_line_ends_at_the_top_right() {
        let text = draw(&chart(vec![(0.0, 0.0), (10.0, 1.0)]), 40, 10);
        assert!(text.lines().next().unwrap().ends_with('●'), "{text}");
        assert!(text.contains("epochs"));
    }

    #[test]
    fn without_points_it_says_so() {
        assert!(draw(&chart(Vec::new()), 40, 10).contains("nothing yet"));
        assert!(draw(&chart(vec![(1.0, f64::NAN)]), 40, 10).contains("nothing yet"));
    }

    #[test]
    fn no_size_and_no_value_makes_it_panic() {
        let odd = vec![
            (0.0, f64::MAX),
            (1.0, 1e11),
            (5.0, -1.0),
            (6.0, 1e-11),
            (1e9, 0.0),
            (f64::NAN, 1.0),
        ];
        for log_y in [false, true] {
            for columns in 0..30 {
                for rows in 0..8 {
                    let mut chart = chart(odd.clone());
                    chart.log_y = log_y;
                    draw(&chart, columns, rows);
                }
            }
        }
    }
}
