//! How the gradient by the weights is divided among cubes, and a cube's share among its units.

use super::super::super::geometry::Geometry;
use super::super::{VECTOR, tensor, tile_channels};

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
    /// Whether tensor cores sum.
    pub(super) tensor: bool,
}

impl Tile {
    /// The tile of a convolution with so many output channels and columns in a group.
    pub(super) fn of(geometry: &Geometry, outputs: usize, columns: usize) -> Self {
        let tensor = tensor::serves(geometry);
        let rows = tile_channels(outputs, tensor);
        let high = if rows == 16 { 1 } else { 2 };
        let [narrow, wide] = [64, 128].map(|width| columns.next_multiple_of(width));
        Self {
            side: geometry.kernel,
            stride: geometry.stride,
            padding: geometry.padding,
            rows,
            columns: if wide * 7 <= narrow * 8 { 128 } else { 64 },
            high,
            tensor,
        }
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

    /// Matrices above one another that a plane sums with tensor cores.
    pub(super) const fn matrices_high(self) -> usize {
        self.rows / tensor::SIDE
    }

    /// Matrices side by side that a plane sums.
    pub(super) const fn matrices_beside(self) -> usize {
        self.columns / tensor::SIDE / (self.units() / tensor::PLANE)
    }

    /// Units side by side.
    pub(super) const fn across(self) -> usize {
        self.columns / (VECTOR * WIDE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::products::Products;
    use super::super::DEEP;
    use super::*;

    /// What every GPU gives a cube without being asked for more.
    const SHARED_BYTES: usize = 48 << 10;

    #[test]
    fn every_tile_is_one_that_the_kernel_can_sum() {
        for products in [Products::F32, Products::Tf32] {
            for (inputs, outputs) in (1..=40).flat_map(|by| [(by * 3, by * 13), (64, by), (by, 64)])
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
                    products,
                };
                let tile = Tile::of(&geometry, outputs, inputs * 9);
                let scratch = tile.units() / tensor::PLANE * tensor::RESULT;
                let vectors = 2 * DEEP * (tile.rows + tile.columns) / VECTOR
                    + if tile.tensor { scratch } else { 0 };
                assert!(vectors * VECTOR * 4 <= SHARED_BYTES, "{tile:?}");
                assert!(
                    tile.units().is_multiple_of(tile.columns / VECTOR),
                    "{tile:?}"
                );
                assert_eq!(tile.down() * tile.high * VECTOR, tile.rows, "{tile:?}");
                if tile.tensor {
                    assert!(tile.all_sum() && tile.units().is_multiple_of(tensor::PLANE));
                    let planes = tile.units() / tensor::PLANE;
                    let columns = tile.matrices_beside() * planes * tensor::SIDE;
                    assert_eq!(columns, tile.columns, "{tile:?}");
                }
            }
        }
    }
}
