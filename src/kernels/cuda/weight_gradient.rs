//! The gradient by the weights: a product of matrices with a row for each output channel and a column for each
//! place of the window and input channel, summed over all pixels. The pixels are cut into parts, whose sums are
//! added up in a fixed order.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::{ADDED, Four, VECTOR, adding, depthwise, lanes, width};

/// Columns of a cube's tile.
const COLUMNS: usize = 64;
/// Pixels summed between two waits.
const DEEP: usize = 16;
/// Cubes that fill a GPU.
const CUBES: usize = 2048;
/// Parts into which pixels are cut at most.
const PARTS: usize = 512;

/// The window and the cube's tile, known when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tile {
    side: usize,
    stride: usize,
    padding: usize,
    /// Output channels.
    rows: usize,
}

impl Tile {
    const fn units(self) -> usize {
        self.rows / VECTOR * (COLUMNS / VECTOR)
    }
}

/// Sums of one part of the pixels, as (parts, groups, outputs, places, inputs).
#[cube(launch_unchecked)]
fn products<I: Size, O: Size>(
    input: &[Vector<f32, I>],
    gradient: &[Vector<f32, O>],
    parts: &mut [f32],
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
) {
    let units = comptime!(tile.units());
    let row_vectors = comptime!(tile.rows / VECTOR);
    let reads = comptime!(DEEP * (COLUMNS / VECTOR) / tile.units());
    let wide = I::value().comptime();
    let kinds = comptime!(VECTOR / wide);
    let unit = UNIT_POS as usize;
    let group = CUBE_POS_Z as usize;
    let first_column = (CUBE_POS_X as usize % column_tiles) * COLUMNS;
    let first_row = (CUBE_POS_X as usize / column_tiles) * tile.rows;
    let part = CUBE_POS_Y as usize;
    let part_end = (part + 1) * part_pixels;
    let end = select(part_end < pixels, part_end, pixels);
    let all_columns = inputs * comptime!(tile.side * tile.side);
    let (x, y) = (
        unit % comptime!(COLUMNS / VECTOR),
        unit / comptime!(COLUMNS / VECTOR),
    );

    let mut left = Shared::<[Four]>::new_slice(comptime!(DEEP * row_vectors));
    let mut right = Shared::<[Four]>::new_slice(comptime!(DEEP * COLUMNS / VECTOR));
    let mut sums = Array::<Four>::new(4usize);
    #[unroll]
    for row in 0..VECTOR {
        sums[row] = Four::new(0.0f32);
    }
    let row_lane = unit % row_vectors;
    let row_pixel = unit / row_vectors;
    let row_channel = first_row + row_lane * VECTOR;
    let column = first_column + x * VECTOR;

    let begin = part * part_pixels;
    let mut images = Array::<usize>::new(reads);
    let mut out_rows = Array::<usize>::new(reads);
    let mut out_columns = Array::<usize>::new(reads);
    #[unroll]
    for read in 0..reads {
        let at = begin + y + read * comptime!(units / (COLUMNS / VECTOR));
        let line = at / out_width;
        images[read] = line / out_height;
        out_rows[read] = line % out_height;
        out_columns[read] = at % out_width;
    }
    // Where the window's place and the channel of each column lie from the pixel that it stands at.
    let mut down_by = Array::<i32>::new(kinds);
    let mut across_by = Array::<i32>::new(kinds);
    let mut channel_of = Array::<usize>::new(kinds);
    #[unroll]
    for lane in 0..kinds {
        let place = (column + lane) / inputs;
        channel_of[lane] = (column + lane) % inputs;
        down_by[lane] = (place / tile.side) as i32 - comptime!(tile.padding as i32);
        across_by[lane] = (place % tile.side) as i32 - comptime!(tile.padding as i32);
    }
    let mut next_left = Four::new(0.0f32);
    let mut next_right = Array::<Four>::new(reads);

    let mut pixel = begin;
    let mut ahead = begin;
    while pixel < end {
        if ahead > begin {
            sync_cube();
            left[row_pixel * row_vectors + row_lane] = next_left;
            #[unroll]
            for read in 0..reads {
                let row = y + read * comptime!(units / (COLUMNS / VECTOR));
                right[row * comptime!(COLUMNS / VECTOR) + x] = next_right[read];
            }
            sync_cube();
        }
        if ahead < end {
            next_left = Four::new(0.0f32);
            if ahead + row_pixel < end && row_channel < outputs {
                let at = ((ahead + row_pixel) * groups + group) * outputs + row_channel;
                next_left = lanes::<O>(gradient, at, outputs - row_channel);
            }
            #[unroll]
            for read in 0..reads {
                let at = ahead + y + read * comptime!(units / (COLUMNS / VECTOR));
                let mut value = Four::new(0.0f32);
                if at < end {
                    #[unroll]
                    for lane in 0..kinds {
                        let row = (out_rows[read] * tile.stride) as i32 + down_by[lane];
                        let across = (out_columns[read] * tile.stride) as i32 + across_by[lane];
                        if column + lane < all_columns
                            && row >= 0
                            && across >= 0
                            && row < height as i32
                            && across < width as i32
                        {
                            let pixel =
                                (images[read] * height + row as usize) * width + across as usize;
                            let at = (pixel * groups + group) * inputs + channel_of[lane];
                            if comptime!(wide == VECTOR) {
                                value = Vector::cast_from(input[at / VECTOR]);
                            } else {
                                value.insert(lane, input[at].extract(0usize));
                            }
                        }
                    }
                }
                next_right[read] = value;
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
        if ahead > begin {
            #[unroll]
            for row in 0..DEEP {
                let by = left[row * row_vectors + y];
                let of = right[row * comptime!(COLUMNS / VECTOR) + x];
                #[unroll]
                for lane in 0..VECTOR {
                    sums[lane] += Four::new(by.extract(lane)) * of;
                }
            }
            pixel += DEEP;
        }
        ahead += DEEP;
    }
    #[unroll]
    for lane in 0..VECTOR {
        let output = first_row + y * VECTOR + lane;
        if output < outputs {
            let at = ((part * groups + group) * outputs + output) * all_columns + column;
            #[unroll]
            for of in 0..VECTOR {
                if column + of < all_columns {
                    parts[at + of] = sums[lane].extract(of);
                }
            }
        }
    }
}

/// Adds up the parts and puts the window's places last.
#[cube(launch_unchecked)]
fn add(
    parts: &[f32],
    sums: &mut [f32],
    count: usize,
    parts_count: usize,
    inputs: usize,
    #[comptime] places: usize,
) {
    let x = UNIT_POS_X as usize;
    let y = UNIT_POS_Y as usize;
    let at = CUBE_POS_X as usize * comptime!(ADDED[0]) + x;
    let mut shared = Shared::<[f32]>::new_slice(comptime!(ADDED[0] * ADDED[1]));
    let mut sum = 0.0f32;
    if at < count {
        let mut part = y;
        while part < parts_count {
            sum += parts[part * count + at];
            part += comptime!(ADDED[1]);
        }
    }
    shared[y * comptime!(ADDED[0]) + x] = sum;
    sync_cube();
    if y == 0 && at < count {
        let mut whole = 0.0f32;
        #[unroll]
        for line in 0..comptime!(ADDED[1]) {
            whole += shared[line * comptime!(ADDED[0]) + x];
        }
        let columns = inputs * places;
        let output = at / columns;
        let place = (at % columns) / inputs;
        let channel = at % inputs;
        sums[(output * inputs + channel) * places + place] = whole;
    }
}

/// The gradient by the weights (outputs, inputs / groups, side, side), of an `input` and the `gradient` by the
/// output, both with their channels last.
pub(super) fn weight_gradient(
    client: &Client,
    geometry: &Geometry,
    input: Handle,
    gradient: Handle,
) -> Handle {
    if geometry.is_depthwise() {
        return depthwise::weight_gradient(client, geometry, input, gradient);
    }
    let Geometry {
        images,
        groups,
        kernel,
        stride,
        padding,
        ..
    } = *geometry;
    let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
    let places = geometry.taps();
    let pixels = images * geometry.out_pixels();
    let rows = match outputs {
        0..=16 => 16,
        17..=32 => 32,
        _ => 64,
    };
    let tile = Tile {
        side: kernel,
        stride,
        padding,
        rows,
    };
    let column_tiles = (inputs * places).div_ceil(COLUMNS);
    let tiles = outputs.div_ceil(rows) * column_tiles;
    let wanted = CUBES.div_ceil(tiles * groups).clamp(1, PARTS);
    let part_pixels = pixels.div_ceil(wanted).next_multiple_of(DEEP);
    let parts = pixels.div_ceil(part_pixels);
    let count = geometry.weights();
    let partial = client.empty(parts * count * size_of::<f32>());
    let in_length = images * geometry.pixels() * geometry.inputs;
    // SAFETY: the buffers hold as many numbers as the geometry says, and the kernels check every place that they
    // read or write against it.
    unsafe {
        products::launch_unchecked(
            client,
            CubeCount::Static(tiles as u32, parts as u32, groups as u32),
            CubeDim::new_1d(tile.units() as u32),
            width(inputs),
            width(outputs),
            BufferArg::from_raw_parts(input, in_length),
            BufferArg::from_raw_parts(gradient, pixels * geometry.outputs),
            BufferArg::from_raw_parts(partial.clone(), parts * count),
            geometry.height,
            geometry.width,
            geometry.out_height(),
            geometry.out_width(),
            inputs,
            outputs,
            groups,
            pixels,
            part_pixels,
            column_tiles,
            tile,
        );
    }
    add_parts(client, partial, parts, geometry.outputs, inputs, places)
}

/// Adds up parts of sums (outputs, places, inputs) and gives them as (outputs, inputs, places).
pub(super) fn add_parts(
    client: &Client,
    partial: Handle,
    parts: usize,
    outputs: usize,
    inputs: usize,
    places: usize,
) -> Handle {
    let count = outputs * inputs * places;
    let sums = client.empty(count * size_of::<f32>());
    let (cubes, units) = adding(count);
    // SAFETY: as in `weight_gradient`.
    unsafe {
        add::launch_unchecked(
            client,
            cubes,
            units,
            BufferArg::from_raw_parts(partial, parts * count),
            BufferArg::from_raw_parts(sums.clone(), count),
            count,
            parts,
            inputs,
            places,
        );
    }
    sums
}
