//! Several methods over several datasets: Friedman's test with Nemenyi's comparisons (Demšar 2006).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, FisherSnedecor, Normal};

use super::ranks::{average_ranks, tie_sum};

/// What a table of scores says of the methods in its columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Friedman {
    /// Mean rank of each method over the datasets; the best score has rank 1.
    pub ranks: Vec<f64>,
    /// Friedman's statistic, corrected for ties.
    pub statistic: f64,
    /// Its p-value by the chi-squared distribution.
    pub p: f64,
    /// The less conservative p-value of Iman and Davenport (1980), by the F distribution.
    pub f_p: f64,
    /// Nemenyi's p-value for each pair of methods.
    pub nemenyi: Vec<Vec<f64>>,
    /// Mean ranks further apart than this differ at 5 %.
    pub critical_difference: f64,
}

/// Compares methods (columns) over datasets (rows) by their scores, of which larger ones are better.
///
/// `None` with fewer than two datasets or three methods, in a table that is not rectangular or holds a
/// value that is not finite, and where every row is one tie.
#[must_use]
pub fn friedman(scores: &[Vec<f64>]) -> Option<Friedman> {
    let methods = scores.first()?.len();
    let whole = scores
        .iter()
        .all(|row| row.len() == methods && row.iter().all(|score| score.is_finite()));
    if scores.len() < 2 || methods < 3 || !whole {
        return None;
    }
    let mut sums = vec![0.0; methods];
    let mut shared = 0.0;
    for row in scores {
        let negated: Vec<f64> = row.iter().map(|score| 0.0 - score).collect();
        let (ranks, ties) = average_ranks(&negated);
        shared += tie_sum(&ties);
        for (sum, rank) in sums.iter_mut().zip(ranks) {
            *sum += rank;
        }
    }
    let [n, k] = [scores.len() as f64, methods as f64];
    let correction = 1.0 - shared / (k * (k * k - 1.0) * n);
    if correction <= 0.0 {
        return None;
    }
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let statistic =
        (12.0 / (k * n * (k + 1.0)) * squares - 3.0 * n * (k + 1.0)).max(0.0) / correction;
    let left = n * (k - 1.0) - statistic;
    let f_p = if left > 1e-12 {
        let f = (n - 1.0) * statistic / left;
        FisherSnedecor::new(k - 1.0, (k - 1.0) * (n - 1.0))
            .ok()?
            .sf(f)
    } else {
        0.0
    };
    let ranks: Vec<f64> = sums.iter().map(|sum| sum / n).collect();
    let unit = (k * (k + 1.0) / (6.0 * n)).sqrt();
    let range = StudentizedRange::of(methods);
    // The matrix is symmetric: what is left of the diagonal is computed, on all cores.
    let below: Vec<Vec<f64>> = (0..methods)
        .into_par_iter()
        .map(|at| {
            let apart = |b: &f64| range.above((ranks[at] - b).abs() / unit * 2_f64.sqrt());
            ranks[..=at].iter().map(apart).collect()
        })
        .collect();
    let nemenyi = (0..methods)
        .map(|row| {
            let p = |column: usize| below[row.max(column)][row.min(column)];
            (0..methods).map(p).collect()
        })
        .collect();
    Some(Friedman {
        statistic,
        p: ChiSquared::new(k - 1.0).ok()?.sf(statistic),
        f_p,
        nemenyi,
        critical_difference: critical_range(methods, 0.05) / 2_f64.sqrt() * unit,
        ranks,
    })
}

/// The range of a number of standard normal values.
struct StudentizedRange {
    groups: usize,
    normal: Normal,
    /// Points of the integral, each with the density and the distribution function there.
    points: Vec<[f64; 3]>,
}

impl StudentizedRange {
    const STEP: f64 = 1.0 / 32.0;
    const END: i32 = 10 * 32;

    fn of(groups: usize) -> Self {
        let normal = Normal::standard();
        let point = |at: i32| {
            let z = f64::from(at) * Self::STEP;
            [z, normal.pdf(z), normal.cdf(z)]
        };
        let points = (-Self::END..=Self::END).map(point);
        // Where even the whole distribution function vanishes as a power, a part of it does.
        let points = points.filter(|[.., below]| below.powi(groups as i32 - 1) > 0.0);
        let points = points.collect();
        Self {
            groups,
            normal,
            points,
        }
    }

    /// Probability that the range is above `q`: `1 - k ∫ φ(z) (Φ(z) - Φ(z - q))^(k-1) dz`, by the trapezoid rule, which is
    /// exact to rounding here.
    fn above(&self, q: f64) -> f64 {
        if q <= 0.0 {
            return 1.0;
        }
        let power = self.groups as i32 - 1;
        let points = self.points.iter();
        let within: f64 = points
            .map(|&[z, density, below]| density * (below - self.normal.cdf(z - q)).powi(power))
            .sum();
        (1.0 - self.groups as f64 * within * Self::STEP).clamp(0.0, 1.0)
    }
}

/// The range that is exceeded with probability `alpha`, by bisection.
fn critical_range(groups: usize, alpha: f64) -> f64 {
    let range = StudentizedRange::of(groups);
    let (mut low, mut high) = (0.0, 64.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if range.above(middle) > alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Demšar 2006, table 5 (a): critical values at 5 % for two to ten methods, to three digits.
    #[test]
    fn critical_values_are_those_of_demsar() {
        let printed = [
            1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164,
        ];
        for (methods, value) in (2..).zip(printed) {
            let computed = critical_range(methods, 0.05) / 2_f64.sqrt();
            assert!(
                (computed - value).abs() < 1.1e-3,
                "{methods}: {computed} for {value}"
            );
        }
    }

    #[test]
    fn tables_that_compare_nothing_say_nothing() {
        assert_eq!(friedman(&[]), None);
        assert_eq!(friedman(&[vec![1.0, 2.0, 3.0]]), None);
        assert_eq!(friedman(&[vec![1.0, 2.0], vec![1.0, 2.0]]), None);
        assert_eq!(friedman(&[vec![1.0, 2.0, 3.0], vec![1.0, 2.0]]), None);
        assert_eq!(
            friedman(&[vec![1.0, f64::NAN, 3.0], vec![1.0, 2.0, 3.0]]),
            None
        );
    }
}
