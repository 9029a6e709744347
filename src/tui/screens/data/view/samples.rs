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
    let group_width = below.width / 3;
    let places = below.layout::<3>(&Layout::horizontal([Constraint::Length(group_width); 3]));
    let places = places.map(|place| narrow(place, group_width.saturating_sub(1)));
    let rows = below.height - 1;
    draw_groups(buffer, places, rows, loaded, theme, pictures);
}

/// As [`samples`], the groups below each other.
pub(super) fn column(
    buffer: &mut Buffer,
    area: Rect,
    loaded: &Loaded,
    theme: Theme,
    pictures: &Pictures,
) {
    let title = "sample images, bits per pixel";
    let below = heading(buffer, area, title, Line::default(), false, theme);
    if below.height < 9 {
        return;
    }
    let rows = (below.height / 3 - 1).min(below.width / 2);
    let groups = Layout::vertical([Constraint::Length(rows + 1); 3]);
    draw_groups(buffer, below.layout(&groups), rows, loaded, theme, pictures);
}

/// The images of least, middle and most information in a place for each group, `rows` high.
fn draw_groups(
    buffer: &mut Buffer,
    places: [Rect; 3],
    rows: u16,
    loaded: &Loaded,
    theme: Theme,
    pictures: &Pictures,
) {
    let wide = rows * 2;
    let samples = &loaded.samples;
    let groups = [
        ("least", &samples.lowest, false),
        ("median", &samples.median, true),
        ("most", &samples.highest, false),
    ];
    let within = Layout::vertical([Constraint::Length(rows), Constraint::Length(1)]);
    for ((name, images, is_centred), place) in groups.into_iter().zip(places) {
        let each = ((place.width + 1) / (wide + 1)).max(1);
        let columns = Layout::horizontal(vec![Constraint::Length(wide); each as usize]).spacing(1);
        let left_out = images.len().saturating_sub(each as usize);
        let skipped = if is_centred { left_out.div_ceil(2) } else { 0 };
        let shown = images.iter().skip(skipped).zip(place.layout_vec(&columns));
        for (number, (sample, place)) in shown.enumerate() {
            let [picture, below] = place.layout(&within);
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
