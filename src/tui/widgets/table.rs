//! Rows of aligned cells.

use unicode_width::UnicodeWidthStr;

use crate::tui::format::cut;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header, units included.
    pub title: &'static str,
    /// Its width.
    pub width: usize,
    /// Whether it holds numbers, which stand to the right.
    pub number: bool,
}

/// A column of words.
#[must_use]
pub const fn words(title: &'static str, width: usize) -> Column {
    Column {
        title,
        width,
        number: false,
    }
}

/// A column of numbers.
#[must_use]
pub const fn number(title: &'static str, width: usize) -> Column {
    Column {
        title,
        width,
        number: true,
    }
}

/// Cells side by side, two blanks between them.
#[must_use]
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
#[must_use]
pub fn header(columns: &[Column]) -> String {
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    row(columns, &titles)
}

/// `text` cut or filled with blanks to `width`.
#[must_use]
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
}
