//! Tables of coloured cells with a number in each, and pictures of matrices.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::table::pad;
use crate::tui::format;
use crate::tui::theme::{Rgb, Theme, is_light};

const BLACK: Rgb = (0x00, 0x00, 0x00);
const WHITE: Rgb = (0xFF, 0xFF, 0xFF);
/// The middle of two-sided colours, and cells without a value, on dark and on light.
const MIDDLE: [Rgb; 2] = [(0x3A, 0x3A, 0x40), (0xE6, 0xE6, 0xEA)];
const BLUE: Rgb = (0x00, 0x72, 0xB2);
const ORANGE: Rgb = (0xD5, 0x5E, 0x00);
const GREEN: Rgb = (0x00, 0x9E, 0x73);

/// What the colour of a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shade {
    /// From -1, orange, over 0 to 1, blue.
    TwoSided(f64),
    /// From -1, orange, over 0 to 1, green: worse and better.
    Better(f64),
    /// From 0, dark, to 1, bright.
    Rising(f64),
    Nothing,
}

impl Shade {
    fn rgb(self, is_light: bool) -> Rgb {
        let middle = MIDDLE[usize::from(is_light)];
        match self {
            Self::TwoSided(value) | Self::Better(value) if value < 0.0 => {
                mixed(middle, ORANGE, -value)
            }
            Self::TwoSided(value) => mixed(middle, BLUE, value),
            Self::Better(value) => mixed(middle, GREEN, value),
            Self::Rising(value) => rising(value),
            Self::Nothing => middle,
        }
    }

    /// Colours of text and ground; no colours where the terminal has none.
    pub fn style(self, theme: Theme) -> Style {
        let ground = self.rgb(theme.is_light());
        let text = text_on(ground);
        match theme.colour(ground).zip(theme.colour(text)) {
            Some((ground, text)) => Style::new().bg(ground).fg(text),
            None => Style::new(),
        }
    }
}

fn mixed(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mix = |from: u8, to: u8| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
    };
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// From 0 to 1: those of the plots, dark violet, blue, green, yellow.
fn rising(value: f64) -> Rgb {
    let [red, green, blue] = crate::report::plots::rising(value);
    (red, green, blue)
}

/// Black or white, whichever can be read better.
fn text_on(ground: Rgb) -> Rgb {
    if is_light(ground) { BLACK } else { WHITE }
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it says; read without its colour too.
    pub text: String,
    pub shade: Shade,
}

/// A table of coloured cells.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    pub rows: Vec<String>,
    /// Two lines of a head each.
    pub columns: Vec<[String; 2]>,
    /// Row by row; none where there is nothing.
    pub cells: Vec<Vec<Option<Cell>>>,
    /// The marked one: row and column.
    pub marked: Option<[usize; 2]>,
    /// Rows of the screen that a row of cells takes, an odd number.
    pub tall: u16,
}

/// Least and greatest width of a column.
const WIDTHS: [usize; 2] = [9, 18];

impl HeatMap {
    /// Draws it, as many rows and columns as fit, the marked cell among them; gives where its cells are, with their rows and
    /// columns.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) -> Vec<(Rect, [usize; 2])> {
        let mut drawn = Vec::new();
        if area.height < 3 || area.width < 12 {
            return drawn;
        }
        let label = self.rows.iter().map(|label| label.width()).max();
        let label = label.unwrap_or(0).min(area.width as usize / 3).max(4);
        let heads = self.columns.iter().flatten().map(|head| head.width());
        let texts = self.cells.iter().flatten().flatten();
        let texts = texts.map(|cell| cell.text.width() + 2);
        let wanted = heads.chain(texts).max().unwrap_or(0);
        let left = (area.width as usize).saturating_sub(label + 2);
        let tall = self.tall.max(1);
        let by_height = 6 * usize::from(tall);
        let wanted = wanted
            .max(by_height)
            .clamp(WIDTHS[0], WIDTHS[1].max(by_height));
        let shared = left / self.columns.len().max(1);
        let width = wanted.min(shared.saturating_sub(1).max(WIDTHS[0]));
        let columns = (left / (width + 1)).max(1).min(self.columns.len());
        let rows = usize::from((area.height - 2) / tall).clamp(1, self.rows.len().max(1));
        let marked = self.marked.unwrap_or([0, 0]);
        let first_row = (marked[0] + 1).saturating_sub(rows);
        let first_column = (marked[1] + 1).saturating_sub(columns);
        let x_of = |at: usize| area.x + (label + 2 + at * (width + 1)) as u16;
        for (at, head) in self
            .columns
            .iter()
            .enumerate()
            .skip(first_column)
            .take(columns)
        {
            for (line, text) in head.iter().enumerate() {
                let text = format::cut_middle(text, width);
                let text = format!("{text:^width$}");
                let x = x_of(at - first_column);
                let style = if self.marked.is_some_and(|[_, column]| column == at) {
                    theme.strong()
                } else {
                    theme.dim()
                };
                let rest = area.right().saturating_sub(x) as usize;
                buffer.set_stringn(x, area.y + line as u16, text, rest, style);
            }
        }
        for (at, name) in self.rows.iter().enumerate().skip(first_row).take(rows) {
            let top = area.y + 2 + (at - first_row) as u16 * tall;
            let y = top + tall / 2;
            let style = theme.line(self.marked.is_some_and(|[row, _]| row == at));
            let name = pad(&format::cut_middle(name, label), label, false);
            buffer.set_stringn(area.x, y, name, area.width as usize, style);
            let cells = self.cells.get(at).into_iter().flatten().enumerate();
            for (column, cell) in cells.skip(first_column).take(columns) {
                let Some(cell) = cell else { continue };
                let x = x_of(column - first_column);
                let is_marked = self.marked == Some([at, column]);
                let text = format::cut(&cell.text, width - 2);
                let text = if is_marked {
                    format!("▸{text:^inner$}◂", inner = width - 2)
                } else {
                    format!("{text:^width$}")
                };
                let mut style = cell.shade.style(theme);
                if is_marked {
                    style = style.add_modifier(Modifier::BOLD);
                }
                let rest = area.right().saturating_sub(x);
                buffer.set_stringn(x, y, text, rest.into(), style);
                let place = Rect::new(x, top, rest.min(width as u16), tall);
                let place = place.intersection(area);
                buffer.set_style(place, style);
                drawn.push((place, [at, column]));
            }
        }
        for (is_more, at, symbol) in [
            (
                first_column + columns < self.columns.len(),
                area.right() - 1,
                "›",
            ),
            (first_column > 0, area.x + label as u16 + 1, "‹"),
        ] {
            if is_more {
                buffer.set_string(at, area.y, symbol, theme.accent());
            }
        }
        if first_row + rows < self.rows.len() {
            buffer.set_string(
                area.x + label as u16,
                area.bottom() - 1,
                "↓",
                theme.accent(),
            );
        }
        if first_row > 0 {
            buffer.set_string(area.x + label as u16, area.y + 1, "↑", theme.accent());
        }
        drawn
    }
}

/// Levels of a matrix without colours, from 0 to 1.
const LEVELS: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// A square matrix of values from 0 to 1, the first row at the bottom, as in the plots.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// Row by row; none where there is no value.
    pub values: &'a [Vec<Option<f64>>],
    /// Rows and columns before a rule; none where there is none.
    pub rule: Option<usize>,
}

impl Matrix<'_> {
    /// Of how many blocks one is drawn, where there are too many.
    fn step(&self, area: Rect) -> u16 {
        let count = (self.values.len() as u16).max(1);
        let room = (area.width.saturating_sub(4)).min(area.height.saturating_sub(1) * 2);
        count.div_ceil(room.max(1)).max(1)
    }

    /// Columns, and half rows, of a cell.
    fn cell(&self, area: Rect) -> [u16; 2] {
        let count = (self.values.len() as u16).div_ceil(self.step(area)).max(1);
        let by_width = area.width.saturating_sub(4) / count;
        let by_height = area.height.saturating_sub(1) * 2 / count;
        // A half row is as high as a column is wide; half rows come in pairs where a cell has several.
        let side = by_width.min(by_height).clamp(1, 12);
        if side < 2 {
            [1, 1]
        } else {
            [side / 2 * 2, side / 2 * 2]
        }
    }

    /// Draws it with the numbers of its blocks.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        if self.values.is_empty() || area.width < 6 || area.height < 3 {
            return;
        }
        let step = self.step(area) as usize;
        let [wide, tall] = self.cell(area).map(usize::from);
        let shown: Vec<usize> = (0..self.values.len()).step_by(step).collect();
        let half_rows = shown.len() * tall;
        let rows = half_rows.div_ceil(2).min(area.height as usize - 1);
        let left = area.x + 4;
        let value =
            |row: usize, column: usize| self.values.get(row)?.get(column).copied().flatten();
        // The matrix row of a half row, counted from the bottom.
        let of = |half: usize| shown.get(half / tall).copied();
        for line in 0..rows {
            let y = area.y + (rows - 1 - line) as u16;
            let [lower, upper] = [of(2 * line), of(2 * line + 1)];
            for (at, &column) in shown.iter().enumerate() {
                let values = [lower, upper].map(|row| row.and_then(|row| value(row, column)));
                let (symbol, style) = pixel(values, [lower.is_some(), upper.is_some()], theme);
                for x in (0..wide).map(|part| left + (at * wide + part) as u16) {
                    if x < area.right() {
                        buffer.set_string(x, y, symbol, style);
                    }
                }
            }
        }
        self.numbers(buffer, area, &shown, [wide, tall], rows, theme);
        self.draw_rule(buffer, area, step, [wide, tall], rows, theme);
    }

    fn numbers(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        shown: &[usize],
        [wide, tall]: [usize; 2],
        rows: usize,
        theme: Theme,
    ) {
        let style = |block: usize| match self.rule {
            Some(rule) if block >= rule => theme.cap(),
            _ => theme.dim(),
        };
        let mut free = area.x;
        for (at, &block) in shown.iter().enumerate() {
            let text = block.to_string();
            let x = area.x + 4 + (at * wide) as u16;
            if x >= free && x + text.len() as u16 <= area.right() {
                buffer.set_string(x, area.y + rows as u16, &text, style(block));
                free = x + text.len() as u16 + 1;
            }
        }
        let mut last = None;
        for (at, &block) in shown.iter().enumerate() {
            let line = at * tall / 2;
            if line >= rows || last == Some(line) {
                continue;
            }
            last = Some(line);
            let y = area.y + (rows - 1 - line) as u16;
            buffer.set_string(area.x, y, pad(&block.to_string(), 3, true), style(block));
        }
    }

    /// A tick on both axes where the cap is.
    fn draw_rule(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        step: usize,
        [wide, tall]: [usize; 2],
        rows: usize,
        theme: Theme,
    ) {
        let Some(rule) = self.rule.filter(|rule| *rule < self.values.len()) else {
            return;
        };
        let at = rule.div_ceil(step);
        let line = at * tall / 2;
        if line < rows {
            let y = area.y + (rows - 1 - line) as u16;
            buffer.set_string(area.x + 3, y, "▸", theme.cap());
        }
        let x = area.x + 3 + (at * wide) as u16;
        if x < area.right() {
            buffer.set_string(x, area.y + rows as u16, "▸", theme.cap());
        }
    }
}

/// The symbol of two values, one above the other: half blocks in their colours, a level of their mean without colours.
fn pixel(
    [lower, upper]: [Option<f64>; 2],
    [has_lower, has_upper]: [bool; 2],
    theme: Theme,
) -> (&'static str, Style) {
    let colour = |value: Option<f64>| -> Option<Color> {
        let shade = value.map_or(Shade::Nothing, Shade::Rising);
        theme.colour(shade.rgb(theme.is_light()))
    };
    if let Some((below, above)) = colour(lower).zip(colour(upper)) {
        return match (has_lower, has_upper) {
            (true, true) => ("▀", Style::new().fg(above).bg(below)),
            (true, false) => ("▄", Style::new().fg(below)),
            (false, true) => ("▀", Style::new().fg(above)),
            (false, false) => (" ", Style::new()),
        };
    }
    let known: Vec<f64> = [lower, upper].into_iter().flatten().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let level = (mean.clamp(0.0, 1.0) * (LEVELS.len() - 1) as f64).round() as usize;
    (LEVELS[level], Style::new())
}

/// The legend of a matrix: `0 ▀▀▀▀▀ 1`.
pub fn scale(buffer: &mut Buffer, x: u16, y: u16, width: u16, theme: Theme) {
    buffer.set_string(x, y, "0 ", theme.dim());
    for at in 0..width {
        let value = (f64::from(at) + 0.5) / f64::from(width.max(1));
        let (symbol, style) = pixel([Some(value); 2], [true; 2], theme);
        buffer.set_string(x + 2 + at, y, symbol, style);
    }
    buffer.set_string(x + 2 + width, y, " 1", theme.dim());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Colours, contrast};

    fn text(buffer: &Buffer) -> Vec<String> {
        let line = |row: Rect| {
            row.columns()
                .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
                .collect::<String>()
        };
        buffer.area.rows().map(line).collect()
    }

    fn map() -> HeatMap {
        let cell = |value: f64| {
            Some(Cell {
                text: format::signed(value, 2),
                shade: Shade::TwoSided(value),
            })
        };
        HeatMap {
            rows: vec!["mnist".to_owned(), "glyphs (bits=3)".to_owned()],
            columns: ["resnet-20", "densenet-22"]
                .map(|name| [name.to_owned(), "image-nats".to_owned()])
                .to_vec(),
            cells: vec![vec![cell(0.28), cell(-1.0)], vec![cell(0.0), None]],
            marked: Some([0, 1]),
            tall: 1,
        }
    }

    #[test]
    fn every_cell_says_its_value_and_the_marked_one_is_seen_without_colours() {
        let area = Rect::new(0, 0, 60, 6);
        let mut buffer = Buffer::empty(area);
        map().render(&mut buffer, area, Theme::new(Colours::None));
        let drawn = text(&buffer);
        assert!(drawn[0].contains("resnet-20") && drawn[1].contains("image-nats"));
        assert!(
            drawn[2].contains("mnist") && drawn[2].contains("+0.28"),
            "{drawn:?}"
        );
        assert!(
            drawn[2].contains('▸') && drawn[2].contains('◂'),
            "{drawn:?}"
        );
        assert!(drawn[3].contains("glyphs (bits=3)"));
    }

    #[test]
    fn texts_stand_out_from_every_ground() {
        for step in -20..=20 {
            let value = f64::from(step) / 20.0;
            for shade in [
                Shade::TwoSided(value),
                Shade::Better(value),
                Shade::Rising(value),
            ] {
                for is_light in [false, true] {
                    let ground = shade.rgb(is_light);
                    let contrast = contrast(ground, text_on(ground));
                    assert!(contrast >= 4.5, "{shade:?}: {contrast}");
                }
            }
        }
    }

    /// Where there is nothing to see, a cell is near to the background, and further from it the more there is.
    #[test]
    fn nothing_is_near_to_the_background() {
        for (is_light, background) in [(false, BLACK), (true, WHITE)] {
            let seen = |shade: Shade| contrast(shade.rgb(is_light), background);
            assert!(seen(Shade::Nothing) < 2.0, "{is_light}");
            assert!(seen(Shade::TwoSided(0.0)) < 2.0, "{is_light}");
            for strong in [
                Shade::TwoSided(1.0),
                Shade::TwoSided(-1.0),
                Shade::Better(1.0),
            ] {
                assert!(seen(strong) > 3.0, "{is_light}: {strong:?}");
            }
        }
    }

    #[test]
    fn a_matrix_begins_at_the_lower_left() {
        let values: Vec<Vec<Option<f64>>> = (0..4)
            .map(|row| {
                (0..4)
                    .map(|column| Some(f64::from(row == column)))
                    .collect()
            })
            .collect();
        let matrix = Matrix {
            values: &values,
            rule: Some(2),
        };
        let area = Rect::new(0, 0, 20, 9);
        let mut buffer = Buffer::empty(area);
        matrix.render(&mut buffer, area, Theme::new(Colours::None));
        let drawn = text(&buffer);
        let last = drawn
            .iter()
            .rposition(|line| line.contains('█'))
            .unwrap_or(0);
        assert!(drawn[last].trim_start().starts_with('0'), "{drawn:?}");
        assert!(drawn[last].contains("0 ████"), "{drawn:?}");
        assert!(drawn[last + 1].contains('▸'), "{drawn:?}");
    }

    #[test]
    fn no_size_makes_it_panic() {
        let many: Vec<Vec<Option<f64>>> = vec![vec![None; 60]; 60];
        for columns in 0..70 {
            for rows in 0..12 {
                let area = Rect::new(0, 0, columns, rows);
                let mut buffer = Buffer::empty(area);
                map().render(&mut buffer, area, Theme::new(Colours::True));
                let matrix = Matrix {
                    values: &many,
                    rule: Some(30),
                };
                matrix.render(&mut buffer, area, Theme::new(Colours::True));
            }
        }
    }
}
