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

/// Blocks of each stage.
pub(super) fn blocks(spec: &Spec) -> Vec<usize> {
    spec.stages.iter().map(|stage| stage.blocks).collect()
}

/// Width of each stage.
pub(super) fn widths(spec: &Spec) -> Vec<usize> {
    spec.stages.iter().map(|stage| stage.width).collect()
}
