//! Networks block by block, for those who look inside or leave a block out.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::Network;

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
    pub(super) fn rectified(input: Tensor<4>, shortcut: Tensor<4>, update: Tensor<4>) -> Self {
        Self {
            input,
            output: relu(shortcut.clone() + update.clone()),
            skipped: Some(relu(shortcut.clone())),
            shortcut: Some(shortcut),
            update: Some(update),
        }
    }
}

impl Network {
    /// What the first block gets of normalised images (N, channels, height, width).
    #[must_use]
    pub fn forward_stem(&self, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::ResNet(network) => network.forward_stem(images),
            Self::DenseNet(network) => network.forward_stem(images),
            Self::ResNeXt(network) => network.forward_stem(images),
            Self::EfficientNet(network) => network.forward_stem(images),
        }
    }

    /// Takes features through the block `at`, counted from 0, as [`Network::forward`] does.
    ///
    /// # Panics
    /// Where the network has no such block.
    #[must_use]
    pub fn forward_block(&self, at: usize, features: Tensor<4>) -> BlockTrace {
        match self {
            Self::ResNet(network) => network.forward_block(at, features),
            Self::DenseNet(network) => network.forward_block(at, features),
            Self::ResNeXt(network) => network.forward_block(at, features),
            Self::EfficientNet(network) => network.forward_block(at, features),
        }
    }

    /// Logits (N, classes) of what the block `from`, counted from 0, is to get; of what the last block
    /// gave, where `from` is the number of blocks.
    #[must_use]
    pub fn leave(&self, from: usize, features: Tensor<4>) -> Tensor<2> {
        match self {
            Self::ResNet(network) => network.leave(from, features),
            Self::DenseNet(network) => network.leave(from, features),
            Self::ResNeXt(network) => network.leave(from, features),
            Self::EfficientNet(network) => network.leave(from, features),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use crate::network::testing::spec;
    use crate::network::width::scaled;
    use crate::network::{Network, Spec, build};

    use super::*;

    fn specs() -> Vec<Spec> {
        let mut specs: Vec<Spec> = [
            "resnet-20",
            "densenet-16-k4",
            "densenet-bc-16-k4",
            "resnext-20-2x2d",
        ]
        .map(|name| spec(name, 1, 8))
        .to_vec();
        specs.push(scaled(&spec("efficientnet-b0", 1, 8), 0.25).unwrap());
        specs
    }

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
        for spec in specs() {
            let name = spec.architecture.to_string();
            let network = build(&spec, 1, &Device::flex());
            let whole = values(network.forward(images(&spec)));
            let end = walked(&network, &spec, |_, trace| trace.output);
            assert_near(&values(network.leave(spec.blocks(), end)), &whole, &name);
            let mut features = network.forward_stem(images(&spec));
            for from in 0..spec.blocks() {
                let left = values(network.leave(from, features.clone()));
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
        for spec in specs() {
            let name = spec.architecture.to_string();
            let network = build(&spec, 1, &Device::flex());
            let mut features = network.forward_stem(images(&spec));
            for at in 0..spec.blocks() {
                let trace = network.forward_block(at, features);
                if let (Some(shortcut), Some(update)) = (&trace.shortcut, &trace.update) {
                    let (shortcut, update) = (shortcut.clone(), update.clone());
                    let zeros = update.zeros_like();
                    let skipped = trace.skipped.clone().unwrap();
                    let [sum, none] = match network {
                        Network::DenseNet(_) => [update, zeros]
                            .map(|update| Tensor::cat(vec![shortcut.clone(), update], 1)),
                        Network::EfficientNet(_) => {
                            [update, zeros].map(|update| shortcut.clone() + update)
                        }
                        _ => [update, zeros].map(|update| relu(shortcut.clone() + update)),
                    };
                    assert_near(&values(sum), &values(trace.output.clone()), &name);
                    assert_near(&values(none), &values(skipped), &name);
                } else {
                    assert!(matches!(network, Network::EfficientNet(_)), "{name}");
                    assert!(trace.skipped.is_none());
                }
                features = trace.output;
            }
        }
    }

    #[test]
    fn every_block_has_its_convolutions() {
        for (name, expected) in [
            (
                "resnet-20",
                vec![
                    [2, 3],
                    [4, 5],
                    [6, 7],
                    [8, 9],
                    [10, 11],
                    [12, 13],
                    [14, 15],
                    [16, 17],
                    [18, 19],
                ],
            ),
            (
                "densenet-10-k4",
                vec![[2, 2], [3, 3], [5, 5], [6, 6], [8, 8], [9, 9]],
            ),
            ("densenet-bc-10-k4", vec![[2, 3], [5, 6], [8, 9]]),
            ("resnext-11-2x2d", vec![[2, 4], [5, 7], [8, 10]]),
        ] {
            let spec = spec(name, 1, 8);
            let found = spec.block_convolutions();
            assert_eq!(found, expected, "{name}");
            assert_eq!(
                found.last().map(|last| last[1]),
                Some(spec.conv_depth()),
                "{name}"
            );
        }
        let efficient = spec("efficientnet-b0", 1, 32);
        let found = efficient.block_convolutions();
        assert_eq!(found.len(), 16);
        assert_eq!(found[..3], [[2, 3], [4, 6], [7, 9]]);
        assert_eq!(found[15][1] + 1, efficient.conv_depth());
    }
}
