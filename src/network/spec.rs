//! A network as data.

use serde::{Deserialize, Serialize};

use super::cost::Layer;
use super::{Architecture, NetworkError, strides};
use crate::dataset::Shape;
use crate::entropy::Profile;

/// Images and classes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Shape of an image.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
}

impl From<&Profile> for Input {
    /// The images that were profiled.
    fn from(profile: &Profile) -> Self {
        Self {
            shape: Shape {
                channels: profile.channels,
                height: profile.height,
                width: profile.width,
            },
            classes: profile.classes,
        }
    }
}

/// A run of equal blocks at one resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Number of blocks (of layers, in a dense block).
    pub blocks: usize,
    /// What a width policy scales: output channels of each block; the growth rate of a `DenseNet`;
    /// the channels of a `ResNeXt`'s grouped convolutions.
    pub width: usize,
    /// Stride of the first block (of the transition before a dense block): 2 halves the resolution.
    pub stride: usize,
}

/// A network as data: [`super::build`] builds it, and costs are counted from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Name of the architecture it is, or is capped from.
    pub architecture: Architecture,
    /// Input and classes.
    pub input: Input,
    /// Output channels of the first convolution.
    pub stem_width: usize,
    /// Stride of the first convolution.
    #[serde(default = "one")]
    pub stem_stride: usize,
    /// Output channels of a last 1x1 convolution before the classifier, in a family that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_width: Option<usize>,
    /// Its stages, from the image on.
    pub stages: Vec<Stage>,
}

const fn one() -> usize {
    1
}

impl Spec {
    /// Every layer with weights, from the image on.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        self.architecture.as_family().layers(self)
    }

    /// Convolutions along the main path.
    #[must_use]
    pub fn conv_depth(&self) -> usize {
        self.layers().iter().filter(|layer| layer.is_deep()).count()
    }

    /// First and last convolution on the main path of every block, from 1 at the image.
    #[must_use]
    pub fn block_convolutions(&self) -> Vec<[usize; 2]> {
        let mut found: Vec<[usize; 2]> = Vec::with_capacity(self.blocks());
        let layers = self.layers();
        let convolutions = layers.iter().filter(|layer| layer.is_deep());
        for (number, layer) in (1..).zip(convolutions) {
            match layer.block {
                Some(block) if block < found.len() => found[block][1] = number,
                Some(_) => found.push([number; 2]),
                None => {}
            }
        }
        found
    }

    /// Every block from the image on: its stage, from 0, that stage, and the block's stride: the stage's in its first block, 1
    /// in the others.
    pub(super) fn each_block(&self) -> impl Iterator<Item = (usize, &Stage, usize)> {
        let stages = self.stages.iter().enumerate();
        stages.flat_map(|(at, stage)| {
            (0..stage.blocks)
                .map(move |block| (at, stage, if block == 0 { stage.stride } else { 1 }))
        })
    }

    /// The stage of every block, from 1.
    #[must_use]
    pub fn block_stages(&self) -> Vec<usize> {
        self.each_block().map(|(stage, ..)| stage + 1).collect()
    }

    /// Blocks over all stages.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.stages.iter().map(|stage| stage.blocks).sum()
    }

    /// Trainable parameters.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.layers().iter().map(|layer| layer.parameters).sum()
    }

    /// Multiply-accumulates of one forward pass of one image.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.layers().iter().map(|layer| layer.macs).sum()
    }

    /// The same network with each stage cut or grown to `blocks`.
    #[must_use]
    pub(super) fn with_blocks(&self, blocks: &[usize]) -> Self {
        let mut spec = self.clone();
        for (stage, &count) in spec.stages.iter_mut().zip(blocks) {
            stage.blocks = count;
        }
        spec
    }

    /// How the strides were adapted to the images, as one sentence; `None` where they are the paper's.
    #[must_use]
    pub fn adaptation(&self) -> Option<String> {
        self.architecture.as_family().adaptation(self)
    }
}

/// The uncapped network of an architecture, as its paper gives it.
///
/// # Errors
/// [`NetworkError::InputTooSmall`] where the strides leave no pixel.
pub fn baseline(architecture: Architecture, input: Input) -> Result<Spec, NetworkError> {
    let (height, width) = (input.shape.height, input.shape.width);
    if height.min(width) < strides::MIN_SIDE {
        return Err(NetworkError::InputTooSmall {
            architecture: architecture.to_string(),
            min: strides::MIN_SIDE,
            height,
            width,
        });
    }
    Ok(architecture.as_family().baseline(input))
}
