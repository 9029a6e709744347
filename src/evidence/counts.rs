//! Exact tests of counts: the sign test, McNemar's, and the binomial test.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::Alternative;

/// The p-value that a value of `differences` is as likely above zero as below; zeros are left out.
///
/// 1 where all are zeros; `None` without a difference or where one is not a number.
#[must_use]
pub fn sign_test(differences: &[f64], alternative: Alternative) -> Option<f64> {
    if differences.is_empty() || differences.iter().any(|value| value.is_nan()) {
        return None;
    }
    let count = |above: fn(&&f64) -> bool| differences.iter().filter(above).count() as u64;
    even_odds(
        count(|value| **value > 0.0),
        count(|value| **value < 0.0),
        alternative,
    )
}

/// The two-sided p-value of the exact test of McNemar (1947) that two networks are right equally
/// often, from the numbers of images that only one of them classifies right.
#[must_use]
pub fn mcnemar(only_first: u64, only_second: u64) -> Option<f64> {
    even_odds(only_first, only_second, Alternative::TwoSided)
}

/// The one-sided p-value of the exact binomial test: how likely `hits` or more of `trials` are where each is
/// a hit with probability `share`. `None` where `share` is no probability.
#[must_use]
pub fn at_least(hits: u64, trials: u64, share: f64) -> Option<f64> {
    let chance = Binomial::new(share, trials).ok()?;
    Some(hits.checked_sub(1).map_or(1.0, |fewer| chance.sf(fewer)))
}

fn even_odds(above: u64, below: u64, alternative: Alternative) -> Option<f64> {
    let trials = above + below;
    if trials == 0 {
        return Some(1.0);
    }
    let coin = Binomial::new(0.5, trials).ok()?;
    Some(match alternative {
        Alternative::TwoSided => (2.0 * coin.cdf(above.min(below))).min(1.0),
        Alternative::Greater => coin.cdf(below),
        Alternative::Less => coin.cdf(above),
    })
}
