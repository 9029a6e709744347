//! Plans by measured step time.
//!
//! The policies `iso-time` and `balanced` choose the widths of the capped network by timed training steps, in multiples of
//! channels at which the device is efficient. What is found becomes the setting `width-factor`, so that the run is repeated
//! and resumed with the same networks on any machine. Steps are timed on images made for them; the cache keeps every result.

mod search;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::search::{Fit, candidates, capped_width, efficient_multiple, narrow_multiple, widest};
use super::cache::{read_entry, timing_key, write_entry};
use super::costs::device_info;
use super::measure::{measured, unclear};
use super::{Error, Settings, plan_pair};
use crate::depth::Analysis;
use crate::format::significant;
use crate::network::{
    Input, Measured, NetworkSummary, Overrides, Plan, Spec, baseline, cut, scaled,
};
use crate::training::device::{self, Opened};
use crate::training::timing::{Amount, Pair, Timed, blank, time_steps};
use crate::training::{self, Recipe, TrainingError};

/// Version of what an entry of the cache holds and of what its numbers mean.
const LAYOUT: u32 = 1;
/// Ending of the names of entries.
const ENDING: &str = "widths";
/// Most entries in the cache; the oldest are removed.
const MOST: usize = 1_000;
/// The multiple of channels for CUDA's kernels: the tile of its matrix units.
const CUDA_MULTIPLE: usize = 16;
/// Most multiply-accumulates of a candidate over those of the baseline.
const MAX_MACS: u64 = 8;
/// Multiply-accumulates of a forward pass for each core, by which the images of a step are limited that is timed in a search.
const SEARCHED_MACS_PER_CORE: u64 = 500_000_000;
/// The same of a prediction. A fraction of the batch will not do where the whole can be timed: many narrow layers gain less
/// from images than few wide ones, so that at 8 images `DenseNet` seems to save less time by its cap than at 32.
const PREDICTED_MACS_PER_CORE: u64 = 5_000_000_000;
/// Fewest images of a timed step for each core, if the batch has so many.
const MIN_IMAGES_PER_CORE: usize = 4;
/// Share by which the narrower baseline may be slower than the capped network.
const TOLERANCE: f64 = 0.05;

/// A pair that is planned by timed steps.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedPlan {
    /// The settings, with the width factor that was found.
    pub settings: Settings,
    /// The pair, with its prediction.
    pub plan: Plan,
}

impl Settings {
    /// Whether the width of the capped network has yet to be measured.
    #[must_use]
    pub fn needs_width(&self) -> bool {
        self.host.measure && self.width.is_by_time() && self.width_factor.is_none()
    }

    /// Plans the pair of these settings, which are fitted to the images, by timed steps on their device or by what the cache
    /// has of them: the width where the policy is by time, and the time saved. By MACs alone where the settings say so, and
    /// where there is no capped network. `None` where `goes_on` returns false; it is called after every step.
    ///
    /// # Errors
    /// [`Error::Network`] where the architecture does not fit the images, [`Error::Training`] for a recipe or
    /// device that cannot be used, or a device that fails.
    pub fn plan_by_time(
        &self,
        analysis: &Analysis,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<TimedPlan>, Error> {
        let by_macs = plan_pair(self, analysis)?;
        let mut planned = TimedPlan {
            settings: self.clone(),
            plan: by_macs,
        };
        if !self.host.measure || planned.plan.capped.is_none() {
            return Ok(Some(planned));
        }
        self.recipe.check(analysis.profile.images)?;
        let mut clock = Clock::new(self, goes_on);
        if self.needs_width() {
            let Some(factor) = clock.width_factor(analysis)? else {
                return Ok(None);
            };
            planned.settings.width_factor = Some(factor);
            planned.plan = Plan {
                width_measured: true,
                ..plan_pair(&planned.settings, analysis)?
            };
        }
        let Some(measured) = clock.prediction(&planned.plan)? else {
            return Ok(None);
        };
        planned.plan = planned.plan.with_measured(measured);
        Ok(Some(planned))
    }

    /// The baseline of `plan` at its own depth, made narrower until its step takes no longer than that of the capped network:
    /// a network of the same time without a cap; `None` where even the narrowest is slower, a break where `goes_on` returns
    /// false.
    ///
    /// # Errors
    /// As [`Settings::plan_by_time`].
    pub fn narrower(
        &self,
        plan: &Plan,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<ControlFlow<(), Option<NetworkSummary>>, Error> {
        let (deep, Some(capped)) = (&plan.baseline_spec, &plan.capped_spec) else {
            return Ok(ControlFlow::Continue(None));
        };
        let mut clock = Clock::new(self, goes_on);
        let Some(multiple) = clock.multiple(deep.input)? else {
            return Ok(ControlFlow::Break(()));
        };
        let multiple = narrow_multiple(deep, multiple);
        let key = ("narrower", capped, deep, multiple, self.recipe.batch_size);
        let fit = clock.remembered(key, |clock| {
            let narrower = candidates(deep, deep.macs(), multiple, |factor| factor <= 1.0)?;
            widest(capped, &narrower, &mut |one, other| clock.ratio(one, other))
        })?;
        let Some(Fit { factor, ratio }) = fit else {
            return Ok(ControlFlow::Break(()));
        };
        let name = format!(
            "{}, widths times {}",
            plan.baseline.name,
            significant(factor)
        );
        let narrow = scaled(deep, factor)?;
        let fits = ratio <= 1.0 + TOLERANCE;
        Ok(ControlFlow::Continue(
            fits.then(|| NetworkSummary::new(name, &narrow)),
        ))
    }

    /// Keeps what was measured of a pair of networks, for the predictions of the same pair.
    pub(super) fn remember(&self, plan: &Plan, measured: &Measured) {
        if let Some(capped) = &plan.capped_spec
            && let Some(path) = self.entry(pair_key(self, &plan.baseline_spec, capped))
        {
            write_entry(&path, measured, MOST);
        }
    }

    /// The file of a cached result; none without a cache or such a device.
    fn entry(&self, subject: impl Serialize) -> Option<PathBuf> {
        let folder = self.host.cache.as_ref()?;
        let device = device_info(&self.device)?;
        let described = (device.name.as_str(), device.description.as_str());
        let name = timing_key(self, described, LAYOUT, subject)?;
        Some(folder.join(name).with_extension(ENDING))
    }
}

fn pair_key<'a>(settings: &Settings, one: &'a Spec, other: &'a Spec) -> impl Serialize + use<'a> {
    ("prediction", one, other, settings.recipe.batch_size)
}

/// A multiple of channels, as the cache keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Multiple {
    channels: usize,
}

/// Times steps of pairs of networks.
struct Clock<'a> {
    settings: &'a Settings,
    /// The device, once steps have to be timed.
    device: Option<Opened>,
    goes_on: &'a mut dyn FnMut() -> bool,
}

impl<'a> Clock<'a> {
    fn new(settings: &'a Settings, goes_on: &'a mut dyn FnMut() -> bool) -> Self {
        Self {
            settings,
            device: None,
            goes_on,
        }
    }

    fn device(&mut self) -> Result<Opened, TrainingError> {
        if let Some(device) = &self.device {
            return Ok(device.clone());
        }
        let settings = self.settings;
        let opened = device::open(&settings.device)?.with_precision(settings.precision)?;
        Ok(self.device.insert(opened).clone())
    }

    /// The cached result on `subject`, or that of `compute`, which is then cached.
    fn remembered<T: Serialize + DeserializeOwned>(
        &mut self,
        subject: impl Serialize,
        compute: impl FnOnce(&mut Self) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        let path = self.settings.entry(subject);
        let known: Option<T> = path.as_ref().and_then(|path| read_entry(path));
        if known.is_some() {
            return Ok(known);
        }
        // A caller that wants cached results alone stops here, before a device is opened.
        if !(self.goes_on)() {
            return Ok(None);
        }
        let found = compute(self)?;
        if let (Some(found), Some(path)) = (&found, path) {
            write_entry(&path, found, MOST);
        }
        Ok(found)
    }

    /// Steps of two networks, on a CPU of no more multiply-accumulates for each core than this.
    fn time(
        &mut self,
        [one, other]: [&Spec; 2],
        macs_per_core: u64,
        amount: Amount,
    ) -> Result<Option<(Timed, usize, Opened)>, Error> {
        let device = self.device()?;
        training::memory::check([one, other], &device)?;
        let batch_size = images_of_step(
            one.macs(),
            self.settings.recipe.batch_size,
            (&device, macs_per_core),
        );
        let pair = Pair {
            dataset: Arc::new(blank(one.input, 2 * batch_size)),
            baseline: one.clone(),
            capped: other.clone(),
            recipe: Recipe {
                batch_size,
                holdout: None,
                ..self.settings.recipe.clone()
            },
            device: device.clone(),
        };
        let timed = time_steps(&pair, amount, &mut |_, _| (self.goes_on)())?;
        Ok(timed.map(|timed| (timed, batch_size, device)))
    }

    /// Seconds of the fastest step of `other` over those of `one`; `None` where the user stopped.
    fn ratio(&mut self, one: &Spec, other: &Spec) -> Result<Option<f64>, Error> {
        let timed = self.time([one, other], SEARCHED_MACS_PER_CORE, Amount::BRIEF)?;
        let Some((timed, ..)) = timed else {
            return Ok(None);
        };
        let fastest = |seconds: &[f64]| seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let ratio = fastest(&timed.capped) / fastest(&timed.baseline);
        if ratio.is_finite() {
            return Ok(Some(ratio));
        }
        Err(unclear().into())
    }

    /// The multiple of channels at which the device is efficient, on images as `input`.
    fn multiple(&mut self, input: Input) -> Result<Option<usize>, Error> {
        if device_info(&self.settings.device).is_some_and(|device| device.name != "cpu") {
            return Ok(Some(CUDA_MULTIPLE));
        }
        let found = self.remembered("multiple", |clock| {
            let probe = baseline("resnet-8".parse()?, input)?;
            let found = efficient_multiple(&probe, &mut |one, other| clock.ratio(one, other))?;
            Ok(found.map(|channels| Multiple { channels }))
        })?;
        Ok(found.map(|found| found.channels))
    }

    /// The factor on the baseline's widths by the policy of the settings; 1 without a capped network.
    fn width_factor(&mut self, analysis: &Analysis) -> Result<Option<f64>, Error> {
        let settings = self.settings;
        let input = Input::from(&analysis.profile);
        let deep = baseline(settings.architecture, input)?;
        let overrides = Overrides {
            depth: settings.depth,
            width_factor: None,
        };
        let Some(shallow) = cut(&deep, overrides.cap(analysis.of(&settings.reading))) else {
            return Ok(Some(1.0));
        };
        let Some(multiple) = self.multiple(input)? else {
            return Ok(None);
        };
        let policy = settings.width;
        let batch_size = settings.recipe.batch_size;
        let key = (policy.name(), &deep, &shallow, multiple, batch_size);
        let fit = self.remembered(key, |clock| {
            let most = MAX_MACS * deep.macs();
            let wider = candidates(&shallow, most, multiple, |factor| factor >= 1.0)?;
            capped_width(&deep, &wider, policy, &mut |one, other| {
                clock.ratio(one, other)
            })
        })?;
        Ok(fit.map(|fit| fit.factor))
    }

    /// The step times of the pair of `plan`.
    fn prediction(&mut self, plan: &Plan) -> Result<Option<Measured>, Error> {
        let (deep, Some(capped)) = (&plan.baseline_spec, &plan.capped_spec) else {
            return Ok(None);
        };
        self.remembered(pair_key(self.settings, deep, capped), |clock| {
            let timed = clock.time([deep, capped], PREDICTED_MACS_PER_CORE, Amount::SHORT)?;
            let Some((timed, batch_size, device)) = timed else {
                return Ok(None);
            };
            let found = measured(&timed, device.description, batch_size);
            Ok(Some(found.ok_or_else(unclear)?))
        })
    }
}

/// Images of a timed step of a network with `macs`: those of the settings' batch; on a CPU, where the time of a step grows
/// with its images, no more than `macs_per_core` allows.
fn images_of_step(macs: u64, batch_size: usize, (device, macs_per_core): (&Opened, u64)) -> usize {
    if device.name != "cpu" {
        return batch_size;
    }
    let cores = available_parallelism().map_or(1, usize::from);
    limited(macs, batch_size, macs_per_core, cores)
}

fn limited(macs: u64, batch_size: usize, macs_per_core: u64, cores: usize) -> usize {
    let images = macs_per_core * cores as u64 / macs.max(1);
    batch_size.min((images as usize).max(MIN_IMAGES_PER_CORE * cores))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::training::device::Precision;

    fn settings(cache: &std::path::Path) -> Settings {
        let mut settings = fixture::manifest(&[1], 1).settings;
        settings.host.cache = Some(cache.to_owned());
        settings.host.measure = true;
        settings.device = "cpu".to_owned();
        settings
    }

    #[test]
    fn a_step_that_is_timed_has_few_images_of_a_large_network() {
        let searched = |macs, batch, cores| limited(macs, batch, SEARCHED_MACS_PER_CORE, cores);
        assert_eq!(searched(40_000_000, 128, 2), 25);
        assert_eq!(searched(40_000_000, 20, 2), 20);
        assert_eq!(searched(5_000_000_000, 128, 2), 8);
        assert_eq!(searched(5_000_000_000, 128, 16), 64);
        // DenseNet-40: the whole batch for a prediction.
        let predicted = |batch| limited(264_812_928, batch, PREDICTED_MACS_PER_CORE, 2);
        assert_eq!([predicted(32), predicted(128)], [32, 37]);
    }

    #[test]
    fn a_result_is_computed_once_and_a_damaged_one_again() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let mut goes_on = || true;
        let mut clock = Clock::new(&settings, &mut goes_on);
        let mut value = |key: &str, channels: usize| {
            let found = clock.remembered(key, |_| Ok(Some(Multiple { channels })));
            found.unwrap().unwrap().channels
        };
        assert_eq!([value("a", 1), value("a", 2), value("b", 3)], [1, 1, 3]);
        let path = settings.entry("a").unwrap();
        std::fs::write(path, b"{}").unwrap();
        assert_eq!(value("a", 2), 2);
        let other = Settings {
            precision: Precision::Bf16,
            ..settings.clone()
        };
        assert_ne!(other.entry("a"), settings.entry("a"));
    }

    /// What the cache has is the plan, without a step; settings of a finished run time nothing at all.
    #[test]
    fn a_plan_by_time_is_that_of_the_factor_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        let analysis = fixture::analysis();
        let stopped = settings.plan_by_time(&analysis, &mut || false).unwrap();
        assert_eq!(stopped, None, "nothing is known yet");

        let deep = baseline(settings.architecture, (&analysis.profile).into()).unwrap();
        let by_macs = plan_pair(&settings, &analysis).unwrap();
        let overrides = Overrides {
            depth: settings.depth,
            width_factor: None,
        };
        let shallow = cut(&deep, overrides.cap(analysis.of(&settings.reading))).unwrap();
        let channels = 8;
        let path = settings.entry("multiple").unwrap();
        write_entry(&path, &Multiple { channels }, MOST);
        let batch = settings.recipe.batch_size;
        let key = (settings.width.name(), &deep, &shallow, channels, batch);
        let fit = Fit {
            factor: 1.5,
            ratio: 0.8,
        };
        write_entry(&settings.entry(key).unwrap(), &fit, MOST);
        let measured = Measured {
            steps: 5,
            warm_up_steps: 2,
            device: "cpu".to_owned(),
            batch_size: batch,
            baseline_seconds_per_step: 1.0,
            capped_seconds_per_step: 0.8,
            time_saved: 0.2,
            interval: Some([0.15, 0.25]),
        };
        let wide = Settings {
            width_factor: Some(1.5),
            ..settings.clone()
        };
        let by_hand = plan_pair(&wide, &analysis).unwrap();
        settings.remember(&by_hand, &measured);

        let TimedPlan {
            settings: found,
            plan,
        } = settings
            .plan_by_time(&analysis, &mut || false)
            .unwrap()
            .unwrap();
        assert_eq!(found, wide);
        assert_eq!(plan.capped, by_hand.capped);
        assert!(plan.width_measured && plan.measured == Some(measured));
        assert_eq!(plan.width_choice(), "width balanced: widths times 1.50");

        settings.host.measure = false;
        let plain = settings.plan_by_time(&analysis, &mut || false).unwrap();
        assert_eq!(plain.unwrap().plan, by_macs);
    }
}
