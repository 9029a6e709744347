//! How soon is a cap stable? The same readings of fewer images.

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::dataset::Dataset;
use crate::entropy::{Measurement, lossless, measure_images};

/// Fractions of the training images.
const FRACTIONS: [f64; 5] = [0.01, 0.05, 0.1, 0.5, 1.0];

/// The readings of a part of the images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Fraction of the training images.
    pub fraction: f64,
    /// Their number.
    pub images: usize,
    /// Every reading that has a value on them.
    pub readings: Vec<CurveReading>,
}

/// One reading of a part of the images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveReading {
    /// The rule.
    pub name: Rule,
    /// Its statistic, in the unit of the rule.
    pub value: f64,
    /// The cap.
    pub cap: usize,
}

/// The readings by `rules` on 1, 5, 10, 50 and 100 % of the training images, at least one image each.
///
/// The parts are the first images of one order (see [`lossless::order`]), so that each holds the one
/// before; `measurement`, made of all images with that order for its lossless sample, is the last
/// point and gives the values of coded images to the others.
#[must_use]
pub fn sample_curve(
    dataset: &Dataset,
    measurement: &Measurement,
    order: &[usize],
    rules: &[Rule],
) -> Vec<CurvePoint> {
    let coded = &measurement.images.lossless;
    FRACTIONS
        .into_iter()
        .map(|fraction| {
            let images = ((order.len() as f64 * fraction).round() as usize)
                .max(1)
                .min(order.len());
            let profile = if images == order.len() {
                measurement.profile.clone()
            } else {
                let estimator = measurement.profile.estimator;
                let mut part = measure_images(dataset, &order[..images], estimator);
                part.profile.lossless = lossless::summary(&coded[..images.min(coded.len())]);
                part.profile
            };
            let readings = rules
                .iter()
                .filter_map(|name| {
                    let value = name.value(&profile)?;
                    Some(CurveReading {
                        name: name.clone(),
                        value,
                        cap: Rule::cap(value),
                    })
                })
                .collect();
            CurvePoint {
                fraction,
                images,
                readings,
            }
        })
        .collect()
}
