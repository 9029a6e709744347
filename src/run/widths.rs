//! Widths that fit into a measured step time.
//!
//! The policy `iso-time` makes the capped network as wide as its training step takes no longer than the baseline's. Widths
//! grow in multiples of channels at which the device is efficient. What is found becomes the setting `width-factor`, so that
//! the run is repeated and resumed with the same networks on any machine. The cache holds every result of a device.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Error, Settings};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::disk::{self, Sealed};
use crate::format::{hexadecimal, significant};
use crate::network::{
    Input, NetworkSummary, Overrides, Plan, Spec, Width, baseline, cut, scaled, width_factors,
};
use crate::training::device::{self, Opened};
use crate::training::timing::{MIN_STEPS, Pair, time_steps};
use crate::training::{self, TrainingError};

/// The multiple of channels for CUDA's kernels: the tile of its matrix units.
const CUDA_MULTIPLE: usize = 16;
/// Multiples that are tried on a CPU.
const MULTIPLES: [usize; 5] = [1, 2, 4, 8, 16];
/// Width of the network on which they are tried, a multiple of all.
const PROBED_WIDTH: usize = 32;
/// Most images of a step on which they are tried.
const PROBED_BATCH: usize = 32;
/// Share of the best time per MAC within which a multiple counts as efficient.
const TOLERANCE: f64 = 0.05;
/// Fewest narrower networks to choose from.
const MIN_NARROWER: usize = 3;
/// Most multiply-accumulates of a candidate over those of the baseline.
const MAX_MACS: u64 = 8;

/// Step time of the second network over that of the first; `None` where the user stopped.
type Ratio<'a> = dyn FnMut(&Spec, &Spec) -> Result<Option<f64>, Error> + 'a;

/// What the cache holds.
#[derive(Serialize, Deserialize)]
struct Found {
    value: f64,
}

impl Settings {
    /// Whether the width of the capped network has yet to be measured.
    #[must_use]
    pub fn needs_width(&self) -> bool {
        self.width == Width::IsoTime && self.width_factor.is_none()
    }

    /// These settings with the width factor of the policy `iso-time`, from timed steps on their device or from the cache;
    /// unchanged with another policy, a width factor, or without a capped network. `None` where `goes_on` returns false; it
    /// is called after every step.
    ///
    /// # Errors
    /// [`Error::Network`] where the architecture does not fit the images, [`Error::Training`] for a recipe or device that
    /// cannot be used, or a device that fails.
    pub fn with_width(
        &self,
        dataset: &Arc<Dataset>,
        analysis: &Analysis,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Self>, Error> {
        let input = Input::from(&analysis.profile);
        let deep = baseline(self.architecture, input)?;
        let overrides = Overrides {
            depth: self.depth,
            width_factor: None,
        };
        let shallow = cut(&deep, overrides.cap(analysis.of(&self.reading)));
        let (true, Some(shallow)) = (self.needs_width(), shallow) else {
            return Ok(Some(self.clone()));
        };
        let mut clock = Clock::open(self, dataset, goes_on)?;
        let Some(multiple) = clock.multiple(input)? else {
            return Ok(None);
        };
        let wider = |factor| factor >= 1.0;
        let factor = clock.factor(&deep, &shallow, multiple, wider)?;
        Ok(factor.map(|factor| Self {
            width_factor: Some(factor),
            ..self.clone()
        }))
    }

    /// The baseline of `plan` at its own depth, made narrower until its step takes no longer than that of the capped network:
    /// a network of the same time without a cap; `None` where even the narrowest is slower, a break where `goes_on` returns
    /// false.
    ///
    /// # Errors
    /// As [`Settings::with_width`].
    pub fn narrower(
        &self,
        dataset: &Arc<Dataset>,
        plan: &Plan,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<ControlFlow<(), Option<NetworkSummary>>, Error> {
        let (deep, Some(capped)) = (&plan.baseline_spec, &plan.capped_spec) else {
            return Ok(ControlFlow::Continue(None));
        };
        let mut clock = Clock::open(self, dataset, goes_on)?;
        let Some(multiple) = clock.multiple(deep.input)? else {
            return Ok(ControlFlow::Break(()));
        };
        let multiple = narrow_multiple(deep, multiple);
        let Some(factor) = clock.factor(capped, deep, multiple, |factor| factor <= 1.0)? else {
            return Ok(ControlFlow::Break(()));
        };
        let narrow = scaled(deep, factor)?;
        let Some(time) = clock.ratio(self.recipe.batch_size, capped, &narrow)? else {
            return Ok(ControlFlow::Break(()));
        };
        let name = format!(
            "{}, widths times {}",
            plan.baseline.name,
            significant(factor)
        );
        let fits = time <= 1.0 + TOLERANCE;
        let narrow = fits.then(|| NetworkSummary::new(name, &narrow));
        Ok(ControlFlow::Continue(narrow))
    }

    /// The cached value of `key` on `device`, or that of `compute`, which is then cached. A cache that cannot be written is
    /// a warning.
    fn remembered(
        &self,
        device: &str,
        key: &impl Serialize,
        compute: impl FnOnce() -> Result<Option<f64>, Error>,
    ) -> Result<Option<f64>, Error> {
        let path = self.entry(device, key);
        let read = path.as_ref().and_then(|path| std::fs::read(path).ok());
        let read = read.filter(|bytes| disk::sealed(bytes) == Sealed::Sound);
        let read = read.and_then(|bytes| serde_json::from_slice::<Found>(&bytes).ok());
        if let Some(Found { value }) = read {
            return Ok(Some(value));
        }
        let value = compute()?;
        if let (Some(value), Some(path)) = (value, path)
            && let Ok(bytes) = serde_json::to_vec(&Found { value })
        {
            let written = path
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| disk::write_whole(&path, &disk::seal(&bytes)));
            if let Err(problem) = written {
                tracing::warn!("a width is not cached in {}: {problem}", path.display());
            }
        }
        Ok(value)
    }

    /// The file of a cached value; none without a cache.
    fn entry(&self, device: &str, key: &impl Serialize) -> Option<PathBuf> {
        let folder = self.host.cache.as_ref()?;
        let version = env!("CARGO_PKG_VERSION");
        let key = serde_json::to_vec(&(version, device, key)).ok()?;
        let name = hexadecimal(&Sha256::digest(key));
        Some(folder.join(name).with_extension("width"))
    }
}

/// Times steps of pairs of networks.
struct Clock<'a> {
    settings: &'a Settings,
    dataset: &'a Arc<Dataset>,
    device: Opened,
    goes_on: &'a mut dyn FnMut() -> bool,
}

impl<'a> Clock<'a> {
    fn open(
        settings: &'a Settings,
        dataset: &'a Arc<Dataset>,
        goes_on: &'a mut dyn FnMut() -> bool,
    ) -> Result<Self, Error> {
        dataset.check_classes()?;
        settings.recipe.check(dataset.train.len())?;
        Ok(Self {
            settings,
            dataset,
            device: device::open(&settings.device)?.with_precision(settings.precision)?,
            goes_on,
        })
    }

    /// Seconds of the fastest step of `other` over those of `one`; `None` where the user stopped.
    fn ratio(&mut self, batch_size: usize, one: &Spec, other: &Spec) -> Result<Option<f64>, Error> {
        let mut recipe = self.settings.recipe.clone();
        recipe.batch_size = recipe.batch_size.min(batch_size);
        let pair = Pair {
            dataset: Arc::clone(self.dataset),
            baseline: one.clone(),
            capped: other.clone(),
            recipe,
            device: self.device.clone(),
            steps: MIN_STEPS,
        };
        training::memory::check([&pair.baseline, &pair.capped], &pair.device)?;
        let found = time_steps(&pair, &mut |_, _| (self.goes_on)())?;
        let fastest = |seconds: &[f64]| seconds.iter().copied().fold(f64::INFINITY, f64::min);
        match found.map(|found| fastest(&found.capped) / fastest(&found.baseline)) {
            Some(ratio) if !ratio.is_finite() => Err(unclear().into()),
            ratio => Ok(ratio),
        }
    }

    /// The multiple of channels at which the device is efficient, on images as `input`.
    fn multiple(&mut self, input: Input) -> Result<Option<usize>, Error> {
        if self.device.name != "cpu" {
            return Ok(Some(CUDA_MULTIPLE));
        }
        let settings = self.settings;
        let description = self.device.description.clone();
        let found = settings.remembered(&description, &"multiple", || {
            let probe = baseline("resnet-8".parse()?, input)?;
            let found = efficient_multiple(&probe, &mut |one, other| {
                self.ratio(PROBED_BATCH, one, other)
            })?;
            Ok(found.map(|found| found as f64))
        })?;
        Ok(found.map(|found| found as usize))
    }

    /// The largest factor on the widths of `base` that `keep` lets through and whose step takes no longer than that of
    /// `reference`.
    fn factor(
        &mut self,
        reference: &Spec,
        base: &Spec,
        multiple: usize,
        keep: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>, Error> {
        let settings = self.settings;
        let batch_size = settings.recipe.batch_size;
        let description = self.device.description.clone();
        let key = (reference, base, multiple, batch_size);
        settings.remembered(&description, &key, || {
            let most = MAX_MACS * reference.macs().max(base.macs());
            let mut candidates = candidates(base, most, multiple)?;
            candidates.retain(|(factor, _)| keep(*factor));
            widest(reference, &candidates, &mut |one, other| {
                self.ratio(batch_size, one, other)
            })
        })
    }
}

/// `multiple`, halved until there are narrower networks in its steps.
fn narrow_multiple(spec: &Spec, multiple: usize) -> usize {
    let mut multiple = multiple;
    let narrower = |multiple| {
        let factors = width_factors(spec, multiple).into_iter();
        factors.filter(|factor| *factor < 1.0).count()
    };
    while multiple > 1 && narrower(multiple) < MIN_NARROWER {
        multiple /= 2;
    }
    multiple
}

fn unclear() -> TrainingError {
    TrainingError::Died("the clock gave no times to compare".to_owned())
}

/// The smallest multiple of channels whose time per multiply-accumulate is near that of the best, on `probe` widened to a
/// little more than [`PROBED_WIDTH`].
fn efficient_multiple(probe: &Spec, ratio: &mut Ratio<'_>) -> Result<Option<usize>, Error> {
    let at = |width: usize| scaled(probe, width as f64 / probe.stem_width as f64);
    let reference = at(PROBED_WIDTH)?;
    let mut times = Vec::new();
    for multiple in MULTIPLES {
        let wider = at(PROBED_WIDTH + multiple)?;
        let Some(time) = ratio(&reference, &wider)? else {
            return Ok(None);
        };
        times.push((multiple, time / wider.macs() as f64));
    }
    let best = times
        .iter()
        .map(|(_, time)| *time)
        .fold(f64::INFINITY, f64::min);
    let near = times
        .iter()
        .find(|(_, time)| *time <= best * (1.0 + TOLERANCE));
    Ok(near.map(|(multiple, _)| *multiple))
}

/// The networks of `base` by the factors on its widths, which are multiples of `multiple` channels; with no more than
/// `most` multiply-accumulates.
fn candidates(base: &Spec, most: u64, multiple: usize) -> Result<Vec<(f64, Spec)>, Error> {
    let all = width_factors(base, multiple).into_iter();
    let all = all.map(|factor| Ok((factor, scaled(base, factor)?)));
    let mut all = all.collect::<Result<Vec<_>, Error>>()?;
    all.retain(|(_, spec)| spec.macs() <= most);
    Ok(all)
}

/// The factor of the widest of `candidates`, ascending, whose step takes no longer than that of `reference`; that of the
/// first where none does. Wider networks are taken to be slower: the step doubles until one is too slow, then the range is
/// halved.
fn widest(
    reference: &Spec,
    candidates: &[(f64, Spec)],
    ratio: &mut Ratio<'_>,
) -> Result<Option<f64>, Error> {
    let (mut fits, mut step, mut slow) = (0, 1, candidates.len());
    while slow - fits > 1 {
        let at = (fits + step).min(fits + (slow - fits) / 2).max(fits + 1);
        let Some(time) = ratio(reference, &candidates[at].1)? else {
            return Ok(None);
        };
        if time <= 1.0 {
            (fits, step) = (at, 2 * step);
        } else {
            slow = at;
        }
    }
    Ok(candidates.get(fits).map(|(factor, _)| *factor))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::{Cap, at_depth};
    use crate::run::fixture;

    fn deep(name: &str) -> Spec {
        let input = Input::from(&fixture::analysis().profile);
        baseline(name.parse().unwrap(), input).unwrap()
    }

    /// Seconds of a step on a made-up device: multiply-accumulates, with channels rounded up to its multiple.
    fn seconds(spec: &Spec, multiple: usize) -> f64 {
        let width = spec.stages[0].width;
        let full = width.next_multiple_of(multiple) as f64 / width as f64;
        spec.macs() as f64 * full * full
    }

    #[test]
    fn the_multiple_of_a_device_is_found() {
        for multiple in MULTIPLES {
            let found = efficient_multiple(&deep("resnet-8"), &mut |one, other| {
                Ok(Some(seconds(other, multiple) / seconds(one, multiple)))
            });
            assert_eq!(found.unwrap(), Some(multiple));
        }
        let stopped = efficient_multiple(&deep("resnet-8"), &mut |_, _| Ok(None));
        assert_eq!(stopped.unwrap(), None);
    }

    /// The same factor as by trying all of them, in every family and for slow and fast widths.
    #[test]
    fn the_widest_network_that_fits_is_found() {
        for name in [
            "resnet-50",
            "densenet-40",
            "resnext-29",
            "wide-resnet-28-2",
            "efficientnet-b1",
        ] {
            let deep = deep(name);
            let shallow = at_depth(&deep, Cap::convolutions(23));
            let mut all = candidates(&shallow, MAX_MACS * deep.macs(), 16).unwrap();
            all.retain(|(factor, _)| *factor >= 1.0);
            assert_eq!(all[0], (1.0, shallow));
            for cost in [0.5, 0.9, 1.5] {
                let ratio = |wide: &Spec| cost * wide.macs() as f64 / deep.macs() as f64;
                let mut timed = 0;
                let found = widest(&deep, &all, &mut |_, wide| {
                    timed += 1;
                    Ok(Some(ratio(wide)))
                });
                let fitting = all.iter().filter(|(_, wide)| ratio(wide) <= 1.0);
                let expected = fitting.map(|(factor, _)| *factor).fold(1.0, f64::max);
                assert_eq!(found.unwrap(), Some(expected), "{name} {cost}");
                assert!(timed < 30, "{name}: {timed}");
            }
            assert_eq!(widest(&deep, &all, &mut |_, _| Ok(None)).unwrap(), None);
        }
    }

    #[test]
    fn a_baseline_has_narrower_networks() {
        let counted = |name, multiple| narrow_multiple(&deep(name), multiple);
        assert_eq!(counted("resnet-50", 16), 4, "4, 8 and 12 of 16 channels");
        assert_eq!(counted("densenet-40", 16), 2, "2, 4, 6, 8 and 10 of 12");
        assert_eq!(counted("resnext-29", 16), 16);
    }

    #[test]
    fn a_value_is_computed_once_and_a_damaged_one_again() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            host: crate::run::settings::Host {
                cache: Some(folder.path().to_owned()),
                ..Default::default()
            },
            ..Settings::default()
        };
        let value = |key: &str, value: f64| {
            let found = settings.remembered("cpu", &key, || Ok(Some(value)));
            found.unwrap().unwrap()
        };
        assert_eq!(
            [value("a", 1.5), value("a", 2.5), value("b", 3.5)],
            [1.5, 1.5, 3.5]
        );
        let path = settings.entry("cpu", &"a").unwrap();
        std::fs::write(path, b"{}").unwrap();
        assert_eq!(value("a", 2.5), 2.5);
    }
}
