//! From a spec to a burn module on a device.

mod blocks;
mod dropped;
#[cfg(test)]
pub(crate) mod golden;
pub(super) mod layers;
mod recalibrated;

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use self::blocks::BlockTrace;
pub use self::dropped::{Dropping, Mask};
use super::{Network, Spec};

impl Network {
    /// Logits (N, classes) of normalised images (N, channels, height, width), without dropout.
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, self.forward_stem(images))
    }

    /// Logits as [`Network::forward`] gives them, but with dropout and stochastic depth from
    /// `dropping`.
    #[must_use]
    pub fn forward_training(&self, images: Tensor<4>, mut dropping: Dropping<'_>) -> Tensor<2> {
        let features = self.forward_stem(images);
        self.as_module()
            .forward_from(0, features, Some(&mut dropping))
    }

    /// The first block's input: features (N, C, H, W) of normalised images (N, channels, height, width).
    #[must_use]
    pub fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        self.as_module().forward_stem(images)
    }

    /// Takes features through the block `at`, counted from 0, as [`Network::forward`] does.
    ///
    /// # Panics
    /// Where the network has no such block.
    #[must_use]
    pub fn forward_block(&self, at: usize, features: Tensor<4>) -> BlockTrace {
        self.as_module().forward_block(at, features)
    }

    /// Logits (N, classes) of the input of the block `from`, counted from 0; of the last block's output where `from` is
    /// the number of blocks.
    #[must_use]
    pub fn forward_from(&self, from: usize, features: Tensor<4>) -> Tensor<2> {
        self.as_module().forward_from(from, features, None)
    }
}

/// Builds the network that `spec` describes on `device`, its weights drawn from `seed`.
///
/// The weights are drawn on the host, in the order of the layers, so that a seed gives the same
/// network on every device.
#[must_use]
pub fn build(spec: &Spec, seed: u64, device: &Device) -> Network {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    spec.architecture.as_family().build(spec, &mut rng, device)
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, ModuleVisitor, Param};
    use proptest::prelude::*;

    use super::*;
    use crate::network::testing::{images, logits, numbers, small_specs, spec};
    use crate::network::width::scaled;
    use crate::network::{Architecture, Cap, Width, capped, floor};

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
        let mut specs = small_specs();
        specs.push(spec("efficientnet-b0", 1, 28));
        for spec in specs {
            let network = build(&spec, 1, &Device::flex().autodiff());
            let name = spec.architecture;
            assert_eq!(trainable(&network), spec.parameters(), "{name}");
        }
    }

    #[test]
    fn a_seed_gives_one_network() {
        for spec in small_specs() {
            let built = |seed| logits(&build(&spec, seed, &Device::flex()), &spec);
            assert_eq!(built(3), built(3));
            assert_ne!(built(3), built(4));
        }
    }

    /// An `EfficientNet` leaves out blocks and features in training alone, the same ones for the same seed.
    #[test]
    fn only_training_drops_and_a_seed_drops_the_same() {
        let narrow = scaled(&spec("efficientnet-b0", 1, 8), 0.25).unwrap();
        let network = build(&narrow, 1, &Device::flex());
        let dropped = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            numbers(network.forward_training(images(&narrow), Dropping::Drawn(&mut rng)))
        };
        let whole = logits(&network, &narrow);
        assert_eq!(dropped(1), dropped(1));
        assert_ne!(dropped(1), dropped(2));
        assert_ne!(dropped(1), whole);
        assert_eq!(logits(&network, &narrow), whole);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn every_capped_network_can_be_built_and_run(
            name in Architecture::any(4, 5), cap in 1_usize..25, width in 0_usize..4, grey: bool, side in 4_usize..14,
        ) {
            let cap = Cap::convolutions(cap);
            let deep = spec(&name, if grey { 1 } else { 3 }, side);
            if let Some(spec) = capped(&deep, cap, Width::ALL[width]) && spec.parameters() < 1_000_000 {
                let network = build(&spec, 1, &Device::flex().autodiff());
                prop_assert_eq!(trainable(&network), spec.parameters());
                let logits = logits(&network, &spec);
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
            let logits = logits(&network, &spec);
            prop_assert!(logits.iter().all(|logit| logit.is_finite()));
        }
    }
}
