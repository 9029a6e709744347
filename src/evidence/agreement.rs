//! Does the depth that is needed follow the entropy of the data?

use serde::{Deserialize, Serialize};

/// What is known of one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// Its name.
    pub dataset: String,
    /// Its image information in bits.
    pub entropy: f64,
    /// Convolutions that the cap leaves of the network.
    pub cap: usize,
    /// The depth needed, as estimated.
    pub needed: Option<usize>,
    /// Its interval.
    pub interval: Option<[usize; 2]>,
}

/// Whether depth needed follows entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Follows {
    /// In every pair whose caps differ the dataset of higher entropy needs more depth, beyond the intervals.
    Yes,
    /// In at least one such pair it needs no more, beyond the intervals.
    No,
    /// The intervals are too wide, or missing.
    CannotTell,
}

/// Entropy and depth needed over datasets of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The answer.
    pub follows: Follows,
    /// Pairs of datasets whose caps leave different depths: those that the heuristic tells apart.
    pub pairs: usize,
    /// Of these, pairs in which the interval of the dataset of higher entropy is above the other's.
    pub pairs_for: usize,
    /// Pairs in which no part of it is above the other's.
    pub pairs_against: usize,
    /// Kendall's rank correlation (tau-a) of entropy and estimated depth over all pairs; null where an
    /// estimate is missing.
    pub kendall: Option<f64>,
    /// The first pair that speaks against it, lower entropy first.
    pub counterexample: Option<[String; 2]>,
}

/// Compares the depths needed with the entropies; `None` of fewer than two datasets.
#[must_use]
pub fn agreement(needs: &[Need]) -> Option<Agreement> {
    if needs.len() < 2 {
        return None;
    }
    let mut sorted: Vec<&Need> = needs.iter().collect();
    sorted.sort_by(|a, b| a.entropy.total_cmp(&b.entropy));
    let mut found = Agreement {
        follows: Follows::CannotTell,
        pairs: 0,
        pairs_for: 0,
        pairs_against: 0,
        kendall: kendall(&sorted),
        counterexample: None,
    };
    for (at, low) in sorted.iter().enumerate() {
        for high in &sorted[at + 1..] {
            if low.cap == high.cap {
                continue;
            }
            found.pairs += 1;
            let (Some([bottom, top]), Some([from, to])) = (low.interval, high.interval) else {
                continue;
            };
            if from > top {
                found.pairs_for += 1;
            } else if to <= bottom {
                found.pairs_against += 1;
                found
                    .counterexample
                    .get_or_insert_with(|| [low.dataset.clone(), high.dataset.clone()]);
            }
        }
    }
    if found.pairs_against > 0 {
        found.follows = Follows::No;
    } else if found.pairs > 0 && found.pairs_for == found.pairs {
        found.follows = Follows::Yes;
    }
    Some(found)
}

/// Kendall's tau-a of needs sorted by entropy.
fn kendall(sorted: &[&Need]) -> Option<f64> {
    let depths = sorted
        .iter()
        .map(|need| need.needed)
        .collect::<Option<Vec<usize>>>()?;
    let mut sum = 0_i32;
    let mut pairs = 0_i32;
    for (at, low) in depths.iter().enumerate() {
        for high in &depths[at + 1..] {
            sum += match high.cmp(low) {
                std::cmp::Ordering::Greater => 1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Less => -1,
            };
            pairs += 1;
        }
    }
    Some(f64::from(sum) / f64::from(pairs))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn need(entropy: f64, cap: usize, needed: usize, interval: Option<[usize; 2]>) -> Need {
        Need {
            dataset: format!("bits-{entropy}"),
            entropy,
            cap,
            needed: Some(needed),
            interval,
        }
    }

    fn of(intervals: [[usize; 2]; 3]) -> Agreement {
        let [a, b, c] = intervals;
        agreement(&[
            need(20.0, 19, c[0], Some(c)),
            need(5.0, 7, a[0], Some(a)),
            need(12.0, 11, b[0], Some(b)),
        ])
        .unwrap()
    }

    #[test]
    fn disjoint_rising_intervals_follow() {
        let found = of([[7, 7], [9, 11], [13, 19]]);
        assert_eq!(found.follows, Follows::Yes);
        assert_eq!((found.pairs, found.pairs_for), (3, 3));
        assert_eq!(found.kendall, Some(1.0));
    }

    #[test]
    fn equal_or_falling_depths_refute() {
        let flat = of([[7, 7]; 3]);
        assert_eq!(flat.follows, Follows::No);
        assert_eq!((flat.pairs_against, flat.kendall), (3, Some(0.0)));
        let falling = of([[13, 15], [7, 9], [17, 19]]);
        assert_eq!(falling.follows, Follows::No);
        let pair = falling.counterexample.unwrap();
        assert_eq!(pair, ["bits-5".to_owned(), "bits-12".to_owned()]);
    }

    #[test]
    fn wide_or_missing_intervals_cannot_tell() {
        assert_eq!(
            of([[7, 15], [9, 17], [11, 19]]).follows,
            Follows::CannotTell
        );
        let few = agreement(&[need(5.0, 7, 7, None), need(12.0, 11, 9, None)]).unwrap();
        assert_eq!((few.follows, few.kendall), (Follows::CannotTell, Some(1.0)));
        let same_cap = [need(5.0, 7, 7, Some([7, 7])), need(6.0, 7, 7, Some([7, 7]))];
        let found = agreement(&same_cap).unwrap();
        assert_eq!((found.follows, found.pairs), (Follows::CannotTell, 0));
        assert_eq!(agreement(&same_cap[..1]), None);
    }
}
