//! The classes or the channels, each with its distribution; or the changed images.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{DataPanel, Parts};
use super::changes;
use crate::depth::{Analysis, Rule};
use crate::entropy::Quartiles;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::indent;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::spread::{column, spread};
use crate::tui::widgets::table::pad;

/// Columns of a cell where a table does not fit.
const CELL: usize = 15;
/// Fewest columns for distributions.
const MIN_SPREAD: u16 = 12;

/// A class or a channel.
struct Part<'a> {
    name: &'a str,
    images: usize,
    mean: f64,
    sd: f64,
    quartiles: Option<Quartiles>,
}

fn parts<'a>(app: &App, analysis: &'a Analysis) -> Vec<Part<'a>> {
    let profile = &analysis.profile;
    if app.data.parts == Parts::Channels {
        let part = |channel: &'a crate::entropy::ChannelEntropy| Part {
            name: &channel.name,
            images: profile.images,
            mean: channel.mean,
            sd: channel.sd,
            quartiles: channel.quartiles,
        };
        profile.channel_entropy.iter().map(part).collect()
    } else {
        let part = |class: &'a crate::entropy::ClassEntropy| Part {
            name: &class.name,
            images: class.images,
            mean: class.mean,
            sd: class.sd,
            quartiles: class.quartiles,
        };
        profile.per_class.iter().map(part).collect()
    }
}

/// Rows that a table of all parts takes, `width` columns wide.
pub(super) fn table_rows(app: &App, analysis: &Analysis, width: u16) -> u16 {
    if app.data.parts == Parts::Changes {
        return changes::table_rows(app, width);
    }
    u16::try_from(parts(app, analysis).len() + 2).unwrap_or(u16::MAX)
}

/// Rows that they take as cells, at most `most` below the heading.
pub(super) fn cell_rows(app: &App, analysis: &Analysis, width: u16, most: u16) -> u16 {
    if app.data.parts == Parts::Changes {
        return changes::table_rows(app, width).min(most + 1);
    }
    let per_row = (width as usize / (CELL + 1)).max(1);
    let rows = parts(app, analysis).len().div_ceil(per_row);
    1 + u16::try_from(rows).unwrap_or(most).clamp(1, most)
}

/// Draws a table, scrolled to the marked part, or else means in cells.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    analysis: &Analysis,
    as_table: bool,
    theme: Theme,
) {
    app.hits
        .add(area, App::focus_panel, DataPanel::Parts as usize);
    app.hits.add_list(area, App::step_part);
    if app.data.parts == Parts::Changes {
        return changes::draw(buffer, area, app, analysis, theme);
    }
    let parts = parts(app, analysis);
    let focused = app.data.panel == DataPanel::Parts;
    let shown = usize::from(area.height.saturating_sub(2));
    let first = first_shown(app.data.part, shown, parts.len());
    let channels = app.data.parts == Parts::Channels;
    let title = if channels {
        "channels, bits per pixel"
    } else {
        "classes, bits per pixel"
    };
    let mut hints = Vec::new();
    if as_table && parts.len() > shown {
        hints.push(format!(
            "{}–{} of {}",
            format::count(first as u64 + 1),
            format::count((first + shown) as u64),
            format::count(parts.len() as u64)
        ));
    }
    if !as_table || parts.len() > shown && !focused {
        hints.push("Tab: more".to_owned());
    }
    hints.push(
        if channels {
            "c: changed images"
        } else {
            "c: channels"
        }
        .to_owned(),
    );
    let right = Line::styled(hints.join(" · "), theme.dim());
    let below = heading(buffer, area, title, right, focused, theme);
    if as_table {
        let marked = focused.then_some(app.data.part);
        let cap = cap_on_axis(app, analysis);
        for (index, row) in (first..parts.len()).zip(below.rows().skip(1)) {
            let is_marked = marked == Some(index);
            app.hits.add_line(row, App::click_part, index, is_marked);
        }
        table(buffer, below, &parts, first, marked, cap, theme);
    } else {
        cells(buffer, below, &parts, theme);
    }
}

/// The first of `count` parts that is shown when `shown` fit, so that the marked one is in the middle.
fn first_shown(marked: usize, shown: usize, count: usize) -> usize {
    marked
        .saturating_sub(shown / 2)
        .min(count.saturating_sub(shown))
}

/// The cap, where it is on the axis of the classes.
fn cap_on_axis(app: &App, analysis: &Analysis) -> Option<usize> {
    let on_axis = matches!(analysis.reading, Rule::ChannelSum | Rule::ChannelSumMax);
    (on_axis && app.data.parts == Parts::Classes).then_some(analysis.cap)
}

/// Mean information in cells from left to right.
fn cells(buffer: &mut Buffer, area: Rect, parts: &[Part], theme: Theme) {
    let per_row = (area.width as usize / (CELL + 1)).max(1);
    let shown = per_row * area.height as usize;
    let too_many = parts.len() > shown;
    let columns = Layout::horizontal(vec![Constraint::Length(CELL as u16); per_row]).spacing(1);
    let places = area.rows().flat_map(|row| row.layout_vec(&columns));
    for ((index, part), place) in parts.iter().enumerate().zip(places) {
        if too_many && index + 1 == shown {
            let more = format!("… and {} more", parts.len() - index);
            buffer.set_string(place.x, place.y, more, theme.dim());
            break;
        }
        let line = Line::from(vec![
            Span::styled("▏", theme.entropy()),
            Span::styled(pad(part.name, CELL - 7, false), theme.dim()),
            Span::raw(" "),
            Span::raw(pad(&format::fixed(part.mean, 2), 5, true)),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
}

/// The ends of the common axis: whole bits that hold all values, and the cap where it is near.
fn ends(parts: &[Part], cap: Option<usize>) -> [f64; 2] {
    let all = parts
        .iter()
        .filter(|part| part.images > 0)
        .flat_map(|part| match part.quartiles {
            Some(quartiles) => [quartiles.min, quartiles.max],
            None => [part.mean - part.sd, part.mean + part.sd],
        });
    let (low, high) = all.fold((f64::INFINITY, 0.0_f64), |(low, high), bits| {
        (low.min(bits), high.max(bits))
    });
    let low = if low.is_finite() {
        low.max(0.0).floor()
    } else {
        0.0
    };
    let cap = cap.map_or(0.0, |cap| cap as f64);
    let near = cap <= high + (high - low).max(2.0);
    let high = if near { high.max(cap) } else { high };
    [low, high.ceil().max(low + 1.0)]
}

/// Draws a row for each part from the `first` on: name, images, mean, sd, and the distribution on a common axis.
fn table(
    buffer: &mut Buffer,
    area: Rect,
    parts: &[Part],
    first: usize,
    marked: Option<usize>,
    cap: Option<usize>,
    theme: Theme,
) {
    let longest = parts.iter().map(|part| part.name.width()).max();
    let most_name = if area.width < 80 { 12 } else { 24 };
    let name = longest.unwrap_or(0).clamp(7, most_name);
    let text = |cells: [&str; 4]| {
        let [label, images, mean, sd] = cells;
        format!(
            "{} {} {} {}",
            pad(label, name, false),
            pad(images, 9, true),
            pad(mean, 6, true),
            pad(sd, 5, true)
        )
    };
    let titles = text(["name", "images", "mean", "sd"]);
    let width = area.width.saturating_sub(2) as usize;
    buffer.set_stringn(area.x + 2, area.y, &titles, width, theme.dim());
    let line = indent(area, titles.width() as u16 + 4);
    let shows_spread = line.width >= MIN_SPREAD;
    let ends = ends(parts, cap);
    let rows = area.rows().zip(line.rows()).skip(1);
    for ((index, part), (row, line)) in parts.iter().enumerate().skip(first).zip(rows) {
        let marked = marked == Some(index);
        let style = theme.line(marked);
        let known = |bits: f64| match part.images {
            0 => format::UNKNOWN.to_owned(),
            _ => format::fixed(bits, 2),
        };
        let images = format::count(part.images as u64);
        let cells = text([part.name, &images, &known(part.mean), &known(part.sd)]);
        let words = Line::from(vec![theme.mark(marked), Span::styled(cells, style)]);
        buffer.set_line(row.x, row.y, &words, row.width);
        if let Some(quartiles) = part.quartiles.as_ref().filter(|_| shows_spread) {
            spread(buffer, line, quartiles, ends, theme);
        }
    }
    if shows_spread {
        axis(buffer, line, ends, cap, parts.len() - first, theme);
    }
}

/// The ends of the axis above the distributions, and the cap as a rule through `rows` of them, which leaves the medians.
fn axis(
    buffer: &mut Buffer,
    area: Rect,
    ends: [f64; 2],
    cap: Option<usize>,
    rows: usize,
    theme: Theme,
) {
    let [low, high] = ends.map(|end| format::fixed(end, 0));
    buffer.set_string(area.x, area.y, &low, theme.dim());
    let high_at = area.right() - high.width() as u16;
    buffer.set_string(high_at, area.y, &high, theme.dim());
    let Some(cap) = cap.filter(|&cap| (ends[0]..=ends[1]).contains(&(cap as f64))) else {
        return;
    };
    let at = area.x + column(cap as f64, ends, area.width);
    let below = usize::from(area.height.saturating_sub(1)).min(rows) as u16;
    for y in area.y + 1..=area.y + below {
        if buffer[(at, y)].symbol() != "●" {
            buffer.set_string(at, y, "┊", theme.cap());
        }
    }
    let label = format!("cap {cap}");
    let width = label.width() as u16;
    let start = at
        .saturating_sub(width / 2)
        .min(area.right().saturating_sub(width));
    let free = area.x + low.width() as u16 + 1..high_at.saturating_sub(1);
    if free.contains(&start) && start + width < high_at {
        buffer.set_string(start, area.y, label, theme.cap());
    } else {
        buffer.set_stringn(at, area.y, "┊", 1, theme.cap());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_part_is_always_shown() {
        for count in [1, 9, 10, 11, 100] {
            for shown in [1, 5, 10] {
                for marked in 0..count {
                    let first = first_shown(marked, shown, count);
                    assert!((first..first + shown).contains(&marked));
                    assert!(first == 0 || first + shown <= count);
                }
            }
        }
    }

    #[test]
    fn the_axis_holds_all_values_and_a_cap_that_is_near() {
        let part = |min: f64, max: f64| Part {
            name: "a",
            images: 4,
            mean: 12.0,
            sd: 1.0,
            quartiles: Some(Quartiles {
                min,
                q1: 11.0,
                median: 12.0,
                q3: 13.0,
                max,
            }),
        };
        let parts = [part(9.5, 14.0), part(10.0, 16.2)];
        for (cap, expected) in [
            (None, [9.0, 17.0]),
            (Some(20), [9.0, 20.0]),
            (Some(40), [9.0, 17.0]),
        ] {
            for (end, wanted) in ends(&parts, cap).into_iter().zip(expected) {
                assert!((end - wanted).abs() < 1e-12, "{end} for {wanted}");
            }
        }
        let [low, high] = ends(&[], None);
        assert!(low < high);
    }
}
