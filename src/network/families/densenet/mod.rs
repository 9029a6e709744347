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

mod module;

use std::fmt;

use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

pub use self::module::DenseNetModule;
use super::cifar::three_stages;
use super::names::{Depths, MAX_WIDTH, illegal_suffix};
use super::{Family, Labels, Network};
use crate::network::cost::{Layer, Layers};
use crate::network::width::whole;
use crate::network::{Input, NetworkError, Spec};

const DENSENET: Depths = Depths {
    family: "densenet",
    step: 3,
    offset: 4,
};
const DENSENET_BC: Depths = Depths {
    family: "densenet-bc",
    step: 6,
    offset: 4,
};
/// Growth rate where a name gives none.
const DEFAULT_GROWTH: usize = 12;
/// Channels of the first convolution of the form without bottlenecks.
const STEM_WIDTH: usize = 16;
/// Channels of a bottleneck over the growth rate.
const BOTTLENECK: usize = 4;

/// A `DenseNet` or, with bottlenecks, a `DenseNet-BC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DenseNet {
    /// Weighted layers: convolutions and one fully connected layer.
    depth: usize,
    /// Channels that every layer adds.
    growth: usize,
    /// Whether it is the BC form: 1x1 bottlenecks, and transitions that halve the channels.
    bottleneck: bool,
}

impl DenseNet {
    pub(super) const PATTERN: &str = "densenet-N[-kK] (3n + 4), densenet-bc-N[-kK] (6n + 4)";

    pub(super) fn parse(name: &str) -> Result<Option<Self>, NetworkError> {
        for (depths, bottleneck) in [(DENSENET_BC, true), (DENSENET, false)] {
            let Some((depth, suffix)) = depths.split(name)? else {
                continue;
            };
            let growth = suffix.map_or(Some(DEFAULT_GROWTH), growth).ok_or_else(|| {
                let rule = "-kK gives the growth rate, such as -k24, from 1 to";
                illegal_suffix(name, format!("{rule} {MAX_WIDTH}"))
            })?;
            return Ok(Some(Self {
                depth,
                growth,
                bottleneck,
            }));
        }
        Ok(None)
    }

    pub(super) fn suggested() -> Vec<Self> {
        [(40, false), (100, true)]
            .map(|(depth, bottleneck)| Self {
                depth,
                growth: DEFAULT_GROWTH,
                bottleneck,
            })
            .to_vec()
    }

    const fn depths(self) -> Depths {
        if self.bottleneck {
            DENSENET_BC
        } else {
            DENSENET
        }
    }

    /// `spec` with another growth rate.
    fn with_width(self, spec: &Spec, growth: usize) -> Spec {
        let mut wider = spec.clone();
        wider.stem_width = if self.bottleneck {
            2 * growth
        } else {
            STEM_WIDTH
        };
        for stage in &mut wider.stages {
            stage.width = growth;
        }
        wider
    }
}

/// Reads `kK`.
fn growth(suffix: &str) -> Option<usize> {
    let growth = suffix.strip_prefix('k')?.parse().ok()?;
    (1..=MAX_WIDTH).contains(&growth).then_some(growth)
}

impl fmt::Display for DenseNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name(), self.depth)?;
        if self.growth == DEFAULT_GROWTH {
            return Ok(());
        }
        write!(f, "-k{}", self.growth)
    }
}

impl Family for DenseNet {
    fn name(&self) -> &'static str {
        self.depths().family
    }

    fn baseline(&self, input: Input) -> Spec {
        let blocks = self.depths().blocks(self.depth);
        let spec = three_stages((*self).into(), input, 0, blocks);
        self.with_width(&spec, self.growth)
    }

    fn layers(&self, spec: &Spec) -> Vec<Layer> {
        let mut layers = Layers::with_stem(spec);
        for (at, stage) in spec.stages.iter().enumerate() {
            layers.begin_stage(at);
            if at > 0 {
                layers.normalise();
                layers.convolve(compressed(layers.channels, self.bottleneck), 1, 1);
                layers.pool(stage.stride);
            }
            for _ in 0..stage.blocks {
                let inputs = layers.channels;
                layers.begin_block(at);
                layers.normalise();
                if self.bottleneck {
                    layers.convolve(BOTTLENECK * stage.width, 1, 1);
                    layers.normalise();
                }
                layers.convolve(stage.width, 3, 1);
                layers.channels += inputs;
            }
        }
        layers.end_stages();
        layers.normalise();
        layers.classify(spec.input.classes)
    }

    fn widened<'a>(&self, spec: &'a Spec) -> Box<dyn Iterator<Item = Spec> + 'a> {
        let family = *self;
        Box::new((family.growth..).map(move |growth| family.with_width(spec, growth)))
    }

    fn scaled(&self, spec: &Spec, factor: f64) -> Result<Spec, NetworkError> {
        let growth = whole(spec, self.growth, factor, "channel a layer")?;
        Ok(self.with_width(spec, growth))
    }

    fn build(&self, spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Network {
        DenseNetModule::new(spec, self.bottleneck, rng, device).into()
    }

    fn labels(&self) -> Labels {
        Labels {
            block: "layer",
            unit: "layer per dense block",
            width: "growth rate",
            width_short: "growth",
            width_is_output: false,
        }
    }

    fn pytorch(&self) -> &'static str {
        include_str!("pytorch.py")
    }

    fn pytorch_arguments(&self, _spec: &Spec) -> Vec<(&'static str, String)> {
        let truth = if self.bottleneck { "True" } else { "False" };
        vec![("bottleneck", truth.to_owned())]
    }
}

/// Channels after a transition.
const fn compressed(channels: usize, bottleneck: bool) -> usize {
    if bottleneck { channels / 2 } else { channels }
}

#[cfg(test)]
impl DenseNet {
    pub(super) const SMALL: &[&str] = &["densenet-16-k4", "densenet-bc-16-k4"];

    pub(super) fn any(blocks: usize, width: usize) -> proptest::strategy::BoxedStrategy<String> {
        use proptest::strategy::Strategy;
        (1..=blocks, 1..=width, proptest::bool::ANY)
            .prop_map(|(n, k, bottleneck)| {
                if bottleneck {
                    format!("densenet-bc-{}-k{k}", 6 * n + 4)
                } else {
                    format!("densenet-{}-k{k}", 3 * n + 4)
                }
            })
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use crate::network::module::golden;
    use crate::network::testing::{assert_complaints, assert_counts, assert_names, outputs, spec};

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

    #[test]
    fn names_give_depth_and_growth() {
        assert_names(&[
            "densenet-22",
            "densenet-40-k24",
            "densenet-bc-10-k4",
            "densenet-bc-250-k24",
        ]);
        assert_eq!(spec("densenet-40-k12", 3, 32), spec("densenet-40", 3, 32));
        assert_complaints(&[
            (
                "densenet-41",
                "3n + 4; the nearest are densenet-40 and densenet-43",
            ),
            (
                "densenet-bc-101-k24",
                "6n + 4; the nearest are densenet-bc-100-k24 and densenet-bc-106-k24",
            ),
            ("densenet-40000", "densenet-1999, the deepest"),
            ("densenet-40-12", "-kK gives the growth rate"),
            ("densenet-40-k0", "-kK gives the growth rate"),
            ("densenet-bc-100-kx", "-kK gives the growth rate"),
        ]);
    }

    /// Huang et al. 2017: 40 layers give 16 + 12 x 12 = 160, 304 and 448 channels, with halving transitions
    /// (24 + 16 x 12) = 216, 300 and 342.
    #[test]
    fn stages_give_what_the_paper_says() {
        let given = |name| outputs(&spec(name, 3, 32));
        assert_eq!(given("densenet-40"), [(160, 32), (304, 16), (448, 8)]);
        assert_eq!(given("densenet-bc-100"), [(216, 32), (300, 16), (342, 8)]);
        let convolutions = |name| spec(name, 1, 8).block_convolutions();
        let single = [2, 3, 5, 6, 8, 9].map(|at| [at, at]);
        assert_eq!(convolutions("densenet-10-k4"), single);
        assert_eq!(convolutions("densenet-bc-10-k4"), [[2, 3], [5, 6], [8, 9]]);
    }

    #[test]
    fn it_computes_what_pytorch_computes() {
        golden::check_all(&["densenet", "densenet-bc"]);
    }
}
