//! Dots finer than characters, of which curves are made.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::pixel::OCTANTS;

use crate::run::ChartSymbols;

/// Columns and rows of dots in a character.
pub const fn dots_of(symbols: ChartSymbols) -> [u16; 2] {
    match symbols {
        ChartSymbols::Braille | ChartSymbols::Octants => [2, 4],
        ChartSymbols::HalfBlocks | ChartSymbols::Ascii => [1, 2],
    }
}

/// The character of dots: a bit for each, row by row from the top left.
fn glyph(symbols: ChartSymbols, bits: u8) -> char {
    const BRAILLE: [u8; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
    match symbols {
        ChartSymbols::Braille => {
            let set = (0..8).filter(|bit| bits & 1 << bit != 0);
            let offset: u32 = set.map(|bit| u32::from(BRAILLE[bit])).sum();
            char::from_u32(0x2800 + offset).unwrap_or(' ')
        }
        ChartSymbols::Octants => OCTANTS[bits as usize],
        ChartSymbols::HalfBlocks => [' ', '▀', '▄', '█'][(bits & 3) as usize],
        ChartSymbols::Ascii => [' ', '\'', '.', ':'][(bits & 3) as usize],
    }
}

/// What is behind the dots of half a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behind {
    #[default]
    Nothing,
    /// A band of this place among the bands.
    Band(u8),
    /// Several bands.
    Bands,
}

/// A grid of dots over a plot.
#[derive(Debug)]
pub struct Dots {
    plot: Rect,
    symbols: ChartSymbols,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    bits: u8,
    style: Style,
    /// Behind its upper and its lower half.
    behind: [Behind; 2],
}

impl Dots {
    pub fn new(plot: Rect, symbols: ChartSymbols) -> Self {
        let cells = vec![Cell::default(); plot.width as usize * plot.height as usize];
        Self {
            plot,
            symbols,
            cells,
        }
    }

    /// Columns and rows of dots.
    pub fn size(&self) -> [i32; 2] {
        let [columns, rows] = dots_of(self.symbols);
        [self.plot.width * columns, self.plot.height * rows].map(i32::from)
    }

    /// Sets a dot, if it is inside.
    pub fn set(&mut self, x: i32, y: i32, style: Style) {
        let [columns, rows] = self.size();
        if x < 0 || y < 0 || x >= columns || y >= rows {
            return;
        }
        let [across, down] = dots_of(self.symbols).map(i32::from);
        let at = (y / down) as usize * self.plot.width as usize + (x / across) as usize;
        let cell = &mut self.cells[at];
        cell.bits |= 1 << (y % down * across + x % across);
        cell.style = style;
    }

    /// Sets the dots of a column from one row to another.
    pub fn set_column(&mut self, x: i32, from: i32, to: i32, style: Style) {
        let rows = self.size()[1];
        for y in from.min(to).max(0)..=from.max(to).min(rows - 1) {
            self.set(x, y, style);
        }
    }

    /// Puts a band behind a column of characters, from one half row to another, each counted from the top.
    pub fn fill(&mut self, column: u16, halves: [i32; 2], band: u8) {
        let last = i32::from(self.plot.height) * 2 - 1;
        for half in halves[0].max(0)..=halves[1].min(last) {
            let at = (half / 2) as usize * self.plot.width as usize + column as usize;
            let behind = &mut self.cells[at].behind[(half % 2) as usize];
            *behind = match *behind {
                Behind::Nothing => Behind::Band(band),
                Behind::Band(other) if other == band => Behind::Band(band),
                _ => Behind::Bands,
            };
        }
    }

    /// Draws them; `shade` gives the style of what is behind: its background, or none without colours.
    pub fn draw(self, buffer: &mut Buffer, shade: impl Fn(Behind) -> Style) {
        let width = self.plot.width as usize;
        for (index, cell) in self.cells.iter().enumerate() {
            let column = (index % width) as u16;
            let row = (index / width) as u16;
            let place = (self.plot.x + column, self.plot.y + row);
            let [upper, lower] = cell.behind.map(|behind| (behind, shade(behind).bg));
            if cell.bits > 0 {
                let mut style = cell.style;
                // The background is that of the half in which the curve lies.
                let [_, rows] = dots_of(self.symbols);
                let half = if rows == 4 { 0x0f } else { 0x01 };
                let in_upper = (cell.bits & half).count_ones() * 2 >= cell.bits.count_ones();
                style.bg = if in_upper { upper.1 } else { lower.1 };
                let glyph = glyph(self.symbols, cell.bits);
                buffer[place].set_char(glyph).set_style(style);
                continue;
            }
            match (upper, lower) {
                ((Behind::Nothing, _), (Behind::Nothing, _)) => {}
                ((_, None), (_, None)) => {
                    if let Some((glyph, behind)) = self.sparse(cell, column, row) {
                        buffer[place].set_char(glyph).set_style(shade(behind));
                    }
                }
                ((_, Some(one)), (_, Some(other))) if one == other => {
                    buffer[place].set_char(' ').set_style(Style::new().bg(one));
                }
                ((_, Some(one)), (_, other)) => {
                    let style = Style {
                        bg: other,
                        ..Style::new().fg(one)
                    };
                    buffer[place].set_char('▀').set_style(style);
                }
                ((_, None), (_, Some(one))) => {
                    buffer[place].set_char('▄').set_style(Style::new().fg(one));
                }
            }
        }
    }

    /// A character with few dots, for a band without colours; `None` where none falls into it.
    fn sparse(&self, cell: &Cell, column: u16, row: u16) -> Option<(char, Behind)> {
        let behind = cell.behind.iter().find(|half| **half != Behind::Nothing);
        let [across, down] = dots_of(self.symbols);
        let mut bits = 0;
        for y in 0..down {
            if cell.behind[usize::from(y >= down / 2)] == Behind::Nothing {
                continue;
            }
            for x in 0..across {
                let (x_dot, y_dot) = (column * across + x, row * down + y);
                let set = match down {
                    4 => (x_dot + y_dot * 2).is_multiple_of(4) && y_dot.is_multiple_of(2),
                    _ => (x_dot + y_dot / 2 * 2).is_multiple_of(4) && y_dot.is_multiple_of(2),
                };
                if set {
                    bits |= 1 << (y * across + x);
                }
            }
        }
        let behind = *behind?;
        (bits > 0).then(|| (glyph(self.symbols, bits), behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_its_dots_where_they_are_set() {
        assert_eq!(glyph(ChartSymbols::Braille, 0b1), '⠁');
        assert_eq!(glyph(ChartSymbols::Braille, 0b10), '⠈');
        assert_eq!(glyph(ChartSymbols::Braille, 0b1000_0000), '⢀');
        assert_eq!(glyph(ChartSymbols::Braille, 0xff), '⣿');
        assert_eq!(glyph(ChartSymbols::Octants, 0b1111), '▀');
        assert_eq!(glyph(ChartSymbols::Octants, 0b0101_0101), '▌');
        assert_eq!(glyph(ChartSymbols::HalfBlocks, 0b10), '▄');
        assert_eq!(glyph(ChartSymbols::Ascii, 0b11), ':');
    }

    #[test]
    fn bands_end_at_half_a_row_and_what_two_have_in_common_is_neither() {
        use ratatui::style::Color;
        let area = Rect::new(0, 0, 3, 2);
        let mut dots = Dots::new(area, ChartSymbols::Braille);
        dots.fill(0, [1, 3], 0);
        dots.fill(1, [-9, 0], 1);
        dots.fill(2, [0, 3], 0);
        dots.fill(2, [0, 9], 1);
        dots.set(4, 0, Style::new().fg(Color::Red));
        let mut buffer = Buffer::empty(area);
        dots.draw(&mut buffer, |behind| match behind {
            Behind::Nothing => Style::new(),
            Behind::Band(0) => Style::new().bg(Color::Blue),
            Behind::Band(_) => Style::new().bg(Color::Green),
            Behind::Bands => Style::new().bg(Color::Gray),
        });
        let cell = |x, y| {
            (
                buffer[(x, y)].symbol(),
                buffer[(x, y)].fg,
                buffer[(x, y)].bg,
            )
        };
        assert_eq!(cell(0, 0), ("▄", Color::Blue, Color::Reset));
        assert_eq!(cell(0, 1), (" ", Color::Reset, Color::Blue));
        assert_eq!(cell(1, 0), ("▀", Color::Green, Color::Reset));
        assert_eq!(cell(1, 1), (" ", Color::Reset, Color::Reset));
        assert_eq!(cell(2, 0), ("⠁", Color::Red, Color::Gray));
        assert_eq!(cell(2, 1), (" ", Color::Reset, Color::Gray));
    }
}
