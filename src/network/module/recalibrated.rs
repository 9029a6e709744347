//! Batch normalisation statistics for a network of which blocks are left out.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::Network;

/// Multiplies the running statistics of a network by a factor.
struct Scaler {
    statistic: bool,
    factor: f64,
}

impl ModuleMapper for Scaler {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.statistic = matches!(name, "running_mean" | "running_var");
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.statistic = false;
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !self.statistic {
            return parameter;
        }
        parameter.map(|statistic| statistic.mul_scalar(self.factor))
    }
}

impl Network {
    /// What the last block gives for normalised images (N, channels, height, width), with the blocks that are
    /// `removed` replaced by their shortcuts; a block without a shortcut stays.
    #[must_use]
    pub fn forward_without(&self, removed: &[bool], images: Tensor<4>) -> Tensor<4> {
        let features = self.forward_stem(images);
        removed
            .iter()
            .enumerate()
            .fold(features, |features, (at, &removed)| {
                let trace = self.forward_block(at, features);
                match trace.skipped {
                    Some(skipped) if removed => skipped,
                    _ => trace.output,
                }
            })
    }

    /// This network, which records no gradients, with the statistics of its batch normalisations estimated anew on
    /// `batches` of normalised images on `device`, the blocks that are `removed` replaced by their shortcuts: the mean
    /// over batches of each batch's mean and variance, later batches counting more by the family's momentum. Without a
    /// batch it is unchanged.
    #[must_use]
    pub fn recalibrated(
        &self,
        removed: &[bool],
        batches: impl IntoIterator<Item = Tensor<4>>,
    ) -> Self {
        let scaled = |network: Self, factor: f64| {
            network.map(&mut Scaler {
                statistic: false,
                factor,
            })
        };
        // A network that records gradients normalises by the batch and moves the running statistics.
        let network = scaled(self.clone().train(), 0.0);
        let mut left = 1.0;
        for images in batches {
            let features = network.forward_without(removed, Tensor::from_inner(images));
            // The layers after the last block have statistics too.
            let _logits = network.forward_from(removed.len(), features);
            left *= 1.0 - self.as_module().momentum();
        }
        if left < 1.0 {
            scaled(network, 1.0 / (1.0 - left)).valid()
        } else {
            self.clone()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::network::build;
    use crate::network::testing::spec;
    use crate::network::weights::tensors;
    use crate::network::width::scaled;

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    }

    /// Recalibrated on a batch, a network gives for that batch what one in training gives, which normalises by the
    /// batch itself; the variances differ by n / (n - 1), n the pixels of 64 images.
    #[test]
    fn statistics_are_those_of_the_batches_that_the_cut_network_sees() {
        for name in ["resnet-8", "densenet-bc-10-k4", "efficientnet-b0"] {
            let spec = match name {
                "efficientnet-b0" => scaled(&spec(name, 1, 8), 0.25).unwrap(),
                name => spec(name, 1, 8),
            };
            let network = build(&spec, 1, &Device::flex().autodiff()).valid();
            let before = tensors(&network);
            let pixels: Vec<f32> = (0..64 * 64)
                .map(|at| (at * 37 % 101) as f32 / 50.0)
                .collect();
            let images = Tensor::<1>::from_floats(pixels.as_slice(), &Device::flex());
            let images = images.reshape([64, 1, 8, 8]);
            let removed: Vec<bool> = (0..spec.blocks()).map(|at| at % 2 == 1).collect();
            let logits = |network: &Network, images| {
                let features = network.forward_without(&removed, images);
                network.forward_from(removed.len(), features)
            };
            let in_training = Tensor::from_inner(images.clone());
            let in_training = values(logits(&network.clone().train(), in_training).inner());
            let recalibrated = network.recalibrated(&removed, [images.clone()]);
            let ours = values(logits(&recalibrated, images.clone()));
            let apart = |ours: &[f32]| -> f32 {
                let squares = |values: &mut dyn Iterator<Item = f32>| {
                    values.map(|value| value * value).sum::<f32>()
                };
                let mut differences = ours.iter().zip(&in_training).map(|(a, b)| a - b);
                (squares(&mut differences) / squares(&mut in_training.iter().copied())).sqrt()
            };
            assert!(apart(&ours) < 0.06, "{name}: {}", apart(&ours));
            let unchanged = values(logits(&network, images.clone()));
            assert!(apart(&unchanged) > 0.2, "{name}: {}", apart(&unchanged));

            let repeated = network.recalibrated(&removed, [&images; 3].map(Clone::clone));
            let repeated = values(logits(&repeated, images.clone()));
            for (once, thrice) in ours.iter().zip(repeated) {
                assert!((once - thrice).abs() < 1e-3 * once.abs().max(1.0), "{name}");
            }
            assert_eq!(
                tensors(&network),
                before,
                "{name}: the network itself is unchanged"
            );
            assert_eq!(
                tensors(&network.recalibrated(&removed, [])),
                before,
                "{name}"
            );
        }
    }
}
