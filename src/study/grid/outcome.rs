//! What a grid found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::{Cell, sweep};
use super::findings::{ProbeFinding, probe_findings, without_past_cap};
use crate::depth::Rule;
use crate::evidence::{
    ALPHA, Estimate, Friedman, Outcome as Judged, friedman, holm, mean_interval,
};
use crate::format::fixed;
use crate::network::{NetworkSummary, Plan};
use crate::run::{Probes, Summary};

/// Shares of training time that the paper claims to save, least and most (Gowdra et al. 2021, abstract).
pub const PAPER: [f64; 2] = [0.2499, 0.7859];

/// How far a cell has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellState {
    /// Nothing of it is there.
    Waiting,
    /// Begun and broken off.
    Begun,
    /// Trained to its end.
    Finished,
    /// Its capped network is that of another cell, which is not trained again.
    SameAs(String),
    /// The baseline is not deeper than the cap.
    NothingToCap,
    /// Its dataset is not there or its architecture does not fit it.
    Missing,
    /// It went wrong.
    Failed,
}

impl CellState {
    /// Whether there is nothing left to do about it.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Finished | Self::SameAs(_) | Self::NothingToCap)
    }

    /// In a few words.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Waiting => "waiting".to_owned(),
            Self::Begun => "begun".to_owned(),
            Self::Finished => "finished".to_owned(),
            Self::SameAs(other) => format!("same as {other}"),
            Self::NothingToCap => "nothing to cap".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Failed => "failed".to_owned(),
        }
    }
}

/// Where a time saved lies against the range that the paper claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Below it.
    Below,
    /// Inside it.
    Inside,
    /// Above it.
    Above,
}

impl Place {
    fn of(saved: f64) -> Self {
        match saved {
            saved if saved < PAPER[0] => Self::Below,
            saved if saved > PAPER[1] => Self::Above,
            _ => Self::Inside,
        }
    }

    /// In one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Below => "below",
            Self::Inside => "inside",
            Self::Above => "above",
        }
    }
}

/// The pair of networks of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Mean image information of the dataset, bits.
    pub entropy: f64,
    /// The cap, in the reading's unit.
    pub cap: usize,
    /// The baseline.
    pub baseline: NetworkSummary,
    /// The capped network; null where there is nothing to cap.
    pub capped: Option<NetworkSummary>,
    /// Multiply-accumulates of forward passes over all training images, epochs and seeds, of both networks.
    pub cost: f64,
}

impl Pair {
    /// The pair of a plan, trained on `images` for `epochs` with `seeds` seeds.
    #[must_use]
    pub fn new(plan: &Plan, entropy: f64, images: usize, epochs: usize, seeds: usize) -> Self {
        let macs = plan.baseline.macs + plan.capped.as_ref().map_or(0, |capped| capped.macs);
        Self {
            entropy,
            cap: plan.cap,
            baseline: plan.baseline.clone(),
            capped: plan.capped.clone(),
            cost: macs as f64 * (images * epochs * seeds) as f64,
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellOutcome {
    /// Name of its folder.
    pub name: String,
    /// The dataset as the grid names it.
    pub dataset: String,
    /// The architecture.
    pub architecture: String,
    /// The reading.
    pub reading: Rule,
    /// Its run directory.
    pub run_dir: PathBuf,
    /// How far it has come.
    pub state: CellState,
    /// Why it is missing or failed, one sentence.
    pub reason: Option<String>,
    /// Its networks; null of a missing dataset.
    pub pair: Option<Pair>,
    /// Its summary; null before it is finished.
    pub summary: Option<Summary>,
    /// Time saved against the paper's range; null before it is finished.
    pub against_paper: Option<Place>,
    /// p-value of non-inferiority (one-sided paired t test), corrected by Holm over the grid's cells;
    /// null of fewer than two seeds.
    pub adjusted_p: Option<f64>,
    /// The verdict after that correction; null before it is finished.
    pub outcome: Option<Judged>,
    /// What the probes of its baselines say; empty where none was probed.
    pub probe: Vec<ProbeFinding>,
    /// Change of the baselines' accuracy without all blocks past the cap, over seeds.
    pub without_past_cap: Option<Estimate>,
}

impl CellOutcome {
    /// A cell of which nothing is known but what it trains.
    #[must_use]
    pub fn waiting(cell: &Cell) -> Self {
        let settings = &cell.settings;
        Self {
            name: cell.name(),
            dataset: settings.dataset.clone(),
            architecture: settings.architecture.to_string(),
            reading: settings.reading,
            run_dir: cell.path.clone(),
            state: CellState::Waiting,
            reason: None,
            pair: None,
            summary: None,
            against_paper: None,
            adjusted_p: None,
            outcome: None,
            probe: Vec::new(),
            without_past_cap: None,
        }
    }

    /// Takes up what the cell's run holds.
    pub fn finish(&mut self, summary: Summary, probes: Option<&Probes>) {
        self.state = CellState::Finished;
        self.reason = None;
        self.against_paper = summary.time_saved.map(|saved| Place::of(saved.mean));
        self.outcome = Some(summary.verdict.outcome);
        self.summary = Some(summary);
        if let Some(probes) = probes {
            self.probe = probe_findings(probes);
            self.without_past_cap = without_past_cap(probes);
        }
    }

    /// Whether it is one of the tests that the grid makes: trained, or still to be trained.
    fn is_tested(&self) -> bool {
        self.p().is_some() || matches!(self.state, CellState::Waiting | CellState::Begun)
    }

    fn p(&self) -> Option<f64> {
        self.summary.as_ref()?.verdict.p_values?.non_inferiority
    }

    /// Mean test accuracy over seeds, of the baseline and of the capped network.
    #[must_use]
    pub fn accuracies(&self) -> Option<[Estimate; 2]> {
        let seeds = &self.summary.as_ref()?.seeds;
        let mean = |of: fn(&crate::run::SeedResult) -> f64| {
            mean_interval(&seeds.iter().map(of).collect::<Vec<_>>())
        };
        Some([
            mean(|seed| seed.baseline.test_accuracy)?,
            mean(|seed| seed.capped.test_accuracy)?,
        ])
    }
}

/// Friedman's test of the networks over datasets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Friedmans {
    /// The networks, in the order of the ranks.
    pub networks: Vec<String>,
    /// The datasets.
    pub datasets: Vec<String>,
    /// The test, with Nemenyi's comparisons.
    pub test: Friedman,
}

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

/// Ranks baselines and capped networks over the datasets of which all are trained: those of the
/// architectures and readings that are trained on the most datasets.
fn rank(cells: &[CellOutcome]) -> Result<Friedmans, String> {
    let mut datasets: Vec<&str> = Vec::new();
    let mut methods: Vec<(&str, Rule)> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.summary.is_some()) {
        if !datasets.contains(&cell.dataset.as_str()) {
            datasets.push(&cell.dataset);
        }
        let method = (cell.architecture.as_str(), cell.reading);
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    let trained_on = |&(architecture, reading): &(&str, Rule)| {
        cells
            .iter()
            .filter(|cell| cell.summary.is_some())
            .filter(|cell| cell.architecture == architecture && cell.reading == reading)
            .count()
    };
    let most = methods.iter().map(trained_on).max().unwrap_or(0);
    methods.retain(|method| trained_on(method) == most);
    let row = |dataset: &str| -> Option<Vec<f64>> {
        let mut row = Vec::new();
        for &(architecture, reading) in &methods {
            let cell = cells.iter().find(|cell| {
                cell.dataset == dataset
                    && cell.architecture == architecture
                    && cell.reading == reading
            })?;
            row.extend(cell.accuracies()?.map(|accuracy| accuracy.mean));
        }
        Some(row)
    };
    let whole: Vec<(&str, Vec<f64>)> = datasets
        .into_iter()
        .filter_map(|dataset| Some((dataset, row(dataset)?)))
        .collect();
    let scores: Vec<Vec<f64>> = whole.iter().map(|(_, row)| row.clone()).collect();
    let columns = methods.len() * 2;
    let test = friedman(&scores).ok_or_else(|| {
        format!(
            "ranks over datasets (Friedman, Nemenyi) need at least two datasets on which the same three networks or more are trained; here {} of {} networks are",
            if whole.len() == 1 { "1 dataset has all".to_owned() } else { format!("{} datasets have all", whole.len()) },
            columns
        )
    })?;
    Ok(Friedmans {
        networks: methods
            .iter()
            .flat_map(|(architecture, reading)| {
                [
                    (*architecture).to_owned(),
                    format!("{architecture} capped ({reading})"),
                ]
            })
            .collect(),
        datasets: whole.iter().map(|(name, _)| (*name).to_owned()).collect(),
        test,
    })
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
                .contains("2 datasets have all of 2")
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
