//! The readings side by side, the chosen one marked, each with its axis.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::gauge::gauge;
use super::table::{Column, header, number, pad, row, words};
use crate::depth::{Analysis, Reading, Rule};
use crate::entropy::{MAX_IMAGE_NATS, Profile, most_joint_bits};
use crate::tui::app::{App, Hits};
use crate::tui::format;
use crate::tui::theme::Theme;

/// Most rows of [`readings`]: a reading that does not fit is scrolled to when it is chosen.
const MAX_ROWS: u16 = 9;
/// Columns of the widest and of the narrowest axis, its end with them.
const AXIS: [usize; 2] = [22, 40];
/// Columns of the table without the mark, with two blanks behind it.
const TABLE: usize = 52;
/// Fewest columns for the stability of a reading.
const STABILITY: usize = 40;

/// Rows that [`readings`] takes: a header and one for each reading.
pub fn rows(analysis: &Analysis) -> u16 {
    u16::try_from(analysis.readings.len() + 1).map_or(MAX_ROWS, |rows| rows.min(MAX_ROWS))
}

/// Where the axis of a reading ends: at the most that its statistic can be, or at the cap if that is more.
pub fn end_of_axis(reading: &Reading, profile: &Profile) -> f64 {
    let most = match reading.name {
        Rule::ImageNats | Rule::ImageNatsConvolutions => MAX_IMAGE_NATS,
        Rule::GreyBlocks => 8.0,
        Rule::JointColour => most_joint_bits(profile),
        _ => 8.0 * profile.channels as f64,
    };
    most.max(reading.cap as f64)
}

fn columns() -> Vec<Column> {
    vec![
        words("reading", 23),
        number("value", 5),
        number("cap", 3),
        number("95 %", 5),
        words("unit", 6),
    ]
}

/// Columns for the axis and for the stability of a reading, 0 where they do not fit.
fn spare_columns(width: u16) -> (usize, usize) {
    let spare = (width as usize).saturating_sub(TABLE + 2);
    let [least, most] = AXIS;
    if spare < least {
        (0, 0)
    } else if spare < least + 2 + STABILITY {
        (spare.min(most), 0)
    } else {
        let axis = (spare / 3).clamp(least, most);
        (axis, spare - axis - 2)
    }
}

/// Whether the readings have their axes in a table of this width.
pub fn has_axes(width: u16) -> bool {
    spare_columns(width).0 > 0
}

/// Draws a header and a row for each reading; its axis and its stability where they fit.
pub fn readings(
    buffer: &mut Buffer,
    area: Rect,
    analysis: &Analysis,
    focused: bool,
    clicks: Clicks<'_>,
    theme: Theme,
) {
    let (axis, stability) = spare_columns(area.width);
    let table = ReadingTable {
        clicks,
        columns: &columns(),
        axis,
        stability,
    };
    table.draw(buffer, area, analysis, focused, theme, |reading| {
        vec![
            reading.name.to_string(),
            format::fixed(reading.value, 2),
            reading.cap.to_string(),
            interval(reading),
            reading.unit.short().to_owned(),
        ]
    });
}

/// The interval of a reading's cap.
pub fn interval(reading: &Reading) -> String {
    let [low, high] = reading.cap_interval;
    if low == high {
        low.to_string()
    } else {
        format!("{low}–{high}")
    }
}

/// What a click on a reading does, with its place among them.
#[derive(Clone, Copy)]
pub struct Clicks<'a> {
    pub hits: &'a Hits,
    pub choose: fn(&mut App, usize),
}

/// A table with a row for each reading.
pub struct ReadingTable<'a> {
    pub clicks: Clicks<'a>,
    pub columns: &'a [Column],
    /// Columns of the axis with its end, 0 for none.
    pub axis: usize,
    /// Columns of the stability, 0 for none.
    pub stability: usize,
}

impl ReadingTable<'_> {
    /// Draws it, scrolled to the chosen reading.
    pub fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        analysis: &Analysis,
        focused: bool,
        theme: Theme,
        cells: impl Fn(&Reading) -> Vec<String>,
    ) {
        let &Self {
            clicks: Clicks { hits, choose },
            columns,
            axis,
            stability,
        } = self;
        let table: usize = columns.iter().map(|column| column.width + 2).sum();
        let mut titles = pad(&header(columns), table, false);
        if axis > 0 {
            let title = if axis < 24 {
                "value ━  cap ┊  to"
            } else {
                "value ━ and cap ┊, 0 to"
            };
            titles.push_str(&pad(title, axis, true));
        }
        if stability > 0 {
            titles.push_str("  stability");
        }
        let head_style = if focused { theme.accent() } else { theme.dim() };
        let width = area.width.saturating_sub(2) as usize;
        buffer.set_stringn(area.x + 2, area.y, titles, width, head_style);
        let shown = usize::from(area.height.saturating_sub(1));
        let mut names = analysis.readings.iter().map(|reading| &reading.name);
        let chosen_at = names.position(|name| *name == analysis.reading);
        let first = chosen_at.map_or(0, |at| (at + 1).saturating_sub(shown.max(1)));
        hits.add_list(area, App::step_reading);
        let visible = analysis.readings.iter().enumerate().skip(first);
        for ((at, reading), y) in visible.zip(area.y + 1..area.bottom()) {
            let chosen = reading.name == analysis.reading;
            let style = if chosen { theme.cap() } else { Style::new() };
            let mut line = Line::from(vec![
                theme.mark(chosen),
                Span::styled(pad(&row(columns, &cells(reading)), table, false), style),
            ]);
            if axis > 0 {
                let axis = axis_spans(reading, &analysis.profile, axis, theme);
                line.spans.extend(axis);
            }
            if stability > 0 {
                let text = format!("  {}", format::cut(&reading.fragility, stability));
                line.push_span(Span::styled(text, style));
            }
            buffer.set_line(area.x, y, &line, area.width);
            let row = Rect {
                y,
                height: 1,
                ..area
            };
            hits.add_line(row, choose, at, chosen);
        }
    }
}

/// The axis of a reading with its end behind it, `width` columns in all.
pub fn axis_spans(
    reading: &Reading,
    profile: &Profile,
    width: usize,
    theme: Theme,
) -> Vec<Span<'static>> {
    let end = end_of_axis(reading, profile);
    let columns = width.saturating_sub(4);
    let mut spans = gauge(reading.value, reading.cap, end, columns, theme);
    spans.push(Span::styled(
        pad(&format::fixed(end, 0), 4, true),
        theme.dim(),
    ));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn axes_end_at_what_is_possible_or_at_the_cap() {
        let analysis = fixtures::analysis();
        let end = |rule: Rule| end_of_axis(analysis.of(rule), &analysis.profile);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} for {b}");
        close(end(Rule::ChannelSum), 24.0);
        close(end(Rule::GreyBlocks), 8.0);
        close(end(Rule::JointColour), 10.0);
        let mut high = analysis.of(Rule::GreyBlocks).clone();
        high.cap = 40;
        close(end_of_axis(&high, &analysis.profile), 40.0);
    }

    #[test]
    fn the_table_is_as_wide_as_its_columns() {
        let width: usize = columns().iter().map(|column| column.width + 2).sum();
        assert_eq!(width, TABLE);
    }

    #[test]
    fn the_columns_never_exceed_the_width() {
        for width in 0..300 {
            let (axis, stability) = spare_columns(width);
            let used = 2 + TABLE + axis + if stability > 0 { stability + 2 } else { 0 };
            assert!(axis == 0 || used <= width as usize, "{width}");
        }
        assert!(!has_axes(52) && has_axes(81));
    }
}
