//! What a run showed, in numbers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};

use super::directory::CHECKPOINTS;
use super::times::{
    PairedEpoch, data_wait_share, over_epochs, paired_epochs, saving, slowest_epoch, time_saved,
};
use super::{Account, Excluded, Manifest, Prediction};
use crate::depth::Rule;
use crate::evidence::{
    Baselines, Estimate, ImageComparison, Trials, Verdict, compare_images, judge,
};
use crate::format::number_of;
use crate::network::{NetworkSummary, Plan};
use crate::training::{Diverged, EpochRecord, Role, correct};

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
    /// Capped minus baseline test accuracy.
    pub accuracy_difference: f64,
    /// 95 % interval of that difference over test images; null where it was not computed.
    pub accuracy_difference_interval: Option<[f64; 2]>,
    /// Both networks compared image by image; null of older runs and where the record of it is gone.
    #[serde(default)]
    pub images: Option<ImageComparison>,
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
    /// Whether the cap was given by hand in place of the reading's.
    #[serde(default)]
    pub depth_override: bool,
    /// The device in words.
    pub device: String,
    /// `f32`, `tf32` or `bf16`.
    pub precision: String,
    /// Epochs of each network.
    pub epochs: usize,
    /// Images per step.
    pub batch_size: usize,
    /// The seeds of which both networks are trained to the end.
    pub seeds: Vec<SeedResult>,
    /// Time saved over seeds (over paired epochs where there is one seed), see [`time_saved`]; null without a finished seed.
    pub time_saved: Option<Estimate>,
    /// Time saved over all paired epochs of all seeds together, with the interval of a ratio over epochs;
    /// null without a finished seed and in older runs.
    #[serde(default)]
    pub time_saved_over_epochs: Option<Estimate>,
    /// Seeds of which a network broke off before its last epoch: something of it was no longer finite.
    #[serde(default)]
    pub broken_seeds: Vec<u64>,
    /// Largest share by which an epoch took longer than the median epoch of its network: how far another
    /// load on the machine may have moved the times; null of a single epoch and in older runs.
    #[serde(default)]
    pub slowest_epoch: Option<f64>,
    /// What was predicted of it before training; null where nothing was.
    #[serde(default)]
    pub prediction: Option<Prediction>,
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

/// From this share on a slow epoch is told: the machine was probably busy.
pub const SLOW: f64 = 0.25;

impl Summary {
    /// Adds what was said besides the epochs that `metrics` holds.
    #[must_use]
    pub fn with_account(mut self, account: &Account, metrics: &[EpochRecord]) -> Self {
        let train_seconds = metrics.iter().map(|record| record.train_seconds).sum();
        let excluded = Some(account.excluded).filter(|_| !account.lost);
        self.excluded_seconds = excluded;
        self.excluded_share = excluded.and_then(|excluded| excluded.share(train_seconds));
        self.diverged.clone_from(&account.diverged);
        self
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

    /// A sentence where epochs took so unequally long that another load is likely.
    #[must_use]
    pub fn busy(&self) -> Option<String> {
        let slowest = self.slowest_epoch.filter(|&share| share > SLOW)?;
        Some(format!(
            "an epoch took {} % longer than its network's median epoch, so the machine was probably busy with something else; both networks take turns, which spares their ratio the worst of it",
            (slowest * 100.0).round()
        ))
    }
}

/// Seeds whose training is over without both networks having all their epochs: a later seed has begun,
/// or one of the two is through.
fn broken_seeds(asked: &[u64], epochs: usize, metrics: &[EpochRecord]) -> Vec<u64> {
    let last = |seed: u64, role: Role| {
        let of = metrics
            .iter()
            .filter(|row| (row.seed, row.network) == (seed, role));
        of.map(|row| row.epoch).max().unwrap_or(0)
    };
    let furthest = asked
        .iter()
        .rposition(|&seed| metrics.iter().any(|row| row.seed == seed))
        .unwrap_or(0);
    asked
        .iter()
        .enumerate()
        .filter(|&(at, &seed)| {
            let [baseline, capped] = Role::BOTH.map(|role| last(seed, role));
            let over = at < furthest || baseline.max(capped) > baseline.min(capped) + 1;
            over && baseline.min(capped) < epochs
        })
        .map(|(_, &seed)| seed)
        .collect()
}

/// Summarises the finished seeds of a run.
///
/// A seed counts as finished when both networks have all their epochs in `metrics` and their losses are finite. Which test images
/// a network classified right is read from the checkpoints below `path`, where they are.
#[must_use]
pub fn summarise(
    manifest: &Manifest,
    plan: &Plan,
    path: &Path,
    metrics: &[EpochRecord],
) -> Summary {
    let recipe = &manifest.settings.recipe;
    let broken = broken_seeds(&recipe.seeds, recipe.epochs, metrics);
    summarise_without(broken, manifest, plan, path, metrics)
}

/// As [`summarise`], of a run of which nothing more will be trained: a seed that is not finished is broken.
#[must_use]
pub fn summarise_whole(
    manifest: &Manifest,
    plan: &Plan,
    path: &Path,
    metrics: &[EpochRecord],
) -> Summary {
    let recipe = &manifest.settings.recipe;
    let paired = paired_epochs(metrics);
    let finished = |seed| {
        paired
            .get(seed)
            .is_some_and(|epochs| is_finished(epochs, recipe.epochs))
    };
    let broken = recipe.seeds.iter().filter(|seed| !finished(*seed));
    summarise_without(broken.copied().collect(), manifest, plan, path, metrics)
}

fn summarise_without(
    broken_seeds: Vec<u64>,
    manifest: &Manifest,
    plan: &Plan,
    path: &Path,
    metrics: &[EpochRecord],
) -> Summary {
    let recipe = &manifest.settings.recipe;
    let paired = paired_epochs(metrics);
    let seeds: Vec<SeedResult> = recipe
        .seeds
        .iter()
        .filter_map(|&seed| {
            let epochs = paired.get(&seed)?;
            let finished = is_finished(epochs, recipe.epochs);
            let images = compared(path, seed);
            seed_result(seed, finished.then_some(epochs)?, plan, images)
        })
        .collect();
    let finished: Vec<EpochRecord> = metrics
        .iter()
        .filter(|record| seeds.iter().any(|seed| seed.seed == record.seed))
        .cloned()
        .collect();
    let differences: Vec<f64> = seeds.iter().map(|seed| seed.accuracy_difference).collect();
    let numbers: Vec<u64> = seeds.iter().map(|seed| seed.seed).collect();
    let accuracies: Vec<f64> = seeds
        .iter()
        .map(|seed| seed.baseline.test_accuracy)
        .collect();
    let trials = Trials {
        differences: &differences,
        baselines: manifest.test_set.map(|test| Baselines {
            seeds: &numbers,
            accuracies: &accuracies,
            test,
        }),
        images: seeds.first().and_then(|seed| seed.images.as_ref()),
        broken: &broken_seeds,
    };
    Summary {
        run_dir: path.to_owned(),
        dataset: plan.dataset.clone(),
        architecture: plan.architecture.clone(),
        reading: plan.reading.clone(),
        cap: plan.cap,
        depth_override: plan.depth_override,
        device: manifest.device.clone(),
        precision: manifest.settings.precision.to_string(),
        epochs: recipe.epochs,
        batch_size: recipe.batch_size,
        time_saved: time_saved(&finished),
        time_saved_over_epochs: over_epochs(&paired_epochs(&finished)),
        slowest_epoch: slowest_epoch(&finished),
        prediction: Prediction::of(plan),
        verdict: judge(trials, manifest.settings.margin),
        broken_seeds,
        excluded_seconds: None,
        excluded_share: None,
        data_wait_share: data_wait_share(metrics),
        diverged: Vec::new(),
        notes: manifest.notes.clone(),
        seeds,
    }
}

/// Whether a seed has all its `epochs`, and no loss in them that older versions let stand though it was not finite.
fn is_finished(paired: &[PairedEpoch], epochs: usize) -> bool {
    let finite =
        |record: &EpochRecord| record.train_loss.is_finite() && record.test_loss.is_finite();
    paired.len() >= epochs
        && paired
            .iter()
            .all(|pair| finite(pair.baseline) && finite(pair.capped))
}

/// Both networks of a seed image by image, if it is recorded.
fn compared(run: &Path, seed: u64) -> Option<ImageComparison> {
    let folder = run.join(CHECKPOINTS);
    let [baseline, capped] = Role::BOTH.map(|role| correct::load(&folder, seed, role));
    compare_images(&baseline?, &capped?)
}

fn seed_result(
    seed: u64,
    epochs: &[PairedEpoch],
    plan: &Plan,
    images: Option<ImageComparison>,
) -> Option<SeedResult> {
    let of = |role: Role| {
        epochs.iter().map(move |pair| match role {
            Role::Baseline => pair.baseline,
            Role::Capped => pair.capped,
        })
    };
    let baseline = network_result(of(Role::Baseline), &plan.baseline)?;
    let capped = network_result(of(Role::Capped), plan.capped.as_ref()?)?;
    Some(SeedResult {
        seed,
        time_saved: saving(epochs).unwrap_or(f64::NAN),
        accuracy_difference: capped.test_accuracy - baseline.test_accuracy,
        accuracy_difference_interval: images.and_then(|images| images.interval),
        images,
        baseline,
        capped,
    })
}

fn network_result<'a>(
    epochs: impl Iterator<Item = &'a EpochRecord> + Clone,
    network: &NetworkSummary,
) -> Option<NetworkResult> {
    let last = epochs.clone().last()?;
    let train_seconds: f64 = epochs.clone().map(|epoch| epoch.train_seconds).sum();
    let images: f64 = epochs
        .map(|epoch| epoch.images_per_second * epoch.train_seconds)
        .sum();
    Some(NetworkResult {
        test_accuracy: last.test_accuracy,
        test_loss: last.test_loss,
        train_seconds,
        images_per_second: images / train_seconds,
        parameters: network.parameters,
        conv_depth: network.conv_depth,
    })
}

/// JSON has no not-a-number; serde writes it as null.
fn null_as_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::evidence::Outcome;
    use crate::run::fixture;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn only_finished_seeds_are_summarised() {
        let data = fixture::run(&[1, 2], 3, 3);
        let rows = &data.metrics[..data.metrics.len() - 1];
        let summary = summarise(&data.manifest, &data.plan, &data.path, rows);
        assert_eq!(summary.seeds.len(), 1);
        let seed = &summary.seeds[0];
        assert_eq!(seed.seed, 1);
        let expected: f64 = rows
            .iter()
            .filter(|row| row.seed == 1 && row.network == Role::Capped)
            .map(|row| row.train_seconds)
            .sum();
        assert!(near(seed.capped.train_seconds, expected));
        assert!(near(
            seed.time_saved,
            1.0 - seed.capped.train_seconds / seed.baseline.train_seconds
        ));
        assert!(near(summary.time_saved.unwrap().mean, seed.time_saved));
        assert_eq!(seed.capped.conv_depth, 11);
        assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    }

    #[test]
    fn seeds_that_broke_off_are_named() {
        let data = fixture::run(&[1, 2, 3], 3, 3);
        let without = |seed: u64, network: Role, from: usize| {
            let gone = move |row: &EpochRecord| {
                (row.seed, row.network) == (seed, network) && row.epoch >= from
            };
            let rows: Vec<_> = data
                .metrics
                .iter()
                .filter(|row| !gone(row))
                .cloned()
                .collect();
            summarise(&data.manifest, &data.plan, &data.path, &rows)
        };
        let first = without(1, Role::Capped, 3);
        assert_eq!(first.broken_seeds, [1]);
        assert_eq!(first.seeds.len(), 2);
        assert!(first.verdict.reason.contains("broke off in seed 1"));
        assert_eq!(without(3, Role::Baseline, 1).broken_seeds, [3]);
        assert!(without(3, Role::Baseline, 3).broken_seeds.is_empty());
        assert!(without(3, Role::Baseline, 4).broken_seeds.is_empty());
        let rows = &data.metrics[..data.metrics.len() - 1];
        let whole = summarise_whole(&data.manifest, &data.plan, &data.path, rows);
        assert_eq!(whole.broken_seeds, [3]);
    }

    #[test]
    fn a_busy_machine_is_told() {
        let mut data = fixture::run(&[1], 5, 5);
        let summary = |data: &crate::run::RunData| {
            summarise(&data.manifest, &data.plan, &data.path, &data.metrics)
        };
        assert_eq!(summary(&data).busy(), None);
        data.metrics[4].train_seconds *= 2.0;
        assert!(summary(&data).busy().unwrap().contains("% longer"));
    }

    #[test]
    fn recorded_images_give_each_seed_its_interval() {
        let out = tempfile::tempdir().unwrap();
        let data = fixture::run(&[1], 1, 1);
        for (network, flags) in [
            (Role::Baseline, [true, true, false]),
            (Role::Capped, [true; 3]),
        ] {
            let progress = crate::training::checkpoint::Progress {
                seed: 1,
                network,
                epoch: 1,
            };
            correct::save(&out.path().join(CHECKPOINTS), progress, &flags).unwrap();
        }
        let summary = summarise(&data.manifest, &data.plan, out.path(), &data.metrics);
        let images = summary.seeds[0].images.unwrap();
        assert_eq!(
            (images.images, images.only_baseline, images.only_capped),
            (3, 0, 1)
        );
        assert_eq!(
            summary.seeds[0].accuracy_difference_interval,
            images.interval
        );
        assert!(summary.verdict.reason.contains("over its 3 test images"));
    }

    #[test]
    fn without_a_finished_seed_nothing_is_claimed() {
        let data = fixture::run(&[1], 3, 2);
        let summary = summarise(&data.manifest, &data.plan, &data.path, &data.metrics);
        assert!(summary.seeds.is_empty());
        assert_eq!(summary.time_saved, None);
        assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
        assert_eq!(summary.verdict.difference, None);
    }

    #[test]
    fn time_left_out_and_time_waited_are_shares_of_what_they_belong_to() {
        let data = fixture::run(&[1, 2], 2, 2);
        let summary = summarise(&data.manifest, &data.plan, &data.path, &data.metrics);
        assert!(near(summary.data_wait_share.unwrap(), 0.004));
        assert_eq!(summary.excluded_seconds, None);
        let trained: f64 = data.metrics.iter().map(|row| row.train_seconds).sum();
        let account = Account {
            excluded: Excluded {
                pauses: trained / 3.0,
                ..Excluded::default()
            },
            ..Account::default()
        };
        let summary = summary.with_account(&account, &data.metrics);
        assert!(near(summary.excluded_share.unwrap(), 0.25));
        let mut old = data.metrics.clone();
        for row in &mut old {
            row.data_wait_seconds = None;
        }
        assert_eq!(data_wait_share(&old), None);
    }

    #[test]
    fn no_accuracy_stands_beside_a_loss_that_is_not_finite() {
        let mut data = fixture::run(&[1, 2], 2, 2);
        let put: [fn(&mut EpochRecord, f64); 2] = [
            |row, loss| row.test_loss = loss,
            |row, loss| row.train_loss = loss,
        ];
        for put in put {
            for value in [f64::NAN, f64::INFINITY] {
                let mut rows = data.metrics.clone();
                put(&mut rows[1], value);
                let summary = summarise_whole(&data.manifest, &data.plan, &data.path, &rows);
                let seeds: Vec<u64> = summary.seeds.iter().map(|seed| seed.seed).collect();
                assert_eq!((seeds, summary.broken_seeds), (vec![2], vec![1]));
            }
        }
        let mut old = data.summary.take().unwrap();
        old.seeds[0].baseline.test_loss = f64::NAN;
        let text = serde_json::to_string(&old).unwrap();
        let again: Summary = serde_json::from_str(&text).unwrap();
        assert!(again.seeds[0].baseline.test_loss.is_nan());
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
                "seed 1 diverged in epoch 2: baseline, stem.weight is not finite; seed 1 diverged in epoch 2: capped, its logits on test images are not finite; and 1 more network"
            )
        );
    }
}
