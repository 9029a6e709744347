//! What a list of runs shows of a run's settings and networks.

use serde::{Deserialize, Serialize};

use super::Manifest;
use crate::depth::Unit;
use crate::network::Plan;

/// What of a run was decided before it was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Name of the family of networks.
    pub family: String,
    /// Name of the reading that gave the cap.
    pub reading: String,
    /// What the cap counts.
    pub cap_unit: Unit,
    /// The device in words.
    pub device: String,
    /// Epochs of the baseline.
    pub epochs: usize,
    /// Trainable parameters of the baseline.
    pub baseline_parameters: u64,
    /// Trainable parameters of the capped network; none where the cap left the baseline as it is.
    pub capped_parameters: Option<u64>,
    /// Convolutions of the capped network.
    pub capped_depth: Option<usize>,
}

impl Design {
    /// That of a run with these files.
    #[must_use]
    pub fn of(manifest: &Manifest, plan: &Plan) -> Self {
        let capped = plan.capped.as_ref();
        Self {
            family: manifest.settings.architecture.family().to_owned(),
            reading: plan.reading.to_string(),
            cap_unit: plan.unit(),
            device: manifest.device.clone(),
            epochs: manifest.settings.recipe.epochs,
            baseline_parameters: plan.baseline.parameters,
            capped_parameters: capped.map(|network| network.parameters),
            capped_depth: capped.map(|network| network.conv_depth),
        }
    }
}
