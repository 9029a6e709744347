//! The entropy profile: how image information is distributed over a dataset's training images.

use serde::{Deserialize, Serialize};

use super::{Distribution, Estimator, Moments, Quartiles};
use crate::dataset::Skipped;

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

/// The means of a profile by one estimator, in bits per pixel where nothing else is said.
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
    /// Mean entropy of all values of an image together, in nats; none where an older version measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_nats: Option<f64>,
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
    /// What a user must know of how it was read, in sentences; see [`crate::dataset::Dataset::notes`].
    #[serde(default)]
    pub notes: Vec<String>,
    /// The transforms of every image, in their order.
    #[serde(default)]
    pub transform: Vec<String>,
    /// `train`, since a cap must not be derived from held-out images.
    pub split: String,
    /// Files among the images that were left out, by reason.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
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
    /// Entropy of one histogram over all values of an image, channels together, in nats; none where an older version
    /// measured.
    ///
    /// With the plug-in estimator it is `skimage.measure.shannon_entropy(image, base=e)`, the statistic in the first
    /// author's script (<https://github.com/NidhiGowdra/EBCLE>, 2020).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_nats: Option<Distribution>,
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

/// The most that the entropy of 8-bit values can be, in nats.
pub const MAX_IMAGE_NATS: f64 = 8.0 * std::f64::consts::LN_2;

/// The values of single images, in the order of the training split, in bits per pixel where nothing else is said.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageEntropies {
    /// Image information S.
    pub information: Vec<f64>,
    /// Entropy of the grey level.
    pub grey: Vec<f64>,
    /// Entropy of the joint colour.
    pub joint_colour: Vec<f64>,
    /// Entropy of all values together, in nats.
    pub image_nats: Vec<f64>,
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

    #[test]
    fn quartiles_are_absent_from_json_where_there_is_nothing() {
        let quartiles =
            Quartiles::of(&mut [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0]).unwrap();
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
}
