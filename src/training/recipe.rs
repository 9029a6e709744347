//! The settings both networks are trained by.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EpochRecord, Holdout, Mirror, Role, TrainingError};
use crate::dataset::{Dataset, Shape};
use crate::format::number_of;

/// Most epochs: more is a mistake, and their steps could not be counted.
const MAX_EPOCHS: usize = 1_000_000;

/// Optimiser, schedule and augmentation; the same for both networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Passes over the training images.
    pub epochs: usize,
    /// Epochs of the capped network, where they are not those of the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capped_epochs: Option<usize>,
    /// Images per step; a partial last batch is dropped.
    pub batch_size: usize,
    /// Peak learning rate, reached after the warm-up.
    pub learning_rate: f64,
    /// The baseline's own peak learning rate, in place of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_learning_rate: Option<f64>,
    /// The capped network's own peak learning rate, in place of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capped_learning_rate: Option<f64>,
    /// Whether the networks' own rates are chosen on the hold-out before training, see [`super::rates`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rate_check: bool,
    /// Epochs over which the learning rate rises linearly; then it falls along a cosine to zero.
    pub warmup_epochs: f64,
    /// Nesterov momentum.
    pub momentum: f64,
    /// L2 penalty on weights (not on biases or normalisation).
    pub weight_decay: f64,
    /// Whether training images are padded and cropped, and mirrored if [`Recipe::mirror`] says so.
    pub augment: bool,
    /// Pixels of padding before the random crop.
    pub crop_padding: usize,
    /// Whether half of the training images are mirrored.
    #[serde(default, skip_serializing_if = "Mirror::is_auto")]
    pub mirror: Mirror,
    /// Share of the training images of every class that is held out, see [`Holdout`]; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<f64>,
    /// Epochs without a better accuracy on the hold-out after which a network stops, and its best epoch is kept; none where
    /// it trains all its epochs and its last is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// Seeds, one paired training each: initialisation, data order and augmentation.
    pub seeds: Vec<u64>,
}

impl Recipe {
    /// The peak learning rate that a network does not share with the other one, if it has one.
    #[must_use]
    pub const fn own_rate(&self, role: Role) -> Option<f64> {
        match role {
            Role::Baseline => self.baseline_learning_rate,
            Role::Capped => self.capped_learning_rate,
        }
    }

    /// Whether the learning rate of a network is chosen by a check.
    #[must_use]
    pub const fn checks_rate(&self, network: Role) -> bool {
        self.rate_check && self.own_rate(network).is_none()
    }

    /// Whether the hold-out chooses anything: a learning rate, or when to stop.
    #[must_use]
    pub const fn chooses_on_holdout(&self) -> bool {
        self.patience.is_some()
            || self.checks_rate(Role::Baseline)
            || self.checks_rate(Role::Capped)
    }

    /// The recipe of one network: with its own learning rate and epochs, if it has some; its warm-up takes the same share of
    /// them.
    #[must_use]
    pub fn of(&self, role: Role) -> Self {
        let epochs = self.epochs_of(role);
        let warmup_epochs = if epochs == self.epochs {
            self.warmup_epochs
        } else {
            self.warmup_epochs * epochs as f64 / self.epochs as f64
        };
        Self {
            learning_rate: self.own_rate(role).unwrap_or(self.learning_rate),
            epochs,
            warmup_epochs,
            capped_epochs: None,
            ..self.clone()
        }
    }

    /// Epochs of one network.
    #[must_use]
    pub const fn epochs_of(&self, role: Role) -> usize {
        match (role, self.capped_epochs) {
            (Role::Capped, Some(epochs)) => epochs,
            _ => self.epochs,
        }
    }

    /// Epochs of the network that is trained for more of them.
    #[must_use]
    pub fn most_epochs(&self) -> usize {
        self.epochs.max(self.epochs_of(Role::Capped))
    }

    /// Whether both networks are sure to be trained for the same number of epochs.
    #[must_use]
    pub fn has_equal_epochs(&self) -> bool {
        self.epochs_of(Role::Capped) == self.epochs && self.patience.is_none()
    }

    /// The epoch that is kept of a network that stops early, of these in order: the first of those with the highest accuracy
    /// on the hold-out. None where no network stops early.
    #[must_use]
    pub fn kept_epoch<'a>(&self, rows: impl IntoIterator<Item = &'a EpochRecord>) -> Option<usize> {
        self.patience?;
        let mut best = (f64::NEG_INFINITY, None);
        for row in rows {
            if row.validation_accuracy() > best.0 {
                best = (row.validation_accuracy(), Some(row.epoch));
            }
        }
        best.1
    }

    /// Whether the training of a network is over that has these epochs behind it, in order.
    #[must_use]
    pub fn is_over<'a>(&self, role: Role, rows: impl IntoIterator<Item = &'a EpochRecord>) -> bool {
        let rows: Vec<&EpochRecord> = rows.into_iter().collect();
        let Some(last) = rows.last().map(|row| row.epoch) else {
            return false;
        };
        let kept = self.kept_epoch(rows);
        let stops = kept.zip(self.patience);
        last >= self.epochs_of(role)
            || stops.is_some_and(|(kept, patience)| last >= kept + patience)
    }

    /// Checks the recipe against the number of training images.
    ///
    /// # Errors
    /// [`TrainingError::Recipe`] with one sentence on the first setting that cannot be trained with.
    pub fn check(&self, train_images: usize) -> Result<(), TrainingError> {
        for (epochs, name) in [
            (self.epochs, "epochs"),
            (self.epochs_of(Role::Capped), "capped epochs"),
        ] {
            refuse(epochs == 0, format_args!("{name} must be at least 1"))?;
            refuse(
                epochs > MAX_EPOCHS,
                format_args!("{name} must be at most {MAX_EPOCHS}, not {epochs}"),
            )?;
        }
        refuse(self.batch_size == 0, "batch size must be at least 1")?;
        refuse(
            self.batch_size > train_images,
            format_args!(
                "batch size {} is larger than the {train_images} training images: use at most {train_images}",
                self.batch_size
            ),
        )?;
        let own = [self.baseline_learning_rate, self.capped_learning_rate];
        for rate in own.into_iter().flatten().chain([self.learning_rate]) {
            refuse(
                !(rate.is_finite() && rate > 0.0),
                format_args!("learning rate must be above 0, not {rate}"),
            )?;
        }
        let momentum = self.momentum;
        refuse(
            !(0.0..1.0).contains(&momentum),
            format_args!("momentum must be from 0 up to but not 1, not {momentum}"),
        )?;
        for (value, name) in [
            (self.weight_decay, "weight decay"),
            (self.warmup_epochs, "warm-up epochs"),
        ] {
            refuse(
                !(value.is_finite() && value >= 0.0),
                format_args!("{name} must be 0 or above, not {value}"),
            )?;
        }
        refuse(
            self.warmup_epochs > self.epochs as f64,
            format_args!(
                "{} warm-up epochs are more than the {} that are trained, so that the learning rate never reaches its peak: use at most {}",
                self.warmup_epochs,
                number_of(self.epochs, "epoch", "epochs"),
                self.epochs
            ),
        )?;
        if let Some(share) = self.holdout {
            refuse(
                !(share > 0.0 && share < 1.0),
                format_args!(
                    "holdout must be above 0 and below 1 (0.1 holds out a tenth of the training images), not {share}"
                ),
            )?;
        }
        refuse(
            self.patience == Some(0),
            "patience must be at least 1 epoch",
        )?;
        refuse(self.seeds.is_empty(), "at least one seed is needed")?;
        for (index, seed) in self.seeds.iter().enumerate() {
            refuse(
                self.seeds[..index].contains(seed),
                format_args!("seed {seed} is given twice"),
            )?;
        }
        Ok(())
    }

    /// Checks the recipe against the images, and whether these leave something to tell apart.
    ///
    /// # Errors
    /// [`TrainingError::Recipe`] as [`check`](Self::check) and [`check_crop`](Self::check_crop), [`TrainingError::OneClass`]
    /// where a split holds images of fewer than two classes, and [`TrainingError::Dataset`] where they have no classes.
    pub fn check_data(&self, dataset: &Dataset) -> Result<(), TrainingError> {
        dataset.check_classes()?;
        for (split, name) in [(&dataset.train, "training"), (&dataset.test, "test")] {
            let problem = match (split.len(), split.class_counts().len()) {
                (0, _) => format!("it has no {name} images"),
                (1, _) => format!("it has a single {name} image"),
                (images, 1) => format!("all of its {images} {name} images are of one class"),
                _ => continue,
            };
            return Err(TrainingError::OneClass {
                dataset: dataset.name.clone(),
                problem,
            });
        }
        self.check_size(dataset)?;
        self.check_crop(dataset.shape)
    }

    /// Checks the recipe against the number of images of `dataset` that it trains on.
    ///
    /// # Errors
    /// [`TrainingError::Recipe`] as [`check`](Self::check) and [`Holdout::of`].
    pub fn check_size(&self, dataset: &Dataset) -> Result<(), TrainingError> {
        self.check(dataset.train.len())?;
        self.check(Holdout::of(dataset, self.holdout)?.trained.len())
    }

    /// Checks the random crop against the size of the images.
    ///
    /// # Errors
    /// [`TrainingError::Recipe`] where a crop could miss the image.
    pub fn check_crop(&self, shape: Shape) -> Result<(), TrainingError> {
        let side = shape.height.min(shape.width);
        refuse(
            self.augment && self.crop_padding >= side,
            format_args!(
                "a crop padding of {} could leave nothing of images of {} x {} pixels: use at most {}",
                self.crop_padding,
                shape.height,
                shape.width,
                side.saturating_sub(1)
            ),
        )
    }
}

/// An error of one sentence, if the value `is_wrong`.
fn refuse(is_wrong: bool, sentence: impl fmt::Display) -> Result<(), TrainingError> {
    if is_wrong {
        return Err(TrainingError::Recipe(sentence.to_string()));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::dataset::Split;

    pub(in crate::training) fn recipe(epochs: usize, warmup_epochs: f64) -> Recipe {
        Recipe {
            epochs,
            capped_epochs: None,
            batch_size: 10,
            learning_rate: 0.1,
            baseline_learning_rate: None,
            capped_learning_rate: None,
            rate_check: false,
            warmup_epochs,
            momentum: 0.9,
            weight_decay: 5e-4,
            augment: true,
            crop_padding: 4,
            mirror: Mirror::Auto,
            holdout: None,
            patience: None,
            seeds: vec![1],
        }
    }

    #[test]
    fn one_class_leaves_nothing_to_tell_apart() {
        let split = |labels: Vec<u32>| Split {
            pixels: vec![0; labels.len()],
            labels,
        };
        let said = |train: Vec<u32>, test: Vec<u32>| {
            let dataset = Dataset {
                name: "npz:one.npz".to_owned(),
                shape: Shape {
                    channels: 1,
                    height: 1,
                    width: 1,
                },
                class_names: vec!["a".to_owned(), "b".to_owned()],
                train: split(train),
                test: split(test),
                flip_keeps_class: false,
                notes: Vec::new(),
                skipped: Vec::new(),
            };
            let recipe = Recipe {
                augment: false,
                ..recipe(3, 1.0)
            };
            recipe
                .check_data(&dataset)
                .map_err(|error| error.to_string())
        };
        let both = || (0..20).map(|image| image % 2).collect::<Vec<u32>>();
        assert_eq!(said(both(), both()), Ok(()));
        for (train, test, part) in [
            (
                vec![1; 20],
                both(),
                "all of its 20 training images are of one class",
            ),
            (
                both(),
                vec![0; 5],
                "all of its 5 test images are of one class",
            ),
            (both(), vec![], "it has no test images"),
        ] {
            let said = said(train, test).unwrap_err();
            assert!(
                said.contains(part) && said.contains("two classes or more in both splits"),
                "{said}"
            );
        }
    }

    /// Accuracies 0.5, 0.7, 0.7, 0.6: the first 0.7 is kept; a patience of 2 ends it there, one of 3 does not.
    #[test]
    fn a_network_stops_when_its_holdout_accuracy_has_not_improved() {
        let rows: Vec<EpochRecord> = (1..)
            .zip([0.5, 0.7, 0.7, 0.6])
            .map(|(epoch, accuracy)| EpochRecord {
                seed: 1,
                network: Role::Capped,
                epoch,
                train_loss: 1.0,
                train_accuracy: 0.5,
                test_loss: f64::NAN,
                test_accuracy: f64::NAN,
                train_seconds: 1.0,
                eval_seconds: 0.1,
                images_per_second: 100.0,
                learning_rate: 0.1,
                data_wait_seconds: None,
                holdout_loss: Some(1.0),
                holdout_accuracy: Some(accuracy),
                kept_epoch: None,
                gradient_norm: None,
                gradient_norm_max: None,
                train_joules: None,
            })
            .collect();
        let mut recipe = recipe(10, 1.0);
        assert_eq!(recipe.kept_epoch(&rows), None);
        assert!(!recipe.is_over(Role::Capped, &rows));
        for (patience, over) in [(2, true), (3, false)] {
            recipe.patience = Some(patience);
            assert_eq!(recipe.kept_epoch(&rows), Some(2));
            assert_eq!(recipe.is_over(Role::Capped, &rows), over);
            assert!(!recipe.is_over(Role::Capped, &rows[..3]));
        }
        recipe.epochs = 4;
        assert!(recipe.is_over(Role::Baseline, &rows));
        assert!(!recipe.is_over(Role::Baseline, &[]));
    }

    #[test]
    fn each_unusable_setting_gets_its_sentence() {
        type Change = fn(&mut Recipe);
        let cases: [(Change, &str); 13] = [
            (
                |r| r.patience = Some(0),
                "patience must be at least 1 epoch",
            ),
            (
                |r| r.capped_epochs = Some(0),
                "capped epochs must be at least 1",
            ),
            (|r| r.epochs = 0, "epochs must be at least 1"),
            (
                |r| r.epochs = MAX_EPOCHS + 1,
                "epochs must be at most 1000000, not 1000001",
            ),
            (
                |r| r.batch_size = 101,
                "batch size 101 is larger than the 100 training images: use at most 100",
            ),
            (
                |r| r.learning_rate = f64::NAN,
                "learning rate must be above 0, not NaN",
            ),
            (
                |r| r.momentum = 1.0,
                "momentum must be from 0 up to but not 1, not 1",
            ),
            (|r| r.warmup_epochs = 4.0, "4 warm-up epochs are more"),
            (
                |r| r.capped_learning_rate = Some(0.0),
                "learning rate must be above 0, not 0",
            ),
            (|r| r.holdout = Some(0.0), "holdout must be above 0 and"),
            (|r| r.holdout = Some(1.0), "holdout must be above 0 and"),
            (|r| r.seeds = vec![], "at least one seed is needed"),
            (|r| r.seeds = vec![3, 4, 3], "seed 3 is given twice"),
        ];
        assert!(recipe(MAX_EPOCHS, 1.0).check(100).is_ok());
        for (change, expected) in cases {
            let mut recipe = recipe(3, 1.0);
            change(&mut recipe);
            let said = recipe.check(100).unwrap_err().to_string();
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
