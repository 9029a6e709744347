//! How near to the identity is each block of a trained network? The paper's central claim, as a test.
//!
//! On held-out images, for every block:
//!
//! - the *relative update* ‖f(x)‖ / ‖x‖, the mean over images, where a block gives x + f(x) and x is its
//!   shortcut: 0 of an identity;
//! - the *alignment*, linear CKA between the block's input and output: 1 of an identity;
//! - the *ablation*: the network with this one block replaced by its shortcut, on the same images: no
//!   change of an identity.
//!
//! That a block is no identity does not make it useful, so the network is also asked from outside: a linear classifier
//! on what each block gives says from which block on the classes can be told apart ([`Readout`]), and cuts at every
//! depth and random sets of as many blocks say how much removing blocks costs anywhere ([`Controls`]).
//!
//! An ablated block keeps its projection or padding and the `ReLU` after the sum. A block of
//! `EfficientNet` without a shortcut has only an alignment. A layer of `DenseNet` passes on its input
//! channels: f(x) is the channels that it adds, its ablation sets these to zero, and its alignment is near 1
//! wherever few channels are added to many, so that it says less than the other two.

mod answers;
mod claim;
mod controls;
mod measure;
mod runner;

use serde::{Deserialize, Serialize};

pub use answers::{Answer, Answers, StageClaims};
pub use claim::{Claim, Measure, Nearness};
pub use controls::{Accuracies, Controls, Cut, PastCap, Placebo};
pub use measure::{Setup, probe};

use super::ImageComparison;
use crate::depth::Unit;

/// A depth cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The cap.
    pub cap: usize,
    /// What it counts.
    pub unit: Unit,
}

impl Line {
    /// Whether the block of this number, from 1, and these first and last convolutions begins past the cap.
    #[must_use]
    pub fn is_past(self, number: usize, [first, _]: [usize; 2]) -> bool {
        match self.unit {
            Unit::Convolutions => first > self.cap,
            Unit::Blocks => number > self.cap,
        }
    }
}

/// One block of a probed network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockProbe {
    /// Its number, from 1 at the image.
    pub block: usize,
    /// Its first and last convolution on the main path, from 1 at the image.
    pub convolutions: [usize; 2],
    /// Whether it begins past the cap.
    pub past_cap: bool,
    /// Its stage, from 1; null in older probes.
    #[serde(default)]
    pub stage: Option<usize>,
    /// Whether its shortcut changes resolution or channels.
    #[serde(default)]
    pub downsampling: bool,
    /// Mean over images of ‖f(x)‖ / ‖x‖; null without a shortcut.
    pub relative_update: Option<f64>,
    /// Linear CKA between input and output.
    pub cka: Option<f64>,
    /// Test accuracy with the block replaced by its shortcut; null without one.
    pub ablated_accuracy: Option<f64>,
    /// The whole network (as `baseline`) and the ablated one (as `capped`) image by image.
    pub ablation: Option<ImageComparison>,
}

impl BlockProbe {
    /// Whether it can be replaced by its shortcut.
    #[must_use]
    pub fn is_removable(&self) -> bool {
        self.ablation.is_some()
    }
}

/// A linear classifier on the pooled features of the stem or a block: ridge regression, fitted to training images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readout {
    /// The block, from 1; 0 of the stem.
    pub block: usize,
    /// Convolutions up to its end.
    pub conv_depth: usize,
    /// Features: the mean of each channel over its pixels; null where no classifier could be fitted.
    pub features: Option<usize>,
    /// Strength of the ridge, the best of a grid by leave-one-out errors.
    pub strength: Option<f64>,
    /// Its accuracy on the held-out images.
    pub accuracy: Option<f64>,
    /// The classifier on the last block (as `baseline`) and this one (as `capped`) image by image.
    pub against_last: Option<ImageComparison>,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Held-out images.
    pub images: usize,
    /// Accuracy of the whole network on them.
    pub accuracy: f64,
    /// The cap.
    pub cap: Line,
    /// Every block, from the image on.
    pub blocks: Vec<BlockProbe>,
    /// The whole network (as `baseline`) and the one with all blocks past the cap replaced by their
    /// shortcuts at once (as `capped`); null where no such block has a shortcut.
    pub without_past_cap: Option<ImageComparison>,
    /// Blocks past the cap against those before it, one claim for each measure.
    pub claims: Vec<Claim>,
    /// What this says of the claim, in a sentence or two.
    pub reason: String,
    /// Linear CKA of the features after the stem and after every block with each other (blocks + 1 rows); null where
    /// features are constant. Empty in older probes, as all that follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layer_cka: Vec<Vec<Option<f64>>>,
    /// Training images that the linear classifiers are fitted to.
    #[serde(default)]
    pub fit_images: usize,
    /// Linear classifiers on the stem and on every block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readouts: Vec<Readout>,
    /// Held-out images of the most frequent class.
    #[serde(default)]
    pub most_frequent: Option<usize>,
    /// Largest loss of accuracy that counts as none.
    #[serde(default)]
    pub margin: Option<f64>,
    /// The first block (0: the stem) from which on every linear classifier loses less than the margin against the
    /// last block's; null where that one is not better than always naming the most frequent class.
    #[serde(default)]
    pub solved_by_block: Option<usize>,
    /// The same where the whole 95 % interval over images has to lie above a loss of the margin.
    #[serde(default)]
    pub shown_solved_by_block: Option<usize>,
    /// Blocks past the cap against those before it within one stage, downsampling blocks left out; null where no
    /// stage has both.
    #[serde(default)]
    pub within_stage: Option<StageClaims>,
    /// Cuts at every depth and random sets of blocks; null where they were not asked for.
    #[serde(default)]
    pub controls: Option<Controls>,
    /// Are the blocks past the cap identities, and are they useful? Null where no block is past the cap.
    #[serde(default)]
    pub answers: Option<Answers>,
    /// What the fields from `layer_cka` on say, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

impl Probe {
    /// The measures of `blocks` in a network that classified `right` of so many `images`, compared.
    #[must_use]
    pub fn new(
        [images, right]: [usize; 2],
        cap: Line,
        blocks: Vec<BlockProbe>,
        without_past_cap: Option<ImageComparison>,
    ) -> Self {
        let claims = Measure::ALL.map(|measure| Claim::new(measure, &blocks));
        let mut probe = Self {
            images,
            accuracy: right as f64 / images.max(1) as f64,
            cap,
            blocks,
            without_past_cap,
            claims: claims.into(),
            reason: String::new(),
            layer_cka: Vec::new(),
            fit_images: 0,
            readouts: Vec::new(),
            most_frequent: None,
            margin: None,
            solved_by_block: None,
            shown_solved_by_block: None,
            within_stage: None,
            controls: None,
            answers: None,
            findings: Vec::new(),
        };
        probe.reason = probe.conclude();
        probe
    }
}
