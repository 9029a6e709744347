//! The looks of a group-sequential design.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Trials, VerdictOutcome};
use crate::evidence::interval::t_interval;
use crate::evidence::{ALPHA, lan_demets};

/// A test of a group-sequential design, after some of the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Seeds that it is over.
    pub seeds: usize,
    /// The bound of Lan and `DeMets`: a normal quantile.
    pub bound: f64,
    /// The one-sided level of the test, the probability above that quantile.
    pub level: f64,
    /// The interval of the difference of that level: the wider one of Student's t over seeds and of that over seeds and test images.
    pub interval: [f64; 2],
    /// Whether the interval is above or below the margin.
    pub outcome: VerdictOutcome,
}

/// The looks after so many seeds, up to the first that decides; `None` where the looks are none.
pub(super) fn looks(trials: &Trials, margin: f64) -> Option<Vec<Look>> {
    let all = *trials.looks.last()? as f64;
    let fractions: Vec<f64> = trials
        .looks
        .iter()
        .map(|&seeds| seeds as f64 / all)
        .collect();
    let bounds = lan_demets(&fractions, ALPHA)?;
    let normal = Normal::standard();
    let mut found = Vec::new();
    for (&seeds, bound) in trials.looks.iter().zip(bounds) {
        let Some(differences) = trials.differences.get(..seeds) else {
            break;
        };
        let level = normal.sf(bound);
        let over_seeds = t_interval(differences, level)?;
        let over_images = trials
            .hits
            .and_then(|hits| hits.of_first(seeds).estimate(1.0 - 2.0 * level).interval);
        let interval = over_images.map_or(over_seeds, |other| wider(over_seeds, other));
        let outcome = beside(interval, margin);
        found.push(Look {
            seeds,
            bound,
            level,
            interval,
            outcome,
        });
        if outcome != VerdictOutcome::Inconclusive {
            break;
        }
    }
    Some(found)
}

/// Where an interval is in relation to the margin.
pub(super) fn beside([low, high]: [f64; 2], margin: f64) -> VerdictOutcome {
    if low > -margin {
        VerdictOutcome::NonInferior
    } else if high < -margin {
        VerdictOutcome::Inferior
    } else {
        VerdictOutcome::Inconclusive
    }
}

/// The wider one of two intervals.
pub(super) fn wider(first: [f64; 2], second: [f64; 2]) -> [f64; 2] {
    let width = |[low, high]: [f64; 2]| high - low;
    if width(second) > width(first) {
        second
    } else {
        first
    }
}
