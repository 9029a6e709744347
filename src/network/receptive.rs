//! The receptive-field border of a network: Richter, Byttner, Krumnack, Wiedenroth, Schallner and Shenk 2021,
//! "(Input) Size Matters for CNN Classifiers" and "Should You Go Deeper?" (arXiv 2106.12307).
//!
//! The receptive field grows with every layer by r' = r + (k - 1) s, with the kernel's side k and the product s of the
//! strides before it. A convolution whose input already sees the whole image adds no context; the first one is the border.
//! On the longest path every block is passed, on the shortest one every block that has a shortcut is skipped.
//! Squeeze-and-excitation sees the whole image and is not counted, as it is no convolution of the main path.

use super::Spec;

/// The path from the image to a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    Longest,
    Shortest,
}

/// What one value of a feature map sees.
#[derive(Clone, Copy)]
struct Field {
    /// Side in pixels of the image.
    side: usize,
    /// Distance in pixels between the fields of neighbouring values.
    step: usize,
}

impl Field {
    const fn after(self, kernel: usize, stride: usize) -> Self {
        Self {
            side: self.side + (kernel - 1) * self.step,
            step: self.step * stride,
        }
    }
}

/// The first convolution of the main path, from 1 at the image, whose input sees the longer side of the image; `None` where
/// there is none.
pub(super) fn border(spec: &Spec, path: Path) -> Option<usize> {
    let image = spec.input.shape.height.max(spec.input.shape.width);
    let mut field = Field { side: 1, step: 1 };
    let mut block = None;
    // The field at the beginning of the present block, where a shortcut leads around it.
    let mut around = None;
    let layers = spec.layers();
    for (number, layer) in (1..).zip(layers.iter().filter(|layer| layer.is_deep())) {
        let is_new = layer.block != block;
        if let (true, Some(side)) = (is_new, around) {
            field.side = side;
        }
        field = field.after(layer.pooled, layer.pooled);
        if is_new {
            block = layer.block;
            around = (path == Path::Shortest && layer.has_shortcut).then_some(field.side);
        }
        if field.side >= image {
            return Some(number);
        }
        field = field.after(layer.kernel, layer.stride);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::spec;

    /// By the formula of Richter et al. (arXiv 2106.12307): in ResNet-20 the stem sees 3 pixels, the six convolutions of the
    /// first stage up to 15, those of the second 17, 21, 25, 29, 33: the thirteenth is the first that gets 32 pixels.
    #[test]
    fn the_border_of_resnets_is_that_of_the_formula() {
        for (name, side, expected) in [
            ("resnet-20", 32, 13),
            ("resnet-32", 32, 15),
            ("resnet-56", 32, 17),
            ("resnet-20", 28, 12),
            ("resnet-32", 28, 14),
            ("resnet-56", 28, 15),
        ] {
            let spec = spec(name, 3, side);
            assert_eq!(
                border(&spec, Path::Longest),
                Some(expected),
                "{name} {side}"
            );
        }
    }

    /// By hand. ResNet-8: 3, 5, 7, 9, 13, 17 before its last convolution. DenseNet-40: the stem and twelve layers reach 27,
    /// pooling 28, the next layer, the fifteenth convolution, 32. EfficientNet-B0 has blocks without a shortcut, so that its
    /// shortest path sees small images too.
    #[test]
    fn every_family_has_its_paths() {
        let both = |name: &str, side| {
            let spec = spec(name, 3, side);
            [Path::Longest, Path::Shortest].map(|path| border(&spec, path))
        };
        assert_eq!(both("resnet-20", 32), [Some(13), None]);
        assert_eq!(both("resnet-8", 32), [None, None]);
        assert_eq!(both("densenet-40", 32), [Some(16), None]);
        let [longest, shortest] = both("efficientnet-b0", 32);
        assert!(
            longest < shortest && shortest.is_some(),
            "{longest:?} {shortest:?}"
        );
    }
}
