//! How a convolution is divided among the cubes of a GPU, and a cube's share among its units.

use super::super::{VECTOR, tensor, tile_channels};

/// Cubes that fill a GPU: two for each multiprocessor of the largest ones.
const CUBES: usize = 264;

/// How a cube divides its tile: a unit sums `rows` pixels by eight channels, `across` units side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    /// Units of a cube.
    pub(super) units: usize,
    /// Pixels of a unit.
    pub(super) rows: usize,
    /// Units side by side.
    pub(super) across: usize,
    /// Whether tensor cores sum.
    pub(super) tensor: bool,
}

/// Vectors of channels that a unit sums.
pub(super) const VECTORS: usize = 2;

impl Tile {
    /// The tile for so many pixels and channels of a group, with few channels too many, and small enough that there are
    /// cubes for a whole GPU.
    pub(super) fn of(pixels: usize, channels: usize, groups: usize, tensor: bool) -> Self {
        let across = tile_channels(channels, tensor) / (VECTORS * VECTOR);
        let (most, down) = match across {
            2 => (4, 64),
            3..=5 => (8, 32),
            _ => (8, 16),
        };
        let with = |rows: usize| Self {
            units: across * down,
            rows,
            across,
            tensor,
        };
        let cubes = |tile: Self| {
            pixels.div_ceil(tile.pixels()) * channels.div_ceil(tile.channels()) * groups
        };
        // Every plane has a matrix of pixels.
        let least = if tensor && across == 8 { 4 } else { 2 };
        [8, 4, 2]
            .into_iter()
            .filter(|rows| (least..=most).contains(rows))
            .map(with)
            .find(|&tile| cubes(tile) >= CUBES)
            .unwrap_or(with(least))
    }

    /// Pixels of a cube.
    pub(super) const fn pixels(self) -> usize {
        self.units / self.across * self.rows
    }

    /// Matrices above one another that a plane sums with tensor cores.
    pub(super) const fn high(self) -> usize {
        self.pixels() / tensor::SIDE / (self.units / tensor::PLANE)
    }

    /// Matrices side by side.
    pub(super) const fn beside(self) -> usize {
        self.channels() / tensor::SIDE
    }

    /// Channels of a cube.
    pub(super) const fn channels(self) -> usize {
        self.across * VECTORS * VECTOR
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::{DEEP, ROW};
    use super::*;

    /// What every GPU gives a cube without being asked for more.
    const SHARED_BYTES: usize = 48 << 10;

    fn tiles() -> impl Iterator<Item = (usize, Tile)> {
        let pixels = [1, 49, 500, 8_192, 131_072];
        let all = pixels
            .into_iter()
            .flat_map(|pixels| (1..=600).map(move |channels| (pixels, channels)));
        all.flat_map(|(pixels, channels)| {
            [false, true].map(|tensor| (channels, Tile::of(pixels, channels, 1, tensor)))
        })
    }

    #[test]
    fn every_tile_is_one_that_the_kernel_can_sum() {
        for (channels, tile) in tiles() {
            let vectors = 2 * (tile.pixels() * ROW + DEEP * tile.across * VECTORS);
            let scratch = tile.units / tensor::PLANE * tensor::RESULT;
            let shared = (vectors + if tile.tensor { scratch } else { 0 }) * VECTOR * 4;
            assert!(
                shared <= SHARED_BYTES,
                "{channels}: {tile:?}, {shared} bytes"
            );
            assert!(tile.units.is_multiple_of(tensor::PLANE) && tile.units <= 1024);
            if tile.tensor {
                let planes = tile.units / tensor::PLANE;
                assert!(
                    tile.high() >= 1 && tile.beside() >= 1,
                    "{channels}: {tile:?}"
                );
                let matrices = tile.high() * planes * tile.beside();
                assert_eq!(
                    matrices * tensor::SIDE * tensor::SIDE,
                    tile.pixels() * tile.channels()
                );
            }
        }
    }

    #[test]
    fn few_channels_are_summed_in_vain() {
        for (channels, tile) in tiles().filter(|(channels, tile)| !tile.tensor && *channels > 16) {
            let all = channels.next_multiple_of(tile.channels());
            let least = channels.next_multiple_of(VECTORS * VECTOR);
            assert!(all * 4 <= least * 6, "{all} channels for {channels}");
        }
    }
}
