//! How a network is adapted to images of another size than its paper's: which strides remain.
//!
//! Only strides change, never a layer, a kernel or a width. The CIFAR forms were published for images of 32x32 pixels with
//! strides of 2 between their three stages. Both remain (28x28 pixels leave a last map of 7x7, 32x32 leave 8x8), and the
//! first convolution's stride doubles while the map stays at least 32 pixels wide: 96x96 pixels leave 12x12. The folder
//! of `EfficientNet` says how that is adapted. The baseline and its capped network always share their strides.

use super::Spec;
use super::cost::strided;
use crate::dataset::Shape;

/// Smallest image side: it leaves a pixel after two strides of 2.
pub(super) const MIN_SIDE: usize = 4;
/// Image side for which the CIFAR forms were published.
const CIFAR_SIDE: usize = 32;

/// The stride of the first convolution of a CIFAR form.
pub(super) fn cifar_stem(shape: Shape) -> usize {
    let side = shape.height.min(shape.width);
    let mut stride = 1;
    while side / (2 * stride) >= CIFAR_SIDE {
        stride *= 2;
    }
    stride
}

/// Height and width after the first convolution.
pub(super) fn after_stem(spec: &Spec) -> (usize, usize) {
    let shape = spec.input.shape;
    strided((shape.height, shape.width), spec.stem_stride)
}

/// What was changed in a CIFAR form for these images, as one sentence; `None` where nothing was.
pub(super) fn cifar_adaptation(spec: &Spec) -> Option<String> {
    let shape = spec.input.shape;
    let (height, width) = after_stem(spec);
    (spec.stem_stride > 1).then(|| {
        format!(
            "The first convolution has stride {} (1 in the paper, for {CIFAR_SIDE}x{CIFAR_SIDE} images), so that {}x{} pixels become {height}x{width} before the first stage.",
            spec.stem_stride, shape.height, shape.width
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::strides;
    use crate::network::{Architecture, Input, baseline};

    fn spec(name: &str, height: usize, width: usize) -> Spec {
        let shape = Shape {
            channels: 1,
            height,
            width,
        };
        baseline(name.parse().unwrap(), Input { shape, classes: 10 }).unwrap()
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
    fn tiny_images_are_refused() {
        for architecture in Architecture::suggested() {
            let shape = Shape {
                channels: 1,
                height: 3,
                width: 8,
            };
            let error = baseline(architecture, Input { shape, classes: 2 }).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{architecture} needs images of at least 4x4 pixels, these are 3x8")
            );
        }
    }
}
