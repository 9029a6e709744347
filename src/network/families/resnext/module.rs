//! `ResNeXt` as a burn module.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::cifar::{self, Residual, ResidualModule};
use super::outputs;
use crate::kernels::Activation;
use crate::network::module::layers::{
    Convolution, Normalised, classifier, convolved, normalisation, normalise_sum,
};
use crate::network::{BlockTrace, Spec, Stage};

fn normalised(layer: Convolution, rng: &mut ChaCha8Rng, device: &Device) -> Normalised {
    Normalised {
        convolution: layer.by_fan_in(rng, device),
        norm: normalisation(layer.outputs, device),
    }
}

/// Reduce, transform in groups, expand; added to the shortcut.
#[derive(Module, Debug)]
pub struct AggregatedBlock {
    reduce: Normalised,
    transform: Normalised,
    expand: Normalised,
    shortcut: Option<Normalised>,
}

impl Residual for AggregatedBlock {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let inner = self.reduce.forward(input.clone(), Activation::Relu);
        let inner = self.transform.forward(inner, Activation::Relu);
        let inner = convolved(&self.expand.convolution, inner);
        let shortcut = match &self.shortcut {
            Some(projection) => projection.forward(input, Activation::None),
            None => input,
        };
        normalise_sum(&self.expand.norm, inner, Some(shortcut), Activation::Relu)
    }

    fn trace(&self, input: Tensor<4>) -> BlockTrace {
        let inner = self.reduce.forward(input.clone(), Activation::Relu);
        let inner = self.transform.forward(inner, Activation::Relu);
        let update = self.expand.forward(inner, Activation::None);
        let shortcut = match &self.shortcut {
            Some(projection) => projection.forward(input.clone(), Activation::None),
            None => input.clone(),
        };
        BlockTrace::rectified(input, shortcut, update)
    }
}

/// `ResNeXt` in its CIFAR form.
pub type ResNeXtModule = ResidualModule<AggregatedBlock>;

/// The network that `spec` describes, with `cardinality` groups, its weights drawn from `rng`.
pub(super) fn build(
    spec: &Spec,
    cardinality: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> ResNeXtModule {
    let block = |inputs, at, stage: &Stage, stride, rng: &mut ChaCha8Rng| {
        let (inner, outputs) = (stage.width, outputs(at));
        let grouped = Convolution {
            groups: cardinality,
            ..Convolution::plain(inner, inner, 3, stride)
        };
        let projection = Convolution::plain(inputs, outputs, 1, stride);
        let block = AggregatedBlock {
            reduce: normalised(Convolution::plain(inputs, inner, 1, 1), rng, device),
            transform: normalised(grouped, rng, device),
            expand: normalised(Convolution::plain(inner, outputs, 1, 1), rng, device),
            shortcut: (inputs != outputs).then(|| normalised(projection, rng, device)),
        };
        (block, outputs)
    };
    let first = &cifar::Normalised::First;
    ResidualModule::new(spec, first, rng, device, block, classifier)
}
