//! The interface of a family of networks.

use std::fmt;

use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::Network;
use crate::network::strides;
use crate::network::{BlockTrace, Dropping, Input, Layer, NetworkError, Spec};

/// Largest multiple of a baseline's widths that a width policy tries.
pub(super) const MAX_FACTOR: usize = 32;

/// An architecture of a family, as its name gives it; shown as that name.
///
/// A family's type also has associated items that `families!` uses: `PATTERN` (its names, as the
/// help shows them), `parse(name) -> Result<Option<Self>, NetworkError>` (`None` for names of other families), `suggested()`,
/// and for tests `SMALL` and `any`.
pub trait Family: fmt::Display {
    /// What its names begin with, such as `resnet`.
    fn name(&self) -> &'static str;

    /// The network as published, for images of at least 4x4 pixels.
    fn baseline(&self, input: Input) -> Spec;

    /// Every layer with weights of a network of this family, from the image on.
    fn layers(&self, spec: &Spec) -> Vec<Layer>;

    /// `spec` and all wider networks of its depth, by ascending MACs.
    fn widened<'a>(&self, spec: &'a Spec) -> Box<dyn Iterator<Item = Spec> + 'a>;

    /// `spec`, at its baseline's widths, with these multiplied by `factor` and rounded.
    ///
    /// # Errors
    /// [`NetworkError::TooNarrow`] where a layer would be left without a channel.
    fn scaled(&self, spec: &Spec, factor: f64) -> Result<Spec, NetworkError>;

    /// Factors on the widths of `spec`, at its baseline's widths, ascending from below 1 to [`MAX_FACTOR`]: 1, and those that
    /// make the width of every stage a multiple of `multiple`.
    fn factors(&self, spec: &Spec, multiple: usize) -> Vec<f64> {
        let usual = spec.stages[0].width;
        let fits = |width: usize, factor: f64| {
            let scaled = self.scaled(spec, factor);
            scaled.is_ok_and(|scaled| {
                let mut widths = scaled.stages.iter().map(|stage| stage.width);
                scaled.stages[0].width == width
                    && widths.all(|width| width.is_multiple_of(multiple))
            })
        };
        (1..=MAX_FACTOR * usual)
            .filter(|width| *width == usual || width.is_multiple_of(multiple))
            .map(|width| (width, width as f64 / usual as f64))
            .filter(|&(width, factor)| width == usual || fits(width, factor))
            .map(|(_, factor)| factor)
            .collect()
    }

    /// Whether the stages of a spec that comes from a file are of this family.
    fn can_build(&self, spec: &Spec) -> bool {
        spec.stages.len() == 3
    }

    /// The network with weights drawn from `rng`, in the order of the layers.
    fn build(&self, spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Network;

    /// How the strides of `spec` were adapted to its images, as one sentence; `None` where they are the paper's.
    fn adaptation(&self, spec: &Spec) -> Option<String> {
        strides::cifar_adaptation(spec)
    }

    /// The names of its parts.
    fn labels(&self) -> Labels {
        Labels::CHANNELS
    }

    /// Its classes in plain `PyTorch`; `Network` takes `stem_width`, `stem_stride`, `stages` and
    /// [`Family::pytorch_arguments`].
    fn pytorch(&self) -> &'static str;

    /// Further arguments of its `Network` in `PyTorch`, as Python literals.
    fn pytorch_arguments(&self, _spec: &Spec) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Further keys of the stage `at`, from 0, in `PyTorch`, beside blocks, width and stride.
    fn pytorch_stage(&self, _at: usize) -> Vec<(&'static str, usize)> {
        Vec::new()
    }
}

/// The names of a family's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels {
    /// A block.
    pub block: &'static str,
    /// What a cap removes, one by one.
    pub unit: &'static str,
    /// What a stage's width counts, as a plural.
    pub width: &'static str,
    /// The same in a drawing.
    pub width_short: &'static str,
    /// Whether the width is the channels of the stage's output.
    pub width_is_output: bool,
}

impl Labels {
    /// Blocks in stages, with a width in output channels.
    pub const CHANNELS: Self = Self {
        block: "block",
        unit: "block per stage",
        width: "channels",
        width_short: "ch",
        width_is_output: true,
    };
}

/// The burn module of a family.
pub trait FamilyModule {
    /// The first block's input: features (N, C, H, W) of normalised images (N, channels, height, width).
    fn forward_stem(&self, images: Tensor<4>) -> Tensor<4>;

    /// Takes features through the block `at`, from 0, as [`FamilyModule::forward_from`] does without dropping.
    ///
    /// # Panics
    /// Where the network has no such block.
    fn forward_block(&self, at: usize, features: Tensor<4>) -> BlockTrace;

    /// Logits (N, classes) of the input (N, C, H, W) of the block `from`, from 0; with `dropping`, with the family's
    /// dropout and stochastic depth.
    fn forward_from(
        &self,
        from: usize,
        features: Tensor<4>,
        dropping: Option<&mut Dropping<'_>>,
    ) -> Tensor<2>;

    /// Share of a batch in the running statistics of its batch normalisations.
    fn momentum(&self) -> f64 {
        0.1
    }
}
