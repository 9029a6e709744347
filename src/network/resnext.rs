//! `ResNeXt` in its CIFAR form: Xie et al. 2017 (arXiv 1611.05431), section 5.3.
//!
//! A 3x3 convolution to 64 channels, then three stages of n blocks at full, half and quarter
//! resolution, then global average pooling and a classifier: 9n + 2 weighted layers. A block is a 1x1
//! convolution, a 3x3 convolution in C groups of W channels (the cardinality and the width, doubled by
//! every stage), and a 1x1 convolution to 256, 512 and 1024 channels. The shortcut is the identity, and
//! a 1x1 convolution with batch normalisation where the number of channels changes (option B).

use super::cost::{Layer, of_stage, strided};
use super::{Architecture, Input, Spec, Stage, strides};

/// Channels of the first convolution.
const STEM_WIDTH: usize = 64;
/// Output channels of the blocks of the first stage; every stage doubles them.
const OUTPUTS: usize = 256;

/// The network of `depth` = 9n + 2 layers.
pub(super) fn baseline(depth: usize, cardinality: usize, width: usize, input: Input) -> Spec {
    let blocks = (depth - 2) / 9;
    let stages = [1, 2, 2].map(|stride| Stage {
        blocks,
        width: 0,
        stride,
    });
    let spec = Spec {
        architecture: Architecture::ResNeXt {
            depth,
            cardinality,
            width,
        },
        input,
        stem_width: STEM_WIDTH,
        stem_stride: strides::cifar_stem(input.shape),
        head_width: None,
        stages: stages.to_vec(),
    };
    with_width(&spec, width, cardinality)
}

/// `spec` with groups of `width` channels in the first stage.
pub(super) fn with_width(spec: &Spec, width: usize, cardinality: usize) -> Spec {
    let mut broader = spec.clone();
    for (at, stage) in broader.stages.iter_mut().enumerate() {
        stage.width = (cardinality * width) << at;
    }
    broader
}

/// Output channels of the blocks of stage `at`, counted from 0.
pub(crate) const fn outputs(at: usize) -> usize {
    OUTPUTS << at
}

/// Layers of any network of this family.
pub(super) fn layers(spec: &Spec, cardinality: usize) -> Vec<Layer> {
    let mut size = strides::after_stem(spec);
    let mut channels = spec.stem_width;
    let mut layers = vec![
        Layer::convolution(spec.input.shape.channels, channels, 3, 1, size),
        Layer::normalisation(channels),
    ];
    for (at, stage) in spec.stages.iter().enumerate() {
        let first = layers.len();
        let (inner, outputs) = (stage.width, outputs(at));
        for block in 0..stage.blocks {
            layers.push(Layer::convolution(channels, inner, 1, 1, size));
            layers.push(Layer::normalisation(inner));
            if block == 0 {
                size = strided(size, stage.stride);
            }
            layers.push(Layer::convolution(inner, inner, 3, cardinality, size));
            layers.push(Layer::normalisation(inner));
            layers.push(Layer::convolution(inner, outputs, 1, 1, size));
            layers.push(Layer::normalisation(outputs));
            if channels != outputs {
                layers.push(Layer::convolution(channels, outputs, 1, 1, size).off_path());
                layers.push(Layer::normalisation(outputs).off_path());
            }
            channels = outputs;
        }
        of_stage(&mut layers[first..], at);
    }
    layers.push(Layer::linear(channels, spec.input.classes));
    layers
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{assert_counts, spec};

    /// Xie et al. 2017, table 7: 34.4 M and 68.1 M parameters for 29 layers of 8x64d and 16x64d. The
    /// integers and the MACs are those that `benches/pytorch_reference.py` counts.
    #[test]
    fn parameters_and_macs_equal_pytorch() {
        assert_counts(&[
            ("resnext-29", 32, 34_426_698, 5_387_266_048),
            ("resnext-29", 28, 34_426_698, 4_124_627_968),
            ("resnext-29", 96, 34_426_698, 12_121_335_808),
            ("resnext-29-16x64d", 32, 68_155_210, 10_688_866_304),
            ("resnext-56", 32, 69_574_986, 10_521_094_144),
        ]);
    }

    #[test]
    fn depth_leaves_shortcuts_out() {
        assert_eq!(spec("resnext-29", 3, 32).conv_depth(), 28);
        assert_eq!(spec("resnext-56", 3, 32).conv_depth(), 55);
    }
}
