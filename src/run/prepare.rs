//! From settings to what a run starts from: images, their profile, and the plan.

use std::sync::Arc;
use std::time::Instant;

use super::{Error, Settings};
use crate::dataset::{Dataset, LoadOptions, Source, load, scan};
use crate::depth::{Analysis, Rule, analyse_with, sample_curve};
use crate::entropy::lossless::Sampler;
use crate::entropy::{Measurement, Survey, lossless, measure};
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
    let order = lossless::order(images, DATA_SEED);
    let size = lossless::sample_size(dataset.shape, settings.lossless_images);
    let sample: Vec<&[u8]> = order
        .iter()
        .take(size)
        .map(|&image| dataset.train.image(image, dataset.shape))
        .collect();
    lossless::add(&mut measurement, dataset.shape, &sample);
    Ok(Prepared {
        analysis: read_caps(settings, &measurement)?,
        dataset: Arc::new(dataset),
        measurement,
    })
}

/// Profiles the settings' dataset as [`prepare`] does, to the same digits, but lets the images pass
/// and holds no more of them than their layout makes necessary.
///
/// # Errors
/// As [`prepare`].
pub fn profile(settings: &Settings, progress: &(dyn Fn(Phase) + Sync)) -> Result<Analysis, Error> {
    let source: Source = settings.dataset.parse()?;
    let begun = Instant::now();
    let mut passing: Option<(Survey, Sampler)> = None;
    let loading = |done, all| progress(Phase::Loading(done, all));
    scan(
        &source,
        &load_options(settings),
        &loading,
        &mut |outline, part| {
            let (survey, sampler) = passing.get_or_insert_with(|| {
                let shape = outline.shape;
                let size = lossless::sample_size(shape, settings.lossless_images);
                (
                    Survey::new(outline.clone(), settings.estimator),
                    Sampler::new(shape, size, DATA_SEED),
                )
            });
            survey.add(part, &|_| {});
            sampler.add(part);
        },
    )?;
    let Some((survey, sampler)) = passing else {
        return Err(Error::Setting(format!("{source} holds no images")));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let shape = survey.outline().shape;
    let mut measurement = survey.finish();
    measurement.profile.load_seconds = (seconds - measurement.profile.seconds).max(0.0);
    lossless::add(&mut measurement, shape, &sampler.finish());
    read_caps(settings, &measurement)
}

fn read_caps(settings: &Settings, measurement: &Measurement) -> Result<Analysis, Error> {
    let own = settings.readings.rules();
    analyse_with(measurement, settings.reading, &own, RESAMPLES, DATA_SEED)
        .map_err(|error| Error::Setting(error.to_string()))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn images_that_pass_give_the_same_analysis_as_images_that_stay() {
        let settings = Settings {
            limit: Some(150),
            lossless_images: Some(20),
            ..Settings::resolve(&[]).unwrap()
        };
        let mut passed = profile(&settings, &|_| {}).unwrap();
        let mut stayed = prepare(&settings, &|_| {}).unwrap().analysis;
        for analysis in [&mut passed, &mut stayed] {
            analysis.profile.seconds = 0.0;
            analysis.profile.load_seconds = 0.0;
            let lossless = analysis.profile.lossless.as_mut().unwrap();
            assert_eq!(lossless.images, 20);
            lossless.seconds = 0.0;
        }
        assert_eq!(passed, stayed);
    }
}
