//! The runs of one pair that were trained before, for the screen that is about to train it again.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{Longest, draw_row, placed};
use crate::run::RunListing;
use crate::tui::app::App;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::table::pad;

/// The runs of an architecture on a dataset, the latest first.
pub fn earlier<'a>(app: &'a App, dataset: &str, architecture: &str) -> Vec<&'a RunListing> {
    let runs = app.runs.listings.iter();
    let mut found: Vec<&RunListing> = runs
        .filter(|run| run.dataset == dataset && run.architecture == architecture)
        .collect();
    found.sort_by_key(|run| Reverse(run.created));
    found
}

/// Draws a header and a row for each of `runs`, as far as there are rows for them.
pub fn draw_earlier(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    runs: &[&RunListing],
    theme: Theme,
) {
    let columns = placed(area.width, Longest::of(runs.iter().copied()));
    let mut below = area;
    let head = take(&mut below, 1);
    for placed in &columns {
        let title = pad(
            placed.column.title,
            placed.column.width,
            placed.column.number,
        );
        buffer.set_string(head.x + placed.x, head.y, title, theme.dim());
    }
    for (run, place) in runs.iter().zip(below.rows()) {
        let line = theme.line(false);
        draw_row(
            buffer,
            place,
            &columns,
            run,
            (app.now, &app.zone),
            line,
            theme,
        );
    }
}
