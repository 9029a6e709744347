//! A convolution as one product of matrices whose left one is never written down: rows are output pixels, columns
//! are output channels, and the sum runs over the window's places and the input channels.
//!
//! The gradient of the input is the same product with the window run backwards, channels changing sides.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::window::{Window, source};
use super::{Four, UNITS, VECTOR, depthwise, lanes, width};

/// Cubes that fill a GPU: two for each multiprocessor of the largest ones.
const CUBES: usize = 264;
/// Channels summed between two waits.
const DEEP: usize = 16;
/// Vectors of a row in shared memory; one more than are used, so that rows lie in different banks.
const ROW: usize = DEEP / VECTOR + 1;

/// How a cube divides its tile: a unit sums `rows` pixels by `vectors` times four channels, `across` units side by
/// side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tile {
    rows: usize,
    vectors: usize,
    across: usize,
}

impl Tile {
    /// The tile for so many pixels and channels of a group, small enough that there are cubes for a whole GPU.
    fn of(pixels: usize, channels: usize, groups: usize) -> Self {
        let (vectors, across) = match channels {
            0..=16 => (1, 4),
            17..=32 => (2, 4),
            _ => (2, 8),
        };
        let cubes = |rows: usize| {
            let tile = Self {
                rows,
                vectors,
                across,
            };
            pixels.div_ceil(tile.pixels()) * channels.div_ceil(tile.channels()) * groups
        };
        // So that every unit reads at least one vector of the tile's pixels.
        let least = VECTOR * across / DEEP;
        let rows = [4, 2]
            .into_iter()
            .find(|&rows| cubes(rows) >= CUBES)
            .unwrap_or(1);
        Self {
            rows: rows.max(least),
            vectors,
            across,
        }
    }

    const fn pixels(self) -> usize {
        UNITS / self.across * self.rows
    }

    const fn channels(self) -> usize {
        self.across * self.vectors * VECTOR
    }
}

/// `from` (N, height, width, channels) to `to`, the channels last; weights are (outputs, inputs / groups, side, side).
#[cube(launch_unchecked)]
fn product<I: Size, O: Size>(
    from: &[Vector<f32, I>],
    weights: &[f32],
    to: &mut [Vector<f32, O>],
    from_height: usize,
    from_width: usize,
    to_height: usize,
    to_width: usize,
    pixels: usize,
    summed: usize,
    made: usize,
    groups: usize,
    summed_step: usize,
    made_step: usize,
    #[comptime] tile: Tile,
    #[comptime] window: Window,
) {
    let down = comptime!(UNITS / tile.across);
    let tile_pixels = comptime!(tile.pixels());
    let tile_vectors = comptime!(tile.across * tile.vectors);
    let reads = comptime!(tile_pixels * DEEP / VECTOR / UNITS);
    let places = comptime!(window.side * window.side);
    let writes = comptime!((DEEP * tile.across * tile.vectors).div_ceil(UNITS));
    let wide = O::value().comptime();
    let unit = UNIT_POS as usize;
    let (x, y) = (unit % tile.across, unit / tile.across);
    let (read_lane, read_row) = (unit % 4, unit / 4);
    let group = CUBE_POS_Z as usize;
    let first_pixel = CUBE_POS_X as usize * tile_pixels;
    let first_channel = CUBE_POS_Y as usize * comptime!(tile.channels());
    let from_channels = summed * groups;
    let to_channels = made * groups;
    let group_weights = group * summed * made * places;

    let mut rows = Shared::<[Four]>::new_slice(comptime!(tile_pixels * ROW));
    let mut columns = Shared::<[Four]>::new_slice(comptime!(DEEP * tile_vectors));
    let mut sums = Array::<Four>::new(comptime!(tile.rows * tile.vectors));
    #[unroll]
    for at in 0..comptime!(tile.rows * tile.vectors) {
        sums[at] = Four::new(0.0f32);
    }
    let mut images = Array::<usize>::new(reads);
    let mut row_of = Array::<i32>::new(reads);
    let mut column_of = Array::<i32>::new(reads);
    #[unroll]
    for read in 0..reads {
        let pixel = first_pixel + read_row + read * comptime!(UNITS / 4);
        let line = pixel / to_width;
        images[read] = line / to_height;
        row_of[read] = (line % to_height) as i32;
        column_of[read] = (pixel % to_width) as i32;
        if pixel >= pixels {
            row_of[read] = comptime!(-1_000_000_i32).runtime();
        }
    }
    let mut sources = Array::<usize>::new(reads);
    let mut inside = Array::<bool>::new(reads);
    let mut next_rows = Array::<Four>::new(reads);
    let mut next_columns = Array::<Four>::new(writes);

    let steps = places * summed.div_ceil(DEEP);
    let mut place = 0usize;
    let mut depth = 0usize;
    for step in 0..=steps {
        if step > 0 {
            sync_cube();
            #[unroll]
            for read in 0..reads {
                rows[(read_row + read * comptime!(UNITS / 4)) * ROW + read_lane] = next_rows[read];
            }
            #[unroll]
            for write in 0..writes {
                let at = unit + write * UNITS;
                if at < comptime!(DEEP * tile_vectors) {
                    columns[at] = next_columns[write];
                }
            }
            sync_cube();
        }
        if step < steps {
            if depth == 0 {
                #[unroll]
                for read in 0..reads {
                    let (fits, row, column) = source(
                        row_of[read],
                        column_of[read],
                        place,
                        from_height,
                        from_width,
                        window,
                    );
                    inside[read] = fits;
                    sources[read] = 0usize;
                    if fits {
                        sources[read] = ((images[read] * from_height + row) * from_width + column)
                            * from_channels
                            + group * summed;
                    }
                }
            }
            let channel = depth + read_lane * VECTOR;
            #[unroll]
            for read in 0..reads {
                let mut value = Four::new(0.0f32);
                if inside[read] && channel < summed {
                    value = lanes::<I>(from, sources[read] + channel, summed - channel);
                }
                next_rows[read] = value;
            }
            #[unroll]
            for write in 0..writes {
                let at = unit + write * UNITS;
                let channel = depth + at / tile_vectors;
                let column = first_channel + (at % tile_vectors) * VECTOR;
                let mut value = Four::new(0.0f32);
                if at < comptime!(DEEP * tile_vectors) && channel < summed {
                    #[unroll]
                    for lane in 0..VECTOR {
                        if column + lane < made {
                            value.insert(
                                lane,
                                weights[group_weights
                                    + channel * summed_step
                                    + (column + lane) * made_step
                                    + place],
                            );
                        }
                    }
                }
                next_columns[write] = value;
            }
            depth += DEEP;
            if depth >= summed {
                depth = 0usize;
                place += 1;
            }
        }
        if step > 0 {
            #[unroll]
            for quarter in 0..comptime!(DEEP / VECTOR) {
                let mut left = Array::<Four>::new(tile.rows);
                #[unroll]
                for row in 0..tile.rows {
                    left[row] = rows[(y + row * down) * ROW + quarter];
                }
                #[unroll]
                for lane in 0..VECTOR {
                    #[unroll]
                    for vector in 0..tile.vectors {
                        let right = columns
                            [(quarter * VECTOR + lane) * tile_vectors + vector * tile.across + x];
                        #[unroll]
                        for row in 0..tile.rows {
                            sums[row * tile.vectors + vector] +=
                                Four::new(left[row].extract(lane)) * right;
                        }
                    }
                }
            }
        }
    }
    #[unroll]
    for row in 0..tile.rows {
        let pixel = first_pixel + y + row * down;
        #[unroll]
        for vector in 0..tile.vectors {
            let channel = first_channel + (vector * tile.across + x) * VECTOR;
            if pixel < pixels && channel < made {
                let at = pixel * to_channels + group * made + channel;
                let sum = sums[row * tile.vectors + vector];
                if comptime!(wide == VECTOR) {
                    to[at / VECTOR] = Vector::cast_from(sum);
                } else {
                    #[unroll]
                    for lane in 0..VECTOR {
                        if channel + lane < made {
                            to[at + lane] = Vector::new(sum.extract(lane));
                        }
                    }
                }
            }
        }
    }
}

/// The output (N, height, width, outputs) of an `input` (N, height, width, inputs).
pub(super) fn output(
    client: &Client,
    geometry: &Geometry,
    input: Handle,
    weight: Handle,
) -> Handle {
    either(client, geometry, input, weight, false)
}

/// The gradient by the input (N, height, width, inputs), of the `gradient` by the output, its channels last.
pub(super) fn input_gradient(
    client: &Client,
    geometry: &Geometry,
    gradient: Handle,
    weight: Handle,
) -> Handle {
    either(client, geometry, gradient, weight, true)
}

fn either(
    client: &Client,
    geometry: &Geometry,
    from: Handle,
    weight: Handle,
    backwards: bool,
) -> Handle {
    if geometry.is_depthwise() {
        depthwise::run(client, geometry, from, weight, backwards)
    } else {
        run(client, geometry, from, weight, backwards)
    }
}

fn run(
    client: &Client,
    geometry: &Geometry,
    from: Handle,
    weight: Handle,
    backwards: bool,
) -> Handle {
    let Geometry {
        images,
        height,
        width: columns,
        groups,
        ..
    } = *geometry;
    let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
    let places = geometry.taps();
    let inner = (height, columns);
    let outer = (geometry.out_height(), geometry.out_width());
    let (source, target, summed, made, summed_step, made_step) = if backwards {
        (outer, inner, outputs, inputs, inputs * places, places)
    } else {
        (inner, outer, inputs, outputs, places, inputs * places)
    };
    let pixels = images * target.0 * target.1;
    let tile = Tile::of(pixels, made, groups);
    let length = pixels * made * groups;
    let to = client.empty(length * size_of::<f32>());
    let from_length = images * source.0 * source.1 * summed * groups;
    let count = CubeCount::Static(
        pixels.div_ceil(tile.pixels()) as u32,
        made.div_ceil(tile.channels()) as u32,
        groups as u32,
    );
    // SAFETY: the buffers hold as many numbers as the geometry says, and the kernel checks every place that it
    // reads or writes against it.
    unsafe {
        product::launch_unchecked(
            client,
            count,
            CubeDim::new_1d(UNITS as u32),
            width(summed),
            width(made),
            BufferArg::from_raw_parts(from, from_length),
            BufferArg::from_raw_parts(weight, summed * made * places * groups),
            BufferArg::from_raw_parts(to.clone(), length),
            source.0,
            source.1,
            target.0,
            target.1,
            pixels,
            summed,
            made,
            groups,
            summed_step,
            made_step,
            tile,
            Window::of(geometry, backwards),
        );
    }
    to
}
