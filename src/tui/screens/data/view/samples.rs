//! Sample images of a dataset, with their values.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::Loaded;
use crate::entropy::Sample;
use crate::tui::format;
use crate::tui::pictures::Pictures;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::narrow;
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
    let wide = (below.height - 1) * 2;
    let samples = &loaded.samples;
    let groups = [
        ("least", &samples.lowest, false),
        ("median", &samples.median, true),
        ("most", &samples.highest, false),
    ];
    let group_width = below.width / 3;
    let each = (group_width / (wide + 1)).max(1);
    let places = below.layout::<3>(&Layout::horizontal([Constraint::Length(group_width); 3]));
    let columns = Layout::horizontal(vec![Constraint::Length(wide); each as usize]).spacing(1);
    let rows = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]);
    for ((name, images, is_centred), place) in groups.into_iter().zip(places) {
        let place = narrow(place, group_width.saturating_sub(1));
        let left_out = images.len().saturating_sub(each as usize);
        let skipped = if is_centred { left_out.div_ceil(2) } else { 0 };
        let shown = images.iter().skip(skipped).zip(place.layout_vec(&columns));
        for (number, (sample, place)) in shown.enumerate() {
            let [picture, below] = place.layout(&rows);
            pictures.draw(buffer, picture, sample, theme);
            let text = caption(name, sample, number, below.width);
            buffer.set_string(below.x, below.y, text, theme.dim());
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
    if with_class.width() <= width as usize {
        with_class
    } else {
        format::cut(&text, width as usize)
    }
}
