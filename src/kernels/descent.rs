//! A step of gradient descent in one pass over the numbers.

use rayon::prelude::*;

/// Numbers of one task.
const TASK: usize = 1 << 14;

/// A step with Nesterov momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// Factor of the previous velocity.
    pub momentum: f32,
    /// Share of the weight that is added to the gradient.
    pub weight_decay: Option<f32>,
    /// Whether there is no velocity yet.
    pub first: bool,
}

impl Descent {
    /// Moves weights and velocities by the learning rate `rate`; every product and sum is rounded by itself.
    pub(super) fn step(
        self,
        rate: f32,
        weights: &mut [f32],
        gradients: &[f32],
        velocities: &mut [f32],
    ) {
        assert_eq!(weights.len(), gradients.len());
        assert_eq!(weights.len(), velocities.len());
        weights
            .par_chunks_mut(TASK)
            .zip(gradients.par_chunks(TASK))
            .zip(velocities.par_chunks_mut(TASK))
            .for_each(|((weights, gradients), velocities)| {
                let numbers = weights.iter_mut().zip(gradients).zip(velocities);
                for ((weight, gradient), velocity) in numbers {
                    let gradient = match self.weight_decay {
                        Some(decay) => *weight * decay + gradient,
                        None => *gradient,
                    };
                    *velocity = if self.first {
                        gradient
                    } else {
                        gradient + *velocity * self.momentum
                    };
                    *weight -= (*velocity * self.momentum + gradient) * rate;
                }
            });
    }
}
