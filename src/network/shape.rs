//! What every stage of a network gives and costs.

use super::cost::{pooled, strided};
use super::densenet::compressed;
use super::{Architecture, Spec, resnext, strides};

/// A stage as it is: its blocks, what comes out of it, and its costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageShape {
    /// Number of blocks (of layers, in a dense block).
    pub blocks: usize,
    /// What a width policy scales, see [`super::Stage::width`].
    pub width: usize,
    /// Channels of its output.
    pub channels: usize,
    /// Height and width of its output, in pixels.
    pub size: (usize, usize),
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one image.
    pub macs: u64,
}

impl Spec {
    /// The stages from the image on, each with the transition before it in a family that has one; the
    /// first convolution, and what follows the last stage, belong to none.
    #[must_use]
    pub fn shapes(&self) -> Vec<StageShape> {
        let layers = self.layers();
        let mut size = strides::after_stem(self);
        let mut channels = self.stem_width;
        let mut shapes = Vec::with_capacity(self.stages.len());
        for (at, stage) in self.stages.iter().enumerate() {
            (channels, size) = match self.architecture {
                Architecture::DenseNet { bottleneck, .. } => {
                    let inputs = if at > 0 {
                        compressed(channels, bottleneck)
                    } else {
                        channels
                    };
                    (
                        inputs + stage.blocks * stage.width,
                        pooled(size, stage.stride),
                    )
                }
                Architecture::ResNeXt { .. } => (resnext::outputs(at), strided(size, stage.stride)),
                Architecture::ResNet { .. } | Architecture::EfficientNet(_) => {
                    (stage.width, strided(size, stage.stride))
                }
            };
            let own = layers.iter().filter(|layer| layer.stage == Some(at));
            shapes.push(StageShape {
                blocks: stage.blocks,
                width: stage.width,
                channels,
                size,
                parameters: own.clone().map(|layer| layer.parameters).sum(),
                macs: own.map(|layer| layer.macs).sum(),
            });
        }
        shapes
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::spec;

    /// He et al. 2015, section 4.2 (maps of 32, 16 and 8 with 16, 32 and 64 channels); Huang et al. 2017,
    /// whose 40 layers give 16 + 12 x 12 = 160, 304 and 448 channels, with halving transitions
    /// (24 + 16 x 12) = 216, 300 and 342; Xie et al. 2017, section 5.3; Tan & Le 2019, table 1.
    #[test]
    fn stages_give_what_the_papers_say() {
        let given = |name| {
            let shapes = spec(name, 3, 32).shapes();
            let outputs: Vec<(usize, usize)> = shapes
                .iter()
                .map(|shape| (shape.channels, shape.size.0))
                .collect();
            outputs
        };
        assert_eq!(given("resnet-50"), [(16, 32), (32, 16), (64, 8)]);
        assert_eq!(given("densenet-40"), [(160, 32), (304, 16), (448, 8)]);
        assert_eq!(given("densenet-bc-100"), [(216, 32), (300, 16), (342, 8)]);
        assert_eq!(given("resnext-29"), [(256, 32), (512, 16), (1024, 8)]);
        assert_eq!(
            given("efficientnet-b0"),
            [
                (16, 32),
                (24, 32),
                (40, 16),
                (80, 8),
                (112, 8),
                (192, 4),
                (320, 4)
            ]
        );
    }

    /// ResNet-20: stage 1 is six convolutions of 2,359,296 MACs, stages 2 and 3 five and one half.
    #[test]
    fn stages_cost_what_their_layers_do() {
        let shapes = spec("resnet-20", 3, 32).shapes();
        let macs: Vec<u64> = shapes.iter().map(|shape| shape.macs).collect();
        assert_eq!(macs, [14_155_776, 12_976_128, 12_976_128]);
        for name in [
            "resnet-50",
            "densenet-40",
            "densenet-bc-100",
            "resnext-29",
            "efficientnet-b2",
        ] {
            for side in [28, 32, 96] {
                let spec = spec(name, 3, side);
                let layers = spec.layers();
                let of_stages: u64 = spec.shapes().iter().map(|shape| shape.macs).sum();
                let outside: u64 = layers
                    .iter()
                    .filter(|layer| layer.stage.is_none())
                    .map(|layer| layer.macs)
                    .sum();
                assert_eq!(of_stages + outside, spec.macs(), "{name}");
                assert!(outside > 0 && outside < spec.macs() / 5, "{name}");
                let classifier = layers.last().map(|layer| layer.parameters);
                let last = spec.shapes().last().map(|shape| shape.channels as u64);
                let features = spec.head_width.map_or(last, |width| Some(width as u64));
                assert_eq!(classifier, features.map(|width| 10 * width + 10), "{name}");
            }
        }
    }
}
