//! A step of gradient descent in one pass over the numbers.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::descent::Descent;
use super::{UNITS, cubes, numbers};

/// A number for each unit.
#[cube(launch_unchecked)]
fn descend(
    weights: &mut [f32],
    gradients: &[f32],
    velocities: &mut [f32],
    rate: &[f32],
    count: usize,
    momentum: f32,
    decay: f32,
    #[comptime] first: bool,
) {
    let at = ABSOLUTE_POS;
    if at < count {
        let gradient = weights[at] * decay + gradients[at];
        let mut velocity = gradient;
        if comptime!(!first) {
            velocity += velocities[at] * momentum;
        }
        velocities[at] = velocity;
        weights[at] -= (velocity * momentum + gradient) * rate[0];
    }
}

/// Moves `count` weights and velocities in place, by their gradients and a learning rate.
pub(super) fn step(
    client: &Client,
    count: usize,
    [weights, gradients, velocities]: [&Handle; 3],
    rate: &Handle,
    descent: Descent,
) {
    // SAFETY: each buffer holds as many numbers as it says, and the kernel reads and writes no place beyond them.
    unsafe {
        descend::launch_unchecked(
            client,
            cubes(count),
            CubeDim::new_1d(UNITS as u32),
            numbers(weights, count),
            numbers(gradients, count),
            numbers(velocities, count),
            numbers(rate, 1),
            count,
            descent.momentum,
            descent.weight_decay.unwrap_or(0.0),
            descent.first,
        );
    }
}
