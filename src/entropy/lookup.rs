//! `Σ c log2 c` over counts by looking up, in integers: the same digits in any order, on any machine.

use std::sync::LazyLock;

use super::shannon::{Tally, count_log_count};

#[cfg(target_arch = "x86_64")]
mod x86;

/// Number of 8-bit values.
pub(super) const BINS: usize = 256;
/// Largest count, and largest number of values, of a histogram that can be looked up.
pub(super) const LARGEST: usize = u16::MAX as usize;
/// An entry is `round(c log2 c * 2^SCALE)`: rounding changes an entropy by less than 1e-11 bits.
const SCALE: u32 = 35;
/// Bits of an entry below the one that says that a bin is occupied.
const OCCUPIED: u32 = 55;
/// Counts below this are looked up two at a time.
const PAIRED: usize = 64;
/// Counts below this are looked up inside registers.
#[cfg(target_arch = "x86_64")]
const IN_REGISTERS: usize = 128;

/// Sums over the bins of a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// `Σ round(c log2 c * 2^35)`.
    scaled: u64,
    /// Occupied bins.
    occupied: u64,
}

impl Sums {
    /// What the entropy of a histogram of `total` values is computed from; `log_total` is its logarithm to base 2.
    #[inline]
    pub(super) fn tally(self, total: usize, log_total: f64) -> Tally {
        let sum = self.scaled as f64 / (1_u64 << SCALE) as f64;
        Tally::new(total as u64, self.occupied, sum, log_total)
    }

    #[inline(always)]
    const fn packed(packed: u64) -> Self {
        Self {
            scaled: packed & ((1 << OCCUPIED) - 1),
            occupied: packed >> OCCUPIED,
        }
    }

    #[inline(always)]
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            scaled: self.scaled + other.scaled,
            occupied: self.occupied + other.occupied,
        }
    }
}

/// The tables of all histograms of at most [`LARGEST`] values.
pub(super) struct Lookup {
    /// Entry of each count, with a one above it where the count is not 0.
    singles: Box<[u64; 1 << 16]>,
    /// Sum of the entries of two counts: `first | second << 6`.
    pairs: Box<[u64; PAIRED * PAIRED]>,
    /// Entries of small counts in three parts of 15 bits, lowest first.
    #[cfg(target_arch = "x86_64")]
    parts: [[u16; IN_REGISTERS]; 3],
}

/// The one set of tables.
pub(super) static LOOKUP: LazyLock<Lookup> = LazyLock::new(Lookup::new);

impl Lookup {
    fn new() -> Self {
        let mut singles: Box<[u64; 1 << 16]> = zeros();
        for (count, entry) in singles.iter_mut().enumerate().skip(1) {
            *entry = scaled(count) | 1 << OCCUPIED;
        }
        let mut pairs: Box<[u64; PAIRED * PAIRED]> = zeros();
        for (index, entry) in pairs.iter_mut().enumerate() {
            *entry = singles[index % PAIRED] + singles[index / PAIRED];
        }
        Self {
            singles,
            pairs,
            #[cfg(target_arch = "x86_64")]
            parts: [0, 15, 30]
                .map(|shift| std::array::from_fn(|count| (scaled(count) >> shift & 0x7FFF) as u16)),
        }
    }
}

fn scaled(count: usize) -> u64 {
    (count_log_count(count as u64) * (1_u64 << SCALE) as f64).round() as u64
}

/// A way to add up entries.
pub(super) trait Adder: Copy {
    /// The sums of counts of 8 bits; none where one of them is too large for this way.
    fn narrow(self, lookup: &Lookup, counts: &[u8; BINS]) -> Option<Sums>;

    /// The sums of counts of 16 bits.
    fn wide(self, lookup: &Lookup, counts: &[u16]) -> Sums;
}

/// The way of every processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

impl Adder for Portable {
    #[inline(always)]
    fn narrow(self, lookup: &Lookup, counts: &[u8; BINS]) -> Option<Sums> {
        let seen = counts.iter().fold(0, |seen, count| seen | count);
        if usize::from(seen) >= PAIRED {
            return None;
        }
        let mut sums = [0; 4];
        for word in counts.as_chunks::<8>().0 {
            let word = u64::from_le_bytes(*word);
            for (index, sum) in sums.iter_mut().enumerate() {
                let pair = word >> (16 * index);
                *sum += lookup.pairs[((pair & 63) | (pair >> 2 & 0xFC0)) as usize];
            }
        }
        Some(Sums::packed(sums.iter().sum()))
    }

    #[inline(always)]
    fn wide(self, lookup: &Lookup, counts: &[u16]) -> Sums {
        counts
            .chunks(BINS)
            .map(|counts| {
                let mut sums = [0; 4];
                let (words, rest) = counts.as_chunks::<4>();
                for word in words {
                    for (sum, &count) in sums.iter_mut().zip(word) {
                        *sum += lookup.singles[usize::from(count)];
                    }
                }
                for &count in rest {
                    sums[0] += lookup.singles[usize::from(count)];
                }
                Sums::packed(sums.iter().sum())
            })
            .fold(Sums::default(), Sums::plus)
    }
}

/// Something that runs faster the better the processor's instructions are.
pub(super) trait Job {
    /// What it gives.
    type Output;

    /// Does it.
    fn run<A: Adder>(self, adder: A) -> Self::Output;
}

/// Does a job with the best instructions that this processor has.
pub(super) fn run<J: Job>(job: J) -> J::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V4::try_new() {
            return simd.vectorize(With { job, adder: simd });
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(With {
                job,
                adder: Portable,
            });
        }
    }
    job.run(Portable)
}

/// A job with the way in which it adds up.
#[cfg(target_arch = "x86_64")]
struct With<J, A> {
    job: J,
    adder: A,
}

#[cfg(target_arch = "x86_64")]
impl<J: Job, A: Adder> pulp::NullaryFnOnce for With<J, A> {
    type Output = J::Output;

    #[inline(always)]
    fn call(self) -> J::Output {
        self.job.run(self.adder)
    }
}

/// An array of zeros that never was on the stack.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "such arrays are too large for the stack"
)]
pub(super) fn zeros<T: Clone + Default, const N: usize>() -> Box<[T; N]> {
    #[expect(clippy::expect_used, reason = "the length is that of the array")]
    vec![T::default(); N]
        .into_boxed_slice()
        .try_into()
        .ok()
        .expect("as many zeros as the array holds")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{Estimator, shannon};

    /// Sums of the same counts in every way that this processor has.
    struct Both<'a>(&'a [u8; BINS]);

    impl Job for Both<'_> {
        type Output = (Option<Sums>, Sums);

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Self::Output {
            (
                adder.narrow(&LOOKUP, self.0),
                adder.wide(&LOOKUP, &self.0.map(u16::from)),
            )
        }
    }

    #[test]
    fn every_way_gives_the_same_integers() {
        let mut state = 3_u32;
        for most in [1, 2, 63, 64, 127, 128, 255] {
            let counts: [u8; BINS] = std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 16) % (most + 1)) as u8
            });
            let wide = Portable.wide(&LOOKUP, &counts.map(u16::from));
            let (narrow, other) = run(Both(&counts));
            assert_eq!(other, wide, "{most}");
            for narrow in [narrow, Portable.narrow(&LOOKUP, &counts)] {
                assert!(narrow.is_none_or(|narrow| narrow == wide), "{most}");
            }
            assert_eq!(Portable.narrow(&LOOKUP, &counts).is_some(), most < 64);
        }
    }

    #[test]
    fn integers_agree_with_the_formula_and_know_how_many_bins_are_occupied() {
        for largest in [1, 784, 65_535] {
            let mut left = largest as u64;
            let mut counts = [0_u16; BINS];
            for (index, count) in counts.iter_mut().enumerate() {
                let share = (index as u64 % 7 * left / 40).min(left);
                *count = share as u16;
                left -= share;
            }
            counts[9] += left as u16;
            let wide = counts.map(u64::from);
            let tally = Portable
                .wide(&LOOKUP, &counts)
                .tally(largest, (largest as f64).log2());
            for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                let error = tally.bits(estimator) - shannon::entropy(&wide, estimator);
                assert!(error.abs() < 1e-11, "{error} at {largest}");
            }
        }
        let full = Portable
            .narrow(&LOOKUP, &[1; BINS])
            .map(|sums| sums.tally(256, 8.0));
        assert_eq!(full.map(|full| full.bits(Estimator::PlugIn)), Some(8.0));
    }
}
