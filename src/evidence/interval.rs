//! Intervals of means.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

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
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return Some(Estimate {
            mean,
            interval: None,
        });
    }
    let squares = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>();
    let half = t_quantile(n - 1.0)? * (squares / (n - 1.0) / n).sqrt();
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
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(distribution.inverse_cdf(0.975))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    /// Expected values by numpy and scipy 1.17.1: `v.mean()`, `t.ppf(.975, n - 1) * v.std(ddof=1) / sqrt(n)`.
    #[test]
    fn intervals_agree_with_scipy() {
        let cases: [(&[f64], f64, f64, f64); 3] = [
            (
                &[0.2, -0.1, 0.4, 0.3, 0.0],
                0.16,
                -0.097_476_926_792_907_73,
                0.417_476_926_792_907_7,
            ),
            (
                &[1.0, 2.0],
                1.5,
                -4.853_102_368_087_347,
                7.853_102_368_087_347,
            ),
            (
                &[0.91, 0.93, 0.935, 0.94, 0.92, 0.9275, 0.951],
                0.9305,
                0.918_146_585_464_713_5,
                0.942_853_414_535_286_7,
            ),
        ];
        for (values, mean, low, high) in cases {
            let estimate = mean_interval(values).unwrap();
            let [lower, upper] = estimate.interval.unwrap();
            assert!(close(estimate.mean, mean));
            assert!(close(lower, low) && close(upper, high), "{estimate:?}");
        }
    }

    /// Expected values by scipy 1.17.1, `t.ppf(0.975, df)`.
    #[test]
    fn quantiles_agree_with_scipy() {
        for (freedom, quantile) in [
            (1.0, 12.706_204_736_174_694),
            (2.0, 4.302_652_729_749_462),
            (4.0, 2.776_445_105_197_793_4),
            (9.0, 2.262_157_162_798_205),
            (29.0, 2.045_229_642_132_703),
        ] {
            assert!(close(t_quantile(freedom).unwrap(), quantile), "{freedom}");
        }
    }

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
