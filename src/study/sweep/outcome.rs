//! What a sweep showed, gathered from its runs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::holdout::{chosen_on, of_images, trained};
use super::finding::{finding, on_variant};
use super::{CapAt, Design, WrongCapAt};
use crate::depth::Rule;
use crate::evidence::{
    Agreement, Baselines, DepthResult, Estimate, Margin, Need, Placement, Sample, Saturation,
    Trials, Verdict, agreement, judge, mean_interval, saturation,
};
use crate::network::{Measured, NetworkSummary, RivalDepth, Rivals, Width};
use crate::run::{RunData, Settings};
use crate::training::Role;

/// Timed steps of one depth against the deepest network, taking turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTimes {
    /// Convolutions.
    pub depth: usize,
    /// At constant width; the deepest network is the measurement's baseline.
    pub same: Measured,
    /// At constant MACs.
    pub iso_macs: Measured,
}

/// One depth of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The network.
    pub network: NetworkSummary,
    /// Accuracy, and how it stands against the deepest.
    #[serde(flatten)]
    pub result: DepthResult,
    /// Accuracy of each seed of the sweep; null where the network diverged.
    pub accuracies: Vec<Option<f64>>,
    /// Training seconds over the seeds trained to the end: those of different depths are not interleaved.
    pub train_seconds: Option<Estimate>,
}

/// Where the depth of a rule without entropy fell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RivalAt {
    /// The rule.
    pub name: String,
    /// Convolutions by the rule, and those of the deepest network cut to it.
    #[serde(flatten)]
    pub at: RivalDepth,
    /// Where it fell against the interval of the depth needed.
    pub placement: Placement,
}

/// Accuracy over depth in one width mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// `same`, constant width, or `iso-macs`.
    pub width: Width,
    /// Every depth, the shallowest first; the deepest is the same network in both modes.
    pub points: Vec<CurvePoint>,
    /// The smallest depth shown to be non-inferior to the deepest, see [`Saturation`].
    pub non_inferior_from: Option<usize>,
    /// The depth needed, as estimated.
    pub needed: Option<usize>,
    /// Its 95 % interval over seeds.
    pub needed_interval: Option<[usize; 2]>,
    /// Why no verdict is given; null where one is.
    pub inconclusive: Option<String>,
    /// Where the cap fell against that interval.
    pub cap: Placement,
    /// Where the wrong cap fell.
    pub wrong_cap: Placement,
    /// The depths by rules without entropy; empty in older sweeps.
    #[serde(default)]
    pub rivals: Vec<RivalAt>,
}

/// The capped network of the ordinary rule, trained beside the deepest network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleNetwork {
    /// The network.
    pub network: NetworkSummary,
    /// Its accuracy over seeds.
    pub accuracy: Option<Estimate>,
    /// Its training seconds over seeds.
    pub train_seconds: Option<Estimate>,
    /// `1 - T / T_deepest`, in interleaved epochs.
    pub time_saved: Option<Estimate>,
    /// Against the deepest network.
    pub verdict: Verdict,
}

/// What a sweep showed on one dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantOutcome {
    /// The dataset.
    pub dataset: String,
    /// Mean image information in bits.
    pub entropy: f64,
    /// Its cap.
    pub cap: CapAt,
    /// The cap of other data.
    pub wrong_cap: WrongCapAt,
    /// Constant width, then constant MACs.
    pub curves: Vec<Curve>,
    /// The network of the rule.
    pub rule: Option<RuleNetwork>,
    /// Networks that were stopped because their loss was no longer finite, a sentence each.
    pub stopped: Vec<String>,
    /// What was found at constant width, in a sentence.
    pub finding: String,
    /// SHA-256 of the data.
    pub data_fingerprint: String,
    /// The run directories.
    pub runs: Vec<PathBuf>,
}

/// What a sweep showed; what `sweep --json` prints and `sweep.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepOutcome {
    /// Version of the program.
    pub version: String,
    /// The sweep's folder.
    pub folder: PathBuf,
    /// The architecture.
    pub architecture: String,
    /// The reading of the caps.
    pub reading: Rule,
    /// The declared margin.
    pub margin: Margin,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// Epochs of each network.
    pub epochs: usize,
    /// Images per step.
    pub batch_size: usize,
    /// Share of the training images that was held out and that all accuracies are of; absent in older sweeps, whose
    /// accuracies are those on the test images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<f64>,
    /// Training images asked for at most; null for all.
    pub limit: Option<usize>,
    /// The device in words.
    pub device: String,
    /// Convolutions of every point, rising.
    pub depths: Vec<usize>,
    /// The datasets.
    pub variants: Vec<VariantOutcome>,
    /// Whether depth needed, at constant width, follows entropy; null of one dataset.
    pub entropy: Option<Agreement>,
    /// Timed steps of every depth but the deepest.
    pub steps: Vec<StepTimes>,
    /// What was found, in words.
    pub finding: String,
    /// All settings as resolved, of the first variant.
    pub settings: Settings,
}

/// Gathers a sweep from its runs: for every variant one of each depth, in the order of the design.
#[must_use]
pub fn outcome(
    design: &Design,
    folder: &Path,
    runs: &[Vec<RunData>],
    steps: Vec<StepTimes>,
) -> SweepOutcome {
    let settings = &design.settings;
    let variants: Vec<VariantOutcome> = design
        .variants
        .iter()
        .zip(runs)
        .map(|(variant, runs)| {
            let curve = |width| curve(design, variant.cap, &variant.wrong_cap, runs, width);
            let mut outcome = VariantOutcome {
                dataset: variant.dataset.clone(),
                entropy: variant.entropy,
                cap: variant.cap,
                wrong_cap: variant.wrong_cap.clone(),
                curves: [Width::Same, Width::IsoMacs].map(curve).to_vec(),
                rule: runs.last().and_then(|run| rule(design, run)),
                stopped: runs.iter().flat_map(stopped).collect(),
                data_fingerprint: runs
                    .first()
                    .map(|run| run.manifest.data_fingerprint.clone())
                    .unwrap_or_default(),
                runs: runs.iter().map(|run| run.path.clone()).collect(),
                finding: String::new(),
            };
            outcome.finding = on_variant(&outcome);
            outcome
        })
        .collect();
    let needs: Vec<Need> = variants
        .iter()
        .map(|variant| Need {
            dataset: variant.dataset.clone(),
            entropy: variant.entropy,
            cap: variant.cap.conv_depth,
            needed: variant.curves[0].needed,
            interval: variant.curves[0].needed_interval,
        })
        .collect();
    let device = runs
        .iter()
        .flatten()
        .next()
        .map(|run| run.manifest.device.clone());
    let mut outcome = SweepOutcome {
        version: design.version.clone(),
        folder: folder.to_owned(),
        architecture: settings.architecture.to_string(),
        reading: settings.reading.clone(),
        margin: settings.margin,
        seeds: settings.recipe.seeds.clone(),
        epochs: settings.recipe.epochs,
        batch_size: settings.recipe.batch_size,
        holdout: settings.recipe.holdout,
        limit: settings.limit,
        device: device.unwrap_or_default(),
        depths: design.depths.clone(),
        variants,
        entropy: agreement(&needs),
        steps,
        finding: String::new(),
        settings: settings.clone(),
    };
    outcome.finding = finding(&outcome);
    outcome
}

/// The networks that diverged, with where.
fn stopped(run: &RunData) -> Vec<String> {
    let diverged = run.summary.iter().flat_map(|summary| &summary.diverged);
    diverged
        .map(|diverged| {
            let name = match (diverged.network, &run.plan.capped) {
                (Role::Capped, Some(capped)) => &capped.name,
                _ => &run.plan.baseline.name,
            };
            format!("{name}: {}", diverged.message)
        })
        .collect()
}

fn curve(design: &Design, cap: CapAt, wrong: &WrongCapAt, runs: &[RunData], width: Width) -> Curve {
    let recipe = &design.settings.recipe;
    let last = runs.len().saturating_sub(1);
    let mut networks = Vec::new();
    let mut samples = Vec::new();
    let mut times = Vec::new();
    for (at, (run, &depth)) in runs.iter().zip(&design.depths).enumerate() {
        let (role, network) = match &run.plan.capped {
            Some(capped) if width == Width::IsoMacs && at < last => (Role::Capped, capped),
            _ => (Role::Baseline, &run.plan.baseline),
        };
        let found = trained(run, role, &recipe.seeds);
        networks.push(network.clone());
        samples.push(Sample {
            depth,
            accuracies: found.iter().map(|one| one.map(|[it, _]| it)).collect(),
        });
        let seconds: Vec<f64> = found
            .iter()
            .flatten()
            .map(|[_, seconds]| *seconds)
            .collect();
        times.push(mean_interval(&seconds));
    }
    let classes = runs.first().map(|run| run.plan.baseline_spec.input.classes);
    let chance = classes.map_or(1.0, |classes| 1.0 / classes as f64);
    let test = runs.last().and_then(chosen_on);
    let deepest = samples.last().map(|sample| &sample.accuracies[..]);
    let deepest: Vec<f64> = deepest.into_iter().flatten().flatten().copied().collect();
    let margin = design.settings.margin.beside(&deepest);
    let mut found = saturation(&samples, &recipe.seeds, margin, test);
    if test.is_none() {
        found = found.above_chance(chance);
    }
    let [cap, wrong_cap] = [cap, wrong.at].map(|cap| found.place(cap.conv_depth));
    let rivals = runs.last().map(|run| Rivals::of(&run.plan.baseline_spec));
    let rivals = rivals.into_iter().flat_map(Rivals::named);
    let rivals = rivals
        .filter_map(|(name, at)| {
            let at = at?;
            Some(RivalAt {
                name: name.to_owned(),
                at,
                placement: found.place(at.conv_depth),
            })
        })
        .collect();
    let Saturation {
        depths,
        non_inferior_from,
        needed,
        needed_interval,
        inconclusive,
    } = found;
    let points = depths
        .into_iter()
        .zip(networks)
        .zip(samples)
        .zip(times)
        .map(|(((result, network), sample), train_seconds)| CurvePoint {
            network,
            result,
            accuracies: sample.accuracies,
            train_seconds,
        })
        .collect();
    Curve {
        width,
        points,
        non_inferior_from,
        needed,
        needed_interval,
        inconclusive: inconclusive
            .zip(runs.last())
            .map(|(reason, run)| of_images(run, &reason)),
        cap,
        wrong_cap,
        rivals,
    }
}

/// The ordinary capped network, trained beside the deepest.
fn rule(design: &Design, run: &RunData) -> Option<RuleNetwork> {
    let recipe = &design.settings.recipe;
    let network = run.plan.capped.clone()?;
    let of = |role| trained(run, role, &recipe.seeds);
    let [deepest, capped] = Role::BOTH.map(of);
    let kept =
        |index: usize| -> Vec<f64> { capped.iter().flatten().map(|one| one[index]).collect() };
    let pairs = || deepest.iter().zip(&capped);
    let differences: Vec<f64> = pairs()
        .filter_map(|(deep, capped)| Some((*capped)?[0] - (*deep)?[0]))
        .collect();
    let broken: Vec<u64> = recipe
        .seeds
        .iter()
        .zip(pairs())
        .filter(|(_, (deep, capped))| deep.is_none() || capped.is_none())
        .map(|(&seed, _)| seed)
        .collect();
    let (seeds, accuracies): (Vec<u64>, Vec<f64>) = recipe
        .seeds
        .iter()
        .zip(&deepest)
        .filter_map(|(&seed, deep)| Some((seed, (*deep)?[0])))
        .unzip();
    let trials = Trials {
        differences: &differences,
        images: None,
        hits: None,
        looks: &[],
        broken: &broken,
        baselines: chosen_on(run).map(|test| Baselines {
            seeds: &seeds,
            accuracies: &accuracies,
            test,
        }),
    };
    let verdict = judge(trials, design.settings.margin);
    Some(RuleNetwork {
        network,
        accuracy: mean_interval(&kept(0)),
        train_seconds: mean_interval(&kept(1)),
        time_saved: run.summary.as_ref().and_then(|summary| summary.time_saved),
        verdict: Verdict {
            reason: of_images(run, &verdict.reason),
            ..verdict
        },
    })
}
