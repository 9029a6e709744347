//! How a network is adapted to images of another size than its paper's: which strides are kept.
//!
//! Only strides change, never a layer, a kernel or a width. With the smaller side of an image:
//!
//! | family | 28 | 32 | 96 | rule |
//! | --- | --- | --- | --- | --- |
//! | ResNet, `DenseNet`, `ResNeXt` (papers: 32) | as published, last map 7 | as published, last map 8 | the first convolution has stride 2, last map 12 | both strides between stages are kept; the first convolution's stride doubles while the map stays at least 32 |
//! | `EfficientNet` (paper: 224, five strides of 2) | stages 3, 4 and 6 keep theirs, last map 4 | stages 3, 4 and 6 keep theirs, last map 4 | all but the first convolution keep theirs, last map 6 | strides become 1, from the first convolution on, until the last map is at least 4 |
//!
//! The baseline and its capped network always share their strides.

use super::cost::strided;
use super::{Architecture, Spec};
use crate::dataset::Shape;

/// Smallest image side: it leaves a pixel after two strides of 2.
pub(super) const MIN_SIDE: usize = 4;
/// Image side for which the CIFAR forms were published.
const CIFAR_SIDE: usize = 32;
/// Image side for which `EfficientNet` was published.
const IMAGENET_SIDE: usize = 224;
/// Least side of an `EfficientNet`'s last map.
const MIN_MAP: usize = 4;

/// The stride of the first convolution of a CIFAR form.
pub(super) fn cifar_stem(shape: Shape) -> usize {
    let side = shape.height.min(shape.width);
    let mut stride = 1;
    while side / (2 * stride) >= CIFAR_SIDE {
        stride *= 2;
    }
    stride
}

/// The published strides of a network for large images, from the first convolution on, with as
/// many of the first ones made 1 as the images are too small for.
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

/// Height and width after the first convolution.
pub(super) fn after_stem(spec: &Spec) -> (usize, usize) {
    let shape = spec.input.shape;
    strided((shape.height, shape.width), spec.stem_stride)
}

/// What was changed for these images, as one sentence; `None` where nothing was.
pub(super) fn sentence(spec: &Spec) -> Option<String> {
    let shape = spec.input.shape;
    let images = format!("{}x{} pixels", shape.height, shape.width);
    if !matches!(spec.architecture, Architecture::EfficientNet(_)) {
        let (height, width) = after_stem(spec);
        return (spec.stem_stride > 1).then(|| {
            format!(
                "The first convolution has stride {} (1 in the paper, for {CIFAR_SIDE}x{CIFAR_SIDE} images), so that {images} become {height}x{width} before the first stage.",
                spec.stem_stride
            )
        });
    }
    let published = super::efficientnet::STRIDES;
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
    (!changed.is_empty()).then(|| {
        format!(
            "Stride 1 in place of the paper's 2 (for {IMAGENET_SIDE}x{IMAGENET_SIDE} images) in {}, so that {images} leave a last map of {height}x{width}.",
            changed.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Input, baseline};

    fn spec(name: &str, height: usize, width: usize) -> Spec {
        let shape = Shape {
            channels: 1,
            height,
            width,
        };
        baseline(name.parse().unwrap(), Input { shape, classes: 10 }).unwrap()
    }

    fn strides(spec: &Spec) -> Vec<usize> {
        std::iter::once(spec.stem_stride)
            .chain(spec.stages.iter().map(|stage| stage.stride))
            .collect()
    }

    #[test]
    fn cifar_forms_keep_their_strides_and_halve_large_images_first() {
        for name in ["resnet-20", "densenet-40", "resnext-29"] {
            for (side, stem) in [(28, 1), (32, 1), (63, 1), (64, 2), (96, 2), (224, 4)] {
                assert_eq!(
                    strides(&spec(name, side, side)),
                    [stem, 1, 2, 2],
                    "{name} {side}"
                );
            }
            assert_eq!(spec(name, 32, 32).adaptation(), None);
            assert_eq!(
                strides(&spec(name, 32, 300))[0],
                1,
                "the smaller side decides"
            );
        }
        let said = spec("resnet-20", 96, 96).adaptation().unwrap();
        assert!(
            said.contains("stride 2") && said.contains("become 48x48"),
            "{said}"
        );
    }

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
                strides(&spec("efficientnet-b0", side, side)),
                expected,
                "{side}"
            );
        }
        assert_eq!(spec("efficientnet-b0", 224, 224).adaptation(), None);
        assert_eq!(
            spec("efficientnet-b0", 32, 32).adaptation().unwrap(),
            "Stride 1 in place of the paper's 2 (for 224x224 images) in the first convolution and stage 2, so that 32x32 pixels leave a last map of 4x4."
        );
    }

    #[test]
    fn tiny_images_are_refused() {
        for name in ["resnet-20", "densenet-40", "resnext-29", "efficientnet-b0"] {
            let shape = Shape {
                channels: 1,
                height: 3,
                width: 8,
            };
            let error = baseline(name.parse().unwrap(), Input { shape, classes: 2 }).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{name} needs images of at least 4x4 pixels, these are 3x8")
            );
        }
    }
}
