//! Rows of aligned cells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::tui::format::cut;
use crate::tui::theme::Theme;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header, units included.
    pub title: &'static str,
    pub width: usize,
    /// Whether it holds numbers, which stand to the right.
    pub number: bool,
}

/// A column of words.
pub const fn words(title: &'static str, width: usize) -> Column {
    Column {
        title,
        width,
        number: false,
    }
}

/// A column of numbers.
pub const fn number(title: &'static str, width: usize) -> Column {
    Column {
        title,
        width,
        number: true,
    }
}

/// The columns that fit into `available` columns of the screen: by rank, 0 always kept, the highest dropped first.
pub fn fitting(columns: &[(Column, u8)], available: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let width = |kept: &[usize]| {
        kept.iter()
            .map(|&at| columns[at].0.width + 2)
            .sum::<usize>()
    };
    while width(&kept) > available + 2 {
        let Some(place) = (0..kept.len())
            .filter(|&place| columns[kept[place]].1 > 0)
            .max_by_key(|&place| columns[kept[place]].1)
        else {
            break;
        };
        kept.remove(place);
    }
    kept
}

/// Cells side by side, two blanks between them.
pub fn row<T: AsRef<str>>(columns: &[Column], cells: &[T]) -> String {
    columns
        .iter()
        .zip(cells)
        .filter(|(column, _)| column.width > 0)
        .map(|(column, cell)| pad(cell.as_ref(), column.width, column.number))
        .collect::<Vec<_>>()
        .join("  ")
        .trim_end()
        .to_owned()
}

/// The headers side by side.
pub fn header(columns: &[Column]) -> String {
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    row(columns, &titles)
}

/// Draws the headers of a table whose rows begin with [`Theme::mark`].
pub fn draw_header(buffer: &mut Buffer, place: Rect, columns: &[Column], theme: Theme) {
    let width = (place.width as usize).saturating_sub(2);
    buffer.set_stringn(place.x + 2, place.y, header(columns), width, theme.dim());
}

/// `text` cut or filled with blanks to `width`.
pub fn pad(text: &str, width: usize, right: bool) -> String {
    let text = cut(text, width);
    let blanks = " ".repeat(width - text.width().min(width));
    if right {
        blanks + &text
    } else {
        text + &blanks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right() {
        let columns = [words("name", 6), number("cap", 4)];
        assert_eq!(header(&columns), "name     cap");
        assert_eq!(row(&columns, &["glyphs-noise", "13"]), "glyph…    13");
    }

    #[test]
    fn the_least_important_columns_are_dropped_first() {
        let columns = [
            (words("name", 6), 0),
            (number("bits", 5), 2),
            (number("cap", 4), 1),
        ];
        assert_eq!(fitting(&columns, 19), [0, 1, 2]);
        assert_eq!(fitting(&columns, 18), [0, 2]);
        assert_eq!(fitting(&columns, 11), [0]);
        assert_eq!(fitting(&columns, 0), [0]);
    }
}
