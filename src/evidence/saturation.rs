//! The depth from which accuracy no longer rises: the depth needed to be as good as the deepest network.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::format::number_of;

use super::{
    Baselines, BothDirections, Estimate, MIN_SEEDS, TestSet, Trials, Verdict, VerdictOutcome,
    holm_in_both_directions, judge, mean_interval,
};

/// Resamples of the seeds.
const RESAMPLES: u64 = 10_000;
/// Their seed: the same accuracies, the same interval.
const SEED: u64 = 0;

/// Test accuracies at one depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Convolutions.
    pub depth: usize,
    /// A fraction for each seed, in the order of the seeds; none where the network diverged.
    pub accuracies: Vec<Option<f64>>,
}

/// One depth against the deepest, over paired seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainstDeepest {
    /// Accuracy at this depth minus accuracy at the deepest; null without a seed of which both are trained.
    pub difference: Option<Estimate>,
    /// By the declared margin and from five seeds on; a verdict only where Holm's correction over the
    /// depths of the curve leaves it one.
    pub outcome: VerdictOutcome,
    /// Whether the deepest network has learned; see [`Verdict`](super::Verdict).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<bool>,
    /// One-sided p-value of a loss of the margin or more, by the paired t test.
    pub p: Option<f64>,
    /// The same after Holm's correction over the depths of the curve.
    pub adjusted_p: Option<f64>,
    /// One-sided p-value of a loss of the margin or less, after the same correction; null in older sweeps.
    #[serde(default)]
    pub adjusted_p_inferior: Option<f64>,
    /// Seeds that would show two equal depths to be so; see [`Verdict`](super::Verdict).
    pub seeds_needed: Option<usize>,
}

impl AgainstDeepest {
    /// What a verdict on one depth says, before any correction.
    pub(super) fn of(verdict: &Verdict) -> Self {
        Self {
            difference: verdict.difference,
            outcome: verdict.outcome,
            learned: verdict.learned,
            p: verdict.p_values.and_then(|p| p.non_inferiority),
            adjusted_p: None,
            adjusted_p_inferior: None,
            seeds_needed: verdict.seeds_needed,
        }
    }

    /// The corrected p-value of the direction that is nearer to being shown.
    #[must_use]
    pub fn smaller_p(&self) -> Option<f64> {
        let p = self.adjusted_p?;
        Some(self.adjusted_p_inferior.map_or(p, |other| other.min(p)))
    }
}

/// One depth of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepthResult {
    /// Convolutions.
    pub depth: usize,
    /// Mean test accuracy over the seeds that are trained to the end, with its 95 % interval.
    pub accuracy: Option<Estimate>,
    /// Seeds of which the network diverged: they are in no mean.
    pub broken_seeds: Vec<u64>,
    /// Against the deepest; null of the deepest itself.
    pub against_deepest: Option<AgainstDeepest>,
}

/// Where a curve of accuracy over depth saturates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saturation {
    /// Every depth, the shallowest first.
    pub depths: Vec<DepthResult>,
    /// The smallest depth shown to be non-inferior to the deepest, each deeper one being so too; the deepest
    /// where none is. Null where no verdict is given.
    pub non_inferior_from: Option<usize>,
    /// The smallest depth from which on no mean difference is a loss of the margin or more: an estimate, from
    /// any number of seeds.
    pub needed: Option<usize>,
    /// 95 % percentile interval of [`Self::needed`] over resampled seeds; null where no verdict is given.
    pub needed_interval: Option<[usize; 2]>,
    /// Why no verdict is given, one clause; null where one is.
    pub inconclusive: Option<String>,
}

/// A depth compared with the interval of the depth needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Below the interval.
    TooShallow,
    /// Inside of it.
    Within,
    /// Above it.
    TooDeep,
    /// There is no interval.
    Unknown,
}

impl Saturation {
    /// The same, without a verdict where the deepest network is not shown to be better than `chance`: then the
    /// curve says nothing about depth. For older runs, whose test set is not known.
    #[must_use]
    pub fn above_chance(mut self, chance: f64) -> Self {
        let deepest = self.depths.last().and_then(|deepest| deepest.accuracy);
        let learnt = deepest
            .and_then(|accuracy| accuracy.interval)
            .is_some_and(|[low, _]| low > chance);
        if learnt || self.inconclusive.is_some() {
            return self;
        }
        self.non_inferior_from = None;
        self.needed_interval = None;
        self.inconclusive = Some(format!(
            "the deepest network is not shown to be better than chance ({:.1} %): train longer or on more images",
            chance * 100.0
        ));
        for depth in &mut self.depths {
            if let Some(against) = &mut depth.against_deepest {
                against.outcome = VerdictOutcome::Inconclusive;
            }
        }
        self
    }

    /// Where `depth` is relative to the interval of the depth needed.
    #[must_use]
    pub fn place(&self, depth: usize) -> Placement {
        match self.needed_interval {
            None => Placement::Unknown,
            Some([low, _]) if depth < low => Placement::TooShallow,
            Some([_, high]) if depth > high => Placement::TooDeep,
            Some(_) => Placement::Within,
        }
    }
}

/// Finds where a curve saturates: `samples` by rising depth, each with an accuracy for each of `seeds` on the
/// test set, if that is known. There is no verdict where the deepest network has not learned.
///
/// The interval is a percentile bootstrap over seeds, drawn with replacement, the same for all depths.
#[must_use]
pub fn saturation(
    samples: &[Sample],
    seeds: &[u64],
    margin: f64,
    test: Option<TestSet>,
) -> Saturation {
    let Some((deepest, shallower)) = samples.split_last() else {
        return Saturation {
            depths: Vec::new(),
            non_inferior_from: None,
            needed: None,
            needed_interval: None,
            inconclusive: Some("no depth is trained".to_owned()),
        };
    };
    let mut against: Vec<AgainstDeepest> = shallower
        .iter()
        .map(|sample| compared(sample, deepest, seeds, margin, test))
        .collect();
    correct(&mut against);
    let inconclusive = obstacle(samples, seeds).or_else(|| not_learned(deepest, seeds, test?));
    let whole: Vec<Vec<f64>> = shallower
        .iter()
        .map(|sample| differences(sample, deepest))
        .collect();
    let comparable = whole.iter().all(|differences| !differences.is_empty())
        && deepest.accuracies.iter().any(Option::is_some);
    let depth_of = |at: usize| samples[at].depth;
    let needed = comparable.then(|| {
        let means: Vec<f64> = whole.iter().map(|values| mean(values)).collect();
        depth_of(first_good(&means, margin))
    });
    let sure = inconclusive.is_none();
    let non_inferior_from = sure.then(|| {
        let bad = against
            .iter()
            .rposition(|against| against.outcome != VerdictOutcome::NonInferior);
        depth_of(bad.map_or(0, |bad| bad + 1))
    });
    let needed_interval = sure.then(|| resampled(&whole, seeds.len(), margin).map(depth_of));
    let depths = samples
        .iter()
        .zip(against.into_iter().map(Some).chain([None]))
        .map(|(sample, against_deepest)| {
            let finished: Vec<f64> = sample.accuracies.iter().flatten().copied().collect();
            DepthResult {
                depth: sample.depth,
                accuracy: mean_interval(&finished),
                broken_seeds: broken(sample, seeds),
                against_deepest,
            }
        })
        .collect();
    Saturation {
        depths,
        non_inferior_from,
        needed,
        needed_interval,
        inconclusive,
    }
}

/// Why no verdict can be given on the curve.
fn obstacle(samples: &[Sample], seeds: &[u64]) -> Option<String> {
    let breaks: Vec<String> = samples
        .iter()
        .filter_map(|sample| {
            let names: Vec<String> = broken(sample, seeds).iter().map(u64::to_string).collect();
            let plural = if names.len() == 1 { "" } else { "s" };
            let (depth, names) = (sample.depth, names.join(", "));
            (!names.is_empty())
                .then(|| format!("at {depth} convolutions seed{plural} {names} diverged"))
        })
        .collect();
    if !breaks.is_empty() {
        return Some(format!(
            "{}, and a mean over the other seeds would be biased",
            breaks.join(" and ")
        ));
    }
    (seeds.len() < MIN_SEEDS).then(|| {
        let trained = number_of(seeds.len(), "seed is", "seeds are");
        format!("only {trained} trained and a verdict needs at least {MIN_SEEDS}")
    })
}

/// Why there is no verdict where the deepest network has not learned.
fn not_learned(deepest: &Sample, seeds: &[u64], test: TestSet) -> Option<String> {
    let (seeds, accuracies) = finished(deepest, seeds);
    let baselines = Baselines {
        seeds: &seeds,
        accuracies: &accuracies,
        test,
    };
    let obstacle = baselines.obstacle()?;
    Some(format!(
        "the deepest network {obstacle}: train longer or on more images"
    ))
}

/// The finished seeds with their accuracies.
fn finished(sample: &Sample, seeds: &[u64]) -> (Vec<u64>, Vec<f64>) {
    seeds
        .iter()
        .zip(&sample.accuracies)
        .filter_map(|(&seed, accuracy)| Some((seed, (*accuracy)?)))
        .unzip()
}

fn broken(sample: &Sample, seeds: &[u64]) -> Vec<u64> {
    seeds
        .iter()
        .zip(&sample.accuracies)
        .filter(|(_, accuracy)| accuracy.is_none())
        .map(|(&seed, _)| seed)
        .collect()
}

/// Accuracy minus that of the deepest, for the seeds that have both.
fn differences(sample: &Sample, deepest: &Sample) -> Vec<f64> {
    sample
        .accuracies
        .iter()
        .zip(&deepest.accuracies)
        .filter_map(|(here, there)| Some((*here)? - (*there)?))
        .collect()
}

fn compared(
    sample: &Sample,
    deepest: &Sample,
    seeds: &[u64],
    margin: f64,
    test: Option<TestSet>,
) -> AgainstDeepest {
    let differences = differences(sample, deepest);
    let mut broken = [broken(sample, seeds), broken(deepest, seeds)].concat();
    broken.sort_unstable();
    broken.dedup();
    let (finished, accuracies) = finished(deepest, seeds);
    let trials = Trials {
        differences: &differences,
        images: None,
        hits: None,
        looks: &[],
        broken: &broken,
        baselines: test.map(|test| Baselines {
            seeds: &finished,
            accuracies: &accuracies,
            test,
        }),
    };
    AgainstDeepest::of(&judge(trials, margin))
}

/// Holm's correction over the depths; an outcome that does not survive it is inconclusive.
pub(super) fn correct(against: &mut [AgainstDeepest]) {
    let family: Vec<Option<BothDirections>> = against
        .iter()
        .map(|one| one.p.map(BothDirections::of))
        .collect();
    for (one, adjusted) in against.iter_mut().zip(holm_in_both_directions(&family)) {
        one.adjusted_p = adjusted.map(|p| p.non_inferior);
        one.adjusted_p_inferior = adjusted.map(|p| p.inferior);
        one.outcome = adjusted.map_or(one.outcome, |p| p.leave(one.outcome));
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Index of the smallest depth from which on no mean difference is a loss of the margin or more. `means` leaves
/// out the deepest, whose difference is 0.
fn first_good(means: &[f64], margin: f64) -> usize {
    means
        .iter()
        .rposition(|&mean| mean <= -margin)
        .map_or(0, |bad| bad + 1)
}

/// The 95 % percentile interval of the depth needed over resampled seeds, as indices of depths.
fn resampled(differences: &[Vec<f64>], seeds: usize, margin: f64) -> [usize; 2] {
    let mut drawn = vec![0; seeds];
    let mut found: Vec<usize> = (0..RESAMPLES)
        .map(|stream| {
            let mut rng = ChaCha8Rng::seed_from_u64(SEED);
            rng.set_stream(stream);
            drawn.fill_with(|| rng.random_range(0..seeds));
            let means: Vec<f64> = differences
                .iter()
                .map(|values| drawn.iter().map(|&seed| values[seed]).sum::<f64>() / seeds as f64)
                .collect();
            first_good(&means, margin)
        })
        .collect();
    found.sort_unstable();
    let tail = (found.len() as f64 * 0.025) as usize;
    [found[tail], found[found.len() - 1 - tail]]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
