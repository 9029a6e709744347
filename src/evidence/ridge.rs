//! A linear classifier by ridge regression, its strength chosen by leave-one-out errors in closed form.

use rayon::prelude::*;

/// Strengths to choose from: multiples of the identity that are added to the standardised features' products.
pub const STRENGTHS: [f64; 6] = [0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// A classifier that is linear in its features.
///
/// As `make_pipeline(StandardScaler(), RidgeClassifierCV(STRENGTHS))` of scikit-learn: features are standardised, a
/// class is 1 and the others -1, and the strength has the smallest mean squared leave-one-out error.
#[derive(Clone, Debug, PartialEq)]
pub struct Ridge {
    /// The chosen strength.
    pub strength: f64,
    /// Mean squared leave-one-out error of each of [`STRENGTHS`].
    pub errors: [f64; STRENGTHS.len()],
    /// The classes of its sample.
    classes: Vec<i32>,
    /// Of the features as they come (features, classes), row by row.
    weights: Vec<f64>,
    /// A number for each class.
    bias: Vec<f64>,
}

/// Standardised features of a sample, and its classes as 1 and -1 less their mean.
struct Sample {
    images: usize,
    features: usize,
    classes: usize,
    /// (images, features), row by row.
    rows: Vec<f64>,
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// (images, classes), row by row.
    targets: Vec<f64>,
    /// Mean of each class's target.
    centre: Vec<f64>,
}

impl Ridge {
    /// Fits a classifier to the features of images (images, features), row by row, and their classes. `None` where
    /// the images have fewer than two classes, or a feature is not finite.
    ///
    /// # Panics
    /// Where there are not as many features for every image.
    #[must_use]
    pub fn fit(features: &[f32], labels: &[i32]) -> Option<Self> {
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let finite = features.iter().all(|value| value.is_finite());
        if classes.len() < 2 || features.is_empty() || !finite {
            return None;
        }
        let sample = Sample::new(features, labels, &classes);
        let (products, targets) = sample.products();
        let fitted = STRENGTHS.map(|strength| sample.solve(&products, &targets, strength));
        let errors = fitted.each_ref().map(|(error, _)| *error);
        let (best, (_, weights)) = fitted
            .into_iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0))?;
        let (weights, bias) = sample.unscaled(weights);
        Some(Self {
            strength: STRENGTHS[best],
            errors,
            classes,
            weights,
            bias,
        })
    }

    /// Number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.weights.len() / self.classes.len()
    }

    /// The score of each class for one image's features.
    #[must_use]
    pub fn scores(&self, features: &[f32]) -> Vec<f64> {
        let mut scores = self.bias.clone();
        for (&value, weights) in features.iter().zip(self.weights.chunks(self.classes.len())) {
            add_multiple(&mut scores, f64::from(value), weights);
        }
        scores
    }

    /// The class of the highest score.
    #[must_use]
    pub fn classify(&self, features: &[f32]) -> i32 {
        let scores = self.scores(features);
        let mut best = 0;
        for (at, score) in scores.iter().enumerate() {
            if *score > scores[best] {
                best = at;
            }
        }
        self.classes[best]
    }
}

impl Sample {
    fn new(values: &[f32], labels: &[i32], classes: &[i32]) -> Self {
        let (images, features) = (labels.len(), values.len() / labels.len());
        assert_eq!(values.len(), images * features, "features of every image");
        let n = images as f64;
        let column = |at: usize| {
            values
                .iter()
                .skip(at)
                .step_by(features)
                .map(|&v| f64::from(v))
        };
        let mean: Vec<f64> = (0..features)
            .map(|at| column(at).sum::<f64>() / n)
            .collect();
        let scale = mean
            .iter()
            .enumerate()
            .map(|(at, mean)| {
                let variance = column(at).map(|v| (v - mean).powi(2)).sum::<f64>() / n;
                // A feature that is constant but for rounding, as scikit-learn decides it.
                let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
                if variance <= rounding {
                    1.0
                } else {
                    variance.sqrt()
                }
            })
            .collect::<Vec<f64>>();
        let rows = values
            .chunks_exact(features)
            .flat_map(|row| {
                let scaled = row.iter().zip(&mean).zip(&scale);
                scaled.map(|((&value, mean), scale)| (f64::from(value) - mean) / scale)
            })
            .collect();
        let sign = |label: &i32, class: &i32| if label == class { 1.0 } else { -1.0 };
        let centre: Vec<f64> = classes
            .iter()
            .map(|class| labels.iter().map(|label| sign(label, class)).sum::<f64>() / n)
            .collect();
        let targets = labels
            .iter()
            .flat_map(|label| {
                let pairs = classes.iter().zip(&centre);
                pairs.map(move |(class, centre)| sign(label, class) - centre)
            })
            .collect();
        Self {
            images,
            features,
            classes: classes.len(),
            rows,
            mean,
            scale,
            targets,
            centre,
        }
    }

    /// Sums over images of products of features with features and with targets.
    fn products(&self) -> (Vec<f64>, Vec<f64>) {
        let columns: Vec<Vec<f64>> = (0..self.features)
            .map(|at| {
                self.rows
                    .iter()
                    .skip(at)
                    .step_by(self.features)
                    .copied()
                    .collect()
            })
            .collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let products = columns
            .par_iter()
            .flat_map_iter(|a| columns.iter().map(move |b| dot(a, b)))
            .collect();
        let targets = columns
            .par_iter()
            .flat_map_iter(|column| {
                let mut sums = vec![0.0; self.classes];
                for (value, targets) in column.iter().zip(self.targets.chunks_exact(self.classes)) {
                    add_multiple(&mut sums, *value, targets);
                }
                sums
            })
            .collect();
        (products, targets)
    }

    /// Mean squared leave-one-out error, and weights (features, classes), of one strength.
    ///
    /// Leaving image i out changes its residual to e / (1 - h): h is its leverage x' (X'X + strength I)⁻¹ x, and
    /// 1 / images of the intercept, which is not penalised.
    fn solve(&self, products: &[f64], targets: &[f64], strength: f64) -> (f64, Vec<f64>) {
        let mut factor = products.to_vec();
        for at in 0..self.features {
            factor[at * self.features + at] += strength;
        }
        let factor = cholesky(factor, self.features);
        let mut weights = targets.to_vec();
        forward(&factor, self.features, &mut weights);
        backward(&factor, self.features, &mut weights);
        let errors: Vec<f64> = self
            .rows
            .par_chunks_exact(self.features)
            .zip(self.targets.par_chunks_exact(self.classes))
            .map(|(row, targets)| {
                let mut left = row.to_vec();
                forward(&factor, self.features, &mut left);
                let leverage: f64 = left.iter().map(|value| value * value).sum();
                let kept = 1.0 - leverage - 1.0 / self.images as f64;
                let mut residuals = targets.to_vec();
                for (value, weights) in row.iter().zip(weights.chunks_exact(self.classes)) {
                    add_multiple(&mut residuals, -value, weights);
                }
                residuals.iter().map(|e| (e / kept).powi(2)).sum()
            })
            .collect();
        let count = (self.images * self.classes) as f64;
        (errors.iter().sum::<f64>() / count, weights)
    }

    /// Weights and bias for features as they come.
    fn unscaled(&self, mut weights: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        let mut bias = self.centre.clone();
        let rows = weights.chunks_exact_mut(self.classes);
        for ((row, scale), mean) in rows.zip(&self.scale).zip(&self.mean) {
            for weight in &mut *row {
                *weight /= scale;
            }
            add_multiple(&mut bias, -mean, row);
        }
        (weights, bias)
    }
}

fn add_multiple(sums: &mut [f64], factor: f64, values: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// The lower triangle L of a positive definite matrix L L' of so many rows.
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    for row in 0..size {
        let (above, rest) = matrix.split_at_mut(row * size);
        let this = &mut rest[..size];
        for column in 0..row {
            let other = &above[column * size..][..size];
            let sum: f64 = (0..column).map(|at| this[at] * other[at]).sum();
            this[column] = (this[column] - sum) / other[column];
        }
        let sum: f64 = this[..row].iter().map(|value| value * value).sum();
        this[row] = (this[row] - sum).sqrt();
    }
    matrix
}

/// Solves L x = y in place; y has one or more columns, row by row.
fn forward(factor: &[f64], size: usize, values: &mut [f64]) {
    let columns = values.len() / size;
    for row in 0..size {
        let (before, rest) = values.split_at_mut(row * columns);
        let this = &mut rest[..columns];
        for (at, other) in before.chunks_exact(columns).enumerate() {
            add_multiple(this, -factor[row * size + at], other);
        }
        for value in this {
            *value /= factor[row * size + row];
        }
    }
}

/// Solves L' x = y in place.
fn backward(factor: &[f64], size: usize, values: &mut [f64]) {
    let columns = values.len() / size;
    for row in (0..size).rev() {
        let (before, behind) = values.split_at_mut((row + 1) * columns);
        let this = &mut before[row * columns..];
        for (at, other) in behind.chunks_exact(columns).enumerate() {
            add_multiple(this, -factor[(row + 1 + at) * size + row], other);
        }
        for value in this {
            *value /= factor[row * size + row];
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
        serde_json::from_value(value.clone()).unwrap()
    }

    fn assert_near(ours: &[f64], theirs: &[f64], of: &str) {
        assert_eq!(ours.len(), theirs.len(), "{of}");
        for (a, b) in ours.iter().zip(theirs) {
            assert!((a - b).abs() < 1e-8 * b.abs().max(1.0), "{of}: {a} for {b}");
        }
    }

    /// By scikit-learn 1.9.1, see `benches/ridge_reference.py`.
    #[test]
    fn a_classifier_is_that_of_scikit_learn() {
        let cases: Value = serde_json::from_str(include_str!("ridge_reference.json")).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let features: Vec<Vec<f32>> = read(&case["features"]);
            let ridge = Ridge::fit(&features.concat(), &read::<Vec<i32>>(&case["labels"])).unwrap();
            assert_eq!(Some(ridge.strength), case["strength"].as_f64(), "{name}");
            assert_near(&ridge.errors, &read::<Vec<f64>>(&case["errors"]), name);
            let held_out: Vec<Vec<f32>> = read(&case["held_out"]);
            let scores: Vec<Vec<f64>> = read(&case["scores"]);
            for (image, scores) in held_out.iter().zip(&scores) {
                assert_near(&ridge.scores(image), scores, name);
            }
            let classes: Vec<i32> = held_out.iter().map(|image| ridge.classify(image)).collect();
            assert_eq!(classes, read::<Vec<i32>>(&case["classes"]), "{name}");
        }
    }

    #[test]
    fn one_class_or_a_feature_that_is_not_finite_fits_nothing() {
        assert_eq!(Ridge::fit(&[0.0, 1.0], &[3, 3]), None);
        assert_eq!(Ridge::fit(&[0.0, f32::NAN], &[0, 1]), None);
        assert_eq!(Ridge::fit(&[], &[]), None);
        let constant = Ridge::fit(&[5.0; 3], &[0, 1, 1]).unwrap();
        assert_eq!(constant.classify(&[5.0]), 1);
    }
}
