//! A network as data.

use serde::{Deserialize, Serialize};

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

/// The uncapped network of an architecture, as its paper gives it.
///
/// # Errors
/// [`Error::InputTooSmall`] where the strides leave no pixel.
pub fn baseline(architecture: Architecture, input: Input) -> Result<Spec, Error> {
    match architecture {
        Architecture::ResNet { depth } => resnet::baseline(depth, input),
    }
}
