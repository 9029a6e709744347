//! Depth, parameters, MACs and time of both networks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::Timing;
use crate::network::{NetworkSummary, Plan};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::table::pad;

/// Rows that [`costs`] takes.
pub const ROWS: u16 = 5;

/// Draws both networks' costs and their change; the last row is the predicted time.
pub fn costs(buffer: &mut Buffer, area: Rect, plan: &Plan, timing: Option<&Timing>, theme: Theme) {
    let number = if area.width >= 80 { 14 } else { 11 };
    let label = (area.width as usize).saturating_sub(3 * number + 2).min(30);
    let cells = |name: &str, cells: [String; 3]| {
        let mut text = pad(name, label, false);
        for cell in cells {
            text.push_str(&pad(&cell, number, true));
        }
        text
    };
    let header = Line::from(vec![
        Span::styled(pad("cost", label, false), theme.dim()),
        Span::styled(pad("● baseline", number, true), theme.baseline()),
        Span::styled(pad("▲ capped", number, true), theme.capped()),
        Span::styled(pad("change", number, true), theme.dim()),
    ]);
    buffer.set_line(area.x + 2, area.y, &header, area.width);
    let capped = plan.capped.as_ref();
    let row = |name: &str, value: fn(&NetworkSummary) -> f64, show: fn(f64) -> String| {
        let (before, after) = (value(&plan.baseline), capped.map(value));
        let change = after
            .filter(|_| before > 0.0)
            .map(|after| after / before - 1.0);
        cells(
            name,
            [
                show(before),
                format::known(after, show),
                format::known(change, change_text),
            ],
        )
    };
    let (label, shown) = time_row(plan, timing);
    let time = cells(&label, shown);
    let rows = [
        row(
            "convolutions",
            |network| network.conv_depth as f64,
            |value| format::count(value as u64),
        ),
        row(
            "parameters",
            |network| network.parameters as f64,
            format::large,
        ),
        row(
            "MACs per image",
            |network| network.macs as f64,
            format::large,
        ),
        time,
    ];
    for (y, text) in (area.y + 1..area.bottom()).zip(rows) {
        buffer.set_string(area.x + 2, y, text, Style::new());
    }
}

/// The row on time: measured, or relative by MACs; during a timing its label is the progress.
fn time_row(plan: &Plan, timing: Option<&Timing>) -> (String, [String; 3]) {
    let label = match (timing, &plan.measured) {
        (Some(timing), _) if timing.stopping => "stopping after this step".to_owned(),
        (Some(timing), _) if timing.of == 0 => "timing: opening device".to_owned(),
        (Some(timing), _) => format!("timing: {} of {} steps", timing.done, timing.of),
        (None, Some(_)) => "seconds/step, measured".to_owned(),
        (None, None) => "time, predicted by MACs".to_owned(),
    };
    let saved = plan.predicted_time_saved;
    let shown = match &plan.measured {
        Some(measured) => [
            format::significant(measured.baseline_seconds_per_step),
            format::significant(measured.capped_seconds_per_step),
            format::known(saved, |saved| {
                let interval = measured.interval.map(|[low, high]| [-high, -low]);
                format!("{} %", format::percent_interval(-saved, interval, 0))
            }),
        ],
        None => [
            "1.00".to_owned(),
            format::known(saved, |saved| format::fixed(1.0 - saved, 2)),
            format::known(saved, |saved| change_text(-saved)),
        ],
    };
    (label, shown)
}

fn change_text(change: f64) -> String {
    format!("{} %", format::signed(change * 100.0, 0))
}

/// The source of the predicted time, and what `m` does.
pub fn source(plan: &Plan, timing: Option<&Timing>, device: &str) -> String {
    match (timing, &plan.measured) {
        (Some(timing), _) if timing.stopping => "stopping after this step".to_owned(),
        (Some(_), _) => "timing steps of both networks · Esc stops".to_owned(),
        (None, Some(measured)) => format!(
            "{} steps of {} images on {} · by MACs {} · m again",
            measured.steps,
            format::count(measured.batch_size as u64),
            measured.device,
            format::known(plan.saved_by_macs(), |saved| change_text(-saved)),
        ),
        (None, None) if plan.capped.is_none() => String::new(),
        (None, None) => format!("m times 20 steps of both networks on {device}"),
    }
}
