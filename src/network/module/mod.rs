//! From a spec to a burn module on a device.

mod layers;
mod resnet;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::resnet::ResNet;
use super::{Architecture, Spec};

/// A network with weights, of any family.
#[derive(Module, Debug)]
pub enum Network {
    /// ResNet in its CIFAR form.
    ResNet(ResNet),
}

impl Network {
    /// Logits (N, classes) of normalised images (N, channels, height, width).
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match self {
            Self::ResNet(network) => network.forward(images),
        }
    }
}

/// Builds the network that `spec` describes on `device`, its weights drawn from `seed`.
///
/// The weights are drawn on the host, in the order of the layers, so that a seed gives the same
/// network on every device.
#[must_use]
pub fn build(spec: &Spec, seed: u64, device: &Device) -> Network {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    match spec.architecture {
        Architecture::ResNet { .. } => Network::ResNet(ResNet::new(spec, &mut rng, device)),
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{ModuleVisitor, Param};
    use proptest::prelude::*;

    use super::*;
    use crate::dataset::Shape;
    use crate::depth::Unit;
    use crate::network::{Cap, Input, Width, baseline, capped};

    fn spec(depth: usize, shape: Shape) -> Spec {
        baseline(Architecture::ResNet { depth }, Input { shape, classes: 10 }).unwrap()
    }

    fn logits(network: &Network, shape: Shape) -> Vec<f32> {
        let values: Vec<f32> = (0..2 * shape.bytes())
            .map(|index| ((index * 37 % 101) as f32) / 50.0 - 1.0)
            .collect();
        let images = Tensor::<1>::from_floats(values.as_slice(), &Device::flex()).reshape([
            2,
            shape.channels,
            shape.height,
            shape.width,
        ]);
        network.forward(images).into_data().try_to_vec().unwrap()
    }

    /// Values that training changes; running statistics are none.
    fn trainable(network: &Network) -> u64 {
        struct Count(u64);
        impl ModuleVisitor for Count {
            fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
                if parameter.is_require_grad() {
                    self.0 += parameter.lazy_shape().num_elements() as u64;
                }
            }
        }
        let mut count = Count(0);
        network.visit(&mut count);
        count.0
    }

    const RGB: Shape = Shape {
        channels: 3,
        height: 32,
        width: 32,
    };
    const GREY: Shape = Shape {
        channels: 1,
        height: 28,
        width: 28,
    };

    #[test]
    fn a_module_has_the_parameters_of_its_spec() {
        for spec in [spec(8, RGB), spec(20, GREY), spec(56, RGB)] {
            let network = build(&spec, 1, &Device::flex().autodiff());
            assert_eq!(trainable(&network), spec.parameters());
        }
    }

    #[test]
    fn a_seed_gives_one_network() {
        let spec = spec(8, GREY);
        let built = |seed| logits(&build(&spec, seed, &Device::flex()), GREY);
        assert_eq!(built(3), built(3));
        assert_ne!(built(3), built(4));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn every_capped_network_can_be_built_and_run(
            n in 2_usize..5, cap in 1_usize..25, width in 0_usize..4, side in 8_usize..20,
        ) {
            let shape = Shape { channels: 3, height: side, width: side + 1 };
            let cap = Cap { depth: cap, unit: Unit::Convolutions };
            if let Some(spec) = capped(&spec(6 * n + 2, shape), cap, Width::ALL[width]) {
                let network = build(&spec, 1, &Device::flex().autodiff());
                prop_assert_eq!(trainable(&network), spec.parameters());
                let logits = logits(&network, shape);
                prop_assert_eq!(logits.len(), 20);
                prop_assert!(logits.iter().all(|logit| logit.is_finite()));
            }
        }
    }
}
