//! Group-sequential tests: looks at the data after some of the seeds, with bounds that keep the chance of any wrong verdict.
//!
//! The statistics at the looks are those of a Brownian motion at the fractions of the seeds that are trained. The chance to
//! cross a bound is integrated look by look (Armitage, `McPherson` and Rowe 1969; Jennison and Turnbull 2000, section 19.2).

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Intervals of Simpson's rule; even.
const STEPS: usize = 400;
/// Standard deviations beyond which nothing is integrated, and the largest bound.
const REACH: f64 = 9.0;

/// A Brownian motion that has crossed no bound so far: its density on a grid below the last bound.
#[derive(Clone)]
struct Survivors {
    fraction: f64,
    low: f64,
    step: f64,
    density: Vec<f64>,
}

impl Survivors {
    /// After the first look.
    fn new(fraction: f64, bound: f64) -> Self {
        let normal = Normal::standard();
        let deviation = fraction.sqrt();
        Self::on_grid(fraction, bound, |at| normal.pdf(at / deviation) / deviation)
    }

    /// After the next look.
    fn after(&self, fraction: f64, bound: f64) -> Self {
        let normal = Normal::standard();
        let deviation = (fraction - self.fraction).sqrt();
        Self::on_grid(fraction, bound, |at| {
            self.integral(|from| normal.pdf((at - from) / deviation)) / deviation
        })
    }

    fn on_grid(fraction: f64, bound: f64, density: impl Fn(f64) -> f64) -> Self {
        let low = -REACH * fraction.sqrt();
        let step = (bound * fraction.sqrt() - low) / STEPS as f64;
        let density = (0..=STEPS)
            .map(|at| density(low + step * at as f64))
            .collect();
        Self {
            fraction,
            low,
            step,
            density,
        }
    }

    /// The chance to be above `bound` at the next look.
    fn crossing(&self, fraction: f64, bound: f64) -> f64 {
        let normal = Normal::standard();
        let deviation = (fraction - self.fraction).sqrt();
        self.integral(|from| normal.sf((bound * fraction.sqrt() - from) / deviation))
    }

    /// Simpson's rule for the density times `weight`.
    fn integral(&self, weight: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 = self
            .density
            .iter()
            .enumerate()
            .map(|(at, density)| {
                let factor = match at {
                    0 | STEPS => 1.0,
                    odd if odd % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                factor * density * weight(self.low + self.step * at as f64)
            })
            .sum();
        sum * self.step / 3.0
    }
}

/// The chance to be above `bound` at a look after the one that `before` survived, or at the first.
fn crossing(before: Option<&Survivors>, fraction: f64, bound: f64) -> f64 {
    before.map_or_else(
        || Normal::standard().sf(bound),
        |before| before.crossing(fraction, bound),
    )
}

/// What is below `bound` at that look.
fn surviving(before: Option<&Survivors>, fraction: f64, bound: f64) -> Survivors {
    before.map_or_else(
        || Survivors::new(fraction, bound),
        |before| before.after(fraction, bound),
    )
}

/// The chance to cross a bound first at each look, where there is no difference.
fn crossings(fractions: &[f64], bounds: &[f64]) -> Vec<f64> {
    let mut survivors: Option<Survivors> = None;
    fractions
        .iter()
        .zip(bounds)
        .map(|(&fraction, &bound)| {
            let chance = crossing(survivors.as_ref(), fraction, bound);
            survivors = Some(surviving(survivors.as_ref(), fraction, bound));
            chance
        })
        .collect()
}

/// Whether fractions of the seeds rise from above 0 to 1.
fn are_looks(fractions: &[f64]) -> bool {
    fractions.first().is_some_and(|&first| first > 0.0)
        && fractions.windows(2).all(|two| two[0] < two[1])
        && fractions
            .last()
            .is_some_and(|last| last.to_bits() == 1.0_f64.to_bits())
}

/// The value at which a falling function reaches `target`, by bisection.
fn falls_to(target: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-REACH, REACH);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if function(middle) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The bounds of O'Brien and Fleming (1979) for a one-sided test of size `alpha`: normal quantiles, one for each look at a
/// fraction of the seeds, proportional to one by the root of the fraction.
///
/// `None` where the fractions do not rise from above 0 to 1, or `alpha` is not between 0 and 0.5.
#[must_use]
pub fn obrien_fleming(fractions: &[f64], alpha: f64) -> Option<Vec<f64>> {
    if !(are_looks(fractions) && alpha > 0.0 && alpha < 0.5) {
        return None;
    }
    let bounds = |last: f64| -> Vec<f64> {
        let bound = |fraction: &f64| (last / fraction.sqrt()).min(REACH);
        fractions.iter().map(bound).collect()
    };
    let last = falls_to(alpha, |last| {
        crossings(fractions, &bounds(last.max(0.0)))
            .into_iter()
            .sum()
    });
    Some(bounds(last))
}

/// Of `alpha`, what may be spent up to a fraction of the seeds: the spending function of Lan and `DeMets` (1983) that comes near
/// the bounds of O'Brien and Fleming, `2 - 2 Φ(z / √t)` with the upper `alpha / 2` quantile `z`.
fn spent(fraction: f64, alpha: f64) -> f64 {
    let normal = Normal::standard();
    let quantile = -normal.inverse_cdf(alpha / 2.0);
    2.0 * normal.sf(quantile / fraction.sqrt())
}

/// The bounds of a one-sided test of size `alpha` that spends it as O'Brien and Fleming's does, for any spacing of the looks
/// (Lan and `DeMets` 1983): normal quantiles, one for each look. `None` as [`obrien_fleming`].
#[must_use]
pub fn lan_demets(fractions: &[f64], alpha: f64) -> Option<Vec<f64>> {
    if !(are_looks(fractions) && alpha > 0.0 && alpha < 0.5) {
        return None;
    }
    let mut bounds = Vec::with_capacity(fractions.len());
    let mut before = 0.0;
    let mut survivors: Option<Survivors> = None;
    for &fraction in fractions {
        let total = spent(fraction, alpha);
        let bound = falls_to(total - before, |bound| {
            crossing(survivors.as_ref(), fraction, bound)
        });
        survivors = Some(surviving(survivors.as_ref(), fraction, bound));
        before = total;
        bounds.push(bound);
    }
    Some(bounds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn equally_spaced(looks: usize) -> Vec<f64> {
        (1..=looks).map(|at| at as f64 / looks as f64).collect()
    }

    fn near(ours: &[f64], theirs: &[f64], error: f64) {
        assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(theirs) {
            assert!((a - b).abs() < error, "{ours:?} for {theirs:?}");
        }
    }

    /// Jennison and Turnbull 2000, table 2.3: the constants of the last look, to three digits.
    #[test]
    fn classical_bounds_are_the_published_ones() {
        for (looks, last) in [(1, 1.960), (2, 1.977), (3, 2.004), (4, 2.024), (5, 2.040)] {
            let bounds = obrien_fleming(&equally_spaced(looks), 0.025).unwrap();
            let theirs: Vec<f64> = equally_spaced(looks)
                .iter()
                .map(|fraction| last / fraction.sqrt())
                .collect();
            near(&bounds, &theirs, 1.2e-3);
        }
    }

    #[test]
    fn the_spending_bounds_spend_alpha_as_the_function_says() {
        let fractions = [0.2, 0.5, 0.6, 1.0];
        let bounds = lan_demets(&fractions, 0.025).unwrap();
        let mut total = 0.0;
        for (chance, fraction) in crossings(&fractions, &bounds).into_iter().zip(fractions) {
            total += chance;
            assert!((total - spent(fraction, 0.025)).abs() < 1e-9);
        }
        assert!((total - 0.025).abs() < 1e-9);
    }

    #[test]
    fn looks_that_are_none_have_no_bounds() {
        for fractions in [
            &[][..],
            &[0.0, 1.0],
            &[0.5, 0.5, 1.0],
            &[0.5, 0.9],
            &[f64::NAN, 1.0],
        ] {
            assert_eq!(lan_demets(fractions, 0.025), None);
            assert_eq!(obrien_fleming(fractions, 0.025), None);
        }
        assert_eq!(lan_demets(&[1.0], 0.5), None);
        let one = lan_demets(&[1.0], 0.025).unwrap();
        near(&one, &[1.959_963_985], 1e-8);
    }
}
