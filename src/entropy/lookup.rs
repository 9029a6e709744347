//! `Σ c log2 c` over counts by looking up, in integers: the same digits in any order, on any machine.

use std::sync::LazyLock;

use super::shannon::{Tally, count_log_count};

#[cfg(target_arch = "x86_64")]
mod x86;

/// Number of 8-bit values.
pub(super) const BINS: usize = 256;
/// Parts of the bins that are added up together.
pub(super) const EIGHTHS: usize = BINS / 32;
/// Largest count, and largest number of values, of a histogram that can be looked up.
pub(super) const LARGEST: usize = u16::MAX as usize;
/// An entry is `round(c log2 c * 2^SCALE)`: rounding changes an entropy by less than 1e-11 bits.
const SCALE: u32 = 35;
/// Bits of an entry below the one that says that a bin is occupied.
const OCCUPIED: u32 = 55;
/// Counts below this are looked up two at a time, or inside registers.
const FEW: usize = 64;

/// Sums over the bins of a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// `Σ round(c log2 c * 2^35)`.
    scaled: u64,
    /// Occupied bins.
    occupied: u64,
}

impl Sums {
    /// Sums of nothing that has been added yet but `occupied` bins of one value each.
    pub(super) const fn ones(occupied: u64) -> Self {
        Self {
            scaled: 0,
            occupied,
        }
    }

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
    pairs: Box<[u64; FEW * FEW]>,
    /// Entries of small counts in three parts of 15 bits, lowest first.
    #[cfg(target_arch = "x86_64")]
    parts: [[u16; FEW]; 3],
}

/// The one set of tables.
pub(super) static LOOKUP: LazyLock<Lookup> = LazyLock::new(Lookup::new);

impl Lookup {
    fn new() -> Self {
        let mut singles: Box<[u64; 1 << 16]> = zeros();
        for (count, entry) in singles.iter_mut().enumerate().skip(1) {
            *entry = scaled(count) | 1 << OCCUPIED;
        }
        let mut pairs: Box<[u64; FEW * FEW]> = zeros();
        for (index, entry) in pairs.iter_mut().enumerate() {
            *entry = singles[index % FEW] + singles[index / FEW];
        }
        Self {
            singles,
            pairs,
            #[cfg(target_arch = "x86_64")]
            parts: [0, 15, 30]
                .map(|shift| std::array::from_fn(|count| (scaled(count) >> shift & 0x7FFF) as u16)),
        }
    }

    /// By how much the sums grow when a bin of `count` values, at least one, gets one more.
    #[inline(always)]
    pub(super) fn growth(&self, count: u16) -> Sums {
        let after = usize::from(count.wrapping_add(1));
        Sums {
            scaled: self.singles[after].wrapping_sub(self.singles[usize::from(count)]),
            occupied: 0,
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

    /// Sums of counts; those that pass 65,535 wrap.
    fn plus(self, one: Self::Counts, other: Self::Counts) -> Self::Counts;

    /// Differences of counts; those below 0 wrap.
    fn minus(self, one: Self::Counts, other: Self::Counts) -> Self::Counts;

    /// Writes counts to memory.
    fn store(self, to: &mut Some32, counts: Self::Counts);

    /// Writes the numbers of those `values` that are greater than their own number, in order;
    /// says how many these are. The first value has the number `first`.
    fn greater(self, values: &[u16; 16], first: u32, to: &mut [u32; 16]) -> usize;

    /// Sums of nothing.
    fn begin(self, lookup: &Lookup) -> Self::Running;

    /// Adds the entries of some counts.
    fn add(self, lookup: &Lookup, running: &mut Self::Running, counts: Self::Counts);

    /// The sums of all that was added: the bins of one histogram.
    fn sums(self, running: Self::Running) -> Sums;
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
    fn plus(self, mut one: Some32, other: Some32) -> Some32 {
        for (sum, count) in one.iter_mut().zip(other) {
            *sum = sum.wrapping_add(count);
        }
        one
    }

    #[inline(always)]
    fn minus(self, mut one: Some32, other: Some32) -> Some32 {
        for (difference, count) in one.iter_mut().zip(other) {
            *difference = difference.wrapping_sub(count);
        }
        one
    }

    #[inline(always)]
    fn store(self, to: &mut Some32, counts: Some32) {
        *to = counts;
    }

    #[inline(always)]
    fn greater(self, values: &[u16; 16], first: u32, to: &mut [u32; 16]) -> usize {
        let mut found = 0;
        for (&value, number) in values.iter().zip(first..) {
            to[found % 16] = number;
            found += usize::from(u32::from(value) > number);
        }
        found
    }

    #[inline(always)]
    fn begin(self, _lookup: &Lookup) -> Sums {
        Sums::default()
    }

    #[inline(always)]
    fn add(self, lookup: &Lookup, running: &mut Sums, counts: Some32) {
        let seen = counts.iter().fold(0, |seen, count| seen | count);
        let mut sums = [0; 4];
        if usize::from(seen) < FEW {
            for word in counts.as_chunks::<8>().0 {
                for (sum, [first, second]) in sums.iter_mut().zip(word.as_chunks().0) {
                    *sum += lookup.pairs[usize::from(first | second << 6) % (FEW * FEW)];
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

    /// Sums of counts, 32 at a time.
    struct SumsOf<'a>(&'a [u16]);

    impl Job for SumsOf<'_> {
        type Output = Sums;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Sums {
            let mut running = adder.begin(&LOOKUP);
            for part in self.0.chunks(32) {
                let mut counts: Some32 = [0; _];
                counts[..part.len()].copy_from_slice(part);
                adder.add(&LOOKUP, &mut running, adder.counts(&counts));
            }
            adder.sums(running)
        }
    }

    /// Which values are greater than their numbers, from 40 on.
    struct Greater(Vec<u16>);

    impl Job for Greater {
        type Output = Vec<u32>;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Vec<u32> {
            let mut all = Vec::new();
            for (values, first) in self.0.as_chunks().0.iter().zip((40..).step_by(16)) {
                let mut some = [0; 16];
                let found = adder.greater(values, first, &mut some);
                all.extend_from_slice(&some[..found]);
            }
            all
        }
    }

    #[test]
    fn every_way_finds_the_same_values_greater() {
        let values: Vec<u16> = (0..160_u16)
            .map(|index| [0, index + 40, index + 41, 65_535][usize::from(index * index / 3 % 4)])
            .collect();
        let expected: Vec<u32> = (40..)
            .zip(&values)
            .filter(|&(number, &value)| u32::from(value) > number)
            .map(|(number, _)| number)
            .collect();
        assert!(expected.len() > 20 && expected.len() < 140);
        assert_eq!(Greater(values.clone()).run(Portable), expected);
        assert_eq!(run(Greater(values)), expected);
    }

    #[test]
    fn a_bin_that_grows_one_by_one_has_the_entry_of_its_count() {
        let mut sums = Sums::ones(1);
        for count in 1..LARGEST as u16 {
            sums = sums.plus(LOOKUP.growth(count));
        }
        assert_eq!(sums, Sums::packed(LOOKUP.singles[LARGEST]));
    }

    #[test]
    fn every_way_gives_the_same_integers() {
        let mut state = 3_u32;
        for most in [1, 2, 63, 64, 127, 128, 255, 65_535] {
            for bins in [1, 31, BINS] {
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
                assert_eq!(SumsOf(&counts).run(Portable), expected, "{most}, {bins}");
                assert_eq!(run(SumsOf(&counts)), expected, "{most}, {bins}");
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
            let tally = SumsOf(&counts)
                .run(Portable)
                .tally(largest, (largest as f64).log2());
            for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                let error = tally.bits(estimator) - shannon::entropy(&wide, estimator);
                assert!(error.abs() < 1e-11, "{error} at {largest}");
            }
        }
        let full = SumsOf(&[1; BINS]).run(Portable).tally(256, 8.0);
        assert_eq!(full.bits(Estimator::PlugIn).to_bits(), 8.0_f64.to_bits());
    }
}
