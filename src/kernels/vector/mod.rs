//! A vector of single-precision numbers as every instruction set has it, and the choice among them at run time.
//!
//! Kernels are written once, generic over [`Vector`], and inlined into one function for each [`Level`]
//! that turns its instructions on (the macro `kernel`).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(super) use avx512::Avx512;
pub(super) use portable::Portable;

/// Numbers that every buffer holds behind its last one, so that a vector may be read that starts on it.
pub(super) const SLACK: usize = 64;

/// Instructions that kernels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// 16 numbers, 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 numbers, 16 registers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 8 numbers, in what the compiler makes of them.
    Portable,
}

impl Level {
    /// The best that this processor has.
    pub(super) fn detected() -> Self {
        Self::available()[0]
    }

    /// All that this processor has, the best first.
    pub(super) fn available() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        {
            const ALL: [Level; 3] = [Level::Avx512, Level::Avx2, Level::Portable];
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
            {
                &ALL
            } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                &ALL[1..]
            } else {
                &ALL[2..]
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        &[Self::Portable]
    }

    /// Numbers in a vector.
    pub(super) const fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 16,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 8,
            Self::Portable => 8,
        }
    }
}

/// Asks for the cache line of a number that will be read soon; `from` may lie outside of the allocation.
#[inline(always)]
pub(super) fn prefetch(from: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction, and it reads nothing that a program could notice.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(from.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = from;
}

/// A vector of `LANES` single-precision numbers.
///
/// # Safety
/// Every function must run inside a function that has the instruction set turned on, and every pointer
/// must be valid for the lanes that are read or written.
pub(super) trait Vector: Copy {
    /// Numbers.
    const LANES: usize;
    /// Whether there are 32 registers; else 16.
    const MANY_REGISTERS: bool;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// Lanes `low..high` of the vector at `from`, zeros elsewhere; `from` itself may lie outside of the allocation.
    unsafe fn load_range(from: *const f32, low: usize, high: usize) -> Self;
    /// Stores the first `count` lanes.
    unsafe fn store_first(self, to: *mut f32, count: usize);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// `self` * `factor` + `term`.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The greater of the two; `other` where one of them is not a number.
    unsafe fn max(self, other: Self) -> Self;
    /// The lesser of the two; `other` where one of them is not a number.
    unsafe fn min(self, other: Self) -> Self;
    /// `self` where `sign` is above zero or not a number, else zero.
    unsafe fn where_positive(self, sign: Self) -> Self;
    /// The nearest whole numbers.
    unsafe fn round(self) -> Self;
    /// Two to the power of whole numbers from -126 to 127; 0 for -127, infinity for 128.
    unsafe fn power_of_two(self) -> Self;
    /// The sum of the lanes, in a fixed order.
    unsafe fn sum(self) -> f32;
    /// The lanes of `self` and `other` in turn.
    unsafe fn interleave(self, other: Self) -> (Self, Self);
    /// Every other lane of `self` and `next`: from the first, and from the second.
    unsafe fn deinterleave(self, next: Self) -> (Self, Self);

    /// Writes the columns of `LANES` rows of `LANES` numbers at `from` as rows at `to`.
    unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        for row in 0..Self::LANES {
            for column in 0..Self::LANES {
                *to.add(column * to_stride + row) = *from.add(row * from_stride + column);
            }
        }
    }

    /// The greater of each lane and 0; what is not a number stays so.
    #[inline(always)]
    unsafe fn rectified(self) -> Self {
        Self::splat(0.0).max(self)
    }

    /// e to the power of each lane, within 2 units in the last place: 0 below -87.7, infinity above 88.3, and what is
    /// not a number stays so.
    #[inline(always)]
    unsafe fn exp(self) -> Self {
        let x = Self::splat(89.0).min(Self::splat(-88.0).max(self));
        let n = x.mul(Self::splat(std::f32::consts::LOG2_E)).round();
        let r = n.mul_add(Self::splat(-0.693_359_4), x);
        let r = n.mul_add(Self::splat(2.121_944_4e-4), r);
        let mut p = Self::splat(1.987_569_1e-4);
        for coefficient in [
            1.398_199_9e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            0.5,
        ] {
            p = p.mul_add(r, Self::splat(coefficient));
        }
        let p = p.mul_add(r.mul(r), r).add(Self::splat(1.0));
        p.mul(n.power_of_two())
    }

    /// 1 / (1 + e^-x).
    #[inline(always)]
    unsafe fn sigmoid(self) -> Self {
        let one = Self::splat(1.0);
        one.div(one.add(Self::splat(0.0).sub(self).exp()))
    }
}

/// Methods of [`Vector`] that take two vectors and are one instruction each.
macro_rules! two_operands {
    ($($method:ident: $instruction:expr;)*) => {$(
        #[inline(always)]
        unsafe fn $method(self, other: Self) -> Self {
            Self($instruction(self.0, other.0))
        }
    )*};
}
use two_operands;

/// Defines functions that take a [`Level`] and call `$generic` with its vector type and its instructions enabled; `$number`
/// is a constant parameter of `$generic`.
macro_rules! kernel {
    ($(
        $(#[$meta:meta])*
        $visibility:vis unsafe fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $generic:ident $(, $number:literal)?;
    )*) => {$(
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "a kernel takes its operands one by one")]
        $visibility unsafe fn $name(level: $crate::kernels::vector::Level, $($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            unsafe fn avx512($($argument: $type),*) $(-> $result)? {
                $generic::<$crate::kernels::vector::Avx512 $(, $number)?>($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn avx2($($argument: $type),*) $(-> $result)? {
                $generic::<$crate::kernels::vector::Avx2 $(, $number)?>($($argument),*)
            }
            match level {
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::vector::Level::Avx512 => avx512($($argument),*),
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::vector::Level::Avx2 => avx2($($argument),*),
                $crate::kernels::vector::Level::Portable => {
                    $generic::<$crate::kernels::vector::Portable $(, $number)?>($($argument),*)
                }
            }
        }
    )*};
}
pub(super) use kernel;
