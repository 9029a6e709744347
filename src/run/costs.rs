//! What a network costs on a device: its times in training, evaluation and probing.
//!
//! Every network is timed alone, on images made for it: its times depend on its layers, the batch, the precision, the
//! augmentation, the device and the program, and are cached by these beside the profiles.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::cache::{read_entry, timing_key, write_entry};
use super::{Error, Settings};
use crate::evidence::Margin;
use crate::evidence::probe::{Line, Setup, probe};
use crate::network::{Spec, build};
use crate::training::batches::Batches;
use crate::training::device::{self, Opened};
use crate::training::timing::{NetworkTimes, blank, time_network};
use crate::training::{self, memory};

/// Version of what an entry holds and of what its numbers mean.
const LAYOUT: u32 = 1;
/// Ending of the names of entries.
const ENDING: &str = "times";
/// Most entries in the cache; the oldest are removed.
const MOST: usize = 1_000;
/// Images of the probe that is timed.
const PROBED: usize = 128;

/// What one network costs, as the cache keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkCost {
    /// Its times in training and evaluation.
    #[serde(flatten)]
    pub times: NetworkTimes,
    /// Seconds of probing it on one image; null where that was not timed.
    pub probe_seconds_per_image: Option<f64>,
    /// Its trainable parameters.
    pub parameters: u64,
}

/// What each of `networks` costs on the settings' device, from the cache or else timed; the settings are fitted to the
/// images. `None` where `goes_on` returns false; it is called after every timed step, with the steps done and the most that
/// there will be.
///
/// # Errors
/// [`Error::Training`] for a recipe or device that cannot be used, or a device that fails.
pub fn costs(
    settings: &Settings,
    networks: &[&Spec],
    probe: bool,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Vec<NetworkCost>>, Error> {
    let mut pricer = Pricer::new(settings);
    let mut costs = Vec::new();
    for spec in networks {
        match pricer.cost(spec, probe, goes_on)? {
            Some(cost) => costs.push(cost),
            None => return Ok(None),
        }
    }
    Ok(Some(costs))
}

/// The device that a setting means, which is not opened.
pub(super) fn device_info(device: &str) -> Option<device::DeviceInfo> {
    let wanted = match device {
        "cuda" => "cuda:0",
        name => name,
    };
    let is_wanted = |info: &device::DeviceInfo| match wanted {
        "auto" => info.automatic,
        name => info.name == name,
    };
    device::list().into_iter().find(is_wanted)
}

/// Times networks under the same settings.
struct Pricer<'a> {
    settings: &'a Settings,
    /// The device, once a network has to be timed.
    device: Option<Opened>,
}

impl<'a> Pricer<'a> {
    const fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            device: None,
        }
    }

    /// The device's name, without opening it.
    fn device_text(&self) -> Option<String> {
        if let Some(opened) = &self.device {
            return Some(opened.name.clone());
        }
        device_info(&self.settings.device).map(|info| info.name)
    }

    fn cost(
        &mut self,
        spec: &Spec,
        probe: bool,
        goes_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<NetworkCost>, Error> {
        let path = self.path(spec);
        let known = path.as_deref().and_then(read_entry);
        let known = known.filter(|cost: &NetworkCost| cost.parameters == spec.parameters());
        let mut cost = match known {
            Some(cost) if !probe || cost.probe_seconds_per_image.is_some() => {
                return Ok(Some(cost));
            }
            Some(cost) => cost,
            None => {
                let settings = self.settings;
                let device = self.open()?;
                memory::check([spec, spec], device)?;
                let Some(times) = time_network(spec, &settings.recipe, device, goes_on)? else {
                    return Ok(None);
                };
                NetworkCost {
                    times,
                    probe_seconds_per_image: None,
                    parameters: spec.parameters(),
                }
            }
        };
        if probe {
            cost.probe_seconds_per_image = Some(probe_seconds(spec, self.open()?)?);
        }
        if let Some(path) = path {
            write_entry(&path, &cost, MOST);
        }
        Ok(Some(cost))
    }

    fn open(&mut self) -> Result<&Opened, training::TrainingError> {
        if self.device.is_none() {
            let opened = device::open(&self.settings.device)?;
            self.device = Some(opened.with_precision(self.settings.precision)?);
        }
        self.device.as_ref().ok_or_else(|| {
            training::TrainingError::Died(
                "the device was closed while networks were timed".to_owned(),
            )
        })
    }

    /// The file of a network's entry; none where nothing is cached.
    fn path(&self, spec: &Spec) -> Option<PathBuf> {
        let folder = self.settings.host.cache.as_ref()?;
        let key = key(spec, self.settings, &self.device_text()?)?;
        Some(folder.join(key).with_extension(ENDING))
    }
}

/// The name of a network's entry.
fn key(spec: &Spec, settings: &Settings, device: &str) -> Option<String> {
    let info = device::list().into_iter().find(|info| info.name == device);
    let description = info.map(|info| info.description).unwrap_or_default();
    let subject = (spec, settings.recipe.batch_size);
    timing_key(settings, (device, &description), LAYOUT, subject)
}

/// Seconds of probing an untrained network on one image.
fn probe_seconds(spec: &Spec, opened: &Opened) -> Result<f64, Error> {
    let device = opened.device.clone().inner();
    let network = build(spec, 0, &device);
    let batches = Batches::new(Arc::new(blank(spec.input, PROBED)), PROBED, None);
    let setup = Setup {
        spec,
        cap: Line {
            cap: spec.conv_depth() / 2,
            unit: crate::depth::Unit::Convolutions,
        },
        margin: Margin::default(),
        placebos: 0,
    };
    let begun = Instant::now();
    probe(&network, &device, &batches, setup, &|_, _| {})?;
    Ok(begun.elapsed().as_secs_f64() / PROBED as f64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::training::device::Precision;

    #[test]
    fn the_key_is_of_network_batch_precision_and_device() {
        let settings = fixture::manifest(&[1], 1).settings;
        let plan = fixture::plan();
        let of = |settings: &Settings| key(&plan.baseline_spec, settings, "cpu");
        let first = of(&settings);
        let mut other = settings.clone();
        other.recipe.epochs = 99;
        other.recipe.seeds = vec![7, 8];
        assert_eq!(of(&other), first, "neither epochs nor seeds change a step");
        other.recipe.batch_size += 1;
        assert_ne!(of(&other), first);
        let other = Settings {
            precision: Precision::Bf16,
            ..settings.clone()
        };
        assert_ne!(of(&other), first);
        assert_ne!(key(&plan.baseline_spec, &settings, "cuda:0"), first);
        assert_ne!(
            key(plan.capped_spec.as_ref().unwrap(), &settings, "cpu"),
            first
        );
    }
}
