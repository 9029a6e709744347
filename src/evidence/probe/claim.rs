//! "Past the cap, blocks are identity" as a test.

use serde::{Deserialize, Serialize};

use super::{BlockProbe, Probe};
use crate::evidence::{Estimate, ImageComparison, Welch, mean_interval, welch};
use crate::format::{fixed, known, number_of, signed};

/// What is measured of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Relative update, 0 of an identity.
    RelativeUpdate,
    /// 1 - CKA, 0 of an identity.
    Misalignment,
    /// Accuracy lost when the block alone is replaced by its shortcut, 0 of an identity.
    AccuracyLost,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::RelativeUpdate, Self::Misalignment, Self::AccuracyLost];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RelativeUpdate => "relative update",
            Self::Misalignment => "1 - CKA",
            Self::AccuracyLost => "accuracy lost",
        }
    }

    /// Its value for a block, 0 of an identity; `None` where it cannot be measured.
    #[must_use]
    pub fn of(self, block: &BlockProbe) -> Option<f64> {
        match self {
            Self::RelativeUpdate => block.relative_update,
            Self::Misalignment => block.cka.map(|cka| 1.0 - cka),
            Self::AccuracyLost => block.ablation.map(|ablation| -ablation.difference),
        }
    }
}

/// How blocks past the cap compare with those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nearness {
    /// Nearer to the identity: the interval of the difference is below 0.
    Nearer,
    /// Further from it: the interval is above 0.
    Further,
    /// The interval holds 0, or there is none.
    Undecided,
}

impl Nearness {
    /// What an interval of past less before says.
    #[must_use]
    pub fn of(interval: Option<[f64; 2]>) -> Self {
        match interval {
            Some([_, high]) if high < 0.0 => Self::Nearer,
            Some([low, _]) if low > 0.0 => Self::Further,
            _ => Self::Undecided,
        }
    }

    /// In a few words, of the blocks past the cap.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearer => "nearer to the identity",
            Self::Further => "further from it",
            Self::Undecided => "no clear difference",
        }
    }
}

/// Blocks past the cap against those before it in one measure.
///
/// The interval is Welch's over blocks. Blocks of one network are not independent, so it says how
/// clearly the two groups differ in this network, not what another network would show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// What is measured.
    pub measure: Measure,
    /// Mean over blocks that begin before the cap.
    pub before: Option<Estimate>,
    /// Mean over blocks past it.
    pub past: Option<Estimate>,
    /// Past less before; null with fewer than two blocks on a side.
    pub difference: Option<Welch>,
    /// What the interval says.
    pub outcome: Nearness,
}

impl Claim {
    pub(super) fn new(measure: Measure, blocks: &[BlockProbe]) -> Self {
        let side = |past: bool| -> Vec<f64> {
            blocks
                .iter()
                .filter(|block| block.past_cap == past)
                .filter_map(|block| measure.of(block))
                .collect()
        };
        let [before, past] = [side(false), side(true)];
        let difference = welch(&past, &before);
        Self {
            measure,
            before: mean_interval(&before),
            past: mean_interval(&past),
            difference,
            outcome: Nearness::of(difference.map(|difference| difference.interval)),
        }
    }

    /// Both means and the difference with its interval, as text.
    #[must_use]
    pub fn numbers(&self) -> [String; 3] {
        let mean = |mean: Option<Estimate>| known(mean, |mean| fixed(mean.mean, 4));
        let difference = known(self.difference, |welch| {
            let [low, high] = welch.interval.map(|end| signed(end, 4));
            format!("{} (95 %: {low} to {high})", signed(welch.difference, 4))
        });
        [mean(self.before), mean(self.past), difference]
    }
}

impl Probe {
    /// What the probe says of the claim, in sentences.
    pub(super) fn conclude(&self) -> String {
        let past = self.blocks.iter().filter(|block| block.past_cap).count();
        let cap = format!("the cap of {} {}", self.cap.cap, self.cap.unit);
        if past == 0 {
            return format!("no block is past {cap}, so the claim cannot be tested here");
        }
        if past == self.blocks.len() {
            return format!(
                "every block is past {cap}, so there are none to compare them with{}",
                self.without_past_cap.map_or_else(String::new, all_at_once)
            );
        }
        let mut parts = Vec::new();
        for outcome in [Nearness::Nearer, Nearness::Further, Nearness::Undecided] {
            let claims = self.claims.iter().filter(|claim| claim.outcome == outcome);
            let measures: Vec<&str> = claims.map(|claim| claim.measure.name()).collect();
            if !measures.is_empty() {
                parts.push(format!("{} by {}", outcome.name(), measures.join(", ")));
            }
        }
        format!(
            "past {cap}, {} of {}, compared with those before it: {}{}",
            number_of(past, "block", "blocks"),
            self.blocks.len(),
            parts.join("; "),
            self.without_past_cap.map_or_else(String::new, all_at_once)
        )
    }
}

/// The effect of replacing all blocks past the cap at once.
fn all_at_once(images: ImageComparison) -> String {
    let points = |fraction: f64| signed(fraction * 100.0, 2);
    let said = match images.interval {
        Some([low, high]) if low <= 0.0 && high >= 0.0 => "the change may be chance",
        None if images.only_baseline + images.only_capped == 0 => {
            "no image is classified differently"
        }
        _ => "together they are not an identity",
    };
    let interval = images.interval.map_or_else(String::new, |[low, high]| {
        format!(" (95 % over images: {} to {})", points(low), points(high))
    });
    format!(
        ". With all of them replaced by their shortcuts, accuracy changes by {} points{interval}: {said}",
        points(images.difference)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::Unit;
    use crate::evidence::probe::Line;

    fn block(number: usize, past_cap: bool, update: f64) -> BlockProbe {
        BlockProbe {
            block: number,
            past_cap,
            relative_update: Some(update),
            cka: Some(1.0 - update / 2.0),
            ..BlockProbe::default()
        }
    }

    fn probe(blocks: Vec<BlockProbe>, without: Option<ImageComparison>) -> Probe {
        let cap = Line {
            cap: 5,
            unit: Unit::Convolutions,
        };
        Probe::new([100, 90], cap, blocks, without)
    }

    /// Difference and interval by scipy 1.17.1, `ttest_ind(past, before, equal_var=False)`.
    #[test]
    fn clearly_apart_is_nearer() {
        let updates = [0.9, 0.8, 0.1, 0.12, 0.08];
        let blocks = (1..)
            .zip(updates)
            .map(|(number, update)| block(number, number > 2, update))
            .collect();
        let found = probe(blocks, None);
        let claim = &found.claims[0];
        assert_eq!(claim.outcome, Nearness::Nearer);
        let difference = claim.difference.map(|welch| welch.difference);
        assert!(difference.is_some_and(|difference| (difference + 0.75).abs() < 1e-12));
        assert_eq!(found.claims[2].outcome, Nearness::Undecided);
        let end = "nearer to the identity by relative update, 1 - CKA; no clear difference by accuracy lost";
        assert!(found.reason.ends_with(end), "{}", found.reason);
    }

    #[test]
    fn one_block_on_a_side_decides_nothing_and_a_cap_past_all_is_said() {
        let one = probe(
            vec![
                block(1, false, 0.5),
                block(2, false, 0.6),
                block(3, true, 0.1),
            ],
            None,
        );
        assert_eq!(one.claims[0].outcome, Nearness::Undecided);
        assert_eq!(one.claims[0].difference, None);
        let none = probe(vec![block(1, false, 0.5)], None);
        assert!(none.reason.starts_with("no block is past"));
        let all = probe(vec![block(1, true, 0.5)], None);
        assert!(all.reason.starts_with("every block is past"));
    }

    #[test]
    fn all_blocks_past_the_cap_together_are_judged() {
        let images = ImageComparison {
            images: 100,
            only_baseline: 40,
            only_capped: 2,
            difference: -0.38,
            interval: Some([-0.48, -0.28]),
            mcnemar: 1e-9,
        };
        let blocks = vec![block(1, false, 0.5), block(2, true, 0.1)];
        let said = probe(blocks, Some(images)).reason;
        let end =
            "−38.00 points (95 % over images: −48.00 to −28.00): together they are not an identity";
        assert!(said.ends_with(end), "{said}");
    }
}
