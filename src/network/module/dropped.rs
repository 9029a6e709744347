//! What is left out at random in training, drawn on the host so that a seed drops the same on every device.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A factor for each value: 0 with probability `dropped`, else 1 / (1 - `dropped`), so that the mean is kept.
pub(super) fn kept<const D: usize>(
    shape: [usize; D],
    dropped: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Tensor<D> {
    let scale = (1.0 / (1.0 - dropped)) as f32;
    let factors: Vec<f32> = (0..shape.iter().product())
        .map(|_| if rng.random_bool(dropped) { 0.0 } else { scale })
        .collect();
    Tensor::from_data(TensorData::new(factors, shape), device)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_mean_is_kept() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let factors = kept([100, 100], 0.2, &mut rng, &Device::flex());
        let factors: Vec<f32> = factors.into_data().try_to_vec().unwrap();
        let zeros = factors.iter().filter(|factor| **factor == 0.0).count();
        assert!(
            factors
                .iter()
                .all(|factor| *factor == 0.0 || *factor == 1.25)
        );
        assert!((1_850..2_150).contains(&zeros), "{zeros} of 10,000");
    }
}
