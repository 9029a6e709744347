//! Dropout and stochastic depth, drawn on the host so that a seed drops the same on every device.

use std::slice;

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::kernels;

/// The source of the factors with which a step drops features and blocks.
pub enum Dropping<'a> {
    /// Drawn in every step.
    Drawn(&'a mut ChaCha8Rng),
    /// Drawn, and recorded as masks for the steps that replay a captured one.
    Noted(&'a mut ChaCha8Rng, &'a mut Vec<Mask>),
    /// Masks in GPU memory, in the order in which they were recorded.
    Standing(slice::Iter<'a, Mask>),
}

/// Factors at a fixed place in GPU memory.
#[derive(Debug)]
pub struct Mask {
    factors: Tensor<1>,
    dropped: f64,
}

impl Mask {
    /// Replaces the factors with new ones from `rng`.
    pub fn draw(&self, rng: &mut ChaCha8Rng) {
        let count = self.factors.dims()[0];
        let drawn = factors(count, self.dropped, rng, &self.factors.device());
        kernels::assign(&self.factors, drawn);
    }
}

impl Dropping<'_> {
    /// A factor for each value: 0 with probability `dropped`, else 1 / (1 - `dropped`), so that the mean does not change.
    ///
    /// # Panics
    /// Where the masks are those of another network.
    pub(in crate::network) fn kept<const D: usize>(
        &mut self,
        shape: [usize; D],
        dropped: f64,
        device: &Device,
    ) -> Tensor<D> {
        let count = shape.iter().product();
        let factors = match self {
            Self::Drawn(rng) => factors(count, dropped, rng, device),
            Self::Noted(rng, masks) => {
                let factors = factors(count, dropped, rng, device);
                masks.push(Mask {
                    factors: kernels::copied(factors.clone().inner()),
                    dropped,
                });
                factors
            }
            Self::Standing(masks) => {
                let mask = masks.next();
                let mask = mask.filter(|mask| mask.factors.dims() == [count]);
                #[expect(clippy::expect_used, reason = "a network is the same in every step")]
                let mask = mask.expect("a mask for each place that drops");
                Tensor::from_inner(mask.factors.clone())
            }
        };
        factors.reshape(shape)
    }
}

fn factors(count: usize, dropped: f64, rng: &mut ChaCha8Rng, device: &Device) -> Tensor<1> {
    let scale = (1.0 / (1.0 - dropped)) as f32;
    let factors: Vec<f32> = (0..count)
        .map(|_| if rng.random_bool(dropped) { 0.0 } else { scale })
        .collect();
    Tensor::from_data(TensorData::new(factors, [count]), device)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn dropping_does_not_change_the_mean() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let factors = Dropping::Drawn(&mut rng).kept([100, 100], 0.2, &Device::flex());
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
