//! What happens to a network before its clock runs: kernels are compiled, steps captured, checkpoints restored.

use super::failure::unrecorded;
use super::halt::Halt;
use super::network::NetworkTraining;
use super::runner::Runner;
use crate::network::weights::first_not_finite;
use crate::training::checkpoint;
use crate::training::device::DeviceError;
use crate::training::step::{Tally, Trainer};
use crate::training::{Event, Role, TrainingError};

impl Runner {
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
        trainer.evaluate(self.batches.held_out_ends())?;
        self.events.send(Event::WarmedUp {
            network: role,
            seconds: self.seconds_since(begun),
        });
        Ok(trainer)
    }

    /// A network after its finished epochs, with the batches of the next one being made; none that diverged.
    pub(super) fn begin(
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
        if !self.is_through(&training) {
            let next = training.done() + 1;
            training.look_ahead(&self.batches, next);
            if self.replays {
                training = self.record(training)?;
            }
        }
        Ok(Some(training))
    }

    /// Captures a step of the network, where the device can replay one.
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
}
