//! The blocks past the cap against controls: cuts at every depth, and random sets of as many blocks.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::BlockProbe;
use super::runner::{CALIBRATION, Runner, SEED, TEST_IMAGES, flags, share};
use crate::network::Network;
use crate::training::TrainingError;

/// Accuracies of a network without some of its blocks, on the same images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracies {
    /// As the network was trained.
    pub accuracy: f64,
    /// With the statistics of its batch normalisations estimated anew without these blocks.
    pub recalibrated_accuracy: f64,
}

/// A network that was cut behind a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// Blocks before the cut.
    pub blocks: usize,
    /// Convolutions before the cut.
    pub conv_depth: usize,
    /// Blocks behind it that are replaced by their shortcuts; those without one stay.
    pub removed: usize,
    /// Its accuracies.
    #[serde(flatten)]
    pub accuracies: Accuracies,
}

/// A network without a random set of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placebo {
    /// The blocks that are replaced by their shortcuts.
    pub removed: Vec<usize>,
    /// Its accuracies.
    #[serde(flatten)]
    pub accuracies: Accuracies,
}

/// The blocks past the cap among random sets of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastCap {
    /// The blocks past the cap that have a shortcut.
    pub removed: Vec<usize>,
    /// Accuracies without them.
    #[serde(flatten)]
    pub accuracies: Accuracies,
    /// p-value of the hypothesis that they are a random set: the share of sets, this one among them, without
    /// which accuracy is at least as high. Null without another set.
    pub p: Option<f64>,
    /// The same with recalibrated statistics.
    pub recalibrated_p: Option<f64>,
}

/// Networks without some of their blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Controls {
    /// Test images, drawn at random, that all accuracies here are measured on.
    pub images: usize,
    /// Training images that statistics are recalibrated on.
    pub calibration_images: usize,
    /// The whole network.
    pub whole: Accuracies,
    /// Cuts behind the stem and every block, shallowest first; none where a cut leaves what the next one leaves.
    pub cuts: Vec<Cut>,
    /// The blocks past the cap; null where none has a shortcut.
    pub past_cap: Option<PastCap>,
    /// Random sets of as many blocks, as many downsampling ones among them.
    pub placebos: Vec<Placebo>,
}

/// The accuracies without the blocks that are `removed`.
fn without(runner: &mut Runner<'_>, removed: &[bool]) -> Result<Accuracies, TrainingError> {
    let [images, batch] = CALIBRATION;
    let calibration = runner.batches.of_size(batch).train_sample(SEED, images);
    // A small last batch would say little, and count most.
    let mut fewest = 1;
    let calibration = calibration.iter().filter(|batch| {
        let enough = batch.len() >= fewest;
        fewest = batch.len().div_ceil(2);
        enough
    });
    let images = calibration.map(|batch| batch.upload(runner.device).images);
    let recalibrated = runner.network.recalibrated(removed, images);
    runner.passed(runner.calibration_images());
    Ok(Accuracies {
        accuracy: accuracy(runner, runner.network, removed)?,
        recalibrated_accuracy: accuracy(runner, &recalibrated, removed)?,
    })
}

fn accuracy(
    runner: &mut Runner<'_>,
    network: &Network,
    removed: &[bool],
) -> Result<f64, TrainingError> {
    let mut right = Vec::new();
    for batch in runner.batches.test_sample(SEED, TEST_IMAGES) {
        let count = batch.len();
        let batch = batch.upload(runner.device);
        let features = network.forward_without(removed, batch.images);
        let logits = network.forward_from(removed.len(), features);
        right.extend(flags(logits, batch.labels, " without some of its blocks")?);
        runner.passed(count);
    }
    Ok(share(&right))
}

/// Measures the controls; `blocks` are probed.
pub(super) fn controls(
    runner: &mut Runner<'_>,
    blocks: &[BlockProbe],
    placebos: usize,
) -> Result<Controls, TrainingError> {
    let from = |kept: usize| -> Vec<usize> {
        let removable = blocks[kept..].iter().filter(|block| block.is_removable());
        removable.map(|block| block.block).collect()
    };
    let past = from(blocks.iter().filter(|block| !block.past_cap).count());
    let sets = random_sets(blocks, &past, placebos);
    runner.expect(0, from(0).len() + 1 + sets.len());
    let whole = without(runner, &vec![false; blocks.len()])?;
    let mut cuts: Vec<Cut> = Vec::new();
    for kept in 0..=blocks.len() {
        let removed = from(kept);
        if kept < blocks.len() && removed == from(kept + 1) {
            continue;
        }
        let accuracies = if removed.is_empty() {
            whole
        } else {
            without(runner, &marked(&removed, blocks.len()))?
        };
        cuts.push(Cut {
            blocks: kept,
            conv_depth: match kept.checked_sub(1) {
                Some(last) => blocks[last].convolutions[1],
                None => blocks.first().map_or(0, |block| block.convolutions[0] - 1),
            },
            removed: removed.len(),
            accuracies,
        });
    }
    let mut found = Vec::new();
    for removed in sets {
        found.push(Placebo {
            accuracies: without(runner, &marked(&removed, blocks.len()))?,
            removed,
        });
    }
    let cut = cuts.iter().find(|cut| cut.removed == past.len());
    let past_cap = cut.filter(|cut| cut.removed > 0).map(|cut| {
        let accuracies = cut.accuracies;
        let p = |of: fn(&Accuracies) -> f64| {
            let as_high = found
                .iter()
                .filter(|set| of(&set.accuracies) >= of(&accuracies));
            let sets = found.len() as f64;
            (!found.is_empty()).then(|| (1.0 + as_high.count() as f64) / (1.0 + sets))
        };
        PastCap {
            removed: past,
            accuracies,
            p: p(|set| set.accuracy),
            recalibrated_p: p(|set| set.recalibrated_accuracy),
        }
    });
    Ok(Controls {
        images: runner.test_images(),
        calibration_images: runner.calibration_images(),
        whole,
        cuts,
        past_cap,
        placebos: found,
    })
}

/// Which of so many blocks have these numbers, from 1.
fn marked(numbers: &[usize], blocks: usize) -> Vec<bool> {
    (1..=blocks).map(|block| numbers.contains(&block)).collect()
}

/// At most `count` sets of blocks that are not `set`, but of as many blocks, as many downsampling ones among them, in
/// random order; each once.
fn random_sets(blocks: &[BlockProbe], set: &[usize], count: usize) -> Vec<Vec<usize>> {
    let numbers = |downsampling: bool| -> Vec<usize> {
        let removable = blocks.iter().filter(|block| block.is_removable());
        let of_kind = removable.filter(|block| block.downsampling == downsampling);
        of_kind.map(|block| block.block).collect()
    };
    let kinds = [false, true].map(numbers);
    let wanted = kinds
        .each_ref()
        .map(|kind| kind.iter().filter(|block| set.contains(block)).count());
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut seen = BTreeSet::from([set.to_vec()]);
    let mut found = Vec::new();
    // Where there are few sets all of them are drawn, but for a chance that is as good as none.
    for _ in 0..50 * count {
        let mut drawn = Vec::new();
        for (kind, wanted) in kinds.iter().zip(wanted) {
            let mut kind = kind.clone();
            kind.shuffle(&mut rng);
            drawn.extend_from_slice(&kind[..wanted]);
        }
        drawn.sort_unstable();
        if found.len() < count && seen.insert(drawn.clone()) {
            found.push(drawn);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::compare_images;

    /// Nine blocks, the fourth and the seventh downsampling, the second without a shortcut.
    fn blocks() -> Vec<BlockProbe> {
        let block = |block| BlockProbe {
            block,
            downsampling: block == 4 || block == 7,
            ablation: compare_images(&[true], &[true]).filter(|_| block != 2),
            ..BlockProbe::default()
        };
        (1..=9).map(block).collect()
    }

    #[test]
    fn random_sets_match_in_size_and_downsampling_blocks() {
        let sets = random_sets(&blocks(), &[6, 7, 8, 9], 12);
        assert_eq!(sets.len(), 12);
        for set in &sets {
            assert_eq!(set.len(), 4);
            let downsampling = set.iter().filter(|&&block| block == 4 || block == 7);
            assert_eq!(downsampling.count(), 1, "{set:?}");
            assert!(!set.contains(&2) && *set != [6, 7, 8, 9], "{set:?}");
        }
        assert_eq!(sets, random_sets(&blocks(), &[6, 7, 8, 9], 12));
    }

    /// Of six ordinary blocks there are 15 pairs, and 14 beside the one that is asked for; both downsampling blocks
    /// are one set.
    #[test]
    fn few_sets_are_all_drawn() {
        let mut sets = random_sets(&blocks(), &[8, 9], 20);
        sets.sort();
        sets.dedup();
        assert_eq!(sets.len(), 14);
        assert!(random_sets(&blocks(), &[4, 7], 20).is_empty());
        assert_eq!(random_sets(&blocks(), &[7], 20), [[4]]);
    }
}
