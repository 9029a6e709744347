//! The kernels: weights in order, and the product.

use cubecl::prelude::*;

use super::super::copy::{self, Stages};
use super::super::window::{Window, phase, source};
use super::super::{Four, VECTOR, moments, put, tensor};
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
pub(super) fn arrange_fragments<S: Float, W: Size>(
    weights: &[f32],
    arranged: &mut [Vector<S, W>],
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
    let wide = W::value().comptime();
    if at < length {
        let line_vectors = tiles * comptime!(tensor::FRAGMENT / wide);
        let within = at % line_vectors;
        let line = at / line_vectors;
        let chunks = summed.div_ceil(tensor::STEPS);
        let chunk = line % chunks;
        let place = line / chunks % places;
        let group = line / (chunks * places);
        let from = group * summed * made * places + place;
        let mut value = Vector::<f32, W>::new(0.0f32);
        #[unroll]
        for of in 0..wide {
            let (row, step) = tensor::fragment(within, of, wide, pack, pair);
            let channel = chunk * tensor::STEPS + step;
            if row < made && channel < summed {
                value.insert(of, weights[from + row * made_step + channel * summed_step]);
            }
        }
        arranged[at] = Vector::cast_from(value);
    }
}

/// `from` (N, height, width, channels) to `to`, the channels last; weights are arranged. Both are rounded to `S`, of which
/// `P` numbers share a register. With `with_moments`, tensor cores' sums give their [`moments`], too.
#[cube(launch_unchecked)]
pub(super) fn product<I: Size, O: Size, S: Float, W: Size, P: Size>(
    from: &[Vector<f32, I>],
    weights: &[Vector<S, W>],
    to: &mut [Vector<f32, O>],
    moments_out: &mut [Vector<f32, O>],
    from_height: usize,
    from_width: usize,
    to_height: usize,
    to_width: usize,
    images: usize,
    summed: usize,
    made: usize,
    groups: usize,
    #[comptime] tile: Tile,
    #[comptime] window: Window,
    #[comptime] stages: Stages,
    #[comptime] with_moments: bool,
) {
    let units = comptime!(tile.units);
    let down = comptime!(tile.units / tile.across);
    let deep = comptime!(tile.deep);
    let tile_pixels = comptime!(tile.pixels());
    let tile_vectors = comptime!(tile.across * VECTORS);
    let row_vectors = comptime!(tile.row_vectors());
    let line_vectors = comptime!(tile.line_vectors());
    let panel_reads = comptime!(tile.column_vectors() / tile.panels());
    let row_reads = comptime!(tile_pixels * deep / VECTOR);
    let column_reads = comptime!(tile.column_vectors());
    let reads = comptime!(row_reads.div_ceil(units));
    let whole = comptime!(row_reads.is_multiple_of(units));
    let places = comptime!(window.side * window.side);
    let unit = UNIT_POS as usize;
    let (x, y) = (unit % tile.across, unit / tile.across);
    let group = CUBE_POS_Z as usize;
    let phase_cubes = CUBE_COUNT_X as usize / comptime!(window.phases() * window.phases());
    let phase = phase(
        CUBE_POS_X as usize / phase_cubes,
        to_height,
        to_width,
        window,
    );
    let first_pixel = CUBE_POS_X as usize % phase_cubes * tile_pixels;
    let pixels = images * phase.pixels();
    let first_channel = CUBE_POS_Y as usize * comptime!(tile.channels());
    let from_channels = summed * groups;
    let tiles = made.div_ceil(tile.channels()) * comptime!(tile.channels() / tensor::ROWS);
    let fragment = comptime!(tile.precision.fragment_vectors());

    let mut rows =
        Shared::<[Four]>::new_aligned_slice(comptime!(stages.count * tile.row_shared()), 16usize);
    let mut columns = Shared::<[Vector<S, W>]>::new_aligned_slice(
        comptime!(stages.count * tile.column_vectors()),
        16usize,
    );
    let mut sums = Array::<Four>::new(comptime!(tile.rows * VECTORS));
    #[unroll]
    for at in 0..comptime!(tile.rows * VECTORS) {
        sums[at] = Four::new(0.0f32);
    }
    let (high, wide) = comptime!((tile.high(), tile.wide()));
    let of_plane = unit / comptime!(tensor::PLANE);
    let plane_pixel = of_plane / comptime!(tile.planes_across()) * comptime!(tile.plane_pixels());
    let plane_tile = of_plane % comptime!(tile.planes_across()) * high;
    let mut matrices = tensor::zeros(comptime!(if tile.tensor() { high * wide } else { 0 }));
    let mut image_of = Array::<usize>::new(reads);
    let mut row_of = Array::<i32>::new(reads);
    let mut column_of = Array::<i32>::new(reads);
    #[unroll]
    for read in 0..reads {
        let pixel = first_pixel + (unit + read * units) / comptime!(deep / VECTOR);
        let (image, row, column) = phase.pixel(pixel, window);
        image_of[read] = image;
        row_of[read] = row as i32;
        column_of[read] = column as i32;
        if pixel >= pixels {
            row_of[read] = comptime!(-1_000_000_i32).runtime();
        }
    }
    let mut sources = Array::<usize>::new(reads);
    let mut inside = Array::<bool>::new(reads);

    let steps = phase.places(window) * summed.div_ceil(deep);
    let ahead = comptime!(stages.count - 1);
    let mut places_passed = 0usize;
    let mut place = 0usize;
    let mut depth = 0usize;
    let mut filled = 0usize;
    let mut read_from = 0usize;
    for step in 0..steps + ahead {
        if step >= ahead {
            copy::arrived(stages);
        }
        if step < steps {
            if depth == 0 {
                place = phase.place(places_passed, window);
                places_passed += 1;
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
                        sources[read] = ((image_of[read] * from_height + row) * from_width
                            + column)
                            * from_channels
                            + group * summed;
                    }
                }
            }
            #[unroll]
            for read in 0..reads {
                let at = unit + read * units;
                let (pixel, lane) = (at / comptime!(deep / VECTOR), at % comptime!(deep / VECTOR));
                let channel = depth + lane * VECTOR;
                let there = inside[read] && channel < summed;
                let panel = lane / line_vectors * comptime!(tile_pixels * row_vectors);
                if whole || at < row_reads {
                    copy::bring::<I>(
                        from,
                        &mut rows,
                        sources[read] + channel,
                        filled * comptime!(tile.row_shared())
                            + panel
                            + pixel * row_vectors
                            + lane % line_vectors,
                        select(there, summed - channel, 0usize),
                        stages,
                    );
                }
            }
            #[unroll]
            for write in 0..comptime!(column_reads.div_ceil(units)) {
                let at = unit + write * units;
                let window = group * places + place;
                let panel = at / panel_reads;
                let chunk = window * summed.div_ceil(tensor::STEPS) + depth / tensor::STEPS + panel;
                let channel = depth + at / tile_vectors;
                let vector = first_channel / VECTOR + at % tile_vectors;
                let vectors = made.div_ceil(VECTOR);
                let source = if comptime!(tile.tensor()) {
                    (chunk * tiles + first_channel / tensor::ROWS) * fragment + at % panel_reads
                } else {
                    (window * summed + channel) * vectors + vector
                };
                let there = comptime!(tile.tensor()) || channel < summed && vector < vectors;
                if comptime!(column_reads.is_multiple_of(units)) || at < column_reads {
                    let place = filled * column_reads + at;
                    copy::bring_one::<S, W>(weights, &mut columns, source, place, there, stages);
                }
            }
            depth += deep;
            if depth >= summed {
                depth = 0usize;
            }
        }
        copy::end(stages);
        filled = copy::next(filled, stages);
        let rows_from = read_from * comptime!(tile.row_shared());
        let columns_from = read_from * column_reads;
        if step >= ahead {
            read_from = copy::next(read_from, stages);
        }
        if comptime!(tile.tensor()) {
            if step >= ahead {
                #[unroll]
                for panel in 0..comptime!(tile.panels()) {
                    let left = columns_from + panel * panel_reads + plane_tile * fragment;
                    let right = rows_from + (panel * tile_pixels + plane_pixel) * row_vectors;
                    tensor::along::<S, W, P>(
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
        } else if step >= ahead {
            for quarter in 0..comptime!(deep / VECTOR) {
                let mut left = Array::<Four>::new(tile.rows);
                #[unroll]
                for row in 0..tile.rows {
                    left[row] = rows[rows_from + (y + row * down) * row_vectors + quarter];
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
            let mut fours = Sequence::<Four>::new();
            let mut plane_pixels = Sequence::<usize>::new();
            let mut channel = first_channel + plane_tile * tensor::ROWS;
            #[unroll]
            for beside in 0..wide {
                #[unroll]
                for one in 0..comptime!(if high > 1 { 2usize } else { 1usize }) {
                    let (sum, of_channel, of_pixel) =
                        tensor::upright(&matrices, at, beside, one, high, wide);
                    let pixel = first_pixel + plane_pixel + of_pixel;
                    channel = first_channel + plane_tile * tensor::ROWS + of_channel;
                    if pixel < pixels && channel < made {
                        let line = phase.index(pixel, to_height, to_width, window) * groups + group;
                        put::<O>(to, sum, line * made + channel, made - channel);
                    }
                    fours.push(sum);
                    plane_pixels.push(of_pixel);
                }
            }
            if comptime!(with_moments) {
                let part_pixels = comptime!(tile.plane_pixels());
                let part_pixel = first_pixel + plane_pixel;
                let part = part_pixel / part_pixels;
                let left = select(part_pixel < pixels, pixels - part_pixel, 0usize);
                let channels = made * groups;
                moments::write::<O>(
                    &fours,
                    &plane_pixels,
                    select(left < part_pixels, left, part_pixels),
                    moments_out,
                    part * 2 * channels + group * made + channel,
                    channels,
                    select(channel < made, made - channel, 0usize),
                    comptime!(wide * if high > 1 { 2 } else { 1 }),
                    high,
                );
            }
        }
    } else {
        #[unroll]
        for row in 0..tile.rows {
            let pixel = first_pixel + y + row * down;
            if pixel < pixels {
                let line = phase.index(pixel, to_height, to_width, window) * groups + group;
                #[unroll]
                for vector in 0..VECTORS {
                    let channel = first_channel + (vector * tile.across + x) * VECTOR;
                    if channel < made {
                        let sum = sums[row * VECTORS + vector];
                        put::<O>(to, sum, line * made + channel, made - channel);
                    }
                }
            }
        }
    }
}
