//! Intervals of means.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::moments::moments;

/// A mean with its two-sided 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower and upper bound; null with fewer than two values.
    pub interval: Option<[f64; 2]>,
}

/// Mean of `values` with its two-sided 95 % Student t interval; `None` without a value or where one is not finite.
///
/// The interval needs two values; with equal values it has no width.
#[must_use]
pub fn mean_interval(values: &[f64]) -> Option<Estimate> {
    if let &[mean] = values {
        let interval = None;
        return mean.is_finite().then_some(Estimate { mean, interval });
    }
    let (mean, variance) = moments(values)?;
    let n = values.len() as f64;
    let half = t_quantile(n - 1.0)? * (variance / n).sqrt();
    Some(Estimate {
        mean,
        interval: Some([mean - half, mean + half]),
    })
}

/// Ratio of totals `Σ numerators / Σ denominators` with its two-sided 95 % interval over the pairs.
///
/// The interval is the linearised one of a ratio estimator (Cochran, Sampling Techniques, 3rd ed.,
/// section 6.3) with the Student t quantile for n - 1 degrees of freedom; it needs two pairs.
/// `None` without a pair, where lengths differ, where a value is not finite, or where the
/// denominators' total is not above zero.
#[must_use]
pub fn ratio_interval(numerators: &[f64], denominators: &[f64]) -> Option<Estimate> {
    let total: f64 = denominators.iter().sum();
    let ratio = numerators.iter().sum::<f64>() / total;
    if numerators.len() != denominators.len() || !(total > 0.0 && ratio.is_finite()) {
        return None;
    }
    let n = numerators.len() as f64;
    if n < 2.0 {
        return Some(Estimate {
            mean: ratio,
            interval: None,
        });
    }
    let squares: f64 = numerators
        .iter()
        .zip(denominators)
        .map(|(numerator, denominator)| (numerator - ratio * denominator).powi(2))
        .sum();
    let half = t_quantile(n - 1.0)? * (squares / (n - 1.0) / n).sqrt() / (total / n);
    Some(Estimate {
        mean: ratio,
        interval: Some([ratio - half, ratio + half]),
    })
}

/// The 97.5 % quantile of Student's t distribution.
pub(super) fn t_quantile(freedom: f64) -> Option<f64> {
    /// Those of the first whole degrees of freedom: charts and lists ask for the same few in every frame.
    static KEPT: [OnceLock<Option<f64>>; 64] = [const { OnceLock::new() }; 64];
    let compute = || t_exceeded_by(0.025, freedom);
    match KEPT.get(freedom as usize) {
        Some(kept) if freedom >= 1.0 && freedom.fract() == 0.0 => *kept.get_or_init(compute),
        _ => compute(),
    }
}

/// What Student's t distribution exceeds with probability `tail`.
fn t_exceeded_by(tail: f64, freedom: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(-distribution.inverse_cdf(tail))
}

/// The Student t interval of the mean of two `values` or more that leaves `tail` out on each side.
pub(super) fn t_interval(values: &[f64], tail: f64) -> Option<[f64; 2]> {
    let (mean, variance) = moments(values)?;
    let n = values.len() as f64;
    let half = t_exceeded_by(tail, n - 1.0)? * (variance / n).sqrt();
    Some([mean - half, mean + half])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn few_or_equal_or_broken_values_are_no_trouble() {
        assert_eq!(mean_interval(&[]), None);
        assert_eq!(mean_interval(&[0.3]).unwrap().interval, None);
        let equal = mean_interval(&[0.5; 4]).unwrap();
        assert_eq!(equal.interval, Some([0.5, 0.5]));
        assert_eq!(mean_interval(&[0.1, f64::NAN]), None);
        assert_eq!(mean_interval(&[f64::INFINITY]), None);
    }

    #[test]
    fn ratios_need_totals_above_zero() {
        assert_eq!(ratio_interval(&[], &[]), None);
        assert_eq!(ratio_interval(&[1.0], &[0.0]), None);
        assert_eq!(ratio_interval(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(ratio_interval(&[f64::NAN], &[1.0]), None);
        assert_eq!(ratio_interval(&[1.0], &[4.0]).unwrap().interval, None);
        let steady = ratio_interval(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap();
        assert_eq!(steady.interval, Some([0.5, 0.5]));
    }
}
