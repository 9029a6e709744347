//! Curves and bands in dots; every series has its own colour, dash and marker.

mod band;
mod pen;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_width::UnicodeWidthStr;

use self::band::fill;
use self::pen::{Column, Pen};
use super::axes::Axes;
use super::dots::{Behind, Dots, dots_of};
use crate::run::ChartSymbols;
use crate::training::Role;
use crate::tui::theme::Theme;

/// How the dots of a curve follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    Solid,
    Dashed,
    /// As solid, twice as thick.
    Thick,
    /// As dashed, twice as thick.
    ThickDashed,
    /// Not joined: the points alone.
    Points,
}

impl Dash {
    const fn draws(self, dot: usize) -> bool {
        match self {
            Self::Solid | Self::Thick | Self::Points => true,
            Self::Dashed | Self::ThickDashed => dot % 6 < 4,
        }
    }

    const fn is_thick(self) -> bool {
        matches!(self, Self::Thick | Self::ThickDashed)
    }
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its points in the order of x.
    pub points: Vec<(f64, f64)>,
    pub style: Style,
    pub dash: Dash,
    /// Drawn on its last point, and on all where they lie far enough apart and there are no colours.
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

/// A band behind the curves.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The network whose shade it has; none for a neutral one.
    pub of: Option<Role>,
    /// x and the ends of the band, in the order of x.
    pub points: Vec<(f64, [f64; 2])>,
}

/// What is drawn beside the curves, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    pub bands: Vec<Band>,
    pub log_x: bool,
    pub symbols: ChartSymbols,
    /// Where a vertical line is drawn.
    pub crosshair: Option<f64>,
}

/// Greatest value that is drawn, and its inverse the least on a logarithmic axis: a diverged loss is beyond.
const MAX_Y: f64 = 1e12;

impl LineChart<'_> {
    /// Whether a value can be drawn.
    fn is_drawn(&self, y: f64) -> bool {
        y.abs() < MAX_Y && (!self.log_y || y > 1.0 / MAX_Y)
    }

    /// Whether a point is inside the ends of the x axis, with a value that can be drawn.
    fn usable(&self, (x, y): (f64, f64)) -> bool {
        (self.x[0]..=self.x[1]).contains(&x) && self.is_drawn(y)
    }

    /// The points of a curve inside the ends of the x axis, with one more on either side.
    fn visible<'p>(&self, points: &'p [(f64, f64)]) -> &'p [(f64, f64)] {
        let from = points.partition_point(|point| point.0 < self.x[0]);
        let to = points.partition_point(|point| point.0 <= self.x[1]);
        let to = (to + 1).clamp(from, points.len());
        &points[from.saturating_sub(1).min(to)..to]
    }

    /// Least and greatest y over all curves and bands, with some margin; `None` without a point.
    fn range(&self, bands: &[Band]) -> Option<[f64; 2]> {
        let mut ends = [f64::INFINITY, f64::NEG_INFINITY];
        let mut take = |y: f64| ends = [ends[0].min(y), ends[1].max(y)];
        let inside = |points: &[(f64, f64)], take: &mut dyn FnMut(f64)| {
            let usable = points.iter().filter(|point| self.usable(**point));
            usable.for_each(|point| take(point.1));
        };
        for series in &self.series {
            inside(self.visible(&series.points), &mut take);
        }
        for &(x, edges) in bands.iter().flat_map(|band| &band.points) {
            for y in edges.into_iter().filter(|y| self.usable((x, *y))) {
                take(y);
            }
        }
        if ends[0] > ends[1] {
            // Between two points: those on either side.
            for series in &self.series {
                let near = self.visible(&series.points).iter();
                near.filter(|point| point.0.is_finite() && self.is_drawn(point.1))
                    .for_each(|point| ends = [ends[0].min(point.1), ends[1].max(point.1)]);
            }
        }
        let [low, high] = ends;
        if low > high {
            return None;
        }
        if self.log_y {
            return Some([low / 1.1, high * 1.1]);
        }
        if self.from_zero && low >= 0.0 {
            return Some([0.0, (high * 1.15).max(1e-6)]);
        }
        let margin = ((high - low) * 0.06)
            .max(high.abs() * 0.005)
            .max((self.least_span - (high - low)) / 2.0)
            .max(1e-6);
        Some([low - margin, high + margin])
    }

    fn axes(&self, extras: &Extras, y: [f64; 2]) -> Axes<'_> {
        Axes {
            x: self.x,
            y,
            log_x: extras.log_x,
            log_y: self.log_y,
            x_unit: self.x_unit,
        }
    }

    /// The character in which a point lies; `None` where it is not shown.
    pub fn place(&self, area: Rect, extras: &Extras, point: (f64, f64)) -> Option<(u16, u16)> {
        let axes = self.axes(extras, self.range(&extras.bands)?);
        let plot = axes.plot(area)?;
        let share = axes.share_x(point.0);
        if !(0.0..=1.0).contains(&share) || !self.is_drawn(point.1) {
            return None;
        }
        Some(cell(plot, extras.symbols, [share, axes.share_y(point.1)]))
    }

    /// Draws the chart.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        self.render_with(buffer, area, &Extras::default(), theme);
    }

    /// Draws the chart with more than its curves, and gives the area between its axes; `None` where they do not fit.
    pub fn render_with(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        extras: &Extras,
        theme: Theme,
    ) -> Option<Rect> {
        let Some(y) = self.range(&extras.bands) else {
            return self.render_empty(buffer, area, extras, theme);
        };
        let axes = self.axes(extras, y);
        let plot = axes.draw(buffer, area, theme)?;
        let mut dots = Dots::new(plot, extras.symbols);
        for (place, band) in extras.bands.iter().enumerate() {
            fill(&mut dots, band, place as u8, plot, &axes);
        }
        for series in &self.series {
            self.draw_series(&mut dots, series, &axes);
        }
        let at = extras.crosshair.map(|x| axes.share_x(x));
        if let Some(share) = at.filter(|share| (0.0..=1.0).contains(share)) {
            let (x, _) = cell(plot, extras.symbols, [share, 0.0]);
            for y in plot.y..plot.bottom() {
                buffer.set_string(x, y, "┊", theme.dim());
            }
        }
        dots.draw(buffer, |behind| match behind {
            Behind::Nothing => Style::new(),
            Behind::Bands => theme.band(None),
            Behind::Band(place) => {
                theme.band(extras.bands.get(place as usize).and_then(|band| band.of))
            }
        });
        for series in &self.series {
            self.draw_markers(buffer, (plot, extras.symbols), series, &axes);
        }
        Some(plot)
    }

    fn render_empty(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        extras: &Extras,
        theme: Theme,
    ) -> Option<Rect> {
        let axes = Axes {
            log_y: false,
            ..self.axes(extras, [0.0, 1.0])
        };
        let plot = axes.draw(buffer, area, theme)?;
        let gutter = Rect {
            width: plot.x - area.x - 1,
            height: plot.height,
            ..area
        };
        for row in gutter.rows() {
            buffer.set_string(row.x, row.y, " ".repeat(row.width as usize), Style::new());
        }
        let text = crate::tui::format::cut(self.empty, plot.width as usize);
        let start = plot.x + (plot.width - text.width() as u16) / 2;
        buffer.set_string(start, plot.y + plot.height / 2, text, theme.dim());
        Some(plot)
    }

    /// Draws a curve. Of the points that fall into one column of dots the first, least, greatest and last count, so that no
    /// spike is lost.
    fn draw_series(&self, dots: &mut Dots, series: &Series, axes: &Axes<'_>) {
        let [columns, rows] = dots.size().map(|count| f64::from(count) - 1.0);
        let row = |y: f64| (1.0 - axes.share_y(y)) * rows;
        let mut pen = Pen::new(series, [columns, rows]);
        let mut column = Column::default();
        for &(x, y) in self.visible(&series.points) {
            if !self.is_drawn(y) {
                continue;
            }
            if x >= column.until || column.count == 0 {
                column.flush(dots, &mut pen, row);
                column = Column::at(x, axes, columns);
            }
            column.take(y);
        }
        column.flush(dots, &mut pen, row);
    }

    fn draw_markers(
        &self,
        buffer: &mut Buffer,
        (plot, symbols): (Rect, ChartSymbols),
        series: &Series,
        axes: &Axes<'_>,
    ) {
        let Some(marker) = series.marker else {
            return;
        };
        let coloured = matches!(series.style.fg, Some(colour) if colour != Color::Reset);
        let visible = self.visible(&series.points);
        let sparse = !coloured && visible.len() * 4 <= plot.width as usize;
        let last = series.points.last();
        for point in visible {
            if !self.usable(*point) || !(sparse || last == Some(point)) {
                continue;
            }
            let at = cell(
                plot,
                symbols,
                [axes.share_x(point.0), axes.share_y(point.1)],
            );
            buffer[at].set_char(marker).set_style(series.style);
        }
    }
}

/// The character in which the dot of a point lies, by its shares of both axes.
fn cell(plot: Rect, symbols: ChartSymbols, [x, y]: [f64; 2]) -> (u16, u16) {
    let [across, down] = dots_of(symbols);
    let dot = |share: f64, count: u16, of: u16| {
        let last = f64::from(count * of - 1);
        (share.clamp(0.0, 1.0) * last).round() as u16 / of
    };
    let column = dot(x, plot.width, across);
    let row = dot(1.0 - y, plot.height, down);
    (plot.x + column, plot.y + row)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

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

    /// The rows of a drawn chart without its axes' numbers.
    fn rows(chart: &LineChart<'_>, extras: &Extras, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        chart.render_with(&mut buffer, area, extras, Theme::new(Colours::None));
        let range = chart.range(&extras.bands).unwrap();
        let plot = chart.axes(extras, range).plot(area).unwrap();
        plot.rows()
            .map(|row| {
                let cells = row.columns();
                cells
                    .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
                    .collect()
            })
            .collect()
    }

    /// One of a million values is greater than the others: its column shows it.
    #[test]
    fn one_spike_among_a_million_points_is_drawn() {
        let mut points: Vec<(f64, f64)> = (0..1_000_000)
            .map(|step| (f64::from(step) / 1e5, 1.0 + f64::from(step % 10) / 1000.0))
            .collect();
        points[654_321].1 = 9.0;
        for dash in [Dash::Solid, Dash::Points] {
            let mut chart = chart(points.clone());
            chart.series[0].dash = dash;
            chart.series[0].marker = None;
            for symbols in ChartSymbols::ALL {
                let extras = Extras {
                    symbols,
                    ..Extras::default()
                };
                let rows = rows(&chart, &extras, 80, 12);
                let spike: Vec<usize> = rows
                    .iter()
                    .map(|row| row.chars().filter(|cell| *cell != ' ').count())
                    .collect();
                assert_eq!(spike[0], 1, "{symbols}: {rows:?}");
                let at = rows[0].chars().position(|cell| cell != ' ').unwrap();
                let share = at as f64 / rows[0].chars().count() as f64;
                assert!((share - 0.654).abs() < 0.02, "{share}");
                assert!(
                    spike.last().unwrap() + spike[spike.len() - 2] > 60,
                    "{rows:?}"
                );
            }
        }
    }

    /// Zoomed in between two points, the line between them is there.
    #[test]
    fn a_line_that_only_passes_through_is_drawn() {
        let mut chart = chart(vec![(0.0, 0.0), (10.0, 10.0)]);
        chart.x = [4.0, 4.001];
        let rows = rows(&chart, &Extras::default(), 60, 12);
        assert!(
            rows.iter()
                .any(|row| row.chars().filter(|cell| *cell != ' ').count() > 40),
            "{rows:?}"
        );
    }

    #[test]
    fn bands_lie_between_their_ends_and_the_crosshair_where_it_is() {
        let mut chart = chart(vec![(0.0, 0.0), (10.0, 10.0)]);
        chart.series[0].marker = None;
        let extras = Extras {
            bands: vec![Band {
                of: Some(Role::Capped),
                points: vec![(2.0, [6.0, 10.0]), (4.0, [6.0, 10.0])],
            }],
            crosshair: Some(10.0),
            ..Extras::default()
        };
        let rows = rows(&chart, &extras, 60, 22);
        let filled = |row: usize| {
            rows[row]
                .chars()
                .take(27)
                .filter(|cell| *cell != ' ')
                .count()
        };
        assert!(filled(2) > 4 && filled(4) > 4, "{rows:?}");
        assert_eq!(filled(9), 0, "{rows:?}");
        assert!(rows[12].ends_with('┊'), "{rows:?}");
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

    proptest! {
        /// No input panics or takes long: not a number, infinity, any size and any axis.
        #[test]
        fn no_input_makes_it_panic(
            points in proptest::collection::vec(any::<(f64, f64)>(), 0..40),
            edges in proptest::collection::vec(any::<(f64, f64, f64)>(), 0..10),
            sorted in any::<bool>(),
            x in any::<(f64, f64)>(),
            size in (0..120_u16, 0..50_u16),
            flags in any::<(bool, bool, bool, u8)>(),
            crosshair in any::<Option<f64>>(),
        ) {
            let mut points = points;
            if sorted {
                points.sort_by(|one, other| one.0.total_cmp(&other.0));
            }
            let dashes = [Dash::Solid, Dash::Dashed, Dash::Thick, Dash::ThickDashed, Dash::Points];
            let mut chart = chart(points);
            chart.series[0].dash = dashes[flags.3 as usize % dashes.len()];
            chart.x = if flags.3 % 2 == 0 { x.into() } else { [0.0, 10.0] };
            (chart.log_y, chart.from_zero) = (flags.0, flags.1);
            let points = edges.into_iter().map(|(x, low, high)| (x, [low, high])).collect();
            let extras = Extras {
                bands: vec![Band { of: None, points }],
                log_x: flags.2,
                symbols: ChartSymbols::ALL[flags.3 as usize % 4],
                crosshair,
            };
            let area = Rect::new(0, 0, size.0, size.1);
            for colours in [Colours::None, Colours::True] {
                let mut buffer = Buffer::empty(area);
                chart.render_with(&mut buffer, area, &extras, Theme::new(colours));
            }
        }
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
