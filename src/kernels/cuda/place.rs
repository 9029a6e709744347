//! Numbers written into memory in place.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::{UNITS, cubes, numbers};

#[cube(launch_unchecked)]
fn copy_each(source: &[f32], target: &mut [f32], count: usize) {
    let at = ABSOLUTE_POS;
    if at < count {
        target[at] = source[at];
    }
}

#[cube(launch_unchecked)]
fn fill_each(target: &mut [f32], count: usize, value: f32) {
    let at = ABSOLUTE_POS;
    if at < count {
        target[at] = value;
    }
}

/// Copies `count` numbers.
pub(super) fn copy(client: &Client, count: usize, source: &Handle, target: &Handle) {
    // SAFETY: both buffers hold `count` numbers, and the kernel touches no place beyond them.
    unsafe {
        copy_each::launch_unchecked(
            client,
            cubes(count),
            CubeDim::new_1d(UNITS as u32),
            numbers(source, count),
            numbers(target, count),
            count,
        );
    }
}

/// Writes one value into `count` numbers.
pub(super) fn fill(client: &Client, count: usize, target: &Handle, value: f32) {
    // SAFETY: the buffer holds `count` numbers, and the kernel touches no place beyond them.
    unsafe {
        fill_each::launch_unchecked(
            client,
            cubes(count),
            CubeDim::new_1d(UNITS as u32),
            numbers(target, count),
            count,
            value,
        );
    }
}
