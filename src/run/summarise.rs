//! From the rows of a run to its summary.

use std::path::Path;

use super::layout::CHECKPOINTS;
use super::measured::{
    Epochs, broken_seeds, data_wait_share, energy_saved, finished_seeds, judged, kept, over_epochs,
    paired_epochs, slowest_epoch, time_saved, time_to_accuracy, total_saving,
};
use super::summary::{NetworkResult, SeedResult, Summary};
use super::{Manifest, Prediction};
use crate::evidence::{Hits, ImageComparison, compare_images, mean_interval};
use crate::network::{NetworkSummary, Plan};
use crate::training::checkpoint::correct;
use crate::training::{EpochRecord, Recipe, Role};

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
    let broken = broken_seeds(metrics, &manifest.settings.recipe);
    summarise_without(broken, manifest, plan, path, metrics)
}

/// As [`summarise`], of a run of which nothing more will be trained: a seed that is not finished is broken, unless a look decided
/// before it.
#[must_use]
pub fn summarise_whole(
    manifest: &Manifest,
    plan: &Plan,
    path: &Path,
    metrics: &[EpochRecord],
) -> Summary {
    let recipe = &manifest.settings.recipe;
    if !manifest.settings.looks.is_empty() {
        let so_far = summarise(manifest, plan, path, metrics);
        if so_far.verdict.is_decided_at_a_look() {
            return so_far;
        }
    }
    let finished = finished_seeds(metrics, recipe);
    let mut broken = recipe.seeds.clone();
    broken.retain(|seed| finished.iter().all(|(other, _)| other != seed));
    summarise_without(broken, manifest, plan, path, metrics)
}

fn summarise_without(
    broken_seeds: Vec<u64>,
    manifest: &Manifest,
    plan: &Plan,
    path: &Path,
    metrics: &[EpochRecord],
) -> Summary {
    let recipe = &manifest.settings.recipe;
    let finished = finished_seeds(metrics, recipe);
    let hits: Vec<_> = finished.iter().map(|(seed, _)| hits(path, *seed)).collect();
    let seeds: Vec<SeedResult> = finished
        .iter()
        .zip(&hits)
        .filter_map(|((seed, epochs), hits)| {
            let images = hits
                .as_ref()
                .and_then(|[baseline, capped]| compare_images(baseline, capped));
            seed_result(*seed, epochs, recipe, plan, images)
        })
        .collect();
    let finished: Vec<EpochRecord> = metrics
        .iter()
        .filter(|record| seeds.iter().any(|seed| seed.seed == record.seed))
        .cloned()
        .collect();
    let accuracies =
        |seed: &SeedResult| [&seed.baseline, &seed.capped].map(|one| one.test_accuracy);
    let judgeable: Vec<_> = seeds
        .iter()
        .map(|seed| (seed.seed, accuracies(seed)))
        .collect();
    let hits = hits.into_iter().collect::<Option<Vec<_>>>();
    let hits = hits.as_deref().and_then(Hits::new);
    let images = seeds.first().and_then(|seed| seed.images.as_ref());
    let mut verdict = judged(
        &judgeable,
        manifest.test_set,
        (images, hits.as_ref()),
        &broken_seeds,
        manifest.settings.margin,
        &manifest.settings.looks,
    );
    if let Some(added) = manifest.added_in_words() {
        verdict.reason = format!("{}; {added}", verdict.reason);
    }
    let saved = if recipe.has_equal_epochs() {
        time_saved(&finished)
    } else {
        mean_interval(&seeds.iter().map(|seed| seed.time_saved).collect::<Vec<_>>())
    };
    let energy_saved = if recipe.has_equal_epochs() {
        energy_saved(&finished)
    } else {
        let of_seeds = seeds.iter().map(|seed| seed.energy_saved);
        mean_interval(&of_seeds.collect::<Option<Vec<_>>>().unwrap_or_default())
    };
    Summary {
        run_dir: path.to_owned(),
        dataset: plan.dataset.clone(),
        architecture: plan.architecture.clone(),
        reading: plan.reading.clone(),
        cap: plan.cap,
        depth_override: plan.depth_override,
        seeds_added: manifest.seeds_added.clone(),
        device: manifest.device.clone(),
        precision: manifest.settings.precision.to_string(),
        epochs: recipe.epochs,
        batch_size: recipe.batch_size,
        capped_epochs: recipe.capped_epochs,
        patience: recipe.patience,
        protocol: manifest.settings.protocol,
        time_saved: saved,
        energy_saved,
        time_saved_over_epochs: over_epochs(&paired_epochs(&finished)),
        time_to_accuracy: time_to_accuracy(&finished, &manifest.settings),
        slowest_epoch: slowest_epoch(&finished),
        holdout: recipe.holdout,
        rate_check: manifest.rate_check.clone(),
        prediction: Prediction::of(plan).map(|it| it.with_outcome(saved)),
        predicted_seconds: plan.predicted_seconds,
        spent_seconds: None,
        prediction_error: None,
        verdict,
        broken_seeds,
        excluded_seconds: None,
        excluded_share: None,
        data_wait_share: data_wait_share(metrics),
        diverged: Vec::new(),
        notes: manifest.notes.clone(),
        seeds,
    }
}

/// Which test images the networks of a seed classified right, the baseline's first, where it is recorded.
fn hits(run: &Path, seed: u64) -> Option<[Vec<bool>; 2]> {
    let folder = run.join(CHECKPOINTS);
    let [baseline, capped] = Role::BOTH.map(|role| correct::load(&folder, seed, role));
    Some([baseline?, capped?])
}

fn seed_result(
    seed: u64,
    epochs: &Epochs,
    recipe: &Recipe,
    plan: &Plan,
    images: Option<ImageComparison>,
) -> Option<SeedResult> {
    let [of_baseline, of_capped] = epochs;
    let mut baseline = network_result(of_baseline, &plan.baseline)?;
    baseline.learning_rate = recipe.own_rate(Role::Baseline);
    let mut capped = network_result(of_capped, plan.capped.as_ref()?)?;
    capped.learning_rate = recipe.own_rate(Role::Capped);
    Some(SeedResult {
        seed,
        time_saved: total_saving(epochs).unwrap_or(f64::NAN),
        energy_saved: baseline
            .train_joules
            .zip(capped.train_joules)
            .map(|(baseline, capped)| 1.0 - capped / baseline)
            .filter(|saved| saved.is_finite()),
        accuracy_difference: capped.test_accuracy - baseline.test_accuracy,
        accuracy_difference_interval: images.and_then(|images| images.interval),
        images,
        baseline,
        capped,
    })
}

fn network_result(epochs: &[&EpochRecord], network: &NetworkSummary) -> Option<NetworkResult> {
    let last = epochs.last()?;
    let kept = kept(epochs)?;
    let train_seconds: f64 = epochs.iter().map(|epoch| epoch.train_seconds).sum();
    let images: f64 = epochs
        .iter()
        .map(|epoch| epoch.images_per_second * epoch.train_seconds)
        .sum();
    Some(NetworkResult {
        test_accuracy: last.test_accuracy,
        test_loss: last.test_loss,
        train_seconds,
        images_per_second: images / train_seconds,
        parameters: network.parameters,
        conv_depth: network.conv_depth,
        learning_rate: None,
        holdout_accuracy: kept.holdout_accuracy,
        holdout_loss: kept.holdout_loss,
        epochs: last.kept_epoch.map(|_| last.epoch),
        kept_epoch: last.kept_epoch,
        gradient_norm_max: epochs
            .iter()
            .filter_map(|epoch| epoch.gradient_norm_max)
            .reduce(f64::max),
        train_joules: epochs.iter().map(|epoch| epoch.train_joules).sum(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::evidence::VerdictOutcome;
    use crate::run::{Account, Excluded, fixture};
    use crate::training::checkpoint::Progress;

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
        assert_eq!(summary.verdict.outcome, VerdictOutcome::Inconclusive);
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
        assert!(first.verdict.reason.contains("seed 1 diverged"));
        assert_eq!(without(3, Role::Baseline, 1).broken_seeds, [3]);
        assert!(without(3, Role::Baseline, 3).broken_seeds.is_empty());
        assert!(without(3, Role::Baseline, 4).broken_seeds.is_empty());
        let rows = &data.metrics[..data.metrics.len() - 1];
        let whole = summarise_whole(&data.manifest, &data.plan, &data.path, rows);
        assert_eq!(whole.broken_seeds, [3]);
    }

    #[test]
    fn seeds_after_a_look_that_decided_are_not_broken() {
        let seeds = [1, 2, 3, 4, 5, 6];
        let mut data = fixture::run(&seeds, 2, 2);
        data.manifest.test_set = None;
        data.manifest.settings.margin = 0.5.into();
        data.metrics.retain(|row| row.seed < 6);
        let whole = |data: &crate::run::RunData| {
            summarise_whole(&data.manifest, &data.plan, &data.path, &data.metrics)
        };
        assert_eq!(whole(&data).broken_seeds, [6]);
        data.manifest.settings.looks = vec![5, 6];
        let summary = whole(&data);
        assert_eq!(summary.verdict.outcome, VerdictOutcome::NonInferior);
        assert_eq!((summary.verdict.looks.len(), summary.seeds.len()), (1, 5));
        assert!(summary.broken_seeds.is_empty());
        assert_eq!(
            summary.trained(&data.manifest.settings.recipe),
            [1, 2, 3, 4, 5]
        );
    }

    #[test]
    fn energy_is_summarised_where_every_epoch_has_it() {
        let mut data = fixture::run(&[1, 2], 3, 3);
        let summary = |data: &crate::run::RunData| {
            summarise(&data.manifest, &data.plan, &data.path, &data.metrics)
        };
        let found = summary(&data);
        assert_eq!(
            (found.energy_saved, found.seeds[0].energy_saved),
            (None, None)
        );
        let text = serde_json::to_string(&found).unwrap();
        assert!(
            !text.contains("joules") && !text.contains("energy"),
            "{text}"
        );
        for row in &mut data.metrics {
            row.train_joules = Some(if row.network == Role::Baseline {
                200.0
            } else {
                150.0
            });
        }
        let found = summary(&data);
        assert_eq!(found.seeds[1].baseline.train_joules, Some(600.0));
        assert!(near(found.seeds[1].energy_saved.unwrap(), 0.25));
        assert!(near(found.energy_saved.unwrap().mean, 0.25));
        let norms = data
            .metrics
            .iter()
            .filter(|row| (row.seed, row.network) == (1, Role::Capped));
        let largest = norms
            .filter_map(|row| row.gradient_norm_max)
            .reduce(f64::max);
        assert_eq!(found.seeds[0].capped.gradient_norm_max, largest);
        assert_eq!(found.joules(), [Some(600.0), Some(450.0)]);
        let of_any = |role| {
            let rows = data.metrics.iter().filter(|row| row.network == role);
            rows.filter_map(|row| row.gradient_norm_max)
                .reduce(f64::max)
        };
        assert_eq!(found.gradient_norms(), Role::BOTH.map(of_any));
        data.metrics[0].train_joules = None;
        assert_eq!(summary(&data).joules(), [None, Some(450.0)]);
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
            let progress = Progress::new(1, network, 1);
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
        assert_eq!(summary.verdict.outcome, VerdictOutcome::Inconclusive);
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
}
