//! What a recommendation found, gathered from its runs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::holdout::{chosen_on, trained};
use super::finding::{finding, why_undecided};
use super::{Design, NamedDepth, RoundOutcome, Schedule};
use crate::depth::Rule;
use crate::evidence::{
    AgainstDeepest, Baselines, Estimate, Margin, TestSet, Trials, Verdict, depth_set, mean_interval,
};
use crate::network::{NetworkSummary, Rivals};
use crate::run::{RunData, Settings};
use crate::training::Role;

/// A network of the final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedNetwork {
    /// The network.
    #[serde(flatten)]
    pub network: NetworkSummary,
    /// Accuracy on the hold-out over the seeds trained to the end.
    pub accuracy: Option<Estimate>,
    /// Mean training seconds of a seed; of a finalist, those of the deepest network less the time saved beside it, so that drift
    /// of the machine from run to run is in none of them.
    pub seconds: Option<f64>,
}

/// A depth that was trained over all seeds beside the deepest network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finalist {
    /// The network.
    #[serde(flatten)]
    pub trained: TrainedNetwork,
    /// Against the deepest network of the same run, on the hold-out.
    pub against_deepest: AgainstDeepest,
    /// `1 - T / T_deepest`, in interleaved epochs.
    pub time_saved: Option<Estimate>,
    /// Seeds of which a network diverged.
    pub broken_seeds: Vec<u64>,
    /// Its run.
    pub run: PathBuf,
}

/// The recommended depth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommended {
    /// Convolutions.
    pub conv_depth: usize,
    /// Width of every stage.
    pub widths: Vec<usize>,
    /// Least and greatest depth of the 95 % set.
    pub set: [usize; 2],
    /// Test accuracy minus that of the deepest network; null of the deepest itself.
    pub accuracy_difference: Option<Estimate>,
    /// `1 - T / T_deepest`; null of the deepest itself.
    pub time_saved: Option<Estimate>,
    /// The confirmation on the test images; null of the deepest itself.
    pub test: Option<Verdict>,
}

/// A network that no other one of the final beats in both accuracy and seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontPoint {
    /// Convolutions.
    pub conv_depth: usize,
    /// Width of every stage.
    pub widths: Vec<usize>,
    /// Mean accuracy on the hold-out.
    pub accuracy: f64,
    /// Mean training seconds of a seed.
    pub seconds: f64,
}

/// Seconds as priced and as spent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecommendPrice {
    /// The budget.
    pub budget_seconds: f64,
    /// The price before it began.
    pub estimated_seconds: f64,
    /// What it took.
    pub spent_seconds: f64,
}

/// What a recommendation found; what `recommend --json` prints and `recommend.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecommendOutcome {
    /// Version of the program.
    pub version: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The dataset.
    pub dataset: String,
    /// The architecture.
    pub architecture: String,
    /// The recommended depth; null where none is shown.
    pub recommended: Option<Recommended>,
    /// The 95 % set, rising; empty where no verdict is possible.
    pub set: Vec<usize>,
    /// The shallowest finalist whose mean loss is less than the margin, or the deepest: an estimate.
    pub estimate: Option<usize>,
    /// Why no depth is recommended, and what would show one; null where one is.
    pub undecided: Option<String>,
    /// The cap, in the reading's unit.
    pub cap: usize,
    /// The reading of the cap.
    pub reading: Rule,
    /// Depths without entropy.
    pub rivals: Rivals,
    /// Every rule's depth.
    pub rules: Vec<NamedDepth>,
    /// Priced and spent.
    pub price: RecommendPrice,
    /// The Pareto front of accuracy against seconds, by rising seconds.
    pub front: Vec<FrontPoint>,
    /// The deepest network, over the final.
    pub deepest: TrainedNetwork,
    /// The finalists, by rising depth.
    pub finalists: Vec<Finalist>,
    /// The rounds of halving.
    pub rounds: Vec<RoundOutcome>,
    /// What was planned.
    pub schedule: Schedule,
    /// The declared margin.
    pub margin: Margin,
    /// Share of the training images that was held out.
    pub holdout: Option<f64>,
    /// The images that chose.
    pub holdout_set: Option<TestSet>,
    /// The device in words.
    pub device: String,
    /// SHA-256 of the data.
    pub data_fingerprint: String,
    /// The answer, in words.
    pub finding: String,
    /// All settings as resolved.
    pub settings: Settings,
}

/// The run of one finalist, as evidence takes it.
struct Compared<'a> {
    run: &'a RunData,
    network: &'a NetworkSummary,
    /// Accuracy and seconds of the deepest network and of the finalist for each seed.
    trained: [Vec<Option<[f64; 2]>>; 2],
    /// The seeds of which both are trained to the end.
    seeds: Vec<u64>,
    deepest: Vec<f64>,
    differences: Vec<f64>,
    broken: Vec<u64>,
    test: Option<TestSet>,
}

impl<'a> Compared<'a> {
    fn of(run: &'a RunData, seeds: &[u64]) -> Self {
        let trained = Role::BOTH.map(|role| trained(run, role, seeds));
        let mut found = Self {
            run,
            network: run.plan.capped.as_ref().unwrap_or(&run.plan.baseline),
            trained: trained.clone(),
            seeds: Vec::new(),
            deepest: Vec::new(),
            differences: Vec::new(),
            broken: Vec::new(),
            test: chosen_on(run),
        };
        let [base, other] = trained;
        for ((&seed, base), other) in seeds.iter().zip(base).zip(other) {
            if let Some(([base, _], [other, _])) = base.zip(other) {
                found.seeds.push(seed);
                found.deepest.push(base);
                found.differences.push(other - base);
            } else {
                found.broken.push(seed);
            }
        }
        found
    }

    /// Accuracies (0) or seconds (1) over the seeds of which a network is trained to the end.
    fn values(&self, role: Role, which: usize) -> Vec<f64> {
        let found = self.trained[role as usize].iter().flatten();
        found.map(|one| one[which]).collect()
    }

    fn finalist(&self, against: &AgainstDeepest, deepest_seconds: Option<f64>) -> Finalist {
        let summary = self.run.summary.as_ref();
        let time_saved = summary.and_then(|summary| summary.time_saved);
        let both = deepest_seconds.zip(time_saved);
        Finalist {
            trained: TrainedNetwork {
                network: self.network.clone(),
                accuracy: mean_interval(&self.values(Role::Capped, 0)),
                seconds: both.map(|(seconds, saved)| seconds * (1.0 - saved.mean)),
            },
            against_deepest: against.clone(),
            time_saved,
            broken_seeds: self.broken.clone(),
            run: self.run.path.clone(),
        }
    }

    fn trials(&self) -> Trials<'_> {
        Trials {
            differences: &self.differences,
            broken: &self.broken,
            baselines: self.test.map(|test| Baselines {
                seeds: &self.seeds,
                accuracies: &self.deepest,
                test,
            }),
            ..Trials::default()
        }
    }
}

/// Gathers a recommendation from its rounds and from the runs of its final, by rising depth; none without a run.
pub(super) fn outcome(
    design: &Design,
    folder: &Path,
    rounds: Vec<RoundOutcome>,
    runs: &[RunData],
    spent_seconds: f64,
) -> Option<RecommendOutcome> {
    let first = runs.first()?;
    let settings = &design.settings;
    let seeds = &design.schedule.seeds;
    let compared = runs.iter().map(|run| Compared::of(run, seeds));
    let compared: Vec<Compared> = compared.collect();
    let trials: Vec<(usize, Trials)> = compared
        .iter()
        .map(|one| (one.network.conv_depth, one.trials()))
        .collect();
    let found = depth_set(&trials, design.deepest, settings.margin);
    let of_deepest = |which: usize| {
        compared
            .iter()
            .map(move |one| one.values(Role::Baseline, which))
    };
    let accuracies = of_deepest(0).next().unwrap_or_default();
    let seconds: Vec<f64> = of_deepest(1).flatten().collect();
    let deepest = TrainedNetwork {
        network: first.plan.baseline.clone(),
        accuracy: mean_interval(&accuracies),
        seconds: mean_interval(&seconds).map(|it| it.mean),
    };
    let finalists: Vec<Finalist> = compared
        .iter()
        .zip(&found.against)
        .map(|(one, against)| one.finalist(against, deepest.seconds))
        .collect();
    let margin = settings.margin.beside(&accuracies);
    let mut outcome = RecommendOutcome {
        version: design.version.clone(),
        folder: folder.to_owned(),
        dataset: settings.dataset.clone(),
        architecture: settings.architecture.to_string(),
        recommended: found
            .shown
            .map(|depth| recommended(depth, &found.set, &compared, &deepest.network)),
        estimate: estimate(&finalists, margin, design.deepest),
        set: found.set,
        undecided: None,
        cap: first.analysis.of(&settings.reading).cap,
        reading: settings.reading.clone(),
        rivals: Rivals::of(&first.plan.baseline_spec),
        rules: design.rules.clone(),
        price: RecommendPrice {
            budget_seconds: design.budget.seconds(),
            estimated_seconds: design.estimated_seconds,
            spent_seconds,
        },
        front: front(&deepest, &finalists),
        deepest,
        finalists,
        rounds,
        schedule: design.schedule.clone(),
        margin: settings.margin,
        holdout: settings.recipe.holdout,
        holdout_set: chosen_on(first),
        device: first.manifest.device.clone(),
        data_fingerprint: first.manifest.data_fingerprint.clone(),
        finding: String::new(),
        settings: settings.clone(),
    };
    if outcome.recommended.is_none() {
        let mut all = compared.iter().filter_map(|one| one.trials().baselines);
        let obstacle = all.find_map(|baselines| baselines.obstacle());
        outcome.undecided = Some(why_undecided(&outcome, design, obstacle));
    }
    outcome.finding = finding(&outcome);
    Some(outcome)
}

/// The recommended depth, with its confirmation where it is not the deepest.
fn recommended(
    depth: usize,
    set: &[usize],
    compared: &[Compared],
    deepest: &NetworkSummary,
) -> Recommended {
    let finalist = compared.iter().find(|one| one.network.conv_depth == depth);
    let summary = finalist.and_then(|one| one.run.summary.as_ref());
    let test = summary.map(|summary| summary.verdict.clone());
    let ends = [set.first(), set.last()];
    Recommended {
        conv_depth: depth,
        widths: finalist.map_or(deepest, |one| one.network).widths.clone(),
        set: ends.map(|end| end.copied().unwrap_or(depth)),
        accuracy_difference: test.as_ref().and_then(|verdict| {
            Some(Estimate {
                interval: verdict.deciding_interval(),
                ..verdict.difference?
            })
        }),
        time_saved: summary.and_then(|summary| summary.time_saved),
        test,
    }
}

/// The shallowest finalist whose mean loss is less than the margin, or the deepest; none where none has a difference.
fn estimate(finalists: &[Finalist], margin: f64, deepest: usize) -> Option<usize> {
    let known = finalists.iter().filter_map(|one| {
        let difference = one.against_deepest.difference?;
        Some((one.trained.network.conv_depth, difference.mean))
    });
    let known: Vec<(usize, f64)> = known.collect();
    known.first()?;
    let within = known.iter().find(|(_, mean)| *mean > -margin);
    Some(within.map_or(deepest, |(depth, _)| *depth))
}

/// The networks of the final that no other one beats in accuracy and seconds, by rising seconds.
fn front(deepest: &TrainedNetwork, finalists: &[Finalist]) -> Vec<FrontPoint> {
    let trained = finalists.iter().map(|one| &one.trained);
    let mut points: Vec<FrontPoint> = trained
        .chain([deepest])
        .filter_map(|one| {
            Some(FrontPoint {
                conv_depth: one.network.conv_depth,
                widths: one.network.widths.clone(),
                accuracy: one.accuracy?.mean,
                seconds: one.seconds?,
            })
        })
        .collect();
    points.sort_by(|a, b| {
        let by_accuracy = b.accuracy.total_cmp(&a.accuracy);
        a.seconds.total_cmp(&b.seconds).then(by_accuracy)
    });
    let mut best = f64::NEG_INFINITY;
    points.retain(|point| {
        let better = point.accuracy > best;
        best = best.max(point.accuracy);
        better
    });
    points
}

impl RecommendOutcome {
    /// Every network of the final, by rising depth.
    pub fn networks(&self) -> impl Iterator<Item = &TrainedNetwork> {
        let finalists = self.finalists.iter().map(|one| &one.trained);
        finalists.chain([&self.deepest])
    }

    /// Whether a network is on the Pareto front.
    #[must_use]
    pub fn is_on_front(&self, network: &TrainedNetwork) -> bool {
        let depth = network.network.conv_depth;
        self.front.iter().any(|point| point.conv_depth == depth)
    }

    /// The depth by the rule of this name, in convolutions.
    #[must_use]
    pub fn depth_by(&self, name: &str) -> Option<usize> {
        let rule = self.rules.iter().find(|rule| rule.name == name)?;
        Some(rule.at.conv_depth)
    }
}
