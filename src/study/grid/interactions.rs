//! Does depth help more where entropy is higher? The effects of depth of one pair of networks under two transforms.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::CellOutcome;
use super::cell::Pair;
use crate::evidence::{Interaction, InteractionOutcome, holm, interaction, rounded_p};
use crate::format::{fixed, points, signed};
use crate::network::NetworkSummary;

/// Entropies nearer than this many bits are equal: permuted pixels keep every histogram.
const SAME: f64 = 0.005;

/// What entropy's rule predicts of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predicted {
    /// Depth helps more under the first transform, which has the higher entropy.
    More,
    /// Depth helps equally: the entropies are equal.
    Equal,
}

/// One pair of networks under two transforms of the same data, that of the higher entropy first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridInteraction {
    /// The dataset.
    pub dataset: String,
    /// The architecture.
    pub architecture: String,
    /// Convolutions of the baseline and of the capped network.
    pub conv_depth: [usize; 2],
    /// Names of the cells.
    pub cells: [String; 2],
    /// The transforms of each.
    pub transforms: [Vec<String>; 2],
    /// Mean image information under each, bits.
    pub entropy: [f64; 2],
    /// The first less the second.
    pub entropy_difference: f64,
    /// The effects of depth and their difference; null where a baseline has not learned.
    pub found: Option<Interaction>,
    /// Its p-value, corrected by Holm over all interactions that the grid plans; null where there is none.
    pub adjusted_p: Option<f64>,
    /// What entropy's rule predicts.
    pub predicted: Predicted,
    /// What was found.
    pub outcome: InteractionOutcome,
    /// Both in a sentence.
    pub sentence: String,
}

impl GridInteraction {
    /// The pair of networks on its data: `mnist · resnet-20 · 19 → 7 convolutions`.
    #[must_use]
    pub fn label(&self) -> String {
        let [baseline, capped] = self.conv_depth;
        format!(
            "{} · {} · {baseline} → {capped} convolutions",
            self.dataset, self.architecture
        )
    }

    /// The transforms in words.
    #[must_use]
    pub fn under(&self) -> [String; 2] {
        self.transforms.each_ref().map(|chain| match chain[..] {
            [] => "no transform".to_owned(),
            _ => chain.join(", "),
        })
    }

    fn new([first, second]: [&CellOutcome; 2], [high, low]: [&Pair; 2]) -> Self {
        let capped = high.capped.as_ref();
        let entropy_difference = high.entropy - low.entropy;
        Self {
            dataset: first.dataset.clone(),
            architecture: first.architecture.clone(),
            conv_depth: [&high.baseline, capped.unwrap_or(&high.baseline)]
                .map(|network| network.conv_depth),
            cells: [first, second].map(|cell| cell.name.clone()),
            transforms: [first, second].map(|cell| cell.transform.clone()),
            entropy: [high.entropy, low.entropy],
            entropy_difference,
            found: effects(first)
                .zip(effects(second))
                .and_then(|(first, second)| interaction(&first, &second)),
            adjusted_p: None,
            predicted: if entropy_difference < SAME {
                Predicted::Equal
            } else {
                Predicted::More
            },
            outcome: InteractionOutcome::Undecided,
            sentence: String::new(),
        }
    }

    fn words(&self) -> String {
        let [first, second] = self.under();
        let predicted = match self.predicted {
            Predicted::Equal => format!(
                "Entropy is the same under {first} and {second} ({} bits), so entropy's rule predicts no interaction",
                fixed(self.entropy[0], 2)
            ),
            Predicted::More => format!(
                "Entropy is {} bits higher under {first} than under {second}, so entropy's rule predicts that depth helps more under {first}",
                fixed(self.entropy_difference, 2)
            ),
        };
        let Some(found) = &self.found else {
            return format!(
                "{}: {predicted}; not tested: a baseline has not learned, or no seed is trained under both.",
                self.label()
            );
        };
        let outcome = match self.outcome {
            InteractionOutcome::More => format!("depth helps more under {first}"),
            InteractionOutcome::Less => format!("depth helps less under {first}"),
            InteractionOutcome::Undecided => "undecided".to_owned(),
        };
        let p = self.adjusted_p.map_or_else(String::new, |p| {
            let p = rounded_p(p);
            let sign = if p.starts_with("below") { " " } else { " = " };
            format!(", p{sign}{p} after Holm's correction")
        });
        let effect = |at: usize| {
            let effect = found.effects[at];
            points(effect.mean, effect.interval, 2)
        };
        format!(
            "{}: {predicted}. Found: {outcome}. The effect of depth, baseline less capped, is {} points under {first} and {} under {second}: an interaction of {} points over {} seed{}{p}.",
            self.label(),
            effect(0),
            effect(1),
            points(found.interaction.mean, found.interaction.interval, 2),
            found.seeds,
            if found.seeds == 1 { "" } else { "s" },
        )
    }

    /// The difference in entropy, with its sign: `+3.12`.
    #[must_use]
    pub fn entropy_words(&self) -> String {
        signed(self.entropy_difference, 2)
    }
}

/// Baseline less capped accuracy of every seed; none where the cell is not finished or its baseline has not learned.
fn effects(cell: &CellOutcome) -> Option<Vec<(u64, f64)>> {
    let summary = cell.summary.as_ref()?;
    let effects = summary.seeds.iter();
    (summary.verdict.learned != Some(false)).then(|| {
        effects
            .map(|seed| (seed.seed, -seed.accuracy_difference))
            .collect()
    })
}

/// Whether two pairs are of the same two networks, whatever images they take.
fn same_networks(one: &Pair, other: &Pair) -> bool {
    let same = |one: &NetworkSummary, other: &NetworkSummary| {
        (one.conv_depth, &one.blocks, &one.widths)
            == (other.conv_depth, &other.blocks, &other.widths)
    };
    let [ours, theirs] = [one, other].map(|pair| pair.capped.as_ref());
    ours.zip(theirs)
        .is_some_and(|(ours, theirs)| same(ours, theirs))
        && same(&one.baseline, &other.baseline)
}

/// The interactions between cells that are finished, and how many the cells give that are planned.
///
/// A row for each two transforms of the same data (with the same settings else) under which the same pair of networks
/// is trained. Their p-values are corrected together by Holm; those still to be trained count with a p-value of 1.
pub(super) fn interactions(cells: &[CellOutcome]) -> (Vec<GridInteraction>, usize) {
    let planned: Vec<(&CellOutcome, &Pair)> = cells
        .iter()
        .filter(|cell| cell.is_planned())
        .filter_map(|cell| Some((cell, cell.pair.as_ref()?)))
        .collect();
    let mut rows = Vec::new();
    let mut tests = 0;
    let group = |cell: &'_ CellOutcome| (cell.dataset.clone(), cell.architecture.clone());
    let mut groups: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (at, (cell, _)) in planned.iter().enumerate() {
        groups.entry(group(cell)).or_default().push(at);
    }
    for (at, one) in planned.iter().enumerate() {
        let of_group = &groups[&group(one.0)];
        let later = of_group.partition_point(|&other| other <= at);
        for other in of_group[later..].iter().map(|&other| &planned[other]) {
            let alike = one.0.transform != other.0.transform
                && one.0.beside == other.0.beside
                && same_networks(one.1, other.1);
            if !alike {
                continue;
            }
            tests += 1;
            if one.0.summary.is_some() && other.0.summary.is_some() {
                let (first, second) = if other.1.entropy - one.1.entropy >= SAME {
                    (other, one)
                } else {
                    (one, other)
                };
                rows.push(GridInteraction::new(
                    [first.0, second.0],
                    [first.1, second.1],
                ));
            }
        }
    }
    let p = |row: &GridInteraction| row.found.as_ref().and_then(|found| found.p);
    let mut family: Vec<f64> = rows.iter().map(|row| p(row).unwrap_or(1.0)).collect();
    family.resize(tests, 1.0);
    for (row, adjusted) in rows.iter_mut().zip(holm(&family)) {
        row.adjusted_p = p(row).map(|_| adjusted);
        if let Some(found) = &row.found {
            row.outcome = InteractionOutcome::of(found, row.adjusted_p);
        }
        row.sentence = row.words();
    }
    (rows, tests)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::fixture::transformed;
    use super::*;

    const SMALL: [f64; 6] = [-0.012, -0.011, -0.013, -0.010, -0.012, -0.014];
    const LARGE: [f64; 6] = [-0.052, -0.050, -0.055, -0.049, -0.051, -0.056];

    /// Depth helps by 4 points more under 3 bits, where entropy is lower: mean -0.04016667 and p = 1.419e-08 by scipy
    /// 1.17.1, `ttest_1samp(small - large, 0)`; three tests are planned, of which one waits.
    #[test]
    fn an_effect_against_the_rule_is_found_and_said() {
        let mut waits = transformed("permute", 7.0, &SMALL);
        waits.summary = None;
        let cells = vec![
            transformed("bits=3", 2.8, &LARGE),
            transformed("", 7.0, &SMALL),
            waits,
        ];
        let (rows, tests) = interactions(&cells);
        assert_eq!((rows.len(), tests), (1, 3));
        let row = &rows[0];
        assert_eq!(row.transforms, [vec![], vec!["bits=3".to_owned()]]);
        assert_eq!(
            (row.predicted, row.outcome),
            (Predicted::More, InteractionOutcome::Less)
        );
        let found = row.found.as_ref().unwrap();
        assert!((found.interaction.mean + 0.040_166_67).abs() < 1e-8);
        assert!((row.adjusted_p.unwrap() - 3.0 * found.p.unwrap()).abs() < 1e-15);
        for part in [
            "Entropy is 4.20 bits higher under no transform than under bits=3",
            "predicts that depth helps more under no transform. Found: depth helps less under no transform",
            "+1.20 ± ",
            "p below 0.001",
        ] {
            assert!(
                row.sentence.contains(part),
                "{part} is not in {}",
                row.sentence
            );
        }
    }

    #[test]
    fn permuted_pixels_keep_their_entropy() {
        let cells = [
            transformed("", 7.0, &SMALL),
            transformed("permute", 7.0, &SMALL),
        ];
        let (rows, _) = interactions(&cells);
        assert_eq!(rows[0].predicted, Predicted::Equal);
        assert_eq!(rows[0].outcome, InteractionOutcome::Undecided);
        assert!(
            rows[0]
                .sentence
                .contains("predicts no interaction. Found: undecided")
        );
    }

    /// Other networks, other settings, other data, the same transform and a baseline that guesses are no rows, the last
    /// one says why.
    #[test]
    fn only_the_same_pair_of_networks_is_compared() {
        let first = || transformed("", 7.0, &SMALL);
        let second = || transformed("bits=3", 2.8, &LARGE);
        let rows = |other: CellOutcome| interactions(&[first(), other]);
        let mut wider = second();
        wider.pair.as_mut().unwrap().capped.as_mut().unwrap().widths[0] += 1;
        assert_eq!(rows(wider).1, 0);
        let mut longer = second();
        longer.beside.as_mut().unwrap().recipe.epochs += 1;
        assert_eq!(rows(longer).1, 0);
        let mut elsewhere = second();
        elsewhere.dataset = "cifar10".to_owned();
        assert_eq!(rows(elsewhere).1, 0);
        assert_eq!(rows(first()).1, 0);
        let mut guesses = second();
        guesses.summary.as_mut().unwrap().verdict.learned = Some(false);
        let (rows, tests) = rows(guesses);
        assert_eq!((rows[0].found.clone(), tests), (None, 1));
        assert!(
            rows[0]
                .sentence
                .contains("not tested: a baseline has not learned")
        );
    }
}
