//! Settings of a training that are not given: the images decide them.

use super::{Automatic, Settings, settings};
use crate::dataset::{Dataset, Shape, Source};
use crate::entropy::Profile;
use crate::format::{count, number_of};
use crate::training::Mirror;

impl Settings {
    /// These settings, with those not given fitted to the images of `profile`.
    #[must_use]
    pub fn fitted(&self, profile: &Profile) -> Self {
        let shape = Shape {
            channels: profile.channels,
            height: profile.height,
            width: profile.width,
        };
        self.fitted_to(profile.images, shape)
    }

    fn fitted_to(&self, images: usize, shape: Shape) -> Self {
        let mut fitted = self.clone();
        self.automatic.fit(&mut fitted.recipe, images, shape);
        fitted
    }

    /// These settings as a run on `dataset` records them: all fitted.
    #[must_use]
    pub fn settled(&self, dataset: &Dataset) -> Self {
        let mut settled = self.fitted_to(dataset.train.len(), dataset.shape);
        settled.automatic = Automatic::default();
        let mirror = &mut settled.recipe.mirror;
        *mirror = mirror.decide(dataset.flip_keeps_class).into();
        settled
    }

    /// These settings as a study trains with them: with a hold-out of this share and a check of the learning rates where
    /// neither is given.
    #[must_use]
    pub fn for_study(&self, usual_share: f64) -> Self {
        let mut settings = self.clone();
        if self.automatic.holdout {
            settings.recipe.holdout.get_or_insert(usual_share);
        }
        settings.recipe.rate_check |= self.automatic.rate_check;
        settings
    }

    /// These settings, with those not given as `made` has them.
    #[must_use]
    pub fn completed_by(&self, made: &Self) -> Self {
        let mut completed = self.clone();
        for setting in settings::all().filter(|setting| setting.is_automatic(self)) {
            let value = (setting.access.get)(made);
            let taken = setting.set(&mut completed, value.as_ref());
            debug_assert!(taken.is_ok(), "{} of a run is a value", setting.key);
        }
        if self.needs_width() {
            completed.width_factor = made.width_factor;
        }
        if completed.recipe.mirror.is_auto() {
            completed.recipe.mirror = made.recipe.mirror;
        }
        completed.automatic = Automatic::default();
        completed
    }

    /// What the images decided, in sentences without capital and stop; `dataset` has `images` training images.
    #[must_use]
    pub fn decided(&self, profile: &Profile) -> Vec<String> {
        let fitted = self.fitted(profile).recipe;
        let automatic = self.automatic;
        let mut parts = Vec::new();
        if automatic.batch_size {
            parts.push(format!("batch size {}", fitted.batch_size));
        }
        if automatic.epochs {
            let steps = fitted.epochs * (profile.images / fitted.batch_size.max(1));
            parts.push(format!(
                "{} ({} steps)",
                number_of(fitted.epochs, "epoch", "epochs"),
                count(steps as u64)
            ));
        }
        if automatic.learning_rate {
            parts.push(format!("learning rate {}", fitted.learning_rate));
        }
        if automatic.warmup_epochs {
            parts.push(format!("warm-up of {} epochs", fitted.warmup_epochs));
        }
        if automatic.crop_padding && fitted.augment {
            let pixels = number_of(fitted.crop_padding, "pixel", "pixels");
            parts.push(format!("crops padded by {pixels}"));
        }
        let mut said = Vec::new();
        if !parts.is_empty() {
            said.push(format!(
                "{} of {}x{} decide: {}",
                number_of(profile.images, "training image", "training images"),
                profile.height,
                profile.width,
                parts.join(", ")
            ));
        }
        let known = self.dataset.parse::<Source>().ok();
        let known = known.and_then(|source| source.mirror_keeps_class());
        if fitted.augment && fitted.mirror == Mirror::Auto && known.is_none() {
            said.push(
                "images are not mirrored, since it is not known whether a mirror keeps their class: --mirror on mirrors them"
                    .to_owned(),
            );
        }
        said
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{Layer, fixture};

    #[test]
    fn a_run_keeps_what_was_decided_and_a_study_finds_it_again() {
        let profile = fixture::run(&[1], 1, 1).analysis.profile;
        let asked = Settings::resolve(&[]).unwrap();
        let mut made = asked.fitted(&profile);
        made.automatic = Automatic::default();
        made.recipe.mirror = Mirror::Off;
        made.recipe.epochs = 77;
        assert_eq!(asked.completed_by(&made), made);
        let given = Settings::resolve(&[Layer::default().with("epochs", 5)]).unwrap();
        assert_ne!(given.completed_by(&made), made);
        made.width_factor = Some(1.5);
        assert_eq!(asked.completed_by(&made), made, "a width that was measured");
        let by_macs = Settings::resolve(&[Layer::default().with("measure", false)]).unwrap();
        assert_eq!(by_macs.completed_by(&made).width_factor, None);
    }
}
