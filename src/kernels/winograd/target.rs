//! From the components of tiles back to pixels.

use super::super::vector::Vector;
use super::{Grid, Strip};

/// Lanes of the widest vector.
const LANES: usize = 16;

/// Neighbouring tiles of one row.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// First lane.
    lane: usize,
    /// Columns of pixels and rows.
    columns: usize,
    rows: usize,
    /// First pixel, from the first image's first.
    to: usize,
}

/// Where the tiles of a vector go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    places: [Place; LANES],
    count: usize,
}

impl Places {
    pub(super) const NONE: Self = Self {
        places: [Place {
            lane: 0,
            columns: 0,
            rows: 0,
            to: 0,
        }; LANES],
        count: 0,
    };

    /// Of `lanes` tiles of a strip from `slot`; images are `step` apart.
    pub(super) fn new(grid: &Grid, strip: Strip, slot: usize, lanes: usize, step: usize) -> Self {
        let mut result = Self::NONE;
        let last = (slot + lanes).min(strip.len());
        let mut at = slot;
        while at < last {
            let (image, tile) = (at / strip.tiles, strip.first + at % strip.tiles);
            let (row, column) = (tile / grid.columns, tile % grid.columns);
            let tiles = (grid.columns - column)
                .min(strip.tiles - at % strip.tiles)
                .min(last - at);
            result.places[result.count] = Place {
                lane: at - slot,
                columns: (2 * tiles).min(grid.target[1] - 2 * column),
                rows: (grid.target[0] - 2 * row).min(2),
                to: image * step + 2 * row * grid.target[1] + 2 * column,
            };
            result.count += 1;
            at += tiles;
        }
        result
    }
}

/// Writes a vector of tiles, whose components are `step` apart, to a target with rows of `width`.
#[inline(always)]
pub(super) unsafe fn store<V: Vector>(
    from: *const f32,
    step: usize,
    places: &Places,
    width: usize,
    to: *mut f32,
) {
    let mut sums = [[V::splat(0.0); 4]; 2];
    for column in 0..4 {
        let mut rows = [V::splat(0.0); 4];
        for row in 0..4 {
            rows[row] = V::load(from.add((4 * row + column) * step));
        }
        let [upper, lower] = combined(rows);
        sums[0][column] = upper;
        sums[1][column] = lower;
    }
    let mut pixels = [[V::splat(0.0); 2]; 2];
    for row in 0..2 {
        let [even, odd] = combined(sums[row]);
        let (first, second) = even.interleave(odd);
        pixels[row] = [first, second];
    }
    let place = places.places[0];
    if place.columns == 2 * V::LANES && place.rows == 2 {
        for row in 0..2 {
            let to = to.add(place.to + row * width);
            pixels[row][0].store(to);
            pixels[row][1].store(to.add(V::LANES));
        }
        return;
    }
    let mut apart = [[0.0_f32; 2 * LANES]; 2];
    for row in 0..2 {
        pixels[row][0].store(apart[row].as_mut_ptr());
        pixels[row][1].store(apart[row].as_mut_ptr().add(V::LANES));
    }
    for place in &places.places[..places.count.min(LANES)] {
        for row in 0..place.rows.min(2) {
            let from = apart[row].as_ptr().add(2 * place.lane);
            let to = to.add(place.to + row * width);
            let mut at = 0;
            while at < place.columns {
                let count = (place.columns - at).min(V::LANES);
                if count == V::LANES {
                    V::load(from.add(at)).store(to.add(at));
                } else {
                    V::load_range(from.add(at), 0, count).store_first(to.add(at), count);
                }
                at += V::LANES;
            }
        }
    }
}

/// The two pixels of four components in a row or column.
#[inline(always)]
unsafe fn combined<V: Vector>([a, b, c, d]: [V; 4]) -> [V; 2] {
    [a.add(b.add(c)), b.sub(c).sub(d)]
}
