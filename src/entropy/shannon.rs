//! From counts to bits.
//!
//! With `N` values of which `c_i` fall into bin `i`, the plug-in estimate is
//! `-Σ (c_i/N) log2 (c_i/N) = log2 N - (1/N) Σ c_i log2 c_i` (Shannon 1948). The second form needs
//! one logarithm a bin, and none where `c log2 c` is looked up in a table.

use super::Estimator;

/// Entropy in bits of a histogram of counts; 0 where nothing was counted.
#[must_use]
pub fn entropy(counts: &[u64], estimator: Estimator) -> f64 {
    let mut tally = Tally::default();
    for &count in counts {
        tally.add(count, count_log_count(count));
    }
    tally.bits(estimator)
}

/// What an entropy is computed from: number of values, of occupied bins, and `Σ c log2 c`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    total: u64,
    occupied: u64,
    sum: f64,
    /// `log2 total` where that is known already, else 0.
    log_total: f64,
}

impl Tally {
    /// Adds a bin of `count` values, given its `count log2 count`; an empty bin changes nothing.
    #[inline]
    pub(super) fn add(&mut self, count: u64, count_log_count: f64) {
        self.total += count;
        self.occupied += u64::from(count > 0);
        self.sum += count_log_count;
    }

    /// Adds `bins` bins that hold one value each.
    pub(super) const fn add_singles(&mut self, bins: u64) {
        self.total += bins;
        self.occupied += bins;
    }

    /// Number of occupied bins but one, which is what Miller's correction is proportional to.
    pub(super) const fn free_bins(self) -> u64 {
        self.occupied.saturating_sub(1)
    }

    /// The entropy in bits.
    ///
    /// A single occupied bin gives exactly 0, which rounding would otherwise miss by an ulp.
    pub(super) fn bits(self, estimator: Estimator) -> f64 {
        if self.occupied < 2 {
            return 0.0;
        }
        let total = self.total as f64;
        let log_total = if self.log_total > 0.0 {
            self.log_total
        } else {
            total.log2()
        };
        let plug_in = log_total - self.sum / total;
        match estimator {
            Estimator::PlugIn => plug_in,
            Estimator::MillerMadow => plug_in + miller_madow(self.occupied - 1, self.total),
        }
    }
}

/// Miller's correction in bits for `free` bins (occupied ones but one) and `total` values.
pub(super) fn miller_madow(free: u64, total: u64) -> f64 {
    free as f64 / (2.0 * total.max(1) as f64 * std::f64::consts::LN_2)
}

/// `c log2 c` for small counts, looked up; computed for large ones.
#[derive(Clone, Debug)]
pub(super) struct Table {
    values: Vec<f64>,
}

impl Table {
    /// Largest count that is looked up, so that the table of huge images stays within half a megabyte.
    const LARGEST: usize = 1 << 16;

    /// A table for counts up to `largest`, or up to 65,536 if that is less.
    pub(super) fn new(largest: usize) -> Self {
        let values = (0..=largest.min(Self::LARGEST))
            .map(|count| count_log_count(count as u64))
            .collect();
        Self { values }
    }

    /// `count log2 count`, 0 for 0.
    #[inline]
    pub(super) fn get(&self, count: u32) -> f64 {
        self.values
            .get(count as usize)
            .copied()
            .unwrap_or_else(|| count_log_count(u64::from(count)))
    }
}

/// `c log2 c` as integers, for counts that fit into 16 bits.
///
/// An entry holds `round(c log2 c * 2^scale)` in its upper 55 bits and whether `c > 0` in its lower
/// nine, so that one integer sum over 256 bins gives `Σ c log2 c` and the number of occupied bins,
/// in any order and without rounding. For planes of 65,535 pixels the rounding of the entries
/// changes an entropy by less than 1e-12 bits.
#[derive(Clone, Debug)]
pub(super) struct IntegerTable {
    /// Entry of each count.
    singles: Box<[u64; 1 << 16]>,
    /// Sum of the entries of two counts below 64: `first | second << 6`.
    pairs: Box<[u64; 1 << 12]>,
    scale: f64,
    total: u64,
    log_total: f64,
}

impl IntegerTable {
    /// Largest number of values that a histogram may hold.
    pub(super) const LARGEST: usize = u16::MAX as usize;
    const OCCUPIED_BITS: u32 = 9;

    /// A table for histograms of `total` values, which is at most [`Self::LARGEST`].
    pub(super) fn new(total: usize) -> Self {
        let largest = total.min(Self::LARGEST);
        let most = count_log_count(largest as u64).max(1.0);
        let scale = (54.0 - most.log2().ceil()).exp2();
        let mut singles: Box<[u64; 1 << 16]> = zeros();
        for (count, entry) in singles.iter_mut().enumerate().take(largest + 1).skip(1) {
            let scaled = (count_log_count(count as u64) * scale).round() as u64;
            *entry = scaled << Self::OCCUPIED_BITS | 1;
        }
        let mut pairs: Box<[u64; 1 << 12]> = zeros();
        for (index, entry) in pairs.iter_mut().enumerate() {
            let (first, second) = (singles[index & 63], singles[index >> 6]);
            *entry = first.wrapping_add(second);
        }
        Self {
            singles,
            pairs,
            scale,
            total: largest as u64,
            log_total: (largest.max(1) as f64).log2(),
        }
    }

    /// The tally of a histogram of the table's number of values.
    #[inline]
    pub(super) fn tally(&self, counts: &[u16; 256]) -> Tally {
        let mut seen = [0_u16; 16];
        for part in counts.as_chunks::<16>().0 {
            for (seen, count) in seen.iter_mut().zip(part) {
                *seen |= count;
            }
        }
        let words = counts.as_chunks::<8>().0;
        let mut sums = [0_u64; 2];
        if seen.into_iter().fold(0, |all, some| all | some) < 64 {
            for [a, b, c, d, e, f, g, h] in words {
                sums[0] += self.pair([*a, *b, *c, *d]);
                sums[1] += self.pair([*e, *f, *g, *h]);
            }
        } else {
            for word in words {
                for (index, &count) in word.iter().enumerate() {
                    sums[index & 1] += self.singles[usize::from(count)];
                }
            }
        }
        let sum = sums[0] + sums[1];
        let occupied = sum & ((1 << Self::OCCUPIED_BITS) - 1);
        let sum = (sum >> Self::OCCUPIED_BITS) as f64 / self.scale;
        Tally {
            total: self.total,
            occupied,
            sum,
            log_total: self.log_total,
        }
    }

    /// Entries of four counts below 64, as two pairs.
    #[inline]
    fn pair(&self, counts: [u16; 4]) -> u64 {
        let [a, b, c, d] = counts.map(u64::from);
        let word = a | b << 16 | c << 32 | d << 48;
        let both = word | word >> 10;
        self.pairs[(both & 0xFFF) as usize] + self.pairs[(both >> 32 & 0xFFF) as usize]
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

/// `count log2 count`, 0 for 0.
fn count_log_count(count: u64) -> f64 {
    if count == 0 {
        0.0
    } else {
        count as f64 * (count as f64).log2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} for {expected}");
    }

    #[test]
    fn hand_values() {
        assert_eq!(entropy(&[], Estimator::PlugIn).to_bits(), 0.0_f64.to_bits());
        assert_eq!(
            entropy(&[0, 784, 0], Estimator::PlugIn).to_bits(),
            0.0_f64.to_bits()
        );
        assert_close(entropy(&[1; 256], Estimator::PlugIn), 8.0);
        assert_close(entropy(&[392, 392], Estimator::PlugIn), 1.0);
        assert_close(
            entropy(&[3, 1], Estimator::PlugIn),
            2.0 - 0.75 * 3.0_f64.log2(),
        );
    }

    #[test]
    fn miller_madow_adds_half_the_free_bins_per_value_in_nats() {
        let counts = [5, 3, 2, 0];
        let nats = entropy(&counts, Estimator::PlugIn) * std::f64::consts::LN_2 + 2.0 / 20.0;
        assert_close(
            entropy(&counts, Estimator::MillerMadow),
            nats / std::f64::consts::LN_2,
        );
    }

    #[test]
    fn integers_agree_with_the_formula_and_know_how_many_bins_are_occupied() {
        for largest in [1, 784, 65_535] {
            let mut left = largest as u64;
            let mut counts = [0_u16; 256];
            for (index, count) in counts.iter_mut().enumerate() {
                let share = (index as u64 % 7 * left / 40).min(left);
                *count = share as u16;
                left -= share;
            }
            counts[9] += left as u16;
            for counts in [counts, counts.map(|count| count.min(63))] {
                let wide = counts.map(u64::from);
                let table = IntegerTable::new(wide.iter().sum::<u64>() as usize);
                let tally = table.tally(&counts);
                assert_eq!(
                    tally.occupied,
                    wide.iter().filter(|count| **count > 0).count() as u64
                );
                for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                    let error = tally.bits(estimator) - entropy(&wide, estimator);
                    assert!(error.abs() < 1e-11, "{error} at {largest}");
                }
            }
        }
        let full = IntegerTable::new(256).tally(&[1; 256]);
        assert_eq!((full.occupied, full.bits(Estimator::PlugIn)), (256, 8.0));
    }

    #[test]
    fn the_table_agrees_with_the_formula_on_both_sides_of_its_end() {
        let table = Table::new(10);
        for count in [0, 1, 2, 10, 11, 70_000] {
            assert_eq!(
                table.get(count).to_bits(),
                count_log_count(u64::from(count)).to_bits()
            );
        }
    }
}
