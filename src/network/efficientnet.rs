//! `EfficientNet` B0 to B2: Tan and Le 2019 (arXiv 1905.11946), table 1 and section 4, with the
//! rounding of the authors' published code.
//!
//! A 3x3 convolution to 32 channels, seven stages of mobile inverted bottlenecks (`MBConv`: a 1x1
//! convolution that expands, a depthwise convolution, squeeze-and-excitation to a quarter of the
//! block's input channels, a 1x1 convolution that projects), a 1x1 convolution to 1280 channels, global
//! average pooling, dropout and a classifier, with swish throughout. A block whose input has the shape
//! of its output adds it, and is then skipped at random in training (stochastic depth). Widths are
//! multiplied and rounded to multiples of 8, repeats multiplied and rounded up.

use super::architecture::Variant;
use super::cost::{Layer, of_stage, strided};
use super::{Architecture, Input, Spec, Stage, strides};

/// A row of the paper's table 1.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// Channels of the expansion over those of the block's input; 1 has no expansion.
    pub(crate) expansion: usize,
    /// Side of the depthwise kernel.
    pub(crate) kernel: usize,
    stride: usize,
    width: usize,
    blocks: usize,
}

const fn row(expansion: usize, kernel: usize, stride: usize, width: usize, blocks: usize) -> Row {
    Row {
        expansion,
        kernel,
        stride,
        width,
        blocks,
    }
}

/// The stages of B0.
pub(crate) const ROWS: [Row; 7] = [
    row(1, 3, 1, 16, 1),
    row(6, 3, 2, 24, 2),
    row(6, 5, 2, 40, 2),
    row(6, 3, 2, 80, 3),
    row(6, 5, 1, 112, 3),
    row(6, 5, 2, 192, 4),
    row(6, 3, 1, 320, 1),
];
const STEM_WIDTH: usize = 32;
const STEM_STRIDE: usize = 2;
const HEAD_WIDTH: usize = 1280;
/// Widths are multiples of it.
const DIVISOR: usize = 8;

/// Convolutions on the main path of a block of stage `at`: a block without expansion has two.
pub(super) fn block_depth(at: usize) -> usize {
    if ROWS[at].expansion > 1 { 3 } else { 2 }
}

/// The published strides, of the first convolution and then of every stage.
pub(super) const STRIDES: [usize; 8] = {
    let mut strides = [STEM_STRIDE; 8];
    let mut at = 0;
    while at < ROWS.len() {
        strides[at + 1] = ROWS[at].stride;
        at += 1;
    }
    strides
};

/// Probability of skipping the last block, were it skippable; it grows linearly from 0 at the first.
pub(crate) const SKIPPED: f64 = 0.2;

/// The width multiplier of a variant.
pub(super) const fn width_multiplier(variant: Variant) -> f64 {
    match variant {
        Variant::B0 | Variant::B1 => 1.0,
        Variant::B2 => 1.1,
    }
}

const fn depth_multiplier(variant: Variant) -> f64 {
    match variant {
        Variant::B0 => 1.0,
        Variant::B1 => 1.1,
        Variant::B2 => 1.2,
    }
}

/// The dropout rate before the classifier.
pub(crate) const fn dropout(variant: Variant) -> f64 {
    match variant {
        Variant::B0 | Variant::B1 => 0.2,
        Variant::B2 => 0.3,
    }
}

/// The network of a variant.
pub(super) fn baseline(variant: Variant, input: Input) -> Spec {
    let [stem_stride, strides @ ..] = strides::kept(STRIDES, input.shape);
    let stages = ROWS.iter().zip(strides).map(|(row, stride)| Stage {
        blocks: (row.blocks as f64 * depth_multiplier(variant)).ceil() as usize,
        width: row.width,
        stride,
    });
    let spec = Spec {
        architecture: Architecture::EfficientNet(variant),
        input,
        stem_width: STEM_WIDTH,
        stem_stride,
        head_width: Some(HEAD_WIDTH),
        stages: stages.collect(),
    };
    with_multiplier(&spec, width_multiplier(variant))
}

/// `spec` with the widths of B0 multiplied by `multiplier` and rounded.
pub(super) fn with_multiplier(spec: &Spec, multiplier: f64) -> Spec {
    let mut broader = spec.clone();
    broader.stem_width = rounded(STEM_WIDTH, multiplier);
    broader.head_width = Some(rounded(HEAD_WIDTH, multiplier));
    for (stage, row) in broader.stages.iter_mut().zip(ROWS) {
        stage.width = rounded(row.width, multiplier);
    }
    broader
}

/// The nearest multiple of 8, at least 8, but never less than 90 % of the product.
fn rounded(width: usize, multiplier: f64) -> usize {
    let wanted = width as f64 * multiplier;
    let half = DIVISOR as f64 / 2.0;
    let nearest = ((wanted + half) as usize / DIVISOR * DIVISOR).max(DIVISOR);
    if (nearest as f64) < 0.9 * wanted {
        nearest + DIVISOR
    } else {
        nearest
    }
}

/// A multiplier of every set of widths that multipliers from `from` up to `to` give, ascending.
///
/// A width steps where its product passes the middle between two multiples of 8, or rises so far
/// above one that 90 % of it do; between two such steps of any width nothing changes, so one
/// multiplier there stands for all.
pub(super) fn multipliers(from: f64, to: f64) -> Vec<f64> {
    let widths = ROWS.iter().map(|row| row.width);
    let mut steps: Vec<f64> = [from, to]
        .into_iter()
        .chain(widths.chain([STEM_WIDTH, HEAD_WIDTH]).flat_map(|width| {
            let multiples = (width as f64 * to) as usize / DIVISOR + 1;
            (1..=multiples).flat_map(move |multiple| {
                let multiple = (multiple * DIVISOR) as f64;
                [multiple - DIVISOR as f64 / 2.0, multiple / 0.9].map(|at| at / width as f64)
            })
        }))
        .filter(|step| (from..=to).contains(step))
        .collect();
    steps.sort_by(f64::total_cmp);
    let between = steps.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    std::iter::once(from).chain(between).collect()
}

/// Channels between the two halves of a squeeze-and-excitation in a block with `inputs` channels.
pub(super) fn squeezed(inputs: usize) -> usize {
    (inputs / 4).max(1)
}

/// Layers of any network of this family.
pub(super) fn layers(spec: &Spec) -> Vec<Layer> {
    let mut size = strides::after_stem(spec);
    let mut channels = spec.stem_width;
    let mut layers = vec![
        Layer::convolution(spec.input.shape.channels, channels, 3, 1, size),
        Layer::normalisation(channels),
    ];
    for (at, (stage, row)) in spec.stages.iter().zip(ROWS).enumerate() {
        let first = layers.len();
        for block in 0..stage.blocks {
            let inner = channels * row.expansion;
            if row.expansion > 1 {
                layers.push(Layer::convolution(channels, inner, 1, 1, size));
                layers.push(Layer::normalisation(inner));
            }
            if block == 0 {
                size = strided(size, stage.stride);
            }
            layers.push(Layer::convolution(inner, inner, row.kernel, inner, size));
            layers.push(Layer::normalisation(inner));
            layers.push(Layer::excitation(inner, squeezed(channels)));
            layers.push(Layer::excitation(squeezed(channels), inner));
            layers.push(Layer::convolution(inner, stage.width, 1, 1, size));
            layers.push(Layer::normalisation(stage.width));
            channels = stage.width;
        }
        of_stage(&mut layers[first..], at);
    }
    if let Some(head) = spec.head_width {
        layers.push(Layer::convolution(channels, head, 1, 1, size));
        layers.push(Layer::normalisation(head));
        channels = head;
    }
    layers.push(Layer::linear(channels, spec.input.classes));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::{assert_counts, blocks, spec, widths};

    /// Tan and Le 2019, table 2: 5.3 M, 7.8 M and 9.2 M parameters for 1,000 classes, which is 4.0 M,
    /// 6.5 M and 7.7 M for ten. The integers and the MACs are those that
    /// `benches/pytorch_reference.py` counts.
    #[test]
    fn parameters_and_macs_equal_pytorch() {
        assert_counts(&[
            ("efficientnet-b0", 224, 4_020_358, 384_547_552),
            ("efficientnet-b0", 96, 4_020_358, 282_694_528),
            ("efficientnet-b0", 32, 4_020_358, 116_167_168),
            ("efficientnet-b0", 28, 4_020_358, 98_724_688),
            ("efficientnet-b1", 32, 6_525_994, 175_290_880),
            ("efficientnet-b2", 32, 7_715_084, 204_551_616),
        ]);
    }

    /// The repeats and widths of the authors' published B1 and B2.
    #[test]
    fn variants_are_rounded_as_published() {
        let [b0, b1, b2] =
            ["b0", "b1", "b2"].map(|name| spec(&format!("efficientnet-{name}"), 3, 32));
        assert_eq!(blocks(&b0), [1, 2, 2, 3, 3, 4, 1]);
        assert_eq!(blocks(&b1), [2, 3, 3, 4, 4, 5, 2]);
        assert_eq!(blocks(&b2), [2, 3, 3, 4, 4, 5, 2]);
        assert_eq!(widths(&b0), [16, 24, 40, 80, 112, 192, 320]);
        assert_eq!(widths(&b1), widths(&b0));
        assert_eq!(widths(&b2), [16, 24, 48, 88, 120, 208, 352]);
        assert_eq!((b2.stem_width, b2.head_width), (32, Some(1408)));
    }

    /// The stem, two or three convolutions a block, the head; not squeeze-and-excitation.
    #[test]
    fn depth_leaves_squeeze_and_excitation_out() {
        assert_eq!(
            spec("efficientnet-b0", 3, 32).conv_depth(),
            1 + 2 + 15 * 3 + 1
        );
        assert_eq!(
            spec("efficientnet-b1", 3, 32).conv_depth(),
            1 + 2 * 2 + 21 * 3 + 1
        );
    }

    #[test]
    fn multipliers_reach_every_set_of_widths() {
        let base = spec("efficientnet-b0", 3, 32);
        let listed: Vec<Spec> = multipliers(1.0, 2.0)
            .into_iter()
            .map(|multiplier| with_multiplier(&base, multiplier))
            .collect();
        for step in 0..1_000 {
            let multiplier = 1.0 + f64::from(step) / 1e3;
            assert!(
                listed.contains(&with_multiplier(&base, multiplier)),
                "{multiplier}"
            );
        }
        assert!(listed.is_sorted_by_key(Spec::macs));
    }
}
