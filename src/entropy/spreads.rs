//! How other statistics than image information are distributed, for drawing them.

use serde::{Deserialize, Serialize};

use super::{Distribution, Histogram, Measurement, Profile};

/// Distributions behind the readings that do not stand on image information; histograms from 0 to what is possible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spreads {
    /// Entropy of the grey level over images, in bits per pixel.
    pub grey: Distribution,
    /// Entropy of the joint colour over images, in bits per pixel.
    pub joint_colour: Distribution,
    /// Size under a lossless coder over the images that were coded, in bits per pixel.
    pub lossless: Option<Distribution>,
    /// Pixel values 0 to 255 of all channels of all images.
    pub pooled: Histogram,
}

impl Spreads {
    /// The distributions of a measurement's single values.
    #[must_use]
    pub fn of(measurement: &Measurement) -> Self {
        let Measurement { profile, images } = measurement;
        let mut counts = vec![0; 256];
        for channel in images.group_histograms.iter().flatten() {
            for (sum, count) in counts.iter_mut().zip(channel) {
                *sum += count;
            }
        }
        Self {
            grey: Distribution::within(&images.grey, 8.0),
            joint_colour: Distribution::within(&images.joint_colour, most_joint_bits(profile)),
            lossless: (!images.lossless.is_empty())
                .then(|| Distribution::within(&images.lossless, 8.0 * profile.channels as f64)),
            pooled: Histogram {
                edges: (0..=256).map(f64::from).collect(),
                counts,
            },
        }
    }
}

/// The most bits that the entropy of the joint colour can have: no image has more colours than pixels.
#[must_use]
pub fn most_joint_bits(profile: &Profile) -> f64 {
    let pixels = (profile.height * profile.width).max(2) as f64;
    pixels.log2().ceil().min(8.0 * profile.channels as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::glyphs::{Variant, generate};
    use crate::entropy::{Estimator, measure};

    #[test]
    fn spreads_are_those_of_the_measurement() {
        let dataset = generate(Variant::Plain).limited(40, 0);
        let measurement = measure(&dataset, Estimator::PlugIn, 0.0, &|_| {});
        let spreads = Spreads::of(&measurement);
        let profile = &measurement.profile;
        assert!((spreads.grey.mean - profile.grey.mean).abs() < 1e-12);
        assert!((spreads.joint_colour.mean - profile.joint_colour.mean).abs() < 1e-12);
        assert_eq!(spreads.joint_colour.histogram.edges.last(), Some(&10.0));
        assert_eq!(spreads.lossless, None);
        let pixels: u64 = spreads.pooled.counts.iter().sum();
        assert_eq!(pixels, profile.bytes);
    }
}
