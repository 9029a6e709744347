//! The learning rate of every step: linear warm-up, then a cosine to zero (Loshchilov & Hutter 2017).

use super::Recipe;

/// A schedule over a fixed number of steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    peak: f64,
    warmup_steps: f64,
    steps: f64,
}

impl Schedule {
    /// The schedule of `recipe` with `steps_per_epoch` steps an epoch.
    #[must_use]
    pub fn new(recipe: &Recipe, steps_per_epoch: usize) -> Self {
        let steps = (recipe.epochs * steps_per_epoch) as f64;
        Self {
            peak: recipe.learning_rate,
            warmup_steps: (recipe.warmup_epochs * steps_per_epoch as f64).min(steps),
            steps,
        }
    }

    /// Its highest learning rate.
    #[must_use]
    pub const fn peak(&self) -> f64 {
        self.peak
    }

    /// Learning rate of the step with this index, from 0.
    #[must_use]
    pub fn rate(&self, step: usize) -> f64 {
        let done = step as f64 + 1.0;
        if done <= self.warmup_steps {
            return self.peak * done / self.warmup_steps;
        }
        let falling = (self.steps - self.warmup_steps).max(1.0);
        let progress = ((step as f64 - self.warmup_steps) / falling).clamp(0.0, 1.0);
        self.peak * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(epochs: usize, warmup_epochs: f64) -> Schedule {
        Schedule::new(
            &crate::training::recipe::tests::recipe(epochs, warmup_epochs),
            10,
        )
    }

    #[test]
    fn it_rises_to_the_peak_and_falls_to_zero() {
        let schedule = schedule(10, 1.0);
        assert!((schedule.rate(0) - 0.01).abs() < 1e-12);
        assert!((schedule.rate(9) - 0.1).abs() < 1e-12);
        assert!((schedule.rate(10) - 0.1).abs() < 1e-12);
        assert!((schedule.rate(55) - 0.05).abs() < 1e-12);
        assert!(schedule.rate(99) < 1e-4);
        assert!((10..99).all(|step| schedule.rate(step + 1) < schedule.rate(step)));
    }

    #[test]
    fn it_needs_no_warm_up_and_survives_one_longer_than_the_run() {
        assert!((schedule(2, 0.0).rate(0) - 0.1).abs() < 1e-12);
        let long = schedule(2, 5.0);
        assert!((long.rate(19) - 0.1).abs() < 1e-12);
        assert!(long.rate(19).is_finite());
    }
}
