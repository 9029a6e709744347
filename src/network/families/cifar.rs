//! What the families in CIFAR form share: three stages at full, half and quarter resolution.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::FamilyModule;
use crate::kernels::Activation;
use crate::network::module::layers::{
    classify, convolution, convolve, convolved, normalisation, normalise, pooled,
};
use crate::network::strides::cifar_stem;
use crate::network::{Architecture, BlockTrace, Dropping, Input, Spec, Stage};

/// Three stages of `blocks` blocks, whose widths are still 0.
pub(super) fn three_stages(
    architecture: Architecture,
    input: Input,
    stem_width: usize,
    blocks: usize,
) -> Spec {
    let stage = |stride| Stage {
        blocks,
        width: 0,
        stride,
    };
    Spec {
        architecture,
        input,
        stem_width,
        stem_stride: cifar_stem(input.shape),
        head_width: None,
        stages: [1, 2, 2].map(stage).to_vec(),
    }
}

/// `spec` with `width` in the first stage, and in every further one twice the width of the one before.
pub(super) fn with_doubling_widths(spec: &Spec, width: usize) -> Spec {
    let mut wider = spec.clone();
    for (at, stage) in wider.stages.iter_mut().enumerate() {
        stage.width = width << at;
    }
    wider
}

/// A block with a shortcut.
pub trait Residual: Module {
    /// Features of features, both (N, C, H, W).
    fn forward(&self, input: Tensor<4>) -> Tensor<4>;

    /// The same, with what goes around the block and what it adds.
    fn trace(&self, input: Tensor<4>) -> BlockTrace;
}

/// Where a network normalises and activates outside its blocks.
pub(super) enum Normalised {
    /// After the first convolution.
    First,
    /// After the last block, in a family whose blocks begin with it.
    Last,
}

/// A network of residual blocks: a 3x3 convolution, the blocks, global average pooling, a classifier.
#[derive(Module, Debug)]
pub struct ResidualModule<B: Module> {
    stem: Conv2d,
    stem_norm: Option<BatchNorm>,
    blocks: Vec<B>,
    norm: Option<BatchNorm>,
    classifier: Linear,
}

impl<B: Residual> ResidualModule<B> {
    /// The network that `spec` describes, its weights drawn from `rng`: `block` gets the input channels, the stage from 0,
    /// that stage and the stride, and gives a block with its output channels; `classifier` gets channels and classes.
    pub(super) fn new(
        spec: &Spec,
        normalised: &Normalised,
        rng: &mut ChaCha8Rng,
        device: &Device,
        mut block: impl FnMut(usize, usize, &Stage, usize, &mut ChaCha8Rng) -> (B, usize),
        classifier: impl FnOnce(usize, usize, &mut ChaCha8Rng, &Device) -> Linear,
    ) -> Self {
        let mut channels = spec.stem_width;
        let inputs = spec.input.shape.channels;
        let stem = convolution(inputs, channels, 3, spec.stem_stride, rng, device);
        let mut blocks = Vec::with_capacity(spec.blocks());
        for (at, stage, stride) in spec.each_block() {
            let (next, outputs) = block(channels, at, stage, stride, rng);
            blocks.push(next);
            channels = outputs;
        }
        let (stem_norm, norm) = match normalised {
            Normalised::First => (Some(normalisation(spec.stem_width, device)), None),
            Normalised::Last => (None, Some(normalisation(channels, device))),
        };
        Self {
            stem,
            stem_norm,
            blocks,
            norm,
            classifier: classifier(channels, spec.input.classes, rng, device),
        }
    }
}

impl<B: Residual> FamilyModule for ResidualModule<B> {
    fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        match &self.stem_norm {
            Some(norm) => normalise(norm, convolved(&self.stem, images), Activation::Relu),
            None => convolve(&self.stem, images),
        }
    }

    fn forward_block(&self, at: usize, features: Tensor<4>) -> BlockTrace {
        self.blocks[at].trace(features)
    }

    fn forward_from(
        &self,
        from: usize,
        features: Tensor<4>,
        _dropping: Option<&mut Dropping<'_>>,
    ) -> Tensor<2> {
        let mut features = self.blocks[from..]
            .iter()
            .fold(features, |features, block| block.forward(features));
        if let Some(norm) = &self.norm {
            features = normalise(norm, features, Activation::Relu);
        }
        classify(&self.classifier, pooled(features))
    }
}
