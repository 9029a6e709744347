//! Does depth help more under one transform of the images than under another?

use serde::{Deserialize, Serialize};

use super::student::{Alternative, paired_t};
use super::{ALPHA, Estimate, MIN_SEEDS, mean_interval};

/// Effects of depth under two transforms, and their difference, paired by seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Seeds that are trained under both transforms.
    pub seeds: usize,
    /// Effect of depth under each transform: baseline less capped accuracy, over those seeds.
    pub effects: [Estimate; 2],
    /// The first effect less the second, with its 95 % t interval over seeds.
    pub interaction: Estimate,
    /// Two-sided p-value of the t test that it is 0; null with fewer than two seeds.
    pub p: Option<f64>,
}

/// The interaction of depth and transform; each effect is a seed with its baseline's less its capped network's
/// accuracy. Seeds that one transform lacks are left out; `None` where none is left.
#[must_use]
pub fn interaction(first: &[(u64, f64)], second: &[(u64, f64)]) -> Option<Interaction> {
    let paired: Vec<[f64; 2]> = first
        .iter()
        .filter_map(|&(seed, effect)| {
            let (_, other) = second.iter().find(|(other, _)| *other == seed)?;
            Some([effect, *other])
        })
        .collect();
    let of = |value: fn(&[f64; 2]) -> f64| paired.iter().map(value).collect::<Vec<f64>>();
    let differences = of(|[first, second]| first - second);
    Some(Interaction {
        seeds: paired.len(),
        effects: [
            mean_interval(&of(|pair| pair[0]))?,
            mean_interval(&of(|pair| pair[1]))?,
        ],
        interaction: mean_interval(&differences)?,
        p: paired_t(&differences, 0.0, Alternative::TwoSided),
    })
}

/// What an interaction shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InteractionOutcome {
    /// Depth helps more under the first transform.
    More,
    /// Depth helps less under the first transform.
    Less,
    /// Neither is shown.
    Undecided,
}

impl InteractionOutcome {
    /// The outcome of an interaction whose p-value among all that are tested is `adjusted_p`: undecided above 5 % and
    /// with fewer than [`MIN_SEEDS`] seeds.
    #[must_use]
    pub fn of(found: &Interaction, adjusted_p: Option<f64>) -> Self {
        let shown = adjusted_p.is_some_and(|p| p < 2.0 * ALPHA) && found.seeds >= MIN_SEEDS;
        match found.interaction.mean {
            mean if shown && mean > 0.0 => Self::More,
            mean if shown && mean < 0.0 => Self::Less,
            _ => Self::Undecided,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FIRST: [(u64, f64); 6] = [
        (1, 0.0150),
        (2, 0.0120),
        (3, 0.0190),
        (4, 0.0500),
        (5, 0.0135),
        (6, 0.0160),
    ];
    const SECOND: [(u64, f64); 6] = [
        (9, 0.0),
        (6, 0.0140),
        (5, 0.0175),
        (3, 0.0185),
        (2, 0.0160),
        (1, 0.0170),
    ];

    /// By scipy 1.17.1: `r = ttest_1samp(differences, 0)`, `r.pvalue` and `r.confidence_interval(0.95)` of the seeds
    /// 1, 2, 3, 5, 6, and the same intervals of either effect.
    #[test]
    fn effects_are_paired_by_seed() {
        let found = interaction(&FIRST, &SECOND).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        assert_eq!(found.seeds, 5);
        near(found.interaction.mean, -0.0015);
        let [low, high] = found.interaction.interval.unwrap();
        near(low, -0.004_843_282_632_706_417);
        near(high, 0.001_843_282_632_706_415_2);
        near(found.p.unwrap(), 0.280_863_126_412_098_2);
        let [first, second] = found.effects.map(|effect| effect.interval.unwrap());
        near(first[0], 0.011_803_154_103_499_941);
        near(first[1], 0.018_396_845_896_500_057);
        near(second[0], 0.014_476_427_834_526_592);
        near(second[1], 0.018_723_572_165_473_407);
    }

    #[test]
    fn few_seeds_or_a_large_p_decide_nothing() {
        let found = interaction(&FIRST, &SECOND).unwrap();
        let judged = InteractionOutcome::of;
        assert_eq!(judged(&found, Some(0.01)), InteractionOutcome::Less);
        assert_eq!(judged(&found, Some(0.06)), InteractionOutcome::Undecided);
        assert_eq!(judged(&found, None), InteractionOutcome::Undecided);
        let few = interaction(&FIRST[..2], &SECOND).unwrap();
        assert_eq!((few.seeds, few.p.is_some()), (2, true));
        assert_eq!(judged(&few, Some(0.01)), InteractionOutcome::Undecided);
        assert_eq!(interaction(&FIRST[3..4], &SECOND), None);
        let swapped = interaction(&SECOND, &FIRST).unwrap();
        assert_eq!(judged(&swapped, Some(0.01)), InteractionOutcome::More);
    }
}
