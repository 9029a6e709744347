//! ResNet in its CIFAR form: He et al. 2015 (arXiv 1512.03385), section 4.2.
//!
//! A 3x3 convolution to 16 channels, then three stages of n blocks with 16, 32 and 64 channels at
//! full, half and quarter resolution, each block two 3x3 convolutions, then global average pooling
//! and a classifier: 6n + 2 weighted layers. Shortcuts are parameter-free (option A: every second
//! pixel, new channels zero).

use super::cost::{Layer, of_stage, strided};
use super::{Architecture, Input, Spec, Stage, strides};

/// Channels of the first convolution and the first stage.
const BASE_WIDTH: usize = 16;

/// The network of `depth` = 6n + 2 layers.
pub(super) fn baseline(depth: usize, input: Input) -> Spec {
    let blocks = (depth - 2) / 6;
    let stage = |width, stride| Stage {
        blocks,
        width,
        stride,
    };
    Spec {
        architecture: Architecture::ResNet { depth },
        input,
        stem_width: BASE_WIDTH,
        stem_stride: strides::cifar_stem(input.shape),
        head_width: None,
        stages: vec![
            stage(BASE_WIDTH, 1),
            stage(2 * BASE_WIDTH, 2),
            stage(4 * BASE_WIDTH, 2),
        ],
    }
}

/// `spec` with `stem` channels after the first convolution, all widths in proportion.
pub(super) fn with_width(spec: &Spec, stem: usize) -> Spec {
    let mut broader = spec.clone();
    broader.stem_width = stem;
    for stage in &mut broader.stages {
        stage.width = ((stage.width * stem) as f64 / spec.stem_width as f64).round() as usize;
    }
    broader
}

/// Layers of any network of this family.
pub(super) fn layers(spec: &Spec) -> Vec<Layer> {
    let mut size = strides::after_stem(spec);
    let mut channels = spec.stem_width;
    let mut layers = vec![
        Layer::convolution(spec.input.shape.channels, channels, 3, 1, size),
        Layer::normalisation(channels),
    ];
    for (at, stage) in spec.stages.iter().enumerate() {
        let first = layers.len();
        for block in 0..stage.blocks {
            if block == 0 {
                size = strided(size, stage.stride);
            }
            for inputs in [channels, stage.width] {
                layers.push(Layer::convolution(inputs, stage.width, 3, 1, size));
                layers.push(Layer::normalisation(stage.width));
            }
            channels = stage.width;
        }
        of_stage(&mut layers[first..], at);
    }
    layers.push(Layer::linear(channels, spec.input.classes));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::{assert_counts, spec};

    fn cifar(depth: usize) -> Spec {
        spec(&format!("resnet-{depth}"), 3, 32)
    }

    /// He et al. 2015, table 6: 0.27 M, 0.46 M, 0.66 M, 0.85 M and 1.7 M parameters. The integers are
    /// those of option A shortcuts, counted by hand from the layer shapes: stem 432 + 32, stage 1
    /// n (4608 + 64), stage 2 n 18560 - 4608, stage 3 n 73984 - 18432, classifier 650.
    #[test]
    fn parameters_equal_the_papers() {
        for (depth, parameters) in [
            (20, 269_722),
            (32, 464_154),
            (44, 658_586),
            (56, 853_018),
            (110, 1_727_962),
        ] {
            assert_eq!(cifar(depth).parameters(), parameters, "resnet-{depth}");
        }
    }

    /// ResNet-20 on 32x32: stem 442,368; stage 1 six times 2,359,296; stages 2 and 3 five times that
    /// and one half; classifier 640.
    #[test]
    fn macs_of_resnet_20() {
        let block_conv = 2_359_296_u64;
        let expected = 442_368 + 6 * block_conv + 2 * (5 * block_conv + block_conv / 2) + 640;
        assert_eq!(cifar(20).macs(), expected);
    }

    /// The integers that `benches/pytorch_reference.py` counts.
    #[test]
    fn parameters_and_macs_equal_pytorch() {
        assert_counts(&[
            ("resnet-20", 32, 269_722, 40_551_040),
            ("resnet-50", 32, 755_802, 111_329_920),
            ("resnet-56", 32, 853_018, 125_485_696),
            ("resnet-110", 32, 1_727_962, 252_887_680),
            ("resnet-20", 96, 269_722, 91_239_040),
        ]);
    }

    #[test]
    fn depth_counts_convolutions_of_the_main_path() {
        assert_eq!(cifar(20).conv_depth(), 19);
        assert_eq!(cifar(50).conv_depth(), 49);
        assert_eq!(cifar(110).conv_depth(), 109);
    }
}
