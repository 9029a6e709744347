//! A source in the basis of its tiles.

use super::super::vector::{Level, SLACK, Vector, kernel, prefetch};

use super::super::buffer::LINE;
use super::{COMPONENTS, Grid, STAGGER, Strip};

/// Order of the components of a strip in memory: component by component, channel by channel, tile by tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Components {
    pub(super) channels: usize,
    /// From channel to channel.
    pub(super) slots: usize,
    /// From component to component.
    pub(super) plane: usize,
}

impl Components {
    pub(super) const fn new(channels: usize, slots: usize) -> Self {
        Self {
            channels,
            slots,
            plane: channels * slots + STAGGER,
        }
    }

    pub(super) const fn len(self) -> usize {
        COMPONENTS * self.plane
    }
}

/// Numbers of scratch memory that [`transform`] needs for strips of at most `most` tiles.
pub(super) fn scratch(level: Level, grid: &Grid, most: usize) -> usize {
    8 * (grid.pairs(most) * grid.columns + level.lanes())
}

/// Writes the tiles of a strip to `to`; `source` is the first channel of its first image, and images are `step` apart.
///
/// What is between the strip's tiles and `slots` is undefined.
#[allow(
    clippy::too_many_arguments,
    reason = "a kernel takes its operands one by one"
)]
pub(super) fn transform(
    level: Level,
    grid: &Grid,
    strip: Strip,
    source: &[f32],
    step: usize,
    scratch: &mut [f32],
    components: Components,
    to: &mut [f32],
) {
    let channels = components.channels;
    assert!(source.len() >= (strip.images - 1) * step + channels * grid.source_pixels());
    assert!(scratch.len() >= self::scratch(level, grid, strip.tiles));
    assert!(components.slots >= strip.slots(level) && to.len() >= components.len() + SLACK);
    assert!(strip.first + strip.tiles <= grid.tiles());
    // SAFETY: the source holds the channels of every image, the scratch the rows under the strip with a vector
    // behind each part, and `to` the components with the slack for a last vector.
    unsafe {
        transform_all(
            level,
            grid,
            strip,
            source.as_ptr(),
            step,
            scratch.as_mut_ptr(),
            components,
            to.as_mut_ptr(),
        );
    }
}

kernel! {
    unsafe fn transform_all(grid: &Grid, strip: Strip, source: *const f32, step: usize, scratch: *mut f32, components: Components, to: *mut f32) = transform_with;
}

#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "a kernel takes its operands one by one"
)]
unsafe fn transform_with<V: Vector>(
    grid: &Grid,
    strip: Strip,
    source: *const f32,
    step: usize,
    scratch: *mut f32,
    components: Components,
    to: *mut f32,
) {
    let top = strip.first / grid.columns;
    let pairs = (strip.first + strip.tiles - 1) / grid.columns - top + 2;
    let section = pairs * grid.columns + V::LANES;
    let start = strip.first - top * grid.columns;
    let whole = grid.columns == V::LANES && start == 0 && strip.tiles.is_multiple_of(V::LANES);
    let [height, width] = grid.source;
    let from = (2 * top).saturating_sub(grid.padding).min(height) * width;
    let lines = ((2 * (top + pairs)).saturating_sub(grid.padding).min(height) * width)
        .saturating_sub(from)
        .div_ceil(LINE);
    for image in 0..strip.images {
        for channel in 0..components.channels {
            let plane = source.add(image * step + channel * grid.source_pixels());
            let mut ahead = plane.wrapping_add(grid.source_pixels() + from);
            for _ in 0..lines {
                prefetch(ahead);
                ahead = ahead.wrapping_add(LINE);
            }
            let to = to.add(channel * components.slots + image * strip.tiles);
            if whole {
                in_registers::<V>(grid, top, pairs, plane, to, components.plane);
                continue;
            }
            along_rows::<V>(grid, top, pairs, plane, scratch, section);
            along_columns::<V>(
                scratch.add(start),
                section,
                grid.columns,
                strip.tiles,
                to,
                components.plane,
            );
        }
    }
}

/// Lanes of the four vectors from which the columns of a vector of tiles are taken, and the pixel of their first.
#[derive(Clone, Copy)]
struct Reach {
    first: [isize; 4],
    low: [usize; 4],
    high: [usize; 4],
}

impl Reach {
    /// Of the tiles from `tile`.
    fn new<V: Vector>(grid: &Grid, tile: usize) -> Self {
        let mut reach = Self {
            first: [0; 4],
            low: [0; 4],
            high: [0; 4],
        };
        let lanes = V::LANES as isize;
        for part in 0..4 {
            let shift = part % 2 * 2 + part / 2 * V::LANES;
            let x = (2 * tile + shift) as isize - grid.padding as isize;
            reach.first[part] = x;
            reach.low[part] = (-x).clamp(0, lanes) as usize;
            reach.high[part] = (grid.source[1] as isize - x).clamp(0, lanes) as usize;
        }
        reach
    }
}

/// The four combinations of the columns of a row, which may be outside the image.
#[inline(always)]
unsafe fn row_of<V: Vector>(grid: &Grid, reach: &Reach, plane: *const f32, row: usize) -> [V; 4] {
    let [height, width] = grid.source;
    let y = row.wrapping_sub(grid.padding);
    if y >= height {
        return [V::splat(0.0); 4];
    }
    let line = plane.add(y * width);
    let mut parts = [V::splat(0.0); 4];
    for part in 0..4 {
        let from = line.wrapping_offset(reach.first[part]);
        parts[part] = V::load_range(from, reach.low[part], reach.high[part]);
    }
    let (zero, one) = parts[0].deinterleave(parts[2]);
    let (two, three) = parts[1].deinterleave(parts[3]);
    combined(zero, one, two, three)
}

/// Rows of as many tiles as a vector has lanes, from pixels to components.
#[inline(always)]
unsafe fn in_registers<V: Vector>(
    grid: &Grid,
    top: usize,
    pairs: usize,
    plane: *const f32,
    to: *mut f32,
    step: usize,
) {
    let reach = Reach::new::<V>(grid, 0);
    let mut even = row_of::<V>(grid, &reach, plane, 2 * top);
    let mut odd = row_of::<V>(grid, &reach, plane, 2 * top + 1);
    for pair in 1..pairs {
        let next_even = row_of::<V>(grid, &reach, plane, 2 * (top + pair));
        let next_odd = row_of::<V>(grid, &reach, plane, 2 * (top + pair) + 1);
        let to = to.add((pair - 1) * V::LANES);
        for column in 0..4 {
            let sums = combined(
                even[column],
                odd[column],
                next_even[column],
                next_odd[column],
            );
            for (row, sum) in sums.into_iter().enumerate() {
                sum.store(to.add((4 * row + column) * step));
            }
        }
        even = next_even;
        odd = next_odd;
    }
}

/// Writes the four combinations of every row's columns, for odd rows behind those for even ones, rows without gaps.
#[inline(always)]
unsafe fn along_rows<V: Vector>(
    grid: &Grid,
    top: usize,
    pairs: usize,
    plane: *const f32,
    scratch: *mut f32,
    section: usize,
) {
    let mut tile = 0;
    while tile < grid.columns {
        let reach = Reach::new::<V>(grid, tile);
        for row in 0..2 * pairs {
            let sums = row_of::<V>(grid, &reach, plane, 2 * top + row);
            let to = scratch.add(row % 2 * section + row / 2 * grid.columns + tile);
            for (part, sum) in sums.into_iter().enumerate() {
                let to = to.add(2 * part * section);
                if tile == 0 {
                    sum.store(to);
                } else {
                    sum.store_first(to, (grid.columns - tile).min(V::LANES));
                }
            }
        }
        tile += V::LANES;
    }
}

#[inline(always)]
unsafe fn along_columns<V: Vector>(
    scratch: *const f32,
    section: usize,
    columns: usize,
    tiles: usize,
    to: *mut f32,
    plane: usize,
) {
    let mut tile = 0;
    while tile < tiles {
        for column in 0..4 {
            let even = scratch.add(2 * column * section + tile);
            let odd = even.add(section);
            let sums = combined(
                V::load(even),
                V::load(odd),
                V::load(even.add(columns)),
                V::load(odd.add(columns)),
            );
            for (row, sum) in sums.into_iter().enumerate() {
                sum.store(to.add((4 * row + column) * plane + tile));
            }
        }
        tile += V::LANES;
    }
}

#[inline(always)]
unsafe fn combined<V: Vector>(zero: V, one: V, two: V, three: V) -> [V; 4] {
    [zero.sub(two), one.add(two), two.sub(one), one.sub(three)]
}
