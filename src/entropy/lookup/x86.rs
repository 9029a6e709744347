//! Adding up with AVX-512: small counts are looked up inside registers, 32 at a time.

use std::arch::x86_64::__m512i;

use pulp::cast;
use pulp::x86::V4;

use super::{Adder, BINS, IN_REGISTERS, Lookup, Portable, Sums};

/// Vectors of 16-bit numbers in a table.
const VECTORS: usize = IN_REGISTERS / 32;

impl Adder for V4 {
    #[inline(always)]
    fn narrow(self, lookup: &Lookup, counts: &[u8; BINS]) -> Option<Sums> {
        let all: [__m512i; BINS / 64] = cast(*counts);
        let seen = all.into_iter().fold(zero(), |seen, some| {
            self.avx512f._mm512_or_si512(seen, some)
        });
        if self.avx512bw._mm512_movepi8_mask(seen) != 0 {
            return None;
        }
        let occupied = all
            .into_iter()
            .map(|some| self.avx512bw._mm512_test_epi8_mask(some, some).count_ones())
            .sum();
        let mut parts = Parts::new(self, lookup);
        let few = self.avx512bw._mm512_test_epi8_mask(seen, cast([64_u8; 64])) == 0;
        for half in cast::<_, [_; BINS / 32]>(*counts) {
            parts.add(self.avx512bw._mm512_cvtepu8_epi16(half), few);
        }
        Some(parts.sums(occupied))
    }

    #[inline(always)]
    fn wide(self, lookup: &Lookup, counts: &[u16]) -> Sums {
        let (vectors, rest) = counts.as_chunks::<32>();
        let mut seen = zero();
        let mut occupied = 0;
        for counts in vectors {
            let counts = cast(*counts);
            seen = self.avx512f._mm512_or_si512(seen, counts);
            occupied += self
                .avx512bw
                ._mm512_test_epi16_mask(counts, counts)
                .count_ones();
        }
        let any = |bits: u16| self.avx512bw._mm512_test_epi16_mask(seen, cast([bits; 32])) != 0;
        if any(!(IN_REGISTERS as u16 - 1)) {
            return Portable.wide(lookup, counts);
        }
        let few = !any(64);
        let mut parts = Parts::new(self, lookup);
        for counts in vectors {
            parts.add(cast(*counts), few);
        }
        parts.sums(occupied).plus(Portable.wide(lookup, rest))
    }
}

#[inline(always)]
fn zero() -> __m512i {
    cast([0_u64; 8])
}

/// Sums of the three parts of entries, in 32-bit lanes.
struct Parts {
    simd: V4,
    tables: [[__m512i; VECTORS]; 3],
    sums: [__m512i; 3],
}

impl Parts {
    #[inline(always)]
    fn new(simd: V4, lookup: &Lookup) -> Self {
        Self {
            simd,
            tables: cast(lookup.parts),
            sums: [zero(); 3],
        }
    }

    /// Adds the entries of 32 counts, which are all below 64 where they are `few`.
    #[inline(always)]
    fn add(&mut self, counts: __m512i, few: bool) {
        let bw = self.simd.avx512bw;
        for ([a, b, c, d], sum) in self.tables.iter().zip(&mut self.sums) {
            let mut entries = bw._mm512_permutex2var_epi16(*a, counts, *b);
            if !few {
                let high = bw._mm512_permutex2var_epi16(*c, counts, *d);
                let large = bw._mm512_test_epi16_mask(counts, cast([64_u16; 32]));
                entries = bw._mm512_mask_blend_epi16(large, entries, high);
            }
            let pairs = bw._mm512_madd_epi16(entries, cast([1_u16; 32]));
            *sum = self.simd.avx512f._mm512_add_epi32(*sum, pairs);
        }
    }

    #[inline(always)]
    fn sums(self, occupied: u32) -> Sums {
        let f = self.simd.avx512f;
        let low = cast([u64::from(u32::MAX); 8]);
        let mut all = zero();
        for sum in self.sums.into_iter().rev() {
            let both =
                f._mm512_add_epi64(f._mm512_and_si512(sum, low), f._mm512_srli_epi64::<32>(sum));
            all = f._mm512_add_epi64(f._mm512_slli_epi64::<15>(all), both);
        }
        let lanes: [u64; 8] = cast(all);
        Sums {
            scaled: lanes.iter().sum(),
            occupied: u64::from(occupied),
        }
    }
}
