//! What a grid found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::sweep;
use super::cell::{CellOutcome, CellState, PAPER, Place};
use super::findings::correct;
use super::interactions::{GridInteraction, interactions};
use super::ranking::{Friedmans, rank};
use crate::evidence::probe::Measure;
use crate::evidence::{VerdictOutcome as Judged, holm_in_both_directions};
use crate::format::{fixed, number_of};
use crate::run::{Price, Summary};

/// What a grid found; what `grid.json` holds and `--json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridOutcome {
    /// Version of the program.
    pub version: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its cells.
    pub cells: Vec<CellOutcome>,
    /// Cells that Holm's correction of the verdicts counts: all that are planned, those that failed or are
    /// unfinished with a p-value of 1; 0 in older grids.
    #[serde(default)]
    pub tests: usize,
    /// Rows of the probes that Holm's correction counts, likewise.
    #[serde(default)]
    pub probe_tests: usize,
    /// Whether depth helps more where entropy is higher: pairs of networks trained under two transforms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<GridInteraction>,
    /// Interactions that Holm's correction counts, likewise.
    #[serde(default)]
    pub interaction_tests: usize,
    /// The networks ranked over datasets; null where that cannot be.
    pub friedman: Option<Friedmans>,
    /// Why they are not ranked.
    pub not_ranked: Option<String>,
    /// What all this says, in a sentence or two.
    pub finding: String,
    /// Its sweeps that are finished.
    pub sweeps: Vec<sweep::SweepOutcome>,
    /// Its sweeps that are not.
    pub sweeps_left: usize,
    /// What every sweep costs; absent where it was not asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep_prices: Vec<sweep::SweepPrice>,
    /// What is left to pay for all cells and sweeps; absent where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

impl GridOutcome {
    /// Cells that are trained to their end.
    pub fn finished(&self) -> impl Iterator<Item = (&CellOutcome, &Summary)> {
        self.cells
            .iter()
            .filter_map(|cell| Some((cell, cell.summary.as_ref()?)))
    }

    /// A cell's label: with its reading or depth where the grid has several.
    #[must_use]
    pub fn label(&self, cell: &CellOutcome) -> String {
        let name = format!("{} · {}", cell.images(), cell.architecture);
        let is_alike = |other: &CellOutcome| match (other.depth, cell.depth) {
            (None, None) => other.reading == cell.reading,
            (depth, ours) => depth == ours,
        };
        if self.cells.iter().all(is_alike) {
            name
        } else {
            format!("{name} · {}", cell.cap_by())
        }
    }

    /// What is left to do, one clause; none where nothing is.
    #[must_use]
    pub fn left(&self) -> Option<String> {
        let mut left = Left {
            sweeps: self.sweeps_left,
            ..Left::default()
        };
        for cell in &self.cells {
            left.count(&cell.state, cell.summary.is_some());
        }
        left.in_words()
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.sweeps_left == 0 && self.cells.iter().all(|cell| cell.state.is_done())
    }
}

/// What is left to do of a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Cells that are not trained.
    pub(super) untrained: usize,
    /// Trained cells that are not probed.
    pub(super) unprobed: usize,
    /// Sweeps.
    pub(super) sweeps: usize,
}

impl Left {
    /// Counts a cell by its state, and by whether it has a summary.
    pub(super) fn count(&mut self, state: &CellState, has_summary: bool) {
        self.untrained += usize::from(state.is_planned() && !has_summary);
        self.unprobed += usize::from(*state == CellState::Unprobed);
    }

    /// In one clause; none where nothing is left.
    pub(super) fn in_words(self) -> Option<String> {
        let parts: Vec<String> = [
            (
                self.untrained,
                "cell is not trained",
                "cells are not trained",
            ),
            (
                self.unprobed,
                "trained cell is not probed",
                "trained cells are not probed",
            ),
            (
                self.sweeps,
                "sweep is not finished",
                "sweeps are not finished",
            ),
        ]
        .into_iter()
        .filter(|&(count, ..)| count > 0)
        .map(|(count, one, several)| number_of(count, one, several))
        .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Judges the cells of a grid together, in both directions: what is shown must survive Holm's correction
/// over all planned cells. A cell that failed, is not trained yet or whose baseline has not learned counts
/// with a p-value of 1, so that no verdict is taken back while the grid fills. The rows of the probes are
/// corrected together in the same way, and so are the interactions; `probe` says whether cells that are not probed yet
/// will be.
#[must_use]
pub fn conclude(
    folder: PathBuf,
    mut cells: Vec<CellOutcome>,
    probe: bool,
    sweeps: Vec<sweep::SweepOutcome>,
    sweeps_left: usize,
) -> GridOutcome {
    let planned: Vec<usize> = (0..cells.len())
        .filter(|&at| cells[at].is_planned())
        .collect();
    let family: Vec<_> = planned.iter().map(|&at| cells[at].p()).collect();
    for (&at, adjusted) in planned.iter().zip(holm_in_both_directions(&family)) {
        let cell = &mut cells[at];
        cell.adjusted_p = adjusted.map(|p| p.non_inferior);
        cell.adjusted_p_inferior = adjusted.map(|p| p.inferior);
        let verdict = cell.summary.as_ref().map(|summary| summary.verdict.outcome);
        cell.outcome = verdict.map(|verdict| adjusted.map_or(verdict, |p| p.leave(verdict)));
    }
    let to_probe = planned
        .iter()
        .filter(|&&at| {
            probe && cells[at].state != CellState::Finished && cells[at].probe.is_empty()
        })
        .count();
    let probe_tests = correct(
        cells.iter_mut().flat_map(|cell| &mut cell.probe),
        to_probe * Measure::ALL.len(),
    );
    let (interactions, interaction_tests) = interactions(&cells);
    let ranked = rank(&cells);
    let mut outcome = GridOutcome {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        folder,
        tests: planned.len(),
        probe_tests,
        interactions,
        interaction_tests,
        cells,
        friedman: None,
        not_ranked: None,
        finding: String::new(),
        sweeps,
        sweeps_left,
        sweep_prices: Vec::new(),
        price: None,
    };
    match ranked {
        Ok(friedman) => outcome.friedman = Some(friedman),
        Err(reason) => outcome.not_ranked = Some(reason),
    }
    outcome.finding = finding(&outcome);
    outcome
}

/// What the finished cells say, in a sentence or two.
fn finding(outcome: &GridOutcome) -> String {
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
    let share = match [least, most].map(|share| fixed(share, 1)) {
        [least, most] if least == most => least,
        [least, most] => format!("{least} to {most}"),
    };
    let cells = judged.len();
    let unlearned = outcome
        .finished()
        .filter(|(_, summary)| summary.verdict.learned == Some(false))
        .count();
    let unlearned = match unlearned {
        0 => String::new(),
        some => format!(" (in {some} of these the baseline has not learned)"),
    };
    format!(
        "Of {cells} trained cell{}, the capped network is non-inferior in {}, inferior in {} and inconclusive in {}{unlearned}, after Holm's correction in both directions over {}. It saved {} % of the training time; {inside} lie{} inside the {:.2} to {:.2} % that the paper claims.",
        if cells == 1 { "" } else { "s" },
        of(Judged::NonInferior),
        of(Judged::Inferior),
        of(Judged::Inconclusive),
        number_of(outcome.tests, "planned cell", "planned cells"),
        share,
        if inside == 1 { "s" } else { "" },
        PAPER[0] * 100.0,
        PAPER[1] * 100.0
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

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
        let outcome = conclude(PathBuf::from("g"), cells, false, Vec::new(), 0);
        let p = |at: usize| outcome.cells[at].p().unwrap();
        let adjusted = |at: usize| outcome.cells[at].adjusted_p.unwrap();
        let least = p(0).non_inferior.min(p(1).non_inferior);
        assert!((adjusted(0).min(adjusted(1)) - 3.0 * least).abs() < 1e-15);
        let worse = outcome.cells[2].adjusted_p_inferior.unwrap();
        assert!((worse - 3.0 * p(2).inferior).abs() < 1e-15);
        assert_eq!(outcome.cells[2].smaller_p(), Some(worse));
        assert_eq!(outcome.tests, 3);
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
        let said = outcome.not_ranked.unwrap();
        assert!(said.contains("at least three networks"), "{said}");
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
        let outcome = conclude(PathBuf::new(), cells.to_vec(), false, Vec::new(), 0);
        assert!(
            outcome
                .cells
                .iter()
                .all(|cell| cell.outcome == Some(Judged::Inconclusive))
        );
    }

    /// The desk's MNIST ResNet-20: -3.12 ± 1.43 points over five seeds is inferior alone (p = 0.0073 by scipy
    /// 1.17.1, `ttest_1samp(differences, -0.01, alternative="less")`) and nothing among nine cells (0.066).
    #[test]
    fn an_inferior_cell_must_survive_the_correction_too() {
        let worse = [-0.0312, -0.0312, -0.0312, -0.047_487, -0.014_913];
        let mut cells = vec![cell("mnist", "resnet-20", &worse, 0.3)];
        let alone = conclude(PathBuf::new(), cells.clone(), false, Vec::new(), 0);
        assert_eq!(alone.cells[0].outcome, Some(Judged::Inferior));
        for name in ["b", "c", "d", "e", "f", "g", "h"] {
            cells.push(cell(
                name,
                "resnet-20",
                &[-0.02, 0.01, -0.015, 0.0, -0.008],
                0.3,
            ));
        }
        let mut failed = cell("i", "resnet-20", &worse, 0.3);
        failed.summary = None;
        failed.fail(CellState::Failed, "the device is gone".to_owned());
        cells.push(failed);
        let outcome = conclude(PathBuf::new(), cells, false, Vec::new(), 0);
        assert_eq!(outcome.tests, 9);
        let first = &outcome.cells[0];
        let p = first.adjusted_p_inferior.unwrap();
        assert!((p - 0.065_96).abs() < 1e-4, "{p}");
        assert_eq!(first.outcome, Some(Judged::Inconclusive));
        assert!(
            outcome.finding.contains("Of 8 trained cells")
                && outcome.finding.contains("over 9 planned cells"),
            "{}",
            outcome.finding
        );
        assert_eq!(outcome.left().unwrap(), "1 cell is not trained");
    }

    /// A cell is either counted or failed, whatever fails after its training.
    #[test]
    fn a_trained_cell_whose_probe_fails_is_no_failed_cell() {
        let mut trained = cell("mnist", "resnet-20", &[0.0, 0.001, -0.001, 0.002, 0.0], 0.3);
        trained.fail(CellState::Failed, "no checkpoint".to_owned());
        assert_eq!(trained.state, CellState::Unprobed);
        let outcome = conclude(PathBuf::new(), vec![trained], true, Vec::new(), 1);
        assert_eq!((outcome.tests, outcome.probe_tests), (1, 3));
        assert_eq!(outcome.cells[0].outcome, Some(Judged::NonInferior));
        assert!(!outcome.is_done());
        assert_eq!(
            outcome.left().unwrap(),
            "1 trained cell is not probed, 1 sweep is not finished"
        );
    }

    /// A baseline that guesses leaves its cell in the family with a p-value of 1.
    #[test]
    fn a_cell_whose_baseline_has_not_learned_says_nothing() {
        let clear = cell("a", "resnet-20", &[0.0, 0.001, -0.001, 0.002, 0.0], 0.3);
        let alone = clear.p().unwrap().non_inferior;
        let mut guesses = cell("b", "resnet-20", &[0.0; 5], 0.3);
        if let Some(summary) = &mut guesses.summary {
            summary.verdict.outcome = Judged::Inconclusive;
            summary.verdict.learned = Some(false);
            summary.verdict.p_values = None;
        }
        let outcome = conclude(PathBuf::new(), vec![clear, guesses], false, Vec::new(), 0);
        assert!((outcome.cells[0].adjusted_p.unwrap() - 2.0 * alone).abs() < 1e-15);
        let [clear, guesses] = [0, 1].map(|at| outcome.cells[at].verdict().unwrap());
        assert_eq!(clear, "non-inferior");
        assert_eq!(guesses, "inconclusive: the baseline has not learned");
        assert!(
            outcome
                .finding
                .contains("in 1 (in 1 of these the baseline has not learned)"),
            "{}",
            outcome.finding
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
        let alone = cells[0].p().unwrap().non_inferior;
        for name in ["b", "c", "d", "e"] {
            let mut waiting = cell(name, "resnet-20", &[0.0; 5], 0.3);
            waiting.state = CellState::Waiting;
            waiting.summary = None;
            cells.push(waiting);
        }
        let outcome = conclude(PathBuf::new(), cells, false, Vec::new(), 0);
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
        let outcome = conclude(PathBuf::new(), cells, false, Vec::new(), 0);
        let ranked = outcome.friedman.unwrap();
        assert_eq!(ranked.datasets, ["a", "b", "c"]);
        assert_eq!(ranked.networks[1], "resnet-20 capped (channel-sum)");
        assert_eq!(ranked.test.ranks.len(), 4);
        assert!(ranked.test.ranks[0] < ranked.test.ranks[1]);
    }
}
