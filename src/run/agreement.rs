//! Checks that a summary agrees with the metrics beside it.

use std::path::Path;

use super::summarise::summarise_whole;
use super::{Manifest, NetworkResult, Prediction, Summary, TimeToAccuracy};
use crate::evidence::{Estimate, ImageComparison, PValues, Verdict};
use crate::format::significant;
use crate::network::Plan;
use crate::training::EpochRecord;

/// How far a number may be off through being written as a decimal and read again.
const ROUNDING: f64 = 1e-9;

/// What `summary` says otherwise than `metrics` do, in a few words; nothing where they agree.
///
/// Its numbers are those that a verdict rests on: accuracies, losses, seconds, differences, time saved,
/// margin and outcome; and what is derived from them: intervals, p-values, the comparison over images (where
/// `path` holds the run's checkpoints) and the prediction.
pub(super) fn contradiction(
    summary: &Summary,
    manifest: &Manifest,
    plan: &Plan,
    metrics: &[EpochRecord],
    path: &Path,
) -> Option<String> {
    let lost = |network: &NetworkResult| !network.test_loss.is_finite();
    if let Some(seed) = summary
        .seeds
        .iter()
        .find(|seed| lost(&seed.baseline) || lost(&seed.capped))
    {
        return Some(format!(
            "seed {} has an accuracy but a loss that is not finite, as older versions wrote of networks that diverged",
            seed.seed
        ));
    }
    let again = summarise_whole(manifest, plan, path, metrics);
    let numbers = |summary: &Summary| {
        summary
            .seeds
            .iter()
            .map(|seed| seed.seed)
            .collect::<Vec<_>>()
    };
    let described = |summary: &Summary| {
        let text = [&summary.dataset, &summary.architecture, &summary.device];
        let text = text.map(Clone::clone);
        let numbers = [summary.cap, summary.epochs, summary.batch_size];
        (
            text,
            summary.precision.clone(),
            summary.reading.clone(),
            numbers,
        )
    };
    if described(summary) != described(&again) {
        return Some("it describes another run than run.toml and plan.json do".to_owned());
    }
    if numbers(summary) != numbers(&again) || summary.broken_seeds != again.broken_seeds {
        return Some("it names other seeds than those that are trained to the end".to_owned());
    }
    for (said, found) in summary.seeds.iter().zip(&again.seeds) {
        for (network, said, found) in [
            ("baseline", &said.baseline, &found.baseline),
            ("capped", &said.capped, &found.capped),
        ] {
            if let Some((what, said, found)) = of_network(said, found) {
                return Some(format!(
                    "it says {what} {} of the {network} network of a seed where metrics.csv gives {}",
                    significant(said),
                    significant(found)
                ));
            }
        }
        for (what, ours, theirs) in [
            (
                "a difference of",
                said.accuracy_difference,
                found.accuracy_difference,
            ),
            ("a time saved of", said.time_saved, found.time_saved),
        ] {
            if !near(ours, theirs) {
                return Some(format!(
                    "it says {what} {} for seed {} where metrics.csv gives {}",
                    significant(ours),
                    found.seed,
                    significant(theirs)
                ));
            }
        }
    }
    let mean = |summary: &Summary| summary.time_saved.map_or(f64::NAN, |saved| saved.mean);
    let difference = |summary: &Summary| {
        summary
            .verdict
            .difference
            .map_or(f64::NAN, |difference| difference.mean)
    };
    let agrees = near(mean(summary), mean(&again))
        && near(difference(summary), difference(&again))
        && near(summary.verdict.margin, again.verdict.margin)
        && same_outcome(&summary.verdict, &again.verdict)
        && summary.verdict.learned == again.verdict.learned;
    if !agrees {
        return Some(
            "its verdict or time saved is not that of metrics.csv and run.toml".to_owned(),
        );
    }
    let derived =
        |what: &str| format!("its {what} not what follows from metrics.csv and plan.json");
    of_derived(summary, &again).map(derived)
}

/// What is derived in a summary and is not what `again` derives. What an older version did not derive is passed over.
fn of_derived(summary: &Summary, again: &Summary) -> Option<&'static str> {
    let interval = |one: Option<Estimate>| one.and_then(|one| one.interval);
    let images = summary.seeds.iter().zip(&again.seeds);
    let mut images = images.filter_map(|(said, found)| said.images.zip(found.images));
    let agree = [
        (
            "intervals are",
            alike(
                interval(summary.verdict.difference),
                interval(again.verdict.difference),
            ) && alike(interval(summary.time_saved), interval(again.time_saved))
                && (summary.energy_saved.is_none()
                    || alike(
                        summary.energy_saved.map(spread),
                        again.energy_saved.map(spread),
                    ))
                && alike(
                    summary.time_saved_over_epochs.map(spread),
                    again.time_saved_over_epochs.map(spread),
                ),
        ),
        (
            "time to the same accuracy is",
            summary.time_to_accuracy.is_none()
                || alike(
                    summary.time_to_accuracy.as_ref().map(to_accuracy),
                    again.time_to_accuracy.as_ref().map(to_accuracy),
                ),
        ),
        (
            "p-values are",
            alike(
                summary.verdict.p_values.map(p_values),
                again.verdict.p_values.map(p_values),
            ),
        ),
        (
            "prediction is",
            summary.prediction.is_none()
                || alike(
                    summary.prediction.map(predicted),
                    again.prediction.map(predicted),
                ) && summary.prediction.map(|one| one.source)
                    == again.prediction.map(|one| one.source),
        ),
        (
            "interval over images is",
            summary.verdict.difference_over_images.is_none()
                || again.verdict.difference_over_images.is_none()
                || alike(
                    interval(summary.verdict.difference_over_images),
                    interval(again.verdict.difference_over_images),
                ),
        ),
        (
            "comparison over images is",
            images.all(|(said, found)| alike(Some(over(said)), Some(over(found)))),
        ),
    ];
    agree
        .into_iter()
        .find_map(|(what, agrees)| (!agrees).then_some(what))
}

/// Whether both have one outcome; by the interval over seeds alone where only one of them has that over images too, as a
/// summary of an older version or a run without the record of its images.
fn same_outcome(said: &Verdict, found: &Verdict) -> bool {
    let over_seeds = |verdict: &Verdict| verdict.outcome_over_seeds.unwrap_or(verdict.outcome);
    let both = said.outcome_over_seeds.is_some() == found.outcome_over_seeds.is_some();
    over_seeds(said) == over_seeds(found) && (!both || said.outcome == found.outcome)
}

fn spread(one: Estimate) -> [f64; 3] {
    let [low, high] = one.interval.unwrap_or([f64::NAN; 2]);
    [one.mean, low, high]
}

fn p_values(p: PValues) -> [f64; 7] {
    [
        p.non_inferiority,
        p.non_inferiority_wilcoxon,
        p.non_inferiority_sign,
        p.equivalence,
        p.difference,
        p.difference_wilcoxon,
        p.difference_sign,
    ]
    .map(|p| p.unwrap_or(f64::NAN))
}

fn predicted(one: Prediction) -> [f64; 3] {
    let [low, high] = one.interval.unwrap_or([f64::NAN; 2]);
    [one.time_saved, low, high]
}

fn to_accuracy(one: &TimeToAccuracy) -> [f64; 6] {
    let [mean, low, high] = one.saved.map_or([f64::NAN; 3], spread);
    let reached = [one.baseline, one.capped].map(|network| network.reached as f64);
    [one.target, mean, low, high, reached[0], reached[1]]
}

fn over(images: ImageComparison) -> [f64; 7] {
    let [low, high] = images.interval.unwrap_or([f64::NAN; 2]);
    [
        images.images as f64,
        images.only_baseline as f64,
        images.only_capped as f64,
        images.difference,
        low,
        high,
        images.mcnemar,
    ]
}

/// Whether two lists of numbers are the same; a summary that says none says nothing wrong.
fn alike<const N: usize>(said: Option<[f64; N]>, found: Option<[f64; N]>) -> bool {
    match (said, found) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(said), Some(found)) => said.iter().zip(&found).all(|(&a, &b)| near(a, b)),
    }
}

fn of_network(said: &NetworkResult, found: &NetworkResult) -> Option<(&'static str, f64, f64)> {
    [
        (
            "a test accuracy of",
            said.test_accuracy,
            found.test_accuracy,
        ),
        ("a test loss of", said.test_loss, found.test_loss),
        (
            "training seconds of",
            said.train_seconds,
            found.train_seconds,
        ),
        (
            "a depth of",
            said.conv_depth as f64,
            found.conv_depth as f64,
        ),
        (
            "parameters of",
            said.parameters as f64,
            found.parameters as f64,
        ),
    ]
    .into_iter()
    .find(|&(_, said, found)| !near(said, found))
}

fn near(a: f64, b: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= ROUNDING * a.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::evidence::VerdictOutcome;
    use crate::run::fixture;

    #[test]
    fn every_number_of_a_verdict_is_held_against_the_metrics() {
        let run = fixture::run(&[1, 2], 3, 3);
        let summary = run.summary.clone().unwrap();
        let said = |summary: &Summary| {
            let path = Path::new("");
            contradiction(summary, &run.manifest, &run.plan, &run.metrics, path)
        };
        assert_eq!(said(&summary), None);
        let changes: [fn(&mut Summary); 16] = [
            |summary| summary.time_to_accuracy.as_mut().unwrap().capped.reached += 1,
            |summary| summary.seeds[1].capped.test_accuracy += 0.02,
            |summary| summary.seeds[0].baseline.train_seconds *= 2.0,
            |summary| summary.seeds[0].accuracy_difference = 0.0,
            |summary| summary.seeds[0].time_saved = 0.7,
            |summary| summary.time_saved.as_mut().unwrap().mean = 0.7,
            |summary| summary.verdict.outcome = VerdictOutcome::NonInferior,
            |summary| summary.verdict.margin = 0.2,
            |summary| summary.seeds.truncate(1),
            |summary| summary.dataset = "glyqhs".to_owned(),
            |summary| summary.epochs += 1,
            |summary| summary.verdict.difference.as_mut().unwrap().interval = Some([0.0, 0.1]),
            |summary| summary.time_saved.as_mut().unwrap().interval = Some([0.0, 0.9]),
            |summary| summary.verdict.p_values.as_mut().unwrap().difference = Some(0.01),
            |summary| summary.verdict.p_values.as_mut().unwrap().equivalence = None,
            |summary| summary.prediction.as_mut().unwrap().time_saved = 0.5,
        ];
        for change in changes {
            let mut edited = summary.clone();
            change(&mut edited);
            assert!(said(&edited).is_some(), "{edited:?}");
        }
    }
}
