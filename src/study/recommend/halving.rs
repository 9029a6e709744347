//! Which depths a round of halving keeps, by the hold-out alone.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::holdout::trained;
use crate::evidence::Margin;
use crate::run::RunData;
use crate::training::Role;

/// How a depth stands after a round, by its means over the round's seeds on the hold-out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Convolutions.
    pub conv_depth: usize,
    /// Accuracy; null where a network diverged.
    pub accuracy: Option<f64>,
    /// The same minus that of the deepest network of the same run.
    pub difference: Option<f64>,
    /// Whether it was kept.
    pub kept: bool,
    /// Its run.
    pub run: PathBuf,
}

/// What a round of halving found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundOutcome {
    /// Epochs.
    pub epochs: usize,
    /// Seeds.
    pub seeds: Vec<u64>,
    /// Every depth, rising.
    pub standings: Vec<Standing>,
}

impl RoundOutcome {
    /// The outcome of a round over `runs`, each of one depth beside the deepest, by rising depth, of which `count` are kept.
    #[must_use]
    pub(super) fn of(runs: &[RunData], count: usize, margin: Margin) -> Self {
        let recipe = runs.first().map(|run| &run.manifest.settings.recipe);
        let (epochs, seeds) = recipe.map_or((0, Vec::new()), |it| (it.epochs, it.seeds.clone()));
        let mut deepest = Vec::new();
        let standings = runs.iter().map(|run| {
            let [base, capped] = Role::BOTH.map(|role| mean(run, role, &seeds));
            deepest.extend(base);
            let conv_depth = run.plan.capped.as_ref().map_or(0, |it| it.conv_depth);
            Standing {
                conv_depth,
                accuracy: capped,
                difference: capped.zip(base).map(|(capped, base)| capped - base),
                kept: false,
                run: run.path.clone(),
            }
        });
        let mut standings: Vec<Standing> = standings.collect();
        keep(&mut standings, margin.beside(&deepest), count);
        Self {
            epochs,
            seeds,
            standings,
        }
    }

    /// The depths that are kept, rising.
    #[must_use]
    pub fn kept(&self) -> Vec<usize> {
        let kept = self.standings.iter().filter(|one| one.kept);
        kept.map(|one| one.conv_depth).collect()
    }
}

/// Mean accuracy on the hold-out; none where a seed is not trained to its end.
fn mean(run: &RunData, role: Role, seeds: &[u64]) -> Option<f64> {
    let found: Option<Vec<[f64; 2]>> = trained(run, role, seeds).into_iter().collect();
    let found = found.filter(|found| !found.is_empty())?;
    Some(found.iter().map(|one| one[0]).sum::<f64>() / found.len() as f64)
}

/// Keeps `count` depths: the shallowest whose loss against the deepest is less than the margin, then those of the highest
/// accuracy against it, of equals the shallower; one that diverged last.
fn keep(standings: &mut [Standing], margin: f64, count: usize) {
    let within = |one: &Standing| one.difference.is_some_and(|it| it > -margin);
    let first = standings.iter().position(within);
    let mut order: Vec<usize> = (0..standings.len()).collect();
    let rank = |at: usize| standings[at].difference.unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)).then(a.cmp(&b)));
    if let Some(first) = first {
        order.retain(|&at| at != first);
        order.insert(0, first);
    }
    for at in order.into_iter().take(count) {
        standings[at].kept = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(differences: &[Option<f64>], count: usize) -> Vec<usize> {
        let mut standings: Vec<Standing> = (7..)
            .zip(differences)
            .map(|(conv_depth, &difference)| Standing {
                conv_depth,
                accuracy: difference,
                difference,
                kept: false,
                run: PathBuf::new(),
            })
            .collect();
        keep(&mut standings, 0.01, count);
        let round = RoundOutcome {
            epochs: 1,
            seeds: vec![1],
            standings,
        };
        round.kept()
    }

    #[test]
    fn the_shallowest_within_the_margin_is_kept_and_the_most_accurate() {
        let differences = [Some(-0.05), Some(-0.005), Some(0.0), Some(0.02), None];
        assert_eq!(kept(&differences, 1), [8]);
        assert_eq!(kept(&differences, 2), [8, 10]);
        assert_eq!(kept(&differences, 3), [8, 9, 10]);
        assert_eq!(
            kept(&[Some(-0.3), Some(-0.1), Some(-0.2)], 1),
            [8],
            "none within"
        );
        assert_eq!(
            kept(&[Some(0.0), Some(0.0), Some(0.0)], 2),
            [7, 8],
            "all equal"
        );
        assert_eq!(kept(&[None, None, Some(-0.5)], 2), [7, 9], "diverged last");
    }
}
