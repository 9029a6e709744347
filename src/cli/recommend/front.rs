//! The Pareto front of accuracy against seconds, in braille dots.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::report::recommend::letters;
use crate::run::ChartSymbols;
use crate::study::recommend::RecommendOutcome;
use crate::tui::theme::{Colours, Theme};
use crate::tui::widgets::front::{Names, draw, unit};

/// Columns and rows of the picture.
const SIZE: [u16; 2] = [72, 14];

/// The picture as lines of text, with its legend.
pub(super) fn drawn(outcome: &RecommendOutcome) -> String {
    let (unit, _) = unit(outcome);
    let names = outcome.networks().zip(letters());
    let names: Vec<String> = names
        .map(|(one, letter)| format!("{letter} {}", one.network.conv_depth))
        .collect();
    let area = Rect::new(0, 0, SIZE[0], SIZE[1]);
    let mut buffer = Buffer::empty(area);
    let theme = Theme::new(Colours::None);
    let symbols = ChartSymbols::default();
    draw(&mut buffer, area, outcome, Names::Letters, symbols, theme);
    let mut lines = vec![format!(
        "accuracy on the hold-out, %, against training time of a seed, {unit}"
    )];
    lines.extend(area.rows().map(|row| {
        let line: String = row
            .columns()
            .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
            .collect();
        line.trim_end().to_owned()
    }));
    lines.push(format!(
        "{} convolutions; dotted: the Pareto front",
        names.join(", ")
    ));
    lines.join("\n")
}
