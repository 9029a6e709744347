//! Parts of a page in Markdown: figures and rows of tables.

use super::escape::markdown_cell;
use super::plots::Figure;

/// The file of sample images beside the report.
pub(super) const SAMPLES: &str = "samples.png";

pub(super) fn figure(figure: Figure, words: &str) -> String {
    format!("![{words}]({}.svg)", figure.name())
}

/// A row of a table, whose cells are text.
pub(super) fn row<const N: usize>(cells: [&str; N]) -> String {
    marked_row(&cells.map(markdown_cell))
}

/// A row of a table, whose cells are Markdown.
pub(super) fn marked_row<const N: usize>(cells: &[String; N]) -> String {
    format!("| {} |", cells.join(" | "))
}
