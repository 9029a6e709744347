//! Points with their intervals, lines between them, and labelled rules: how studies are shown.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::areas::take;
use super::axes::Axes;
use super::dots::{Dots, dots_of};
use crate::run::ChartSymbols;
use crate::tui::format;
use crate::tui::theme::Theme;

/// A point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub at: (f64, f64),
    /// Ends of its interval.
    pub interval: Option<[f64; 2]>,
    pub symbol: char,
    /// Written beside it, where there is room.
    pub label: String,
    pub style: Style,
    /// Columns that it is moved by, so that two at one place are seen.
    pub aside: i16,
}

/// Points joined by a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub points: Vec<(f64, f64)>,
    pub style: Style,
    /// Of so many dots the first two are drawn; 1 of a solid line.
    pub every: usize,
    /// Columns that it is moved by.
    pub aside: i16,
}

/// A vertical rule with a label above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub x: f64,
    pub label: String,
    pub style: Style,
    pub symbol: &'static str,
}

/// A picture of points, the later ones on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot<'a> {
    pub x: [f64; 2],
    /// Written at the end of the x axis.
    pub x_unit: &'a str,
    pub y: [f64; 2],
    pub lines: Vec<Joined>,
    pub points: Vec<Point>,
    pub rules: Vec<Rule>,
    /// An interval of x, drawn along the axis.
    pub bar: Option<([f64; 2], Style)>,
    /// What lines are made of.
    pub symbols: ChartSymbols,
}

/// The range of some values with air around it, at least `least` wide; none without a value.
pub fn range(values: impl Iterator<Item = f64>, least: f64) -> Option<[f64; 2]> {
    let [low, high] = values
        .filter(|value| value.is_finite())
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
            [low.min(value), high.max(value)]
        });
    let air = ((high - low) * 0.08).max((least - (high - low)) / 2.0);
    (low <= high).then_some([low - air, high + air])
}

impl Plot<'_> {
    /// Draws it; nothing where there is no room.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let mut below = area;
        let labels = self.label_rows(area.width);
        let head = take(&mut below, labels.min(area.height / 4));
        let axes = Axes {
            x: self.x,
            y: self.y,
            log_x: false,
            log_y: false,
            x_unit: self.x_unit,
        };
        let Some(plot) = axes.draw(buffer, below, theme) else {
            return;
        };
        self.draw_rules(buffer, head, plot, &axes);
        if let Some((ends, style)) = self.bar {
            let [from, to] = ends.map(|x| column(&axes, x, plot));
            for x in from..=to {
                buffer.set_string(x, plot.bottom(), "━", style);
            }
        }
        for line in &self.lines {
            draw_line(buffer, (plot, self.symbols), line, &axes);
        }
        for point in &self.points {
            draw_interval(buffer, plot, point, &axes);
        }
        let mut taken = Vec::new();
        for point in &self.points {
            let Some((x, y)) = place(&axes, point.at, plot, point.aside) else {
                continue;
            };
            buffer[(x, y)].set_char(point.symbol).set_style(point.style);
            taken.push((x, y));
        }
        for point in &self.points {
            if let Some(at) = place(&axes, point.at, plot, point.aside) {
                write_label(buffer, plot, at, point, &mut taken);
            }
        }
    }

    /// Rows that the labels of the rules take, where they stand one above the other as far as they would touch.
    fn label_rows(&self, width: u16) -> u16 {
        if self.rules.is_empty() {
            return 0;
        }
        let all: usize = self.rules.iter().map(|rule| rule.label.width() + 2).sum();
        (all as u16)
            .div_ceil(width.max(1))
            .saturating_add(1)
            .min(self.rules.len() as u16)
    }

    fn draw_rules(&self, buffer: &mut Buffer, head: Rect, plot: Rect, axes: &Axes<'_>) {
        let mut free = vec![plot.x; head.height as usize];
        let mut rules: Vec<&Rule> = self.rules.iter().collect();
        rules.sort_by(|a, b| a.x.total_cmp(&b.x));
        for rule in rules {
            let x = column(axes, rule.x, plot);
            let label = format::cut(&rule.label, plot.width as usize);
            let width = label.width() as u16;
            let start = x
                .saturating_sub(width / 2)
                .clamp(plot.x, plot.right().saturating_sub(width).max(plot.x));
            let row = free.iter().position(|&from| from <= start);
            let row = row.unwrap_or(free.len().saturating_sub(1));
            for y in (head.y + row as u16 + 1).min(plot.y)..plot.bottom() {
                if buffer[(x, y)].symbol() == " " {
                    buffer.set_string(x, y, rule.symbol, rule.style);
                }
            }
            if let Some(from) = free.get_mut(row)
                && *from <= start
            {
                buffer.set_string(start, head.y + row as u16, &label, rule.style);
                *from = start + width + 2;
            }
        }
    }
}

/// The column of `x`.
fn column(axes: &Axes<'_>, x: f64, plot: Rect) -> u16 {
    plot.x + (axes.share_x(x).clamp(0.0, 1.0) * f64::from(plot.width - 1)).round() as u16
}

/// The row of `y`.
fn row(axes: &Axes<'_>, y: f64, plot: Rect) -> u16 {
    super::axes::row_of(axes.share_y(y).clamp(0.0, 1.0), plot)
}

/// The cell of a point; none of one that cannot be drawn.
fn place(axes: &Axes<'_>, (x, y): (f64, f64), plot: Rect, aside: i16) -> Option<(u16, u16)> {
    let inside = (-0.001..=1.001).contains(&axes.share_x(x)) && axes.share_y(y).is_finite();
    inside.then(|| {
        (
            moved(column(axes, x, plot), aside, plot),
            row(axes, y, plot),
        )
    })
}

/// A column moved aside, inside the plot.
fn moved(column: u16, aside: i16, plot: Rect) -> u16 {
    column
        .saturating_add_signed(aside)
        .clamp(plot.x, plot.right() - 1)
}

fn draw_interval(buffer: &mut Buffer, plot: Rect, point: &Point, axes: &Axes<'_>) {
    let Some([low, high]) = point.interval else {
        return;
    };
    let Some((x, _)) = place(axes, point.at, plot, point.aside) else {
        return;
    };
    let [top, bottom] = [high, low].map(|y| row(axes, y, plot));
    for y in top..=bottom {
        let symbol = match y {
            y if y == top && top < bottom => "┬",
            y if y == bottom && top < bottom => "┴",
            _ => "│",
        };
        buffer.set_string(x, y, symbol, point.style);
    }
}

fn draw_line(
    buffer: &mut Buffer,
    (plot, symbols): (Rect, ChartSymbols),
    line: &Joined,
    axes: &Axes<'_>,
) {
    let mut dots = Dots::new(plot, symbols);
    let [columns, rows] = dots.size().map(|count| f64::from(count) - 1.0);
    let aside = i32::from(line.aside) * i32::from(dots_of(symbols)[0]);
    let ends: Vec<(i32, i32)> = line
        .points
        .iter()
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .map(|&(x, y)| {
            (
                (axes.share_x(x).clamp(0.0, 1.0) * columns).round() as i32 + aside,
                ((1.0 - axes.share_y(y).clamp(0.0, 1.0)) * rows).round() as i32,
            )
        })
        .collect();
    let mut run = 0;
    for pair in ends.windows(2) {
        let [(from_x, from_y), (to_x, to_y)] = [pair[0], pair[1]];
        let length = (to_x - from_x).abs().max((to_y - from_y).abs()).max(1);
        for dot in 0..=length {
            let share = f64::from(dot) / f64::from(length);
            let part = |way: i32| (f64::from(way) * share).round() as i32;
            if run % line.every.max(1) < 2 {
                let (x, y) = (from_x + part(to_x - from_x), from_y + part(to_y - from_y));
                dots.set(x, y, line.style);
            }
            run += usize::from(dot < length);
        }
    }
    dots.draw(buffer, |_| Style::new());
}

/// Writes a point's label beside it: behind it, before it, or not at all, where other points are in the way.
fn write_label(
    buffer: &mut Buffer,
    plot: Rect,
    (x, y): (u16, u16),
    point: &Point,
    taken: &mut Vec<(u16, u16)>,
) {
    let width = point.label.width() as u16;
    if width == 0 {
        return;
    }
    let starts = [Some(x + 2), x.checked_sub(width + 1)];
    let rows = [y, y.saturating_sub(1), y + 1];
    for row in rows {
        for start in starts.into_iter().flatten() {
            let cells = start..start + width;
            let fits = start >= plot.x
                && cells.end <= plot.right()
                && (plot.y..plot.bottom()).contains(&row);
            let is_free = cells.clone().all(|x| !taken.contains(&(x, row)));
            if fits && is_free {
                buffer.set_string(start, row, &point.label, point.style);
                taken.extend(cells.map(|x| (x, row)));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Colours;

    fn point(x: f64, y: f64, label: &str) -> Point {
        Point {
            at: (x, y),
            interval: Some([y - 1.0, y + 1.0]),
            symbol: '●',
            label: label.to_owned(),
            style: Style::new(),
            aside: 0,
        }
    }

    fn plot() -> Plot<'static> {
        let rule = |x: f64, label: &str| Rule {
            x,
            label: label.to_owned(),
            style: Style::new(),
            symbol: "┊",
        };
        Plot {
            x: [0.0, 20.0],
            x_unit: "convolutions",
            y: [80.0, 100.0],
            lines: vec![Joined {
                points: vec![(7.0, 85.0), (13.0, 95.0)],
                style: Style::new(),
                every: 1,
                aside: 0,
            }],
            points: vec![point(7.0, 85.0, "7"), point(13.0, 95.0, "13")],
            rules: vec![rule(9.0, "cap 9"), rule(10.0, "half depth 10")],
            bar: Some(([7.0, 13.0], Style::new())),
            symbols: ChartSymbols::default(),
        }
    }

    fn draw(plot: &Plot<'_>, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        plot.render(&mut buffer, area, Theme::new(Colours::None));
        let line = |row: Rect| {
            row.columns()
                .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
                .collect::<String>()
        };
        area.rows().map(line).collect()
    }

    #[test]
    fn points_rules_and_labels_are_at_their_places() {
        let drawn = draw(&plot(), 60, 16);
        let text = drawn.join("\n");
        assert!(
            drawn[0].contains("cap 9") && drawn[1].contains("half depth 10"),
            "{text}"
        );
        let marks: Vec<usize> = drawn
            .iter()
            .filter_map(|line| line.chars().position(|symbol| symbol == '●'))
            .collect();
        assert_eq!(marks.len(), 2, "{text}");
        assert!(marks[0] > marks[1], "the deeper point is higher: {text}");
        assert!(text.contains("● 13") && text.contains('━'), "{text}");
    }

    #[test]
    fn no_size_and_no_value_makes_it_panic() {
        let mut odd = plot();
        odd.points.push(point(f64::NAN, f64::INFINITY, "nothing"));
        odd.points.push(point(-5.0, 1e9, "far"));
        odd.lines[0].points.push((f64::NAN, 0.0));
        odd.lines[0].points.push((1e9, -1e9));
        odd.rules[0].x = -7.0;
        odd.lines[0].aside = -3;
        for columns in 0..40 {
            for rows in 0..12 {
                draw(&odd, columns, rows);
            }
        }
        assert_eq!(range([f64::NAN].into_iter(), 1.0), None);
        assert_eq!(range([3.0].into_iter(), 2.0), Some([2.0, 4.0]));
    }
}
