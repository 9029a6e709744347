//! From settings to what a run starts from: images, their profile, and the plan.

use std::sync::Arc;
use std::time::Instant;

use super::{Error, Settings};
use crate::dataset::{Dataset, LoadOptions, Source, load};
use crate::depth::{Analysis, analyse};
use crate::entropy::{Estimator, Measurement, measure};
use crate::network::{Input, Plan, plan};

/// Bootstrap resamples behind the interval of a cap.
pub const RESAMPLES: usize = 1_000;
/// Seed of those resamples, and of the choice of images under a limit: the same data, the same cap.
const DATA_SEED: u64 = 0;

/// What a preparation is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading and decoding images: done, of how many.
    Loading(usize, usize),
    /// Computing entropies: images done, of how many.
    Profiling(usize, usize),
}

/// Images in memory with everything that was measured on them.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The images.
    pub dataset: Arc<Dataset>,
    /// The profile with its single values.
    pub measurement: Measurement,
    /// Every reading of it, with the chosen one.
    pub analysis: Analysis,
}

/// How the settings' dataset is loaded.
#[must_use]
pub fn load_options(settings: &Settings) -> LoadOptions {
    LoadOptions {
        data_dir: settings.data_dir.clone(),
        resize: settings.resize,
        limit: settings.limit,
        seed: DATA_SEED,
    }
}

/// Loads and profiles the settings' dataset; `progress` hears of it from any thread.
///
/// # Errors
/// [`Error::Dataset`] where it cannot be read.
pub fn prepare(settings: &Settings, progress: &(dyn Fn(Phase) + Sync)) -> Result<Prepared, Error> {
    let source: Source = settings.dataset.parse()?;
    let begun = Instant::now();
    let dataset = load(&source, &load_options(settings), &|done, all| {
        progress(Phase::Loading(done, all));
    })?;
    let load_seconds = begun.elapsed().as_secs_f64();
    let images = dataset.train.len();
    let measurement = measure(&dataset, Estimator::default(), load_seconds, &|done| {
        progress(Phase::Profiling(done, images));
    });
    let analysis = analyse(&measurement, settings.reading, RESAMPLES, DATA_SEED);
    Ok(Prepared {
        dataset: Arc::new(dataset),
        measurement,
        analysis,
    })
}

/// Plans the settings' pair of networks on a profiled dataset.
///
/// # Errors
/// [`Error::Network`] where the architecture does not fit the images.
pub fn plan_pair(
    settings: &Settings,
    analysis: &Analysis,
    dataset: &Dataset,
) -> Result<Plan, Error> {
    let input = Input {
        shape: dataset.shape,
        classes: dataset.class_names.len(),
    };
    Ok(plan(
        &dataset.name,
        input,
        settings.architecture,
        analysis.of(settings.reading),
        settings.depth,
        settings.width,
    )?)
}
