//! A network as data.

use serde::{Deserialize, Serialize};

use super::cost::{Layer, LayerKind};
use super::{Architecture, Error, resnet};
use crate::dataset::Shape;

/// What a network takes in and tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Shape of an image.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
}

/// A run of equal blocks at one resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Number of blocks.
    pub blocks: usize,
    /// Output channels of each block.
    pub width: usize,
    /// Stride of the first block: 2 halves the resolution.
    pub stride: usize,
}

/// A network as data: what [`super::build`] builds, what is drawn, and what costs are counted from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Name of the architecture it is, or is capped from.
    pub architecture: Architecture,
    /// Input and classes.
    pub input: Input,
    /// Output channels of the first convolution.
    pub stem_width: usize,
    /// Its stages, from the image on.
    pub stages: Vec<Stage>,
}

impl Spec {
    /// Every layer with weights, from the image on.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        match self.architecture {
            Architecture::ResNet { .. } => resnet::layers(self),
        }
    }

    /// Convolutions along the main path.
    #[must_use]
    pub fn conv_depth(&self) -> usize {
        self.layers()
            .iter()
            .filter(|layer| layer.main_path && layer.kind == LayerKind::Convolution)
            .count()
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

    /// The same network broadened so that its first convolution gives `stem` channels, all widths in proportion.
    #[must_use]
    pub(super) fn with_stem_width(&self, stem: usize) -> Self {
        let mut spec = self.clone();
        spec.stem_width = stem;
        for (stage, original) in spec.stages.iter_mut().zip(&self.stages) {
            stage.width =
                ((original.width * stem) as f64 / self.stem_width as f64).round() as usize;
        }
        spec
    }
}

/// The uncapped network of an architecture, as its paper gives it.
///
/// # Errors
/// [`Error::InputTooSmall`] where the strides leave no pixel.
pub fn baseline(architecture: Architecture, input: Input) -> Result<Spec, Error> {
    match architecture {
        Architecture::ResNet { depth } => resnet::baseline(depth, input),
    }
}
