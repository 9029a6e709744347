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

    /// Pixels of the result from one that sees the same places of the window to the next, downwards and across: run backwards,
    /// a window sees from each pixel those places alone that hit its steps.
    pub(super) const fn phases(self) -> usize {
        if self.backwards { self.stride } else { 1 }
    }
}

/// The pixels of a result (images, height, width) that see the same places of the window.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Phase {
    /// The first row and column.
    row: usize,
    column: usize,
    /// Rows and columns of an image.
    height: usize,
    width: usize,
}

/// Phase number `at` of a result of so many rows and columns.
#[cube]
pub(super) fn phase(at: usize, height: usize, width: usize, #[comptime] window: Window) -> Phase {
    let phases = comptime!(window.phases());
    let (row, column) = (at / phases, at % phases);
    Phase {
        row,
        column,
        height: (height + comptime!(phases - 1) - row) / phases,
        width: (width + comptime!(phases - 1) - column) / phases,
    }
}

#[cube]
impl Phase {
    /// Pixels of an image.
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Image, row and column of a pixel of the phase.
    pub(super) fn pixel(&self, pixel: usize, #[comptime] window: Window) -> (usize, usize, usize) {
        let phases = comptime!(window.phases());
        let line = pixel / self.width;
        (
            line / self.height,
            line % self.height * phases + self.row,
            pixel % self.width * phases + self.column,
        )
    }

    /// Which pixel of the whole result, of so many rows and columns, a pixel of the phase is.
    pub(super) fn index(
        &self,
        pixel: usize,
        height: usize,
        width: usize,
        #[comptime] window: Window,
    ) -> usize {
        if comptime!(window.phases() == 1) {
            pixel
        } else {
            let (image, row, column) = self.pixel(pixel, window);
            (image * height + row) * width + column
        }
    }

    /// Places of the window that its pixels see.
    pub(super) fn places(&self, #[comptime] window: Window) -> usize {
        seen(self.row, window) * seen(self.column, window)
    }

    /// Number `at` of them.
    pub(super) fn place(&self, at: usize, #[comptime] window: Window) -> usize {
        let phases = comptime!(window.phases());
        let padding = comptime!(window.padding);
        let across = seen(self.column, window);
        let row = (self.row + padding) % phases + at / across * phases;
        let column = (self.column + padding) % phases + at % across * phases;
        row * window.side + column
    }
}

/// Rows or columns of the window that a phase's pixels see whose first one is `first`.
#[cube]
fn seen(first: usize, #[comptime] window: Window) -> usize {
    let phases = comptime!(window.phases());
    (comptime!(window.side + phases - 1) - (first + comptime!(window.padding)) % phases) / phases
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
