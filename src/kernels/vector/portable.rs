//! Eight numbers in an array, for every processor.

use super::{Vector, two_operands};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Portable([f32; 8]);

/// The product and sum, rounded once where the processor does so by itself.
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

/// `map` for each lane of two vectors.
#[inline(always)]
fn lanewise(map: impl Fn(f32, f32) -> f32) -> impl Fn([f32; 8], [f32; 8]) -> [f32; 8] {
    move |mut first, second| {
        for (a, b) in first.iter_mut().zip(second) {
            *a = map(*a, b);
        }
        first
    }
}

impl Vector for Portable {
    const LANES: usize = 8;
    const MANY_REGISTERS: bool = cfg!(target_arch = "aarch64");

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(from.cast::<[f32; 8]>().read_unaligned())
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        to.cast::<[f32; 8]>().write_unaligned(self.0);
    }
    #[inline(always)]
    unsafe fn load_range(from: *const f32, low: usize, high: usize) -> Self {
        let mut lanes = [0.0; 8];
        for (index, lane) in lanes.iter_mut().enumerate() {
            if (low..high).contains(&index) {
                *lane = *from.wrapping_add(index);
            }
        }
        Self(lanes)
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        for (index, lane) in self.0.into_iter().enumerate().take(count) {
            *to.add(index) = lane;
        }
    }
    two_operands! {
        add: lanewise(|a, b| a + b);
        sub: lanewise(|a, b| a - b);
        mul: lanewise(|a, b| a * b);
        div: lanewise(|a, b| a / b);
        max: lanewise(|a, b| if a > b { a } else { b });
        min: lanewise(|a, b| if a < b { a } else { b });
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        let mut result = term.0;
        for ((c, a), b) in result.iter_mut().zip(self.0).zip(factor.0) {
            *c = fused(a, b, *c);
        }
        Self(result)
    }
    #[inline(always)]
    unsafe fn where_positive(self, sign: Self) -> Self {
        Self(lanewise(|a, b| if b <= 0.0 { 0.0 } else { a })(
            self.0, sign.0,
        ))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(self.0.map(f32::round_ties_even))
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        Self(
            self.0
                .map(|a| f32::from_bits((((a as i32) + 127) as u32) << 23)),
        )
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let n = self.0;
        ((n[0] + n[4]) + (n[2] + n[6])) + ((n[1] + n[5]) + (n[3] + n[7]))
    }
    #[inline(always)]
    unsafe fn interleave(self, other: Self) -> (Self, Self) {
        let mut all = [0.0; 16];
        for lane in 0..8 {
            all[2 * lane] = self.0[lane];
            all[2 * lane + 1] = other.0[lane];
        }
        (Self::load(all.as_ptr()), Self::load(all.as_ptr().add(8)))
    }
    #[inline(always)]
    unsafe fn deinterleave(self, next: Self) -> (Self, Self) {
        let (mut even, mut odd) = ([0.0; 8], [0.0; 8]);
        for lane in 0..4 {
            even[lane] = self.0[2 * lane];
            odd[lane] = self.0[2 * lane + 1];
            even[lane + 4] = next.0[2 * lane];
            odd[lane + 4] = next.0[2 * lane + 1];
        }
        (Self(even), Self(odd))
    }
}
