//! Eight numbers in an AVX register.

use std::arch::x86_64::{
    __m256, __m256i, _CMP_NLE_UQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_add_ps,
    _mm_add_ss, _mm_cvtss_f32, _mm_movehl_ps, _mm_shuffle_ps, _mm256_add_epi32, _mm256_add_ps,
    _mm256_and_ps, _mm256_and_si256, _mm256_castpd_ps, _mm256_castps_pd, _mm256_castps256_ps128,
    _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cmpgt_epi32, _mm256_cvtps_epi32, _mm256_div_ps,
    _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_maskload_ps,
    _mm256_maskstore_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_permute2f128_ps,
    _mm256_permute4x64_pd, _mm256_round_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32,
    _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps,
    _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

use super::{Vector, two_operands};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Avx2(__m256);

/// All bits of the lanes `low..high`.
#[inline(always)]
unsafe fn mask(low: usize, high: usize) -> __m256i {
    let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let above = _mm256_cmpgt_epi32(lanes, _mm256_set1_epi32(low as i32 - 1));
    let below = _mm256_cmpgt_epi32(_mm256_set1_epi32(high as i32), lanes);
    _mm256_and_si256(above, below)
}

impl Vector for Avx2 {
    const LANES: usize = 8;
    const MANY_REGISTERS: bool = false;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(_mm256_set1_ps(value))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(_mm256_loadu_ps(from))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm256_storeu_ps(to, self.0);
    }
    #[inline(always)]
    unsafe fn load_range(from: *const f32, low: usize, high: usize) -> Self {
        Self(_mm256_maskload_ps(from, mask(low, high)))
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        _mm256_maskstore_ps(to, mask(0, count), self.0);
    }
    two_operands! {
        add: _mm256_add_ps;
        sub: _mm256_sub_ps;
        mul: _mm256_mul_ps;
        div: _mm256_div_ps;
        max: _mm256_max_ps;
        min: _mm256_min_ps;
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(_mm256_fmadd_ps(self.0, factor.0, term.0))
    }
    #[inline(always)]
    unsafe fn where_positive(self, sign: Self) -> Self {
        let positive = _mm256_cmp_ps::<_CMP_NLE_UQ>(sign.0, _mm256_setzero_ps());
        Self(_mm256_and_ps(self.0, positive))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(_mm256_round_ps::<
            { _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC },
        >(self.0))
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
        Self(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let high = _mm256_extractf128_ps::<1>(self.0);
        let four = _mm_add_ps(_mm256_castps256_ps128(self.0), high);
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn interleave(self, other: Self) -> (Self, Self) {
        let low = _mm256_unpacklo_ps(self.0, other.0);
        let high = _mm256_unpackhi_ps(self.0, other.0);
        (
            Self(_mm256_permute2f128_ps::<0x20>(low, high)),
            Self(_mm256_permute2f128_ps::<0x31>(low, high)),
        )
    }
    #[inline(always)]
    unsafe fn deinterleave(self, next: Self) -> (Self, Self) {
        let even = _mm256_castps_pd(_mm256_shuffle_ps::<0b10_00_10_00>(self.0, next.0));
        let odd = _mm256_castps_pd(_mm256_shuffle_ps::<0b11_01_11_01>(self.0, next.0));
        (
            Self(_mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(
                even,
            ))),
            Self(_mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(
                odd,
            ))),
        )
    }
}
