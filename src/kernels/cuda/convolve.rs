//! A convolution as one product of matrices whose left one is never written down: rows are output pixels, columns
//! are output channels, and the sum runs over the window's places and the input channels.
//!
//! The gradient of the input is the same product with the window run backwards, channels changing sides.

use cubecl::client::Client;
use cubecl::cmma::MatrixLayout;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::super::products::Products;
use super::window::{Window, source};
use super::{Four, UNITS, VECTOR, cubes, depthwise, lanes, tensor, width};

/// Cubes that fill a GPU: two for each multiprocessor of the largest ones.
const CUBES: usize = 264;
/// Channels summed between two waits.
const DEEP: usize = 16;
/// Vectors of a row in shared memory; one more than are used, so that rows lie in different banks.
const ROW: usize = DEEP / VECTOR + 1;

/// How a cube divides its tile: a unit sums `rows` pixels by eight channels, `across` units side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tile {
    units: usize,
    rows: usize,
    across: usize,
    /// Whether tensor cores sum.
    tensor: bool,
}

/// Vectors of channels that a unit sums.
const VECTORS: usize = 2;

impl Tile {
    /// The tile for so many pixels and channels of a group, with few channels too many, and small enough that there are
    /// cubes for a whole GPU.
    fn of(pixels: usize, channels: usize, groups: usize, tensor: bool) -> Self {
        let all = |across: usize| channels.next_multiple_of(VECTORS * VECTOR * across);
        let usual = match channels {
            0..=16 => 2,
            17..=32 => 4,
            _ => 8,
        };
        let least = [6, 5, 3].into_iter().min_by_key(|&across| all(across));
        let across = least
            .filter(|&across| !tensor && 4 * all(usual) > 5 * all(across))
            .unwrap_or(usual);
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

    const fn pixels(self) -> usize {
        self.units / self.across * self.rows
    }

    /// Matrices above one another that a plane sums with tensor cores.
    const fn high(self) -> usize {
        self.pixels() / tensor::SIDE / (self.units / tensor::PLANE)
    }

    /// Matrices side by side.
    const fn beside(self) -> usize {
        self.channels() / tensor::SIDE
    }

    const fn channels(self) -> usize {
        self.across * VECTORS * VECTOR
    }
}

/// Weights in the order in which [`product`] reads them, as (groups, places, summed, vectors of made channels): they lie
/// `summed_step` and `made_step` apart, the places of the window side by side.
#[cube(launch_unchecked)]
fn arrange(
    weights: &[f32],
    arranged: &mut [Four],
    length: usize,
    summed: usize,
    made: usize,
    summed_step: usize,
    made_step: usize,
    #[comptime] places: usize,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let vectors = made.div_ceil(VECTOR);
        let first = at % vectors * VECTOR;
        let line = at / vectors;
        let channel = line % summed;
        let place = line / summed % places;
        let group = line / (summed * places);
        let from = group * summed * made * places + channel * summed_step + place;
        let mut value = Four::new(0.0f32);
        #[unroll]
        for lane in 0..VECTOR {
            if first + lane < made {
                value.insert(lane, weights[from + (first + lane) * made_step]);
            }
        }
        arranged[at] = value;
    }
}

/// `from` (N, height, width, channels) to `to`, the channels last; weights are arranged.
#[cube(launch_unchecked)]
fn product<I: Size, O: Size>(
    from: &[Vector<f32, I>],
    weights: &[Four],
    to: &mut [Vector<f32, O>],
    from_height: usize,
    from_width: usize,
    to_height: usize,
    to_width: usize,
    pixels: usize,
    summed: usize,
    made: usize,
    groups: usize,
    #[comptime] tile: Tile,
    #[comptime] window: Window,
) {
    let units = comptime!(tile.units);
    let down = comptime!(tile.units / tile.across);
    let tile_pixels = comptime!(tile.pixels());
    let tile_vectors = comptime!(tile.across * VECTORS);
    let reads = comptime!((tile_pixels * DEEP / VECTOR).div_ceil(tile.units));
    let whole = comptime!((tile_pixels * DEEP / VECTOR).is_multiple_of(tile.units));
    let places = comptime!(window.side * window.side);
    let writes = comptime!((DEEP * tile.across * VECTORS).div_ceil(tile.units));
    let unit = UNIT_POS as usize;
    let (x, y) = (unit % tile.across, unit / tile.across);
    let (read_lane, read_row) = (unit % 4, unit / 4);
    let group = CUBE_POS_Z as usize;
    let first_pixel = CUBE_POS_X as usize * tile_pixels;
    let first_channel = CUBE_POS_Y as usize * comptime!(tile.channels());
    let from_channels = summed * groups;
    let made_vectors = made.div_ceil(VECTOR);

    let mut rows = Shared::<[Four]>::new_slice(comptime!(2 * tile_pixels * ROW));
    let mut columns = Shared::<[Four]>::new_slice(comptime!(2 * DEEP * tile_vectors));
    let mut sums = Array::<Four>::new(comptime!(tile.rows * VECTORS));
    #[unroll]
    for at in 0..comptime!(tile.rows * VECTORS) {
        sums[at] = Four::new(0.0f32);
    }
    let (high, beside) = comptime!((tile.high(), tile.beside()));
    let of_plane = unit / comptime!(tensor::PLANE);
    let matrices = tensor::zeros(comptime!(if tile.tensor { high * beside } else { 0 }));
    let mut images = Array::<usize>::new(reads);
    let mut row_of = Array::<i32>::new(reads);
    let mut column_of = Array::<i32>::new(reads);
    #[unroll]
    for read in 0..reads {
        let pixel = first_pixel + read_row + read * comptime!(tile.units / 4);
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
        // What is summed lies in one half of the shared memory while the other half is written.
        let rows_from = step % 2 * comptime!(tile_pixels * ROW);
        let columns_from = step % 2 * comptime!(DEEP * tile_vectors);
        if step > 0 {
            #[unroll]
            for read in 0..reads {
                let row = read_row + read * comptime!(tile.units / 4);
                if whole || row < tile_pixels {
                    let mut value = next_rows[read];
                    if comptime!(tile.tensor) {
                        value = tensor::rounded(value);
                    }
                    rows[rows_from + row * ROW + read_lane] = value;
                }
            }
            #[unroll]
            for write in 0..writes {
                let at = unit + write * units;
                if at < comptime!(DEEP * tile_vectors) {
                    let mut value = next_columns[write];
                    if comptime!(tile.tensor) {
                        value = tensor::rounded(value);
                    }
                    columns[columns_from + at] = value;
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
                let at = unit + write * units;
                let channel = depth + at / tile_vectors;
                let column = first_channel / VECTOR + at % tile_vectors;
                let mut value = Four::new(0.0f32);
                if at < comptime!(DEEP * tile_vectors) && channel < summed && column < made_vectors
                {
                    let line = (group * places + place) * summed + channel;
                    value = weights[line * made_vectors + column];
                }
                next_columns[write] = value;
            }
            depth += DEEP;
            if depth >= summed {
                depth = 0usize;
                place += 1;
            }
        }
        if comptime!(tile.tensor) {
            if step > 0 {
                #[unroll]
                for half in 0..comptime!(DEEP / tensor::DEPTH) {
                    tensor::multiply(
                        &rows,
                        &columns,
                        &matrices,
                        rows_from + of_plane * comptime!(high * tensor::SIDE * ROW) + half * 2,
                        columns_from + half * comptime!(tensor::DEPTH * tile.channels() / VECTOR),
                        comptime!(tensor::SIDE * ROW),
                        comptime!(ROW * VECTOR),
                        comptime!(tile.channels()),
                        MatrixLayout::RowMajor,
                        high,
                        beside,
                    );
                }
            }
        } else if step > 0 {
            for quarter in 0..comptime!(DEEP / VECTOR) {
                let mut left = Array::<Four>::new(tile.rows);
                #[unroll]
                for row in 0..tile.rows {
                    left[row] = rows[rows_from + (y + row * down) * ROW + quarter];
                }
                #[unroll]
                for lane in 0..VECTOR {
                    #[unroll]
                    for vector in 0..VECTORS {
                        let channel = quarter * VECTOR + lane;
                        let column = vector * tile.across + x;
                        let right = columns[columns_from + channel * tile_vectors + column];
                        #[unroll]
                        for row in 0..tile.rows {
                            sums[row * VECTORS + vector] +=
                                Four::new(left[row].extract(lane)) * right;
                        }
                    }
                }
            }
        }
    }
    if comptime!(tile.tensor) {
        let mut scratch =
            Shared::<[Four]>::new_slice(comptime!(tile.units / tensor::PLANE * tensor::RESULT));
        let lane = unit % comptime!(tensor::PLANE);
        let from = of_plane * comptime!(tensor::RESULT);
        #[unroll]
        for row in 0..high {
            #[unroll]
            for column in 0..beside {
                let sum = &matrices[comptime!(row * beside + column)];
                tensor::show(sum, &mut scratch[from..from + comptime!(tensor::RESULT)]);
                #[unroll]
                for part in 0..2usize {
                    put::<O>(
                        to,
                        scratch[from + lane * 2 + part],
                        first_pixel + (of_plane * high + row) * comptime!(tensor::SIDE) + lane / 2,
                        first_channel
                            + column * comptime!(tensor::SIDE)
                            + (lane % 2 * 2 + part) * VECTOR,
                        pixels,
                        made,
                        groups,
                        group,
                    );
                }
            }
        }
    } else {
        #[unroll]
        for row in 0..tile.rows {
            #[unroll]
            for vector in 0..VECTORS {
                put::<O>(
                    to,
                    sums[row * VECTORS + vector],
                    first_pixel + y + row * down,
                    first_channel + (vector * tile.across + x) * VECTOR,
                    pixels,
                    made,
                    groups,
                    group,
                );
            }
        }
    }
}

/// Writes what of four sums there is.
#[cube]
fn put<O: Size>(
    to: &mut [Vector<f32, O>],
    sum: Four,
    pixel: usize,
    channel: usize,
    pixels: usize,
    made: usize,
    groups: usize,
    group: usize,
) {
    let wide = O::value().comptime();
    if pixel < pixels && channel < made {
        let at = (pixel * groups + group) * made + channel;
        if comptime!(wide == VECTOR) {
            to[at / VECTOR] = Vector::cast_from(sum);
        } else {
            #[unroll]
            for part in 0..comptime!(VECTOR / wide) {
                if channel + part * wide < made {
                    let mut some = Vector::<f32, O>::new(0.0f32);
                    #[unroll]
                    for lane in 0..wide {
                        some.insert(lane, sum.extract(comptime!(part * wide + lane)));
                    }
                    to[at / wide + part] = some;
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
    let tensor = geometry.products == Products::Tf32 && summed.min(made) >= tensor::DEPTH;
    let tile = Tile::of(pixels, made, groups, tensor);
    let length = pixels * made * groups;
    let to = client.empty(length * size_of::<f32>());
    let lines = groups * places * summed * made.div_ceil(VECTOR);
    let arranged = client.empty(lines * VECTOR * size_of::<f32>());
    let from_length = images * source.0 * source.1 * summed * groups;
    let count = CubeCount::Static(
        pixels.div_ceil(tile.pixels()) as u32,
        made.div_ceil(tile.channels()) as u32,
        groups as u32,
    );
    // SAFETY: the buffers hold as many numbers as the geometry says, and the kernel checks every place that it
    // reads or writes against it.
    unsafe {
        arrange::launch_unchecked(
            client,
            cubes(lines),
            CubeDim::new_1d(UNITS as u32),
            BufferArg::from_raw_parts(weight, summed * made * places * groups),
            BufferArg::from_raw_parts(arranged.clone(), lines * VECTOR),
            lines,
            summed,
            made,
            summed_step,
            made_step,
            places,
        );
        product::launch_unchecked(
            client,
            count,
            CubeDim::new_1d(tile.units as u32),
            width(summed),
            width(made),
            BufferArg::from_raw_parts(from, from_length),
            BufferArg::from_raw_parts(arranged, lines * VECTOR),
            BufferArg::from_raw_parts(to.clone(), length),
            source.0,
            source.1,
            target.0,
            target.1,
            pixels,
            summed,
            made,
            groups,
            tile,
            Window::of(geometry, backwards),
        );
    }
    to
}
