//! Tests of means by Student's t distribution: paired and Welch's.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::interval::t_quantile;
use super::moments::moments;

/// The side of the null value that the alternative is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alternative {
    /// Not equal to it.
    TwoSided,
    /// Above it.
    Greater,
    /// Below it.
    Less,
}

/// The p-value of the paired t test that the mean of `differences` is `null`.
///
/// Values without spread give the limit, 0 or 1; where they lie on the null value there is none, as
/// there is none from fewer than two values or where one is not finite.
#[must_use]
pub fn paired_t(differences: &[f64], null: f64, alternative: Alternative) -> Option<f64> {
    let (mean, variance) = moments(differences)?;
    let error = (variance / differences.len() as f64).sqrt();
    tail(
        mean - null,
        error,
        differences.len() as f64 - 1.0,
        alternative,
    )
}

/// The p-value that the mean of `differences` does not lie below `-margin`: small where the loss is
/// shown to be less than the margin. As [`paired_t`].
#[must_use]
pub fn non_inferiority(differences: &[f64], margin: f64) -> Option<f64> {
    paired_t(differences, -margin, Alternative::Greater)
}

/// The p-value of two one-sided tests (Schuirmann 1987): small where the mean of `differences` is
/// shown to lie within `margin` of zero on both sides. As [`paired_t`].
#[must_use]
pub fn equivalence(differences: &[f64], margin: f64) -> Option<f64> {
    let above = paired_t(differences, -margin, Alternative::Greater)?;
    let below = paired_t(differences, margin, Alternative::Less)?;
    Some(above.max(below))
}

/// A difference of two groups' means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welch {
    /// Mean of the first group less that of the second.
    pub difference: f64,
    /// Two-sided 95 % interval of the difference.
    pub interval: [f64; 2],
    /// Two-sided p-value that the means are equal.
    pub p: f64,
}

/// Welch's t test of two groups of independent values, whose variances may differ.
///
/// `None` where a group has fewer than two values, a value is not finite, or neither group has spread.
#[must_use]
pub fn welch(first: &[f64], second: &[f64]) -> Option<Welch> {
    let (first_mean, first_variance) = moments(first)?;
    let (second_mean, second_variance) = moments(second)?;
    let [n, m] = [first.len() as f64, second.len() as f64];
    let [a, b] = [first_variance / n, second_variance / m];
    let freedom = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (m - 1.0));
    if !freedom.is_finite() {
        return None;
    }
    let difference = first_mean - second_mean;
    let error = (a + b).sqrt();
    let half = t_quantile(freedom)? * error;
    Some(Welch {
        difference,
        interval: [difference - half, difference + half],
        p: tail(difference, error, freedom, Alternative::TwoSided)?,
    })
}

fn tail(distance: f64, error: f64, freedom: f64, alternative: Alternative) -> Option<f64> {
    let t = distance / error;
    if t.is_nan() {
        return None;
    }
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let above = |t: f64| match t {
        f64::INFINITY => 0.0,
        f64::NEG_INFINITY => 1.0,
        t => distribution.sf(t),
    };
    Some(match alternative {
        Alternative::TwoSided => 2.0 * above(t.abs()),
        Alternative::Greater => above(t),
        Alternative::Less => above(-t),
    })
}
