//! The channels of two tensors side by side, and taken apart again.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::{UNITS, cubes, numbers, width};

#[cube(launch_unchecked)]
fn join_each<N: Size>(
    left: &[Vector<f32, N>],
    right: &[Vector<f32, N>],
    both: &mut [Vector<f32, N>],
    length: usize,
    left_vectors: usize,
    right_vectors: usize,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let vectors = left_vectors + right_vectors;
        let (pixel, vector) = (at / vectors, at % vectors);
        if vector < left_vectors {
            both[at] = left[pixel * left_vectors + vector];
        } else {
            both[at] = right[pixel * right_vectors + vector - left_vectors];
        }
    }
}

#[cube(launch_unchecked)]
fn part_each<N: Size>(
    both: &[Vector<f32, N>],
    left: &mut [Vector<f32, N>],
    right: &mut [Vector<f32, N>],
    length: usize,
    left_vectors: usize,
    right_vectors: usize,
) {
    let at = ABSOLUTE_POS;
    if at < length {
        let vectors = left_vectors + right_vectors;
        let (pixel, vector) = (at / vectors, at % vectors);
        if vector < left_vectors {
            left[pixel * left_vectors + vector] = both[at];
        } else {
            right[pixel * right_vectors + vector - left_vectors] = both[at];
        }
    }
}

/// (N, height, width, both channels) of two tensors with so many pixels and channels.
pub(super) fn joined(
    client: &Client,
    pixels: usize,
    channels: [usize; 2],
    [left, right]: [&Handle; 2],
) -> Handle {
    let both = client.empty(pixels * (channels[0] + channels[1]) * size_of::<f32>());
    let lanes = width(channels[0]).min(width(channels[1]));
    let [left_vectors, right_vectors] = channels.map(|count| count / lanes);
    let length = pixels * (left_vectors + right_vectors);
    // SAFETY: the buffers hold as many numbers as pixels and channels say, and the kernel checks its place.
    unsafe {
        join_each::launch_unchecked(
            client,
            cubes(length),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            numbers(left, pixels * channels[0]),
            numbers(right, pixels * channels[1]),
            numbers(&both, length * lanes),
            length,
            left_vectors,
            right_vectors,
        );
    }
    both
}

/// The two tensors that [`joined`] made one of.
pub(super) fn parted(
    client: &Client,
    pixels: usize,
    channels: [usize; 2],
    both: &Handle,
) -> [Handle; 2] {
    let parts = channels.map(|count| client.empty(pixels * count * size_of::<f32>()));
    let lanes = width(channels[0]).min(width(channels[1]));
    let [left_vectors, right_vectors] = channels.map(|count| count / lanes);
    let length = pixels * (left_vectors + right_vectors);
    // SAFETY: as in `joined`.
    unsafe {
        part_each::launch_unchecked(
            client,
            cubes(length),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            numbers(both, length * lanes),
            numbers(&parts[0], pixels * channels[0]),
            numbers(&parts[1], pixels * channels[1]),
            length,
            left_vectors,
            right_vectors,
        );
    }
    parts
}
