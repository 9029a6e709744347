//! `EfficientNet` B0 to B2: Tan and Le 2019 (arXiv 1905.11946), table 1 and section 4, with the
//! rounding of the authors' published code.
//!
//! A 3x3 convolution to 32 channels, seven stages of mobile inverted bottlenecks (`MBConv`: a 1x1
//! convolution that expands, a depthwise convolution, squeeze-and-excitation to a quarter of the
//! block's input channels, a 1x1 convolution that projects), a 1x1 convolution to 1280 channels, global
//! average pooling, dropout and a classifier, with swish throughout. A block whose input has the shape
//! of its output adds it, and is then skipped at random in training (stochastic depth). Widths are
//! multiplied and rounded to multiples of 8, repeats multiplied and rounded up.

mod module;
mod strides;

use std::fmt;
use std::iter;

use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

pub use self::module::EfficientNetModule;
use super::family::MAX_FACTOR;
use super::{Family, Network};
use crate::network::cost::{Layer, Layers};
use crate::network::{Input, NetworkError, Spec, Stage};

/// A row of the paper's table 1.
#[derive(Clone, Copy)]
struct Row {
    /// Channels of the expansion over those of the block's input; 1 has no expansion.
    expansion: usize,
    /// Side of the depthwise kernel.
    kernel: usize,
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
const ROWS: [Row; 7] = [
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
/// The published strides, of the first convolution and then of every stage.
const STRIDES: [usize; 8] = {
    let mut strides = [STEM_STRIDE; 8];
    let mut at = 0;
    while at < ROWS.len() {
        strides[at + 1] = ROWS[at].stride;
        at += 1;
    }
    strides
};
/// Widths are multiples of it.
const DIVISOR: usize = 8;
/// Probability of skipping the last block, were it skippable; it grows linearly from 0 at the first.
const SKIPPED: f64 = 0.2;
/// Smallest multiple of the baseline's multiplier that narrows it.
const MIN_FACTOR: f64 = 0.125;

/// A scale of `EfficientNet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EfficientNet {
    /// The searched network.
    B0,
    /// 1.1 times its depth.
    B1,
    /// 1.1 times its width, 1.2 times its depth.
    B2,
}

impl EfficientNet {
    pub(super) const PATTERN: &str = "efficientnet-b0, -b1 or -b2";

    pub(super) fn parse(name: &str) -> Result<Option<Self>, NetworkError> {
        let Some(variant) = name.strip_prefix("efficientnet-") else {
            return Ok(None);
        };
        let mut known = Self::suggested().into_iter();
        let found = known.find(|known| known.variant() == variant);
        found.map(Some).ok_or_else(|| NetworkError::UnknownVariant {
            name: variant.to_owned(),
        })
    }

    pub(super) fn suggested() -> Vec<Self> {
        vec![Self::B0, Self::B1, Self::B2]
    }

    const fn variant(self) -> &'static str {
        match self {
            Self::B0 => "b0",
            Self::B1 => "b1",
            Self::B2 => "b2",
        }
    }

    const fn width_multiplier(self) -> f64 {
        match self {
            Self::B0 | Self::B1 => 1.0,
            Self::B2 => 1.1,
        }
    }

    const fn depth_multiplier(self) -> f64 {
        match self {
            Self::B0 => 1.0,
            Self::B1 => 1.1,
            Self::B2 => 1.2,
        }
    }

    /// The dropout rate before the classifier.
    const fn dropout(self) -> f64 {
        match self {
            Self::B0 | Self::B1 => 0.2,
            Self::B2 => 0.3,
        }
    }
}

impl fmt::Display for EfficientNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name(), self.variant())
    }
}

impl Family for EfficientNet {
    fn name(&self) -> &'static str {
        "efficientnet"
    }

    fn baseline(&self, input: Input) -> Spec {
        let [stem_stride, strides @ ..] = strides::kept(STRIDES, input.shape);
        let stages = ROWS.iter().zip(strides).map(|(row, stride)| Stage {
            blocks: (row.blocks as f64 * self.depth_multiplier()).ceil() as usize,
            width: row.width,
            stride,
        });
        let spec = Spec {
            architecture: (*self).into(),
            input,
            stem_width: STEM_WIDTH,
            stem_stride,
            head_width: Some(HEAD_WIDTH),
            stages: stages.collect(),
        };
        with_multiplier(&spec, self.width_multiplier())
    }

    fn layers(&self, spec: &Spec) -> Vec<Layer> {
        let mut layers = Layers::with_stem(spec);
        layers.normalise();
        for (at, stage, stride) in spec.each_block() {
            let (inputs, row) = (layers.channels, ROWS[at]);
            let inner = inputs * row.expansion;
            layers.begin_block(at);
            if !is_residual(inputs, stage.width, stride) {
                layers.without_shortcut();
            }
            if row.expansion > 1 {
                layers.convolve(inner, 1, 1);
                layers.normalise();
            }
            layers.stride(stride);
            layers.convolve(inner, row.kernel, inner);
            layers.normalise();
            layers.excite(squeezed(inputs));
            layers.convolve(stage.width, 1, 1);
            layers.normalise();
        }
        layers.end_stages();
        if let Some(head) = spec.head_width {
            layers.convolve(head, 1, 1);
            layers.normalise();
        }
        layers.classify(spec.input.classes)
    }

    fn widened<'a>(&self, spec: &'a Spec) -> Box<dyn Iterator<Item = Spec> + 'a> {
        let usual = self.width_multiplier();
        let multipliers =
            octaves(1.0).flat_map(move |from| multipliers(from * usual, 2.0 * from * usual));
        Box::new(multipliers.map(move |multiplier| with_multiplier(spec, multiplier)))
    }

    fn scaled(&self, spec: &Spec, factor: f64) -> Result<Spec, NetworkError> {
        Ok(with_multiplier(spec, self.width_multiplier() * factor))
    }

    /// Every set of widths of the family: its own rounding makes them multiples of 8, in proportions that leave few of 16.
    fn factors(&self, _spec: &Spec, _multiple: usize) -> Vec<f64> {
        let usual = self.width_multiplier();
        octaves(MIN_FACTOR)
            .flat_map(|from| multipliers(from * usual, 2.0 * from * usual))
            .map(|multiplier| multiplier / usual)
            .collect()
    }

    fn can_build(&self, spec: &Spec) -> bool {
        spec.stages.len() == ROWS.len()
    }

    fn build(&self, spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Network {
        EfficientNetModule::new(spec, self.dropout(), rng, device).into()
    }

    fn adaptation(&self, spec: &Spec) -> Option<String> {
        strides::adaptation(spec, &STRIDES)
    }

    fn pytorch(&self) -> &'static str {
        include_str!("pytorch.py")
    }

    fn pytorch_arguments(&self, spec: &Spec) -> Vec<(&'static str, String)> {
        vec![
            (
                "head_width",
                spec.head_width.unwrap_or_default().to_string(),
            ),
            ("dropout", format!("{:?}", self.dropout())),
            ("skipped", format!("{SKIPPED:?}")),
        ]
    }

    fn pytorch_stage(&self, at: usize) -> Vec<(&'static str, usize)> {
        let Row {
            kernel, expansion, ..
        } = ROWS[at];
        vec![("kernel", kernel), ("expansion", expansion)]
    }
}

/// `spec` with the widths of B0 multiplied by `multiplier` and rounded.
fn with_multiplier(spec: &Spec, multiplier: f64) -> Spec {
    let mut wider = spec.clone();
    wider.stem_width = rounded(STEM_WIDTH, multiplier);
    wider.head_width = Some(rounded(HEAD_WIDTH, multiplier));
    for (stage, row) in wider.stages.iter_mut().zip(ROWS) {
        stage.width = rounded(row.width, multiplier);
    }
    wider
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
/// multiplier there is enough.
fn multipliers(from: f64, to: f64) -> Vec<f64> {
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

/// Whether a block adds its input to its output.
const fn is_residual(inputs: usize, outputs: usize, stride: usize) -> bool {
    inputs == outputs && stride == 1
}

/// Powers of 2 from `first` to below the largest factor of a width policy.
fn octaves(first: f64) -> impl Iterator<Item = f64> {
    iter::successors(Some(first), |from| Some(2.0 * from))
        .take_while(|from| *from < MAX_FACTOR as f64)
}

/// Channels between the two halves of a squeeze-and-excitation in a block with `inputs` channels.
fn squeezed(inputs: usize) -> usize {
    (inputs / 4).max(1)
}

#[cfg(test)]
impl EfficientNet {
    pub(super) const SMALL: &[&str] = &["efficientnet-b0"];

    pub(super) fn any(_blocks: usize, _width: usize) -> proptest::strategy::BoxedStrategy<String> {
        use proptest::strategy::Strategy;
        proptest::sample::select(Self::suggested())
            .prop_map(|variant| variant.to_string())
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::module::golden;
    use crate::network::testing::{
        assert_complaints, assert_counts, blocks, outputs, spec, widths,
    };

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

    #[test]
    fn an_unknown_variant_says_which_there_are() {
        assert_complaints(&[("efficientnet-b3", "use efficientnet-b0")]);
    }

    /// Tan and Le 2019, table 1, with the strides of small images.
    #[test]
    fn stages_give_what_the_paper_says() {
        let spec = spec("efficientnet-b0", 3, 32);
        let expected = [
            (16, 32),
            (24, 32),
            (40, 16),
            (80, 8),
            (112, 8),
            (192, 4),
            (320, 4),
        ];
        assert_eq!(outputs(&spec), expected);
        let found = spec.block_convolutions();
        assert_eq!(found.len(), 16);
        assert_eq!(found[..3], [[2, 3], [4, 6], [7, 9]]);
        assert_eq!(found[15][1] + 1, spec.conv_depth());
    }

    #[test]
    fn it_computes_what_pytorch_computes() {
        golden::check_all(&["efficientnet", "efficientnet-grey"]);
    }
}
