//! From a spec to a burn module on a device.

mod blocks;
mod densenet;
mod dropped;
mod efficientnet;
#[cfg(test)]
mod golden;
mod layers;
mod resnet;
mod resnext;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use self::blocks::BlockTrace;
use self::densenet::DenseNet;
pub use self::dropped::{Dropping, Mask};
use self::efficientnet::EfficientNet;
use self::resnet::ResNet;
use self::resnext::ResNeXt;
use super::{Architecture, Spec};

/// A network with weights, of any family.
#[derive(Module, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a process holds a handful of networks, and burn's modules are not boxed"
)]
pub enum Network {
    /// ResNet in its CIFAR form.
    ResNet(ResNet),
    /// `DenseNet` or `DenseNet-BC`.
    DenseNet(DenseNet),
    /// `ResNeXt` in its CIFAR form.
    ResNeXt(ResNeXt),
    /// `EfficientNet`.
    EfficientNet(EfficientNet),
}

impl Network {
    /// Logits (N, classes) of normalised images (N, channels, height, width), nothing left out at random.
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match self {
            Self::ResNet(network) => network.forward(images),
            Self::DenseNet(network) => network.forward(images),
            Self::ResNeXt(network) => network.forward(images),
            Self::EfficientNet(network) => network.forward(images, None),
        }
    }

    /// Logits as [`Network::forward`] gives them, but with what the family leaves out in training
    /// (dropout, stochastic depth) taken from `dropping`.
    #[must_use]
    pub fn forward_training(&self, images: Tensor<4>, mut dropping: Dropping<'_>) -> Tensor<2> {
        match self {
            Self::EfficientNet(network) => network.forward(images, Some(&mut dropping)),
            _ => self.forward(images),
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
        Architecture::DenseNet { bottleneck, .. } => {
            Network::DenseNet(DenseNet::new(spec, bottleneck, &mut rng, device))
        }
        Architecture::ResNeXt { cardinality, .. } => {
            Network::ResNeXt(ResNeXt::new(spec, cardinality, &mut rng, device))
        }
        Architecture::EfficientNet(variant) => {
            Network::EfficientNet(EfficientNet::new(spec, variant, &mut rng, device))
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{ModuleVisitor, Param};
    use proptest::prelude::*;

    use super::*;
    use crate::dataset::Shape;
    use crate::depth::Unit;
    use crate::network::testing::spec;
    use crate::network::width::scaled;
    use crate::network::{Cap, Width, capped, floor};

    fn images(shape: Shape) -> Tensor<4> {
        let values: Vec<f32> = (0..2 * shape.bytes())
            .map(|index| ((index * 37 % 101) as f32) / 50.0 - 1.0)
            .collect();
        Tensor::<1>::from_floats(values.as_slice(), &Device::flex()).reshape([
            2,
            shape.channels,
            shape.height,
            shape.width,
        ])
    }

    fn logits(network: &Network, shape: Shape) -> Vec<f32> {
        let logits = network.forward(images(shape));
        logits.into_data().try_to_vec().unwrap()
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

    #[test]
    fn a_module_has_the_parameters_of_its_spec() {
        for spec in [
            spec("resnet-8", 3, 32),
            spec("resnet-20", 1, 28),
            spec("densenet-40", 1, 28),
            spec("densenet-bc-40", 3, 32),
            spec("resnext-11-4x8d", 3, 32),
            spec("efficientnet-b0", 1, 28),
        ] {
            let network = build(&spec, 1, &Device::flex().autodiff());
            assert_eq!(
                trainable(&network),
                spec.parameters(),
                "{}",
                spec.architecture
            );
        }
    }

    #[test]
    fn a_seed_gives_one_network() {
        for name in ["resnet-8", "densenet-10-k4", "resnext-11-2x2d"] {
            let spec = spec(name, 1, 8);
            let built = |seed| logits(&build(&spec, seed, &Device::flex()), spec.input.shape);
            assert_eq!(built(3), built(3));
            assert_ne!(built(3), built(4));
        }
    }

    /// An `EfficientNet` leaves out blocks and features in training alone, the same ones for the same seed.
    #[test]
    fn only_training_drops_and_a_seed_drops_the_same() {
        let narrow = scaled(&spec("efficientnet-b0", 1, 8), 0.25).unwrap();
        let shape = narrow.input.shape;
        let network = build(&narrow, 1, &Device::flex());
        let dropped = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let logits = network.forward_training(images(shape), Dropping::Drawn(&mut rng));
            logits.into_data().try_to_vec::<f32>().unwrap()
        };
        assert_eq!(dropped(1), dropped(1));
        assert_ne!(dropped(1), dropped(2));
        assert_ne!(dropped(1), logits(&network, shape));
        assert_eq!(logits(&network, shape), logits(&network, shape));
    }

    fn architecture() -> impl Strategy<Value = String> {
        prop_oneof![
            (2_usize..5).prop_map(|n| format!("resnet-{}", 6 * n + 2)),
            (2_usize..5, 1_usize..6).prop_map(|(n, k)| format!("densenet-{}-k{k}", 3 * n + 4)),
            (2_usize..4, 1_usize..6).prop_map(|(n, k)| format!("densenet-bc-{}-k{k}", 6 * n + 4)),
            (1_usize..4, 1_usize..4).prop_map(|(c, w)| format!("resnext-20-{c}x{w}d")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn every_capped_network_can_be_built_and_run(
            name in architecture(), cap in 1_usize..25, width in 0_usize..4, grey: bool, side in 4_usize..14,
        ) {
            let cap = Cap { depth: cap, unit: Unit::Convolutions };
            let deep = spec(&name, if grey { 1 } else { 3 }, side);
            if let Some(spec) = capped(&deep, cap, Width::ALL[width]) {
                let network = build(&spec, 1, &Device::flex().autodiff());
                prop_assert_eq!(trainable(&network), spec.parameters());
                let logits = logits(&network, spec.input.shape);
                prop_assert_eq!(logits.len(), 20);
                prop_assert!(logits.iter().all(|logit| logit.is_finite()));
            }
        }

        #[test]
        fn every_efficientnet_can_be_built_and_run(
            variant in 0_usize..3, factor in 0.05_f64..0.4, side in 4_usize..14,
        ) {
            let deep = spec(&format!("efficientnet-b{variant}"), 1, side);
            let spec = scaled(&floor(&deep), factor).unwrap();
            let network = build(&spec, 1, &Device::flex().autodiff());
            prop_assert_eq!(trainable(&network), spec.parameters());
            let logits = logits(&network, spec.input.shape);
            prop_assert!(logits.iter().all(|logit| logit.is_finite()));
        }
    }
}
