//! `EfficientNet` as a burn module.
//!
//! As in the authors' code: batch normalisation with a momentum of 0.99 (running statistics move by a
//! hundredth each step) and an epsilon of 0.001, convolutions initialised by fan-out, the classifier
//! uniform within 1 / sqrt(classes). Strided convolutions pad both sides alike.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::FamilyModule;
use super::{ROWS, Row, SKIPPED, is_residual, squeezed};
use crate::kernels::{Activation, channel_means, gated, silu};
use crate::network::module::layers::{
    Convolution, Normalised, classify, convolve, pooled, unbiased_classifier,
};
use crate::network::{BlockTrace, Dropping, Spec};

const MOMENTUM: f64 = 0.01;
const EPSILON: f64 = 1e-3;

fn normalised(layer: Convolution, rng: &mut ChaCha8Rng, device: &Device) -> Normalised {
    Normalised {
        convolution: layer.by_fan_out(rng, device),
        norm: BatchNormConfig::new(layer.outputs)
            .with_momentum(MOMENTUM)
            .with_epsilon(EPSILON)
            .init(device),
    }
}

/// Squeeze-and-excitation (Hu et al. 2018): every channel times a gate computed from all channels' means.
#[derive(Module, Debug)]
pub struct Excitation {
    squeeze: Conv2d,
    excite: Conv2d,
}

impl Excitation {
    fn new(channels: usize, inner: usize, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let layer = |inputs, outputs| Convolution {
            bias: true,
            ..Convolution::plain(inputs, outputs, 1, 1)
        };
        Self {
            squeeze: layer(channels, inner).by_fan_out(rng, device),
            excite: layer(inner, channels).by_fan_out(rng, device),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let means = channel_means(input.clone());
        let logits = convolve(&self.excite, silu(convolve(&self.squeeze, means)));
        gated(input, logits)
    }
}

/// `MBConv`: expand, convolve each channel, gate, project.
#[derive(Module, Debug)]
pub struct InvertedBlock {
    expand: Option<Normalised>,
    depthwise: Normalised,
    excitation: Excitation,
    project: Normalised,
    residual: bool,
    skipped: f64,
}

impl InvertedBlock {
    fn new(
        inputs: usize,
        outputs: usize,
        stride: usize,
        row: Row,
        skipped: f64,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        let inner = inputs * row.expansion;
        let depthwise = Convolution {
            groups: inner,
            ..Convolution::plain(inner, inner, row.kernel, stride)
        };
        Self {
            expand: (row.expansion > 1)
                .then(|| normalised(Convolution::plain(inputs, inner, 1, 1), rng, device)),
            depthwise: normalised(depthwise, rng, device),
            excitation: Excitation::new(inner, squeezed(inputs), rng, device),
            project: normalised(Convolution::plain(inner, outputs, 1, 1), rng, device),
            residual: is_residual(inputs, outputs, stride),
            skipped,
        }
    }

    fn forward(&self, input: Tensor<4>, dropping: Option<&mut Dropping<'_>>) -> Tensor<4> {
        let inner = match &self.expand {
            Some(expand) => expand.forward(input.clone(), Activation::Silu),
            None => input.clone(),
        };
        let inner = self.depthwise.forward(inner, Activation::Silu);
        let inner = self.excitation.forward(inner);
        let inner = self.project.forward(inner, Activation::None);
        match dropping {
            _ if !self.residual => inner,
            Some(dropping) if self.skipped > 0.0 => {
                let images = inner.dims()[0];
                let device = inner.device();
                inner * dropping.kept([images, 1, 1, 1], self.skipped, &device) + input
            }
            _ => inner + input,
        }
    }

    fn trace(&self, input: Tensor<4>) -> BlockTrace {
        let output = self.forward(input.clone(), None);
        let around = self.residual.then(|| input.clone());
        BlockTrace {
            update: around.clone().map(|around| output.clone() - around),
            skipped: around.clone(),
            shortcut: around,
            input,
            output,
        }
    }
}

/// `EfficientNet` B0, B1 or B2.
#[derive(Module, Debug)]
pub struct EfficientNetModule {
    stem: Normalised,
    blocks: Vec<InvertedBlock>,
    head: Normalised,
    classifier: Linear,
    dropout: f64,
}

impl EfficientNetModule {
    /// The network that `spec` describes, with this dropout rate before the classifier, its weights drawn from `rng`.
    #[must_use]
    pub fn new(spec: &Spec, dropout: f64, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let mut channels = spec.stem_width;
        let inputs = spec.input.shape.channels;
        let stem = Convolution::plain(inputs, channels, 3, spec.stem_stride);
        let stem = normalised(stem, rng, device);
        let total = spec.blocks();
        let mut blocks = Vec::with_capacity(total);
        for (at, stage, stride) in spec.each_block() {
            let skipped = SKIPPED * blocks.len() as f64 / total as f64;
            let width = stage.width;
            blocks.push(InvertedBlock::new(
                channels, width, stride, ROWS[at], skipped, rng, device,
            ));
            channels = width;
        }
        let width = spec.head_width.unwrap_or(channels);
        let head = normalised(Convolution::plain(channels, width, 1, 1), rng, device);
        let classes = spec.input.classes;
        let bound = 1.0 / (classes as f64).sqrt();
        Self {
            stem,
            blocks,
            head,
            classifier: unbiased_classifier(width, classes, bound, rng, device),
            dropout,
        }
    }
}

impl FamilyModule for EfficientNetModule {
    fn momentum(&self) -> f64 {
        MOMENTUM
    }

    fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        self.stem.forward(images, Activation::Silu)
    }

    fn forward_block(&self, at: usize, features: Tensor<4>) -> BlockTrace {
        self.blocks[at].trace(features)
    }

    fn forward_from(
        &self,
        from: usize,
        mut features: Tensor<4>,
        mut dropping: Option<&mut Dropping<'_>>,
    ) -> Tensor<2> {
        for block in &self.blocks[from..] {
            features = block.forward(features, dropping.as_deref_mut());
        }
        let features = self.head.forward(features, Activation::Silu);
        let mut pooled = pooled(features);
        if let Some(dropping) = dropping {
            let (shape, device) = (pooled.dims(), pooled.device());
            pooled = pooled * dropping.kept(shape, self.dropout, &device);
        }
        classify(&self.classifier, pooled)
    }
}
