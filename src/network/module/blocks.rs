//! Input, shortcut, update and output of a block, for the identity probe.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// The parts of one block's forward pass; all (N, C, H, W). Blocks of a dense block are its layers.
#[derive(Clone, Debug)]
pub struct BlockTrace {
    /// The block's input, after the transition where there is one.
    pub input: Tensor<4>,
    /// The shortcut: the input, projected or padded where its shape changes; none where the block has no shortcut.
    pub shortcut: Option<Tensor<4>>,
    /// What the block adds: to the shortcut, or in a `DenseNet` as further channels.
    pub update: Option<Tensor<4>>,
    /// The block's output.
    pub output: Tensor<4>,
    /// The output if the update were zero.
    pub skipped: Option<Tensor<4>>,
}

impl BlockTrace {
    /// The trace of a block that ends in the `ReLU` of a sum.
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

    use super::*;
    use crate::network::build;
    use crate::network::testing::{assert_near, images, logits, numbers, small_specs};

    #[test]
    fn block_by_block_is_the_whole_network() {
        for spec in small_specs() {
            let name = spec.architecture.to_string();
            let network = build(&spec, 1, &Device::flex());
            let whole = logits(&network, &spec);
            let mut features = network.forward_stem(images(&spec));
            for from in 0..=spec.blocks() {
                let rest = numbers(network.forward_from(from, features.clone()));
                assert_near(&rest, &whole, &format!("{name} from {from}"));
                if from < spec.blocks() {
                    features = network.forward_block(from, features).output;
                }
            }
            let beyond =
                std::panic::AssertUnwindSafe(|| network.forward_block(spec.blocks(), features));
            assert!(std::panic::catch_unwind(beyond).is_err(), "{name}");
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
                let parts = trace.shortcut.zip(trace.update).zip(trace.skipped);
                if let Some(((shortcut, update), skipped)) = parts {
                    let output = numbers(trace.output.clone());
                    // Blocks whose output is never negative end in a ReLU.
                    let rectified = output.iter().all(|value| *value >= 0.0);
                    let with = |update: Tensor<4>| {
                        let sum = if update.dims() == shortcut.dims() {
                            shortcut.clone() + update
                        } else {
                            Tensor::cat(vec![shortcut.clone(), update], 1)
                        };
                        numbers(if rectified { relu(sum) } else { sum })
                    };
                    assert_near(&with(update.clone()), &output, &name);
                    assert_near(&with(update.zeros_like()), &numbers(skipped), &name);
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
