//! How values are distributed over images.

use serde::{Deserialize, Serialize};

/// Mean and standard deviation (n - 1) over images, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Mean in bits per pixel.
    pub mean: f64,
    /// Sample standard deviation in bits per pixel.
    pub sd: f64,
}

impl Moments {
    /// Moments of `values`; both are 0 without values, and `sd` is 0 for a single one.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self { mean: 0.0, sd: 0.0 };
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = if values.len() > 1 {
            (squares / (count - 1.0)).sqrt()
        } else {
            0.0
        };
        Self { mean, sd }
    }
}

/// Counts of images over equal bins of image information.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin edges in bits, one more than there are counts.
    pub edges: Vec<f64>,
    /// Images in each bin; the last bin holds its upper edge too.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Number of bins of an image-information histogram.
    pub const BINS: usize = 64;

    /// Counts `values` over [`Self::BINS`] equal bins from 0 to `end`; what lies outside goes to the nearest bin.
    #[must_use]
    pub fn of(values: &[f64], end: f64) -> Self {
        let width = end / Self::BINS as f64;
        let mut counts = vec![0; Self::BINS];
        for value in values {
            counts[((value / width) as usize).min(Self::BINS - 1)] += 1;
        }
        let edges = (0..=Self::BINS).map(|edge| edge as f64 * width).collect();
        Self { edges, counts }
    }
}

/// The distribution of a statistic over images, in its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (n - 1).
    pub sd: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Smallest value.
    pub min: f64,
    /// First quartile (linear interpolation, as numpy's default).
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Largest value.
    pub max: f64,
    /// Histogram from 0 to the most that is possible.
    pub histogram: Histogram,
}

impl Distribution {
    /// The distribution of `values` of images with `channels` channels; all zero without values.
    #[must_use]
    pub fn of(values: &[f64], channels: usize) -> Self {
        Self::within(values, 8.0 * channels as f64)
    }

    /// The distribution of `values`, with a histogram from 0 to `end`.
    #[must_use]
    pub fn within(values: &[f64], end: f64) -> Self {
        let Moments { mean, sd } = Moments::of(values);
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self {
            mean,
            sd,
            standard_error: sd / (values.len().max(1) as f64).sqrt(),
            min: quantile(&sorted, 0.0),
            q1: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            q3: quantile(&sorted, 0.75),
            p95: quantile(&sorted, 0.95),
            max: quantile(&sorted, 1.0),
            histogram: Histogram::of(values, end),
        }
    }
}

/// The `q` quantile of ascending values by linear interpolation, numpy's default; 0 without values.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = q * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Ends and quartiles (linear interpolation, as numpy's default), in bits per pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quartiles {
    /// Smallest value.
    pub min: f64,
    /// First quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// Largest value.
    pub max: f64,
}

impl Quartiles {
    /// Of `values`, whose order is lost, in linear time; none without values.
    #[must_use]
    pub fn of(values: &mut [f64]) -> Option<Self> {
        let last = values.len().checked_sub(1)?;
        let mut from = 0;
        let mut ascending = |q: f64| {
            let place = q * last as f64;
            let below = place.floor() as usize;
            let (_, value, above) =
                values[from..].select_nth_unstable_by(below - from, f64::total_cmp);
            from = below;
            let next = above.iter().copied().min_by(f64::total_cmp);
            *value + (place - below as f64) * (next.unwrap_or(*value) - *value)
        };
        Some(Self {
            min: ascending(0.0),
            q1: ascending(0.25),
            median: ascending(0.5),
            q3: ascending(0.75),
            max: ascending(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} for {expected}");
    }

    /// `numpy.percentile([1, 2, 4, 8, 16], [0, 25, 50, 75, 95, 100])`, `std(ddof=1)`.
    #[test]
    fn statistics_are_those_of_numpy() {
        let distribution = Distribution::of(&[16.0, 1.0, 4.0, 8.0, 2.0], 3);
        assert_close(distribution.mean, 6.2);
        assert_close(distribution.sd, 6.099_180_272_790_763);
        assert_close(distribution.standard_error, 2.727_636_339_397_171);
        assert_close(distribution.min, 1.0);
        assert_close(distribution.q1, 2.0);
        assert_close(distribution.median, 4.0);
        assert_close(distribution.q3, 8.0);
        assert_close(distribution.p95, 14.4);
        assert_close(distribution.max, 16.0);
    }

    #[test]
    fn statistics_of_nothing_and_of_one_value_are_finite() {
        let nothing = Distribution::of(&[], 1);
        assert_close(
            nothing.mean + nothing.sd + nothing.standard_error + nothing.max,
            0.0,
        );
        let one = Distribution::of(&[3.5], 1);
        assert_close(one.mean, 3.5);
        assert_close(one.sd, 0.0);
        assert_close(one.p95, 3.5);
    }

    /// `numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [0, 25, 50, 75, 100])`.
    #[test]
    fn quartiles_are_those_of_numpy_and_none_of_nothing() {
        let mut values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0];
        let quartiles = Quartiles::of(&mut values).unwrap();
        for (actual, expected) in [
            (quartiles.min, 1.0),
            (quartiles.q1, 2.25),
            (quartiles.median, 3.5),
            (quartiles.q3, 5.0),
            (quartiles.max, 9.0),
        ] {
            assert_close(actual, expected);
        }
        assert_close(Quartiles::of(&mut [2.5]).unwrap().q3, 2.5);
        assert_eq!(Quartiles::of(&mut []), None);
    }

    #[test]
    fn the_last_bin_holds_its_upper_edge() {
        let histogram = Histogram::of(&[0.0, 0.125, 7.99, 8.0, 8.1], 8.0);
        assert_eq!(histogram.edges.len(), 65);
        assert_close(histogram.edges[64], 8.0);
        assert_eq!(histogram.counts[0], 1);
        assert_eq!(histogram.counts[1], 1);
        assert_eq!(histogram.counts[63], 3);
    }
}
