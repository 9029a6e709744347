//! What a paired training costs before it starts: seconds, from timed steps, and bytes on disk; arithmetic on what each
//! network costs.

use serde::{Deserialize, Serialize};

use super::protocol::equal_seconds;
use super::{NetworkCost, Protocol, Settings};
use crate::format::{about, bytes};
use crate::network::{Plan, Spec};
use crate::training::holdout::USUAL_SHARE;
use crate::training::rates::{FACTORS, trial_epochs};
use crate::training::{Role, checkpoint};

/// Bytes of a parameter in a checkpoint: its value and its momentum, in 32 bits.
const BYTES_PER_PARAMETER: u64 = 8;

/// How much is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Training images, without those held out.
    pub train_images: usize,
    /// Held-out training images, evaluated after every epoch.
    pub holdout_images: usize,
    /// Test images, evaluated after every epoch, or once where images are held out.
    pub test_images: usize,
    /// Images of a step.
    pub batch_size: usize,
    /// Epochs of each network and seed.
    pub epochs: usize,
    /// Epochs of the capped network, where they are not those.
    pub capped_epochs: Option<usize>,
    /// Whether the capped network gets the baseline's seconds, in place of so many epochs.
    pub equal_seconds: bool,
    /// Number of seeds.
    pub seeds: usize,
    /// Whether the learning rate of the baseline, and that of the capped network, is checked before.
    pub rate_checks: [bool; 2],
    /// Whether the best checkpoint is kept beside the last ones, since a network may stop early.
    pub keeps_best: bool,
    /// Whether the trained networks are probed.
    pub probe: bool,
}

/// What is to be paid for a paired training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// All of the seconds below.
    pub estimated_seconds: f64,
    /// Building the networks, loading or compiling kernels, warming up.
    pub start_seconds: f64,
    /// The learning-rate check.
    #[serde(default)]
    pub rate_check_seconds: f64,
    /// Training steps.
    pub training_seconds: f64,
    /// Evaluations after every epoch and at the end.
    pub evaluation_seconds: f64,
    /// The probe of every trained network.
    pub probe_seconds: f64,
    /// Bytes of the checkpoints that stay.
    pub disk_bytes: u64,
}

impl Work {
    /// The work of these settings, fitted to the images, of which there are so many.
    #[must_use]
    pub fn of(settings: &Settings, [train_images, test_images]: [usize; 2], probe: bool) -> Self {
        let recipe = &settings.recipe;
        let rate_checks = Role::BOTH.map(|role| recipe.checks_rate(role));
        let usual = recipe.chooses_on_holdout().then_some(USUAL_SHARE);
        let share = recipe.holdout.or(usual).unwrap_or_default();
        let holdout_images = (share * train_images as f64).round() as usize;
        let train_images = train_images.saturating_sub(holdout_images);
        Self {
            train_images,
            holdout_images,
            test_images,
            batch_size: recipe.batch_size,
            epochs: recipe.epochs,
            capped_epochs: recipe.capped_epochs,
            equal_seconds: settings.protocol == Protocol::EqualSeconds,
            seeds: recipe.seeds.len(),
            rate_checks,
            keeps_best: recipe.patience.is_some(),
            probe,
        }
    }

    /// Training steps of an epoch.
    const fn steps_per_epoch(&self) -> usize {
        match self.train_images.checked_div(self.batch_size) {
            Some(steps) => steps,
            None => self.train_images,
        }
    }

    /// Training steps of one network over all seeds.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps_per_epoch() * self.epochs * self.seeds
    }

    /// Images that one network evaluates over all seeds.
    const fn evaluated(&self) -> usize {
        let of_seed = match self.holdout_images {
            0 => self.test_images * self.epochs,
            held_out => held_out * self.epochs + self.test_images,
        };
        of_seed * self.seeds
    }

    /// Seconds of the learning-rate check of a network.
    fn rate_check_seconds(&self, cost: &NetworkCost) -> f64 {
        let steps = self.steps_per_epoch();
        let trial = trial_epochs(self.epochs, steps) * steps;
        let evaluation = cost.times.evaluation_seconds_per_image * self.holdout_images as f64;
        FACTORS.len() as f64 * (cost.times.step_seconds * trial as f64 + evaluation)
    }
}

impl Price {
    /// The price of training these networks, the baseline first.
    #[must_use]
    pub fn of(costs: &[NetworkCost], work: Work) -> Self {
        let found = || equal_seconds(work.epochs, costs).filter(|_| work.equal_seconds);
        let capped_epochs = work.capped_epochs.or_else(found);
        let all = work;
        let probed = (work.test_images * work.seeds) as f64;
        let mut price = Self::default();
        for (at, cost) in costs.iter().enumerate() {
            let work = Work {
                epochs: capped_epochs.filter(|_| at == 1).unwrap_or(all.epochs),
                ..all
            };
            let evaluated = work.evaluated() as f64;
            if all.rate_checks.get(at) == Some(&true) {
                price.rate_check_seconds += all.rate_check_seconds(cost);
            }
            price.start_seconds += cost.times.start_seconds;
            price.training_seconds += cost.times.step_seconds * work.steps() as f64;
            price.evaluation_seconds += cost.times.evaluation_seconds_per_image * evaluated;
            if work.probe {
                price.probe_seconds += cost.probe_seconds_per_image.unwrap_or(0.0) * probed;
            }
            let kept = checkpoint::KEPT + usize::from(work.keeps_best);
            let kept = (work.seeds * work.epochs.min(kept)) as u64;
            price.disk_bytes += BYTES_PER_PARAMETER * cost.parameters * kept;
        }
        price.estimated_seconds =
            price.rate_check_seconds + price.run_seconds() + price.probe_seconds;
        price
    }

    /// The seconds of the run itself, without the learning-rate check before it and the probe after it.
    #[must_use]
    pub fn run_seconds(&self) -> f64 {
        self.start_seconds + self.training_seconds + self.evaluation_seconds
    }

    /// Adds another price.
    pub fn add(&mut self, other: &Self) {
        self.estimated_seconds += other.estimated_seconds;
        self.start_seconds += other.start_seconds;
        self.rate_check_seconds += other.rate_check_seconds;
        self.training_seconds += other.training_seconds;
        self.evaluation_seconds += other.evaluation_seconds;
        self.probe_seconds += other.probe_seconds;
        self.disk_bytes += other.disk_bytes;
    }

    /// Time and disk in a few words: `about 12 min, 34 MB`.
    #[must_use]
    pub fn text(&self) -> String {
        let (time, disk) = (about(self.estimated_seconds), bytes(self.disk_bytes));
        format!("about {time}, {disk} of checkpoints")
    }

    /// The parts of the time, largest things first: `training 10 min, evaluation 1 min, …`.
    #[must_use]
    pub fn parts(&self) -> String {
        let parts = [
            ("training", self.training_seconds),
            ("evaluation", self.evaluation_seconds),
            ("learning-rate check", self.rate_check_seconds),
            ("start", self.start_seconds),
            ("probe", self.probe_seconds),
        ];
        let shown = parts.iter().filter(|(_, seconds)| *seconds > 0.0);
        let shown = shown.map(|(name, seconds)| format!("{name} {}", about(*seconds)));
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// The networks of a plan; the baseline alone where nothing is capped.
#[must_use]
pub fn networks(plan: &Plan) -> Vec<&Spec> {
    let capped = plan.capped_spec.as_ref();
    std::iter::once(&plan.baseline_spec).chain(capped).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::training::timing::NetworkTimes;

    const COST: NetworkCost = NetworkCost {
        times: NetworkTimes {
            start_seconds: 2.0,
            step_seconds: 0.5,
            steps: 20,
            evaluation_seconds_per_image: 0.01,
        },
        probe_seconds_per_image: Some(0.1),
        parameters: 1_000,
    };
    const WORK: Work = Work {
        train_images: 105,
        holdout_images: 0,
        test_images: 50,
        batch_size: 10,
        epochs: 3,
        capped_epochs: None,
        equal_seconds: false,
        seeds: 2,
        rate_checks: [false; 2],
        keeps_best: false,
        probe: true,
    };

    #[test]
    fn a_price_counts_every_step_image_and_checkpoint() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} for {b}");
        let price = Price::of(&[COST, COST], WORK);
        assert_eq!(WORK.steps(), 10 * 3 * 2);
        near(price.start_seconds, 4.0);
        near(price.training_seconds, 2.0 * 60.0 * 0.5);
        near(price.evaluation_seconds, 2.0 * 50.0 * 6.0 * 0.01);
        near(price.probe_seconds, 2.0 * 50.0 * 2.0 * 0.1);
        near(price.run_seconds(), 70.0);
        near(price.estimated_seconds, 90.0);
        assert_eq!(price.disk_bytes, 2 * 8_000 * 2 * 2);
        let plain = Price::of(
            &[COST],
            Work {
                probe: false,
                epochs: 1,
                ..WORK
            },
        );
        near(plain.probe_seconds, 0.0);
        assert_eq!(plain.disk_bytes, 8_000 * 2);
        let stopping = Work {
            keeps_best: true,
            ..WORK
        };
        assert_eq!(Price::of(&[COST], stopping).disk_bytes, 8_000 * 2 * 3);
        let longer = Work {
            capped_epochs: Some(5),
            ..WORK
        };
        near(
            Price::of(&[COST, COST], longer).training_seconds,
            30.0 + 50.0,
        );
        let equal = Work {
            equal_seconds: true,
            ..WORK
        };
        let mut fast = COST;
        fast.times.step_seconds /= 2.0;
        near(Price::of(&[COST, fast], equal).training_seconds, 2.0 * 30.0);
        let mut sum = price.clone();
        sum.add(&plain);
        near(sum.estimated_seconds, 90.0 + 2.0 + 10.0 + 1.0);
        assert_eq!(price.text(), "about 2 min, 64 kB of checkpoints");
        assert_eq!(
            price.parts(),
            "training 60 s, evaluation 6.00 s, start 4.00 s, probe 20 s"
        );
    }

    #[test]
    fn a_holdout_and_a_rate_check_are_paid_for() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} for {b}");
        let mut settings = fixture::manifest(&[1], 1).settings;
        settings.recipe.epochs = 10;
        settings.recipe.batch_size = 10;
        settings.recipe.seeds = vec![1, 2];
        let plain = Work::of(&settings, [400, 50], false);
        assert_eq!((plain.train_images, plain.holdout_images), (400, 0));
        assert_eq!(plain.rate_checks, [false; 2]);
        settings.recipe.rate_check = true;
        settings.recipe.capped_learning_rate = Some(0.2);
        let work = Work::of(&settings, [400, 50], false);
        // The usual tenth is held out: 36 steps an epoch; 3 rates for 2 epochs, a fifth of the 10, each evaluated once.
        assert_eq!((work.train_images, work.holdout_images), (360, 40));
        assert_eq!(work.rate_checks, [true, false]);
        let price = Price::of(&[COST, COST], work);
        near(price.rate_check_seconds, 3.0 * (72.0 * 0.5 + 40.0 * 0.01));
        near(price.training_seconds, 2.0 * 36.0 * 10.0 * 2.0 * 0.5);
        near(
            price.evaluation_seconds,
            2.0 * (40.0 * 10.0 + 50.0) * 2.0 * 0.01,
        );
        near(price.estimated_seconds - price.run_seconds(), 109.2);
        settings.recipe.holdout = Some(0.25);
        assert_eq!(Work::of(&settings, [400, 50], false).holdout_images, 100);
        settings.recipe.rate_check = false;
        settings.recipe.holdout = None;
        settings.recipe.patience = Some(3);
        assert_eq!(Work::of(&settings, [400, 50], false).holdout_images, 40);
    }
}
