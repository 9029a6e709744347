//! How `EfficientNet` is adapted to images smaller than the paper's 224x224 pixels.
//!
//! Strides become 1, from the first convolution on, until the last map is at least 4 pixels wide: images of 28x28 and 32x32
//! pixels keep those of stages 3, 4 and 6 and leave a map of 4x4, 96x96 keep all but the first and leave 6x6.

use crate::dataset::Shape;
use crate::network::Spec;
use crate::network::cost::strided;
use crate::network::strides::after_stem;

/// Image side for which `EfficientNet` was published.
const IMAGENET_SIDE: usize = 224;
/// Least side of the last map.
const MIN_MAP: usize = 4;

/// `published`, from the first convolution on, with as many of the first ones made 1 as the images are too small for.
pub(super) fn kept<const N: usize>(published: [usize; N], shape: Shape) -> [usize; N] {
    let side = shape.height.min(shape.width);
    let mut kept = published;
    for at in 0..N {
        if side.div_ceil(kept.iter().product()) >= MIN_MAP {
            break;
        }
        kept[at] = 1;
    }
    kept
}

/// Which of the `published` strides were changed for these images, as one sentence; `None` where nothing was.
pub(super) fn adaptation(spec: &Spec, published: &[usize]) -> Option<String> {
    let here =
        std::iter::once(spec.stem_stride).chain(spec.stages.iter().map(|stage| stage.stride));
    let changed: Vec<String> = published
        .iter()
        .zip(here)
        .enumerate()
        .filter(|(_, (published, here))| **published != *here)
        .map(|(at, _)| match at {
            0 => "the first convolution".to_owned(),
            stage => format!("stage {stage}"),
        })
        .collect();
    let (height, width) = spec
        .stages
        .iter()
        .fold(after_stem(spec), |size, stage| strided(size, stage.stride));
    let shape = spec.input.shape;
    (!changed.is_empty()).then(|| {
        format!(
            "Stride 1 in place of the paper's 2 (for {IMAGENET_SIDE}x{IMAGENET_SIDE} images) in {}, so that {}x{} pixels leave a last map of {height}x{width}.",
            changed.join(" and "),
            shape.height,
            shape.width
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{spec, strides};

    #[test]
    fn efficientnet_drops_strides_from_the_image_on() {
        for (side, expected) in [
            (224, [2, 1, 2, 2, 2, 1, 2, 1]),
            (97, [2, 1, 2, 2, 2, 1, 2, 1]),
            (96, [1, 1, 2, 2, 2, 1, 2, 1]),
            (32, [1, 1, 1, 2, 2, 1, 2, 1]),
            (28, [1, 1, 1, 2, 2, 1, 2, 1]),
            (8, [1, 1, 1, 1, 1, 1, 2, 1]),
            (4, [1, 1, 1, 1, 1, 1, 1, 1]),
        ] {
            assert_eq!(
                strides(&spec("efficientnet-b0", 3, side)),
                expected,
                "{side}"
            );
        }
        assert_eq!(spec("efficientnet-b0", 3, 224).adaptation(), None);
        assert_eq!(
            spec("efficientnet-b0", 3, 32).adaptation().unwrap(),
            "Stride 1 in place of the paper's 2 (for 224x224 images) in the first convolution and stage 2, so that 32x32 pixels leave a last map of 4x4."
        );
    }
}
