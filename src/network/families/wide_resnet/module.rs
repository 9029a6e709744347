//! `WideResNet` as a burn module.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::FamilyModule;
use super::changes_shape;
use crate::kernels::Activation;
use crate::network::module::layers::{
    classify, convolution, convolve, convolved, normalisation, normalise, pooled,
    unbiased_classifier,
};
use crate::network::{BlockTrace, Dropping, Spec};

/// Two convolutions, each of a normalised and activated input; added to the shortcut.
#[derive(Module, Debug)]
pub struct WideBlock {
    first_norm: BatchNorm,
    first: Conv2d,
    second_norm: BatchNorm,
    second: Conv2d,
    shortcut: Option<Conv2d>,
}

impl WideBlock {
    fn new(
        inputs: usize,
        outputs: usize,
        stride: usize,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        Self {
            first_norm: normalisation(inputs, device),
            first: convolution(inputs, outputs, 3, stride, rng, device),
            second_norm: normalisation(outputs, device),
            second: convolution(outputs, outputs, 3, 1, rng, device),
            shortcut: changes_shape(inputs, outputs, stride)
                .then(|| convolution(inputs, outputs, 1, stride, rng, device)),
        }
    }

    /// The shortcut, and what is added to it.
    fn branches(&self, input: Tensor<4>) -> [Tensor<4>; 2] {
        let activated = normalise(&self.first_norm, input.clone(), Activation::Relu);
        let shortcut = match &self.shortcut {
            Some(projection) => convolve(projection, activated.clone()),
            None => input,
        };
        let inner = convolved(&self.first, activated);
        let inner = normalise(&self.second_norm, inner, Activation::Relu);
        [shortcut, convolve(&self.second, inner)]
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [shortcut, update] = self.branches(input);
        shortcut + update
    }

    fn trace(&self, input: Tensor<4>) -> BlockTrace {
        let [shortcut, update] = self.branches(input.clone());
        BlockTrace {
            input,
            output: shortcut.clone() + update.clone(),
            skipped: Some(shortcut.clone()),
            shortcut: Some(shortcut),
            update: Some(update),
        }
    }
}

/// `WideResNet`.
#[derive(Module, Debug)]
pub struct WideResNetModule {
    stem: Conv2d,
    blocks: Vec<WideBlock>,
    norm: BatchNorm,
    classifier: Linear,
}

impl WideResNetModule {
    /// The network that `spec` describes, its weights drawn from `rng`.
    #[must_use]
    pub fn new(spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let mut channels = spec.stem_width;
        let inputs = spec.input.shape.channels;
        let stem = convolution(inputs, channels, 3, spec.stem_stride, rng, device);
        let mut blocks = Vec::with_capacity(spec.blocks());
        for (_, stage, stride) in spec.each_block() {
            blocks.push(WideBlock::new(channels, stage.width, stride, rng, device));
            channels = stage.width;
        }
        let classes = spec.input.classes;
        let bound = 1.0 / (channels as f64).sqrt();
        Self {
            stem,
            blocks,
            norm: normalisation(channels, device),
            classifier: unbiased_classifier(channels, classes, bound, rng, device),
        }
    }
}

impl FamilyModule for WideResNetModule {
    fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        convolve(&self.stem, images)
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
        let features = self.blocks[from..]
            .iter()
            .fold(features, |features, block| block.forward(features));
        let features = normalise(&self.norm, features, Activation::Relu);
        classify(&self.classifier, pooled(features))
    }
}
