//! What the families in CIFAR form share: three stages at full, half and quarter resolution.

use crate::network::strides::cifar_stem;
use crate::network::{Architecture, Input, Spec, Stage};

/// Three stages of `blocks` blocks, whose widths are still 0.
pub(super) fn three_stages(
    architecture: Architecture,
    input: Input,
    stem_width: usize,
    blocks: usize,
) -> Spec {
    let stage = |stride| Stage {
        blocks,
        width: 0,
        stride,
    };
    Spec {
        architecture,
        input,
        stem_width,
        stem_stride: cifar_stem(input.shape),
        head_width: None,
        stages: [1, 2, 2].map(stage).to_vec(),
    }
}

/// `spec` with `width` in the first stage, and in every further one twice the width of the one before.
pub(super) fn with_doubling_widths(spec: &Spec, width: usize) -> Spec {
    let mut wider = spec.clone();
    for (at, stage) in wider.stages.iter_mut().enumerate() {
        stage.width = width << at;
    }
    wider
}
