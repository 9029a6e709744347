//! Progress of a training, time left, and the results so far.

use jiff::Timestamp;

use super::{Live, Phase};
use crate::evidence::{Estimate, Verdict};
use crate::run::{self, TrainingProgress};
use crate::training::{EpochRecord, Role};

impl Live {
    fn progress(&self) -> TrainingProgress<'_> {
        TrainingProgress {
            recipe: &self.settings.recipe,
            plan: &self.plan,
            metrics: &self.metrics,
            steps_per_epoch: self.steps_per_epoch,
            seed: self.seed,
            positions: self.positions,
        }
    }

    /// Which of the seeds is trained, from 1, and how many there are.
    pub fn seed_of(&self) -> (usize, usize) {
        self.progress().seed_of()
    }

    /// Epochs of one network that are done in the present seed, or where several are trained in the mean over all, a fraction.
    pub fn epochs_done(&self, network: Role) -> f64 {
        if let Some(spread) = &self.spread {
            return self.mean_epochs_done(spread, network);
        }
        self.progress().epochs_done(network)
    }

    /// How much of the whole training is done, a fraction.
    pub fn share_done(&self) -> f64 {
        if matches!(self.phase, Phase::Finished(_)) {
            return 1.0;
        }
        match &self.spread {
            Some(spread) => self.share_of_all(spread),
            None => self.progress().share_done(),
        }
    }

    /// Seconds since the launch, or from launch to end, and those of earlier epochs where the run was resumed.
    pub fn elapsed(&self, now: Timestamp) -> f64 {
        let since = (self.ended.unwrap_or(now) - self.launched).as_secs_f64();
        since.max(0.0) + self.earlier_seconds
    }

    /// Seconds of training of an epoch of one network as its speed so far promises, for the capped one also the prediction.
    pub fn seconds_by_speed(&self, network: Role) -> Option<f64> {
        let speed = self.images_per_second(network);
        speed
            .filter(|speed| *speed > 0.0)
            .map(|speed| (self.steps_per_epoch * self.settings.recipe.batch_size) as f64 / speed)
            .or_else(|| match network {
                Role::Baseline => None,
                Role::Capped => {
                    let saved = self.plan.predicted_time_saved?;
                    Some(self.seconds_by_speed(Role::Baseline)? * (1.0 - saved))
                }
            })
    }

    /// Seconds of training and evaluation still to come; `None` before the first steps.
    pub fn seconds_left(&self) -> Option<f64> {
        if self.spread.is_some() {
            return self.followed.as_ref()?.status()?.seconds_left;
        }
        self.progress().seconds_left()
    }

    /// Test accuracy of one network after its last finished epoch.
    pub fn accuracy(&self, network: Role) -> Option<f64> {
        if self.spread.is_some() {
            return self.mean_accuracy(network);
        }
        self.metrics
            .iter()
            .rev()
            .find(|row| row.network == network && Some(row.seed) == self.seed)
            .map(EpochRecord::validation_accuracy)
    }

    /// Training images per second of one network, as last reported.
    pub fn images_per_second(&self, network: Role) -> Option<f64> {
        if let Some(spread) = &self.spread {
            return Self::mean_speed(spread, network);
        }
        self.positions[network as usize].map(|position| position.images_per_second)
    }

    /// Time saved: the summary's once there is one, before that so far.
    pub fn time_saved(&self) -> Option<Estimate> {
        match &self.phase {
            Phase::Finished(summary) => summary.time_saved,
            _ => run::time_saved(&self.metrics),
        }
    }

    /// The verdict: the summary's once there is one, before that over the finished seeds.
    pub fn verdict(&self) -> Verdict {
        match &self.phase {
            Phase::Finished(summary) => summary.verdict.clone(),
            _ => run::verdict_so_far(
                &self.metrics,
                &self.settings.recipe,
                self.test_set,
                self.settings.margin,
                &self.settings.looks,
            ),
        }
    }
}
