//! The identity probe of a run's networks, as `probe.json` has it.

use std::sync::Arc;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Error, RunData, RunDirectory};
use crate::dataset::Dataset;
use crate::evidence::Margin;
use crate::evidence::probe::{Line, Probe, Setup, probe};
use crate::network::{Network, Spec};
use crate::training::Role;
use crate::training::batches::Batches;
use crate::training::checkpoint::{Progress, diverged, epochs, load_network};

/// Probed networks: the content of `probe --json` and `probe.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probes {
    /// Name of the dataset.
    pub dataset: String,
    /// The device in words.
    pub device: String,
    /// The networks.
    pub probes: Vec<NetworkProbe>,
}

/// One probed network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkProbe {
    /// Its name.
    pub network: String,
    /// Which of the pair.
    pub role: Role,
    /// The seed it was trained with; null where it is not known.
    pub seed: Option<u64>,
    /// Convolutions on its main path.
    pub conv_depth: usize,
    /// Trainable parameters.
    pub parameters: u64,
    /// Its probe.
    #[serde(flatten)]
    pub found: Probe,
}

/// A network to probe.
#[derive(Debug)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Which of the pair.
    pub role: Role,
    /// The seed it was trained with, where it is known.
    pub seed: Option<u64>,
    /// Its layers.
    pub spec: Spec,
    /// Its weights.
    pub network: Network,
}

impl Probes {
    /// Adds `newer` probes, which replace those of the same networks.
    pub fn replace(&mut self, newer: Self) {
        let of = |probe: &NetworkProbe| (probe.seed, probe.role);
        self.probes
            .retain(|old| newer.probes.iter().all(|new| of(new) != of(old)));
        self.probes.extend(newer.probes);
        self.probes
            .sort_by_key(|probe| (probe.seed, probe.role == Role::Capped));
        self.dataset = newer.dataset;
        self.device = newer.device;
    }
}

impl Subject {
    /// A network of a run at its last checkpoint.
    ///
    /// # Errors
    /// [`Error::Malformed`] where the run has no such network, no checkpoint of it, or it diverged; the errors of
    /// [`load_network`].
    pub fn of_run(run: &RunData, seed: u64, role: Role, device: &Device) -> Result<Self, Error> {
        let missing = |problem: String| Error::Malformed {
            path: run.path.clone(),
            problem,
        };
        let plan = &run.plan;
        let (summary, spec) = match role {
            Role::Baseline => (&plan.baseline, &plan.baseline_spec),
            Role::Capped => plan
                .capped
                .as_ref()
                .zip(plan.capped_spec.as_ref())
                .ok_or_else(|| missing("the run has no capped network".to_owned()))?,
        };
        let folder = RunDirectory::open(&run.path)?.checkpoints();
        if let Some(diverged) = diverged(&folder, seed, role) {
            return Err(missing(diverged.reason()));
        }
        let mut progress = Progress {
            seed,
            network: role,
            epoch: 0,
        };
        progress.epoch = epochs(&folder, progress).pop().ok_or_else(|| {
            let name = role.name();
            missing(format!(
                "it has no checkpoint of the {name} network of seed {seed}"
            ))
        })?;
        let identity = run.manifest.identity();
        Ok(Self {
            name: summary.name.clone(),
            role,
            seed: Some(seed),
            spec: spec.clone(),
            network: load_network(&folder, progress, identity.as_deref(), spec, device)?,
        })
    }

    /// Probes it on the test images of `dataset`, `batch_size` at a time, with so many random sets of blocks as
    /// controls; `margin` is the loss of accuracy that counts as none. `progress` gets the number of images done and
    /// of all.
    ///
    /// # Errors
    /// [`Error::Training`] where the device failed.
    pub fn probe(
        self,
        dataset: &Arc<Dataset>,
        (cap, margin, placebos): (Line, Margin, usize),
        batch_size: usize,
        device: &Device,
        progress: &dyn Fn(usize, usize),
    ) -> Result<NetworkProbe, Error> {
        let batches = Batches::new(dataset.clone(), batch_size, None);
        let setup = Setup {
            spec: &self.spec,
            cap,
            margin,
            placebos,
        };
        let found = probe(&self.network, device, &batches, setup, progress)?;
        Ok(NetworkProbe {
            network: self.name,
            role: self.role,
            seed: self.seed,
            conv_depth: self.spec.conv_depth(),
            parameters: self.spec.parameters(),
            found,
        })
    }
}
