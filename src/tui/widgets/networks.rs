//! The capped networks that the readings give, side by side, the chosen one marked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::readings::{Clicks, ReadingTable, interval};
use super::table::{Column, fitting, number, words};
use crate::depth::{Analysis, Reading};
use crate::network::{Plan, PredictionSource};
use crate::tui::app::Alternatives;
use crate::tui::format;
use crate::tui::theme::Theme;

/// Columns from which names are written out.
const WIDE: usize = 85;
/// Columns of an axis with its end behind it.
const AXIS: usize = 34;
/// What marks a network whose cap was raised to the floor.
const RAISED: char = '↥';

/// The columns, each with its rank: the highest is dropped first, 0 never.
fn columns(is_wide: bool, raised: bool) -> Vec<(Column, u8)> {
    let first = if raised {
        "↥ raised to floor"
    } else {
        "reading"
    };
    if is_wide {
        vec![
            (words(first, 23), 0),
            (number("value", 5), 2),
            (number("cap", 9), 0),
            (number("95 %", 5), 1),
            (number("convolutions", 12), 0),
            (number("parameters", 10), 0),
            (number("MACs", 7), 0),
            (number("time saved, %", 13), 0),
            (words("predicted by", 12), 3),
        ]
    } else {
        vec![
            (words(first, 17), 0),
            (number("value", 5), 2),
            (number("cap", 6), 0),
            (number("95 %", 5), 1),
            (number("conv", 4), 0),
            (number("params", 6), 0),
            (number("MACs", 6), 0),
            (number("saved, %", 8), 0),
            (words("predicted by", 12), 3),
        ]
    }
}

/// Draws a header and a row for each reading: its cap, and the capped network that it gives.
pub fn networks(
    buffer: &mut Buffer,
    area: Rect,
    analysis: &Analysis,
    pairs: &Alternatives,
    focused: bool,
    clicks: Clicks<'_>,
    theme: Theme,
) {
    let width = usize::from(area.width).saturating_sub(2);
    let is_wide = width >= WIDE;
    let raised = pairs.readings.iter().any(|(_, plan)| plan.raised_to_floor);
    let columns = columns(is_wide, raised);
    let kept = fitting(&columns, width);
    let shown: Vec<Column> = kept.iter().map(|&at| columns[at].0).collect();
    let table: usize = shown.iter().map(|column| column.width + 2).sum();
    let table = ReadingTable {
        clicks,
        columns: &shown,
        axis: if width >= table + AXIS { AXIS } else { 0 },
        stability: 0,
    };
    table.draw(buffer, area, analysis, focused, theme, |reading| {
        let cells = cells(reading, pairs.of_reading(&reading.name), is_wide);
        kept.iter().map(|&at| cells[at].clone()).collect()
    });
}

/// A reading's row, a cell for each of [`columns`].
fn cells(reading: &Reading, plan: Option<&Plan>, is_wide: bool) -> [String; 9] {
    let capped = plan.and_then(|plan| plan.capped.as_ref());
    let cap = if is_wide {
        reading.unit.in_short(reading.cap)
    } else {
        reading.unit.in_letter(reading.cap)
    };
    let raised = plan.is_some_and(|plan| plan.raised_to_floor);
    let source = match plan.map(|plan| plan.prediction_source) {
        Some(_) if capped.is_none() => "no change",
        Some(PredictionSource::Macs) => "MACs",
        Some(PredictionSource::Measured) => "timed steps",
        None => "",
    };
    [
        reading.name.to_string(),
        format::fixed(reading.value, 2),
        cap,
        interval(reading),
        format::known(capped, |network| {
            let mark = if raised {
                RAISED.to_string()
            } else {
                String::new()
            };
            format!("{mark}{}", network.conv_depth)
        }),
        format::known(capped, |network| format::large(network.parameters as f64)),
        format::known(capped, |network| format::large(network.macs as f64)),
        format::known(
            plan.and_then(|plan| Some((plan, plan.predicted_time_saved?))),
            |(plan, saved)| {
                let digits = usize::from(is_wide && plan.measured.is_some());
                format::percent_interval(saved, plan.prediction_interval(), digits)
            },
        ),
        source.to_owned(),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::depth::Rule;
    use crate::tui::fixtures;

    #[test]
    fn what_is_never_dropped_fits_the_narrowest_screen() {
        let kept = fitting(&columns(false, true), 57);
        assert_eq!(kept, [0, 2, 4, 5, 6, 7]);
        let needed: usize = kept
            .iter()
            .map(|&at| columns(false, true)[at].0.width + 2)
            .sum();
        assert!(needed - 2 <= 57, "{needed}");
    }

    #[test]
    fn a_row_names_the_network_and_what_is_not_known() {
        let analysis = fixtures::analysis();
        let reading = analysis.of(Rule::ChannelSum);
        let plan = fixtures::plan();
        let joined = |plan: Option<&Plan>| cells(reading, plan, false).join("|");
        assert_eq!(
            joined(Some(&plan)),
            "channel-sum|12.40|13c|13|13|0.45 M|69.3 M|38|MACs"
        );
        assert_eq!(joined(None), "channel-sum|12.40|13c|13|–|–|–|–|");
        let timed = plan.with_measured(fixtures::measured());
        assert!(joined(Some(&timed)).ends_with("|31 ± 2|timed steps"));
        let raised = Plan {
            raised_to_floor: true,
            ..timed
        };
        assert!(joined(Some(&raised)).contains("|↥13|"));
    }
}
