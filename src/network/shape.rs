//! Output and cost of every stage of a network.

use super::Spec;

/// A stage: its blocks, its output and its costs.
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
        let shape = |(at, stage): (usize, &super::Stage)| {
            let own = || layers.iter().filter(|layer| layer.stage == Some(at));
            let last = layers.iter().rposition(|layer| layer.stage == Some(at));
            let next = last.and_then(|last| layers.get(last + 1));
            StageShape {
                blocks: stage.blocks,
                width: stage.width,
                channels: next.map_or(stage.width, |layer| layer.inputs),
                size: last.map_or((0, 0), |last| layers[last].size),
                parameters: own().map(|layer| layer.parameters).sum(),
                macs: own().map(|layer| layer.macs).sum(),
            }
        };
        self.stages.iter().enumerate().map(shape).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::network::Architecture;
    use crate::network::testing::spec;

    /// ResNet-20: stage 1 is six convolutions of 2,359,296 MACs, stages 2 and 3 five and one half.
    #[test]
    fn stages_cost_what_their_layers_do() {
        let shapes = spec("resnet-20", 3, 32).shapes();
        let macs: Vec<u64> = shapes.iter().map(|shape| shape.macs).collect();
        assert_eq!(macs, [14_155_776, 12_976_128, 12_976_128]);
        for architecture in Architecture::suggested() {
            for side in [28, 32, 96] {
                let spec = spec(&architecture.to_string(), 3, side);
                let layers = spec.layers();
                let of_stages: u64 = spec.shapes().iter().map(|shape| shape.macs).sum();
                let outside: u64 = layers
                    .iter()
                    .filter(|layer| layer.stage.is_none())
                    .map(|layer| layer.macs)
                    .sum();
                assert_eq!(of_stages + outside, spec.macs(), "{architecture}");
                assert!(outside > 0 && outside < spec.macs() / 5, "{architecture}");
                let classifier = layers.last().map(|layer| layer.parameters);
                let last = spec.shapes().last().map(|shape| shape.channels as u64);
                let features = spec.head_width.map_or(last, |width| Some(width as u64));
                assert_eq!(
                    classifier,
                    features.map(|width| 10 * width + 10),
                    "{architecture}"
                );
            }
        }
    }
}
