//! `DenseNet` and `DenseNet-BC`: Huang et al. 2017 (arXiv 1608.06993), section 3 and 4.
//!
//! A 3x3 convolution (to 16 channels; in the BC form to twice the growth rate k), then three dense
//! blocks of n layers at full, half and quarter resolution, each layer seeing the outputs of all
//! before it in its block and adding k channels; between blocks a transition, a 1x1 convolution and
//! 2x2 average pooling; at the end batch normalisation, `ReLU`, global average pooling and a classifier.
//! A layer is BN-ReLU-3x3; in the BC form BN-ReLU-1x1 to 4k channels comes before it, and transitions
//! halve the channels. So there are 3n + 4, in the BC form 6n + 4 weighted layers.
//!
//! The paper's dropout is for training without augmentation and is left out.

use super::cost::{Layer, of_stage, pooled};
use super::{Architecture, Input, Spec, Stage, strides};

/// Channels of the first convolution of the form without bottlenecks.
const STEM_WIDTH: usize = 16;
/// Channels of a bottleneck over the growth rate.
pub(super) const BOTTLENECK: usize = 4;

/// The network of `depth` = 3n + 4 (or 6n + 4) layers.
pub(super) fn baseline(depth: usize, growth: usize, bottleneck: bool, input: Input) -> Spec {
    let blocks = (depth - 4) / if bottleneck { 6 } else { 3 };
    Spec {
        architecture: Architecture::DenseNet {
            depth,
            growth,
            bottleneck,
        },
        input,
        stem_width: stem_width(growth, bottleneck),
        stem_stride: strides::cifar_stem(input.shape),
        head_width: None,
        stages: [1, 2, 2]
            .map(|stride| Stage {
                blocks,
                width: growth,
                stride,
            })
            .to_vec(),
    }
}

const fn stem_width(growth: usize, bottleneck: bool) -> usize {
    if bottleneck { 2 * growth } else { STEM_WIDTH }
}

/// `spec` with another growth rate.
pub(super) fn with_width(spec: &Spec, growth: usize, bottleneck: bool) -> Spec {
    let mut broader = spec.clone();
    broader.stem_width = stem_width(growth, bottleneck);
    for stage in &mut broader.stages {
        stage.width = growth;
    }
    broader
}

/// Channels after a transition.
pub(super) const fn compressed(channels: usize, bottleneck: bool) -> usize {
    if bottleneck { channels / 2 } else { channels }
}

/// Layers of any network of this family.
pub(super) fn layers(spec: &Spec, bottleneck: bool) -> Vec<Layer> {
    let mut size = strides::after_stem(spec);
    let mut channels = spec.stem_width;
    let mut layers = vec![Layer::convolution(
        spec.input.shape.channels,
        channels,
        3,
        1,
        size,
    )];
    for (at, stage) in spec.stages.iter().enumerate() {
        let first = layers.len();
        if at > 0 {
            let outputs = compressed(channels, bottleneck);
            layers.push(Layer::normalisation(channels));
            layers.push(Layer::convolution(channels, outputs, 1, 1, size));
            channels = outputs;
            size = pooled(size, stage.stride);
        }
        for _ in 0..stage.blocks {
            let mut inputs = channels;
            layers.push(Layer::normalisation(inputs));
            if bottleneck {
                let inner = BOTTLENECK * stage.width;
                layers.push(Layer::convolution(inputs, inner, 1, 1, size));
                layers.push(Layer::normalisation(inner));
                inputs = inner;
            }
            layers.push(Layer::convolution(inputs, stage.width, 3, 1, size));
            channels += stage.width;
        }
        of_stage(&mut layers[first..], at);
    }
    layers.push(Layer::normalisation(channels));
    layers.push(Layer::linear(channels, spec.input.classes));
    layers
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{assert_counts, spec};

    /// Huang et al. 2017, table 2: 1.0 M, 7.0 M and 27.2 M parameters for L = 40, k = 12; L = 100, k = 12
    /// and L = 100, k = 24; BC 0.8 M, 15.3 M and 25.6 M for L = 100, k = 12; L = 250, k = 24 and
    /// L = 190, k = 40. The integers and the MACs are those that `benches/pytorch_reference.py` counts.
    #[test]
    fn parameters_and_macs_equal_pytorch() {
        assert_counts(&[
            ("densenet-40", 32, 1_019_722, 264_812_928),
            ("densenet-40", 28, 1_019_722, 202_748_448),
            ("densenet-40", 96, 1_019_722, 595_823_488),
            ("densenet-40-k24", 32, 3_877_402, 987_038_304),
            ("densenet-100", 32, 6_979_642, 1_769_516_448),
            ("densenet-bc-100", 32, 769_162, 287_929_692),
            ("densenet-bc-250-k24", 32, 15_324_406, 5_418_785_724),
            ("densenet-bc-190-k40", 32, 25_624_430, 9_301_945_740),
        ]);
    }

    #[test]
    fn depth_counts_every_convolution() {
        for (name, depth) in [
            ("densenet-7", 6),
            ("densenet-40", 39),
            ("densenet-bc-100", 99),
        ] {
            assert_eq!(spec(name, 3, 32).conv_depth(), depth, "{name}");
        }
    }
}
