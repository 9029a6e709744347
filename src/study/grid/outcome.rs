//! What a grid found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::sweep;
use super::cell::{CellOutcome, PAPER, Place};
use super::ranking::{Friedmans, rank};
use crate::evidence::{ALPHA, Outcome as Judged, holm};
use crate::format::fixed;
use crate::run::Summary;

/// What a grid found; what `grid.json` holds and `--json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Version of the program.
    pub version: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its cells.
    pub cells: Vec<CellOutcome>,
    /// The networks ranked over datasets; null where that cannot be.
    pub friedman: Option<Friedmans>,
    /// Why they are not ranked.
    pub not_ranked: Option<String>,
    /// What all this says, in a sentence or two.
    pub finding: String,
    /// Its sweeps that are finished.
    pub sweeps: Vec<sweep::Outcome>,
    /// Its sweeps that are not.
    pub sweeps_left: usize,
}

impl Outcome {
    /// Cells that are trained to their end.
    pub fn finished(&self) -> impl Iterator<Item = (&CellOutcome, &Summary)> {
        self.cells
            .iter()
            .filter_map(|cell| Some((cell, cell.summary.as_ref()?)))
    }

    /// A cell for people: its reading is said where the grid has several.
    #[must_use]
    pub fn label(&self, cell: &CellOutcome) -> String {
        let name = format!("{} · {}", cell.dataset, cell.architecture);
        if self.cells.iter().all(|other| other.reading == cell.reading) {
            name
        } else {
            format!("{name} · {}", cell.reading)
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.sweeps_left == 0 && self.cells.iter().all(|cell| cell.state.is_done())
    }
}

/// Judges the cells of a grid together. A cell that is not trained yet counts with a p-value of 1, so that
/// no verdict is taken back while the grid fills.
#[must_use]
pub fn conclude(
    folder: PathBuf,
    mut cells: Vec<CellOutcome>,
    sweeps: Vec<sweep::Outcome>,
    sweeps_left: usize,
) -> Outcome {
    let tested: Vec<(usize, Option<f64>)> = cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.is_tested())
        .map(|(at, cell)| (at, cell.p()))
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|&(_, p)| p.unwrap_or(1.0)).collect();
    for (&(at, p), adjusted) in tested.iter().zip(holm(&p_values)) {
        let cell = &mut cells[at];
        cell.adjusted_p = p.map(|_| adjusted);
        let verdict = cell.summary.as_ref().map(|summary| summary.verdict.outcome);
        cell.outcome = match verdict {
            Some(Judged::NonInferior) if adjusted >= ALPHA => Some(Judged::Inconclusive),
            verdict => verdict,
        };
    }
    let ranked = rank(&cells);
    let mut outcome = Outcome {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        folder,
        cells,
        friedman: None,
        not_ranked: None,
        finding: String::new(),
        sweeps,
        sweeps_left,
    };
    match ranked {
        Ok(friedman) => outcome.friedman = Some(friedman),
        Err(reason) => outcome.not_ranked = Some(reason),
    }
    outcome.finding = finding(&outcome);
    outcome
}

/// What the finished cells say, in a sentence or two.
fn finding(outcome: &Outcome) -> String {
    let judged: Vec<Judged> = outcome
        .finished()
        .filter_map(|(cell, _)| cell.outcome)
        .collect();
    if judged.is_empty() {
        return "No cell is finished yet.".to_owned();
    }
    let of = |wanted: Judged| judged.iter().filter(|&&judged| judged == wanted).count();
    let saved: Vec<f64> = outcome
        .finished()
        .filter_map(|(_, summary)| Some(summary.time_saved?.mean * 100.0))
        .collect();
    let [least, most] = saved.iter().fold(
        [f64::INFINITY, f64::NEG_INFINITY],
        |[least, most], &saved| [least.min(saved), most.max(saved)],
    );
    let inside = outcome
        .cells
        .iter()
        .filter(|cell| cell.against_paper == Some(Place::Inside))
        .count();
    let cells = judged.len();
    format!(
        "Of {cells} cell{}, the capped network is non-inferior in {}, inferior in {} and neither can be said in {}, after Holm's correction over all of them. It saved {} to {} % of the training time; {inside} lie{} inside the {:.2} to {:.2} % that the paper claims.",
        if cells == 1 { "" } else { "s" },
        of(Judged::NonInferior),
        of(Judged::Inferior),
        of(Judged::Inconclusive),
        fixed(least, 1),
        fixed(most, 1),
        if inside == 1 { "s" } else { "" },
        PAPER[0] * 100.0,
        PAPER[1] * 100.0
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::CellState;
    use super::super::fixture::cell;
    use super::*;

    #[test]
    fn a_verdict_must_survive_the_correction() {
        let seeds = [0.001, 0.002, 0.0, -0.001, 0.003];
        let close = [-0.004, -0.006, -0.0045, -0.0055, -0.005];
        let clear = cell("glyphs", "resnet-20", &seeds, 0.3);
        let cells = vec![
            clear.clone(),
            cell("mnist", "resnet-20", &close, 0.1),
            cell(
                "glyphs",
                "densenet-22",
                &[-0.05, -0.06, -0.055, -0.052, -0.058],
                0.9,
            ),
        ];
        let outcome = conclude(PathBuf::from("g"), cells, Vec::new(), 0);
        let p = |at: usize| outcome.cells[at].p().unwrap();
        let adjusted = |at: usize| outcome.cells[at].adjusted_p.unwrap();
        assert!((adjusted(0).min(adjusted(1)) - 3.0 * p(0).min(p(1))).abs() < 1e-15);
        assert!(adjusted(2) >= p(2));
        assert_eq!(outcome.cells[0].outcome, Some(Judged::NonInferior));
        assert_eq!(outcome.cells[2].outcome, Some(Judged::Inferior));
        let places: Vec<_> = outcome
            .cells
            .iter()
            .map(|cell| cell.against_paper)
            .collect();
        assert_eq!(
            places,
            [Some(Place::Inside), Some(Place::Below), Some(Place::Above)]
        );
        assert!(
            outcome.finding.contains("non-inferior in 2, inferior in 1"),
            "{}",
            outcome.finding
        );
        assert!(
            outcome.finding.contains("saved 10.0 to 90.0 %; ")
                || outcome.finding.contains("10.0 to 90.0 %")
        );
        assert!(outcome.friedman.is_none());
        assert!(
            outcome
                .not_ranked
                .unwrap()
                .contains("2 datasets have trained all 2 networks")
        );
    }

    /// A p-value of 0.01 alone is a verdict; among five such tests it is none.
    #[test]
    fn many_weak_cells_are_not_claimed() {
        let weak = [-0.001, -0.010, 0.004, -0.004, -0.002];
        let one = cell("a", "resnet-20", &weak, 0.3);
        assert_eq!(
            one.summary.as_ref().unwrap().verdict.outcome,
            Judged::NonInferior
        );
        let cells = ["a", "b", "c", "d", "e"].map(|name| cell(name, "resnet-20", &weak, 0.3));
        let outcome = conclude(PathBuf::new(), cells.to_vec(), Vec::new(), 0);
        assert!(
            outcome
                .cells
                .iter()
                .all(|cell| cell.outcome == Some(Judged::Inconclusive))
        );
    }

    /// Alone a clear cell is a verdict; beside four that are still to be trained its p counts five times.
    #[test]
    fn cells_that_wait_are_tests_too() {
        let mut cells = vec![cell(
            "a",
            "resnet-20",
            &[0.0, 0.001, -0.001, 0.002, 0.0],
            0.3,
        )];
        let alone = cells[0].p().unwrap();
        for name in ["b", "c", "d", "e"] {
            let mut waiting = cell(name, "resnet-20", &[0.0; 5], 0.3);
            waiting.state = CellState::Waiting;
            waiting.summary = None;
            cells.push(waiting);
        }
        let outcome = conclude(PathBuf::new(), cells, Vec::new(), 0);
        let adjusted = outcome.cells[0].adjusted_p.unwrap();
        assert!((adjusted - 5.0 * alone).abs() < 1e-15);
        assert_eq!(outcome.cells[1].adjusted_p, None);
    }

    #[test]
    fn networks_are_ranked_over_datasets_where_they_are_the_same() {
        let mut cells = Vec::new();
        for dataset in ["a", "b", "c"] {
            for architecture in ["resnet-20", "densenet-22"] {
                cells.push(cell(
                    dataset,
                    architecture,
                    &[-0.01, -0.02, -0.01, -0.02, -0.015],
                    0.3,
                ));
            }
        }
        cells.push(cell("d", "resnet-32", &[0.0, 0.01], 0.3));
        let outcome = conclude(PathBuf::new(), cells, Vec::new(), 0);
        let ranked = outcome.friedman.unwrap();
        assert_eq!(ranked.datasets, ["a", "b", "c"]);
        assert_eq!(ranked.networks[1], "resnet-20 capped (channel-sum)");
        assert_eq!(ranked.test.ranks.len(), 4);
        assert!(ranked.test.ranks[0] < ranked.test.ranks[1]);
    }
}
