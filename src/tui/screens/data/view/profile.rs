//! The profile in numbers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::depth::Analysis;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::heading::heading;

/// Draws the statistics of the images, and how long they took.
pub(super) fn profile(buffer: &mut Buffer, area: Rect, analysis: &Analysis, theme: Theme) {
    let profile = &analysis.profile;
    let information = &profile.image_information;
    let bits = |value: f64| format::fixed(value, 2);
    let below = heading(
        buffer,
        area,
        "profile",
        Line::styled("bits/pixel", theme.dim()),
        false,
        theme,
    );
    let mut lines = vec![
        ("image information", bits(information.mean)),
        ("  sd over images", bits(information.sd)),
        ("  least", bits(information.min)),
        ("  lower quartile", bits(information.q1)),
        ("  median", bits(information.median)),
        ("  upper quartile", bits(information.q3)),
        ("  95th percentile", bits(information.p95)),
        ("  most", bits(information.max)),
        ("grey level", bits(profile.grey.mean)),
        ("joint colour", bits(profile.joint_colour.mean)),
        ("pooled histogram", bits(profile.pooled_histogram.sum)),
    ];
    if let Some(nats) = &profile.image_nats {
        lines.push(("all values, nats", bits(nats.mean)));
    }
    if let Some(lossless) = &profile.lossless {
        lines.push(("lossless size", bits(lossless.mean)));
    }
    let timing = [
        (
            if analysis.cached {
                "cached, profiled in"
            } else {
                "profiled in"
            },
            format::about(profile.seconds),
        ),
        ("read in", format::about(profile.load_seconds)),
        ("pixels", format::bytes(profile.bytes)),
    ];
    let gap = usize::from(below.height as usize > lines.len() + timing.len());
    let lines = lines.into_iter().map(Some);
    let all = lines.chain(vec![None; gap]).chain(timing.map(Some));
    for (line, row) in all.zip(below.rows()) {
        if let Some((name, value)) = line {
            buffer.set_stringn(row.x, row.y, name, row.width as usize, theme.dim());
            Line::from(value).right_aligned().render(row, buffer);
        }
    }
}
