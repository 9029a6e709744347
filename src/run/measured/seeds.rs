//! Which seeds are trained to the end, and what they say of the capped network's accuracy.

use super::{is_finished, records};
use crate::evidence::{Baselines, Hits, ImageComparison, Margin, TestSet, Trials, Verdict, judge};
use crate::training::{EpochRecord, Recipe, Role};

/// The epochs of the baseline and of the capped network of a seed.
pub type Epochs<'a> = [Vec<&'a EpochRecord>; 2];

/// The seeds of which both networks are trained to the end, with their epochs, in the order of the recipe.
#[must_use]
pub fn finished_seeds<'a>(metrics: &'a [EpochRecord], recipe: &Recipe) -> Vec<(u64, Epochs<'a>)> {
    let seeds = recipe.seeds.iter();
    seeds
        .filter_map(|&seed| {
            let epochs = Role::BOTH.map(|role| records(metrics, seed, role));
            let finished = |role: Role| is_finished(&epochs[role as usize], role, recipe);
            Role::BOTH
                .into_iter()
                .all(finished)
                .then_some((seed, epochs))
        })
        .collect()
}

/// Seeds whose training is over without both networks having all their epochs: a later seed has begun,
/// or one of the two is through.
#[must_use]
pub fn broken_seeds(metrics: &[EpochRecord], recipe: &Recipe) -> Vec<u64> {
    let last = |seed: u64, role: Role| {
        let of = metrics
            .iter()
            .filter(|row| (row.seed, row.network) == (seed, role));
        of.map(|row| row.epoch).max().unwrap_or(0)
    };
    let asked = &recipe.seeds;
    let furthest = asked
        .iter()
        .rposition(|&seed| metrics.iter().any(|row| row.seed == seed))
        .unwrap_or(0);
    asked
        .iter()
        .enumerate()
        .filter(|&(at, &seed)| {
            let [baseline, capped] = Role::BOTH.map(|role| last(seed, role));
            let apart = baseline.max(capped) > baseline.min(capped) + 1;
            let over = at < furthest || recipe.has_equal_epochs() && apart;
            let whole = |role| recipe.is_over(role, records(metrics, seed, role));
            over && !Role::BOTH.into_iter().all(whole)
        })
        .map(|(_, &seed)| seed)
        .collect()
}

/// The verdict over the seeds that are finished so far.
#[must_use]
pub fn verdict_so_far(
    metrics: &[EpochRecord],
    recipe: &Recipe,
    test_set: Option<TestSet>,
    margin: Margin,
    looks: &[usize],
) -> Verdict {
    let seeds: Vec<(u64, [f64; 2])> = finished_seeds(metrics, recipe)
        .iter()
        .filter_map(|(seed, epochs)| {
            let [baseline, capped] = epochs.each_ref().map(|rows| rows.last());
            Some((*seed, [baseline?.test_accuracy, capped?.test_accuracy]))
        })
        .collect();
    let broken = broken_seeds(metrics, recipe);
    judged(&seeds, test_set, (None, None), &broken, margin, looks)
}

/// The verdict over seeds with their test accuracies, the baseline's first; `images` compares the networks of the first
/// seed image by image, `hits` are those of all seeds.
#[must_use]
pub fn judged(
    seeds: &[(u64, [f64; 2])],
    test_set: Option<TestSet>,
    (images, hits): (Option<&ImageComparison>, Option<&Hits>),
    broken: &[u64],
    margin: Margin,
    looks: &[usize],
) -> Verdict {
    let numbers: Vec<u64> = seeds.iter().map(|(seed, _)| *seed).collect();
    let baselines: Vec<f64> = seeds.iter().map(|(_, [baseline, _])| *baseline).collect();
    let differences: Vec<f64> = seeds
        .iter()
        .map(|(_, [baseline, capped])| capped - baseline)
        .collect();
    let trials = Trials {
        differences: &differences,
        baselines: test_set.map(|test| Baselines {
            seeds: &numbers,
            accuracies: &baselines,
            test,
        }),
        images,
        hits,
        looks,
        broken,
    };
    judge(trials, margin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    /// A seed whose losses are not finite, or that ended before its last epoch, is not counted on the screen either.
    #[test]
    fn the_verdict_so_far_is_over_finished_seeds_and_names_broken_ones() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 2);
        let recipe = Recipe {
            seeds: vec![1, 2, 3],
            epochs: 2,
            ..fixture::manifest(&[1, 2, 3], 2).settings.recipe
        };
        assert_eq!(finished_seeds(&metrics, &recipe).len(), 3);
        metrics[0].train_loss = f64::NAN;
        metrics.retain(|row| (row.seed, row.epoch) != (2, 2));
        let seeds: Vec<u64> = finished_seeds(&metrics, &recipe)
            .into_iter()
            .map(|(seed, _)| seed)
            .collect();
        assert_eq!(seeds, [3]);
        assert_eq!(broken_seeds(&metrics, &recipe), [2]);
        let verdict = verdict_so_far(&metrics, &recipe, None, Margin::default(), &[]);
        assert!(verdict.reason.contains("seed 2"), "{}", verdict.reason);
    }
}
