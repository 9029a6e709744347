//! What a run directory holds, read.

use std::path::PathBuf;

use super::measured::energy_saved;
use super::{Manifest, Notes, Probes, Summary, time_saved};
use crate::depth::Analysis;
use crate::evidence::Estimate;
use crate::network::Plan;
use crate::training::{EpochRecord, Role};

/// Everything a run directory holds but checkpoints and the event log; what reports are made from.
#[derive(Clone, Debug, PartialEq)]
pub struct RunData {
    /// The folder.
    pub path: PathBuf,
    /// `run.toml`.
    pub manifest: Manifest,
    /// `profile.json`.
    pub analysis: Analysis,
    /// `plan.json`.
    pub plan: Plan,
    /// `metrics.csv`; empty before the first epoch is finished.
    pub metrics: Vec<EpochRecord>,
    /// `summary.json`; none of an unfinished run.
    pub summary: Option<Summary>,
    /// `probe.json`; none of a run that was not probed.
    pub probes: Option<Probes>,
    /// `samples.png`; none of a run of an older version.
    pub samples: Option<Vec<u8>>,
    /// What its user wrote of it.
    pub notes: Notes,
}

impl RunData {
    /// The time saved: the summary's where there is one, before that so far.
    #[must_use]
    pub fn time_saved(&self) -> Option<Estimate> {
        self.summary
            .as_ref()
            .map_or_else(|| time_saved(&self.metrics), |summary| summary.time_saved)
    }

    /// How many seeds are trained to their end, as far as epochs tell before there is a summary.
    #[must_use]
    pub fn seeds_trained(&self) -> usize {
        if let Some(summary) = &self.summary {
            return summary.seeds.len();
        }
        let recipe = &self.manifest.settings.recipe;
        let is_trained = |seed: &&u64| {
            Role::BOTH.iter().all(|&role| {
                let mut rows = self.metrics.iter();
                rows.any(|row| {
                    (row.seed, row.network) == (**seed, role) && row.epoch >= recipe.epochs_of(role)
                })
            })
        };
        recipe.seeds.iter().filter(is_trained).count()
    }

    /// The energy saved, likewise; `None` where that is not known.
    #[must_use]
    pub fn energy_saved(&self) -> Option<Estimate> {
        self.summary.as_ref().map_or_else(
            || energy_saved(&self.metrics),
            |summary| summary.energy_saved,
        )
    }

    /// The rows of `metrics.csv` that its numbers are taken from: in a finished run those of its finished seeds, if it
    /// has any.
    #[must_use]
    pub fn counted_metrics(&self) -> Vec<EpochRecord> {
        let seeds = self.summary.as_ref().map(|summary| &summary.seeds);
        let mut rows = self.metrics.clone();
        if let Some(seeds) = seeds.filter(|seeds| !seeds.is_empty()) {
            rows.retain(|row| seeds.iter().any(|seed| seed.seed == row.seed));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{metrics, run};

    #[test]
    fn trained_seeds_are_counted_before_there_is_a_summary() {
        let whole = run(&[1, 2, 3], 20, 20);
        assert_eq!(whole.seeds_trained(), 3);
        let mut begun = run(&[1, 2, 3], 20, 5);
        assert_eq!(begun.seeds_trained(), 0);
        begun.metrics = [metrics(&[1, 2], 20), metrics(&[3], 19)].concat();
        assert_eq!(begun.seeds_trained(), 2);
        // The capped network of seed 2 is in its last epoch.
        begun.metrics.retain(|row| {
            row.seed != 2 || row.network == crate::training::Role::Baseline || row.epoch < 20
        });
        assert_eq!(begun.seeds_trained(), 1);
    }
}
