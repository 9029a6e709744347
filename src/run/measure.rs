//! Measures a plan's prediction of time.

use std::sync::Arc;

use super::{Error, Settings};
use crate::dataset::Dataset;
use crate::evidence::ratio_interval;
use crate::network::{Measured, Plan};
use crate::training::timing::{Amount, Pair, Timed, time_steps};
use crate::training::{self, TrainingError, device};

/// Times training steps of both networks of `plan` on the settings' device and batch size, see
/// [`time_steps`]; `None` where `goes_on` returns false; it is called after every step with the
/// steps done and the most that there will be.
///
/// Opening a CUDA device may take seconds.
///
/// # Errors
/// [`Error::NothingToCap`] where the plan has no capped network, [`Error::Training`] for a recipe or
/// device that cannot be used, or a device that fails.
pub fn measure(
    settings: &Settings,
    dataset: Arc<Dataset>,
    plan: &Plan,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Measured>, Error> {
    let capped = plan
        .capped_spec
        .clone()
        .ok_or_else(|| Error::nothing_to_cap(plan))?;
    dataset.check_classes()?;
    settings.recipe.check_size(&dataset)?;
    let pair = Pair {
        dataset,
        baseline: plan.baseline_spec.clone(),
        capped,
        recipe: settings.recipe.clone(),
        device: device::open(&settings.device)?.with_precision(settings.precision)?,
    };
    training::memory::check([&pair.baseline, &pair.capped], &pair.device)?;
    let Some(timed) = time_steps(&pair, Amount::FULL, goes_on)? else {
        return Ok(None);
    };
    let measured = measured(&timed, pair.device.description, settings.recipe.batch_size);
    let measured = measured.ok_or_else(unclear)?;
    settings.remember(plan, &measured);
    Ok(Some(measured))
}

/// The time saved over timed steps, with the 95 % interval of a ratio of totals over pairs of steps
/// ([`ratio_interval`]); `None` without a step or without measured time.
#[must_use]
pub fn measured(timed: &Timed, device: String, batch_size: usize) -> Option<Measured> {
    let kept = ratio_interval(&timed.capped, &timed.baseline)?;
    let steps = timed.baseline.len();
    let mean = |seconds: &[f64]| seconds.iter().sum::<f64>() / steps as f64;
    Some(Measured {
        steps,
        warm_up_steps: timed.warm_up_steps,
        device,
        batch_size,
        baseline_seconds_per_step: mean(&timed.baseline),
        capped_seconds_per_step: mean(&timed.capped),
        time_saved: 1.0 - kept.mean,
        interval: kept.interval.map(|[low, high]| [1.0 - high, 1.0 - low]),
    })
}

/// The clock gave nothing to divide.
pub(super) fn unclear() -> TrainingError {
    TrainingError::Died("the clock gave no times to compare".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The interval is that of the same numbers as epochs, by numpy 2 and scipy 1.17.1, see the tests
    /// of the summary.
    #[test]
    fn steps_become_means_and_a_ratio_with_its_interval() {
        let timed = Timed {
            warm_up_steps: 2,
            baseline: vec![10.0, 11.0, 10.5],
            capped: vec![6.0, 7.0, 6.1],
        };
        let found = measured(&timed, "cpu".to_owned(), 32).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(found.baseline_seconds_per_step, 10.5));
        assert!(near(found.capped_seconds_per_step, 19.1 / 3.0));
        assert!(near(found.time_saved, 1.0 - 19.1 / 31.5));
        let [low, high] = found.interval.unwrap();
        assert!(near(f64::midpoint(low, high), found.time_saved));
        assert!(near(high - low, 0.143_576_663_297_013_19));
        assert_eq!((found.steps, found.batch_size), (3, 32));
        assert_eq!(measured(&Timed::default(), "cpu".to_owned(), 32), None);
    }
}
