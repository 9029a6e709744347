//! What a run showed, in numbers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Account, Excluded, Prediction, Protocol, TimeToAccuracy};
use crate::depth::{Rule, Unit};
use crate::evidence::{Estimate, ImageComparison, Verdict, mean_interval};
use crate::format::{about, number_of, percent};
use crate::training::event::null_as_nan;
use crate::training::rates::RateCheck;
use crate::training::{Diverged, EpochRecord, Recipe, Role};

/// One network of one seed, after its last finished epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkResult {
    /// Fraction of test images classified right after the last epoch.
    pub test_accuracy: f64,
    /// Mean cross-entropy on the test images, in nats; not a number (null in JSON) in older runs that diverged.
    #[serde(deserialize_with = "null_as_nan")]
    pub test_loss: f64,
    /// Training seconds over all epochs: no compilation, no evaluation.
    pub train_seconds: f64,
    /// Training images over `train_seconds`.
    #[serde(deserialize_with = "null_as_nan")]
    pub images_per_second: f64,
    /// Trainable parameters.
    pub parameters: u64,
    /// Convolutions along the main path.
    pub conv_depth: usize,
    /// Peak learning rate, where the networks do not share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Fraction of held-out images classified right after the last epoch, or the one that is kept; absent without a hold-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_accuracy: Option<f64>,
    /// Mean cross-entropy on the held-out images, in nats; absent without a hold-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_loss: Option<f64>,
    /// Epochs trained, of a network that may stop early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// The epoch of them that was tested and kept, the best on the hold-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_epoch: Option<usize>,
    /// The largest gradient norm of all steps, see [`EpochRecord::gradient_norm`]; absent in older runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_norm_max: Option<f64>,
    /// Joules that the device used in `train_seconds`; absent where they are not known of every epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_joules: Option<f64>,
}

/// One paired training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// The usual network.
    pub baseline: NetworkResult,
    /// The capped one.
    pub capped: NetworkResult,
    /// `1 - T_capped / T_baseline` over the seed's training time.
    #[serde(deserialize_with = "null_as_nan")]
    pub time_saved: f64,
    /// `1 - E_capped / E_baseline` over the energy of the seed's training; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_saved: Option<f64>,
    /// Capped minus baseline test accuracy.
    pub accuracy_difference: f64,
    /// 95 % interval of that difference over test images; null where it was not computed.
    pub accuracy_difference_interval: Option<[f64; 2]>,
    /// Both networks compared image by image; null of older runs and where the record of it is gone.
    #[serde(default)]
    pub images: Option<ImageComparison>,
}

impl SeedResult {
    /// What one of its networks reached.
    #[must_use]
    pub const fn of(&self, role: Role) -> &NetworkResult {
        match role {
            Role::Baseline => &self.baseline,
            Role::Capped => &self.capped,
        }
    }
}

/// What a run showed; what `train --json` prints and `summary.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The run's folder.
    pub run_dir: PathBuf,
    /// Name of the dataset.
    pub dataset: String,
    /// Name of the architecture.
    pub architecture: String,
    /// The reading that gave the cap.
    pub reading: Rule,
    /// The cap.
    pub cap: usize,
    /// Seeds that were added after the run was begun, so that p-values and intervals are not those of a fixed plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds_added: Vec<u64>,
    /// Whether the cap was given by hand in place of the reading's.
    #[serde(default)]
    pub depth_override: bool,
    /// The device in words.
    pub device: String,
    /// `f32`, `tf32` or `bf16`.
    pub precision: String,
    /// Epochs of each network.
    pub epochs: usize,
    /// Epochs of the capped network, where they are not those of the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capped_epochs: Option<usize>,
    /// Epochs without a better accuracy on the hold-out after which a network stopped; absent where none stops early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// What both networks have the same of: epochs or seconds.
    #[serde(default, skip_serializing_if = "Protocol::is_usual")]
    pub protocol: Protocol,
    /// Images per step.
    pub batch_size: usize,
    /// The seeds of which both networks are trained to the end.
    pub seeds: Vec<SeedResult>,
    /// Time saved over seeds (over paired epochs where there is one seed), see [`time_saved`](super::time_saved()); null without a finished seed.
    pub time_saved: Option<Estimate>,
    /// Time saved over all paired epochs of all seeds together, with the interval of a ratio over epochs;
    /// null without a finished seed and in older runs.
    #[serde(default)]
    pub time_saved_over_epochs: Option<Estimate>,
    /// Energy saved, by the statistics of `time_saved`; absent where the energy of an epoch is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_saved: Option<Estimate>,
    /// Training time until each network first reaches the same accuracy; null without a finished seed and in older runs.
    #[serde(default)]
    pub time_to_accuracy: Option<TimeToAccuracy>,
    /// Seeds of which a network diverged before its last epoch.
    #[serde(default)]
    pub broken_seeds: Vec<u64>,
    /// Largest share by which an epoch took longer than the median epoch of its network: how far another
    /// load on the machine may have moved the times; null of a single epoch and in older runs.
    #[serde(default)]
    pub slowest_epoch: Option<f64>,
    /// Share of the training images that was held out; absent without a hold-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<f64>,
    /// How the learning rates were chosen; absent where they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_check: Option<RateCheck>,
    /// What was predicted of it before training; null where nothing was.
    #[serde(default)]
    pub prediction: Option<Prediction>,
    /// Seconds of the run as predicted before it: start, training, evaluations; null where nothing was timed.
    #[serde(default)]
    pub predicted_seconds: Option<f64>,
    /// Seconds of the run in all, without pauses; null where they are not known.
    #[serde(default)]
    pub spent_seconds: Option<f64>,
    /// `predicted_seconds / spent_seconds - 1`; null where one of them is.
    #[serde(default)]
    pub prediction_error: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Seconds that count for no network; null where they are not known.
    #[serde(default)]
    pub excluded_seconds: Option<Excluded>,
    /// Their share of all time that was measured.
    #[serde(default)]
    pub excluded_share: Option<f64>,
    /// Share of the training time in which training waited for images; null where it is not known.
    #[serde(default)]
    pub data_wait_share: Option<f64>,
    /// Networks that were stopped because something of them was no longer finite.
    #[serde(default)]
    pub diverged: Vec<Diverged>,
    /// What a user must know of how the dataset was read and of what its images decided, in sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Share from which a slow epoch is reported: the machine was probably busy.
pub const SLOW: f64 = 0.25;

impl Summary {
    /// Adds what `account` holds besides the epochs in `metrics`.
    #[must_use]
    pub fn with_account(mut self, account: &Account, metrics: &[EpochRecord]) -> Self {
        let train_seconds: f64 = metrics.iter().map(|record| record.train_seconds).sum();
        let excluded = Some(account.excluded).filter(|_| !account.lost);
        self.excluded_seconds = excluded;
        self.spent_seconds =
            excluded.map(|excluded| train_seconds + excluded.total() - excluded.pauses);
        let ratio = self.predicted_seconds.zip(self.spent_seconds);
        let error = ratio.map(|(predicted, spent)| predicted / spent - 1.0);
        self.prediction_error = error.filter(|error| error.is_finite());
        self.excluded_share = excluded.and_then(|excluded| excluded.share(train_seconds));
        self.diverged.clone_from(&account.diverged);
        self
    }

    /// Its cap with what that counts.
    #[must_use]
    pub fn cap_in_words(&self) -> String {
        if self.depth_override {
            Unit::Convolutions.of(self.cap)
        } else {
            self.reading.counted(self.cap)
        }
    }

    /// The seeds of `recipe` that were trained: all, or those up to the look that decided.
    #[must_use]
    pub fn trained(&self, recipe: &Recipe) -> Vec<u64> {
        let mut seeds = recipe.seeds.clone();
        if self.verdict.is_decided_at_a_look() {
            seeds.retain(|&seed| self.seeds.iter().any(|result| result.seed == seed));
        }
        seeds
    }

    /// Time saved per epoch, which a prediction is compared with: over the epochs that both networks have, where they
    /// have different numbers of them.
    #[must_use]
    pub fn time_saved_per_epoch(&self) -> Option<Estimate> {
        if self.capped_epochs.is_none() && self.patience.is_none() {
            self.time_saved
        } else {
            self.time_saved_over_epochs
        }
    }

    /// How many epochs each network was trained for and what the capped one took of the baseline's seconds, one clause; none
    /// where both have the same number of epochs.
    #[must_use]
    pub fn protocol_in_words(&self) -> Option<String> {
        let capped = self.capped_epochs?;
        let protocol = match self.protocol {
            Protocol::EqualSeconds => "equal seconds: ",
            Protocol::EqualEpochs => "",
        };
        let took = self.time_saved.map_or_else(String::new, |saved| {
            let share = percent(1.0 - saved.mean, 1);
            format!("; the capped network took {share} % of the baseline's training time")
        });
        let baseline = number_of(self.epochs, "epoch", "epochs");
        Some(format!(
            "{protocol}{baseline} of the baseline, {capped} of the capped network{took}"
        ))
    }

    /// When the networks stopped, one clause; none where none stops early.
    #[must_use]
    pub fn stopping_in_words(&self) -> Option<String> {
        let patience = number_of(self.patience?, "epoch", "epochs");
        let of = |network: fn(&SeedResult) -> &NetworkResult| {
            let networks = self.seeds.iter().map(network);
            let shown =
                networks.filter_map(|it| Some(format!("{} ({})", it.epochs?, it.kept_epoch?)));
            shown.collect::<Vec<_>>().join(", ")
        };
        Some(format!(
            "a network stopped after {patience} without a better accuracy on the hold-out; epochs trained (and kept), seed by seed: baseline {}, capped {}",
            of(|seed| &seed.baseline),
            of(|seed| &seed.capped)
        ))
    }

    /// Mean test accuracies over seeds of the baseline and of the capped network.
    #[must_use]
    pub fn accuracies(&self) -> [Option<Estimate>; 2] {
        let of = |value: fn(&SeedResult) -> f64| {
            let values: Vec<f64> = self.seeds.iter().map(value).collect();
            mean_interval(&values)
        };
        [
            of(|seed| seed.baseline.test_accuracy),
            of(|seed| seed.capped.test_accuracy),
        ]
    }

    /// Joules of a seed's training of the baseline and of the capped network, mean over seeds; `None` where not all are known.
    #[must_use]
    pub fn joules(&self) -> [Option<f64>; 2] {
        Role::BOTH.map(|role| {
            let of_seeds = self.seeds.iter().map(|seed| seed.of(role).train_joules);
            let all: Vec<f64> = of_seeds.collect::<Option<_>>()?;
            mean_interval(&all).map(|estimate| estimate.mean)
        })
    }

    /// The largest gradient norm of the baseline and of the capped network in any seed; `None` where none is recorded.
    #[must_use]
    pub fn gradient_norms(&self) -> [Option<f64>; 2] {
        Role::BOTH.map(|role| {
            let of_seeds = self.seeds.iter();
            let norms = of_seeds.filter_map(|seed| seed.of(role).gradient_norm_max);
            norms.reduce(f64::max)
        })
    }

    /// Which networks diverged and what is not finite, as one sentence; `None` where none did.
    #[must_use]
    pub fn divergence(&self) -> Option<String> {
        /// Networks that are named.
        const NAMED: usize = 2;
        let reasons: Vec<String> = self.diverged.iter().map(Diverged::reason).collect();
        let more = match reasons.len().checked_sub(NAMED) {
            None | Some(0) => String::new(),
            Some(more) => format!("; and {}", number_of(more, "more network", "more networks")),
        };
        (!reasons.is_empty())
            .then(|| format!("{}{more}", reasons[..reasons.len().min(NAMED)].join("; ")))
    }

    /// The predicted seconds compared with those that were spent, without a stop; `None` where nothing was predicted.
    #[must_use]
    pub fn price(&self) -> Option<String> {
        let predicted = about(self.predicted_seconds?);
        let spent = about(self.spent_seconds?);
        let error = percent(self.prediction_error?.abs(), 0);
        let side = if self.prediction_error? < 0.0 {
            "few"
        } else {
            "many"
        };
        Some(format!(
            "predicted {predicted}, took {spent}: {error} % too {side}"
        ))
    }

    /// A sentence where epochs took so unequally long that another load is likely.
    #[must_use]
    pub fn busy(&self) -> Option<String> {
        let slowest = self.slowest_epoch.filter(|&share| share > SLOW)?;
        Some(format!(
            "an epoch took {} % longer than its network's median epoch: the machine was probably busy. Both networks take turns, so the time saved is affected less",
            (slowest * 100.0).round()
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn predicted_seconds_are_compared_with_those_spent_without_pauses() {
        let mut run = fixture::run(&[1], 2, 2);
        run.plan.predicted_seconds = Some(60.0);
        let summary = crate::run::summarise(&run.manifest, &run.plan, &run.path, &run.metrics);
        assert_eq!(summary.price(), None, "nothing is known of the time spent");
        let trained: f64 = run.metrics.iter().map(|row| row.train_seconds).sum();
        let mut account = Account::default();
        account.excluded.evaluation = 48.0 - trained;
        account.excluded.pauses = 1000.0;
        let summary = summary.with_account(&account, &run.metrics);
        assert!((summary.spent_seconds.unwrap() - 48.0).abs() < 1e-9);
        assert!((summary.prediction_error.unwrap() - 0.25).abs() < 1e-9);
        let said = "predicted 60 s, took 48 s: 25 % too many";
        assert_eq!(summary.price().as_deref(), Some(said));
    }

    #[test]
    fn networks_that_diverged_are_named_in_one_sentence() {
        let mut summary = fixture::run(&[1], 1, 1).summary.unwrap();
        assert_eq!(summary.divergence(), None);
        let diverged = |seed, network, tensor: Option<&str>| Diverged {
            seed,
            network,
            epoch: 2,
            step: 1,
            tensor: tensor.map(str::to_owned),
            message: String::new(),
        };
        summary.diverged = vec![
            diverged(1, Role::Baseline, Some("stem.weight")),
            diverged(1, Role::Capped, Some("logits")),
            diverged(2, Role::Capped, None),
        ];
        assert_eq!(
            summary.divergence().as_deref(),
            Some(
                "seed 1 diverged in epoch 2: baseline, stem.weight is not finite; seed 1 diverged in epoch 2: capped, its logits in evaluation are not finite; and 1 more network"
            )
        );
    }
}
