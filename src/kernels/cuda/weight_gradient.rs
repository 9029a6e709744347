//! The gradient by the weights: a product of matrices with a row for each output channel and a column for each
//! place of the window and input channel, summed over all pixels. The pixels are cut into parts, whose sums are
//! added up in a fixed order.

use cubecl::client::Client;
use cubecl::cmma::MatrixLayout;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::super::products::Products;
use super::{ADDED, Four, LINES, VECTOR, adding, depthwise, lanes, tensor, width};

/// Pixels summed between two waits.
const DEEP: usize = 16;
/// Units that fill a GPU.
const ALL_UNITS: usize = 65_536;
/// Parts into which pixels are cut at most.
const PARTS: usize = 512;
/// Vectors of columns that a unit sums.
const WIDE: usize = 2;
/// Weights from which on there are enough cubes to add up parts with fewer units each.
const MANY: usize = 16_384;
/// Pixels that are summed without a jump.
const ROWS: usize = 4;

/// The window and the cube's tile, known when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tile {
    side: usize,
    stride: usize,
    padding: usize,
    /// Output channels.
    rows: usize,
    /// Places of the window and input channels.
    columns: usize,
    /// Vectors of output channels that a unit sums.
    high: usize,
    /// Whether tensor cores sum.
    tensor: bool,
}

impl Tile {
    /// The tile of a convolution with so many output channels and columns in a group.
    fn of(geometry: &Geometry, outputs: usize, columns: usize) -> Self {
        let tensor = geometry.products == Products::Tf32
            && outputs.min(geometry.group_inputs()) >= tensor::DEPTH;
        let usual = match outputs {
            0..=16 => 16,
            17..=32 => 32,
            _ => 64,
        };
        let all = |rows: usize| outputs.next_multiple_of(rows);
        let least = [48, 40, 24].into_iter().min_by_key(|&rows| all(rows));
        let rows = least
            .filter(|&rows| !tensor && 4 * all(usual) > 5 * all(rows))
            .unwrap_or(usual);
        let high = if rows == 16 { 1 } else { 2 };
        let [narrow, wide] = [64, 128].map(|width| columns.next_multiple_of(width));
        Self {
            side: geometry.kernel,
            stride: geometry.stride,
            padding: geometry.padding,
            rows,
            columns: if wide * 7 <= narrow * 8 { 128 } else { 64 },
            high,
            tensor,
        }
    }

    /// Units of a cube: those that sum, and enough to read whole rows of columns.
    const fn units(self) -> usize {
        (self.down() * self.across()).next_multiple_of(self.columns / VECTOR)
    }

    /// Whether every unit sums.
    const fn all_sum(self) -> bool {
        self.down() * self.across() == self.units()
    }

    /// Units above one another.
    const fn down(self) -> usize {
        self.rows / (VECTOR * self.high)
    }

    /// Whether the window is one pixel, the same in input and output.
    const fn is_point(self) -> bool {
        self.side == 1 && self.stride == 1 && self.padding == 0
    }

    /// Matrices above one another that a plane sums with tensor cores.
    const fn matrices_high(self) -> usize {
        self.rows / tensor::SIDE
    }

    /// Matrices side by side that a plane sums.
    const fn matrices_beside(self) -> usize {
        self.columns / tensor::SIDE / (self.units() / tensor::PLANE)
    }

    /// Units side by side.
    const fn across(self) -> usize {
        self.columns / (VECTOR * WIDE)
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
    let (down, across) = comptime!((tile.down(), tile.across()));
    let row_vectors = comptime!(tile.rows / VECTOR);
    let column_vectors = comptime!(tile.columns / VECTOR);
    let units = comptime!(tile.units());
    let left_reads = comptime!((DEEP * (tile.rows / VECTOR)).div_ceil(tile.units()));
    let left_whole = comptime!((DEEP * (tile.rows / VECTOR)).is_multiple_of(tile.units()));
    let reads = comptime!((DEEP * (tile.columns / VECTOR)).div_ceil(tile.units()));
    let whole = comptime!((DEEP * (tile.columns / VECTOR)).is_multiple_of(tile.units()));
    let step = comptime!(tile.units() / (tile.columns / VECTOR));
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

    let mut left = Shared::<[Four]>::new_slice(comptime!(2 * DEEP * tile.rows / VECTOR));
    let mut right = Shared::<[Four]>::new_slice(comptime!(2 * DEEP * tile.columns / VECTOR));
    let mut sums = Array::<Four>::new(comptime!(tile.high * VECTOR * WIDE));
    #[unroll]
    for at in 0..comptime!(tile.high * VECTOR * WIDE) {
        sums[at] = Four::new(0.0f32);
    }
    let (matrices_high, beside) = comptime!((tile.matrices_high(), tile.matrices_beside()));
    let of_plane = unit / comptime!(tensor::PLANE);
    let first_matrix = of_plane * beside * comptime!(tensor::SIDE / VECTOR);
    let matrices = tensor::zeros(comptime!(if tile.tensor {
        matrices_high * beside
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
        let at = begin + column_pixel + read * step;
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
        let place = (column + lane * wide) / inputs;
        channel_of[lane] = (column + lane * wide) % inputs;
        down_by[lane] = (place / tile.side) as i32 - comptime!(tile.padding as i32);
        across_by[lane] = (place % tile.side) as i32 - comptime!(tile.padding as i32);
    }
    let mut next_left = Array::<Four>::new(left_reads);
    let mut next_right = Array::<Four>::new(reads);

    let mut pixel = begin;
    let mut ahead = begin;
    let mut half = 0usize;
    while pixel < end {
        // What is summed lies in one half of the shared memory while the other half is written.
        let left_from = half * comptime!(DEEP * tile.rows / VECTOR);
        let right_from = half * comptime!(DEEP * tile.columns / VECTOR);
        if ahead > begin {
            #[unroll]
            for read in 0..left_reads {
                let place = unit + read * units;
                if left_whole || place < comptime!(DEEP * tile.rows / VECTOR) {
                    let mut value = next_left[read];
                    if comptime!(tile.tensor) {
                        value = tensor::rounded(value);
                    }
                    left[left_from + place] = value;
                }
            }
            #[unroll]
            for read in 0..reads {
                let row = column_pixel + read * step;
                if whole || row < DEEP {
                    let mut value = next_right[read];
                    if comptime!(tile.tensor) {
                        value = tensor::rounded(value);
                    }
                    right[right_from + row * column_vectors + column_lane] = value;
                }
            }
            sync_cube();
        }
        if ahead < end {
            #[unroll]
            for read in 0..left_reads {
                let place = unit + read * units;
                let at = ahead + place / row_vectors;
                let row_channel = first_row + place % row_vectors * VECTOR;
                let mut value = Four::new(0.0f32);
                if at < end && row_channel < outputs {
                    let at = (at * groups + group) * outputs + row_channel;
                    value = lanes::<O>(gradient, at, outputs - row_channel);
                }
                next_left[read] = value;
            }
            #[unroll]
            for read in 0..reads {
                let at = ahead + column_pixel + read * step;
                let mut value = Four::new(0.0f32);
                if comptime!(tile.is_point()) {
                    if at < end && column < inputs {
                        let at = (at * groups + group) * inputs + column;
                        value = lanes::<I>(input, at, inputs - column);
                    }
                } else if at < end {
                    #[unroll]
                    for lane in 0..kinds {
                        let row = (out_rows[read] * tile.stride) as i32 + down_by[lane];
                        let beside = (out_columns[read] * tile.stride) as i32 + across_by[lane];
                        if column + lane * wide < all_columns
                            && row >= 0
                            && beside >= 0
                            && row < height as i32
                            && beside < width as i32
                        {
                            let pixel =
                                (images[read] * height + row as usize) * width + beside as usize;
                            let at = (pixel * groups + group) * inputs + channel_of[lane];
                            if comptime!(wide == VECTOR) {
                                value = Vector::cast_from(input[at / VECTOR]);
                            } else {
                                let some = input[at / wide];
                                #[unroll]
                                for one in 0..wide {
                                    value.insert(comptime!(lane * wide + one), some.extract(one));
                                }
                            }
                        }
                    }
                }
                next_right[read] = value;
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
        }
        if ahead > begin {
            if comptime!(tile.tensor) {
                #[unroll]
                for half in 0..comptime!(DEEP / tensor::DEPTH) {
                    tensor::multiply(
                        &left,
                        &right,
                        &matrices,
                        left_from + half * comptime!(tensor::DEPTH * tile.rows / VECTOR),
                        right_from
                            + half * comptime!(tensor::DEPTH * tile.columns / VECTOR)
                            + first_matrix,
                        comptime!(tensor::SIDE / VECTOR),
                        comptime!(tile.rows),
                        comptime!(tile.columns),
                        MatrixLayout::ColMajor,
                        matrices_high,
                        beside,
                    );
                }
            } else if comptime!(tile.all_sum()) || y < down {
                for some in 0..comptime!(DEEP / ROWS) {
                    #[unroll]
                    for one in 0..ROWS {
                        let row = some * ROWS + one;
                        #[unroll]
                        for vector in 0..comptime!(tile.high) {
                            let by = left[left_from + row * row_vectors + vector * down + y];
                            #[unroll]
                            for beside in 0..WIDE {
                                let of =
                                    right[right_from + row * column_vectors + beside * across + x];
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
            pixel += DEEP;
        }
        ahead += DEEP;
        half = 1 - half;
    }
    let part_at = (part * groups + group) * outputs;
    if comptime!(tile.tensor) {
        let mut scratch =
            Shared::<[Four]>::new_slice(comptime!(tile.units() / tensor::PLANE * tensor::RESULT));
        let lane = unit % comptime!(tensor::PLANE);
        let from = of_plane * comptime!(tensor::RESULT);
        #[unroll]
        for row in 0..matrices_high {
            #[unroll]
            for of in 0..beside {
                let sum = &matrices[comptime!(row * beside + of)];
                tensor::show(sum, &mut scratch[from..from + comptime!(tensor::RESULT)]);
                #[unroll]
                for half in 0..2usize {
                    put(
                        parts,
                        scratch[from + lane * 2 + half],
                        part_at,
                        first_row + row * comptime!(tensor::SIDE) + lane / 2,
                        first_column
                            + (first_matrix
                                + of * comptime!(tensor::SIDE / VECTOR)
                                + lane % 2 * 2
                                + half)
                                * VECTOR,
                        outputs,
                        all_columns,
                    );
                }
            }
        }
    } else if comptime!(tile.all_sum()) || y < down {
        #[unroll]
        for line in 0..comptime!(tile.high * VECTOR) {
            #[unroll]
            for beside in 0..WIDE {
                put(
                    parts,
                    sums[line * WIDE + beside],
                    part_at,
                    first_row
                        + (comptime!(line / VECTOR) * down + y) * VECTOR
                        + comptime!(line % VECTOR),
                    first_column + (beside * across + x) * VECTOR,
                    outputs,
                    all_columns,
                );
            }
        }
    }
}

/// Writes what of four sums there is.
#[cube]
fn put(
    parts: &mut [f32],
    sum: Four,
    part_at: usize,
    output: usize,
    column: usize,
    outputs: usize,
    columns: usize,
) {
    if output < outputs {
        let at = (part_at + output) * columns + column;
        #[unroll]
        for lane in 0..VECTOR {
            if column + lane < columns {
                parts[at + lane] = sum.extract(lane);
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
    #[comptime] lines: usize,
) {
    let x = UNIT_POS_X as usize;
    let y = UNIT_POS_Y as usize;
    let at = CUBE_POS_X as usize * ADDED + x;
    let mut shared = Shared::<[f32]>::new_slice(comptime!(ADDED * lines));
    let mut sum = 0.0f32;
    if at < count {
        let mut part = y;
        while part < parts_count {
            sum += parts[part * count + at];
            part += lines;
        }
    }
    shared[y * ADDED + x] = sum;
    sync_cube();
    if y == 0 && at < count {
        let mut whole = 0.0f32;
        #[unroll]
        for line in 0..lines {
            whole += shared[line * ADDED + x];
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
    let Geometry { images, groups, .. } = *geometry;
    let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
    let places = geometry.taps();
    let pixels = images * geometry.out_pixels();
    let tile = Tile::of(geometry, outputs, inputs * places);
    let column_tiles = (inputs * places).div_ceil(tile.columns);
    let tiles = outputs.div_ceil(tile.rows) * column_tiles;
    let wanted = ALL_UNITS
        .div_ceil(tile.units() * tiles * groups)
        .clamp(1, PARTS);
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
    let lines = if count < MANY { LINES } else { LINES / 4 };
    let (cubes, units) = adding(count, lines);
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
            lines,
        );
    }
    sums
}
