//! Adding up with AVX-512: small counts are looked up inside registers, 32 at a time.

use std::arch::x86_64::__m512i;

use pulp::cast;
use pulp::x86::V4;

use super::{Adder, IN_REGISTERS, Lookup, Portable, Some32, Sums};

/// Vectors of 16-bit numbers in a table.
const VECTORS: usize = IN_REGISTERS / 32;

/// Sums of the three parts of entries in 32-bit lanes, of occupied bins in 16-bit ones, and of what
/// is too large for registers.
pub(in crate::entropy) struct Running {
    tables: [[__m512i; VECTORS]; 3],
    parts: [__m512i; 3],
    occupied: __m512i,
    others: Sums,
}

impl Adder for V4 {
    type Counts = __m512i;
    type Running = Running;

    #[inline(always)]
    fn counts(self, counts: &Some32) -> __m512i {
        cast(*counts)
    }

    #[inline(always)]
    fn widened(self, counts: &[u8; 32]) -> __m512i {
        self.avx512bw._mm512_cvtepu8_epi16(cast(*counts))
    }

    #[inline(always)]
    fn plus(self, one: __m512i, other: __m512i) -> __m512i {
        self.avx512bw._mm512_add_epi16(one, other)
    }

    #[inline(always)]
    fn store(self, to: &mut Some32, counts: __m512i) {
        *to = cast(counts);
    }

    #[inline(always)]
    fn begin(self, lookup: &Lookup) -> Running {
        Running {
            tables: cast(lookup.parts),
            parts: [zero(); 3],
            occupied: zero(),
            others: Sums::default(),
        }
    }

    #[inline(always)]
    fn add(self, lookup: &Lookup, running: &mut Running, counts: __m512i) {
        let bw = self.avx512bw;
        let mut vector = counts;
        let above = cast([!(IN_REGISTERS as u16 - 1); 32]);
        let large = bw._mm512_test_epi16_mask(vector, above);
        if large != 0 {
            running.others = running.others.plus(add_large(lookup, cast(counts), large));
            vector = bw._mm512_maskz_mov_epi16(!large, vector);
        }
        let occupied = bw._mm512_min_epu16(vector, cast([1_u16; 32]));
        running.occupied = bw._mm512_add_epi16(running.occupied, occupied);
        let upper = bw._mm512_test_epi16_mask(vector, cast([64_u16; 32]));
        for ([a, b, c, d], sum) in running.tables.iter().zip(&mut running.parts) {
            let mut entries = bw._mm512_permutex2var_epi16(*a, vector, *b);
            if upper != 0 {
                let high = bw._mm512_permutex2var_epi16(*c, vector, *d);
                entries = bw._mm512_mask_blend_epi16(upper, entries, high);
            }
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
        .plus(running.others)
    }
}

/// The sums of those counts whose bits are set.
#[inline(never)]
fn add_large(lookup: &Lookup, counts: Some32, which: u32) -> Sums {
    let mut some: Some32 = [0; _];
    for (index, (some, count)) in some.iter_mut().zip(counts).enumerate() {
        *some = count * (which >> index & 1) as u16;
    }
    Portable.sums_of(lookup, &some)
}

#[inline(always)]
fn zero() -> __m512i {
    cast([0_u64; 8])
}
