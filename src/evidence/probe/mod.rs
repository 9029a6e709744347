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
//! An ablated block keeps its projection or padding and the `ReLU` after the sum. A block of
//! `EfficientNet` without a shortcut has only an alignment. A layer of `DenseNet` passes on its input
//! channels: f(x) is the channels that it adds, its ablation sets these to zero, and its alignment is near 1
//! wherever few channels are added to many, so that it says less than the other two.

mod claim;
mod measure;

use serde::{Deserialize, Serialize};

pub use claim::{Claim, Measure, Nearness};
pub use measure::probe;

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
    /// Mean over images of ‖f(x)‖ / ‖x‖; null without a shortcut.
    pub relative_update: Option<f64>,
    /// Linear CKA between input and output.
    pub cka: Option<f64>,
    /// Test accuracy with the block replaced by its shortcut; null without one.
    pub ablated_accuracy: Option<f64>,
    /// The whole network (as `baseline`) and the ablated one (as `capped`) image by image.
    pub ablation: Option<ImageComparison>,
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
        };
        probe.reason = probe.conclude();
        probe
    }
}
