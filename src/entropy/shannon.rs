//! From counts to bits.
//!
//! With `N` values of which `c_i` fall into bin `i`, the plug-in estimate is
//! `-Σ (c_i/N) log2 (c_i/N) = log2 N - (1/N) Σ c_i log2 c_i` (Shannon 1948). The second form needs
//! one logarithm a bin, and none where `c log2 c` is looked up in a table.

use super::Estimator;

/// Entropy in bits of a histogram of counts; 0 where nothing was counted.
#[must_use]
pub fn entropy(counts: &[u64], estimator: Estimator) -> f64 {
    Tally::of(counts).bits(estimator)
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
    /// The tally of a histogram of counts.
    pub(super) fn of(counts: &[u64]) -> Self {
        let mut tally = Self::default();
        for &count in counts {
            tally.add(count, count_log_count(count));
        }
        tally
    }

    /// Adds a bin of `count` values, given its `count log2 count`; an empty bin changes nothing.
    #[inline]
    pub(super) fn add(&mut self, count: u64, count_log_count: f64) {
        self.total += count;
        self.occupied += u64::from(count > 0);
        self.sum += count_log_count;
    }

    /// The tally of `total` values in `occupied` bins, whose `c log2 c` sum up to `sum`.
    pub(super) const fn new(total: u64, occupied: u64, sum: f64, log_total: f64) -> Self {
        Self {
            total,
            occupied,
            sum,
            log_total,
        }
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

/// `count log2 count`, 0 for 0.
pub(super) fn count_log_count(count: u64) -> f64 {
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
