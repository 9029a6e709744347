//! The window of a convolution, and what it sees.

use cubecl::prelude::*;

use super::super::geometry::Geometry;

/// The window, known when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Window {
    pub(super) side: usize,
    stride: usize,
    padding: usize,
    /// Whether it runs backwards, for the gradient of the input.
    backwards: bool,
}

impl Window {
    /// The window of a convolution.
    pub(super) fn of(geometry: &Geometry, backwards: bool) -> Self {
        Self {
            side: geometry.kernel,
            stride: geometry.stride,
            padding: geometry.padding,
            backwards,
        }
    }
}

/// Which pixel a place of the window sees from a pixel of the result, and whether there is one.
#[cube]
pub(super) fn source(
    to_row: i32,
    to_column: i32,
    place: usize,
    height: usize,
    width: usize,
    #[comptime] window: Window,
) -> (bool, usize, usize) {
    let padding = comptime!(window.padding as i32);
    let stride = comptime!(window.stride as i32);
    let place_row = (place / window.side) as i32;
    let place_column = (place % window.side) as i32;
    let mut row = to_row;
    let mut column = to_column;
    let mut fits = true;
    if comptime!(window.backwards) {
        row = row + padding - place_row;
        column = column + padding - place_column;
        if comptime!(window.stride > 1) {
            fits = row >= 0 && column >= 0 && row % stride == 0 && column % stride == 0;
            row /= stride;
            column /= stride;
        }
    } else {
        row = row * stride + place_row - padding;
        column = column * stride + place_column - padding;
    }
    fits = fits && row >= 0 && column >= 0 && row < height as i32 && column < width as i32;
    (fits, row as usize, column as usize)
}
