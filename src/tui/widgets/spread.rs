//! Distributions as lines: whiskers from end to end, a thick line between the quartiles, a dot at the median.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::entropy::Quartiles;
use crate::tui::theme::Theme;

/// Draws `──━━━●━━──` into the first row of `area`, whose ends stand for `low` and `high`.
pub fn spread(
    buffer: &mut Buffer,
    area: Rect,
    quartiles: &Quartiles,
    [low, high]: [f64; 2],
    theme: Theme,
) {
    if area.is_empty() {
        return;
    }
    let column = |bits: f64| column(bits, [low, high], area.width);
    let mut draw = |from: f64, to: f64, symbol: &str, style| {
        for at in column(from)..=column(to) {
            buffer.set_string(area.x + at, area.y, symbol, style);
        }
    };
    draw(quartiles.min, quartiles.max, "─", theme.dim());
    draw(quartiles.q1, quartiles.q3, "━", theme.entropy());
    draw(quartiles.median, quartiles.median, "●", theme.entropy());
}

/// The column of `bits` among `width` columns from `low` to `high`.
pub fn column(bits: f64, [low, high]: [f64; 2], width: u16) -> u16 {
    let share = ((bits - low) / (high - low)).clamp(0.0, 1.0);
    (share * f64::from(width.saturating_sub(1))).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Colours;

    #[test]
    fn whiskers_box_and_median_stand_at_their_values() {
        let area = Rect::new(0, 0, 11, 1);
        let mut buffer = Buffer::empty(area);
        let quartiles = Quartiles {
            min: 1.0,
            q1: 3.0,
            median: 5.0,
            q3: 6.0,
            max: 9.0,
        };
        let theme = Theme::new(Colours::None);
        spread(&mut buffer, area, &quartiles, [0.0, 10.0], theme);
        let line: String = (0..11).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(line, " ──━━●━─── ");
        assert_eq!(column(20.0, [0.0, 10.0], 11), 10);
    }
}
