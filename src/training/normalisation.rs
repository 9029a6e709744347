//! How images are normalised: by mean and standard deviation of the training images.

use crate::dataset::{Shape, Split};

/// How a channel's 8-bit values are normalised: (v - mean) / sd.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Mean over the training images.
    pub mean: f64,
    /// Standard deviation over the training images; 1 where all values are equal.
    pub sd: f64,
}

/// The normalisation of each channel by the images of `train`.
#[must_use]
pub fn normalisation(train: &Split, shape: Shape) -> Vec<Normalisation> {
    let mut counts = vec![[0_u64; 256]; shape.channels];
    for image in train.pixels.chunks_exact(shape.bytes().max(1)) {
        for (channel, counts) in counts.iter_mut().enumerate() {
            for &value in &image[channel * shape.area()..][..shape.area()] {
                counts[usize::from(value)] += 1;
            }
        }
    }
    counts
        .iter()
        .map(|counts| {
            let total = counts.iter().sum::<u64>().max(1) as f64;
            let moment = |power: i32| {
                counts
                    .iter()
                    .enumerate()
                    .map(|(value, &count)| count as f64 * (value as f64).powi(power))
                    .sum::<f64>()
                    / total
            };
            let mean = moment(1);
            let sd = (moment(2) - mean * mean).max(0.0).sqrt();
            Normalisation {
                mean,
                sd: if sd > 0.0 { sd } else { 1.0 },
            }
        })
        .collect()
}

/// For each channel the 256 normalised values.
pub(super) fn tables(train: &Split, shape: Shape) -> Vec<[f32; 256]> {
    normalisation(train, shape)
        .into_iter()
        .map(|Normalisation { mean, sd }| {
            std::array::from_fn(|value| ((value as f64 - mean) / sd) as f32)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values 0, 10, …, 90 have mean 45 and standard deviation sqrt(825).
    #[test]
    fn each_channel_is_normalised_by_its_own_values() {
        let shape = Shape {
            channels: 2,
            height: 1,
            width: 1,
        };
        let train = Split {
            pixels: (0..10).flat_map(|image| [image * 10, 7]).collect(),
            labels: vec![0; 10],
        };
        let [first, second] = normalisation(&train, shape)[..] else {
            panic!("two channels")
        };
        assert!((first.mean - 45.0).abs() < 1e-9);
        assert!((first.sd - 825.0_f64.sqrt()).abs() < 1e-9);
        assert_eq!([second.mean, second.sd], [7.0, 1.0]);
        let tables = tables(&train, shape);
        assert!((tables[0][1] - ((1.0 - 45.0) / 825.0_f64.sqrt()) as f32).abs() < 1e-6);
        assert!(tables[1][7].abs() < f32::EPSILON);
    }
}
