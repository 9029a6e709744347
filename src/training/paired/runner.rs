//! The runner: seeds, turns, epochs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::Job;
use super::checkpoints::CheckpointWriter;
use super::control::Controls;
use super::events::EventSender;
use super::failure::{Found, diverged, unrecorded};
use super::network::{Current, NetworkTraining, NotFinite};
use super::turns::{Turn, turns};
use crate::network::Spec;
use crate::network::weights::first_not_finite;
use crate::training::batches::Batches;
use crate::training::checkpoint;
use crate::training::clock::{Clock, Stopwatch};
use crate::training::device::{DeviceError, DeviceFault};
use crate::training::event::LOGITS;
use crate::training::schedule::Schedule;
use crate::training::step::{Tally, Trainer};
use crate::training::{Control, EpochRecord, Event, Role, TrainingError};

/// Least time between two reports within an epoch; each reads numbers back from the device.
const REPORT_EVERY: Duration = Duration::from_millis(400);

/// Why a training ended early.
pub(super) enum Halt {
    Stopped,
    Failed(DeviceError),
}

impl From<TrainingError> for Halt {
    fn from(error: TrainingError) -> Self {
        let message = error.to_string();
        let fault = match error {
            TrainingError::Device(error) => error.fault,
            _ => DeviceFault::Other,
        };
        Self::Failed(DeviceError { fault, message })
    }
}

pub(super) fn run(job: Job, controls: Receiver<Control>, events: EventSender) {
    let batches = Batches::of_recipe(job.dataset.clone(), &job.recipe);
    let mut runner = Runner::new(job, batches, controls, events);
    let last = match guarded(|| runner.train_all()) {
        Ok(()) => Event::Finished,
        Err(Halt::Stopped) => Event::Stopped,
        Err(Halt::Failed(error)) => runner.end_of(&error),
    };
    runner.events.send(last);
    runner.events.finish();
}

/// What `work` gives, a panic in it as a failure.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Halt>) -> Result<T, Halt> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Halt::Failed(DeviceError::of_panic(panic.as_ref()))))
}

pub(super) struct Runner {
    pub(super) job: Job,
    pub(super) batches: Batches,
    schedule: Schedule,
    pub(super) controls: Controls,
    checkpoints: CheckpointWriter,
    pub(super) events: EventSender,
    /// Whether steps of both networks are recorded and replayed, or of neither.
    replays: bool,
    /// Whether both networks have been through a warm-up.
    pub(super) warm: bool,
    /// All epochs so far, those of before a resume included.
    records: Vec<EpochRecord>,
}

impl Runner {
    pub(super) fn new(
        job: Job,
        batches: Batches,
        receiver: Receiver<Control>,
        events: EventSender,
    ) -> Self {
        Self {
            schedule: Schedule::new(&job.recipe, batches.steps_per_epoch()),
            controls: Controls {
                receiver,
                clock: job.clock.clone(),
                device: job.device.device.clone(),
            },
            checkpoints: CheckpointWriter::new(
                job.checkpoints.clone(),
                job.run.clone(),
                job.clock.clone(),
            ),
            batches,
            events,
            replays: true,
            warm: false,
            records: job
                .resume_state
                .saved
                .iter()
                .flat_map(|saved| saved.epochs.clone())
                .collect(),
            job,
        }
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        &self.job.clock
    }

    fn seconds_since(&self, begun: Duration) -> f64 {
        self.clock().now().saturating_sub(begun).as_secs_f64()
    }

    fn spec(&self, role: Role) -> &Spec {
        match role {
            Role::Baseline => &self.job.baseline,
            Role::Capped => &self.job.capped,
        }
    }

    fn trainer(&self, role: Role, seed: u64) -> Trainer {
        let device = &self.job.device.device;
        Trainer::new(self.spec(role), &self.job.recipe, seed, device)
            .with_precision(self.job.device.precision)
    }

    /// Whether a network has nothing left to train: all its epochs are done, or it was stopped.
    fn is_done(&self, role: Role, seed: u64) -> bool {
        let resume_state = &self.job.resume_state;
        let all = |saved: &checkpoint::Saved| saved.progress.epoch >= self.job.recipe.epochs;
        resume_state.diverged(seed, role).is_some()
            || resume_state.saved(seed, role).is_some_and(all)
    }

    fn train_all(&mut self) -> Result<(), Halt> {
        self.events.send(Event::Started {
            device: self.job.device.description.clone(),
            train_images: self.job.dataset.train.len(),
            test_images: self.batches.test_images(),
            most_frequent_class: Some(self.job.dataset.test.most_frequent()),
            steps_per_epoch: self.batches.steps_per_epoch(),
            epochs: self.job.recipe.epochs,
            seeds: self.job.recipe.seeds.clone(),
        });
        if self.job.resume_state.continued {
            let saved = &self.job.resume_state.saved;
            let from = saved.iter().map(|saved| saved.progress).collect();
            self.events.send(Event::Continued { from });
            for message in self.job.resume_state.complaints.clone() {
                self.events.send(Event::Warning { message });
            }
        }
        let mut seeds = self.job.recipe.seeds.clone();
        seeds.retain(|&seed| !Role::BOTH.iter().all(|&role| self.is_done(role, seed)));
        if seeds.is_empty() || self.job.enough.0(&self.records) {
            return Ok(());
        }
        self.batches = self.batches.clone().lying_on(&self.job.device);
        self.warm_up_both(self.job.device.warm_up_steps())?;
        for seed in seeds {
            if self.job.enough.0(&self.records) {
                break;
            }
            self.train_seed(seed)?;
        }
        Ok(())
    }

    /// Warms both networks up. Both are held until both are warm, as in training, so that what does not fit shows
    /// before it.
    pub(super) fn warm_up_both(&mut self, steps: usize) -> Result<(), Halt> {
        let mut held = Vec::new();
        for role in Role::BOTH {
            held.push(self.warm_up(role, steps)?);
        }
        self.warm = true;
        Ok(())
    }

    /// Runs a network that is thrown away through training and evaluation, so that kernels are compiled
    /// before any clock runs. Losses are read as in training: after the first step, then after several. What is found of the
    /// network does not matter.
    fn warm_up(&mut self, role: Role, steps: usize) -> Result<Trainer, Halt> {
        let begun = self.clock().now();
        let mut trainer = self.trainer(role, 0);
        let mut tally = Tally::default();
        for (step, batch) in self.batches.train(0, 0).iter().take(steps).enumerate() {
            if step == steps / 2 && self.replays {
                let recorded;
                (trainer, recorded) = trainer.capture();
                if let Err(reason) = recorded {
                    self.replays = false;
                    self.events.send(Event::Warning {
                        message: unrecorded(&DeviceError::new(reason)),
                    });
                }
            }
            trainer = trainer.step(batch, 0.0, &mut tally)?;
            if step == 0 {
                tally.read()?;
            }
            self.controls.poll_control(&mut self.events, None)?;
        }
        tally.read()?;
        drop(first_not_finite(&trainer.network));
        trainer.evaluate(self.batches.test_ends())?;
        self.events.send(Event::WarmedUp {
            network: role,
            seconds: self.seconds_since(begun),
        });
        Ok(trainer)
    }

    /// A network where it stands, with the batches of its next epoch under way; none that was stopped.
    fn begin(
        &mut self,
        network: Role,
        seed: u64,
    ) -> Result<Option<NetworkTraining>, TrainingError> {
        let resume_state = &self.job.resume_state;
        if resume_state.diverged(seed, network).is_some() {
            return Ok(None);
        }
        let (trainer, epochs) = match resume_state.saved(seed, network) {
            Some(saved) => {
                let device = &self.job.device.device;
                let spec = self.spec(network);
                let trainer = checkpoint::restore(saved, spec, &self.job.recipe, device)?;
                (
                    trainer.with_precision(self.job.device.precision),
                    saved.epochs.clone(),
                )
            }
            None => (self.trainer(network, seed), Vec::new()),
        };
        let mut training = NetworkTraining {
            seed,
            network,
            trainer,
            epochs,
            ahead: None,
            current: None,
        };
        if training.done() < self.job.recipe.epochs {
            let next = training.done() + 1;
            training.look_ahead(&self.batches, next);
            if self.replays {
                training = self.record(training)?;
            }
        }
        Ok(Some(training))
    }

    /// A network whose steps can be replayed, where the device can.
    fn record(&mut self, mut training: NetworkTraining) -> Result<NetworkTraining, TrainingError> {
        let begun = self.clock().now();
        let recorded;
        (training.trainer, recorded) = training.trainer.capture();
        recorded.map_err(|reason| {
            DeviceError::new(format!(
                "the device could record a training step at first and now cannot: {reason}"
            ))
        })?;
        if training.trainer.is_replayed() {
            self.events.send(Event::WarmedUp {
                network: training.network,
                seconds: self.seconds_since(begun),
            });
        }
        Ok(training)
    }

    fn train_seed(&mut self, seed: u64) -> Result<(), Halt> {
        self.events.send(Event::SeedStarted { seed });
        let mut trainings = [
            self.begin(Role::Baseline, seed)?,
            self.begin(Role::Capped, seed)?,
        ];
        for turn in turns(self.job.recipe.epochs) {
            let place = &mut trainings[turn.network as usize];
            let Some(training) = place.take_if(|training| training.done() < turn.epoch) else {
                continue;
            };
            *place = self.take_turn(training, turn)?;
        }
        self.events.send(Event::SeedFinished { seed });
        Ok(())
    }

    /// Trains half an epoch, and evaluates and keeps the network when its epoch is done; gives it back
    /// unless something of it is no longer finite.
    fn take_turn(
        &mut self,
        mut training: NetworkTraining,
        turn: Turn,
    ) -> Result<Option<NetworkTraining>, Halt> {
        let watch = Stopwatch::new(self.clock().clone());
        let mut current = training.enter(&self.batches, turn.epoch, watch);
        let not_finite;
        (training, not_finite) = self.train(training, &mut current, turn)?;
        let not_finite = match not_finite {
            Some(not_finite) => Some((not_finite, first_not_finite(&training.trainer.network))),
            None if turn.ends_epoch() => self
                .finish_epoch(&mut training, &current, turn.epoch)?
                .map(|tensor| (current.last_read(), Some(tensor))),
            None => {
                training.current = Some(current);
                None
            }
        };
        let Some((NotFinite { step, before }, tensor)) = not_finite else {
            return Ok(Some(training));
        };
        let first = (turn.epoch - 1) * self.batches.steps_per_epoch();
        let found = Found {
            step,
            rate: self.schedule.rate(first + step - 1),
            before,
            tensor,
        };
        let peak = self.job.recipe.learning_rate;
        let diverged = diverged(training.at(turn.epoch), found, peak);
        self.checkpoints.save_diverged(&mut self.events, diverged);
        Ok(None)
    }

    fn train(
        &mut self,
        mut training: NetworkTraining,
        current: &mut Current,
        turn: Turn,
    ) -> Result<(NetworkTraining, Option<NotFinite>), Halt> {
        let device = self.job.device.device.clone();
        let steps = self.batches.steps_per_epoch();
        let first_step = (turn.epoch - 1) * steps;
        let clock = self.clock().clone();
        current.watch.start(&device)?;
        let mut reported = clock.now();
        for step in turn.steps(steps) {
            let asked = clock.now();
            let batch = current.batches.recv().map_err(|_| {
                TrainingError::Died(
                    "the thread that prepares batches ended unexpectedly".to_owned(),
                )
            })?;
            current.waited += clock.now().saturating_sub(asked);
            current.learning_rate = self.schedule.rate(first_step + step);
            let rate = current.learning_rate;
            training.trainer = training.trainer.step(batch, rate, &mut current.tally)?;
            if step == 0 || clock.now().saturating_sub(reported) >= REPORT_EVERY {
                match current.read()? {
                    Err(not_finite) => return Ok((training, Some(not_finite))),
                    Ok(None) => {}
                    Ok(Some(loss)) => self.events.send(Event::Step {
                        seed: training.seed,
                        network: training.network,
                        epoch: turn.epoch,
                        step: step + 1,
                        loss,
                        learning_rate: current.learning_rate,
                        images_per_second: current.sums.images as f64 / current.watch.seconds(),
                    }),
                }
                reported = clock.now();
            }
            self.controls
                .poll_control(&mut self.events, Some(&mut current.watch))?;
        }
        current.watch.stop(&device)?;
        Ok((training, current.read()?.err()))
    }

    /// Evaluates and keeps a network whose epoch is done; where it is no longer finite, neither, and it gives the first
    /// tensor that is not.
    fn finish_epoch(
        &mut self,
        training: &mut NetworkTraining,
        current: &Current,
        epoch: usize,
    ) -> Result<Option<String>, Halt> {
        let (seed, network) = (training.seed, training.network);
        if let Some(tensor) = first_not_finite(&training.trainer.network) {
            return Ok(Some(tensor));
        }
        if epoch < self.job.recipe.epochs {
            training.look_ahead(&self.batches, epoch + 1);
        } else {
            training.trainer.discard_capture();
        }
        self.events.send(Event::Evaluating {
            seed,
            network,
            epoch,
        });
        let device = self.job.device.device.clone();
        let mut watch = Stopwatch::new(self.clock().clone());
        watch.start(&device)?;
        let mut halt = None;
        let test = self.batches.test();
        let test = training.trainer.evaluate(test.iter().take_while(|_| {
            halt = self
                .controls
                .poll_control(&mut self.events, Some(&mut watch))
                .err();
            halt.is_none()
        }))?;
        if let Some(halt) = halt {
            return Err(halt);
        }
        watch.stop(&device)?;
        if !test.is_finite() {
            return Ok(Some(LOGITS.to_owned()));
        }
        let train_seconds = current.watch.seconds();
        let record = EpochRecord {
            seed,
            network,
            epoch,
            train_loss: current.sums.mean_loss(),
            train_accuracy: current.sums.accuracy(),
            test_loss: test.sums.mean_loss(),
            test_accuracy: test.sums.accuracy(),
            train_seconds,
            eval_seconds: watch.seconds(),
            images_per_second: current.sums.images as f64 / train_seconds,
            learning_rate: current.learning_rate,
            data_wait_seconds: Some(current.waited.as_secs_f64()),
        };
        training.epochs.push(record.clone());
        self.records.push(record.clone());
        self.events.send(Event::Epoch(record));
        let at = training.at(epoch);
        if epoch == self.job.recipe.epochs {
            self.checkpoints
                .save_correct(&mut self.events, at, &test.correct);
        }
        self.checkpoints
            .save(&mut self.events, at, &training.trainer, &training.epochs);
        Ok(None)
    }
}
