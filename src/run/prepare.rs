//! From settings to what a run starts from: images, their profile, and the plan.

use std::sync::Arc;
use std::time::Instant;

use super::{Error, Settings};
use crate::dataset::{Dataset, LoadOptions, Source, load};
use crate::depth::{Analysis, Rule, analyse_with, sample_curve};
use crate::entropy::{Measurement, lossless, measure};
use crate::network::{Input, Overrides, Plan, plan};

/// Bootstrap resamples behind the interval of a cap.
pub const RESAMPLES: usize = 1_000;
/// Seed of those resamples, of the choice of images under a limit, of the sample of coded images and
/// of the sample-size curve: the same data, the same cap.
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
        data_dirs: settings.data_dirs.clone(),
        resize: settings.resize,
        label: settings.label.clone(),
        unlabelled: settings.unlabelled,
        limit: settings.limit,
        seed: DATA_SEED,
    }
}

/// Loads and profiles the settings' dataset; `progress` hears of it from any thread.
///
/// # Errors
/// [`Error::Dataset`] where it cannot be read, [`Error::Setting`] where a reading of the user's own
/// gives no cap on it.
pub fn prepare(settings: &Settings, progress: &(dyn Fn(Phase) + Sync)) -> Result<Prepared, Error> {
    let source: Source = settings.dataset.parse()?;
    let begun = Instant::now();
    let dataset = load(&source, &load_options(settings), &|done, all| {
        progress(Phase::Loading(done, all));
    })?;
    let load_seconds = begun.elapsed().as_secs_f64();
    let images = dataset.train.len();
    let mut measurement = measure(&dataset, settings.estimator, load_seconds, &|done| {
        progress(Phase::Profiling(done, images));
    });
    let sample = lossless::sample_size(&dataset, settings.lossless_images);
    let order = lossless::order(images, DATA_SEED);
    lossless::add(&mut measurement, &dataset, &order, sample);
    let own = settings.readings.rules();
    let analysis = analyse_with(&measurement, settings.reading, &own, RESAMPLES, DATA_SEED)
        .map_err(|error| Error::Setting(error.to_string()))?;
    Ok(Prepared {
        dataset: Arc::new(dataset),
        measurement,
        analysis,
    })
}

/// Adds the sample-size curve to a preparation: every reading on 1, 5, 10, 50 and 100 % of the images.
pub fn add_curve(prepared: &mut Prepared) {
    let order = lossless::order(prepared.dataset.train.len(), DATA_SEED);
    let readings = &prepared.analysis.readings;
    let rules: Vec<Rule> = readings.iter().map(|reading| reading.name).collect();
    let curve = sample_curve(&prepared.dataset, &prepared.measurement, &order, &rules);
    prepared.analysis.sample_curve = Some(curve);
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
        Overrides {
            depth: settings.depth,
            width_factor: settings.width_factor,
        },
        settings.width,
    )?)
}
