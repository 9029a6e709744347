//! Adding up the sums of parts of the pixels.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::{ADDED, LINES, adding, width};

/// Weights from which on there are enough cubes to add up parts with whole vectors and fewer units each.
const MANY: usize = 16_384;
/// Units that share a vector of so many weights, at most.
const FEW_LINES: usize = 8;
/// Parts that such a unit adds up, where there are enough.
const EACH: usize = 4;

/// Adds up the parts and puts the window's places last.
#[cube(launch_unchecked)]
fn add<N: Size>(
    parts: &[Vector<f32, N>],
    sums: &mut [f32],
    vectors: usize,
    parts_count: usize,
    inputs: usize,
    #[comptime] places: usize,
    #[comptime] lines: usize,
) {
    let x = UNIT_POS_X as usize;
    let y = UNIT_POS_Y as usize;
    let at = CUBE_POS_X as usize * ADDED + x;
    let mut shared = Shared::<[Vector<f32, N>]>::new_slice(comptime!(ADDED * lines));
    let mut sum = Vector::<f32, N>::new(0.0f32);
    if at < vectors {
        let mut part = y;
        while part < parts_count {
            sum += parts[part * vectors + at];
            part += lines;
        }
    }
    shared[y * ADDED + x] = sum;
    sync_cube();
    if y == 0 && at < vectors {
        let mut whole = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for line in 0..lines {
            whole += shared[line * ADDED + x];
        }
        let first = at * N::value();
        let columns = inputs * places;
        let output = first / columns;
        let place = (first % columns) / inputs;
        let channel = first % inputs;
        #[unroll]
        for lane in 0..N::value() {
            sums[(output * inputs + channel + lane) * places + place] = whole.extract(lane);
        }
    }
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
    let (wide, lines) = if count < MANY {
        (1, LINES)
    } else {
        let lines = parts.div_ceil(EACH).next_power_of_two();
        (width(inputs), lines.min(FEW_LINES))
    };
    let vectors = count / wide;
    let (cubes, units) = adding(vectors, lines);
    // SAFETY: the buffers hold as many numbers as is said here, and the kernel checks every place that it reads or writes
    // against it.
    unsafe {
        add::launch_unchecked(
            client,
            cubes,
            units,
            wide,
            BufferArg::from_raw_parts(partial, parts * count),
            BufferArg::from_raw_parts(sums.clone(), count),
            vectors,
            parts,
            inputs,
            places,
            lines,
        );
    }
    sums
}
