//! Specs for the tests of this room.

#![allow(clippy::unwrap_used)]

use super::{Input, Spec, baseline};
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
