//! The kernels: weights in order, and the product.

use cubecl::cmma::MatrixLayout;
use cubecl::prelude::*;

use super::super::window::{Window, source};
use super::super::{Four, VECTOR, lanes, tensor};
use super::tile::{Tile, VECTORS};

/// Channels summed between two waits.
pub(super) const DEEP: usize = 16;
/// Vectors of a row in shared memory; one more than are used, so that rows lie in different banks.
pub(super) const ROW: usize = DEEP / VECTOR + 1;

/// Weights in the order in which [`product`] reads them, as (groups, places, summed, vectors of made channels): they lie
/// `summed_step` and `made_step` apart, the places of the window side by side.
#[cube(launch_unchecked)]
pub(super) fn arrange(
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
pub(super) fn product<I: Size, O: Size>(
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
