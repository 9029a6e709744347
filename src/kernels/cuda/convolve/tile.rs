//! How a convolution is divided among the cubes of a GPU, and a cube's share among its units.

use super::super::super::precision::Precision;
use super::super::{CUBES, SHARED_BYTES, VECTOR, tensor, tile_channels};

/// Channels summed between two waits, unless others cost less, see [`Tile::deep_for`].
const USUAL: usize = 16;

/// How a cube divides its tile: a unit sums `rows` pixels by eight channels, `across` units side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    /// Units of a cube.
    pub(super) units: usize,
    /// Pixels of a unit.
    pub(super) rows: usize,
    /// Units side by side.
    pub(super) across: usize,
    /// Channels summed between two waits.
    pub(super) deep: usize,
    /// How numbers are rounded; tensor cores sum those that are.
    pub(super) precision: Precision,
}

/// Vectors of channels that a unit sums.
pub(super) const VECTORS: usize = 2;

impl Tile {
    /// The tile for so many pixels and channels of a group, with few channels too many, and small enough that there are cubes
    /// for a whole GPU.
    pub(super) fn of(pixels: usize, channels: usize, groups: usize, precision: Precision) -> Self {
        let tensor = precision.by_tensor_cores();
        let wide = tile_channels(channels, tensor);
        let cubes = |tile: &Self| {
            pixels.div_ceil(tile.pixels()) * channels.div_ceil(tile.channels()) * groups
        };
        let tiles = |channels: usize| {
            let across = channels / (VECTORS * VECTOR);
            let (most, down) = match across {
                2 => (4, 64),
                3..=5 => (8, 32),
                16 => (16, 8),
                _ => (8, 16),
            };
            [16, 8, 4, 2]
                .into_iter()
                .filter(move |&rows| rows <= most)
                .map(move |rows| Self {
                    units: across * down,
                    rows,
                    across,
                    deep: USUAL,
                    precision,
                })
        };
        #[expect(
            clippy::expect_used,
            reason = "a tile of two pixels for a unit is always among them"
        )]
        tiles(wide)
            .chain(tiles(wide.min(64)))
            .find(|tile| cubes(tile) >= CUBES)
            .or_else(|| tiles(wide.min(64)).next_back())
            .expect("a tile")
    }

    /// The tile with the depth that takes the least time for so many `summed` channels and places of the window, with `bytes`
    /// for the stages of a cube. Without tensor cores that is another depth where it takes a tenth less time: a wait costs
    /// about as much as summing three channels. Tensor cores sum twice as many at once where a single place leaves few sums
    /// between waits.
    pub(super) fn deep_for(self, summed: usize, places: usize, bytes: usize) -> Self {
        const WAIT: usize = 3;
        if self.tensor() {
            let twice = Self {
                deep: 2 * USUAL,
                ..self
            };
            let fits = 3 * twice.stage_bytes() <= bytes;
            let suits = places == 1 && summed.is_multiple_of(twice.deep);
            return if fits && suits { twice } else { self };
        }
        let cost = |tile: &Self| summed.div_ceil(tile.deep) * (tile.deep + WAIT);
        [4, 8, 12, 20, 24]
            .into_iter()
            .map(|deep| Self { deep, ..self })
            .filter(|tile| 2 * tile.stage_bytes() <= SHARED_BYTES)
            .min_by_key(cost)
            .filter(|tile| 10 * cost(tile) <= 9 * cost(&self))
            .unwrap_or(self)
    }

    /// Parts of a stage, one after the other, each of the channels that tensor cores sum at once; all of them without.
    pub(super) const fn panels(self) -> usize {
        if self.tensor() {
            self.deep / tensor::STEPS
        } else {
            1
        }
    }

    /// Vectors of a pixel in a part of a stage.
    pub(super) const fn line_vectors(self) -> usize {
        self.deep / self.panels() / VECTOR
    }

    /// Vectors of a stage for pixels.
    pub(super) const fn row_shared(self) -> usize {
        self.panels() * self.pixels() * self.row_vectors()
    }

    /// Vectors of a stage for weights.
    pub(super) const fn column_vectors(self) -> usize {
        self.deep * self.channels() / self.precision.vector()
    }

    /// Bytes of a stage.
    pub(super) const fn stage_bytes(self) -> usize {
        let weights = self.deep * self.channels() * self.precision.bytes();
        self.row_shared() * VECTOR * size_of::<f32>() + weights
    }

    /// Whether tensor cores sum.
    pub(super) const fn tensor(self) -> bool {
        self.precision.by_tensor_cores()
    }

    /// Vectors from one pixel's numbers to the next one's in shared memory: an odd number, so that those that units read
    /// lie in different banks, but all of them side by side for tensor cores, whose units read along them.
    pub(super) const fn row_vectors(self) -> usize {
        if self.tensor() {
            self.line_vectors()
        } else {
            self.line_vectors() | 1
        }
    }

    /// Planes side by side.
    pub(super) const fn planes_across(self) -> usize {
        self.channels().div_ceil(64)
    }

    /// Pixels of a cube.
    pub(super) const fn pixels(self) -> usize {
        self.units / self.across * self.rows
    }

    /// Matrices above one another that a plane sums with tensor cores, their rows channels.
    pub(super) const fn high(self) -> usize {
        self.channels() / tensor::ROWS / self.planes_across()
    }

    /// Matrices side by side, their columns pixels.
    pub(super) const fn wide(self) -> usize {
        self.pixels() * self.planes_across() / tensor::COLUMNS / (self.units / tensor::PLANE)
    }

    /// Pixels of a plane's sums.
    pub(super) const fn plane_pixels(self) -> usize {
        self.wide() * tensor::COLUMNS
    }

    /// Channels of a cube.
    pub(super) const fn channels(self) -> usize {
        self.across * VECTORS * VECTOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles() -> impl Iterator<Item = ([usize; 2], Tile)> {
        let pixels = [1, 49, 500, 8_192, 131_072];
        let all = pixels.into_iter().flat_map(|pixels| {
            (1..=600).flat_map(move |made| [3, made, 37].map(|summed| (pixels, [summed, made])))
        });
        all.flat_map(|(pixels, channels)| {
            let [summed, made] = channels;
            Precision::ALL.into_iter().flat_map(move |precision| {
                [(9, SHARED_BYTES), (1, SHARED_BYTES), (1, 113 << 10)].map(|(places, bytes)| {
                    let tile = Tile::of(pixels, made, 1, precision);
                    (channels, tile.deep_for(summed, places, bytes))
                })
            })
        })
    }

    #[test]
    fn every_tile_is_one_that_the_kernel_can_sum() {
        for (channels, tile) in tiles() {
            let said = format!("{channels:?}: {tile:?}, {} bytes", tile.stage_bytes());
            assert!(2 * tile.stage_bytes() <= 113 << 10, "{said}");
            assert!(tile.units.is_multiple_of(tensor::PLANE) && tile.units <= 1024);
            assert!(tile.deep.is_multiple_of(VECTOR), "{said}");
            if tile.tensor() {
                let high = tile.high();
                assert!(high == 1 || high.is_multiple_of(2), "{said}");
                assert!(
                    tile.wide() >= 1 && tile.deep.is_multiple_of(tensor::STEPS),
                    "{said}"
                );
                let planes = tile.units / tensor::PLANE;
                let sums = tile.high() * tile.wide() * planes * tensor::ROWS * tensor::COLUMNS;
                assert_eq!(sums, tile.pixels() * tile.channels(), "{said}");
            }
        }
    }

    #[test]
    fn few_channels_are_padding() {
        for ([summed, made], tile) in tiles().filter(|(_, tile)| !tile.tensor()) {
            let all = summed.next_multiple_of(tile.deep);
            assert!(
                summed < 8 || all * 4 <= summed * 6,
                "{all} channels for {summed}"
            );
            if made > 16 {
                let all = made.next_multiple_of(tile.channels());
                let least = made.next_multiple_of(VECTORS * VECTOR);
                assert!(all * 4 <= least * 6, "{all} channels for {made}");
            }
        }
    }
}
