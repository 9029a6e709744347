//! Are the blocks past the cap identities? And if not, are they useful?

use serde::{Deserialize, Serialize};

use super::{Accuracies, BlockProbe, Claim, Controls, Measure, Nearness, Probe};
use crate::evidence::{ImageComparison, TestSet};
use crate::format::{fixed, known, number_of, percent, signed};

const UNREADABLE: &str = "a linear classifier on the last block is not better than always naming the most frequent class";

/// An answer to a question on the blocks past the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// These images do not decide it.
    Undecided,
}

/// Two questions that are not the same: a block can change all features and help no classification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Whether they are identities: no, where replacing all of them by their shortcuts changes accuracy; yes, where no
    /// image is classified differently.
    pub identities: Answer,
    /// Whether they are useful: yes, where a linear classifier on the last block is better than one on the last block
    /// before the cap; no, where it is better by less than the margin. By 95 % intervals over images.
    pub useful: Answer,
}

/// Blocks past the cap against those before it in one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageClaims {
    /// The stage, from 1.
    pub stage: usize,
    /// One claim for each measure.
    pub claims: Vec<Claim>,
}

impl StageClaims {
    /// The claims of the stage that has blocks before and past the cap, not counting downsampling ones.
    fn of(blocks: &[BlockProbe]) -> Option<Self> {
        let of_stage = |stage: usize| -> Vec<BlockProbe> {
            let plain = blocks.iter().filter(|block| !block.downsampling);
            plain
                .filter(|block| block.stage == Some(stage))
                .cloned()
                .collect()
        };
        let mut stages: Vec<usize> = blocks.iter().filter_map(|block| block.stage).collect();
        stages.dedup();
        stages.into_iter().find_map(|stage| {
            let blocks = of_stage(stage);
            let past = blocks.iter().filter(|block| block.past_cap).count();
            (past > 0 && past < blocks.len()).then(|| Self {
                stage,
                claims: Measure::ALL
                    .map(|measure| Claim::new(measure, &blocks))
                    .into(),
            })
        })
    }
}

impl Probe {
    /// Concludes from the linear classifiers and the controls.
    pub(super) fn answer(&mut self) {
        let margin = self.margin.unwrap_or(0.0);
        self.solved_by_block = self.first_solved(|against| against.difference > -margin);
        self.shown_solved_by_block = self.first_solved(|against| bounds(against)[0] > -margin);
        self.within_stage = StageClaims::of(&self.blocks);
        let kept = self.blocks.iter().filter(|block| !block.past_cap).count();
        let at_cap = self
            .readouts
            .get(kept)
            .and_then(|readout| readout.against_last);
        self.answers = (kept < self.blocks.len()).then(|| Answers {
            identities: match self.without_past_cap {
                Some(images) if images.only_baseline + images.only_capped == 0 => Answer::Yes,
                Some(images) if excludes_zero(bounds(&images)) => Answer::No,
                _ => Answer::Undecided,
            },
            useful: match at_cap.map(|against| bounds(&against)) {
                _ if !self.is_readable() => Answer::Undecided,
                Some([low, _]) if low > -margin => Answer::No,
                Some([_, high]) if high < 0.0 => Answer::Yes,
                _ => Answer::Undecided,
            },
        });
        self.findings = [
            self.answers.map(|answers| self.identities(answers)),
            self.answers
                .and_then(|answers| self.useful(answers, kept, at_cap?)),
            self.solved(),
            self.placebos(),
            (kept < self.blocks.len()).then(|| self.stage()),
        ]
        .into_iter()
        .flatten()
        .collect();
    }

    /// The first layer from which on all of them are good.
    fn first_solved(&self, good: impl Fn(&ImageComparison) -> bool) -> Option<usize> {
        if !self.is_readable() {
            return None;
        }
        let good: Option<Vec<bool>> = self
            .readouts
            .iter()
            .map(|readout| readout.against_last.as_ref().map(&good))
            .collect();
        let good = good?;
        let first = good.iter().rposition(|good| !good).map_or(0, |bad| bad + 1);
        (first < good.len()).then_some(first)
    }

    /// Whether a linear classifier on the last block is better than always naming the most frequent class; if not, to be
    /// as good as that one means nothing.
    fn is_readable(&self) -> bool {
        let accuracy = self.readouts.last().and_then(|readout| readout.accuracy);
        let test = self.most_frequent.map(|most_frequent| TestSet {
            images: self.images,
            most_frequent,
        });
        test.zip(accuracy)
            .is_some_and(|(test, accuracy)| test.is_beaten_by(accuracy))
    }

    fn identities(&self, answers: Answers) -> String {
        let Some(images) = self.without_past_cap else {
            return "identities or not: cannot be tested, no block past the cap has a shortcut"
                .to_owned();
        };
        let said = match answers.identities {
            Answer::Yes => "identities in effect: no image is classified differently",
            Answer::No => "not identities: accuracy changes",
            Answer::Undecided => "identities or not: undecided, the change may be chance",
        };
        format!(
            "{said} when all blocks past the cap are replaced by their shortcuts ({})",
            change(&images)
        )
    }

    fn useful(&self, answers: Answers, kept: usize, against: ImageComparison) -> Option<String> {
        if !self.is_readable() {
            return Some(format!("useful or not: cannot be tested, {UNREADABLE}"));
        }
        let margin = points(self.margin?);
        let said = match answers.useful {
            Answer::Yes => "useful: a linear classifier needs the blocks past the cap".to_owned(),
            Answer::No => format!(
                "not useful: a linear classifier gains less than the margin of {margin} from the blocks past the cap"
            ),
            Answer::Undecided => format!(
                "useful or not: undecided, these images do not show a gain and do not exclude one of {margin}"
            ),
        };
        let accuracy =
            |readout: &super::Readout| known(readout.accuracy, |share| percent(share, 2));
        Some(format!(
            "{said}; on the features at the cap it is right for {} %, on those of the last block for {} % ({})",
            accuracy(&self.readouts[kept]),
            accuracy(self.readouts.last()?),
            change(&ImageComparison {
                difference: -against.difference,
                interval: against.interval.map(|[low, high]| [-high, -low]),
                ..against
            })
        ))
    }

    fn solved(&self) -> Option<String> {
        if !self.is_readable() {
            return (!self.readouts.is_empty())
                .then(|| format!("solved by no block: {UNREADABLE}"));
        }
        let (block, margin) = (self.solved_by_block?, points(self.margin?));
        let at = |block: usize| {
            let depth = self.readouts[block].conv_depth;
            let name = if block == 0 {
                "the stem".to_owned()
            } else {
                format!("block {block}")
            };
            format!(
                "{name} ({})",
                number_of(depth, "convolution", "convolutions")
            )
        };
        let shown = known(self.shown_solved_by_block, at);
        Some(format!(
            "solved by {} of {} blocks: from there on a linear classifier on pooled features loses less than {margin} against the last block's; shown, at 95 % over images, from {shown} on",
            at(block),
            self.blocks.len()
        ))
    }

    fn placebos(&self) -> Option<String> {
        let Controls {
            past_cap: Some(past),
            placebos,
            whole,
            ..
        } = self.controls.as_ref()?
        else {
            return None;
        };
        let both = |accuracies: Accuracies| {
            format!(
                "{} %, recalibrated {} %",
                percent(accuracies.accuracy, 2),
                percent(accuracies.recalibrated_accuracy, 2)
            )
        };
        let blocks = number_of(past.removed.len(), "block", "blocks");
        let cut = format!(
            "without the {blocks} past the cap: {} (whole network: {})",
            both(past.accuracies),
            both(*whole)
        );
        if placebos.is_empty() {
            return Some(format!(
                "{cut}; there is no other set of as many blocks and as many downsampling ones to compare them with"
            ));
        }
        let mean = |of: fn(&Accuracies) -> f64| {
            placebos.iter().map(|set| of(&set.accuracies)).sum::<f64>() / placebos.len() as f64
        };
        let p = |p: Option<f64>| known(p, |p| fixed(p, 3));
        Some(format!(
            "{cut}; without {} of as many blocks, on average: {}; p that the blocks past the cap are such a set: {}, recalibrated {}",
            number_of(placebos.len(), "random set", "random sets"),
            both(Accuracies {
                accuracy: mean(|set| set.accuracy),
                recalibrated_accuracy: mean(|set| set.recalibrated_accuracy),
            }),
            p(past.p),
            p(past.recalibrated_p)
        ))
    }

    fn stage(&self) -> String {
        let Some(within) = &self.within_stage else {
            return "no stage has blocks on both sides of the cap besides downsampling ones, so depth and stage cannot be separated here".to_owned();
        };
        let claims = within.claims.iter().filter(|claim| claim.past.is_some());
        let words: Vec<String> = claims
            .map(|claim| {
                let [before, past, _] = claim.numbers();
                let outcome = match claim.outcome {
                    Nearness::Undecided if claim.difference.is_none() => "too few blocks",
                    outcome => outcome.name(),
                };
                format!(
                    "{} {before} before, {past} past: {outcome}",
                    claim.measure.name()
                )
            })
            .collect();
        format!(
            "within stage {}, downsampling blocks left out: {}",
            within.stage,
            words.join("; ")
        )
    }
}

/// The interval of a difference; none where no image tells the two apart, and then it has no width.
fn bounds(images: &ImageComparison) -> [f64; 2] {
    images.interval.unwrap_or([images.difference; 2])
}

fn excludes_zero([low, high]: [f64; 2]) -> bool {
    low > 0.0 || high < 0.0
}

/// A margin: `1 point` or `0.5 points`.
fn points(margin: f64) -> String {
    let text = fixed(margin * 100.0, 2);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} point{}", if text == "1" { "" } else { "s" })
}

/// Such as `−3.10 points, 95 % over images: −4.00 to −2.20`.
fn change(images: &ImageComparison) -> String {
    let points = |fraction: f64| signed(fraction * 100.0, 2);
    let interval = images.interval.map_or_else(String::new, |[low, high]| {
        format!(", 95 % over images: {} to {}", points(low), points(high))
    });
    format!("{} points{interval}", points(images.difference))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::depth::Unit;
    use crate::evidence::probe::{Line, Readout};

    fn compared(difference: f64, half: f64) -> ImageComparison {
        ImageComparison {
            images: 1000,
            only_baseline: 50,
            only_capped: 50,
            difference,
            interval: Some([difference - half, difference + half]),
            mcnemar: 0.5,
        }
    }

    /// Six blocks in two stages, the fourth downsampling, the last two past the cap; linear classifiers that lose so
    /// much against the last one's.
    fn probe(losses: [f64; 7], half: f64, without: Option<ImageComparison>) -> Probe {
        let block = |block: usize| BlockProbe {
            block,
            convolutions: [2 * block, 2 * block + 1],
            past_cap: block > 4,
            stage: Some(if block < 4 { 1 } else { 2 }),
            downsampling: block == 4,
            relative_update: Some(1.0 / block as f64),
            ..BlockProbe::default()
        };
        let cap = Line {
            cap: 4,
            unit: Unit::Blocks,
        };
        let mut probe = Probe::new([1000, 900], cap, (1..=6).map(block).collect(), without);
        probe.margin = Some(0.01);
        probe.most_frequent = Some(120);
        let readout = |(block, loss): (usize, f64)| Readout {
            block,
            conv_depth: 2 * block + 1,
            features: Some(16),
            strength: Some(1.0),
            accuracy: Some(0.9 - loss),
            against_last: Some(compared(-loss, if loss == 0.0 { 0.0 } else { half })),
        };
        probe.readouts = losses.into_iter().enumerate().map(readout).collect();
        probe.answer();
        probe
    }

    #[test]
    fn blocks_that_are_no_identities_may_be_useless() {
        let found = probe(
            [0.4, 0.3, 0.2, 0.1, 0.002, 0.003, 0.0],
            0.004,
            Some(compared(-0.3, 0.02)),
        );
        let answers = found.answers.unwrap();
        assert_eq!(
            (answers.identities, answers.useful),
            (Answer::No, Answer::No)
        );
        assert!(
            found.findings[0].starts_with("not identities: "),
            "{:?}",
            found.findings
        );
        assert!(
            found.findings[1].starts_with("not useful: "),
            "{:?}",
            found.findings
        );
        assert!(
            found.findings[1].contains("margin of 1 point ")
                && found.findings[1].contains("+0.20 points")
        );
        assert_eq!(
            (found.solved_by_block, found.shown_solved_by_block),
            (Some(4), Some(4))
        );
    }

    #[test]
    fn blocks_that_raise_accuracy_are_useful_and_what_images_do_not_show_is_undecided() {
        let useful = probe(
            [0.4, 0.3, 0.2, 0.1, 0.05, 0.008, 0.0],
            0.004,
            Some(compared(0.001, 0.004)),
        );
        let answers = useful.answers.unwrap();
        assert_eq!(
            (answers.identities, answers.useful),
            (Answer::Undecided, Answer::Yes)
        );
        assert_eq!(
            (useful.solved_by_block, useful.shown_solved_by_block),
            (Some(5), Some(6))
        );
        let few_images = probe([0.0; 7].map(|_: f64| 0.005), 0.03, None);
        assert_eq!(few_images.answers.unwrap().useful, Answer::Undecided);
        assert!(few_images.findings[0].contains("cannot be tested"));
    }

    /// The linear classifier on the last block is right for 90 % of the images, as naming the largest class is.
    #[test]
    fn a_network_at_chance_solves_nothing() {
        let mut guessing = probe([0.0; 7], 0.0, None);
        assert_eq!(guessing.solved_by_block, Some(0));
        guessing.most_frequent = Some(900);
        guessing.answer();
        let solved = (guessing.solved_by_block, guessing.shown_solved_by_block);
        assert_eq!(solved, (None, None));
        assert_eq!(guessing.answers.unwrap().useful, Answer::Undecided);
        let findings = guessing.findings.join("\n");
        assert!(findings.contains("useful or not: cannot") && findings.contains("by no block"));
    }

    /// Of stage 2 only blocks 5 and 6 are left beside the downsampling one, and both are past the cap.
    #[test]
    fn stages_are_compared_only_where_both_sides_have_blocks() {
        let apart = probe([0.0; 7], 0.0, None);
        assert_eq!(apart.within_stage, None);
        assert!(
            apart
                .findings
                .iter()
                .any(|said| said.starts_with("no stage has blocks on both"))
        );
        let mut inside = apart.blocks;
        inside[2].past_cap = true;
        let within = StageClaims::of(&inside).unwrap();
        assert_eq!(within.stage, 1);
        assert!((within.claims[0].before.unwrap().mean - 0.75).abs() < 1e-12);
        assert!((within.claims[0].past.unwrap().mean - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn older_probes_are_read() {
        let old = r#"{"images":10,"accuracy":0.5,"cap":{"cap":7,"unit":"convolutions"},"blocks":[{"block":1,
            "convolutions":[2,3],"past_cap":false,"relative_update":0.5,"cka":0.9,"ablated_accuracy":null,
            "ablation":null}],"without_past_cap":null,"claims":[],"reason":""}"#;
        let probe: Probe = serde_json::from_str(old).unwrap();
        assert!(probe.controls.is_none() && probe.readouts.is_empty() && probe.findings.is_empty());
        assert_eq!(probe.blocks[0].stage, None);
    }
}
