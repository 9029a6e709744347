//! Is the capped network as good as the baseline?

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Estimate, mean_interval};

/// Fewest seeds from which a verdict is given.
pub const LEAST_SEEDS: usize = 5;

/// What can be said of the capped network's accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Not worse than the baseline by more than the margin.
    NonInferior,
    /// Worse than the baseline by more than the margin.
    Inferior,
    /// Neither can be said.
    Inconclusive,
}

impl fmt::Display for Outcome {
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
    pub outcome: Outcome,
    /// The pre-declared non-inferiority margin.
    pub margin: f64,
    /// Capped minus baseline test accuracy over paired seeds; null without a finished seed.
    pub difference: Option<Estimate>,
    /// One sentence.
    pub reason: String,
}

/// Judges paired differences (capped minus baseline test accuracy, one per seed) against `margin`.
///
/// Lower bound of the two-sided 95 % paired t interval above `-margin`: non-inferior; upper bound
/// below `-margin`: inferior; else, or from fewer than [`LEAST_SEEDS`] seeds, or where a difference
/// is not a number: inconclusive.
#[must_use]
pub fn verdict(differences: &[f64], margin: f64) -> Verdict {
    let difference = mean_interval(differences);
    let (outcome, reason) = judge(differences.len(), difference, margin);
    Verdict {
        outcome,
        margin,
        difference,
        reason,
    }
}

fn judge(seeds: usize, difference: Option<Estimate>, margin: f64) -> (Outcome, String) {
    if seeds == 0 {
        let reason = format!(
            "no seed is trained to its end yet, and a verdict needs at least {LEAST_SEEDS}"
        );
        return (Outcome::Inconclusive, reason);
    }
    let Some(estimate) = difference.filter(|_| margin.is_finite()) else {
        let reason = "an accuracy or the margin is not a number, so nothing can be compared";
        return (Outcome::Inconclusive, reason.to_owned());
    };
    let measured = describe(estimate);
    if seeds < LEAST_SEEDS {
        let trained = if seeds == 1 {
            "1 seed is".to_owned()
        } else {
            format!("{seeds} seeds are")
        };
        let reason = format!(
            "{measured}, but only {trained} trained and a verdict needs at least {LEAST_SEEDS}"
        );
        return (Outcome::Inconclusive, reason);
    }
    let Some([low, high]) = estimate.interval else {
        let reason = format!("{measured}, but no interval could be computed");
        return (Outcome::Inconclusive, reason);
    };
    let (outcome, said) = if low > -margin {
        (
            Outcome::NonInferior,
            "the whole interval lies above a loss of",
        )
    } else if high < -margin {
        (Outcome::Inferior, "the whole interval lies below a loss of")
    } else {
        (
            Outcome::Inconclusive,
            "the interval reaches to both sides of a loss of",
        )
    };
    let margin = percentage_points(margin);
    let reason = format!("{measured}; {said} {margin}, the margin declared beforehand");
    (outcome, reason)
}

/// Such as `the capped network is +0.20 points (95 %: -0.60 to +1.00) from the baseline in test accuracy`.
fn describe(estimate: Estimate) -> String {
    let points = |fraction: f64| format!("{:+.2}", tidy(fraction * 100.0));
    let interval = estimate.interval.map_or_else(String::new, |[low, high]| {
        format!(" (95 %: {} to {})", points(low), points(high))
    });
    format!(
        "the capped network is {} points{interval} from the baseline in test accuracy",
        points(estimate.mean)
    )
}

/// Such as `1 point` or `0.5 points`.
fn percentage_points(fraction: f64) -> String {
    let points = (fraction * 1e6).round() / 1e4;
    let noun = if points.to_bits() == 1.0_f64.to_bits() {
        "point"
    } else {
        "points"
    };
    format!("{points} {noun}")
}

/// Two decimals, without a minus before zero.
fn tidy(number: f64) -> f64 {
    (number * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences and 95 % intervals by numpy and scipy 1.17.1, `t.ppf(0.975, n - 1)`.
    #[test]
    fn the_interval_against_the_margin_decides() {
        let close = [0.002, -0.001, 0.004, 0.003, 0.0];
        let worse = [-0.03, -0.025, -0.031, -0.028, -0.027];
        let mixed = [-0.02, 0.01, -0.015, 0.0, -0.008];
        let cases = [
            (
                close,
                Outcome::NonInferior,
                "the capped network is +0.16 points (95 %: -0.10 to +0.42) from the baseline in test accuracy; the whole interval lies above a loss of 1 point, the margin declared beforehand",
            ),
            (
                worse,
                Outcome::Inferior,
                "the capped network is -2.82 points (95 %: -3.12 to -2.52) from the baseline in test accuracy; the whole interval lies below a loss of 1 point, the margin declared beforehand",
            ),
            (
                mixed,
                Outcome::Inconclusive,
                "the capped network is -0.66 points (95 %: -2.14 to +0.82) from the baseline in test accuracy; the interval reaches to both sides of a loss of 1 point, the margin declared beforehand",
            ),
        ];
        for (differences, outcome, reason) in cases {
            let said = verdict(&differences, 0.01);
            assert_eq!(said.outcome, outcome);
            assert_eq!(said.reason, reason);
        }
        assert_eq!(verdict(&close, 0.0009).outcome, Outcome::Inconclusive);
        assert_eq!(verdict(&mixed, 0.03).outcome, Outcome::NonInferior);
    }

    #[test]
    fn few_seeds_give_no_verdict() {
        for seeds in 0..LEAST_SEEDS {
            let said = verdict(&vec![0.05; seeds], 0.01);
            assert_eq!(said.outcome, Outcome::Inconclusive);
            assert!(said.reason.contains("a verdict needs at least 5"));
            assert_eq!(said.difference.is_some(), seeds > 0);
        }
        assert!(verdict(&[0.05], 0.01).reason.contains("only 1 seed is"));
        assert!(verdict(&[0.05; 2], 0.01).reason.contains("2 seeds are"));
        assert_eq!(verdict(&[0.05; 5], 0.01).outcome, Outcome::NonInferior);
    }

    #[test]
    fn bounds_on_the_margin_are_not_beyond_it() {
        assert_eq!(verdict(&[-0.01; 5], 0.01).outcome, Outcome::Inconclusive);
        assert_eq!(verdict(&[-0.009; 5], 0.01).outcome, Outcome::NonInferior);
        assert_eq!(verdict(&[-0.011; 5], 0.01).outcome, Outcome::Inferior);
    }

    #[test]
    fn what_is_not_a_number_gives_no_verdict() {
        let said = verdict(&[0.0, 0.0, f64::NAN, 0.0, 0.0], 0.01);
        assert_eq!(said.outcome, Outcome::Inconclusive);
        assert_eq!(said.difference, None);
        assert!(said.reason.contains("not a number"));
        let said = verdict(&[0.0; 5], f64::NAN);
        assert_eq!(said.outcome, Outcome::Inconclusive);
        assert!(said.reason.contains("not a number"));
    }

    #[test]
    fn margins_read_as_points() {
        assert_eq!(percentage_points(0.01), "1 point");
        assert_eq!(percentage_points(0.005), "0.5 points");
        assert_eq!(percentage_points(0.07), "7 points");
        assert!(
            describe(Estimate {
                mean: -1e-9,
                interval: None
            })
            .contains("is +0.00 points")
        );
    }
}
