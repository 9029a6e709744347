//! The bias-corrected and accelerated bootstrap (Efron 1987), seeded.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::entropy::quantile;

/// The BCa interval of a statistic of `values` from `resamples` resamples, each its own random stream of `seed`.
///
/// `level` is the confidence, such as 0.95. `None` as [`bca`] says.
#[must_use]
pub fn bootstrap(
    values: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
    resamples: u64,
    seed: u64,
    level: f64,
) -> Option<[f64; 2]> {
    if values.is_empty() {
        return None;
    }
    let mut drawn = vec![0.0; values.len()];
    let replicates: Vec<f64> = (0..resamples)
        .map(|stream| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream);
            drawn.fill_with(|| values[rng.random_range(0..values.len())]);
            statistic(&drawn)
        })
        .collect();
    let jackknife: Vec<f64> = (0..values.len())
        .map(|left_out| {
            let mut rest = values.to_vec();
            rest.remove(left_out);
            statistic(&rest)
        })
        .collect();
    bca(
        statistic(values),
        replicates,
        &jackknife.iter().map(|&value| (value, 1.0)),
        level,
    )
}

/// The BCa interval (Efron and Tibshirani 1993, section 14.3) from resampled values of a statistic and
/// its values with one observation left out, each with the number of observations that give it.
///
/// As scipy's `bootstrap`, with quantiles by linear interpolation. `None` where the resamples or the
/// jackknife have no spread or a value is not finite.
#[must_use]
pub fn bca(
    observed: f64,
    mut replicates: Vec<f64>,
    jackknife: &(impl Iterator<Item = (f64, f64)> + Clone),
    level: f64,
) -> Option<[f64; 2]> {
    if replicates.is_empty() || replicates.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let normal = Normal::standard();
    let below = replicates.iter().filter(|value| **value < observed).count();
    let up_to = replicates
        .iter()
        .filter(|value| **value <= observed)
        .count();
    let share = (below + up_to) as f64 / (2 * replicates.len()) as f64;
    let bias = normal.inverse_cdf(share);

    let total: f64 = jackknife.clone().map(|(_, weight)| weight).sum();
    let mean = jackknife
        .clone()
        .map(|(value, weight)| weight * value)
        .sum::<f64>()
        / total;
    let power = |exponent: i32| {
        jackknife
            .clone()
            .map(|(value, weight)| weight * (mean - value).powi(exponent))
            .sum::<f64>()
    };
    let acceleration = power(3) / (6.0 * power(2).powf(1.5));

    replicates.sort_by(f64::total_cmp);
    let z = normal.inverse_cdf(f64::midpoint(1.0, level));
    let end = |z: f64| {
        let moved = bias + z;
        let at = normal.cdf(bias + moved / (1.0 - acceleration * moved));
        at.is_finite().then(|| quantile(&replicates, at))
    };
    Some([end(-z)?, end(z)?])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn a_seed_gives_one_interval() {
        let values = [0.1, 0.3, 0.35, 0.8, 1.9, 4.2, 0.2, 0.6];
        let interval = |seed| bootstrap(&values, mean, 500, seed, 0.95).unwrap();
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
    }

    /// scipy 1.17.1, `bootstrap((values,), np.mean, n_resamples=1_000_000, rng=1)`: 0.4375 to 2.525.
    #[test]
    fn many_resamples_come_near_scipy() {
        let values = [0.1, 0.3, 0.35, 0.8, 1.9, 4.2, 0.2, 0.6];
        let [low, high] = bootstrap(&values, mean, 20_000, 3, 0.95).unwrap();
        assert!((low - 0.4375).abs() < 0.02, "{low}");
        assert!((high - 2.525).abs() < 0.08, "{high}");
    }
}
