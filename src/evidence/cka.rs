//! Linear centred kernel alignment (Kornblith et al. 2019), batch by batch.

use rayon::prelude::*;

/// Sums over batches of the unbiased Hilbert-Schmidt independence criterion of every pair of representations
/// (Nguyen et al. 2021, arXiv 2010.15327, equation 3): summed before they are divided, they do not depend on
/// the size of the batches.
#[derive(Clone, Debug, PartialEq)]
pub struct Cka {
    representations: usize,
    /// Row by row; what is below the diagonal is 0.
    sums: Vec<f64>,
}

impl Cka {
    /// Fewest images of a batch: the estimator divides by `images - 3`.
    pub const MIN_IMAGES: usize = 4;

    /// No batch of so many representations.
    #[must_use]
    pub fn new(representations: usize) -> Self {
        Self {
            representations,
            sums: vec![0.0; representations * representations],
        }
    }

    /// Adds a batch: the Gram matrices (row by row) of the same `images` in every representation. A batch of
    /// fewer than [`Cka::MIN_IMAGES`] is ignored.
    ///
    /// # Panics
    /// Where a matrix is not `images` by `images`, or one is missing.
    pub fn add(&mut self, grams: &[Vec<f64>], images: usize) {
        assert!(
            grams.len() == self.representations
                && grams.iter().all(|gram| gram.len() == images * images),
            "a square Gram matrix of every representation"
        );
        if images < Self::MIN_IMAGES {
            return;
        }
        let rows: Vec<Vec<f64>> = grams.iter().map(|gram| row_sums(gram, images)).collect();
        let of = |at: usize| (&*grams[at], &*rows[at]);
        self.sums.par_iter_mut().enumerate().for_each(|(at, sum)| {
            let (first, second) = (at / grams.len(), at % grams.len());
            if first <= second {
                *sum += unbiased(of(first), of(second), images);
            }
        });
    }

    /// The alignment of two representations: 1 of one with itself, rotated, shifted or scaled, and about 0 of
    /// independent ones. `None` where one of the two is constant.
    #[must_use]
    pub fn value(&self, first: usize, second: usize) -> Option<f64> {
        let sum = |a: usize, b: usize| self.sums[a.min(b) * self.representations + a.max(b)];
        let value = sum(first, second) / (sum(first, first) * sum(second, second)).sqrt();
        value.is_finite().then_some(value)
    }

    /// Every alignment with every other.
    #[must_use]
    pub fn matrix(&self) -> Vec<Vec<Option<f64>>> {
        let all = 0..self.representations;
        all.clone()
            .map(|first| {
                all.clone()
                    .map(|second| self.value(first, second))
                    .collect()
            })
            .collect()
    }
}

/// Sums of a Gram matrix's rows without its diagonal.
fn row_sums(gram: &[f64], images: usize) -> Vec<f64> {
    gram.chunks_exact(images)
        .enumerate()
        .map(|(row, values)| values.iter().sum::<f64>() - values[row])
        .collect()
}

/// The estimator of Song et al. 2012, equation 5, of two Gram matrices with their row sums.
fn unbiased((a, a_rows): (&[f64], &[f64]), (b, b_rows): (&[f64], &[f64]), images: usize) -> f64 {
    let n = images as f64;
    let trace: f64 = a
        .chunks_exact(images)
        .zip(b.chunks_exact(images))
        .enumerate()
        .map(|(row, (a, b))| {
            let all: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            all - a[row] * b[row]
        })
        .sum();
    let rows: f64 = a_rows.iter().zip(b_rows).map(|(a, b)| a * b).sum();
    let totals = a_rows.iter().sum::<f64>() * b_rows.iter().sum::<f64>();
    (trace + totals / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * rows) / (n * (n - 3.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn gram(features: &[Vec<f64>]) -> Vec<f64> {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        features
            .iter()
            .flat_map(|a| features.iter().map(move |b| product(a, b)))
            .collect()
    }

    fn draw(images: usize, features: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut row = || {
            StandardNormal
                .sample_iter(&mut rng)
                .take(features)
                .collect()
        };
        (0..images).map(|_| row()).collect()
    }

    /// The biased estimator gives 0.5 and more for as many features as images; this one gives about 0.
    #[test]
    fn independent_features_do_not_align() {
        let mut cka = Cka::new(2);
        for batch in 0..40 {
            let grams = [1, 2].map(|half| gram(&draw(32, 64, 2 * batch + half * 1000)));
            cka.add(&grams, 32);
        }
        assert!(cka.value(0, 1).unwrap().abs() < 0.02, "{cka:?}");
    }

    #[test]
    fn shifting_and_scaling_changes_nothing() {
        let features = draw(9, 6, 1);
        let mut moved = features.clone();
        moved
            .iter_mut()
            .flatten()
            .for_each(|value| *value = 3.0 * *value + 20.0);
        let mut cka = Cka::new(3);
        cka.add(
            &[&features, &draw(9, 6, 2), &moved].map(|rows| gram(rows)),
            9,
        );
        assert!((cka.value(0, 2).unwrap() - 1.0).abs() < 1e-9);
        assert!(cka.value(0, 1).unwrap() < 0.9);
        assert_eq!(cka.matrix()[1][0], cka.value(0, 1));
        assert!((cka.matrix()[1][2].unwrap() - cka.value(0, 1).unwrap()).abs() < 1e-9);
    }

    #[test]
    fn a_constant_representation_has_no_alignment() {
        assert_eq!(Cka::new(2).value(0, 1), None);
        let mut cka = Cka::new(2);
        cka.add(&[vec![0.0; 25], gram(&draw(5, 3, 1))], 5);
        assert_eq!(cka.value(0, 1), None);
        let mut few = Cka::new(2);
        few.add(&[vec![1.0; 9], vec![1.0; 9]], 3);
        assert_eq!(few, Cka::new(2));
    }
}
