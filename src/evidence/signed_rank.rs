//! Wilcoxon's signed-rank test (Wilcoxon 1945).

use statrs::distribution::{ContinuousCDF, Normal};

use super::Alternative;
use super::ranks::{average_ranks, tie_sum};

/// Most differences for which the test is exact where there are neither ties nor zeros.
const EXACT: usize = 50;
/// Most differences for which it is exact with them.
const EXACT_WITH_TIES: usize = 13;

/// The p-value that `differences` are distributed symmetrically about zero.
///
/// Differences of zero are left out, ties share their ranks, and the choice between the exact
/// distribution and the normal approximation (with correction for ties, without one for continuity)
/// is that of scipy's `wilcoxon` in version 1.17: exact for at most 50 differences without ties and
/// zeros, and for at most 13 with them. `None` without a difference, where one is not finite, or
/// where the approximation has no spread.
#[must_use]
pub fn signed_rank(differences: &[f64], alternative: Alternative) -> Option<f64> {
    if differences.is_empty() || differences.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let kept: Vec<f64> = differences
        .iter()
        .copied()
        .filter(|&value| value != 0.0)
        .collect();
    let sizes: Vec<f64> = kept.iter().map(|value| value.abs()).collect();
    let (ranks, ties) = average_ranks(&sizes);
    let positive: f64 = kept
        .iter()
        .zip(&ranks)
        .filter(|(value, _)| **value > 0.0)
        .map(|(_, rank)| rank)
        .sum();
    let plain = kept.len() == differences.len() && ties.iter().all(|&tie| tie == 1);
    let most = if plain { EXACT } else { EXACT_WITH_TIES };
    let (above, below) = if differences.len() <= most {
        exact(&ranks, positive)
    } else {
        approximate(kept.len() as f64, &ties, positive)?
    };
    Some(match alternative {
        Alternative::TwoSided => (2.0 * above.min(below)).min(1.0),
        Alternative::Greater => above,
        Alternative::Less => below,
    })
}

/// Probabilities that the sum of positive ranks is at least, and at most, `positive` when each sign is
/// even odds.
fn exact(ranks: &[f64], positive: f64) -> (f64, f64) {
    let twice = |rank: f64| (2.0 * rank).round() as usize;
    let total: usize = ranks.iter().map(|&rank| twice(rank)).sum();
    let mut ways = vec![0.0; total + 1];
    ways[0] = 1.0;
    let mut reached = 0;
    for rank in ranks.iter().map(|&rank| twice(rank)) {
        reached += rank;
        for sum in (rank..=reached).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let at = twice(positive);
    let all = 2_f64.powi(ranks.len() as i32);
    let share = |ways: &[f64]| ways.iter().sum::<f64>() / all;
    (share(&ways[at..]), share(&ways[..=at]))
}

fn approximate(n: f64, ties: &[usize], positive: f64) -> Option<(f64, f64)> {
    let mean = n * (n + 1.0) / 4.0;
    let spread = ((n * (n + 1.0) * (2.0 * n + 1.0) - tie_sum(ties) / 2.0) / 24.0).sqrt();
    let z = (positive - mean) / spread;
    if z.is_nan() {
        return None;
    }
    let normal = Normal::standard();
    Some((normal.sf(z), normal.cdf(z)))
}
