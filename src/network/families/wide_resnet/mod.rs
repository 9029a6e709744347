//! `WideResNet`: Zagoruyko and Komodakis 2016 (arXiv 1605.07146), table 1 with blocks of two 3x3 convolutions.
//!
//! A 3x3 convolution to 16 channels, then three stages of n blocks with 16K, 32K and 64K channels at full, half and quarter
//! resolution, then batch normalisation, `ReLU`, global average pooling and a classifier: 6n + 4 layers, three of them the
//! projections. A block is batch normalisation, `ReLU` and a 3x3 convolution, twice, and its output is not activated. The
//! shortcut is the identity, and a 1x1 convolution of the activated input where the shape changes. Without dropout.

mod module;

use std::fmt;

use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

pub use self::module::WideResNetModule;
use super::cifar::{three_stages, with_doubling_widths};
use super::names::{Depths, MAX_WIDTH, illegal_suffix};
use super::{Family, Network};
use crate::network::cost::{Layer, Layers};
use crate::network::width::whole;
use crate::network::{Input, NetworkError, Spec};

const DEPTHS: Depths = Depths {
    family: "wide-resnet",
    step: 6,
    offset: 4,
};
/// Channels of the first convolution, and of the first stage at K = 1.
const BASE_WIDTH: usize = 16;
/// Largest K, which leaves the last stage the largest width.
const MAX_FACTOR: usize = MAX_WIDTH / (4 * BASE_WIDTH);

/// A `WideResNet`, by its depth and its widening factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WideResNet {
    /// Convolutions, three projections included: 6n + 4.
    depth: usize,
    /// K, which multiplies the channels of all stages.
    factor: usize,
}

impl WideResNet {
    pub(super) const PATTERN: &str = "wide-resnet-D-K (D = 6n + 4)";

    pub(super) fn parse(name: &str) -> Result<Option<Self>, NetworkError> {
        let Some((depth, suffix)) = DEPTHS.split(name)? else {
            return Ok(None);
        };
        let factor = suffix.and_then(|suffix| suffix.parse().ok());
        let legal = factor.filter(|factor| (1..=MAX_FACTOR).contains(factor));
        let factor = legal.ok_or_else(|| {
            let rule = "-K after the depth multiplies the widths, such as -4, from 1 to";
            illegal_suffix(name, format!("{rule} {MAX_FACTOR}"))
        })?;
        Ok(Some(Self { depth, factor }))
    }

    pub(super) fn suggested() -> Vec<Self> {
        [(16, 4), (28, 10), (40, 4)]
            .map(|(depth, factor)| Self { depth, factor })
            .to_vec()
    }
}

impl fmt::Display for WideResNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", DEPTHS.family, self.depth, self.factor)
    }
}

impl Family for WideResNet {
    fn name(&self) -> &'static str {
        DEPTHS.family
    }

    fn baseline(&self, input: Input) -> Spec {
        let blocks = DEPTHS.blocks(self.depth);
        let spec = three_stages((*self).into(), input, BASE_WIDTH, blocks);
        with_doubling_widths(&spec, BASE_WIDTH * self.factor)
    }

    fn layers(&self, spec: &Spec) -> Vec<Layer> {
        let mut layers = Layers::with_stem(spec);
        for (at, stage, stride) in spec.each_block() {
            let inputs = layers.channels;
            layers.begin_block(at);
            layers.normalise();
            layers.stride(stride);
            layers.convolve(stage.width, 3, 1);
            layers.normalise();
            layers.convolve(stage.width, 3, 1);
            if changes_shape(inputs, stage.width, stride) {
                layers.project(inputs, stage.width);
            }
        }
        layers.end_stages();
        layers.normalise();
        layers.classify(spec.input.classes)
    }

    fn widened<'a>(&self, spec: &'a Spec) -> Box<dyn Iterator<Item = Spec> + 'a> {
        Box::new((spec.stages[0].width..).map(|width| with_doubling_widths(spec, width)))
    }

    fn scaled(&self, spec: &Spec, factor: f64) -> Result<Spec, NetworkError> {
        let width = whole(spec, spec.stages[0].width, factor, "channel")?;
        Ok(with_doubling_widths(spec, width))
    }

    fn build(&self, spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Network {
        module::build(spec, rng, device).into()
    }

    fn pytorch(&self) -> &'static str {
        include_str!("pytorch.py")
    }
}

/// Whether a block's shortcut needs a projection.
const fn changes_shape(inputs: usize, outputs: usize, stride: usize) -> bool {
    inputs != outputs || stride != 1
}

#[cfg(test)]
impl WideResNet {
    pub(super) const SMALL: &[&str] = &["wide-resnet-16-1"];

    pub(super) fn any(blocks: usize, width: usize) -> proptest::strategy::BoxedStrategy<String> {
        use proptest::strategy::Strategy;
        (1..=blocks, 1..=width)
            .prop_map(|(n, k)| format!("wide-resnet-{}-{k}", 6 * n + 4))
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use crate::network::module::golden;
    use crate::network::testing::{
        assert_complaints, assert_counts, assert_names, blocks, outputs, spec, widths,
    };
    use crate::network::{Cap, Width, capped, floor, legal_depths, scaled};

    /// Zagoruyko and Komodakis 2016, tables 4 and 5: 2.75 M, 8.95 M and 36.5 M parameters for 16-4, 40-4 and 28-10. The
    /// integers and the MACs are those that `benches/pytorch_reference.py` counts.
    #[test]
    fn parameters_and_macs_equal_pytorch() {
        assert_counts(&[
            ("wide-resnet-16-4", 32, 2_748_890, 392_612_352),
            ("wide-resnet-16-4", 28, 2_748_890, 300_594_432),
            ("wide-resnet-16-4", 96, 2_748_890, 883_374_592),
            ("wide-resnet-40-4", 32, 8_949_210, 1_298_582_016),
            ("wide-resnet-28-10", 32, 36_479_194, 5_243_328_768),
            ("wide-resnet-16-1", 32, 175_066, 26_657_408),
        ]);
    }

    #[test]
    fn names_give_depth_and_factor() {
        assert_names(&[
            "wide-resnet-10-1",
            "wide-resnet-28-10",
            "wide-resnet-16-128",
        ]);
        assert_complaints(&[
            (
                "wide-resnet-20-4",
                "6n + 4; the nearest are wide-resnet-16-4 and wide-resnet-22-4",
            ),
            ("wide-resnet-16", "-K after the depth multiplies the widths"),
            ("wide-resnet-16-0", "from 1 to 128"),
            ("wide-resnet-16-129", "from 1 to 128"),
            ("wide-resnet-16-4-2", "from 1 to 128"),
            ("wide-resnet", "unknown architecture"),
        ]);
    }

    /// Table 1: 16K, 32K and 64K channels; of 6n + 4 layers three are projections, on no main path.
    #[test]
    fn stages_give_what_the_paper_says() {
        let wide = spec("wide-resnet-16-4", 3, 32);
        assert_eq!(outputs(&wide), [(64, 32), (128, 16), (256, 8)]);
        assert_eq!(wide.conv_depth(), 13);
        let found = wide.block_convolutions();
        assert_eq!(found, [[2, 3], [4, 5], [6, 7], [8, 9], [10, 11], [12, 13]]);
        assert_eq!(legal_depths(&wide), [7, 9, 11, 13]);
        assert_eq!(floor(&wide).conv_depth(), 7);
    }

    /// A shortcut is projected where the width changes: of K = 1 in two stages, else in three.
    #[test]
    fn a_shortcut_is_projected_where_the_shape_changes() {
        for (name, projections) in [("wide-resnet-16-1", 2), ("wide-resnet-16-2", 3)] {
            let layers = spec(name, 3, 32).layers();
            let found = layers.iter().filter(|layer| !layer.main_path).count();
            assert_eq!(found, projections, "{name}");
        }
    }

    #[test]
    fn a_capped_one_is_widened_by_single_channels() {
        let deep = spec("wide-resnet-28-2", 3, 32);
        let wider = capped(&deep, Cap::convolutions(12), Width::IsoMacs).unwrap();
        assert_eq!(blocks(&wider), [2, 2, 1]);
        let [first, second, third] = widths(&wider)[..] else {
            panic!("three stages");
        };
        assert!(first > 32 && !first.is_multiple_of(16), "{first}");
        assert_eq!((second, third), (2 * first, 4 * first));
        assert!(wider.macs() <= deep.macs());
        let narrow = scaled(&deep, 0.375).unwrap();
        assert_eq!((narrow.stem_width, widths(&narrow)), (16, vec![12, 24, 48]));
        assert!(scaled(&deep, 0.01).is_err());
    }

    #[test]
    fn it_computes_what_pytorch_computes() {
        golden::check_all(&["wide-resnet", "wide-resnet-grey"]);
    }
}
