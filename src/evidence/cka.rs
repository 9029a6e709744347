//! Linear centred kernel alignment (Kornblith et al. 2019), batch by batch.

/// Sums of the unbiased Hilbert-Schmidt independence criterion over batches (Nguyen et al. 2021,
/// equation 3): averaged before they are divided, they do not depend on the size of the batches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cka {
    cross: f64,
    first: f64,
    second: f64,
}

impl Cka {
    /// Fewest images of a batch: the estimator divides by `images - 3`.
    pub const MIN_IMAGES: usize = 4;

    /// Adds a batch: the Gram matrices (row by row) of the same `images` in two representations. A batch of
    /// fewer than [`Cka::MIN_IMAGES`] is ignored.
    ///
    /// # Panics
    /// Where a matrix is not `images` by `images`.
    pub fn add(&mut self, first: &[f64], second: &[f64], images: usize) {
        assert!(
            [first, second]
                .iter()
                .all(|gram| gram.len() == images * images),
            "a Gram matrix is square"
        );
        if images < Self::MIN_IMAGES {
            return;
        }
        let sums = [first, second].map(|gram| row_sums(gram, images));
        let hsic = |a: (&[f64], &[f64]), b: (&[f64], &[f64])| unbiased(a, b, images);
        let [a, b] = [(first, &*sums[0]), (second, &*sums[1])];
        self.cross += hsic(a, b);
        self.first += hsic(a, a);
        self.second += hsic(b, b);
    }

    /// The alignment: 1 of a representation with itself, rotated, shifted or scaled, and about 0 of independent
    /// ones. `None` where one of the two is constant.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        let value = self.cross / (self.first * self.second).sqrt();
        value.is_finite().then_some(value)
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
        let mut cka = Cka::default();
        for batch in 0..40 {
            let [a, b] = [1, 2].map(|half| gram(&draw(32, 64, 2 * batch + half * 1000)));
            cka.add(&a, &b, 32);
        }
        assert!(cka.value().unwrap().abs() < 0.02, "{cka:?}");
    }

    #[test]
    fn shifting_and_scaling_changes_nothing() {
        let features = draw(9, 6, 1);
        let mut moved = features.clone();
        moved
            .iter_mut()
            .flatten()
            .for_each(|value| *value = 3.0 * *value + 20.0);
        let mut cka = Cka::default();
        cka.add(&gram(&features), &gram(&moved), 9);
        assert!((cka.value().unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_constant_representation_has_no_alignment() {
        assert_eq!(Cka::default().value(), None);
        let mut cka = Cka::default();
        cka.add(&[0.0; 25], &gram(&draw(5, 3, 1)), 5);
        assert_eq!(cka.value(), None);
        let mut few = Cka::default();
        few.add(&[1.0; 9], &[1.0; 9], 3);
        assert_eq!(few, Cka::default());
    }
}
