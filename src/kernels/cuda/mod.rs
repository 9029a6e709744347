//! The kernels of a GPU, in `CubeCL`: the same operations as on a CPU, in true 32-bit floats unless tensor cores are asked
//! for, with a fixed choice of kernel, so that no run waits for tuning and every run on one GPU sums in the same order.
//!
//! Tensors are in memory with their channels last (NHWC).

#![allow(
    clippy::too_many_lines,
    reason = "units of a cube meet where all of them wait, which is plainest in one function"
)]

mod convolve;
mod copy;
mod depthwise;
mod descend;
mod handles;
mod join;
mod moments;
mod norm;
mod operations;
mod parts;
mod pick;
mod place;
#[cfg(test)]
mod sources;
mod squeeze;
mod tensor;
#[cfg(test)]
pub(crate) mod tests;
mod weight_gradient;
mod window;
#[cfg(test)]
mod writer;

use cubecl::prelude::*;
use cubecl::server::Handle;

pub(super) use descend::square_places;

/// Numbers that are read and summed at once.
const VECTOR: usize = 4;
/// Bytes of shared memory that every GPU gives a cube without being asked for more.
const SHARED_BYTES: usize = 48 << 10;
/// Multiprocessors of the largest GPUs.
const PROCESSORS: usize = 132;
/// Cubes that fill a GPU: two for each multiprocessor of the largest ones.
const CUBES: usize = 2 * PROCESSORS;
/// Units of a cube.
const UNITS: usize = 256;
/// Elements of a cube that adds up parts.
const ADDED: usize = 32;
/// Units that share such an element.
const LINES: usize = 32;

/// Four numbers.
type Four = Vector<f32, Const<4>>;

/// Four numbers of `values` from `at` on, of which `left` are there.
#[cube]
fn lanes<N: Size>(values: &[Vector<f32, N>], at: usize, left: usize) -> Four {
    let wide = N::value().comptime();
    if comptime!(wide == VECTOR) {
        Vector::cast_from(values[at / VECTOR])
    } else {
        let mut four = Four::new(0.0f32);
        #[unroll]
        for part in 0..comptime!(VECTOR / wide) {
            if part * wide < left {
                let some = values[at / wide + part];
                #[unroll]
                for lane in 0..wide {
                    four.insert(comptime!(part * wide + lane), some.extract(lane));
                }
            }
        }
        four
    }
}

/// Writes four numbers, of which `left` are there, to `values` from `at` on.
#[cube]
fn put<N: Size>(values: &mut [Vector<f32, N>], four: Four, at: usize, left: usize) {
    let wide = N::value().comptime();
    if comptime!(wide == VECTOR) {
        values[at / VECTOR] = Vector::cast_from(four);
    } else {
        #[unroll]
        for part in 0..comptime!(VECTOR / wide) {
            if part * wide < left {
                let mut some = Vector::<f32, N>::new(0.0f32);
                #[unroll]
                for lane in 0..wide {
                    some.insert(lane, four.extract(comptime!(part * wide + lane)));
                }
                values[at / wide + part] = some;
            }
        }
    }
}

/// Cubes with a unit for each of so many results.
fn cubes(results: usize) -> CubeCount {
    let cubes = results.div_ceil(UNITS);
    let across = cubes.min(32_768);
    CubeCount::Static(across as u32, cubes.div_ceil(across) as u32, 1)
}

/// Cubes that add up the parts of so many elements, and their units, of which `lines` share an element.
fn adding(elements: usize, lines: usize) -> (CubeCount, CubeDim) {
    let count = CubeCount::Static(elements.div_ceil(ADDED) as u32, 1, 1);
    (count, CubeDim::new_2d(ADDED as u32, lines as u32))
}

/// Channels that a tile is to have, for so many channels of a group: 16, 32 or 64, unless 24, 40 or 48 leave a fifth fewer
/// of the tiles' channels unused. Tensor cores cannot sum those, but 128 where that makes an eighth more of them at most.
fn tile_channels(channels: usize, tensor: bool) -> usize {
    let usual = match channels {
        0..=16 => 16,
        17..=32 => 32,
        _ => 64,
    };
    let all = |side: usize| channels.next_multiple_of(side);
    if tensor {
        return if 8 * all(128) <= 9 * all(64) {
            128
        } else {
            usual
        };
    }
    [48, 40, 24]
        .into_iter()
        .min_by_key(|&side| all(side))
        .filter(|&side| 4 * all(usual) > 5 * all(side))
        .unwrap_or(usual)
}

/// Vectors side by side in a cube that sums over pixels, of so many.
fn across(vectors: usize) -> usize {
    vectors.next_power_of_two().min(32)
}

/// The memory of `length` numbers, for a kernel.
///
/// # Safety
/// There are so many, and the kernel touches no place beyond them.
unsafe fn numbers(handle: &Handle, length: usize) -> BufferArg {
    BufferArg::from_raw_parts(handle.clone(), length)
}

/// Width of the vectors by which a tensor can be read that has so many channels in a group, or in all where it has no
/// groups.
fn width(channels: usize) -> usize {
    [VECTOR, 2]
        .into_iter()
        .find(|&wide| channels.is_multiple_of(wide))
        .unwrap_or(1)
}
