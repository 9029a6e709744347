//! A short check of three learning rates for each network on the hold-out, so that no network is judged with the rate
//! of the other.

use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::batches::Batches;
use super::device::Opened;
use super::schedule::Schedule;
use super::step::{Evaluation, Sums, Tally, Trainer};
use super::timing::{Pair, guarded};
use super::{Recipe, Role, TrainingError, memory};
use crate::format::{number_of, percent, significant};
use crate::network::Spec;

/// Multiples of the learning rate that are tried.
pub const FACTORS: [f64; 3] = [1.0 / 3.0, 1.0, 3.0];
/// Seed of all trials, so that the same design has the same rates whatever seeds of it are trained where.
const SEED: u64 = 1;
/// A trial lasts this part of the epochs,
const EPOCHS_PART: usize = 15;
/// or so many steps where that is more,
const STEPS: usize = 100;
/// but at most this part of the epochs, and at least one.
const MAX_EPOCHS_PART: usize = 5;

/// A short training with one learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateTrial {
    /// Its peak learning rate.
    pub learning_rate: f64,
    /// Fraction of the held-out images classified right after it; null where the network diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_accuracy: Option<f64>,
    /// Mean cross-entropy on the held-out images, in nats; null where the network diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_loss: Option<f64>,
}

/// The trials of one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRates {
    /// Which network.
    pub network: Role,
    /// The learning rate that it is trained with.
    pub chosen: f64,
    /// All trials, by rising learning rate.
    pub trials: Vec<RateTrial>,
}

/// The learning-rate check of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateCheck {
    /// Epochs of each trial.
    pub epochs: usize,
    /// The networks whose rate was not given.
    pub networks: Vec<NetworkRates>,
}

impl RateCheck {
    /// What was tried and chosen, one sentence without capital and stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let epochs = number_of(self.epochs, "epoch", "epochs");
        let mut text = format!("learning rates after {epochs} on the hold-out:");
        for (at, network) in self.networks.iter().enumerate() {
            let separator = if at == 0 { "" } else { ";" };
            let _ = write!(text, "{separator} {}", network.network.name());
            for (at, trial) in network.trials.iter().enumerate() {
                let rate = significant(trial.learning_rate);
                let outcome = trial
                    .holdout_accuracy
                    .map_or("diverged".to_owned(), |it| format!("{} %", percent(it, 1)));
                let mark = if trial.learning_rate.to_bits() == network.chosen.to_bits() {
                    ", chosen"
                } else {
                    ""
                };
                let separator = if at == 0 { "" } else { "," };
                let _ = write!(text, "{separator} {rate} ({outcome}{mark})");
            }
        }
        text
    }
}

/// Epochs of one trial of a training of so many epochs and steps an epoch.
#[must_use]
pub fn trial_epochs(epochs: usize, steps_per_epoch: usize) -> usize {
    let wanted = STEPS.div_ceil(steps_per_epoch.max(1));
    let wanted = wanted.max(epochs / EPOCHS_PART);
    wanted.clamp(1, (epochs / MAX_EPOCHS_PART).max(1))
}

/// Trains each network of `pair` whose learning rate is not given for a few epochs at a third of, at, and at three times
/// the recipe's rate, and chooses the rate with the highest accuracy on the hold-out; of equals the one with the lower
/// loss, and the recipe's own where all diverge.
///
/// `goes_on` is called after every step with how many are done and how many there will be at most; where it returns
/// false, the result is `None`.
///
/// # Errors
/// [`TrainingError::Recipe`] for a recipe that does not fit the data, [`TrainingError::Device`] where the device failed.
pub fn check_rates(
    pair: &Pair,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<RateCheck>, TrainingError> {
    pair.recipe.check_size(&pair.dataset)?;
    memory::check([&pair.baseline, &pair.capped], &pair.device)?;
    guarded(pair.recipe.batch_size, || check(pair, goes_on))
}

fn check(
    pair: &Pair,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<RateCheck>, TrainingError> {
    let recipe = &pair.recipe;
    let batches = Batches::of_recipe(Arc::clone(&pair.dataset), recipe)?.lying_on(&pair.device);
    let epochs = trial_epochs(recipe.epochs, batches.steps_per_epoch());
    let networks = Role::BOTH.map(|role| (role, pair.spec(role)));
    let open = networks
        .into_iter()
        .filter(|&(role, _)| recipe.own_rate(role).is_none());
    let open: Vec<(Role, &Spec)> = open.collect();
    let of = open.len() * FACTORS.len() * epochs * batches.steps_per_epoch();
    let mut done = 0;
    let mut go_on = move || {
        done += 1;
        goes_on(done, of)
    };
    let mut found = RateCheck {
        epochs,
        networks: Vec::new(),
    };
    for (network, spec) in open {
        let mut trials = Vec::new();
        for factor in FACTORS {
            let learning_rate = rounded(recipe.learning_rate * factor);
            let short = Recipe {
                epochs,
                learning_rate,
                warmup_epochs: recipe.warmup_epochs * epochs as f64 / recipe.epochs as f64,
                ..recipe.clone()
            };
            let tried = try_rate(spec, &short, &pair.device, &batches, &mut go_on)?;
            let Some(tried) = tried else {
                return Ok(None);
            };
            let finite = tried.filter(Evaluation::is_finite);
            trials.push(RateTrial {
                learning_rate,
                holdout_accuracy: finite.as_ref().map(|found| found.sums.accuracy()),
                holdout_loss: finite.as_ref().map(|found| found.sums.mean_loss()),
            });
        }
        found.networks.push(NetworkRates {
            network,
            chosen: best(&trials).unwrap_or(recipe.learning_rate),
            trials,
        });
    }
    Ok(Some(found))
}

/// The rate of the trial with the highest accuracy, of equals that with the lower loss; none where all diverged.
fn best(trials: &[RateTrial]) -> Option<f64> {
    let rank = |trial: &&RateTrial| Some((trial.holdout_accuracy?, -trial.holdout_loss?));
    let better = |a: &&RateTrial, b: &&RateTrial| {
        let (a, b) = (rank(a), rank(b));
        a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal)
    };
    let finished = trials.iter().filter(|trial| rank(trial).is_some());
    finished.max_by(better).map(|trial| trial.learning_rate)
}

/// To three digits.
fn rounded(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}

/// A short training and its evaluation on the hold-out; an inner none where its loss is not finite, an outer one where
/// it was stopped.
#[allow(clippy::option_option, reason = "stopped and diverged are two things")]
fn try_rate(
    spec: &Spec,
    recipe: &Recipe,
    device: &Opened,
    batches: &Batches,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Option<Evaluation>>, TrainingError> {
    let mut trainer = Trainer::new(spec, recipe, SEED, &device.device)
        .with_precision(device.precision)
        .capture()
        .0;
    let schedule = Schedule::new(recipe, batches.steps_per_epoch());
    for epoch in 1..=recipe.epochs {
        let (mut tally, mut sums) = (Tally::default(), Sums::default());
        for batch in &batches.train(SEED, epoch) {
            let rate = schedule.rate(trainer.steps as usize);
            trainer = trainer.step(batch, rate, &mut tally)?;
            if !go_on() {
                return Ok(None);
            }
        }
        let steps = tally.read_onto(&mut sums)?;
        if steps.iter().any(|step| !step.loss.is_finite()) {
            return Ok(Some(None));
        }
    }
    Ok(Some(Some(trainer.evaluate(batches.held_out())?)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::training::timing::tests::pair;

    #[test]
    fn each_network_gets_its_own_rate() {
        let mut pair = pair(10);
        pair.recipe.holdout = Some(0.25);
        pair.recipe.epochs = 5;
        let mut steps = Vec::new();
        let found = check_rates(&pair, &mut |done, of| {
            steps.push((done, of));
            true
        });
        let found = found.unwrap().unwrap();
        // 30 of 40 images: 3 steps an epoch, a fifth of 5 epochs, 3 rates, 2 networks.
        let expected: Vec<_> = (1..=18).map(|done| (done, 18)).collect();
        assert_eq!((found.epochs, steps), (1, expected));
        for network in &found.networks {
            let rates: Vec<f64> = network.trials.iter().map(|one| one.learning_rate).collect();
            assert_eq!(rates, [0.0333, 0.1, 0.3]);
            assert_eq!(best(&network.trials), Some(network.chosen));
        }
        let again = check_rates(&pair, &mut |_, _| true).unwrap().unwrap();
        assert_eq!(again, found, "the same data, the same rates");
        pair.recipe.capped_learning_rate = Some(0.2);
        let one = check_rates(&pair, &mut |_, _| true).unwrap().unwrap();
        assert_eq!(one.networks, found.networks[..1]);
        assert_eq!(check_rates(&pair, &mut |_, _| false).unwrap(), None);
        pair.recipe.learning_rate = 1e30;
        let wild = check_rates(&pair, &mut |_, _| true).unwrap().unwrap();
        let chosen = wild.networks[0].chosen;
        assert!((chosen / 1e30 - 1.0).abs() < 1e-9, "its own: all diverge");
        assert!(wild.sentence().contains("diverged"), "{}", wild.sentence());
    }

    #[test]
    fn the_best_rate_is_the_most_accurate_then_the_one_of_lower_loss() {
        let trial = |learning_rate, found: Option<(f64, f64)>| RateTrial {
            learning_rate,
            holdout_accuracy: found.map(|it| it.0),
            holdout_loss: found.map(|it| it.1),
        };
        let of = |found: [Option<(f64, f64)>; 3]| {
            let trials = [1.0, 2.0, 3.0].into_iter().zip(found);
            best(&trials.map(|(rate, it)| trial(rate, it)).collect::<Vec<_>>())
        };
        assert_eq!(of([Some((0.5, 1.0)), Some((0.6, 2.0)), None]), Some(2.0));
        assert_eq!(of([Some((0.6, 1.0)), Some((0.6, 2.0)), None]), Some(1.0));
        assert_eq!(of([None; 3]), None);
    }
}
