//! `ResNeXt` in its CIFAR form: Xie et al. 2017 (arXiv 1611.05431), section 5.3.
//!
//! A 3x3 convolution to 64 channels, then three stages of n blocks at full, half and quarter
//! resolution, then global average pooling and a classifier: 9n + 2 weighted layers. A block is a 1x1
//! convolution, a 3x3 convolution in C groups of W channels (the cardinality and the width, doubled by
//! every stage), and a 1x1 convolution to 256, 512 and 1024 channels. The shortcut is the identity, and
//! a 1x1 convolution with batch normalisation where the number of channels changes (option B).

mod module;

use std::fmt;

use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

pub use self::module::ResNeXtModule;
use super::cifar::{three_stages, with_doubling_widths};
use super::names::{Depths, MAX_WIDTH, illegal_suffix};
use super::{Family, Labels, Network};
use crate::network::cost::{Layer, Layers};
use crate::network::width::whole;
use crate::network::{Input, NetworkError, Spec, Stage};

const DEPTHS: Depths = Depths {
    family: "resnext",
    step: 9,
    offset: 2,
};
/// Cardinality and width of a group where a name gives none.
const DEFAULT_GROUPS: (usize, usize) = (8, 64);
/// Channels of the first convolution.
const STEM_WIDTH: usize = 64;
/// Output channels of the blocks of the first stage; every stage doubles them.
const OUTPUTS: usize = 256;

/// A `ResNeXt` in its CIFAR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResNeXt {
    /// Weighted layers: 9n + 1 convolutions and one fully connected layer.
    depth: usize,
    /// Groups of each 3x3 convolution.
    cardinality: usize,
    /// Channels of a group in the first stage; every stage doubles them.
    width: usize,
}

impl ResNeXt {
    pub(super) const PATTERN: &str = "resnext-N[-CxWd] (9n + 2)";

    pub(super) fn parse(name: &str) -> Result<Option<Self>, NetworkError> {
        let Some((depth, suffix)) = DEPTHS.split(name)? else {
            return Ok(None);
        };
        let (cardinality, width) = suffix.map_or(Some(DEFAULT_GROUPS), groups).ok_or_else(|| {
            let rule = "-CxWd gives the cardinality and the width of a group, such as -8x64d, with C x W from 1 to";
            illegal_suffix(name, format!("{rule} {MAX_WIDTH}"))
        })?;
        Ok(Some(Self {
            depth,
            cardinality,
            width,
        }))
    }

    pub(super) fn suggested() -> Vec<Self> {
        let (cardinality, width) = DEFAULT_GROUPS;
        [29, 56]
            .map(|depth| Self {
                depth,
                cardinality,
                width,
            })
            .to_vec()
    }

    /// `spec` with groups of `width` channels in the first stage.
    fn with_width(self, spec: &Spec, width: usize) -> Spec {
        with_doubling_widths(spec, self.cardinality * width)
    }
}

/// Reads `CxWd`.
fn groups(suffix: &str) -> Option<(usize, usize)> {
    let (cardinality, width) = suffix.strip_suffix('d')?.split_once('x')?;
    let (cardinality, width): (usize, usize) = (cardinality.parse().ok()?, width.parse().ok()?);
    let channels = cardinality.checked_mul(width)?;
    (1..=MAX_WIDTH)
        .contains(&channels)
        .then_some((cardinality, width))
}

impl fmt::Display for ResNeXt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            depth,
            cardinality,
            width,
        } = *self;
        write!(f, "{}-{depth}", DEPTHS.family)?;
        if (cardinality, width) == DEFAULT_GROUPS {
            return Ok(());
        }
        write!(f, "-{cardinality}x{width}d")
    }
}

impl Family for ResNeXt {
    fn name(&self) -> &'static str {
        DEPTHS.family
    }

    fn baseline(&self, input: Input) -> Spec {
        let blocks = DEPTHS.blocks(self.depth);
        let spec = three_stages((*self).into(), input, STEM_WIDTH, blocks);
        self.with_width(&spec, self.width)
    }

    fn layers(&self, spec: &Spec) -> Vec<Layer> {
        let mut layers = Layers::with_stem(spec);
        layers.normalise();
        for (at, stage, stride) in spec.each_block() {
            let (inputs, outputs) = (layers.channels, outputs(at));
            layers.begin_block(at);
            layers.convolve(stage.width, 1, 1);
            layers.normalise();
            layers.stride(stride);
            layers.convolve(stage.width, 3, self.cardinality);
            layers.normalise();
            layers.convolve(outputs, 1, 1);
            layers.normalise();
            if inputs != outputs {
                layers.project(inputs, outputs);
                layers.normalise_shortcut(outputs);
            }
        }
        layers.classify(spec.input.classes)
    }

    fn widened<'a>(&self, spec: &'a Spec) -> Box<dyn Iterator<Item = Spec> + 'a> {
        let family = *self;
        Box::new((family.width..).map(move |width| family.with_width(spec, width)))
    }

    fn scaled(&self, spec: &Spec, factor: f64) -> Result<Spec, NetworkError> {
        let width = whole(spec, self.width, factor, "channel a group")?;
        Ok(self.with_width(spec, width))
    }

    fn can_build(&self, spec: &Spec) -> bool {
        let grouped = |stage: &Stage| stage.width.is_multiple_of(self.cardinality);
        spec.stages.len() == 3 && spec.stages.iter().all(grouped)
    }

    fn build(&self, spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Network {
        module::build(spec, self.cardinality, rng, device).into()
    }

    fn labels(&self) -> Labels {
        Labels {
            width: "grouped channels",
            width_short: "grouped",
            width_is_output: false,
            ..Labels::CHANNELS
        }
    }

    fn pytorch(&self) -> &'static str {
        concat!(include_str!("pytorch.py"), include_str!("../cifar.py"))
    }

    fn pytorch_stage(&self, at: usize) -> Vec<(&'static str, usize)> {
        vec![("outputs", outputs(at)), ("groups", self.cardinality)]
    }
}

/// Output channels of the blocks of stage `at`, from 0.
const fn outputs(at: usize) -> usize {
    OUTPUTS << at
}

#[cfg(test)]
impl ResNeXt {
    pub(super) const SMALL: &[&str] = &["resnext-20-2x2d"];

    pub(super) fn any(blocks: usize, width: usize) -> proptest::strategy::BoxedStrategy<String> {
        use proptest::strategy::Strategy;
        (1..=blocks.div_ceil(2), 1..=width.div_ceil(2), 1..=width)
            .prop_map(|(n, c, w)| format!("resnext-{}-{c}x{w}d", 9 * n + 2))
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use crate::network::module::golden;
    use crate::network::testing::{assert_complaints, assert_counts, assert_names, outputs, spec};

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

    #[test]
    fn names_give_depth_and_groups() {
        assert_names(&["resnext-11-2x4d", "resnext-29-16x64d"]);
        assert_eq!(spec("resnext-29-8x64d", 3, 32), spec("resnext-29", 3, 32));
        assert_complaints(&[
            (
                "resnext-50",
                "9n + 2; the nearest are resnext-47 and resnext-56",
            ),
            ("resnext-2", "resnext-11"),
            ("resnext-29-8x64", "-CxWd"),
            ("resnext-29-0x64d", "-CxWd"),
            ("resnext-29-8x0d", "-CxWd"),
            ("resnext-29-99999999999999999x9d", "-CxWd"),
        ]);
    }

    /// Xie et al. 2017, section 5.3.
    #[test]
    fn stages_give_what_the_paper_says() {
        let stages = outputs(&spec("resnext-29", 3, 32));
        assert_eq!(stages, [(256, 32), (512, 16), (1024, 8)]);
        let found = spec("resnext-11-2x2d", 1, 8).block_convolutions();
        assert_eq!(found, [[2, 4], [5, 7], [8, 10]]);
    }

    #[test]
    fn it_computes_what_pytorch_computes() {
        golden::check_all(&["resnext"]);
    }
}
