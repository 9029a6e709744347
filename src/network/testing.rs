//! Specs and checks for the tests of this module.

#![allow(clippy::unwrap_used)]

use burn::tensor::{Device, Tensor};

use super::width::scaled;
use super::{Architecture, Input, Network, Spec, baseline};
use crate::dataset::Shape;

/// The baseline `name` for ten classes of square images.
pub(super) fn spec(name: &str, channels: usize, side: usize) -> Spec {
    let shape = Shape {
        channels,
        height: side,
        width: side,
    };
    baseline(name.parse().unwrap(), Input { shape, classes: 10 }).unwrap()
}

/// A small network of each form of each family, for ten classes of grey 8x8 images.
pub(super) fn small_specs() -> Vec<Spec> {
    let narrowed = |name| {
        let spec = spec(name, 1, 8);
        if spec.parameters() > 1_000_000 {
            scaled(&spec, 0.25).unwrap()
        } else {
            spec
        }
    };
    Architecture::small().map(narrowed).collect()
}

/// Two images with values from -1 to 1 for the network `spec`.
pub(super) fn images(spec: &Spec) -> Tensor<4> {
    let shape = spec.input.shape;
    let values: Vec<f32> = (0..2 * shape.bytes())
        .map(|index| ((index * 37 % 101) as f32) / 50.0 - 1.0)
        .collect();
    let images = Tensor::<1>::from_floats(values.as_slice(), &Device::flex());
    images.reshape([2, shape.channels, shape.height, shape.width])
}

pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The logits of [`images`].
pub(super) fn logits(network: &Network, spec: &Spec) -> Vec<f32> {
    numbers(network.forward(images(spec)))
}

#[track_caller]
pub(super) fn assert_near(ours: &[f32], theirs: &[f32], of: &str) {
    assert_eq!(ours.len(), theirs.len(), "{of}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() < 1e-4 * b.abs().max(1.0), "{of}: {a} for {b}");
    }
}

/// What is said of a name that cannot be read.
pub(super) fn complaint(name: &str) -> String {
    name.parse::<Architecture>().unwrap_err().to_string()
}

/// Checks that names are read and shown again as they are.
#[track_caller]
pub(super) fn assert_names(names: &[&str]) {
    for name in names {
        let architecture: Architecture = name.parse().unwrap();
        assert_eq!(architecture.to_string(), *name);
    }
}

/// Checks that what is said of a name has these parts.
#[track_caller]
pub(super) fn assert_complaints(names: &[(&str, &str)]) {
    for (name, part) in names {
        let said = complaint(name);
        assert!(said.contains(part), "{said:?} lacks {part:?}");
    }
}

/// Channels and height of what each stage gives.
pub(super) fn outputs(spec: &Spec) -> Vec<(usize, usize)> {
    let shapes = spec.shapes();
    shapes
        .iter()
        .map(|shape| (shape.channels, shape.size.0))
        .collect()
}

/// Strides of the first convolution and of each stage.
pub(super) fn strides(spec: &Spec) -> Vec<usize> {
    let stages = spec.stages.iter().map(|stage| stage.stride);
    std::iter::once(spec.stem_stride).chain(stages).collect()
}

/// Checks parameters and MACs of baselines on RGB images: name, side of the images, parameters, MACs.
#[track_caller]
pub(super) fn assert_counts(expected: &[(&str, usize, u64, u64)]) {
    for &(name, side, parameters, macs) in expected {
        let spec = spec(name, 3, side);
        assert_eq!(spec.parameters(), parameters, "{name}");
        assert_eq!(spec.macs(), macs, "{name} on {side}");
    }
}

/// Blocks of each stage.
pub(super) fn blocks(spec: &Spec) -> Vec<usize> {
    spec.stages.iter().map(|stage| stage.blocks).collect()
}

/// Width of each stage.
pub(super) fn widths(spec: &Spec) -> Vec<usize> {
    spec.stages.iter().map(|stage| stage.width).collect()
}
