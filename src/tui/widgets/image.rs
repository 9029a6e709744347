//! Images in half blocks: two pixels to a cell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::entropy::Sample;
use crate::tui::theme::Theme;

const GREYS: [char; 5] = [' ', '░', '▒', '▓', '█'];

/// Draws an image over the whole of `area`, which should be twice as wide as high for a square image.
///
/// Without colours, four shades of grey stand for the pixels.
pub fn image(buffer: &mut Buffer, area: Rect, sample: &Sample, theme: Theme) {
    for y in 0..area.height {
        for x in 0..area.width {
            let pixel = |row: u16| mean(sample, area, x, row);
            let (upper, lower) = (pixel(2 * y), pixel(2 * y + 1));
            let cell = &mut buffer[(area.x + x, area.y + y)];
            if let (Some(upper), Some(lower)) = (theme.colour(upper), theme.colour(lower)) {
                cell.set_char('▀')
                    .set_style(Style::new().fg(upper).bg(lower));
            } else {
                let level = grey(upper).midpoint(grey(lower)) * GREYS.len() / 256;
                // Ink is dark on a light background.
                let level = if theme.is_light() {
                    GREYS.len() - 1 - level
                } else {
                    level
                };
                cell.set_char(GREYS[level])
                    .set_style(Style::new().fg(Color::Reset));
            }
        }
    }
}

fn grey((red, green, blue): (u8, u8, u8)) -> usize {
    (usize::from(red) * 299 + usize::from(green) * 587 + usize::from(blue) * 114) / 1000
}

/// Mean colour of the pixels under the half cell at column `x` and half row `y` of `area`.
fn mean(sample: &Sample, area: Rect, x: u16, y: u16) -> (u8, u8, u8) {
    let shape = sample.shape;
    let span = |at: u16, of: u16, size: usize| {
        let from = at as usize * size / of as usize;
        let to = ((at as usize + 1) * size).div_ceil(of as usize);
        from..to.max(from + 1).min(size)
    };
    let rows = span(y, area.height * 2, shape.height);
    let columns = span(x, area.width, shape.width);
    let channel = |channel: usize| {
        let plane = channel.min(shape.channels.saturating_sub(1)) * shape.area();
        let (mut sum, mut count) = (0_usize, 0_usize);
        for row in rows.clone() {
            for column in columns.clone() {
                if let Some(&value) = sample.pixels.get(plane + row * shape.width + column) {
                    sum += usize::from(value);
                    count += 1;
                }
            }
        }
        (sum / count.max(1)) as u8
    };
    (channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Shape;
    use crate::tui::theme::Colours;

    fn sample(channels: usize, pixels: Vec<u8>) -> Sample {
        Sample {
            information: 1.0,
            class: "a".to_owned(),
            shape: Shape {
                channels,
                height: 2,
                width: 2,
            },
            pixels,
        }
    }

    #[test]
    fn upper_and_lower_pixels_share_a_cell() {
        let area = Rect::new(0, 0, 2, 1);
        let mut buffer = Buffer::empty(area);
        let grey = sample(1, vec![10, 20, 30, 40]);
        image(&mut buffer, area, &grey, Theme::new(Colours::True));
        assert_eq!(buffer[(1, 0)].fg, Color::Rgb(20, 20, 20));
        assert_eq!(buffer[(1, 0)].bg, Color::Rgb(40, 40, 40));
    }

    #[test]
    fn a_smaller_area_shows_means() {
        let area = Rect::new(0, 0, 1, 1);
        let mut buffer = Buffer::empty(area);
        let mut pixels = vec![0; 12];
        pixels[..4].copy_from_slice(&[100, 200, 0, 50]);
        image(
            &mut buffer,
            area,
            &sample(3, pixels),
            Theme::new(Colours::True),
        );
        assert_eq!(buffer[(0, 0)].fg, Color::Rgb(150, 0, 0));
        assert_eq!(buffer[(0, 0)].bg, Color::Rgb(25, 0, 0));
    }
}
