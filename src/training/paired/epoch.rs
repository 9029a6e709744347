//! Half an epoch of a network, and what follows when its epoch is done.

use std::time::Duration;

use crossbeam_channel::Receiver;

use super::failure::{Found, diverged};
use super::halt::Halt;
use super::network::{Current, NetworkTraining, NotFinite};
use super::runner::Runner;
use super::turns::Turn;
use crate::network::weights::first_not_finite;
use crate::training::batches::HostBatch;
use crate::training::checkpoint;
use crate::training::clock::Stopwatch;
use crate::training::event::LOGITS;
use crate::training::step::{Evaluation, Trainer};
use crate::training::{EpochRecord, Event, TrainingError};

/// Least time between two reports within an epoch; each reads numbers back from the device.
const REPORT_EVERY: Duration = Duration::from_millis(400);

impl Runner {
    /// Trains half an epoch, and evaluates and keeps the network when its epoch is done; gives it back
    /// unless its training is over or something of it is no longer finite.
    pub(super) fn take_turn(
        &mut self,
        mut training: NetworkTraining,
        turn: Turn,
    ) -> Result<Option<NetworkTraining>, Halt> {
        let watch = Stopwatch::new(self.clock().clone()).with_meter(self.job.meter.clone());
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
        let Some((not_finite, tensor)) = not_finite else {
            return Ok(Some(training).filter(|training| !self.is_through(training)));
        };
        let NotFinite {
            step,
            before,
            norm_before,
        } = not_finite;
        let first = (turn.epoch - 1) * self.batches.steps_per_epoch();
        let schedule = self.schedules[turn.network as usize];
        let found = Found {
            step,
            rate: schedule.rate(first + step - 1),
            before,
            norm_before,
            tensor,
        };
        let peak = schedule.peak();
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
            current.learning_rate = self.schedules[turn.network as usize].rate(first_step + step);
            let rate = current.learning_rate;
            training.trainer = training.trainer.step(batch, rate, &mut current.tally)?;
            if step == 0 || clock.now().saturating_sub(reported) >= REPORT_EVERY {
                match current.read()? {
                    Err(not_finite) => return Ok((training, Some(not_finite))),
                    Ok(None) => {}
                    Ok(Some(reading)) => self.events.send(Event::Step {
                        seed: training.seed,
                        network: training.network,
                        epoch: turn.epoch,
                        step: step + 1,
                        loss: reading.loss,
                        gradient_norm: reading.gradient_norm,
                        learning_rate: current.learning_rate,
                        images_per_second: current.sums.images as f64 / current.watch.seconds(),
                    }),
                }
                current.watch.keep_meter();
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
        let last = self.job.recipe.epochs_of(network);
        if epoch < last {
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
        let has_holdout = !self.batches.holdout().held_out.is_empty();
        let mut held_out = None;
        if has_holdout {
            let batches = self.batches.held_out();
            held_out = Some(self.evaluate(&training.trainer, &batches, &mut watch)?);
        }
        let train_seconds = current.watch.seconds();
        let mut record = EpochRecord {
            seed,
            network,
            epoch,
            train_loss: current.sums.mean_loss(),
            train_accuracy: current.sums.accuracy(),
            test_loss: f64::NAN,
            test_accuracy: f64::NAN,
            train_seconds,
            eval_seconds: 0.0,
            images_per_second: current.sums.images as f64 / train_seconds,
            learning_rate: current.learning_rate,
            data_wait_seconds: Some(current.waited.as_secs_f64()),
            holdout_loss: held_out.as_ref().map(|one| one.sums.mean_loss()),
            holdout_accuracy: held_out.as_ref().map(|one| one.sums.accuracy()),
            kept_epoch: None,
            gradient_norm: current.sums.gradients.mean(),
            gradient_norm_max: current.sums.gradients.max(),
            train_joules: current.watch.joules(),
        };
        let rows = training.epochs.iter().chain([&record]);
        let over = self.job.recipe.is_over(network, rows.clone());
        let kept = self.job.recipe.kept_epoch(rows);
        if over && epoch < last {
            training.ahead = None;
            training.trainer.discard_capture();
        }
        if let Some(kept) = kept.filter(|_| over) {
            record.kept_epoch = Some(self.put_back(training, [kept, epoch]));
        }
        // With a hold-out the test images are used once, at the end.
        let mut test = None;
        if !has_holdout || over {
            let batches = self.batches.test();
            test = Some(self.evaluate(&training.trainer, &batches, &mut watch)?);
        }
        watch.stop(&device)?;
        if [&held_out, &test]
            .into_iter()
            .flatten()
            .any(|one| !one.is_finite())
        {
            return Ok(Some(LOGITS.to_owned()));
        }
        if let Some(test) = &test {
            record.test_loss = test.sums.mean_loss();
            record.test_accuracy = test.sums.accuracy();
        }
        record.eval_seconds = watch.seconds();
        training.epochs.push(record.clone());
        self.records.push(record.clone());
        self.events.send(Event::Epoch(record));
        let at = training.at(epoch);
        if let Some(test) = test.filter(|_| over) {
            self.checkpoints
                .save_correct(&mut self.events, at, &test.correct);
        }
        self.checkpoints.save(
            &mut self.events,
            at,
            &training.trainer,
            &training.epochs,
            kept,
        );
        Ok(None)
    }

    /// Puts the weights of the epoch `kept` back into a network that is over after `epoch`, and gives the epoch whose
    /// weights it has then: where they cannot be read, a warning says so and it stays as it is.
    fn put_back(&mut self, training: &mut NetworkTraining, [kept, epoch]: [usize; 2]) -> usize {
        if kept == epoch {
            return epoch;
        }
        let (run, device) = (self.job.run.as_deref(), &self.job.device);
        let place = (self.job.checkpoints.as_path(), training.at(kept), run);
        let spec = self.spec(training.network);
        match checkpoint::load(place, spec, &self.job.recipe, &device.device) {
            Ok(trainer) => {
                training.trainer = trainer.with_precision(device.precision);
                kept
            }
            Err(error) => {
                self.events.send(Event::Warning {
                    message: format!(
                        "{error}; the {} network of seed {} is tested and kept as epoch {epoch} left it, not epoch {kept}, its best",
                        training.network.name(),
                        training.seed
                    ),
                });
                epoch
            }
        }
    }

    /// Evaluates a network, until the owner asks for a stop.
    fn evaluate(
        &mut self,
        trainer: &Trainer,
        batches: &Receiver<HostBatch>,
        watch: &mut Stopwatch,
    ) -> Result<Evaluation, Halt> {
        let mut halt = None;
        let found = trainer.evaluate(batches.iter().take_while(|_| {
            let polled = self
                .controls
                .poll_control(&mut self.events, Some(&mut *watch));
            halt = polled.err();
            halt.is_none()
        }))?;
        halt.map_or(Ok(found), Err)
    }
}
