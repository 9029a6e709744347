//! What a run showed, in numbers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::directory::Manifest;
use crate::depth::Rule;
use crate::evidence::{Estimate, Verdict};
use crate::network::Plan;
use crate::training::EpochRecord;

/// One network of one seed, after its last finished epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkResult {
    /// Fraction of test images classified right after the last epoch.
    pub test_accuracy: f64,
    /// Mean cross-entropy on the test images, in nats.
    pub test_loss: f64,
    /// Training seconds over all epochs: no compilation, no evaluation.
    pub train_seconds: f64,
    /// Training images over `train_seconds`.
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
    pub time_saved: f64,
    /// Capped minus baseline test accuracy.
    pub accuracy_difference: f64,
    /// 95 % interval of that difference over test images; null where it was not computed.
    pub accuracy_difference_interval: Option<[f64; 2]>,
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
    /// Time saved over seeds (over paired epochs where there is one seed); null without a finished seed.
    pub time_saved: Option<Estimate>,
    /// The verdict.
    pub verdict: Verdict,
}

/// Summarises the finished seeds of a run.
///
/// A seed counts as finished when both networks have all their epochs in `metrics`.
#[must_use]
pub fn summarise(
    manifest: &Manifest,
    plan: &Plan,
    path: &Path,
    metrics: &[EpochRecord],
) -> Summary {
    let _ = (manifest, plan, path, metrics);
    todo!()
}
