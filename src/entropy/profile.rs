//! The entropy profile: how image information is distributed over a dataset's training images.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How an entropy is estimated from a histogram of counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// `-Σ p log2 p` over the observed frequencies.
    #[default]
    PlugIn,
    /// Plug-in plus `(occupied bins - 1) / (2 N ln 2)` bits (Miller 1955), since plug-in is biased low.
    MillerMadow,
}

impl Estimator {
    /// Both, plug-in first.
    pub const ALL: [Self; 2] = [Self::PlugIn, Self::MillerMadow];

    /// Its name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlugIn => "plug-in",
            Self::MillerMadow => "miller-madow",
        }
    }
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An estimator that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown estimator '{0}': use plug-in or miller-madow")]
pub struct UnknownEstimator(pub String);

impl FromStr for Estimator {
    type Err = UnknownEstimator;

    fn from_str(text: &str) -> Result<Self, UnknownEstimator> {
        Self::ALL
            .into_iter()
            .find(|estimator| estimator.name() == text)
            .ok_or_else(|| UnknownEstimator(text.to_owned()))
    }
}

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

/// The distribution of image information S = Σ over channels of H, in bits per pixel.
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
    /// Histogram over 0 to 8 bits per channel.
    pub histogram: Histogram,
}

impl Distribution {
    /// The distribution of `values` of images with `channels` channels; all zero without values.
    #[must_use]
    pub fn of(values: &[f64], channels: usize) -> Self {
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
            histogram: Histogram::of(values, 8.0 * channels as f64),
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

/// Entropy of one channel over all images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelEntropy {
    /// `grey`, or `red`, `green`, `blue`.
    pub name: String,
    /// Mean in bits per pixel.
    pub mean: f64,
    /// Sample standard deviation in bits per pixel.
    pub sd: f64,
    /// Its spread; none where it was not measured.
    #[serde(flatten)]
    pub quartiles: Option<Quartiles>,
}

/// Image information of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassEntropy {
    /// The class.
    pub name: String,
    /// Images of it.
    pub images: usize,
    /// Mean in bits per pixel.
    pub mean: f64,
    /// Sample standard deviation in bits per pixel.
    pub sd: f64,
    /// Its spread; none where there are no images or it was not measured.
    #[serde(flatten)]
    pub quartiles: Option<Quartiles>,
}

/// Entropy of the histogram pooled over all images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PooledHistogram {
    /// Per channel, in bits per pixel.
    pub entropy: Vec<f64>,
    /// Sum over channels.
    pub sum: f64,
}

/// The means of a profile by one estimator, in bits per pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimator.
    pub estimator: Estimator,
    /// Mean of S.
    pub image_information: f64,
    /// Mean entropy of the grey level.
    pub grey: f64,
    /// Mean entropy of the joint colour.
    pub joint_colour: f64,
    /// Entropy of the pooled histogram, summed over channels.
    pub pooled_histogram: f64,
}

/// Size of images under a lossless coder, as [`crate::entropy::lossless`] defines it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lossless {
    /// Mean in bits per pixel, all channels together.
    pub mean: f64,
    /// Sample standard deviation in bits per pixel.
    pub sd: f64,
    /// Images of the seeded sample that were coded.
    pub images: usize,
    /// Seconds that took, which [`Profile::seconds`] does not hold.
    pub seconds: f64,
}

/// The entropy profile of a dataset's training images; what `analyze --json` prints first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name of the dataset.
    pub dataset: String,
    /// `train`, since a cap must not be derived from held-out images; `unlabelled` for those of STL-10.
    pub split: String,
    /// Number of images profiled.
    pub images: usize,
    /// Colour planes.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
    /// How entropies were estimated.
    pub estimator: Estimator,
    /// Distribution of S.
    pub image_information: Distribution,
    /// Entropy of the grey level (ITU-R 601 luma, rounded to 8 bits).
    pub grey: Moments,
    /// Entropy of the joint RGB value (24 bits); of the grey value where there is one channel.
    pub joint_colour: Moments,
    /// Entropy channel by channel.
    pub channel_entropy: Vec<ChannelEntropy>,
    /// Entropy of the pooled histogram.
    pub pooled_histogram: PooledHistogram,
    /// Image information class by class.
    pub per_class: Vec<ClassEntropy>,
    /// The means by every estimator, side by side.
    #[serde(default)]
    pub estimates: Vec<Estimate>,
    /// Size under a lossless coder, where that was measured.
    #[serde(default)]
    pub lossless: Option<Lossless>,
    /// Seconds to read and decode the images.
    pub load_seconds: f64,
    /// Seconds to profile them, once in memory.
    pub seconds: f64,
    /// Pixel bytes profiled.
    pub bytes: u64,
}

/// The values of single images, in the order of the training split, in bits per pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageEntropies {
    /// Image information S.
    pub information: Vec<f64>,
    /// Entropy of the grey level.
    pub grey: Vec<f64>,
    /// Entropy of the joint colour.
    pub joint_colour: Vec<f64>,
    /// Bits per pixel under a lossless coder, of the images of a seeded sample, in its order; empty
    /// where that was not measured.
    pub lossless: Vec<f64>,
    /// Pooled counts of disjoint groups of images, `[group][channel][value]`, for resampling pooled histograms.
    pub group_histograms: Vec<Vec<[u64; 256]>>,
}

/// A profile together with the single values behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The summary.
    pub profile: Profile,
    /// The values it summarises.
    pub images: ImageEntropies,
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
    fn quartiles_are_those_of_numpy_and_absent_where_there_is_nothing() {
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
        let class = ClassEntropy {
            name: "a".to_owned(),
            images: 0,
            mean: 0.0,
            sd: 0.0,
            quartiles: None,
        };
        let text = serde_json::to_string(&class).unwrap();
        assert_eq!(text, r#"{"name":"a","images":0,"mean":0.0,"sd":0.0}"#);
        assert_eq!(serde_json::from_str::<ClassEntropy>(&text).unwrap(), class);
        let class = ClassEntropy {
            quartiles: Some(quartiles),
            ..class
        };
        let text = serde_json::to_string(&class).unwrap();
        assert!(text.contains(r#""q1":2.25,"median":3.5"#), "{text}");
        assert_eq!(serde_json::from_str::<ClassEntropy>(&text).unwrap(), class);
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
