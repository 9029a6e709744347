//! The description of a network in a file of weights.

use serde::{Deserialize, Serialize};

use super::super::Spec;

/// Widest layer that a file may describe.
const MAX_WIDTH: usize = 1 << 16;

/// The network that a file's weights belong to, from the metadata of a safetensors file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Version of the program that wrote the file.
    pub version: String,
    /// The run it comes from.
    pub run: String,
    /// `baseline` or `capped`.
    pub network: String,
    /// The seed it was trained with.
    pub seed: u64,
    /// Epochs it was trained for.
    pub epoch: usize,
    /// The network as data.
    pub spec: Spec,
}

impl Description {
    /// Whether the network can be built and has about as many parameters as the file has `values`:
    /// a file must not decide how much memory is allocated.
    pub(super) fn is_plausible(&self, tensors: usize, values: usize) -> bool {
        let spec = &self.spec;
        let width = |width: usize| (1..=MAX_WIDTH).contains(&width);
        let shape = spec.input.shape;
        let sides = [
            shape.channels,
            shape.height,
            shape.width,
            spec.input.classes,
        ];
        spec.architecture.as_family().can_build(spec)
            && spec.stages.iter().all(|stage| {
                width(stage.width) && (1..=tensors).contains(&stage.blocks) && stage.stride > 0
            })
            && width(spec.stem_width)
            && spec.stem_stride > 0
            && spec.head_width.is_none_or(width)
            && sides.into_iter().all(width)
            && spec.parameters() <= values as u64
    }
}
