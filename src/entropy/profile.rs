//! The entropy profile: how image information is distributed over a dataset's training images.

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

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

/// Mean and standard deviation (n - 1) over images, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Mean in bits per pixel.
    pub mean: f64,
    /// Sample standard deviation in bits per pixel.
    pub sd: f64,
}

/// Counts of images over equal bins of image information.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin edges in bits, one more than there are counts.
    pub edges: Vec<f64>,
    /// Images in each bin; the last bin holds its upper edge too.
    pub counts: Vec<u64>,
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

/// Entropy of one channel over all images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelEntropy {
    /// `grey`, or `red`, `green`, `blue`.
    pub name: String,
    /// Mean in bits per pixel.
    pub mean: f64,
    /// Sample standard deviation in bits per pixel.
    pub sd: f64,
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
}

/// Entropy of the histogram pooled over all images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PooledHistogram {
    /// Per channel, in bits per pixel.
    pub entropy: Vec<f64>,
    /// Sum over channels.
    pub sum: f64,
}

/// The entropy profile of a dataset's training images; what `analyze --json` prints first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name of the dataset.
    pub dataset: String,
    /// Always `train`: a cap must not be derived from held-out images.
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

/// Profiles the training images of `dataset`; `progress` hears how many images are done, from any thread.
///
/// `load_seconds` of the profile is what the caller measured.
///
/// # Panics
/// Never, not even for a dataset without images: its statistics are zero.
#[must_use]
pub fn measure(
    dataset: &Dataset,
    estimator: Estimator,
    load_seconds: f64,
    progress: &(dyn Fn(usize) + Sync),
) -> Measurement {
    let _ = (dataset, estimator, load_seconds, progress);
    todo!()
}
