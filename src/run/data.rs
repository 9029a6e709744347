//! What a run directory holds, read.

use std::path::PathBuf;

use super::measured::energy_saved;
use super::{Manifest, Notes, Probes, Summary, time_saved};
use crate::depth::Analysis;
use crate::evidence::Estimate;
use crate::network::Plan;
use crate::training::EpochRecord;

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
