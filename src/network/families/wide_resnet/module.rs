//! `WideResNet` as a burn module.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::cifar::{Normalised, Residual, ResidualModule};
use super::changes_shape;
use crate::kernels::Activation;
use crate::network::module::layers::{
    classifier, convolution, convolve, convolved, normalisation, normalise,
};
use crate::network::{BlockTrace, Spec, Stage};

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
}

impl Residual for WideBlock {
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
pub type WideResNetModule = ResidualModule<WideBlock>;

/// The network that `spec` describes, its weights drawn from `rng`.
pub(super) fn build(spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> WideResNetModule {
    let block = |inputs, _, stage: &Stage, stride, rng: &mut ChaCha8Rng| {
        let outputs = stage.width;
        let block = WideBlock {
            first_norm: normalisation(inputs, device),
            first: convolution(inputs, outputs, 3, stride, rng, device),
            second_norm: normalisation(outputs, device),
            second: convolution(outputs, outputs, 3, 1, rng, device),
            shortcut: changes_shape(inputs, outputs, stride)
                .then(|| convolution(inputs, outputs, 1, stride, rng, device)),
        };
        (block, outputs)
    };
    let last = &Normalised::Last;
    ResidualModule::new(spec, last, rng, device, block, classifier)
}
