//! The characters that a terminal shows. All screens are drawn in Unicode; one table here replaces what a terminal
//! without it cannot show, cell by cell, after a frame is drawn.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Color;
use unicode_normalization::UnicodeNormalization;

/// Which characters may be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// All.
    #[default]
    Unicode,
    /// Those of the Linux console's own font: boxes, blocks and arrows, but no braille dots.
    Console,
    /// Those of ASCII.
    Ascii,
}

/// What code page 437 has beside ASCII, and with it the font of the Linux console.
const CONSOLE: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥ƒáíóúñÑªº¿¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°·√ⁿ²■↑↓→←↔↕▲►▼◄";

impl Glyphs {
    /// As the user says, else by the codeset of the locale and by `TERM`.
    pub fn choose(ascii: Option<bool>, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        match ascii {
            Some(true) => return Self::Ascii,
            Some(false) => return Self::Unicode,
            None => {}
        }
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"));
        let is_unicode = |locale: &String| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        if !locale.as_ref().is_none_or(is_unicode) {
            Self::Ascii
        } else if set("TERM").is_some_and(|term| term == "linux") {
            Self::Console
        } else {
            Self::Unicode
        }
    }

    /// Replaces what cannot be shown.
    pub fn translate(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        let area = buffer.area;
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                let Some(symbol) = only(&buffer[(x, y)]) else {
                    let cell = &mut buffer[(x, y)];
                    let first = cell.symbol().chars().find(|part| !part.is_control());
                    cell.set_char(self.shown(first.unwrap_or(' ')));
                    continue;
                };
                if symbol.is_ascii() || self.has(symbol) {
                    continue;
                }
                let long = match symbol {
                    '±' => Some(['+', '/', '-']),
                    '…' => Some(['.'; 3]),
                    _ => None,
                };
                if let Some(long) = long
                    && surrounded(buffer, area, x, y)
                {
                    for (at, part) in (x - 1..).zip(long) {
                        buffer[(at, y)].set_char(part);
                    }
                    continue;
                }
                let cell = &mut buffer[(x, y)];
                if symbol == '▀' && cell.bg != Color::Reset {
                    // A cell of an image: two pixels become one.
                    cell.bg = mean(cell.fg, cell.bg);
                    cell.set_char(' ');
                    continue;
                }
                cell.set_char(self.shown(symbol));
            }
        }
    }

    /// Whether a character can be shown.
    pub fn has(self, symbol: char) -> bool {
        match self {
            Self::Unicode => true,
            Self::Console => symbol.is_ascii() || CONSOLE.contains(symbol),
            Self::Ascii => symbol.is_ascii(),
        }
    }

    /// What is shown in place of a character; never a control character.
    fn shown(self, symbol: char) -> char {
        if self.has(symbol) {
            return symbol;
        }
        if self == Self::Console {
            match symbol {
                '▂'..='▅' => return '▄',
                '▆' | '▇' | '▉'..='▋' => return '█',
                '━' => return '═',
                '▶' | '▸' => return '►',
                '▍'..='▏' => return '▌',
                '┊' | '┆' | '┇' | '┋' | '┃' => return '│',
                '┄' | '┅' | '┈' | '┉' => return '─',
                _ => {}
            }
        }
        ascii(symbol)
    }
}

/// The character of a cell that has only one.
fn only(cell: &Cell) -> Option<char> {
    let mut characters = cell.symbol().chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// Whether both neighbours of a cell are blank.
fn surrounded(buffer: &Buffer, area: Rect, x: u16, y: u16) -> bool {
    x > area.left()
        && x + 1 < area.right()
        && [x - 1, x + 1]
            .iter()
            .all(|&at| buffer[(at, y)].symbol() == " ")
}

/// The colour between two, where they are known.
fn mean(one: Color, other: Color) -> Color {
    match (one, other) {
        (Color::Rgb(red, green, blue), Color::Rgb(red_too, green_too, blue_too)) => Color::Rgb(
            red.midpoint(red_too),
            green.midpoint(green_too),
            blue.midpoint(blue_too),
        ),
        _ => other,
    }
}

/// The character of ASCII that stands for another one.
fn ascii(symbol: char) -> char {
    match symbol {
        '\u{2800}'..='\u{28FF}' => braille((u32::from(symbol) - 0x2800) as u8),
        '·' | '•' | '∙' | '│' | '┃' | '┆' | '┇' | '┊' | '┋' | '║' | '╎' | '╏' | '╵' | '╷' | '╹'
        | '╻' | '▌' | '▍' | '▎' | '▏' | '▐' | '▕' => '|',
        '−' | '–' | '—' | '‐' | '‑' | '⁻' | '─' | '┄' | '┅' | '┈' | '┉' | '╌' | '╍' | '╴' | '╶' => {
            '-'
        }
        '━' | '═' | '╸' | '╺' | '‖' | '≡' | '≈' => '=',
        '╱' => '/',
        '╲' => '\\',
        '…' | '±' | '∼' => '~',
        '×' | '✗' | '✘' | '╳' => 'x',
        '✓' | '✔' | '↓' | '▼' | '▾' | '▽' | '√' => 'v',
        '↑' | '▲' | '▴' | '△' | '⇧' | '↥' => '^',
        '→' | '▶' | '▸' | '►' | '⇥' | '›' | '≥' | '»' => '>',
        '←' | '◀' | '◂' | '◄' | '⇤' | '‹' | '≤' | '«' | '↵' | '⏎' => '<',
        '●' | '○' | '◉' | '◌' | '°' => 'o',
        '◆' | '◇' | '◈' | '\u{2500}'..='\u{257F}' => '+',
        '■' | '□' | '▪' | '▫' | '█' | '▇' | '▉' | '▊' | '▋' | '▙' | '▛' | '▜' | '▟' => {
            '#'
        }
        // Of sextants and octants no shape is kept.
        '▆' | '▓' | '\u{1FB00}'..='\u{1FB3B}' | '\u{1CD00}'..='\u{1CDE5}' => '*',
        '▄' | '▅' | '▒' | '▚' | '▞' => ':',
        '▂' | '▃' | '░' | '▖' | '▗' => '.',
        '▁' => '_',
        '▀' | '▔' | '“' | '”' | '„' => '"',
        '▘' | '▝' | '‘' | '’' | '‚' => '\'',
        '⌈' | '⌊' => '[',
        '⌉' | '⌋' => ']',
        'Σ' | '∑' | '∫' => 'S',
        'Φ' | 'φ' | 'ϕ' => 'F',
        'µ' | 'μ' => 'u',
        'Δ' | 'δ' => 'd',
        'ß' => 's',
        _ => {
            let mut parts = std::iter::once(symbol).nfkd();
            parts
                .find(|part| part.is_ascii_graphic() || *part == ' ')
                .unwrap_or('?')
        }
    }
}

/// The character that looks most like dots of braille: where they lie, and how many they are.
///
/// The bits of a cell of two columns and four rows are, from above, 1, 2, 4, 64 on the left and 8, 16, 32, 128 on the
/// right.
fn braille(dots: u8) -> char {
    const ROWS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let rows = ROWS.map(|[left, right]| dots & (left | right) != 0);
    let column = |side: usize| {
        let mut marked = (0..4).filter(|&row| dots & ROWS[row][side] != 0);
        let first = marked.next()?;
        Some((first, marked.next_back().unwrap_or(first)))
    };
    let count = dots.count_ones();
    if count >= 7 {
        return '#';
    }
    let level = |row: usize| match row {
        0 => '\'',
        1 | 2 => '-',
        _ => '.',
    };
    match (column(0), column(1)) {
        (None, None) => ' ',
        (Some((first, last)), None) | (None, Some((first, last))) => match last - first {
            0 => level(first),
            1 if first == 0 => '\'',
            1 if first == 2 => '.',
            1 => ':',
            _ => '|',
        },
        (Some((left, left_end)), Some((right, right_end))) => {
            if count >= 5 {
                return '*';
            }
            let (top, bottom) = (left.min(right), left_end.max(right_end));
            if rows.iter().filter(|&&row| row).count() == 1 {
                return if top == 3 { '_' } else { level(top) };
            }
            if right_end < left || right_end == left && right < left_end {
                return if bottom - top >= 2 { '/' } else { sloped(top) };
            }
            if left_end < right || left_end == right && left < right_end {
                return if bottom - top >= 2 { '\\' } else { sloped(top) };
            }
            match (top, bottom) {
                (0, 1) => '"',
                (1, 2) | (2, 3) => '=',
                _ => '*',
            }
        }
    }
}

/// A line that falls or rises by one dot from this row on.
const fn sloped(top: usize) -> char {
    match top {
        0 => '\'',
        1 => '-',
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(ascii: Option<bool>, variables: &[(&str, &str)]) -> Glyphs {
        Glyphs::choose(ascii, &|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_locale_and_the_console_choose_the_characters() {
        let utf8 = ("LANG", "de_DE.UTF-8");
        for (ascii, variables, glyphs) in [
            (None, &[][..], Glyphs::Unicode),
            (None, &[utf8], Glyphs::Unicode),
            (None, &[("LANG", "C.utf8")], Glyphs::Unicode),
            (None, &[utf8, ("LC_ALL", "C")], Glyphs::Ascii),
            (
                None,
                &[utf8, ("LC_CTYPE", "en_US.ISO-8859-1")],
                Glyphs::Ascii,
            ),
            (None, &[("LANG", "POSIX"), ("LC_ALL", "")], Glyphs::Ascii),
            (None, &[utf8, ("TERM", "linux")], Glyphs::Console),
            (Some(false), &[("LC_ALL", "C")], Glyphs::Unicode),
            (Some(true), &[utf8], Glyphs::Ascii),
        ] {
            assert_eq!(chosen(ascii, variables), glyphs, "{variables:?}");
        }
    }

    #[test]
    fn every_character_has_one_of_ascii() {
        for symbol in '\u{20}'..='\u{1FFFF}' {
            let shown = Glyphs::Ascii.shown(symbol);
            assert!(
                shown.is_ascii_graphic() || shown == ' ' || symbol == '\u{7f}',
                "{symbol:?}"
            );
        }
        for (symbol, shown) in [('é', 'e'), ('漢', '?'), ('²', '2'), ('━', '='), ('·', '|')] {
            assert_eq!(Glyphs::Ascii.shown(symbol), shown);
        }
        assert_eq!(Glyphs::Console.shown('─'), '─');
        assert_eq!(Glyphs::Console.shown('▃'), '▄');
        assert!(Glyphs::Console.has(Glyphs::Console.shown('⠁')));
    }

    #[test]
    fn curves_in_braille_keep_their_shape() {
        for (dots, shown) in [
            ('⠀', ' '),
            ('⠉', '\''),
            ('⠒', '-'),
            ('⠤', '-'),
            ('⣀', '_'),
            ('⡠', '.'),
            ('⠔', '-'),
            ('⠊', '\''),
            ('⡔', '/'),
            ('⢄', '.'),
            ('⢢', '\\'),
            ('⡇', '|'),
            ('⢸', '|'),
            ('⠁', '\''),
            ('⢀', '.'),
            ('⣿', '#'),
            ('⣤', '='),
        ] {
            assert_eq!(ascii(dots), shown, "{dots}");
        }
        for dots in 1..=255 {
            assert_ne!(braille(dots), ' ');
        }
    }

    #[test]
    fn an_uncertainty_is_written_out_and_an_image_keeps_its_colours() {
        let area = Rect::new(0, 0, 13, 1);
        let mut buffer = Buffer::empty(area);
        let text = "1 ± 2±3▀ … ab…";
        buffer.set_string(0, 0, text, ratatui::style::Style::new());
        buffer[(7, 0)].fg = Color::Rgb(10, 20, 30);
        buffer[(7, 0)].bg = Color::Rgb(30, 40, 50);
        Glyphs::Ascii.translate(&mut buffer);
        let text: String = buffer.content.iter().map(Cell::symbol).collect();
        assert_eq!(text, "1+/-2~3 ...ab");
        assert_eq!(buffer[(7, 0)].bg, Color::Rgb(20, 30, 40));
    }
}
