//! Adding up with AVX-512: small counts are looked up inside registers, 32 at a time.

use std::arch::x86_64::__m512i;

use pulp::cast;
use pulp::x86::V4;

use super::{Adder, FEW, Lookup, Some32, Sums};

/// Vectors of 16-bit numbers in a table.
const VECTORS: usize = FEW / 32;

/// Most counts of 32 that are looked up one by one where the others are few.
const ONE_BY_ONE: u32 = 8;

/// Sums of the three parts of entries in 32-bit lanes, of occupied bins in 16-bit ones, and of what
/// is too large for registers.
pub(in crate::entropy) struct Running {
    tables: [[__m512i; VECTORS]; 3],
    parts: [__m512i; 3],
    occupied: __m512i,
    many: u64,
}

impl Adder for V4 {
    type Counts = __m512i;
    type Running = Running;

    #[inline(always)]
    fn counts(self, counts: &Some32) -> __m512i {
        cast(*counts)
    }

    #[inline(always)]
    fn plus(self, one: __m512i, other: __m512i) -> __m512i {
        self.avx512bw._mm512_add_epi16(one, other)
    }

    #[inline(always)]
    fn minus(self, one: __m512i, other: __m512i) -> __m512i {
        self.avx512bw._mm512_sub_epi16(one, other)
    }

    #[inline(always)]
    fn store(self, to: &mut Some32, counts: __m512i) {
        *to = cast(counts);
    }

    #[inline(always)]
    fn greater(self, values: &[u16; 16], first: u32, to: &mut [u32; 16]) -> usize {
        let f = self.avx512f;
        let steps: [u32; 16] = std::array::from_fn(|step| step as u32);
        let numbers = f._mm512_add_epi32(cast([first; 16]), cast(steps));
        let values = f._mm512_cvtepu16_epi32(cast(*values));
        let greater = f._mm512_cmpgt_epu32_mask(values, numbers);
        *to = cast(f._mm512_maskz_compress_epi32(greater, numbers));
        greater.count_ones() as usize
    }

    #[inline(always)]
    fn begin(self, lookup: &Lookup) -> Running {
        Running {
            tables: cast(lookup.parts),
            parts: [zero(); 3],
            occupied: zero(),
            many: 0,
        }
    }

    #[inline(always)]
    fn add(self, lookup: &Lookup, running: &mut Running, counts: __m512i) {
        let bw = self.avx512bw;
        let mut few = counts;
        let many = bw._mm512_test_epi16_mask(counts, cast([!(FEW as u16 - 1); 32]));
        if many != 0 {
            let counts: Some32 = cast(counts);
            if many.count_ones() > ONE_BY_ONE {
                running.many += sum_all(lookup, &counts);
                return;
            }
            running.many += sum_some(lookup, &counts, many);
            few = bw._mm512_maskz_mov_epi16(!many, few);
        }
        let occupied = bw._mm512_min_epi16(few, cast([1_u16; 32]));
        running.occupied = bw._mm512_add_epi16(running.occupied, occupied);
        for ([a, b], sum) in running.tables.iter().zip(&mut running.parts) {
            let entries = bw._mm512_permutex2var_epi16(*a, few, *b);
            let pairs = bw._mm512_madd_epi16(entries, cast([1_u16; 32]));
            *sum = self.avx512f._mm512_add_epi32(*sum, pairs);
        }
    }

    #[inline(always)]
    fn sums(self, running: Running) -> Sums {
        let f = self.avx512f;
        let low = cast([u64::from(u32::MAX); 8]);
        let mut all = zero();
        for sum in running.parts.into_iter().rev() {
            let both =
                f._mm512_add_epi64(f._mm512_and_si512(sum, low), f._mm512_srli_epi64::<32>(sum));
            all = f._mm512_add_epi64(f._mm512_slli_epi64::<15>(all), both);
        }
        let pairs = self
            .avx512bw
            ._mm512_madd_epi16(running.occupied, cast([1_u16; 32]));
        let scaled = f._mm512_reduce_add_epi64(all);
        Sums {
            scaled: scaled.cast_unsigned(),
            occupied: u64::from(f._mm512_reduce_add_epi32(pairs).cast_unsigned()),
        }
        .plus(Sums::packed(running.many))
    }
}

/// The entries of all counts.
#[inline(always)]
fn sum_all(lookup: &Lookup, counts: &Some32) -> u64 {
    let mut sums = [0; 4];
    for four in counts.as_chunks::<4>().0 {
        for (sum, &count) in sums.iter_mut().zip(four) {
            *sum += lookup.singles[usize::from(count)];
        }
    }
    sums.iter().sum()
}

/// The entries of those counts whose bits are set.
#[inline(always)]
fn sum_some(lookup: &Lookup, counts: &Some32, mut which: u32) -> u64 {
    let mut sum = 0;
    while which != 0 {
        let count = counts[which.trailing_zeros() as usize % counts.len()];
        sum += lookup.singles[usize::from(count)];
        which &= which - 1;
    }
    sum
}

#[inline(always)]
fn zero() -> __m512i {
    cast([0_u64; 8])
}
