//! The runner: seeds, turns, epochs.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::Job;
use super::checkpoints::CheckpointWriter;
use super::control::Controls;
use super::events::EventSender;
use super::halt::{Halt, guarded};
use super::network::NetworkTraining;
use super::turns::turns;
use crate::network::Spec;
use crate::training::batches::Batches;
use crate::training::checkpoint;
use crate::training::clock::Clock;
use crate::training::schedule::Schedule;
use crate::training::step::Trainer;
use crate::training::{Control, EpochRecord, Event, Role};

pub(super) fn run(job: Job, batches: Batches, controls: Receiver<Control>, events: EventSender) {
    let mut runner = Runner::new(job, batches, controls, events);
    let last = match guarded(|| runner.train_all()) {
        Ok(()) => Event::Finished,
        Err(Halt::Stopped) => Event::Stopped,
        Err(Halt::Failed(error)) => runner.end_of(&error),
    };
    runner.events.send(last);
    runner.events.finish();
}

pub(super) struct Runner {
    pub(super) job: Job,
    pub(super) batches: Batches,
    /// The learning rates of the baseline and of the capped network.
    pub(super) schedules: [Schedule; 2],
    pub(super) controls: Controls,
    pub(super) checkpoints: CheckpointWriter,
    pub(super) events: EventSender,
    /// Whether steps of both networks are recorded and replayed, or of neither.
    pub(super) replays: bool,
    /// Whether both networks have been through a warm-up.
    pub(super) warm: bool,
    /// All epochs so far, those of before a resume included.
    pub(super) records: Vec<EpochRecord>,
}

impl Runner {
    pub(super) fn new(
        job: Job,
        batches: Batches,
        receiver: Receiver<Control>,
        events: EventSender,
    ) -> Self {
        Self {
            schedules: Role::BOTH
                .map(|role| Schedule::new(&job.recipe.of(role), batches.steps_per_epoch())),
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

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.job.clock
    }

    pub(super) fn seconds_since(&self, begun: Duration) -> f64 {
        self.clock().now().saturating_sub(begun).as_secs_f64()
    }

    pub(super) fn spec(&self, role: Role) -> &Spec {
        match role {
            Role::Baseline => &self.job.baseline,
            Role::Capped => &self.job.capped,
        }
    }

    pub(super) fn trainer(&self, role: Role, seed: u64) -> Trainer {
        let device = &self.job.device.device;
        Trainer::new(self.spec(role), &self.job.recipe, seed, device)
            .with_precision(self.job.device.precision)
    }

    /// Whether a network has all its epochs, or stopped early.
    pub(super) fn is_through(&self, training: &NetworkTraining) -> bool {
        let recipe = &self.job.recipe;
        recipe.is_over(training.network, &training.epochs)
    }

    /// Whether a network has nothing left to train: all its epochs are done, or it was stopped.
    fn is_done(&self, role: Role, seed: u64) -> bool {
        let resume_state = &self.job.resume_state;
        let all = |saved: &checkpoint::Saved| self.job.recipe.is_over(role, &saved.epochs);
        resume_state.diverged(seed, role).is_some()
            || resume_state.saved(seed, role).is_some_and(all)
    }

    fn train_all(&mut self) -> Result<(), Halt> {
        self.events.send(Event::Started {
            device: self.job.device.description.clone(),
            train_images: self.batches.holdout().trained.len(),
            holdout_images: Some(self.batches.holdout().held_out.len())
                .filter(|&images| images > 0),
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

    fn train_seed(&mut self, seed: u64) -> Result<(), Halt> {
        self.events.send(Event::SeedStarted { seed });
        let mut trainings = [
            self.begin(Role::Baseline, seed)?,
            self.begin(Role::Capped, seed)?,
        ]
        .map(|training| training.filter(|training| !self.is_through(training)));
        for turn in turns(Role::BOTH.map(|role| self.job.recipe.epochs_of(role))) {
            let place = &mut trainings[turn.network as usize];
            let Some(training) = place.take_if(|training| training.done() < turn.epoch) else {
                continue;
            };
            *place = self.take_turn(training, turn)?;
        }
        self.events.send(Event::SeedFinished { seed });
        Ok(())
    }
}
