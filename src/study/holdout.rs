//! What the runs of a study say on the hold-out, where depths are chosen.

use crate::evidence::TestSet;
use crate::run::{RunData, is_finished, kept, records};
use crate::training::Role;

/// Accuracy on the hold-out and training seconds of a network for each of `seeds`; none where it is not trained to its end.
pub(super) fn trained(run: &RunData, role: Role, seeds: &[u64]) -> Vec<Option<[f64; 2]>> {
    let recipe = &run.manifest.settings.recipe;
    seeds
        .iter()
        .map(|&seed| {
            let rows = records(&run.metrics, seed, role);
            let seconds = rows.iter().map(|row| row.train_seconds).sum();
            let kept = kept(&rows)?;
            is_finished(&rows, role, recipe).then_some([kept.validation_accuracy(), seconds])
        })
        .collect()
}

/// The images that a run's accuracies are of.
pub(super) const fn chosen_on(run: &RunData) -> Option<TestSet> {
    match run.manifest.holdout_set {
        None => run.manifest.test_set,
        held_out => held_out,
    }
}

/// A sentence of a verdict with the images that it is of.
pub(super) fn of_images(run: &RunData, sentence: &str) -> String {
    if run.manifest.holdout_set.is_none() {
        return sentence.to_owned();
    }
    let sentence = sentence.replace("in test accuracy", "in accuracy on the hold-out");
    sentence.replace("test images", "held-out images")
}
