//! Sample images of a dataset, with their values.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::Loaded;
use crate::entropy::Sample;
use crate::tui::format;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;
use crate::tui::widgets::heading::heading;

/// Images of least, middle and most information, each group with its values below.
pub(super) fn samples(
    buffer: &mut Buffer,
    area: Rect,
    loaded: &Loaded,
    theme: Theme,
    pictures: &Pictures,
) {
    if area.is_empty() {
        return;
    }
    let below = heading(
        buffer,
        area,
        "sample images, bits per pixel",
        Line::default(),
        false,
        theme,
    );
    if below.height < 4 {
        return;
    }
    let high = below.height - 1;
    let wide = high * 2;
    let samples = &loaded.samples;
    let groups = [
        ("least", &samples.lowest, false),
        ("median", &samples.median, true),
        ("most", &samples.highest, false),
    ];
    let group_room = below.width / 3;
    let each = (group_room / (wide + 1)).max(1) as usize;
    for (index, (name, images, is_centred)) in groups.into_iter().enumerate() {
        let x = below.x + index as u16 * group_room;
        let left_out = images.len().saturating_sub(each);
        let skipped = if is_centred { left_out.div_ceil(2) } else { 0 };
        let shown = images.iter().skip(skipped).take(each);
        for (number, sample) in shown.enumerate() {
            let place = Rect {
                x: x + number as u16 * (wide + 1),
                y: below.y,
                width: wide.min(group_room.saturating_sub(1)),
                height: high,
            };
            pictures.draw(buffer, place, sample, theme);
            let text = caption(name, sample, number, place.width);
            buffer.set_string(place.x, below.bottom() - 1, text, theme.dim());
        }
    }
}

fn caption(name: &str, sample: &Sample, number: usize, width: u16) -> String {
    let bits = format::fixed(sample.information, 2);
    let text = if number == 0 {
        format!("{name} {bits}")
    } else {
        bits
    };
    let with_class = format!("{text} · {}", sample.class);
    if with_class.chars().count() <= width as usize {
        with_class
    } else {
        format::cut(&text, width as usize)
    }
}
