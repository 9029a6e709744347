//! A step of gradient descent in one pass over the numbers, with the squares of the gradients.

use rayon::prelude::*;

/// Numbers of one task.
const TASK: usize = 1 << 14;
/// Sums side by side.
const LANES: usize = 16;

/// A step with Nesterov momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// Factor of the previous velocity.
    pub momentum: f32,
    /// Share of the weight that is added to the gradient.
    pub weight_decay: Option<f32>,
    /// Whether there is no velocity yet.
    pub first: bool,
    /// The first place of this parameter among the sums of squared gradients, see [`square_places`](super::square_places).
    pub place: usize,
}

impl Descent {
    /// Moves weights and velocities by the learning rate `rate`; every product and sum is rounded by itself. Gives the sum
    /// of the squares of the gradients, without weight decay, which does not depend on the number of threads.
    pub(super) fn step(
        self,
        rate: f32,
        weights: &mut [f32],
        gradients: &[f32],
        velocities: &mut [f32],
    ) -> f64 {
        assert_eq!(weights.len(), gradients.len());
        assert_eq!(weights.len(), velocities.len());
        let squares: Vec<f64> = weights
            .par_chunks_mut(TASK)
            .zip(gradients.par_chunks(TASK))
            .zip(velocities.par_chunks_mut(TASK))
            .map(|((weights, gradients), velocities)| {
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
                sum_of_squares(gradients)
            })
            .collect();
        squares.iter().sum()
    }
}

/// The sum of the squares of a task's numbers.
fn sum_of_squares(numbers: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; LANES];
    let (whole, rest) = numbers.as_chunks::<LANES>();
    for sixteen in whole {
        for (lane, number) in lanes.iter_mut().zip(sixteen) {
            *lane += number * number;
        }
    }
    for (lane, number) in lanes.iter_mut().zip(rest) {
        *lane += number * number;
    }
    lanes.iter().map(|&lane| f64::from(lane)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_summed_over_all_tasks_and_the_rest() {
        for count in [1, 15, 16, 17, TASK, 3 * TASK + 5] {
            let gradients: Vec<f32> = (0..count).map(|at| (at % 7) as f32 - 3.0).collect();
            let expected: f64 = gradients.iter().map(|&one| f64::from(one * one)).sum();
            let descent = Descent {
                momentum: 0.9,
                weight_decay: Some(0.5),
                first: false,
                place: 0,
            };
            let [mut weights, mut velocities] = [vec![1.0; count], vec![1.0; count]];
            let found = descent.step(0.1, &mut weights, &gradients, &mut velocities);
            assert!((found - expected).abs() <= 1e-6 * expected, "{count}");
        }
    }
}
