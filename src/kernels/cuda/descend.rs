//! A step of gradient descent in one pass over the numbers.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::descent::Descent;
use super::{UNITS, cubes};

/// A number for each unit.
#[cube(launch_unchecked)]
fn descend(
    weights: &[f32],
    gradients: &[f32],
    velocities: &[f32],
    moved: &mut [f32],
    kept: &mut [f32],
    count: usize,
    rate: f32,
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
        kept[at] = velocity;
        moved[at] = weights[at] - (velocity * momentum + gradient) * rate;
    }
}

/// Weights and velocities after a step, of `count` weights, their gradients and velocities.
pub(super) fn step(
    client: &Client,
    count: usize,
    [weights, gradients, velocities]: [Handle; 3],
    descent: Descent,
) -> [Handle; 2] {
    let results = [(); 2].map(|()| client.empty(count * size_of::<f32>()));
    let of = |handle: Handle| {
        // SAFETY: each buffer holds `count` numbers, and the kernel reads and writes no place beyond them.
        unsafe { BufferArg::from_raw_parts(handle, count) }
    };
    let [moved, kept] = results.clone();
    // SAFETY: as above.
    unsafe {
        descend::launch_unchecked(
            client,
            cubes(count),
            CubeDim::new_1d(UNITS as u32),
            of(weights),
            of(gradients),
            of(velocities),
            of(moved),
            of(kept),
            count,
            descent.rate,
            descent.momentum,
            descent.weight_decay.unwrap_or(0.0),
            descent.first,
        );
    }
    results
}
