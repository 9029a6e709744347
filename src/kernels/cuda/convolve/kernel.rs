//! The kernels: weights in order, and the product.

use cubecl::prelude::*;

use super::super::window::{Window, source};
use super::super::{Four, VECTOR, lanes, tensor};
use super::tile::{Tile, VECTORS};

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

/// The same for tensor cores, as (groups, places, sixteens of summed channels, sixteens of made ones), each of which lies in
/// the order of [`tensor::fragment`]; `tiles` of the last, zero beyond what is made.
#[cube(launch_unchecked)]
pub(super) fn arrange_fragments<S: Float>(
    weights: &[f32],
    arranged: &mut [Vector<S, Const<4>>],
    length: usize,
    summed: usize,
    made: usize,
    summed_step: usize,
    made_step: usize,
    tiles: usize,
    #[comptime] places: usize,
    #[comptime] pack: usize,
    #[comptime] pair: bool,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let within = at % (tiles * tensor::FRAGMENT);
        let line = at / (tiles * tensor::FRAGMENT);
        let chunks = summed.div_ceil(tensor::STEPS);
        let chunk = line % chunks;
        let place = line / chunks % places;
        let group = line / (chunks * places);
        let from = group * summed * made * places + place;
        let mut value = Four::new(0.0f32);
        #[unroll]
        for of in 0..VECTOR {
            let (row, step) = tensor::fragment(within, of, pack, pair);
            let channel = chunk * tensor::STEPS + step;
            if row < made && channel < summed {
                value.insert(of, weights[from + row * made_step + channel * summed_step]);
            }
        }
        arranged[at] = Vector::cast_from(value);
    }
}

/// `from` (N, height, width, channels) to `to`, the channels last; weights are arranged. Both are rounded to `S`.
#[cube(launch_unchecked)]
pub(super) fn product<I: Size, O: Size, S: Float>(
    from: &[Vector<f32, I>],
    weights: &[Vector<S, Const<4>>],
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
    let deep = comptime!(tile.deep);
    let tile_pixels = comptime!(tile.pixels());
    let tile_vectors = comptime!(tile.across * VECTORS);
    let row_vectors = comptime!(tile.row_vectors());
    let row_reads = comptime!(tile_pixels * deep / VECTOR);
    let column_reads = comptime!(deep * tile.channels() / VECTOR);
    let reads = comptime!(row_reads.div_ceil(units));
    let whole = comptime!(row_reads.is_multiple_of(units));
    let writes = comptime!(column_reads.div_ceil(units));
    let places = comptime!(window.side * window.side);
    let unit = UNIT_POS as usize;
    let (x, y) = (unit % tile.across, unit / tile.across);
    let group = CUBE_POS_Z as usize;
    let first_pixel = CUBE_POS_X as usize * tile_pixels;
    let first_channel = CUBE_POS_Y as usize * comptime!(tile.channels());
    let from_channels = summed * groups;
    let tiles = made.div_ceil(tile.channels()) * comptime!(tile.channels() / tensor::ROWS);

    let mut rows = Shared::<[Vector<S, Const<4>>]>::new_slice(comptime!(tile.row_shared()));
    let mut columns = Shared::<[Vector<S, Const<4>>]>::new_slice(comptime!(tile.column_shared()));
    let mut sums = Array::<Four>::new(comptime!(tile.rows * VECTORS));
    #[unroll]
    for at in 0..comptime!(tile.rows * VECTORS) {
        sums[at] = Four::new(0.0f32);
    }
    let (high, wide) = comptime!((tile.high(), tile.wide()));
    let of_plane = unit / comptime!(tensor::PLANE);
    let plane_pixel =
        of_plane / comptime!(tile.planes_across()) * comptime!(wide * tensor::COLUMNS);
    let plane_tile = of_plane % comptime!(tile.planes_across()) * high;
    let mut matrices = tensor::zeros(comptime!(if tile.tensor() { high * wide } else { 0 }));
    let mut images = Array::<usize>::new(reads);
    let mut row_of = Array::<i32>::new(reads);
    let mut column_of = Array::<i32>::new(reads);
    #[unroll]
    for read in 0..reads {
        let pixel = first_pixel + (unit + read * units) / comptime!(deep / VECTOR);
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
    let mut next_columns = Array::<Vector<S, Const<4>>>::new(writes);

    let steps = places * summed.div_ceil(deep);
    let mut place = 0usize;
    let mut depth = 0usize;
    for step in 0..=steps {
        // What is summed lies in one half of the shared memory while the other half is written.
        let rows_from = step % 2 * comptime!(tile.row_shared() / 2);
        let columns_from = step % 2 * comptime!(tile.column_shared() / 2);
        if step > 0 {
            #[unroll]
            for read in 0..reads {
                let at = unit + read * units;
                if whole || at < row_reads {
                    let place =
                        at / comptime!(deep / VECTOR) * row_vectors + at % comptime!(deep / VECTOR);
                    rows[rows_from + place] = Vector::cast_from(next_rows[read]);
                }
            }
            #[unroll]
            for write in 0..writes {
                let at = unit + write * units;
                if at < column_reads {
                    columns[columns_from + at] = next_columns[write];
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
            #[unroll]
            for read in 0..reads {
                let lane = (unit + read * units) % comptime!(deep / VECTOR);
                let channel = depth + lane * VECTOR;
                let mut value = Four::new(0.0f32);
                if inside[read] && channel < summed {
                    value = lanes::<I>(from, sources[read] + channel, summed - channel);
                }
                next_rows[read] = value;
            }
            #[unroll]
            for write in 0..writes {
                let at = unit + write * units;
                let window = group * places + place;
                let mut value = Vector::<S, Const<4>>::cast_from(Four::new(0.0f32));
                if comptime!(tile.tensor()) {
                    let chunk = window * summed.div_ceil(tensor::STEPS) + depth / tensor::STEPS;
                    let first = chunk * tiles + first_channel / tensor::ROWS;
                    if at < column_reads {
                        value = weights[first * tensor::FRAGMENT + at];
                    }
                } else {
                    let channel = depth + at / tile_vectors;
                    let vector = first_channel / VECTOR + at % tile_vectors;
                    let vectors = made.div_ceil(VECTOR);
                    if at < column_reads && channel < summed && vector < vectors {
                        value = weights[(window * summed + channel) * vectors + vector];
                    }
                }
                next_columns[write] = value;
            }
            depth += deep;
            if depth >= summed {
                depth = 0usize;
                place += 1;
            }
        }
        if comptime!(tile.tensor()) {
            if step > 0 {
                let left = columns_from + plane_tile * tensor::FRAGMENT;
                let right = rows_from + plane_pixel * row_vectors;
                if comptime!(tile.products.pack() == 2) {
                    tensor::along::<S, Const<2>>(
                        &columns,
                        &rows,
                        &mut matrices,
                        left,
                        right,
                        row_vectors,
                        high,
                        wide,
                    );
                } else {
                    tensor::along::<S, Const<1>>(
                        &columns,
                        &rows,
                        &mut matrices,
                        left,
                        right,
                        row_vectors,
                        high,
                        wide,
                    );
                }
            }
        } else if step > 0 {
            for quarter in 0..comptime!(deep / VECTOR) {
                let mut left = Array::<Four>::new(tile.rows);
                #[unroll]
                for row in 0..tile.rows {
                    let place = rows_from + (y + row * down) * row_vectors + quarter;
                    left[row] = Four::cast_from(rows[place]);
                }
                #[unroll]
                for lane in 0..VECTOR {
                    #[unroll]
                    for vector in 0..VECTORS {
                        let channel = quarter * VECTOR + lane;
                        let column = vector * tile.across + x;
                        let place = columns_from + channel * tile_vectors + column;
                        let right = Four::cast_from(columns[place]);
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
    if comptime!(tile.tensor()) {
        #[unroll]
        for at in 0..comptime!(high.div_ceil(2)) {
            #[unroll]
            for beside in 0..wide {
                #[unroll]
                for one in 0..comptime!(if high > 1 { 2usize } else { 1usize }) {
                    let (sum, channel, pixel) =
                        tensor::upright(&matrices, at, beside, one, high, wide);
                    put::<O>(
                        to,
                        sum,
                        first_pixel + plane_pixel + pixel,
                        first_channel + plane_tile * tensor::ROWS + channel,
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
