//! The cells as rows of a table.

use crate::evidence::rounded_p;
use crate::format::{known, percent, percent_interval, points};
use crate::study::grid::{CellOutcome, GridOutcome};

/// Heads of [`table`].
pub const COLUMNS: [&str; 9] = [
    "cell",
    "convolutions",
    "baseline, %",
    "capped, %",
    "difference, points",
    "p (Holm)",
    "verdict",
    "time saved, %",
    "the claim",
];

/// One row for each finished cell, under [`COLUMNS`].
#[must_use]
pub fn table(outcome: &GridOutcome) -> Vec<[String; 9]> {
    outcome
        .cells
        .iter()
        .filter_map(|cell| line(outcome, cell))
        .collect()
}

fn line(outcome: &GridOutcome, cell: &CellOutcome) -> Option<[String; 9]> {
    let summary = cell.summary.as_ref()?;
    let pair = cell.pair.as_ref();
    let broken = summary.broken_seeds.len();
    let accuracy = |role: usize| {
        known(cell.accuracies(), |accuracies| {
            percent(accuracies[role].mean, 2)
        })
    };
    Some([
        outcome.label(cell),
        known(pair, |pair| {
            let capped = known(pair.capped.as_ref(), |capped| capped.conv_depth.to_string());
            format!("{} → {capped}", pair.baseline.conv_depth)
        }),
        accuracy(0),
        accuracy(1),
        known(summary.verdict.difference, |difference| {
            let seeds = if broken == 0 {
                String::new()
            } else {
                format!(" ({broken} diverged)")
            };
            points(difference.mean, difference.interval, 2) + &seeds
        }),
        known(cell.smaller_p(), rounded_p),
        known(cell.verdict(), |verdict| verdict),
        known(summary.time_saved, |saved| {
            percent_interval(saved.mean, saved.interval, 1)
        }),
        known(cell.against_paper, |place| place.name().to_owned()),
    ])
}
