//! Memory of the kernels: results that are written once, and scratch memory that a thread reuses.

use std::cell::RefCell;
use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::vector::SLACK;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Numbers in a cache line.
pub(super) const LINE: usize = 16;

/// Lends scratch memory of `lengths` numbers each, aligned to cache lines and with [`SLACK`] behind each part.
///
/// It holds what the last use left there.
pub(super) fn with_scratch<const N: usize, T>(
    lengths: [usize; N],
    run: impl FnOnce([&mut [f32]; N]) -> T,
) -> T {
    let padded = lengths.map(|length| (length + SLACK).next_multiple_of(LINE));
    let total = padded.iter().sum::<usize>() + LINE;
    let mut scratch = SCRATCH.take();
    if scratch.len() < total {
        scratch.resize(total, 0.0);
    }
    let skipped = scratch
        .as_ptr()
        .align_offset(LINE * size_of::<f32>())
        .min(LINE);
    let mut rest = &mut scratch[skipped..];
    let parts = padded.map(|length| {
        let (part, behind) = std::mem::take(&mut rest).split_at_mut(length);
        rest = behind;
        part
    });
    let result = run(parts);
    SCRATCH.set(scratch);
    result
}

/// A pointer that threads share, each writing its own part.
#[derive(Clone, Copy)]
pub(super) struct Shared(*mut f32);

// SAFETY: the pointer is handed out by an unsafe function alone, whose callers keep to disjoint parts.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// The number at `index`.
    ///
    /// # Safety
    /// `index` is within the allocation, and no two threads use the same number.
    pub(super) unsafe fn at(self, index: usize) -> *mut f32 {
        self.0.add(index)
    }
}

/// A result of `length` numbers, all of which `write` must write.
///
/// # Safety
/// `write` writes every number.
pub(super) unsafe fn written(length: usize, write: impl FnOnce(Shared)) -> Vec<f32> {
    let mut numbers = Vec::<f32>::with_capacity(length);
    write(Shared(numbers.as_mut_ptr()));
    numbers.set_len(length);
    numbers
}

/// A result of parts of `part` numbers each, which `write` writes in parallel from their index.
///
/// # Safety
/// `write` writes all numbers of the part.
pub(super) unsafe fn written_in_parts(
    parts: usize,
    part: usize,
    write: impl Fn(usize, *mut f32) + Sync,
) -> Vec<f32> {
    let mut numbers = Vec::<f32>::with_capacity(parts * part);
    let spare: &mut [MaybeUninit<f32>] = &mut numbers.spare_capacity_mut()[..parts * part];
    spare
        .par_chunks_mut(part.max(1))
        .enumerate()
        .for_each(|(index, numbers)| write(index, numbers.as_mut_ptr().cast()));
    numbers.set_len(parts * part);
    numbers
}
