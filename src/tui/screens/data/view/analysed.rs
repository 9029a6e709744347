//! A profiled dataset: the distribution behind the chosen reading, all readings, the classes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::{DataPanel, Loaded};
use super::parts;
use crate::dataset::Skipped;
use crate::depth::{Analysis, Rule};
use crate::entropy::{Distribution, MAX_IMAGE_NATS, most_joint_bits};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{indent, take};
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::histogram::{Bars, histogram};
use crate::tui::widgets::readings::{self, Clicks};

/// Rows of a chart beside a long table, its heading with it.
const CHART: u16 = 9;
/// Fewest rows of a chart, its heading with it.
const MIN_CHART: u16 = 6;

/// Rows of each part, from top to bottom.
#[derive(Debug, PartialEq, Eq)]
struct Rows {
    chart: u16,
    parts: u16,
    /// Whether the parts are a table, else they are cells.
    as_table: bool,
    samples: u16,
}

/// Distributes `available` rows; `table` are the rows of all parts as a table, `cells` those as cells.
///
/// Focused parts get the rows of their table, and the chart the rest. Else they
/// are a table only where many rows are left beside it. Sample images get rows only `with_samples`.
fn share(available: u16, table: u16, cells: u16, focused: bool, with_samples: bool) -> Rows {
    if focused {
        let parts = if table + MIN_CHART <= available {
            table
        } else if available >= 3 * CHART {
            available - CHART
        } else {
            available
        };
        let chart = available - parts;
        return Rows {
            chart,
            parts,
            as_table: true,
            samples: 0,
        };
    }
    let third = if with_samples {
        table.min(available / 3)
    } else {
        table.min(available / 2)
    };
    let as_table = available >= third + 24 && third >= table.min(6);
    let parts = if as_table {
        third
    } else {
        cells.min(available)
    };
    let spare = available - parts;
    let samples = match spare {
        _ if !with_samples => 0,
        0..17 => 0,
        17..24 => 9,
        _ => (spare * 2 / 5).min(19) + 1,
    };
    Rows {
        chart: spare - samples,
        parts,
        as_table,
        samples,
    }
}

/// Draws what fits, and gives the area of the sample images: empty where they do not fit, or without `with_samples`.
pub(super) fn analysed(
    buffer: &mut Buffer,
    mut area: Rect,
    app: &App,
    loaded: &Loaded,
    with_samples: bool,
    theme: Theme,
) -> Rect {
    let Some(analysis) = &app.analysis else {
        return Rect::default();
    };
    let profile = &analysis.profile;
    let left_out = Skipped::sentence(&profile.skipped);
    let notes: Vec<&str> = left_out
        .iter()
        .chain(&profile.notes)
        .map(String::as_str)
        .collect();
    if !notes.is_empty() {
        let text = notes.join(". ");
        let rows = (wrapped_rows(&text, area.width) as u16).min(2);
        paragraph(buffer, take(&mut area, rows), &text, theme.warning());
    }
    let gap = u16::from(area.height >= 26);
    let table = readings::rows(analysis);
    let reading = analysis.chosen();
    let lone_axis = !readings::has_axes(area.width)
        && matches!(analysis.reading, Rule::DatasetHistogram | Rule::Own(_));
    let sentence = format!("{}; {}", analysis.reading.formula(), reading.fragility);
    let note = (wrapped_rows(&sentence, area.width.saturating_sub(2)) as u16).min(2);
    let note = if lone_axis { 1 } else { note };
    let available = area
        .height
        .saturating_sub(table + note + u16::from(lone_axis) + gap);
    let cells = parts::cell_rows(
        app,
        analysis,
        area.width,
        if area.height < 26 { 2 } else { 4 },
    );
    let focus = app.data.panel;
    let rows = share(
        available,
        parts::table_rows(app, analysis, area.width),
        cells,
        focus == DataPanel::Parts,
        with_samples,
    );
    chart(buffer, take(&mut area, rows.chart), loaded, analysis, theme);
    let place = take(&mut area, table);
    app.hits
        .add(place, App::focus_panel, DataPanel::Readings as usize);
    let clicks = Clicks {
        hits: &app.hits,
        choose: App::click_reading,
    };
    let focused = focus == DataPanel::Readings;
    readings::readings(buffer, place, analysis, focused, clicks, theme);
    if lone_axis {
        let place = indent(take(&mut area, 1), 2);
        let spans = readings::axis_spans(reading, &analysis.profile, place.width as usize, theme);
        buffer.set_line(place.x, place.y, &Line::from(spans), place.width);
    }
    paragraph(
        buffer,
        indent(take(&mut area, note), 2),
        &sentence,
        theme.dim(),
    );
    take(&mut area, gap);
    let place = take(&mut area, rows.parts);
    parts::draw(buffer, place, app, analysis, rows.as_table, theme);
    if rows.samples == 0 {
        return Rect::default();
    }
    take(&mut area, 1);
    area
}

/// The distribution of the statistic that the chosen reading rounds up, with its cap.
///
/// For a rule of the user's own, image information is shown, without a cap. For the dataset histogram, the pooled
/// histogram is shown.
pub fn chart(buffer: &mut Buffer, area: Rect, loaded: &Loaded, analysis: &Analysis, theme: Theme) {
    let profile = &analysis.profile;
    let spreads = &loaded.spreads;
    let most = 8.0 * profile.channels as f64;
    let information = &profile.image_information;
    let mut over_images = |title, distribution: &Distribution, most, cap| {
        let unit = match analysis.reading {
            Rule::ImageNats | Rule::ImageNatsConvolutions => "nats",
            _ => "bits per pixel",
        };
        let bars = Bars {
            histogram: &distribution.histogram,
            ends: [distribution.min, distribution.max],
            most,
            cap,
            unit,
        };
        draw_chart(
            buffer,
            area,
            title,
            summary(distribution, theme),
            &bars,
            theme,
        );
    };
    let cap = Some(analysis.cap);
    match (&analysis.reading, &spreads.lossless) {
        (Rule::ImageNats | Rule::ImageNatsConvolutions, _) if profile.image_nats.is_some() => {
            if let Some(nats) = &profile.image_nats {
                let title = "number of images by entropy of all their values";
                over_images(title, nats, MAX_IMAGE_NATS, cap);
            }
        }
        (Rule::GreyBlocks, _) => over_images(
            "number of images by entropy of the grey level",
            &spreads.grey,
            8.0,
            cap,
        ),
        (Rule::JointColour, _) => over_images(
            "number of images by entropy of the joint colour",
            &spreads.joint_colour,
            most_joint_bits(profile),
            cap,
        ),
        (Rule::Lossless, Some(lossless)) => {
            over_images("number of images by lossless size", lossless, most, cap);
        }
        (Rule::DatasetHistogram, _) => {
            let bars = Bars {
                histogram: &spreads.pooled,
                ends: [0.0, 256.0],
                most: 256.0,
                cap: None,
                unit: "value of 8 bits",
            };
            let entropies = &profile.pooled_histogram.entropy;
            let sum = format::fixed(profile.pooled_histogram.sum, 2);
            let terms: Vec<String> = entropies
                .iter()
                .map(|bits| format::fixed(*bits, 2))
                .collect();
            let text = match terms.len() {
                2..=4 => format!("{} = {sum} bits", terms.join(" + ")),
                _ => format!("{sum} bits"),
            };
            let summary = Line::styled(text, theme.entropy());
            let title = "number of pixels by value, all images";
            draw_chart(buffer, area, title, summary, &bars, theme);
        }
        (Rule::ChannelSum | Rule::ChannelSumMax, _) => over_images(
            "number of images by image information",
            information,
            most,
            cap,
        ),
        _ => over_images(
            "number of images by image information",
            information,
            most,
            None,
        ),
    }
}

fn summary(distribution: &Distribution, theme: Theme) -> Line<'static> {
    let error = distribution.standard_error;
    // As many digits as show that the error is not zero.
    let digits = [2, 3, 4]
        .into_iter()
        .find(|&digits| error >= 0.5 * 0.1_f64.powi(digits));
    let digits = digits.unwrap_or(2) as usize;
    Line::from(vec![
        Span::styled(
            format!(
                "mean {} ± {}",
                format::fixed(distribution.mean, digits),
                format::fixed(error, digits)
            ),
            theme.entropy(),
        ),
        Span::styled(
            format!("  sd {}", format::fixed(distribution.sd, 2)),
            theme.dim(),
        ),
    ])
}

fn draw_chart(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    summary: Line<'static>,
    bars: &Bars,
    theme: Theme,
) {
    if area.height < MIN_CHART {
        return;
    }
    let below = heading(buffer, area, title, summary, false, theme);
    histogram(buffer, below, bars, theme);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_lost_and_the_focused_parts_come_first() {
        for available in 0..60 {
            for table in [3, 5, 12, 102, 1002] {
                for focused in [false, true] {
                    let rows = share(available, table, 3, focused, available % 2 == 0);
                    assert_eq!(rows.chart + rows.parts + rows.samples, available);
                }
            }
        }
        let rows = |available, table, focused| {
            let rows = share(available, table, 3, focused, true);
            [rows.chart, rows.parts, rows.samples]
        };
        assert_eq!(rows(12, 12, true), [0, 12, 0]);
        assert_eq!(rows(21, 12, true), [9, 12, 0]);
        assert_eq!(rows(18, 12, true), [6, 12, 0]);
        assert_eq!(rows(21, 102, true), [0, 21, 0]);
        assert_eq!(rows(45, 102, true), [9, 36, 0]);
        assert_eq!(rows(12, 12, false), [9, 3, 0]);
        assert_eq!(rows(21, 12, false), [9, 3, 9]);
        assert_eq!(rows(45, 12, false), [19, 12, 14]);
    }
}
