//! ResNet as a burn module.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::FamilyModule;
use crate::kernels::{Activation, Pooling};
use crate::network::module::layers::{
    classifier, classify, convolution, convolved, normalisation, normalise, normalise_sum, pooled,
    window_means,
};
use crate::network::{BlockTrace, Dropping, Spec};

/// Two 3x3 convolutions and a parameter-free shortcut.
#[derive(Module, Debug)]
pub struct BasicBlock {
    first: Conv2d,
    first_norm: BatchNorm,
    second: Conv2d,
    second_norm: BatchNorm,
    stride: usize,
}

impl BasicBlock {
    fn new(
        inputs: usize,
        outputs: usize,
        stride: usize,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        Self {
            first: convolution(inputs, outputs, 3, stride, rng, device),
            first_norm: normalisation(outputs, device),
            second: convolution(outputs, outputs, 3, 1, rng, device),
            second_norm: normalisation(outputs, device),
            stride,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let inner = convolved(&self.first, input.clone());
        let inner = normalise(&self.first_norm, inner, Activation::Relu);
        let inner = convolved(&self.second, inner);
        let shortcut = shortcut(input, inner.output.dims()[1], self.stride);
        normalise_sum(&self.second_norm, inner, Some(shortcut), Activation::Relu)
    }

    fn trace(&self, input: Tensor<4>) -> BlockTrace {
        let inner = convolved(&self.first, input.clone());
        let inner = normalise(&self.first_norm, inner, Activation::Relu);
        let inner = convolved(&self.second, inner);
        let update = normalise(&self.second_norm, inner, Activation::None);
        let shortcut = shortcut(input.clone(), update.dims()[1], self.stride);
        BlockTrace::rectified(input, shortcut, update)
    }
}

/// Option A of He et al. 2015: every `stride`-th pixel, new channels filled with zeros, half of them
/// before and half behind the old.
fn shortcut(input: Tensor<4>, channels: usize, stride: usize) -> Tensor<4> {
    let present = input.dims()[1];
    if stride == 1 && present == channels {
        return input;
    }
    let before = (channels - present) / 2;
    let pooling = Pooling {
        window: 1,
        stride,
        before,
        behind: channels - present - before,
    };
    window_means(input, pooling)
}

/// ResNet in its CIFAR form.
#[derive(Module, Debug)]
pub struct ResNetModule {
    stem: Conv2d,
    stem_norm: BatchNorm,
    blocks: Vec<BasicBlock>,
    classifier: Linear,
}

impl ResNetModule {
    /// The network that `spec` describes, its weights drawn from `rng`.
    #[must_use]
    pub fn new(spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let mut channels = spec.stem_width;
        let inputs = spec.input.shape.channels;
        let stem = convolution(inputs, channels, 3, spec.stem_stride, rng, device);
        let mut blocks = Vec::with_capacity(spec.blocks());
        for (_, stage, stride) in spec.each_block() {
            blocks.push(BasicBlock::new(channels, stage.width, stride, rng, device));
            channels = stage.width;
        }
        Self {
            stem,
            stem_norm: normalisation(spec.stem_width, device),
            blocks,
            classifier: classifier(channels, spec.input.classes, rng, device),
        }
    }
}

impl FamilyModule for ResNetModule {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Channel c of the input holds c + 1 at every even pixel and -1 elsewhere.
    #[test]
    fn the_shortcut_keeps_every_second_pixel_and_pads_with_zeros() {
        let device = Device::flex();
        let mut values = Vec::new();
        for channel in 0..2 {
            for row in 0..4 {
                for column in 0..4 {
                    let even = row % 2 == 0 && column % 2 == 0;
                    values.push(if even { channel as f32 + 1.0 } else { -1.0 });
                }
            }
        }
        let input = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([1, 2, 4, 4]);
        let output = shortcut(input, 5, 2);
        assert_eq!(output.dims(), [1, 5, 2, 2]);
        let per_channel: Vec<f32> = output.into_data().try_to_vec::<f32>().unwrap();
        let expected: Vec<f32> = [0.0, 1.0, 2.0, 0.0, 0.0]
            .iter()
            .flat_map(|&value| [value; 4])
            .collect();
        assert_eq!(per_channel, expected);
    }
}
