//! A step of gradient descent in one pass over the numbers.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::descent::Descent;
use super::{LINES, UNITS, cubes, numbers};

/// Places that a parameter of `count` numbers takes in the sums of squared gradients: one for each cube.
pub(in crate::kernels) const fn square_places(count: usize) -> usize {
    count.div_ceil(UNITS)
}

/// A number for each unit. Every cube sums the squares of its gradients in a fixed order.
#[cube(launch_unchecked)]
fn descend(
    weights: &mut [f32],
    gradients: &[f32],
    velocities: &mut [f32],
    rate: &[f32],
    squares: &mut [f32],
    place: usize,
    places: usize,
    count: usize,
    momentum: f32,
    decay: f32,
    #[comptime] first: bool,
) {
    let at = ABSOLUTE_POS;
    let mut square = 0.0f32;
    if at < count {
        let alone = gradients[at];
        square = alone * alone;
        let gradient = weights[at] * decay + alone;
        let mut velocity = gradient;
        if comptime!(!first) {
            velocity += velocities[at] * momentum;
        }
        velocities[at] = velocity;
        weights[at] -= (velocity * momentum + gradient) * rate[0];
    }
    let unit = UNIT_POS as usize;
    let mut sums = Shared::<[f32]>::new_slice(UNITS);
    sums[unit] = square;
    sync_cube();
    if unit < LINES {
        let mut sum = 0.0f32;
        for line in 0..comptime!(UNITS / LINES) {
            sum += sums[line * LINES + unit];
        }
        sums[unit] = sum;
    }
    sync_cube();
    let cube = at / UNITS;
    if unit == 0 && cube < places {
        let mut sum = 0.0f32;
        for line in 0..LINES {
            sum += sums[line];
        }
        squares[place + cube] = sum;
    }
}

/// Moves `count` weights and velocities in place, by their gradients and a learning rate, and writes the sums of squared
/// gradients to their places in `squares`, which has so many.
pub(super) fn step(
    client: &Client,
    count: usize,
    [weights, gradients, velocities]: [&Handle; 3],
    rate: &Handle,
    (squares, all): (&Handle, usize),
    descent: Descent,
) {
    let places = square_places(count);
    assert!(descent.place + places <= all);
    // SAFETY: each buffer holds as many numbers as it says, and the kernel reads and writes no place beyond them: it writes
    // `places` sums from `descent.place` on.
    unsafe {
        descend::launch_unchecked(
            client,
            cubes(count),
            CubeDim::new_1d(UNITS as u32),
            numbers(weights, count),
            numbers(gradients, count),
            numbers(velocities, count),
            numbers(rate, 1),
            numbers(squares, all),
            descent.place,
            places,
            count,
            descent.momentum,
            descent.weight_decay.unwrap_or(0.0),
            descent.first,
        );
    }
}
