//! Does a summary say what the metrics beside it say?

use std::path::Path;

use super::summary::summarise_whole;
use super::{Manifest, NetworkResult, Summary};
use crate::format::significant;
use crate::network::Plan;
use crate::training::EpochRecord;

/// How far a number may be off through being written as a decimal and read again.
const ROUNDING: f64 = 1e-9;

/// What `summary` says otherwise than `metrics` do, in a few words; nothing where they agree.
///
/// Its numbers are those that a verdict rests on: accuracies, losses, seconds, differences, time saved,
/// margin and outcome.
pub(super) fn contradiction(
    summary: &Summary,
    manifest: &Manifest,
    plan: &Plan,
    metrics: &[EpochRecord],
) -> Option<String> {
    let again = summarise_whole(manifest, plan, Path::new(""), metrics);
    let numbers = |summary: &Summary| {
        summary
            .seeds
            .iter()
            .map(|seed| seed.seed)
            .collect::<Vec<_>>()
    };
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
        && summary.verdict.outcome == again.verdict.outcome
        && summary.verdict.learned == again.verdict.learned;
    (!agrees)
        .then(|| "its verdict or time saved is not that of metrics.csv and run.toml".to_owned())
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
    use crate::evidence::Outcome;
    use crate::run::fixture;

    #[test]
    fn every_number_of_a_verdict_is_held_against_the_metrics() {
        let run = fixture::run(&[1, 2], 3, 3);
        let summary = run.summary.clone().unwrap();
        let said =
            |summary: &Summary| contradiction(summary, &run.manifest, &run.plan, &run.metrics);
        assert_eq!(said(&summary), None);
        let changes: [fn(&mut Summary); 8] = [
            |summary| summary.seeds[1].capped.test_accuracy += 0.02,
            |summary| summary.seeds[0].baseline.train_seconds *= 2.0,
            |summary| summary.seeds[0].accuracy_difference = 0.0,
            |summary| summary.seeds[0].time_saved = 0.7,
            |summary| summary.time_saved.as_mut().unwrap().mean = 0.7,
            |summary| summary.verdict.outcome = Outcome::NonInferior,
            |summary| summary.verdict.margin = 0.2,
            |summary| summary.seeds.truncate(1),
        ];
        for change in changes {
            let mut edited = summary.clone();
            change(&mut edited);
            assert!(said(&edited).is_some(), "{edited:?}");
        }
    }
}
