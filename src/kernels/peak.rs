//! What the processor can do at most.

use std::hint::black_box;
use std::time::Instant;

use super::vector::{Level, Vector, kernel};

/// Sums in registers, enough to keep every unit busy.
const SUMS: usize = 12;
/// Rounds of a run, about a hundredth of a second.
const ROUNDS: usize = 2_000_000;
/// Runs, of which the fastest counts.
const RUNS: usize = 5;

/// Operations per second, in units of 10^9, of products and sums in registers on all threads of the current pool.
///
/// A product with its sum counts as two. It takes about a tenth of a second.
#[must_use]
pub fn peak_gflops() -> f64 {
    let level = Level::detected();
    let operations = (2 * SUMS * level.lanes() * ROUNDS * rayon::current_num_threads()) as f64;
    let seconds = (0..RUNS).map(|_| {
        let start = Instant::now();
        rayon::broadcast(|_| {
            // SAFETY: the level is one that the processor has, and nothing is read or written.
            black_box(unsafe { products(level, black_box(ROUNDS)) })
        });
        start.elapsed().as_secs_f64()
    });
    operations / seconds.fold(f64::INFINITY, f64::min) / 1e9
}

kernel! {
    unsafe fn products(rounds: usize) -> f32 = products_with;
}

#[inline(always)]
unsafe fn products_with<V: Vector>(rounds: usize) -> f32 {
    let (factor, term) = (V::splat(black_box(0.999)), V::splat(black_box(0.5)));
    let mut sums = [term; SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, term);
        }
    }
    let mut total = term;
    for sum in sums {
        total = total.add(sum);
    }
    total.sum()
}
