//! Is the capped network as good as the baseline?

mod looks;
mod words;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use self::looks::{beside, looks, wider};
use self::words::{describe, diverged, margin_in_words, of_one_seed, points};
use super::moments::moments;
use super::{
    Baselines, Estimate, Hits, ImageComparison, Margin, PValues, mean_interval, p_values,
    seeds_needed,
};
use crate::format::fixed;

pub use self::looks::Look;
pub use self::words::{in_words, rounded_p};

/// Minimum number of seeds for a verdict.
pub const MIN_SEEDS: usize = 5;

/// What can be said of the capped network's accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictOutcome {
    /// Not worse than the baseline by more than the margin.
    NonInferior,
    /// Worse than the baseline by more than the margin.
    Inferior,
    /// Neither can be said.
    Inconclusive,
}

impl fmt::Display for VerdictOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonInferior => "non-inferior",
            Self::Inferior => "inferior",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// An outcome with what it rests on. All values are fractions of accuracy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome.
    pub outcome: VerdictOutcome,
    /// The pre-declared non-inferiority margin; not a number (null in JSON) where it is a share of the baseline's error and no
    /// seed is finished.
    #[serde(deserialize_with = "null_as_nan")]
    pub margin: f64,
    /// The share of the baseline's error that the margin is; absent where it is not declared so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_of_error: Option<f64>,
    /// Capped minus baseline test accuracy over paired seeds; null without a finished seed.
    pub difference: Option<Estimate>,
    /// The same difference with its interval over seeds and test images, see [`Hits`]: the wider one of both intervals
    /// decides. Absent where the hits of a seed are not recorded, of fewer than two seeds, and in older runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_over_images: Option<Estimate>,
    /// The outcome by the interval over seeds alone; absent where there is no other interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_over_seeds: Option<VerdictOutcome>,
    /// What was found at each look of a group-sequential design so far; absent of a design with a single test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<Look>,
    /// One sentence.
    pub reason: String,
    /// Whether the baseline of every seed is better than always naming the most frequent class of the test
    /// set, see [`TestSet`](super::TestSet); absent without a finished seed, and in older runs, which did not
    /// keep how frequent that class is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<bool>,
    /// Share of the test images that are of the most frequent class; absent in older runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_frequent_class: Option<f64>,
    /// Tests of the differences; null of fewer than two seeds, where the baseline has not learned, and in
    /// older runs.
    #[serde(default)]
    pub p_values: Option<PValues>,
    /// Seeds that would show with probability 0.8 that the loss is less than the margin, if the networks
    /// were equally accurate and the spread between seeds as measured; null of fewer than two seeds,
    /// of more than 10,000, where the baseline has not learned, and in older runs.
    #[serde(default)]
    pub seeds_needed: Option<usize>,
}

impl Verdict {
    /// The margin, such as `1 point` or `0.9 points (10 % of the baseline's error)`.
    #[must_use]
    pub fn margin_in_words(&self) -> String {
        margin_in_words(self.margin, self.margin_of_error)
    }

    /// The interval that decides: the wider one of that over seeds and that over seeds and test images.
    #[must_use]
    pub fn deciding_interval(&self) -> Option<[f64; 2]> {
        let over_images = self.difference_over_images.and_then(|one| one.interval);
        let over_seeds = self.difference?.interval?;
        Some(over_images.map_or(over_seeds, |over_images| wider(over_seeds, over_images)))
    }

    /// Whether a look decided, so that no more seeds are to be trained.
    #[must_use]
    pub fn is_decided_at_a_look(&self) -> bool {
        let last = self.looks.last();
        last.is_some_and(|look| look.outcome != VerdictOutcome::Inconclusive)
    }

    /// Whether it is the one over seeds and test images.
    #[must_use]
    pub fn is_decided_over_images(&self) -> bool {
        let over_seeds = self.difference.and_then(|one| one.interval);
        self.deciding_interval() != over_seeds
    }

    /// The outcome in a few words; says where it is none because the baseline has not learned.
    #[must_use]
    pub fn in_words(&self) -> String {
        in_words(self.outcome, self.learned)
    }
}

fn null_as_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// The trials that a verdict is about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trials<'a> {
    /// Capped minus baseline test accuracy, one per seed of which both networks are trained.
    pub differences: &'a [f64],
    /// The first seed's networks compared image by image.
    pub images: Option<&'a ImageComparison>,
    /// The test images that the networks of every seed classified right.
    pub hits: Option<&'a Hits>,
    /// Numbers of seeds after which the difference is tested, the last of which is that of all; none where it is tested once.
    pub looks: &'a [usize],
    /// Seeds of which a network diverged, which have no difference.
    pub broken: &'a [u64],
    /// The baselines of the differences; none where it is not known what they were tested on.
    pub baselines: Option<Baselines<'a>>,
}

/// Judges paired differences (capped minus baseline test accuracy, one per seed) against `margin`.
///
/// The interval is the two-sided 95 % paired t interval, or that over seeds and test images where this is wider. Its lower bound
/// above `-margin`: non-inferior; its upper bound below `-margin`: inferior; else, or from fewer than [`MIN_SEEDS`] seeds, or where a difference
/// is not a number: inconclusive.
#[must_use]
pub fn verdict(differences: &[f64], margin: impl Into<Margin>) -> Verdict {
    judge(
        Trials {
            differences,
            ..Trials::default()
        },
        margin,
    )
}

/// As [`verdict`], and: where a seed diverged, no verdict is given, since a mean without it would
/// speak of the seeds that went well; none either where a baseline has not learned, since a network that is
/// no worse than a guess shows nothing; and for a single seed the reason compares its test images.
#[must_use]
pub fn judge(trials: Trials, margin: impl Into<Margin>) -> Verdict {
    let declared = margin.into();
    let accuracies = trials
        .baselines
        .map_or(&[][..], |baselines| baselines.accuracies);
    let margin = declared.beside(accuracies);
    let differences = trials.differences;
    let difference = mean_interval(differences);
    let baselines = trials.baselines.filter(|_| !differences.is_empty());
    let obstacle = baselines.and_then(|baselines| baselines.obstacle());
    let spread = moments(differences).filter(|_| margin.is_finite() && obstacle.is_none());
    let seeds_needed =
        spread.and_then(|(_, variance)| seeds_needed(variance.sqrt(), margin, 0.0, MIN_SEEDS));
    let hits = trials
        .hits
        .filter(|hits| hits.seeds() == differences.len() && differences.len() > 1);
    let over_images = hits.map(|hits| hits.estimate(0.95));
    let without = Trials {
        hits: None,
        ..trials
    };
    let with = Trials { hits, ..trials };
    let [(over_seeds, _), (outcome, mut reason)] =
        [(without, None), (with, over_images)].map(|(trials, over_images)| {
            weigh(
                trials,
                [difference, over_images],
                (margin, declared),
                obstacle.as_deref(),
            )
            .unwrap_or_else(|reason| (VerdictOutcome::Inconclusive, reason))
        });
    let may_look = trials.broken.is_empty() && obstacle.is_none() && margin.is_finite();
    let looks = may_look.then(|| looks(&with, margin)).flatten();
    if outcome == VerdictOutcome::Inconclusive
        && let Some(needed) = seeds_needed.filter(|&needed| needed > differences.len())
    {
        reason = format!("{reason}; {needed} seeds would give 80 % power");
    }
    Verdict {
        outcome,
        margin,
        margin_of_error: declared.share(),
        difference,
        difference_over_images: over_images,
        outcome_over_seeds: over_images.map(|_| over_seeds),
        looks: looks.unwrap_or_default(),
        reason,
        learned: baselines.map(|_| obstacle.is_none()),
        most_frequent_class: trials
            .baselines
            .map(|baselines| baselines.test.share())
            .filter(|share| share.is_finite()),
        p_values: spread.map(|_| p_values(differences, margin)),
        seeds_needed,
    }
}

/// The outcome with its reason, or why there is none; of the difference with its interval over seeds, and with that over
/// seeds and images.
fn weigh(
    trials: Trials,
    [difference, over_images]: [Option<Estimate>; 2],
    (margin, declared): (f64, Margin),
    obstacle: Option<&str>,
) -> Result<(VerdictOutcome, String), String> {
    let seeds = trials.differences.len();
    let broken = (!trials.broken.is_empty()).then(|| diverged(trials.broken));
    if seeds == 0 {
        return Err(broken.map_or_else(
            || {
                format!(
                    "no seed is trained to its end yet, and a verdict needs at least {MIN_SEEDS}"
                )
            },
            |broken| format!("no seed is trained to its end: {broken}"),
        ));
    }
    let estimate = difference
        .filter(|_| margin.is_finite())
        .ok_or("an accuracy or the margin is not a number, so nothing can be compared")?;
    let measured = describe(estimate, over_images.and_then(|one| one.interval));
    let alone = trials.images.filter(|_| seeds == 1);
    let alone = alone.map_or_else(String::new, of_one_seed);
    match (obstacle, broken) {
        (Some(obstacle), None) => {
            return Err(format!("the baseline {obstacle}; {measured}{alone}"));
        }
        (Some(obstacle), Some(broken)) => {
            return Err(format!(
                "the baseline {obstacle}; {measured}{alone}; and {broken}"
            ));
        }
        (None, Some(broken)) => {
            return Err(format!(
                "{measured}, but {broken}, and a mean over the other seeds would be biased"
            ));
        }
        (None, None) => {}
    }
    if seeds < MIN_SEEDS {
        let trained = match seeds {
            1 => "1 seed is".to_owned(),
            several => format!("{several} seeds are"),
        };
        return Err(format!(
            "{measured}, but only {trained} trained and a verdict needs at least {MIN_SEEDS}{alone}"
        ));
    }
    let over_seeds = estimate
        .interval
        .ok_or_else(|| format!("{measured}, but no interval could be computed"))?;
    let over_images = over_images.and_then(|one| one.interval);
    let margin_words = margin_in_words(margin, declared.share());
    if let Some(found) = looks(&trials, margin) {
        let Some(last) = found.last() else {
            let first = trials.looks.first().copied().unwrap_or_default();
            return Err(format!("{measured}; the first look is after {first} seeds"));
        };
        let next = trials.looks.iter().find(|&&seeds| seeds > last.seeds);
        let next = next
            .filter(|_| last.outcome == VerdictOutcome::Inconclusive)
            .map_or_else(String::new, |next| {
                format!("; the next look is after {next} seeds")
            });
        let [low, high] = last.interval.map(points);
        let said = match last.outcome {
            VerdictOutcome::NonInferior => "is above",
            VerdictOutcome::Inferior => "is below",
            VerdictOutcome::Inconclusive => "contains",
        };
        let reason = format!(
            "{measured}; at the look after {} seeds the interval at the O'Brien-Fleming level ({} %: {low} to {high}) {said} the margin, −{margin_words}{next}",
            last.seeds,
            fixed((1.0 - 2.0 * last.level) * 100.0, 2)
        );
        return Ok((last.outcome, reason));
    }
    let interval = over_images.map_or(over_seeds, |other| wider(over_seeds, other));
    let outcome = beside(interval, margin);
    let said = match (outcome, over_images.is_some()) {
        (VerdictOutcome::NonInferior, false) => "the whole interval is above",
        (VerdictOutcome::NonInferior, true) => "the wider interval is above",
        (VerdictOutcome::Inferior, false) => "the whole interval is below",
        (VerdictOutcome::Inferior, true) => "the wider interval is below",
        (VerdictOutcome::Inconclusive, false) => "the interval contains",
        (VerdictOutcome::Inconclusive, true) => "the wider interval contains",
    };
    Ok((
        outcome,
        format!("{measured}; {said} the margin, −{margin_words}"),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
