//! What a block made of its input, for those who look inside a network or leave a block out.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// What a block made of its input; all (N, C, H, W). Blocks of a dense block are its layers.
#[derive(Clone, Debug)]
pub struct BlockTrace {
    /// What came in; behind the transition, where one stands before the block.
    pub input: Tensor<4>,
    /// What goes around the block: its input, or what a projection or padding makes of it; none
    /// where the block has no shortcut.
    pub shortcut: Option<Tensor<4>>,
    /// What the block adds: to the shortcut, or as new channels behind it in a `DenseNet`.
    pub update: Option<Tensor<4>>,
    /// What comes out.
    pub output: Tensor<4>,
    /// What would come out if the update were zero.
    pub skipped: Option<Tensor<4>>,
}

impl BlockTrace {
    /// Of a block that ends in the `ReLU` of a sum.
    pub(in crate::network) fn rectified(
        input: Tensor<4>,
        shortcut: Tensor<4>,
        update: Tensor<4>,
    ) -> Self {
        Self {
            input,
            output: relu(shortcut.clone() + update.clone()),
            skipped: Some(relu(shortcut.clone())),
            shortcut: Some(shortcut),
            update: Some(update),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use crate::network::testing::small_specs;
    use crate::network::{Network, Spec, build};

    use super::*;

    fn images(spec: &Spec) -> Tensor<4> {
        let shape = spec.input.shape;
        let values: Vec<f32> = (0..3 * shape.bytes())
            .map(|index| ((index * 37 % 101) as f32) / 50.0 - 1.0)
            .collect();
        Tensor::<1>::from_floats(values.as_slice(), &Device::flex()).reshape([
            3,
            shape.channels,
            shape.height,
            shape.width,
        ])
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn assert_near(ours: &[f32], theirs: &[f32], of: &str) {
        assert_eq!(ours.len(), theirs.len(), "{of}");
        for (a, b) in ours.iter().zip(theirs) {
            assert!((a - b).abs() < 1e-4 * b.abs().max(1.0), "{of}: {a} for {b}");
        }
    }

    fn whole_is_positive(output: &Tensor<4>) -> bool {
        values(output.clone()).iter().all(|value| *value >= 0.0)
    }

    fn walked(
        network: &Network,
        spec: &Spec,
        each: impl Fn(usize, BlockTrace) -> Tensor<4>,
    ) -> Tensor<4> {
        let features = network.forward_stem(images(spec));
        (0..spec.blocks()).fold(features, |features, at| {
            each(at, network.forward_block(at, features))
        })
    }

    #[test]
    fn block_by_block_is_the_whole_network() {
        for spec in small_specs() {
            let name = spec.architecture.to_string();
            let network = build(&spec, 1, &Device::flex());
            let whole = values(network.forward(images(&spec)));
            let end = walked(&network, &spec, |_, trace| trace.output);
            assert_near(
                &values(network.forward_from(spec.blocks(), end)),
                &whole,
                &name,
            );
            let mut features = network.forward_stem(images(&spec));
            for from in 0..spec.blocks() {
                let left = values(network.forward_from(from, features.clone()));
                assert_near(&left, &whole, &format!("{name} from {from}"));
                features = network.forward_block(from, features).output;
            }
            let last =
                std::panic::AssertUnwindSafe(|| network.forward_block(spec.blocks(), features));
            assert!(std::panic::catch_unwind(last).is_err(), "{name}");
        }
    }

    #[test]
    fn what_comes_out_is_the_shortcut_and_the_update() {
        for spec in small_specs() {
            let name = spec.architecture.to_string();
            let network = build(&spec, 1, &Device::flex());
            let mut features = network.forward_stem(images(&spec));
            for at in 0..spec.blocks() {
                let trace = network.forward_block(at, features);
                if let (Some(shortcut), Some(update), Some(skipped)) =
                    (&trace.shortcut, &trace.update, &trace.skipped)
                {
                    let with = |update: Tensor<4>| {
                        let sum = if update.dims() == shortcut.dims() {
                            shortcut.clone() + update
                        } else {
                            Tensor::cat(vec![shortcut.clone(), update], 1)
                        };
                        // Blocks whose output is never negative end in a ReLU.
                        if whole_is_positive(&trace.output) {
                            relu(sum)
                        } else {
                            sum
                        }
                    };
                    assert_near(
                        &values(with(update.clone())),
                        &values(trace.output.clone()),
                        &name,
                    );
                    assert_near(
                        &values(with(update.zeros_like())),
                        &values(skipped.clone()),
                        &name,
                    );
                } else {
                    assert!(
                        trace.shortcut.is_none() && trace.skipped.is_none(),
                        "{name}"
                    );
                }
                features = trace.output;
            }
        }
    }

    #[test]
    fn every_block_has_its_convolutions() {
        for spec in small_specs() {
            let found = spec.block_convolutions();
            assert_eq!(found.len(), spec.blocks());
            assert!(found.iter().all(|[first, last]| first <= last));
            assert!(found.windows(2).all(|pair| pair[0][1] < pair[1][0]));
        }
    }
}
