//! How the gradient by the weights is divided among cubes, and a cube's share among its units.

use super::super::super::geometry::Geometry;
use super::super::super::precision::Precision;
use super::super::{VECTOR, tensor, tile_channels};
use super::DEEP;

/// Vectors of columns that a unit sums.
pub(super) const WIDE: usize = 2;

/// The window and the cube's tile, known when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    pub(super) side: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
    /// Output channels.
    pub(super) rows: usize,
    /// Places of the window and input channels.
    pub(super) columns: usize,
    /// Vectors of output channels that a unit sums.
    pub(super) high: usize,
    /// How numbers are rounded; tensor cores sum those that are.
    pub(super) precision: Precision,
}

impl Tile {
    /// The tile of a convolution with so many output channels and columns in a group.
    pub(super) fn of(geometry: &Geometry, outputs: usize, columns: usize) -> Self {
        let precision = tensor::precision(geometry);
        let [narrow, wide] = [64, 128].map(|width| columns.next_multiple_of(width));
        let few = precision.by_tensor_cores() && (outputs <= 16 || wide > narrow);
        let columns = if wide * 7 <= narrow * 8 && !few {
            128
        } else {
            64
        };
        let rows = tile_channels(outputs, precision.by_tensor_cores()).min(columns);
        let high = match (rows, columns) {
            (16, _) => 1,
            (128, 128) => 4,
            _ => 2,
        };
        Self {
            side: geometry.kernel,
            stride: geometry.stride,
            padding: geometry.padding,
            rows,
            columns,
            high,
            precision,
        }
    }

    /// Whether tensor cores sum.
    pub(super) const fn tensor(self) -> bool {
        self.precision.by_tensor_cores()
    }

    /// Vectors from one pixel's gradients to the next one's in a stage: for tensor cores two more than there are, so that what
    /// the units of a plane read lies in different banks.
    pub(super) const fn left_row(self) -> usize {
        self.line(self.rows)
    }

    /// Vectors from one pixel's inputs to the next one's in a stage.
    pub(super) const fn right_row(self) -> usize {
        self.line(self.columns)
    }

    const fn line(self, numbers: usize) -> usize {
        numbers / VECTOR + if self.tensor() { 2 } else { 0 }
    }

    /// Vectors of a stage for gradients.
    pub(super) const fn left_shared(self) -> usize {
        DEEP * self.left_row()
    }

    /// Vectors of a stage for inputs.
    pub(super) const fn right_shared(self) -> usize {
        DEEP * self.right_row()
    }

    /// Bytes of a stage.
    pub(super) const fn stage_bytes(self) -> usize {
        (self.left_shared() + self.right_shared()) * VECTOR * size_of::<f32>()
    }

    /// Units of a cube: those that sum, and enough to read whole rows of columns.
    pub(super) const fn units(self) -> usize {
        (self.down() * self.across()).next_multiple_of(self.columns / VECTOR)
    }

    /// Whether every unit sums.
    pub(super) const fn all_sum(self) -> bool {
        self.down() * self.across() == self.units()
    }

    /// Units above one another.
    pub(super) const fn down(self) -> usize {
        self.rows / (VECTOR * self.high)
    }

    /// Whether the window is one pixel, the same in input and output.
    pub(super) const fn is_point(self) -> bool {
        self.side == 1 && self.stride == 1 && self.padding == 0
    }

    /// Planes side by side: all that are left when each has 64 rows at most.
    pub(super) const fn planes_across(self) -> usize {
        self.units() / tensor::PLANE / self.rows.div_ceil(64)
    }

    /// Cubes with tensor cores that a multiprocessor holds at a time, by the registers and the shared memory that they need.
    pub(super) const fn cubes_at_once(self) -> usize {
        let cubes = 2 * 128 * 128 / (self.rows * self.columns);
        if cubes > 6 { 6 } else { cubes }
    }

    /// Matrices above one another that a plane sums with tensor cores: one, or an even number.
    pub(super) const fn matrices_high(self) -> usize {
        self.rows / tensor::ROWS * self.planes_across() / (self.units() / tensor::PLANE)
    }

    /// Matrices side by side that a plane sums, four or more.
    pub(super) const fn matrices_wide(self) -> usize {
        self.columns / tensor::COLUMNS / self.planes_across()
    }

    /// Units side by side.
    pub(super) const fn across(self) -> usize {
        self.columns / (VECTOR * WIDE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::SHARED_BYTES;
    use super::*;

    #[test]
    fn every_tile_is_one_that_the_kernel_can_sum() {
        for precision in Precision::ALL {
            for (inputs, outputs) in
                (1..=40).flat_map(|by| [(by * 3, by * 13), (64, by), (by, 64), (by * 16, by * 13)])
            {
                let geometry = Geometry {
                    images: 2,
                    inputs,
                    outputs,
                    height: 8,
                    width: 8,
                    kernel: 3,
                    stride: 1,
                    padding: 1,
                    groups: 1,
                    precision,
                };
                let tile = Tile::of(&geometry, outputs, inputs * 9);
                assert!(2 * tile.stage_bytes() <= SHARED_BYTES, "{tile:?}");
                assert!(
                    tile.units().is_multiple_of(tile.columns / VECTOR),
                    "{tile:?}"
                );
                assert_eq!(tile.down() * tile.high * VECTOR, tile.rows, "{tile:?}");
                if tile.tensor() {
                    assert!(tile.all_sum() && tile.units().is_multiple_of(tensor::PLANE));
                    let planes = tile.units() / tensor::PLANE;
                    let (high, wide) = (tile.matrices_high(), tile.matrices_wide());
                    assert!(high == 1 || high.is_multiple_of(2), "{tile:?}");
                    assert!(wide >= VECTOR && wide.is_multiple_of(VECTOR), "{tile:?}");
                    let sums = high * wide * planes * tensor::ROWS * tensor::COLUMNS;
                    assert_eq!(sums, tile.rows * tile.columns, "{tile:?}");
                }
            }
        }
    }
}
