//! `ResNeXt` as a burn module.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::FamilyModule;
use super::outputs;
use crate::kernels::Activation;
use crate::network::module::layers::{
    Convolution, Normalised, classify, convolution, convolved, normalisation, normalise,
    normalise_sum, pooled, unbiased_classifier,
};
use crate::network::{BlockTrace, Dropping, Spec};

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

impl AggregatedBlock {
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
#[derive(Module, Debug)]
pub struct ResNeXtModule {
    stem: Conv2d,
    stem_norm: BatchNorm,
    blocks: Vec<AggregatedBlock>,
    classifier: Linear,
}

impl ResNeXtModule {
    /// The network that `spec` describes, with `cardinality` groups, its weights drawn from `rng`.
    #[must_use]
    pub fn new(spec: &Spec, cardinality: usize, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let mut channels = spec.stem_width;
        let inputs = spec.input.shape.channels;
        let stem = convolution(inputs, channels, 3, spec.stem_stride, rng, device);
        let mut blocks = Vec::with_capacity(spec.blocks());
        for (at, stage, stride) in spec.each_block() {
            let (inner, outputs) = (stage.width, outputs(at));
            let grouped = Convolution {
                groups: cardinality,
                ..Convolution::plain(inner, inner, 3, stride)
            };
            let projection = Convolution::plain(channels, outputs, 1, stride);
            blocks.push(AggregatedBlock {
                reduce: normalised(Convolution::plain(channels, inner, 1, 1), rng, device),
                transform: normalised(grouped, rng, device),
                expand: normalised(Convolution::plain(inner, outputs, 1, 1), rng, device),
                shortcut: (channels != outputs).then(|| normalised(projection, rng, device)),
            });
            channels = outputs;
        }
        let classes = spec.input.classes;
        let bound = 1.0 / (channels as f64).sqrt();
        Self {
            stem,
            stem_norm: normalisation(spec.stem_width, device),
            blocks,
            classifier: unbiased_classifier(channels, classes, bound, rng, device),
        }
    }
}

impl FamilyModule for ResNeXtModule {
    fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        normalise(
            &self.stem_norm,
            convolved(&self.stem, images),
            Activation::Relu,
        )
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
        classify(&self.classifier, pooled(features))
    }
}
