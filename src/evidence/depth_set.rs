//! The smallest depth within the margin of the deepest: which one is shown, and which are not excluded.

use super::saturation::{AgainstDeepest, correct};
use super::{MIN_SEEDS, Margin, Trials, VerdictOutcome, judge};

/// What paired seeds say of the smallest depth whose loss against the deepest is less than the margin.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthSet {
    /// Every shallower depth against the deepest, by rising depth, after Holm's correction in each direction.
    pub against: Vec<AgainstDeepest>,
    /// The smallest depth shown to be non-inferior; the deepest where every other one is shown to be inferior. None where
    /// neither is so.
    pub shown: Option<usize>,
    /// The 95 % confidence set, rising; empty where no verdict is possible: of fewer than [`MIN_SEEDS`] seeds, or where the
    /// deepest has not learned.
    pub set: Vec<usize>,
}

/// Compares depths, rising, with the deepest over paired seeds.
///
/// A depth is left out of the set where it is shown to be inferior, or where a shallower one is shown to be non-inferior, so
/// that it is not the smallest. Each direction is tested at one-sided 2.5 % over all depths together (Holm), so the smallest
/// depth within the margin, of those compared, is in the set with a probability of 95 % or more.
#[must_use]
pub fn depth_set(
    shallower: &[(usize, Trials)],
    deepest: usize,
    margin: impl Into<Margin>,
) -> DepthSet {
    let margin = margin.into();
    let mut against: Vec<AgainstDeepest> = shallower
        .iter()
        .map(|(_, trials)| {
            let mut against = AgainstDeepest::of(&judge(*trials, margin));
            against.p = against.p.filter(|_| trials.broken.is_empty());
            against
        })
        .collect();
    correct(&mut against);
    let judged = shallower
        .iter()
        .zip(&against)
        .all(|((_, trials), against)| {
            let seeds = trials.differences.len() + trials.broken.len();
            seeds >= MIN_SEEDS && against.learned != Some(false)
        });
    let (mut shown, mut set) = (None, Vec::new());
    if judged {
        for (&(depth, _), against) in shallower.iter().zip(&against) {
            if against.outcome != VerdictOutcome::Inferior {
                set.push(depth);
            }
            if against.outcome == VerdictOutcome::NonInferior {
                shown = Some(depth);
                break;
            }
        }
        if shown.is_none() {
            shown = set.is_empty().then_some(deepest);
            set.push(deepest);
        }
    }
    DepthSet {
        against,
        shown,
        set,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Baselines, TestSet};

    /// Five differences around a mean, with a standard deviation of about 0.0016.
    fn around(mean: f64) -> Vec<f64> {
        [-0.002, -0.001, 0.0, 0.001, 0.002]
            .map(|one| mean + one)
            .to_vec()
    }

    fn of(losses: &[(usize, Vec<f64>)]) -> DepthSet {
        let trials = |differences| Trials {
            differences,
            ..Trials::default()
        };
        let shallower: Vec<(usize, Trials)> = losses
            .iter()
            .map(|(depth, differences)| (*depth, trials(&differences[..])))
            .collect();
        depth_set(&shallower, 19, 0.01)
    }

    #[test]
    fn the_smallest_depth_that_is_shown_ends_the_set() {
        let found = of(&[(7, around(-0.05)), (9, around(-0.01)), (13, around(0.0))]);
        assert_eq!((found.shown, found.set), (Some(13), vec![9, 13]));
        let equal = of(&[(7, around(0.0)), (9, around(0.0))]);
        assert_eq!((equal.shown, equal.set), (Some(7), vec![7]));
        let deep = of(&[(7, around(-0.05)), (13, around(-0.03))]);
        assert_eq!((deep.shown, deep.set), (Some(19), vec![19]));
        let open = of(&[(7, around(-0.05)), (13, around(-0.01))]);
        assert_eq!((open.shown, open.set), (None, vec![13, 19]));
    }

    /// By scipy 1.17.1, `ttest_1samp(x, -0.01, alternative="greater")` gives p = 0.0182 for these differences: less than
    /// 0.025 alone, 0.0365 by Holm of two.
    #[test]
    fn two_depths_are_corrected_by_holm() {
        let near = around(-0.01 + 0.002_187);
        let alone = of(&[(7, near.clone())]);
        assert_eq!(alone.shown, Some(7));
        let both = of(&[(7, near.clone()), (9, near)]);
        assert_eq!((both.shown, both.set), (None, vec![7, 9, 19]));
    }

    #[test]
    fn without_a_verdict_there_is_no_set() {
        let few = of(&[(7, vec![0.0, 0.001])]);
        assert_eq!((few.shown, few.set), (None, Vec::new()));
        let differences = around(0.0);
        let baselines = Baselines {
            seeds: &[1, 2, 3, 4, 5],
            accuracies: &[0.1; 5],
            test: TestSet {
                images: 500,
                most_frequent: 50,
            },
        };
        let trials = Trials {
            differences: &differences,
            baselines: Some(baselines),
            ..Trials::default()
        };
        let unlearned = depth_set(&[(7, trials)], 19, 0.01);
        assert_eq!((unlearned.shown, unlearned.set), (None, Vec::new()));
        assert_eq!(unlearned.against[0].learned, Some(false));
        let broken = Trials {
            broken: &[6],
            baselines: None,
            ..trials
        };
        let broken = depth_set(&[(7, broken)], 19, 0.01);
        assert_eq!((broken.shown, broken.set), (None, vec![7, 19]));
        assert_eq!(broken.against[0].p, None);
    }
}
