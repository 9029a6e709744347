//! ResNet as a burn module.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::super::cifar::{Normalised, Residual, ResidualModule};
use crate::kernels::{Activation, Pooling};
use crate::network::module::layers::{
    biased_classifier, convolution, convolved, normalisation, normalise, normalise_sum,
    window_means,
};
use crate::network::{BlockTrace, Spec, Stage};

/// Two 3x3 convolutions and a parameter-free shortcut.
#[derive(Module, Debug)]
pub struct BasicBlock {
    first: Conv2d,
    first_norm: BatchNorm,
    second: Conv2d,
    second_norm: BatchNorm,
    stride: usize,
}

impl Residual for BasicBlock {
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
pub type ResNetModule = ResidualModule<BasicBlock>;

/// The network that `spec` describes, its weights drawn from `rng`.
pub(super) fn build(spec: &Spec, rng: &mut ChaCha8Rng, device: &Device) -> ResNetModule {
    let block = |inputs, _, stage: &Stage, stride, rng: &mut ChaCha8Rng| {
        let outputs = stage.width;
        let block = BasicBlock {
            first: convolution(inputs, outputs, 3, stride, rng, device),
            first_norm: normalisation(outputs, device),
            second: convolution(outputs, outputs, 3, 1, rng, device),
            second_norm: normalisation(outputs, device),
            stride,
        };
        (block, outputs)
    };
    let first = &Normalised::First;
    ResidualModule::new(spec, first, rng, device, block, biased_classifier)
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
