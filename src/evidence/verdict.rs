//! Is the capped network as good as the baseline?

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::interval::t_interval;
use super::margin::percentage_points;
use super::student::moments;
use super::{
    ALPHA, Baselines, Estimate, Hits, ImageComparison, Margin, PValues, lan_demets, mean_interval,
    p_values, seeds_needed,
};
use crate::format::{fixed, signed};

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

fn margin_in_words(margin: f64, share: Option<f64>) -> String {
    let Some(share) = share.map(Margin::OfError) else {
        return percentage_points(margin);
    };
    if margin.is_finite() {
        format!("{} ({})", percentage_points(margin), share.in_words())
    } else {
        share.in_words()
    }
}

fn null_as_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// An outcome in a few words, such as `inconclusive: the baseline has not learned`.
#[must_use]
pub fn in_words(outcome: VerdictOutcome, learned: Option<bool>) -> String {
    if learned == Some(false) {
        format!("{outcome}: the baseline has not learned")
    } else {
        outcome.to_string()
    }
}

/// A test of a group-sequential design, after some of the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Seeds that it is over.
    pub seeds: usize,
    /// The bound of Lan and DeMets: a normal quantile.
    pub bound: f64,
    /// The one-sided level of the test, the probability above that quantile.
    pub level: f64,
    /// The interval of the difference of that level: the wider one of Student's t over seeds and of that over seeds and test images.
    pub interval: [f64; 2],
    /// Whether the interval is above or below the margin.
    pub outcome: VerdictOutcome,
}

/// The looks after so many seeds, up to the first that decides; `None` where the looks are none.
fn looks(trials: &Trials, margin: f64) -> Option<Vec<Look>> {
    let all = *trials.looks.last()? as f64;
    let fractions: Vec<f64> = trials
        .looks
        .iter()
        .map(|&seeds| seeds as f64 / all)
        .collect();
    let bounds = lan_demets(&fractions, ALPHA)?;
    let normal = Normal::standard();
    let mut found = Vec::new();
    for (&seeds, bound) in trials.looks.iter().zip(bounds) {
        let Some(differences) = trials.differences.get(..seeds) else {
            break;
        };
        let level = normal.sf(bound);
        let over_seeds = t_interval(differences, level)?;
        let over_images = trials
            .hits
            .and_then(|hits| hits.of_first(seeds).estimate(1.0 - 2.0 * level).interval);
        let interval = over_images.map_or(over_seeds, |other| wider(over_seeds, other));
        let outcome = beside(interval, margin);
        found.push(Look {
            seeds,
            bound,
            level,
            interval,
            outcome,
        });
        if outcome != VerdictOutcome::Inconclusive {
            break;
        }
    }
    Some(found)
}

/// Where an interval is in relation to the margin.
fn beside([low, high]: [f64; 2], margin: f64) -> VerdictOutcome {
    if low > -margin {
        VerdictOutcome::NonInferior
    } else if high < -margin {
        VerdictOutcome::Inferior
    } else {
        VerdictOutcome::Inconclusive
    }
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

/// The wider one of two intervals.
fn wider(first: [f64; 2], second: [f64; 2]) -> [f64; 2] {
    let width = |[low, high]: [f64; 2]| high - low;
    if width(second) > width(first) {
        second
    } else {
        first
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

/// Such as `seeds 3, 7 diverged`.
fn diverged(seeds: &[u64]) -> String {
    let names: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [one] => format!("seed {one} diverged"),
        several => format!("seeds {} diverged", several.join(", ")),
    }
}

/// What the test images say of one seed's pair.
fn of_one_seed(images: &ImageComparison) -> String {
    let interval = images.interval.map_or_else(String::new, |[low, high]| {
        format!(
            " the difference is {} to {} points (95 %),",
            points(low),
            points(high)
        )
    });
    format!(
        "; over its {} test images{interval} {} are right by the baseline alone and {} by the capped network alone (McNemar's p {})",
        images.images,
        images.only_baseline,
        images.only_capped,
        rounded_p(images.mcnemar)
    )
}

/// A p-value with two digits; never a bare zero.
#[must_use]
pub fn rounded_p(p: f64) -> String {
    if p < 0.001 {
        "below 0.001".to_owned()
    } else if p < 0.1 {
        format!("{p:.3}")
    } else {
        format!("{p:.2}")
    }
}

fn points(fraction: f64) -> String {
    signed(fraction * 100.0, 2)
}

/// Such as `the capped network is 2.80 points below the baseline (95 %: −3.12 to −2.52) in test accuracy`.
fn describe(estimate: Estimate, over_images: Option<[f64; 2]>) -> String {
    let ends = |[low, high]: [f64; 2]| format!("{} to {}", points(low), points(high));
    let other = over_images.map_or_else(String::new, |other| {
        format!(" over seeds, {} over seeds and test images", ends(other))
    });
    let interval = estimate.interval.map_or_else(String::new, |both| {
        format!(" (95 %: {}{other})", ends(both))
    });
    let distance = fixed(estimate.mean.abs() * 100.0, 2);
    let side = match estimate.mean {
        _ if distance == "0.00" => "from",
        mean if mean < 0.0 => "below",
        _ => "above",
    };
    format!(
        "the capped network is {distance} points {side} the baseline{interval} in test accuracy"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
