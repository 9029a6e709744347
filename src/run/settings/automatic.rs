//! Settings of a training that are not given, and what the number and size of images make of them.

use crate::dataset::Shape;
use crate::training::Recipe;

/// Steps that a network is trained for, at the least, where few images would give fewer.
const STEPS: usize = 3_000;
/// Epochs of a training on many images.
const EPOCHS: usize = 30;
/// Most epochs on few images.
const MAX_EPOCHS: usize = 200;
/// Images per step where there are many.
const MAX_BATCH: usize = 128;
/// Images per step where there are few, if there are so many.
const MIN_BATCH: usize = 8;
/// Steps of an epoch that a batch leaves, at the least, above [`MIN_BATCH`].
const STEPS_PER_EPOCH: usize = 40;
/// Peak learning rate at [`MAX_BATCH`].
const LEARNING_RATE: f64 = 0.1;
/// Steps of linear warm-up, at the least an epoch.
const WARMUP_STEPS: f64 = 100.0;
/// Share of all epochs that the warm-up takes at most.
const WARMUP_SHARE: f64 = 0.2;
/// The shorter side of images, in paddings of the random crop: 4 pixels at 32.
const SIDE_IN_PADDINGS: usize = 8;

/// Which settings of a training are not given, so that the images decide them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says of one setting whether it was given"
)]
pub struct Automatic {
    /// Epochs.
    pub epochs: bool,
    /// Epochs of the capped network.
    pub capped_epochs: bool,
    /// Images per step.
    pub batch_size: bool,
    /// Peak learning rate.
    pub learning_rate: bool,
    /// Epochs of warm-up.
    pub warmup_epochs: bool,
    /// Pixels of padding before the random crop.
    pub crop_padding: bool,
    /// The baseline's own learning rate.
    pub baseline_learning_rate: bool,
    /// The capped network's own learning rate.
    pub capped_learning_rate: bool,
    /// Whether the learning rates are checked.
    pub rate_check: bool,
    /// The hold-out.
    pub holdout: bool,
}

impl Automatic {
    /// All of them: nothing is given.
    pub const ALL: Self = Self {
        epochs: true,
        capped_epochs: true,
        batch_size: true,
        learning_rate: true,
        warmup_epochs: true,
        crop_padding: true,
        baseline_learning_rate: true,
        capped_learning_rate: true,
        rate_check: true,
        holdout: true,
    };

    /// The networks' own learning rates and epochs alone, as far as they are not given: every run of a study has its own.
    #[must_use]
    pub fn rates(self) -> Self {
        Self {
            baseline_learning_rate: self.baseline_learning_rate,
            capped_learning_rate: self.capped_learning_rate,
            capped_epochs: self.capped_epochs,
            ..Self::default()
        }
    }

    /// Sets what was not given, for `images` training images of `shape`. Epochs and learning rate follow from the batch size,
    /// the warm-up from the epochs, whether these were given or not.
    pub fn fit(self, recipe: &mut Recipe, images: usize, shape: Shape) {
        if self.batch_size {
            recipe.batch_size = batch_size(images);
        }
        let steps = (images / recipe.batch_size.max(1)).max(1);
        if self.epochs {
            recipe.epochs = epochs(steps);
        }
        if self.learning_rate {
            recipe.learning_rate = learning_rate(recipe.batch_size);
        }
        if self.warmup_epochs {
            recipe.warmup_epochs = warmup_epochs(recipe.epochs, steps);
        }
        if self.crop_padding {
            recipe.crop_padding = crop_padding(shape);
        }
    }
}

/// The largest power of two that leaves [`STEPS_PER_EPOCH`] steps, from [`MIN_BATCH`] to [`MAX_BATCH`], and no
/// more than there are images.
fn batch_size(images: usize) -> usize {
    let most = (images / STEPS_PER_EPOCH).clamp(MIN_BATCH, MAX_BATCH);
    (1 << most.ilog2()).min(images.max(1))
}

/// As many as give [`STEPS`], in fives, from [`EPOCHS`] to [`MAX_EPOCHS`].
fn epochs(steps_per_epoch: usize) -> usize {
    let needed = STEPS.div_ceil(steps_per_epoch).next_multiple_of(5);
    needed.clamp(EPOCHS, MAX_EPOCHS)
}

/// Falls with the root of the batch below [`MAX_BATCH`], to two digits.
fn learning_rate(batch_size: usize) -> f64 {
    let share = (batch_size as f64 / MAX_BATCH as f64).min(1.0);
    (LEARNING_RATE * share.sqrt() * 1e3).round() / 1e3
}

/// An epoch, or as many as [`WARMUP_STEPS`] take, but no more than [`WARMUP_SHARE`] of all.
fn warmup_epochs(epochs: usize, steps_per_epoch: usize) -> f64 {
    let wanted = (WARMUP_STEPS / steps_per_epoch as f64).max(1.0);
    let wanted = wanted.min(WARMUP_SHARE * epochs as f64);
    (wanted * 10.0).round() / 10.0
}

/// An eighth of the shorter side, rounded: 4 at 32 and 28 pixels, 1 at 8.
fn crop_padding(shape: Shape) -> usize {
    let side = shape.height.min(shape.width);
    (side + SIDE_IN_PADDINGS / 2) / SIDE_IN_PADDINGS
}

/// A large dataset of images of 32 pixels, by which settings are shown as long as no images are known.
pub(super) const USUAL: (usize, Shape) = (
    50_000,
    Shape {
        channels: 3,
        height: 32,
        width: 32,
    },
);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{Layer, Settings};

    fn square(side: usize) -> Shape {
        Shape {
            channels: 1,
            height: side,
            width: side + 2,
        }
    }

    fn fitted_to(layers: &[Layer], images: usize, shape: Shape) -> Recipe {
        let mut settings = Settings::resolve(layers).unwrap();
        settings.automatic.fit(&mut settings.recipe, images, shape);
        settings.recipe
    }

    #[test]
    fn the_crop_is_padded_by_an_eighth_of_the_shorter_side() {
        let paddings = [1, 3, 8, 28, 32, 64, 96, 224].map(|side| crop_padding(square(side)));
        assert_eq!(paddings, [0, 0, 1, 4, 4, 8, 12, 28]);
    }

    /// Few images get smaller batches and more epochs, so that there are thousands of steps; many keep the usual ones.
    #[test]
    fn batch_and_epochs_follow_the_number_of_images() {
        let fitted = |images: usize| {
            let recipe = fitted_to(&[], images, square(32));
            assert!(recipe.check(images).is_ok(), "{images}: {recipe:?}");
            assert!(recipe.check_crop(square(32)).is_ok());
            (
                recipe.batch_size,
                recipe.epochs,
                recipe.learning_rate,
                recipe.warmup_epochs,
            )
        };
        assert_eq!(fitted(1_281_167), (128, 30, 0.1, 1.0));
        assert_eq!(fitted(50_000), (128, 30, 0.1, 1.0));
        assert_eq!(fitted(12_800), (128, 30, 0.1, 1.0));
        assert_eq!(fitted(1_437), (32, 70, 0.05, 2.3));
        assert_eq!(fitted(100), (8, 200, 0.025, 8.3));
        assert_eq!(fitted(3), (3, 200, 0.015, 40.0));
        for images in [400, 1_000, 2_000, 5_000, 8_000] {
            let (batch, epochs, ..) = fitted(images);
            let steps = images / batch * epochs;
            assert!((STEPS..2 * STEPS).contains(&steps), "{images}: {steps}");
        }
    }

    #[test]
    fn what_was_given_stays_and_the_rest_follows_it() {
        let layer = Layer::default()
            .with("epochs", 1)
            .with("batch-size", 500)
            .with("crop-padding", 0);
        let recipe = fitted_to(&[layer], 1_000, square(8));
        assert_eq!(
            (recipe.epochs, recipe.batch_size, recipe.crop_padding),
            (1, 500, 0)
        );
        assert_eq!((recipe.learning_rate, recipe.warmup_epochs), (0.1, 0.2));
    }
}
