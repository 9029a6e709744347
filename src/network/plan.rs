//! Baseline and capped network side by side, before any training.

use serde::{Deserialize, Serialize};

use super::{Architecture, Error, Input, Spec, Width};
use crate::depth::{Reading, Rule};

/// Where a predicted saving of time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictionSource {
    /// From the ratio of multiply-accumulates.
    Macs,
    /// From timed steps on the device.
    Measured,
}

/// The numbers by which a network is judged before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// Its name, such as `resnet-50` or `resnet-50 capped at 21`.
    pub name: String,
    /// Convolutions along the main path.
    pub conv_depth: usize,
    /// Blocks of each stage.
    pub blocks: Vec<usize>,
    /// Channels of each stage.
    pub widths: Vec<usize>,
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one image.
    pub macs: u64,
}

/// What the cap does to an architecture on a dataset; what `plan --json` prints and `plan.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the dataset.
    pub dataset: String,
    /// Name of the architecture.
    pub architecture: String,
    /// The reading that gave the cap.
    pub reading: Rule,
    /// The cap, in the reading's unit.
    pub cap: usize,
    /// Whether the user gave the depth (`--depth`) in place of the reading's cap.
    pub depth_override: bool,
    /// Convolutions of the shallowest network of the family: one block per stage.
    pub floor: usize,
    /// Whether the cap lay below the floor and was raised to it.
    pub raised_to_floor: bool,
    /// How the capped network is broadened.
    pub width_policy: Width,
    /// The usual network.
    pub baseline: NetworkSummary,
    /// The capped network; null where the baseline is not deeper than the cap.
    pub capped: Option<NetworkSummary>,
    /// `1 - time(capped) / time(baseline)` as predicted; null without a capped network.
    pub predicted_time_saved: Option<f64>,
    /// Where the prediction comes from.
    pub prediction_source: PredictionSource,
    /// The baseline as data.
    pub baseline_spec: Spec,
    /// The capped network as data.
    pub capped_spec: Option<Spec>,
}

/// Plans a pair: the baseline of `architecture` on `input`, and its capped counterpart by `reading` (or by `depth` convolutions, where given).
///
/// # Errors
/// [`Error`] where the architecture does not fit the images.
pub fn plan(
    dataset: &str,
    input: Input,
    architecture: Architecture,
    reading: &Reading,
    depth: Option<usize>,
    width: Width,
) -> Result<Plan, Error> {
    let _ = (dataset, input, architecture, reading, depth, width);
    todo!()
}
