//! `DenseNet` and `DenseNet-BC` as a burn module.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::FamilyModule;
use super::{BOTTLENECK, compressed};
use crate::kernels::{Activation, Pooling, joined};
use crate::network::module::layers::{
    classifier, classify, convolution, convolve, normalisation, normalise, pooled, window_means,
};
use crate::network::{BlockTrace, Dropping, Spec};

/// Batch normalisation, `ReLU`, convolution: the order of all layers of this family.
#[derive(Module, Debug)]
pub struct Preactivated {
    norm: BatchNorm,
    convolution: Conv2d,
}

impl Preactivated {
    fn new(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        Self {
            norm: normalisation(inputs, device),
            convolution: convolution(inputs, outputs, kernel, 1, rng, device),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let input = normalise(&self.norm, input, Activation::Relu);
        convolve(&self.convolution, input)
    }
}

/// A layer of a dense block: what it adds to the channels before it.
#[derive(Module, Debug)]
pub struct DenseLayer {
    bottleneck: Option<Preactivated>,
    body: Preactivated,
}

impl DenseLayer {
    fn new(
        inputs: usize,
        growth: usize,
        bottleneck: bool,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        let inner = if bottleneck {
            BOTTLENECK * growth
        } else {
            inputs
        };
        Self {
            bottleneck: bottleneck.then(|| Preactivated::new(inputs, inner, 1, rng, device)),
            body: Preactivated::new(inner, growth, 3, rng, device),
        }
    }

    fn forward(&self, features: Tensor<4>) -> Tensor<4> {
        let inner = match &self.bottleneck {
            Some(bottleneck) => bottleneck.forward(features.clone()),
            None => features.clone(),
        };
        joined(features, self.body.forward(inner))
    }

    fn trace(&self, input: Tensor<4>) -> BlockTrace {
        let channels = input.dims()[1];
        let output = self.forward(input.clone());
        let growth = output.dims()[1] - channels;
        let update = output.clone().narrow(1, channels, growth);
        let zeros = update.zeros_like();
        BlockTrace {
            skipped: Some(Tensor::cat(vec![input.clone(), zeros], 1)),
            shortcut: Some(input.clone()),
            update: Some(update),
            input,
            output,
        }
    }
}

/// A dense block with the transition before it; the first block has none.
#[derive(Module, Debug)]
pub struct DenseBlock {
    transition: Option<Preactivated>,
    window: usize,
    layers: Vec<DenseLayer>,
}

impl DenseBlock {
    /// What the block's first layer gets.
    fn forward_transition(&self, features: Tensor<4>) -> Tensor<4> {
        match &self.transition {
            Some(transition) => {
                let pooling = Pooling {
                    window: self.window,
                    stride: self.window,
                    before: 0,
                    behind: 0,
                };
                window_means(transition.forward(features), pooling)
            }
            None => features,
        }
    }
}

/// `DenseNet` in either form.
#[derive(Module, Debug)]
pub struct DenseNetModule {
    stem: Conv2d,
    blocks: Vec<DenseBlock>,
    norm: BatchNorm,
    classifier: Linear,
}

impl DenseNetModule {
    /// The network that `spec` describes, in the BC form if `bottleneck`, its weights drawn from `rng`.
    #[must_use]
    pub fn new(spec: &Spec, bottleneck: bool, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let mut channels = spec.stem_width;
        let inputs = spec.input.shape.channels;
        let stem = convolution(inputs, channels, 3, spec.stem_stride, rng, device);
        let mut blocks = Vec::with_capacity(spec.stages.len());
        for (at, stage) in spec.stages.iter().enumerate() {
            let transition = (at > 0).then(|| {
                let outputs = compressed(channels, bottleneck);
                let transition = Preactivated::new(channels, outputs, 1, rng, device);
                channels = outputs;
                transition
            });
            let layers = (0..stage.blocks)
                .map(|_| {
                    let layer = DenseLayer::new(channels, stage.width, bottleneck, rng, device);
                    channels += stage.width;
                    layer
                })
                .collect();
            blocks.push(DenseBlock {
                transition,
                window: stage.stride,
                layers,
            });
        }
        Self {
            stem,
            blocks,
            norm: normalisation(channels, device),
            classifier: classifier(channels, spec.input.classes, rng, device),
        }
    }

    /// All layers, the first of each dense block with that block.
    fn layers(&self) -> impl Iterator<Item = (Option<&DenseBlock>, &DenseLayer)> {
        self.blocks.iter().flat_map(|block| {
            let layers = block.layers.iter().enumerate();
            layers.map(move |(at, layer)| ((at == 0).then_some(block), layer))
        })
    }
}

impl FamilyModule for DenseNetModule {
    fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        convolve(&self.stem, images)
    }

    /// The `at`-th layer, after the transition where it is its block's first.
    fn forward_block(&self, at: usize, features: Tensor<4>) -> BlockTrace {
        #[expect(
            clippy::expect_used,
            reason = "as of a slice: the caller counts layers"
        )]
        let (begun, layer) = self.layers().nth(at).expect("a layer");
        layer.trace(match begun {
            Some(block) => block.forward_transition(features),
            None => features,
        })
    }

    fn forward_from(
        &self,
        from: usize,
        features: Tensor<4>,
        _dropping: Option<&mut Dropping<'_>>,
    ) -> Tensor<2> {
        let rest = self.layers().skip(from);
        let features = rest.fold(features, |features, (begun, layer)| {
            layer.forward(match begun {
                Some(block) => block.forward_transition(features),
                None => features,
            })
        });
        let features = normalise(&self.norm, features, Activation::Relu);
        classify(&self.classifier, pooled(features))
    }
}
