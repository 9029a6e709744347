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

/// Mean of `values` with its two-sided 95 % Student t interval; `None` without a value.
///
/// The interval needs two values; with equal values it has no width.
#[must_use]
pub fn mean_interval(values: &[f64]) -> Option<Estimate> {
    if values.is_empty() {
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
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / (n - 1.0);
    let quantile = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975);
    let half = quantile * (variance / n).sqrt();
    Some(Estimate {
        mean,
        interval: Some([mean - half, mean + half]),
    })
}
