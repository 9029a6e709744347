//! What a training step of two networks costs on a device, timed before any training.
//!
//! The steps are those of [`super::paired`]: the same batches and augmentation, the same trainer, the
//! same clock. The networks take turns step by step, the one that goes first alternating, so that
//! drift of the machine hits both.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::batches::{Batches, HostBatch};
use super::device::{DeviceError, Opened};
use super::paired::explained;
use super::schedule::Schedule;
use super::step::{Stopwatch, Tally, Trainer};
use super::{Recipe, Role, TrainingError};
use crate::dataset::{Dataset, Split};
use crate::network::{Input, Spec};

/// Most steps timed of each network.
pub const STEPS: usize = 20;
/// Steps timed of each network however long they take.
const MIN_STEPS: usize = 3;
/// Time after which no further step of a network alone is begun.
const ENOUGH_ALONE: Duration = Duration::from_secs(2);
/// Seed of the weights and of the order of the images.
const SEED: u64 = 0;

/// Two networks to be timed.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The images.
    pub dataset: Arc<Dataset>,
    /// The usual network.
    pub baseline: Spec,
    /// The capped one.
    pub capped: Spec,
    /// How both would be trained.
    pub recipe: Recipe,
    /// Where.
    pub device: Opened,
}

impl Pair {
    /// One of the networks.
    #[must_use]
    pub const fn spec(&self, role: Role) -> &Spec {
        match role {
            Role::Baseline => &self.baseline,
            Role::Capped => &self.capped,
        }
    }
}

/// How much of two networks is timed: at least three steps of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Most steps of each network.
    pub steps: usize,
    /// Time of both after which no further step is begun.
    pub time: Duration,
}

impl Amount {
    /// For a prediction that the user asked for.
    pub const FULL: Self = Self {
        steps: STEPS,
        time: Duration::from_mins(1),
    };
    /// For a prediction that is made by itself.
    pub const SHORT: Self = Self {
        steps: STEPS,
        time: Duration::from_secs(3),
    };
    /// For one of several comparisons.
    pub const BRIEF: Self = Self {
        steps: 8,
        time: Duration::from_millis(700),
    };
}

/// Seconds of the steps of two networks, turn by turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timed {
    /// Steps of each network before the clock ran.
    pub warm_up_steps: usize,
    /// Seconds of each step of the baseline.
    pub baseline: Vec<f64>,
    /// Seconds of each step of the capped network.
    pub capped: Vec<f64>,
}

/// Times training steps of each network: forward, backward and optimiser step on batches of
/// the dataset, the wait for a batch included as in training.
///
/// Where the timed steps take longer than the time of `amount`, there are fewer, but at least three. `goes_on` is called
/// after every step how many are done and how many there will be at most, warm-up included; where it
/// says no, the result is `None`.
///
/// # Errors
/// [`TrainingError::Recipe`] for a recipe that does not fit the data, [`TrainingError::Device`] where the device failed.
pub fn time_steps(
    pair: &Pair,
    amount: Amount,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Timed>, TrainingError> {
    pair.recipe.check_size(&pair.dataset)?;
    guarded(pair.recipe.batch_size, || time(pair, amount, goes_on))
}

/// What `work` on a device gives, a panic in it as an error.
pub(super) fn guarded<T>(
    batch_size: usize,
    work: impl FnOnce() -> Result<T, TrainingError>,
) -> Result<T, TrainingError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let error = DeviceError::of_panic(panic.as_ref());
        Err(TrainingError::Died(explained(&error, batch_size)))
    })
}

/// What one network costs on a device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkTimes {
    /// Seconds until the first timed step: building the network, loading or compiling kernels, warm-up steps.
    pub start_seconds: f64,
    /// Mean seconds of a training step.
    pub step_seconds: f64,
    /// Steps that were timed.
    pub steps: usize,
    /// Seconds of evaluating one test image.
    pub evaluation_seconds_per_image: f64,
}

/// Times one network on images made for it: training steps until there are [`STEPS`] or two seconds have passed, and an
/// evaluation. `None` where `goes_on` returns false; it is called after every step, with the steps done and the most
/// that there will be.
///
/// # Errors
/// [`TrainingError::Device`] where the device failed.
pub fn time_network(
    spec: &Spec,
    recipe: &Recipe,
    device: &Opened,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<NetworkTimes>, TrainingError> {
    guarded(recipe.batch_size, || alone(spec, recipe, device, goes_on))
}

fn alone(
    spec: &Spec,
    recipe: &Recipe,
    device: &Opened,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<NetworkTimes>, TrainingError> {
    let begun = Instant::now();
    let pair = Pair {
        dataset: Arc::new(blank(spec.input, 2 * recipe.batch_size)),
        baseline: spec.clone(),
        capped: spec.clone(),
        recipe: Recipe {
            holdout: None,
            ..recipe.clone()
        },
        device: device.clone(),
    };
    let batches = Batches::of_recipe(Arc::clone(&pair.dataset), &pair.recipe)?.lying_on(device);
    let mut network = Clocked::new(spec, &pair, batches.clone());
    if !network.trainer.is_replayed() {
        network.trainer.discard_capture();
    }
    let warm_up = device.warm_up_steps();
    let mut seconds = Vec::new();
    let mut start_seconds = 0.0;
    let mut timed = Instant::now();
    for step in 1..=warm_up + STEPS {
        if seconds.len() >= MIN_STEPS && timed.elapsed() >= ENOUGH_ALONE {
            break;
        }
        let taken;
        (network, taken) = network.step()?;
        if step > warm_up {
            seconds.push(taken);
        } else if step == warm_up {
            start_seconds = begun.elapsed().as_secs_f64();
            timed = Instant::now();
        }
        if !goes_on(step, warm_up + STEPS) {
            return Ok(None);
        }
    }
    network.trainer.evaluate(batches.test().iter())?;
    let begun = Instant::now();
    let evaluated = network.trainer.evaluate(batches.test().iter())?;
    let images = evaluated.correct.len().max(1) as f64;
    Ok(Some(NetworkTimes {
        start_seconds,
        step_seconds: seconds.iter().sum::<f64>() / seconds.len().max(1) as f64,
        steps: seconds.len(),
        evaluation_seconds_per_image: begun.elapsed().as_secs_f64() / images,
    }))
}

/// Training images and as many test images of this form, with values and classes that say nothing.
#[must_use]
pub fn blank(input: Input, images: usize) -> Dataset {
    let Input { shape, classes } = input;
    let values = (0..images * shape.channels * shape.area()).map(|at| (at * 89 % 251) as u8);
    let split = Split {
        pixels: values.collect(),
        labels: (0..images)
            .map(|image| (image % classes.max(1)) as u32)
            .collect(),
    };
    Dataset {
        name: "blank".to_owned(),
        notes: Vec::new(),
        shape,
        skipped: Vec::new(),
        class_names: (0..classes).map(|class| class.to_string()).collect(),
        train: split.clone(),
        test: split,
        flip_keeps_class: true,
    }
}

fn time(
    pair: &Pair,
    amount: Amount,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Timed>, TrainingError> {
    let warm_up_steps = pair.device.warm_up_steps();
    let of = 2 * (warm_up_steps + amount.steps);
    let mut done = 0;
    let mut go_on = move || {
        done += 1;
        goes_on(done, of)
    };
    let batches = Batches::of_recipe(Arc::clone(&pair.dataset), &pair.recipe)?;
    let batches = batches.lying_on(&pair.device);
    let [mut baseline, mut capped] =
        [&pair.baseline, &pair.capped].map(|spec| Clocked::new(spec, pair, batches.clone()));
    if !(baseline.trainer.is_replayed() && capped.trainer.is_replayed()) {
        for network in [&mut baseline, &mut capped] {
            network.trainer.discard_capture();
        }
    }
    let mut timed = Timed {
        warm_up_steps,
        ..Timed::default()
    };
    let mut begun = Instant::now();
    for turn in 0..warm_up_steps + amount.steps {
        if turn == warm_up_steps {
            begun = Instant::now();
        }
        if timed.capped.len() >= MIN_STEPS && begun.elapsed() >= amount.time {
            break;
        }
        let (mut before, mut after) = (0.0, 0.0);
        for network in [turn % 2, 1 - turn % 2] {
            if network == 0 {
                (baseline, before) = baseline.step()?;
            } else {
                (capped, after) = capped.step()?;
            }
            if !go_on() {
                return Ok(None);
            }
        }
        if turn >= warm_up_steps {
            timed.baseline.push(before);
            timed.capped.push(after);
        }
    }
    Ok(Some(timed))
}

/// A network in training with a clock for each step.
struct Clocked {
    trainer: Trainer,
    batches: Box<dyn Iterator<Item = HostBatch>>,
    schedule: Schedule,
    device: Device,
}

impl Clocked {
    fn new(spec: &Spec, pair: &Pair, batches: Batches) -> Self {
        let Pair { recipe, device, .. } = pair;
        Self {
            trainer: Trainer::new(spec, recipe, SEED, &device.device)
                .with_precision(device.precision)
                .capture()
                .0,
            schedule: Schedule::new(recipe, batches.steps_per_epoch()),
            batches: Box::new((1..).flat_map(move |epoch| batches.train(SEED, epoch))),
            device: device.device.clone(),
        }
    }

    /// Takes a step and gives its seconds.
    fn step(mut self) -> Result<(Self, f64), TrainingError> {
        let rate = self.schedule.rate(self.trainer.steps as usize);
        let mut tally = Tally::default();
        let mut watch = Stopwatch::default();
        watch.start(&self.device)?;
        let batch = self.batches.next().ok_or_else(|| {
            TrainingError::Died("the thread that prepares batches ended unexpectedly".to_owned())
        })?;
        self.trainer = self.trainer.step(batch, rate, &mut tally)?;
        watch.stop(&self.device)?;
        // What the device could not compute shows where it is read.
        tally.read()?;
        Ok((self, watch.seconds()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::network::{Input, baseline};
    use crate::training::device;
    use crate::training::paired::tests::dataset;
    use crate::training::recipe::tests::recipe;

    pub(in crate::training) fn pair(batch_size: usize) -> Pair {
        let dataset = dataset();
        let input = Input {
            shape: dataset.shape,
            classes: 2,
        };
        let spec = |name: &str| baseline(name.parse().unwrap(), input).unwrap();
        Pair {
            dataset,
            baseline: spec("resnet-14"),
            capped: spec("resnet-8"),
            recipe: Recipe {
                batch_size,
                crop_padding: 1,
                ..recipe(1, 0.5)
            },
            device: device::open("cpu").unwrap(),
        }
    }

    #[test]
    fn both_networks_are_timed_step_by_step_over_as_many_epochs_as_it_takes() {
        let mut heard = Vec::new();
        let timed = time_steps(&pair(20), Amount::FULL, &mut |done, of| {
            heard.push((done, of));
            true
        });
        let timed = timed.unwrap().unwrap();
        assert_eq!(timed.warm_up_steps, 2);
        assert_eq!((timed.baseline.len(), timed.capped.len()), (STEPS, STEPS));
        assert!(
            timed
                .baseline
                .iter()
                .chain(&timed.capped)
                .all(|seconds| *seconds > 0.0)
        );
        let of = 2 * (2 + STEPS);
        assert_eq!(heard, (1..=of).map(|done| (done, of)).collect::<Vec<_>>());
    }

    #[test]
    fn it_stops_when_told() {
        let mut steps = 0;
        let timed = time_steps(&pair(10), Amount::FULL, &mut |done, _| {
            steps = done;
            done < 5
        });
        assert_eq!(timed.unwrap(), None);
        assert_eq!(steps, 5);
    }

    #[test]
    fn a_batch_that_cannot_be_filled_is_a_sentence() {
        let error = time_steps(&pair(41), Amount::BRIEF, &mut |_, _| true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "batch size 41 is larger than the 40 training images: use at most 40"
        );
    }
}
