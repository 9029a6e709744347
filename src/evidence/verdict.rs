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
/// below `-margin`: inferior; else, or from fewer than [`LEAST_SEEDS`] seeds: inconclusive.
#[must_use]
pub fn verdict(differences: &[f64], margin: f64) -> Verdict {
    let difference = mean_interval(differences);
    let points = |fraction: f64| format!("{:+.2}", fraction * 100.0);
    let margin_points = format!("{} points", margin * 100.0);
    let seeds = differences.len();
    let (outcome, reason) = match difference {
        _ if seeds < LEAST_SEEDS => (
            Outcome::Inconclusive,
            format!(
                "{seeds} {} of the {LEAST_SEEDS} seeds that a verdict needs",
                if seeds == 1 {
                    "seed is trained"
                } else {
                    "seeds are trained"
                }
            ),
        ),
        Some(Estimate {
            interval: Some([low, high]),
            ..
        }) => {
            let interval = format!(
                "the 95 % interval {} to {} points",
                points(low),
                points(high)
            );
            if low > -margin {
                (
                    Outcome::NonInferior,
                    format!("{interval} lies above the margin of -{margin_points}"),
                )
            } else if high < -margin {
                (
                    Outcome::Inferior,
                    format!("{interval} lies below the margin of -{margin_points}"),
                )
            } else {
                (
                    Outcome::Inconclusive,
                    format!("{interval} holds the margin of -{margin_points}"),
                )
            }
        }
        _ => (
            Outcome::Inconclusive,
            "no interval could be computed".to_owned(),
        ),
    };
    Verdict {
        outcome,
        margin,
        difference,
        reason,
    }
}
