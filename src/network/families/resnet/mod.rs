//! ResNet in its CIFAR form: He et al. 2015 (arXiv 1512.03385), section 4.2.
//!
//! A 3x3 convolution to 16 channels, then three stages of n blocks with 16, 32 and 64 channels at
//! full, half and quarter resolution, each block two 3x3 convolutions, then global average pooling
//! and a classifier: 6n + 2 weighted layers. Shortcuts are parameter-free (option A: every second
//! pixel, new channels zero).

mod module;

use std::fmt;

use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

pub use self::module::ResNetModule;
use super::cifar::{three_stages, with_doubling_widths};
use super::names::Depths;
use super::{Family, Network};
use crate::network::cost::{Layer, Layers};
use crate::network::width::whole;
use crate::network::{Input, NetworkError, Spec};

const DEPTHS: Depths = Depths {
    family: "resnet",
    step: 6,
    offset: 2,
};
/// Channels of the first convolution and the first stage.
const BASE_WIDTH: usize = 16;

/// A ResNet in its CIFAR form, by its depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResNet {
    /// Weighted layers: 6n + 1 convolutions and one fully connected layer.
    depth: usize,
}

/// ResNet-50, the first of the usual baselines.
impl Default for ResNet {
    fn default() -> Self {
        Self { depth: 50 }
    }
}

impl ResNet {
    pub(super) const PATTERN: &str = "resnet-N (N = 6n + 2)";

    pub(super) fn parse(name: &str) -> Result<Option<Self>, NetworkError> {
        Ok(match DEPTHS.split(name)? {
            Some((depth, None)) => Some(Self { depth }),
            _ => None,
        })
    }

    pub(super) fn suggested() -> Vec<Self> {
        [20, 32, 44, 50, 56, 110]
            .map(|depth| Self { depth })
            .to_vec()
    }
}

impl fmt::Display for ResNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", DEPTHS.family, self.depth)
    }
}

impl Family for ResNet {
    fn name(&self) -> &'static str {
        DEPTHS.family
    }

    fn baseline(&self, input: Input) -> Spec {
        let blocks = DEPTHS.blocks(self.depth);
        let spec = three_stages((*self).into(), input, BASE_WIDTH, blocks);
        with_doubling_widths(&spec, BASE_WIDTH)
    }

    fn layers(&self, spec: &Spec) -> Vec<Layer> {
        let mut layers = Layers::with_stem(spec);
        layers.normalise();
        for (at, stage, stride) in spec.each_block() {
            layers.begin_block(at);
            layers.stride(stride);
            for _ in 0..2 {
                layers.convolve(stage.width, 3, 1);
                layers.normalise();
            }
        }
        layers.classify(spec.input.classes)
    }

    fn widened<'a>(&self, spec: &'a Spec) -> Box<dyn Iterator<Item = Spec> + 'a> {
        Box::new((spec.stem_width..).map(|stem| with_width(spec, stem)))
    }

    fn scaled(&self, spec: &Spec, factor: f64) -> Result<Spec, NetworkError> {
        Ok(with_width(
            spec,
            whole(spec, spec.stem_width, factor, "channel")?,
        ))
    }

    /// The parameter-free shortcuts add channels and take none away.
    fn can_build(&self, spec: &Spec) -> bool {
        let widths = spec.stages.iter().map(|stage| stage.width);
        spec.stages.len() == 3 && std::iter::once(spec.stem_width).chain(widths).is_sorted()
    }

    fn build(&self, spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Network {
        module::build(spec, rng, device).into()
    }

    fn pytorch(&self) -> &'static str {
        concat!(include_str!("pytorch.py"), include_str!("../cifar.py"))
    }
}

/// `spec` with `stem` channels after the first convolution, all widths in proportion.
fn with_width(spec: &Spec, stem: usize) -> Spec {
    let mut wider = spec.clone();
    wider.stem_width = stem;
    for stage in &mut wider.stages {
        stage.width = ((stage.width * stem) as f64 / spec.stem_width as f64).round() as usize;
    }
    wider
}

#[cfg(test)]
impl ResNet {
    pub(super) const SMALL: &[&str] = &["resnet-14"];

    pub(super) fn any(blocks: usize, _width: usize) -> proptest::strategy::BoxedStrategy<String> {
        use proptest::strategy::Strategy;
        (1..=blocks)
            .prop_map(|n| format!("resnet-{}", 6 * n + 2))
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use crate::network::module::golden;
    use crate::network::testing::{assert_complaints, assert_counts, assert_names, outputs, spec};

    /// He et al. 2015, table 6: 0.27 M, 0.46 M, 0.66 M, 0.85 M and 1.7 M parameters. The integers are those of option A
    /// shortcuts that `benches/pytorch_reference.py` counts.
    #[test]
    fn parameters_and_macs_equal_pytorch() {
        assert_counts(&[
            ("resnet-20", 32, 269_722, 40_551_040),
            ("resnet-32", 32, 464_154, 68_862_592),
            ("resnet-44", 32, 658_586, 97_174_144),
            ("resnet-50", 32, 755_802, 111_329_920),
            ("resnet-56", 32, 853_018, 125_485_696),
            ("resnet-110", 32, 1_727_962, 252_887_680),
            ("resnet-20", 96, 269_722, 91_239_040),
        ]);
    }

    #[test]
    fn depth_counts_convolutions_of_the_main_path() {
        assert_eq!(spec("resnet-50", 3, 32).conv_depth(), 49);
        assert_eq!(spec("resnet-110", 3, 32).conv_depth(), 109);
    }

    #[test]
    fn names_give_a_depth() {
        assert_names(&["resnet-8", "resnet-1202"]);
        assert_complaints(&[
            (
                "resnet-21",
                "6n + 2; the nearest are resnet-20 and resnet-26",
            ),
            ("resnet-3", "nearest are resnet-8"),
        ]);
    }

    /// He et al. 2015, section 4.2: maps of 32, 16 and 8 pixels with 16, 32 and 64 channels.
    #[test]
    fn stages_give_what_the_paper_says() {
        assert_eq!(
            outputs(&spec("resnet-50", 3, 32)),
            [(16, 32), (32, 16), (64, 8)]
        );
        let pairs = [[2, 3], [4, 5], [6, 7]];
        assert_eq!(spec("resnet-8", 3, 32).block_convolutions(), pairs);
    }

    #[test]
    fn it_computes_what_pytorch_computes() {
        golden::check_all(&["resnet"]);
    }
}
