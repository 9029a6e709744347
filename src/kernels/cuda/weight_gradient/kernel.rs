//! The kernel of the products.

use cubecl::prelude::*;

use super::super::copy::{self, Stages};
use super::super::{Four, VECTOR, put, tensor};
use super::DEEP;
use super::tile::{Tile, WIDE};

/// Pixels that are summed without a jump.
const ROWS: usize = 4;

/// Sums of one part of the pixels, as (parts, groups, outputs, places, inputs). Numbers are rounded to `S`, of which `P` share
/// a register, where tensor cores sum.
#[cube(launch_unchecked)]
pub(super) fn products<I: Size, O: Size, S: Float, P: Size>(
    input: &[Vector<f32, I>],
    gradient: &[Vector<f32, O>],
    parts: &mut [Vector<f32, I>],
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    inputs: usize,
    outputs: usize,
    groups: usize,
    pixels: usize,
    part_pixels: usize,
    column_tiles: usize,
    #[comptime] tile: Tile,
    #[comptime] stages: Stages,
) {
    let (down, across) = comptime!((tile.down(), tile.across()));
    let row_vectors = comptime!(tile.rows / VECTOR);
    let column_vectors = comptime!(tile.columns / VECTOR);
    let units = comptime!(tile.units());
    let (left_row, right_row) = comptime!((tile.left_row(), tile.right_row()));
    let left_reads = comptime!((DEEP * (tile.rows / VECTOR)).div_ceil(tile.units()));
    let left_whole = comptime!((DEEP * (tile.rows / VECTOR)).is_multiple_of(tile.units()));
    let reads = comptime!((DEEP * (tile.columns / VECTOR)).div_ceil(tile.units()));
    let whole = comptime!((DEEP * (tile.columns / VECTOR)).is_multiple_of(tile.units()));
    let step_rows = comptime!(tile.units() / (tile.columns / VECTOR));
    let wide = I::value().comptime();
    let kinds = comptime!(VECTOR / wide);
    let unit = UNIT_POS as usize;
    let group = CUBE_POS_Z as usize;
    let first_column = (CUBE_POS_X as usize % column_tiles) * comptime!(tile.columns);
    let first_row = (CUBE_POS_X as usize / column_tiles) * comptime!(tile.rows);
    let part = CUBE_POS_Y as usize;
    let part_end = (part + 1) * part_pixels;
    let end = select(part_end < pixels, part_end, pixels);
    let all_columns = inputs * comptime!(tile.side * tile.side);
    let (x, y) = (unit % across, unit / across);

    let mut left =
        Shared::<[Four]>::new_aligned_slice(comptime!(stages.count * tile.left_shared()), 16usize);
    let mut right =
        Shared::<[Four]>::new_aligned_slice(comptime!(stages.count * tile.right_shared()), 16usize);
    let mut sums = Array::<Four>::new(comptime!(tile.high * VECTOR * WIDE));
    #[unroll]
    for at in 0..comptime!(tile.high * VECTOR * WIDE) {
        sums[at] = Four::new(0.0f32);
    }
    let (matrices_high, wide_by) = comptime!((tile.matrices_high(), tile.matrices_wide()));
    let of_plane = unit / comptime!(tensor::PLANE);
    let plane_row =
        of_plane / comptime!(tile.planes_across()) * comptime!(matrices_high * tensor::ROWS);
    let plane_column =
        of_plane % comptime!(tile.planes_across()) * comptime!(wide_by * tensor::COLUMNS);
    let mut matrices = tensor::zeros(comptime!(if tile.tensor() {
        matrices_high * wide_by
    } else {
        0
    }));
    let column_lane = unit % column_vectors;
    let column_pixel = unit / column_vectors;
    let column = first_column + column_lane * VECTOR;

    let begin = part * part_pixels;
    let mut images = Array::<usize>::new(reads);
    let mut out_rows = Array::<usize>::new(reads);
    let mut out_columns = Array::<usize>::new(reads);
    #[unroll]
    for read in 0..reads {
        let at = begin + column_pixel + read * step_rows;
        let line = at / out_width;
        images[read] = line / out_height;
        out_rows[read] = line % out_height;
        out_columns[read] = at % out_width;
    }
    // The window's row and column and the channel of each column, relative to the window's pixel.
    let mut down_by = Array::<i32>::new(kinds);
    let mut across_by = Array::<i32>::new(kinds);
    let mut channel_of = Array::<usize>::new(kinds);
    #[unroll]
    for lane in 0..kinds {
        let place = (column + lane * wide) / inputs;
        channel_of[lane] = (column + lane * wide) % inputs;
        down_by[lane] = (place / tile.side) as i32 - comptime!(tile.padding as i32);
        across_by[lane] = (place % tile.side) as i32 - comptime!(tile.padding as i32);
    }

    let steps = (select(end > begin, end - begin, 0usize)).div_ceil(DEEP);
    let ahead = comptime!(stages.count - 1);
    let mut pixel = begin;
    let mut filled = 0usize;
    let mut read_from = 0usize;
    for step in 0..steps + ahead {
        if step >= ahead {
            copy::arrived(stages);
        }
        if step < steps {
            #[unroll]
            for read in 0..left_reads {
                let place = unit + read * units;
                let (row, vector) = (place / row_vectors, place % row_vectors);
                let at = pixel + row;
                let row_channel = first_row + vector * VECTOR;
                let there = at < end && row_channel < outputs;
                if left_whole || place < comptime!(DEEP * tile.rows / VECTOR) {
                    copy::bring::<O>(
                        gradient,
                        &mut left,
                        (at * groups + group) * outputs + row_channel,
                        filled * comptime!(tile.left_shared()) + row * left_row + vector,
                        select(there, outputs - row_channel, 0usize),
                        stages,
                    );
                }
            }
            #[unroll]
            for read in 0..reads {
                let line = column_pixel + read * step_rows;
                let at = pixel + line;
                let to = filled * comptime!(tile.right_shared()) + line * right_row + column_lane;
                if whole || line < DEEP {
                    if comptime!(tile.is_point()) {
                        copy::bring::<I>(
                            input,
                            &mut right,
                            (at * groups + group) * inputs + column,
                            to,
                            select(at < end && column < inputs, inputs - column, 0usize),
                            stages,
                        );
                    } else {
                        let mut sources = Array::<usize>::new(kinds);
                        let mut there = Array::<bool>::new(kinds);
                        #[unroll]
                        for lane in 0..kinds {
                            let row = (out_rows[read] * tile.stride) as i32 + down_by[lane];
                            let beside = (out_columns[read] * tile.stride) as i32 + across_by[lane];
                            there[lane] = at < end
                                && column + lane * wide < all_columns
                                && row >= 0
                                && beside >= 0
                                && row < height as i32
                                && beside < width as i32;
                            let source =
                                (images[read] * height + row as usize) * width + beside as usize;
                            let number = (source * groups + group) * inputs + channel_of[lane];
                            sources[lane] = number / wide;
                        }
                        copy::gather::<I>(input, &mut right, sources, there, to, stages);
                    }
                }
                if comptime!(!tile.is_point()) {
                    let mut passed = out_columns[read] + DEEP;
                    while passed >= out_width {
                        passed -= out_width;
                        out_rows[read] += 1;
                        if out_rows[read] == out_height {
                            out_rows[read] = 0usize;
                            images[read] += 1;
                        }
                    }
                    out_columns[read] = passed;
                }
            }
            pixel += DEEP;
        }
        copy::end(stages);
        filled = copy::next(filled, stages);
        let left_from = read_from * comptime!(tile.left_shared());
        let right_from = read_from * comptime!(tile.right_shared());
        if step >= ahead {
            read_from = copy::next(read_from, stages);
        }
        if comptime!(tile.tensor()) {
            if step >= ahead {
                tensor::across::<S, P>(
                    &left,
                    &right,
                    &mut matrices,
                    left_from + plane_row / VECTOR,
                    right_from + plane_column / VECTOR,
                    left_row,
                    right_row,
                    matrices_high,
                    wide_by,
                );
            }
        } else if step >= ahead && (comptime!(tile.all_sum()) || y < down) {
            for some in 0..comptime!(DEEP / ROWS) {
                #[unroll]
                for one in 0..ROWS {
                    let row = some * ROWS + one;
                    #[unroll]
                    for vector in 0..comptime!(tile.high) {
                        let by = left[left_from + row * left_row + vector * down + y];
                        #[unroll]
                        for beside in 0..WIDE {
                            let of = right[right_from + row * right_row + beside * across + x];
                            #[unroll]
                            for lane in 0..VECTOR {
                                sums[(vector * VECTOR + lane) * WIDE + beside] +=
                                    Four::new(by.extract(lane)) * of;
                            }
                        }
                    }
                }
            }
        }
    }
    let part_at = (part * groups + group) * outputs;
    if comptime!(tile.tensor()) {
        let row_of_unit = unit % comptime!(tensor::PLANE) / 4;
        #[unroll]
        for row in 0..matrices_high {
            #[unroll]
            for half in 0..2usize {
                // Of a unit's row of the left, matrices have two channels, or the only one has both.
                let channel = if comptime!(matrices_high == 1) {
                    row_of_unit * 2 + half
                } else {
                    row_of_unit * VECTOR
                        + comptime!(row / 2 * 2 * tensor::ROWS + row % 2 * 2 + half)
                };
                #[unroll]
                for at in 0..comptime!(wide_by / 2) {
                    let (sum, column) = tensor::flat(&matrices, row, half, at, wide_by);
                    let output = first_row + plane_row + channel;
                    let column = first_column + plane_column + column;
                    if output < outputs && column < all_columns {
                        let at = (part_at + output) * all_columns + column;
                        put::<I>(parts, sum, at, all_columns - column);
                    }
                }
            }
        }
    } else if comptime!(tile.all_sum()) || y < down {
        #[unroll]
        for line in 0..comptime!(tile.high * VECTOR) {
            #[unroll]
            for beside in 0..WIDE {
                let output = first_row
                    + (comptime!(line / VECTOR) * down + y) * VECTOR
                    + comptime!(line % VECTOR);
                let column = first_column + (beside * across + x) * VECTOR;
                if output < outputs && column < all_columns {
                    let at = (part_at + output) * all_columns + column;
                    put::<I>(parts, sums[line * WIDE + beside], at, all_columns - column);
                }
            }
        }
    }
}
