//! Sixteen numbers in an AVX-512 register.

use std::arch::x86_64::{
    __m512, __mmask16, _CMP_NLE_UQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm512_add_epi32,
    _mm512_add_ps, _mm512_castpd_ps, _mm512_castps_pd, _mm512_castsi512_ps, _mm512_cmp_ps_mask,
    _mm512_cvtps_epi32, _mm512_div_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_permutex2var_ps, _mm512_reduce_add_ps, _mm512_roundscale_ps, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_setr_epi32, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_slli_epi32,
    _mm512_storeu_ps, _mm512_sub_ps, _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd,
    _mm512_unpacklo_ps,
};

use super::{Vector, two_operands};

/// Sixteen numbers.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Avx512(__m512);

/// The bits `low..high`, of 16.
#[inline(always)]
const fn mask(low: usize, high: usize) -> __mmask16 {
    let high = if high > 16 { 16 } else { high };
    ((1_u32 << high) - 1) as __mmask16 & !(((1_u32 << low) - 1) as __mmask16)
}

impl Vector for Avx512 {
    const LANES: usize = 16;
    const MANY_REGISTERS: bool = true;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(_mm512_set1_ps(value))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(_mm512_loadu_ps(from))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm512_storeu_ps(to, self.0);
    }
    #[inline(always)]
    unsafe fn load_range(from: *const f32, low: usize, high: usize) -> Self {
        Self(_mm512_maskz_loadu_ps(mask(low, high), from))
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        _mm512_mask_storeu_ps(to, mask(0, count), self.0);
    }
    two_operands! {
        add: _mm512_add_ps;
        sub: _mm512_sub_ps;
        mul: _mm512_mul_ps;
        div: _mm512_div_ps;
        max: _mm512_max_ps;
        min: _mm512_min_ps;
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(_mm512_fmadd_ps(self.0, factor.0, term.0))
    }
    #[inline(always)]
    unsafe fn where_positive(self, sign: Self) -> Self {
        let positive = _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(sign.0, _mm512_setzero_ps());
        Self(_mm512_maskz_mov_ps(positive, self.0))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(_mm512_roundscale_ps::<
            { _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC },
        >(self.0))
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(self.0), _mm512_set1_epi32(127));
        Self(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent)))
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        _mm512_reduce_add_ps(self.0)
    }
    #[inline(always)]
    unsafe fn interleave(self, other: Self) -> (Self, Self) {
        let first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        let second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
        (
            Self(_mm512_permutex2var_ps(self.0, first, other.0)),
            Self(_mm512_permutex2var_ps(self.0, second, other.0)),
        )
    }
    #[inline(always)]
    unsafe fn deinterleave(self, next: Self) -> (Self, Self) {
        let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        let odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
        (
            Self(_mm512_permutex2var_ps(self.0, even, next.0)),
            Self(_mm512_permutex2var_ps(self.0, odd, next.0)),
        )
    }

    /// Pairs of rows, pairs of pairs, then quarters of registers.
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        let mut fours = [_mm512_setzero_ps(); 16];
        for group in 0..4 {
            let mut rows = [_mm512_setzero_ps(); 4];
            for (at, row) in rows.iter_mut().enumerate() {
                *row = _mm512_loadu_ps(from.add((4 * group + at) * from_stride));
            }
            let [a, b, c, d] = rows;
            let ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
            let cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
            let ab_high = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
            let cd_high = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
            fours[group] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
            fours[4 + group] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
            fours[8 + group] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab_high, cd_high));
            fours[12 + group] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab_high, cd_high));
        }
        for column in 0..4 {
            let [a, b, c, d] = [
                fours[4 * column],
                fours[4 * column + 1],
                fours[4 * column + 2],
                fours[4 * column + 3],
            ];
            let ab = _mm512_shuffle_f32x4::<0b10_00_10_00>(a, b);
            let ab_odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b);
            let cd = _mm512_shuffle_f32x4::<0b10_00_10_00>(c, d);
            let cd_odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(c, d);
            let rows = [
                _mm512_shuffle_f32x4::<0b10_00_10_00>(ab, cd),
                _mm512_shuffle_f32x4::<0b10_00_10_00>(ab_odd, cd_odd),
                _mm512_shuffle_f32x4::<0b11_01_11_01>(ab, cd),
                _mm512_shuffle_f32x4::<0b11_01_11_01>(ab_odd, cd_odd),
            ];
            for (at, row) in rows.into_iter().enumerate() {
                _mm512_storeu_ps(to.add((4 * at + column) * to_stride), row);
            }
        }
    }
}
