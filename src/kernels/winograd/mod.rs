//! 3x3 convolutions of stride 1 with less than half the products: Winograd's minimal filtering F(2x2, 3x3) of
//! Lavin and Gray 2016 (arXiv 1509.09308).
//!
//! The target is cut into tiles of 2x2 pixels, each from 4x4 pixels of the source. Source, weights and target
//! change to a basis of 16 components in which a convolution is a product of matrices for every component: 16
//! products for a tile, a channel and a target, where the plain sum takes 36. The change of basis takes sums and
//! halves alone, so that rounding stays that of the plain sum. Lanes run over tiles; the gradient of the weights
//! has its lanes over output channels, as in the plain kernel.

mod gradient;
mod images;
mod products;
mod source;
mod target;
mod weight_gradient;
mod weights;

use super::geometry::Geometry;
use super::vector::Level;

pub(super) use self::images::{convolution, input_gradient};
pub(super) use self::weight_gradient::weight_gradient;

/// Numbers that a tile becomes.
const COMPONENTS: usize = 16;
/// Numbers between neighbouring components beyond what they hold, so that they do not fall on the same lines of a cache.
const STAGGER: usize = 16;

/// Channels of a group below which the change of basis costs more than it saves, as measured: shuffles of lanes and
/// parts of vectors are dear without AVX-512.
const fn least_channels(level: Level) -> usize {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => 8,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => 24,
        Level::Portable => 48,
    }
}

/// Whether a convolution is taken this way.
pub(super) const fn serves(level: Level, geometry: &Geometry) -> bool {
    let least = least_channels(level);
    fits(geometry) && geometry.group_inputs() >= least && geometry.group_outputs() >= least
}

/// Whether a convolution can be taken this way without wasting most of a tile.
const fn fits(geometry: &Geometry) -> bool {
    geometry.kernel == 3
        && geometry.stride == 1
        && geometry.padding <= 2
        && geometry.out_height() > 2
        && geometry.out_width() > 2
        && geometry.height > 2
        && geometry.width > 2
}

/// The tiles of an image.
#[derive(Clone, Copy, Debug)]
struct Grid {
    /// Height and width of the source in pixels.
    source: [usize; 2],
    /// Rows and columns of zeros before the source.
    padding: usize,
    /// Height and width of the target in pixels.
    target: [usize; 2],
    /// Rows of tiles.
    rows: usize,
    /// Tiles in a row.
    columns: usize,
}

impl Grid {
    const fn new(source: [usize; 2], padding: usize, target: [usize; 2]) -> Self {
        Self {
            source,
            padding,
            target,
            rows: target[0].div_ceil(2),
            columns: target[1].div_ceil(2),
        }
    }

    const fn tiles(&self) -> usize {
        self.rows * self.columns
    }

    /// Images that are taken together where a strip holds `most` tiles.
    fn together(&self, most: usize) -> usize {
        (most / self.tiles()).max(1)
    }

    /// Some images, at most as many as [`Grid::together`] says, in strips of at most `most` tiles.
    fn strips(&self, images: usize, most: usize) -> impl Iterator<Item = Strip> + use<> {
        let tiles = self.tiles();
        (0..tiles).step_by(most).map(move |first| Strip {
            images,
            first,
            tiles: most.min(tiles - first),
        })
    }

    /// Pairs of source rows under a strip of at most `most` tiles, at most.
    fn pairs(&self, most: usize) -> usize {
        self.rows.min((most - 1) / self.columns + 2) + 1
    }

    const fn source_pixels(&self) -> usize {
        self.source[0] * self.source[1]
    }

    const fn target_pixels(&self) -> usize {
        self.target[0] * self.target[1]
    }
}

/// Tiles that are taken together: a run of them of one image, or all of some images.
#[derive(Clone, Copy, Debug)]
struct Strip {
    images: usize,
    /// First tile, row after row.
    first: usize,
    /// Tiles of each image.
    tiles: usize,
}

impl Strip {
    /// Tiles of all images.
    const fn len(&self) -> usize {
        self.images * self.tiles
    }

    /// Tiles of all images, rounded up for the last one to be written as a vector, and to full vectors.
    fn slots(&self, level: Level) -> usize {
        let lanes = level.lanes();
        ((self.images - 1) * self.tiles + self.tiles.next_multiple_of(lanes))
            .next_multiple_of(lanes)
    }
}
