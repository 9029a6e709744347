//! How many seeds show what is to be shown.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

/// Power that a plan aims at.
pub const POWER: f64 = 0.8;
/// Size of the one-sided test behind a two-sided 95 % interval.
pub const ALPHA: f64 = 0.025;
/// No plan goes further.
const MOST: usize = 10_000;

/// The power of a one-sided paired t test of size `alpha` on `n` differences whose true mean is
/// `effect` standard deviations above the null value.
///
/// `None` for fewer than two differences and values outside their ranges.
#[must_use]
pub fn power(effect: f64, n: usize, alpha: f64) -> Option<f64> {
    if n < 2 || !effect.is_finite() || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let freedom = n as f64 - 1.0;
    let critical = StudentsT::new(0.0, 1.0, freedom)
        .ok()?
        .inverse_cdf(1.0 - alpha);
    Some(noncentral_above(
        critical,
        freedom,
        effect * (n as f64).sqrt(),
    ))
}

/// The fewest seeds, and at least `least`, that show with probability [`POWER`] that the loss is less
/// than `margin`, by the interval that the verdict goes by, where the true difference of accuracy is
/// `difference` and varies from seed to seed with standard deviation `sd`.
///
/// `None` where no number does, or more than 10,000 would be needed.
#[must_use]
pub fn seeds_needed(sd: f64, margin: f64, difference: f64, least: usize) -> Option<usize> {
    let distance = difference + margin;
    if !(sd >= 0.0 && distance > 0.0 && sd.is_finite() && distance.is_finite()) {
        return None;
    }
    let least = least.max(2);
    let enough = |n: usize| sd == 0.0 || power(distance / sd, n, ALPHA).is_some_and(|p| p >= POWER);
    if enough(least) {
        return Some(least);
    }
    let (mut short, mut long) = (least, MOST);
    if !enough(long) {
        return None;
    }
    while long - short > 1 {
        let middle = usize::midpoint(short, long);
        if enough(middle) {
            long = middle;
        } else {
            short = middle;
        }
    }
    Some(long)
}

/// The smallest margin that `seeds` show with probability [`POWER`], where the true difference of accuracy is `difference` and
/// varies from seed to seed with standard deviation `sd`.
///
/// `None` for fewer than two seeds and values that are not finite.
#[must_use]
pub fn margin_shown(sd: f64, seeds: usize, difference: f64) -> Option<f64> {
    if !(sd >= 0.0 && sd.is_finite() && difference.is_finite()) {
        return None;
    }
    let (mut low, mut high) = (0.0, 64.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if power(middle, seeds, ALPHA)? < POWER {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high * sd - difference)
}

/// `P(T > t)` of the noncentral t distribution: `(Z + shift) / S`, with `S` the root of a chi-squared
/// over its degrees of freedom; integrated over `ln S` by the trapezoid rule, whose error is that of
/// rounding for a function that dies out on both sides.
fn noncentral_above(t: f64, freedom: f64, shift: f64) -> f64 {
    const STEPS: i32 = 2_000;
    let reach = 9.0 / (2.0 * freedom).sqrt();
    let (low, high) = (-reach - 36.0 / freedom, reach);
    let step = (high - low) / f64::from(STEPS);
    let half = freedom / 2.0;
    let constant = std::f64::consts::LN_2 + half * half.ln() - ln_gamma(half);
    let normal = Normal::standard();
    (0..=STEPS)
        .map(|at| {
            let log = low + f64::from(at) * step;
            let spread = log.exp();
            let density = (constant + freedom * log - half * spread * spread).exp();
            density * normal.cdf(shift - t * spread)
        })
        .sum::<f64>()
        * step
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_kept_and_the_impossible_said() {
        assert_eq!(seeds_needed(0.001, 0.01, 0.0, 5), Some(5));
        assert_eq!(seeds_needed(0.0, 0.01, 0.0, 5), Some(5));
        assert_eq!(seeds_needed(0.01, 0.01, -0.01, 5), None);
        assert_eq!(seeds_needed(0.01, 0.01, -0.02, 5), None);
        assert_eq!(seeds_needed(10.0, 0.01, 0.0, 5), None);
        assert_eq!(seeds_needed(f64::NAN, 0.01, 0.0, 5), None);
        assert_eq!(power(1.0, 1, 0.05), None);
        assert_eq!(power(1.0, 5, 0.0), None);
    }

    #[test]
    fn the_number_is_the_first_that_suffices() {
        let n = seeds_needed(0.03, 0.01, 0.0, 2).unwrap();
        assert!(power(1.0 / 3.0, n, ALPHA).unwrap() >= POWER);
        assert!(power(1.0 / 3.0, n - 1, ALPHA).unwrap() < POWER);
    }
}
