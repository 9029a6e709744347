//! What one cell of a grid found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::Cell;
use super::super::cell::comparable;
use super::findings::{ProbeFinding, probe_findings, without_past_cap};
use crate::depth::Rule;
use crate::evidence::{BothDirections, Estimate, VerdictOutcome, in_words, mean_interval};
use crate::network::{NetworkSummary, Plan};
use crate::run::{Price, ProbeClaims, Settings, Summary};

/// Shares of training time that the paper claims to save, least and most (Gowdra et al. 2021, abstract).
pub const PAPER: [f64; 2] = [0.2499, 0.7859];

/// How far a cell has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellState {
    /// Not begun.
    Waiting,
    /// Begun and not finished.
    Begun,
    /// Trained to its end.
    Finished,
    /// Trained to its end, and its networks are not probed although the grid asks for it.
    Unprobed,
    /// Its capped network is that of another cell, which is not trained again.
    SameAs(String),
    /// The baseline is not deeper than the cap.
    NothingToCap,
    /// Its dataset is not there or its architecture does not fit it.
    Missing,
    /// It failed.
    Failed,
}

impl CellState {
    /// Whether there is nothing left to do about it.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Finished | Self::SameAs(_) | Self::NothingToCap)
    }

    /// Whether there is something left to train or to probe.
    #[must_use]
    pub const fn is_left(&self) -> bool {
        matches!(self, Self::Waiting | Self::Begun | Self::Unprobed)
    }

    /// Whether a cell in this state is one of the tests that the grid plans.
    pub(super) const fn is_planned(&self) -> bool {
        !matches!(self, Self::SameAs(_) | Self::NothingToCap)
    }

    /// In a few words.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Waiting => "waiting".to_owned(),
            Self::Begun => "begun".to_owned(),
            Self::Finished => "finished".to_owned(),
            Self::Unprobed => "trained, not probed".to_owned(),
            Self::SameAs(other) => format!("same as {other}"),
            Self::NothingToCap => "nothing to cap".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Failed => "failed".to_owned(),
        }
    }
}

/// Where a time saved is, compared with the range that the paper claims.
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
    /// The transforms of its images, in their order.
    #[serde(default)]
    pub transform: Vec<String>,
    /// The architecture.
    pub architecture: String,
    /// The reading.
    pub reading: Rule,
    /// Convolutions of the capped network, where the grid names them in place of a reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Its settings without what differs between the cells of a grid; none of a cell that was read from a file.
    #[serde(skip)]
    pub(super) beside: Option<Box<Settings>>,
    /// Its run directory.
    pub run_dir: PathBuf,
    /// How far it has come.
    pub state: CellState,
    /// Why it is missing or failed, or why it is not probed, one sentence.
    pub reason: Option<String>,
    /// Its networks; null of a missing dataset.
    pub pair: Option<Pair>,
    /// What is left to pay for it; absent where it was not asked for or nothing is left to train.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Its summary; null before it is finished.
    pub summary: Option<Summary>,
    /// Time saved against the paper's range; null before it is finished.
    pub against_paper: Option<Place>,
    /// p-value of non-inferiority (one-sided paired t test), corrected by Holm over the grid's planned cells;
    /// null of fewer than two seeds and where the baseline has not learned.
    pub adjusted_p: Option<f64>,
    /// p-value of a loss above the margin, likewise; null in older grids.
    #[serde(default)]
    pub adjusted_p_inferior: Option<f64>,
    /// The verdict after that correction in both directions; null before it is finished.
    pub outcome: Option<VerdictOutcome>,
    /// What the probes of its baselines say; empty where none was probed.
    pub probe: Vec<ProbeFinding>,
    /// Change of the baselines' accuracy without all blocks past the cap, over seeds.
    pub without_past_cap: Option<Estimate>,
}

impl CellOutcome {
    /// Shows the capped network that was trained, whose widths timed steps may have given.
    pub(super) fn trained(&mut self, plan: &Plan) {
        if let Some(pair) = &mut self.pair {
            pair.capped.clone_from(&plan.capped);
        }
    }

    /// A cell of which nothing is known but what it trains.
    #[must_use]
    pub fn waiting(cell: &Cell) -> Self {
        let settings = &cell.settings;
        Self {
            name: cell.name(),
            dataset: settings.dataset.clone(),
            transform: settings.transform.iter().map(ToString::to_string).collect(),
            architecture: settings.architecture.to_string(),
            reading: settings.reading.clone(),
            depth: settings.depth,
            beside: Some(Box::new(Settings {
                transform: Vec::new(),
                reading: Rule::default(),
                depth: None,
                ..comparable(settings)
            })),
            run_dir: cell.path.clone(),
            state: CellState::Waiting,
            reason: None,
            pair: None,
            price: None,
            summary: None,
            against_paper: None,
            adjusted_p: None,
            adjusted_p_inferior: None,
            outcome: None,
            probe: Vec::new(),
            without_past_cap: None,
        }
    }

    /// The dataset with its transforms: `mnist (bits=3)`.
    #[must_use]
    pub fn images(&self) -> String {
        if self.transform.is_empty() {
            self.dataset.clone()
        } else {
            format!("{} ({})", self.dataset, self.transform.join(", "))
        }
    }

    /// What gives the depth of its capped network: the reading, or `depth 13`.
    #[must_use]
    pub fn cap_by(&self) -> String {
        match self.depth {
            Some(depth) => format!("depth {depth}"),
            None => self.reading.to_string(),
        }
    }

    /// A cap of it with what it counts: `cap 8 blocks`, or `depth 13` of one whose depth the grid names.
    #[must_use]
    pub fn cap_in_words(&self, cap: usize) -> String {
        match self.depth {
            Some(depth) => format!("depth {depth}"),
            None => format!("cap {}", self.reading.counted(cap)),
        }
    }

    /// Takes up what the cell's run holds; `whole` says that nothing of it is left to probe.
    pub fn finish(&mut self, summary: Summary, claims: Option<&ProbeClaims>, whole: bool) {
        self.state = if whole {
            CellState::Finished
        } else {
            CellState::Unprobed
        };
        self.reason = None;
        self.against_paper = summary.time_saved.map(|saved| Place::of(saved.mean));
        self.outcome = Some(summary.verdict.outcome);
        self.summary = Some(summary);
        if let Some(claims) = claims {
            self.probe = probe_findings(claims);
            self.without_past_cap = without_past_cap(claims);
        }
    }

    /// Notes what went wrong. A cell that is trained to its end stays so, whatever fails later.
    pub fn fail(&mut self, state: CellState, reason: String) {
        self.state = if self.summary.is_some() {
            CellState::Unprobed
        } else {
            state
        };
        self.reason = Some(reason);
    }

    /// Whether it is one of the tests that the grid plans: all but those without a pair that no other cell trains.
    /// One that failed or is unfinished stays a test.
    #[must_use]
    pub const fn is_planned(&self) -> bool {
        self.state.is_planned()
    }

    /// Its p-values; none before it is finished, of fewer than two seeds, and where the baseline has not learned.
    #[must_use]
    pub fn p(&self) -> Option<BothDirections> {
        let p = self.summary.as_ref()?.verdict.p_values?.non_inferiority?;
        Some(BothDirections::of(p))
    }

    /// Its corrected p-value in the direction that is nearer to being shown.
    #[must_use]
    pub fn smaller_p(&self) -> Option<f64> {
        let p = self.adjusted_p?;
        Some(self.adjusted_p_inferior.map_or(p, |other| other.min(p)))
    }

    /// The corrected verdict in words; none before it is finished.
    #[must_use]
    pub fn verdict(&self) -> Option<String> {
        let learned = self.summary.as_ref()?.verdict.learned;
        self.outcome.map(|outcome| in_words(outcome, learned))
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
