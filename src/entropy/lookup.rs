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

/// Counts of some neighbouring bins.
pub(super) type Some32 = [u16; 32];

/// A way to add up counts and their entries.
pub(super) trait Adder: Copy {
    /// Counts as the processor's registers hold them.
    type Counts: Copy;
    /// Sums in the making.
    type Running;

    /// Counts from memory.
    fn counts(self, counts: &Some32) -> Self::Counts;

    /// Counts of 8 bits from memory.
    fn widened(self, counts: &[u8; 32]) -> Self::Counts;

    /// Sums of counts; those that pass 65,535 wrap.
    fn plus(self, one: Self::Counts, other: Self::Counts) -> Self::Counts;

    /// Writes counts to memory.
    fn store(self, to: &mut Some32, counts: Self::Counts);

    /// Sums of nothing.
    fn begin(self, lookup: &Lookup) -> Self::Running;

    /// Adds the entries of some counts.
    fn add(self, lookup: &Lookup, running: &mut Self::Running, counts: Self::Counts);

    /// The sums of all that was added, of at most 65,536 bins.
    fn sums(self, running: Self::Running) -> Sums;

    /// The sums of any counts of at most [`LARGEST`] values.
    #[inline(always)]
    fn sums_of(self, lookup: &Lookup, counts: &[u16]) -> Sums {
        let mut running = self.begin(lookup);
        let (parts, rest) = counts.as_chunks();
        for part in parts {
            self.add(lookup, &mut running, self.counts(part));
        }
        if !rest.is_empty() {
            let mut last: Some32 = [0; _];
            for (last, &count) in last.iter_mut().zip(rest) {
                *last = count;
            }
            self.add(lookup, &mut running, self.counts(&last));
        }
        self.sums(running)
    }
}

/// The way of every processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

impl Adder for Portable {
    type Counts = Some32;
    type Running = Sums;

    #[inline(always)]
    fn counts(self, counts: &Some32) -> Some32 {
        *counts
    }

    #[inline(always)]
    fn widened(self, counts: &[u8; 32]) -> Some32 {
        counts.map(u16::from)
    }

    #[inline(always)]
    fn plus(self, mut one: Some32, other: Some32) -> Some32 {
        for (sum, count) in one.iter_mut().zip(other) {
            *sum = sum.wrapping_add(count);
        }
        one
    }

    #[inline(always)]
    fn store(self, to: &mut Some32, counts: Some32) {
        *to = counts;
    }

    #[inline(always)]
    fn begin(self, _lookup: &Lookup) -> Sums {
        Sums::default()
    }

    #[inline(always)]
    fn add(self, lookup: &Lookup, running: &mut Sums, counts: Some32) {
        let seen = counts.iter().fold(0, |seen, count| seen | count);
        let mut sums = [0; 4];
        if usize::from(seen) < PAIRED {
            for word in counts.as_chunks::<8>().0 {
                for (sum, [first, second]) in sums.iter_mut().zip(word.as_chunks().0) {
                    *sum += lookup.pairs[usize::from(first | second << 6) % (PAIRED * PAIRED)];
                }
            }
        } else {
            for word in counts.as_chunks::<4>().0 {
                for (sum, &count) in sums.iter_mut().zip(word) {
                    *sum += lookup.singles[usize::from(count)];
                }
            }
        }
        *running = running.plus(Sums::packed(sums.iter().sum()));
    }

    #[inline(always)]
    fn sums(self, running: Sums) -> Sums {
        running
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

    /// Sums of counts in the best way of this processor.
    struct Best<'a>(&'a [u16]);

    impl Job for Best<'_> {
        type Output = Sums;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Sums {
            adder.sums_of(&LOOKUP, self.0)
        }
    }

    #[test]
    fn every_way_gives_the_same_integers() {
        let mut state = 3_u32;
        for most in [1, 2, 63, 64, 127, 128, 255, 65_535] {
            for bins in [1, 31, BINS, 65_536] {
                let mut left = LARGEST as u32;
                let counts: Vec<u16> = (0..bins)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        let count = ((state >> 16) % (most + 1)).min(left);
                        left -= count;
                        count as u16
                    })
                    .collect();
                let expected = counts
                    .iter()
                    .map(|&count| Sums::packed(LOOKUP.singles[usize::from(count)]))
                    .fold(Sums::default(), Sums::plus);
                assert_eq!(
                    Portable.sums_of(&LOOKUP, &counts),
                    expected,
                    "{most}, {bins}"
                );
                assert_eq!(run(Best(&counts)), expected, "{most}, {bins}");
            }
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
                .sums_of(&LOOKUP, &counts)
                .tally(largest, (largest as f64).log2());
            for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                let error = tally.bits(estimator) - shannon::entropy(&wide, estimator);
                assert!(error.abs() < 1e-11, "{error} at {largest}");
            }
        }
        let full = Portable.sums_of(&LOOKUP, &[1; BINS]).tally(256, 8.0);
        assert_eq!(full.bits(Estimator::PlugIn).to_bits(), 8.0_f64.to_bits());
    }
}
