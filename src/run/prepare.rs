//! From settings to what a run starts from: images, their profile, and the plan.

use std::sync::Arc;
use std::time::Instant;

use super::cache::{CacheEntry, CachedProfile, Shown};
use super::{Error, Settings};
use crate::dataset::{Dataset, LoadOptions, Loading, Source, load, scan};
use crate::depth::{Analysis, Invariance, Rule, SAMPLE, analyse_with, invariance, sample_curve};
use crate::entropy::lossless::Sampler;
use crate::entropy::{Measurement, Samples, Spreads, Survey, lossless, measure};
use crate::format::{count, number_of};
use crate::network::{Overrides, Plan, plan};

/// Bootstrap resamples behind the interval of a cap.
pub const RESAMPLES: usize = 1_000;
/// Seed of those resamples, of the choice of images under a limit, of the sample of coded images and
/// of the sample-size curve: the same data, the same cap.
const DATA_SEED: u64 = 0;
/// Sample images of each kind in an overview.
const SAMPLES: usize = 6;

/// What a preparation is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Searching folders: so many of them, and so many files in them, are seen.
    Finding {
        /// Folders.
        folders: usize,
        /// Files.
        files: usize,
    },
    /// Looking into files, before it is known how many images they hold: so many are seen.
    Scanning(usize),
    /// Reading and decoding images: done, of how many.
    Loading(usize, usize),
    /// Computing entropies: images done, of how many.
    Profiling(usize, usize),
}

impl Phase {
    /// What is counted before it is known how many images there are, such as `searching: 12 folders, 41,212 files`; none of
    /// a phase that goes over images.
    #[must_use]
    pub fn counted(self) -> Option<String> {
        match self {
            Self::Finding { folders, files } => Some(format!(
                "searching: {}, {}",
                number_of(folders, "folder", "folders"),
                number_of(files, "file", "files")
            )),
            Self::Scanning(done) => Some(format!("scanning files: {}", count(done as u64))),
            Self::Loading(..) | Self::Profiling(..) => None,
        }
    }
}

/// What [`load`] says of its progress.
impl From<Loading> for Phase {
    fn from(loading: Loading) -> Self {
        match loading {
            Loading::Finding { folders, files } => Self::Finding { folders, files },
            Loading::Scanning(done) => Self::Scanning(done),
            Loading::Images(done, of) => Self::Loading(done, of),
        }
    }
}

/// Images in memory with what was measured on them.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The images.
    pub dataset: Arc<Dataset>,
    /// Every reading of their profile, with the chosen one.
    pub analysis: Analysis,
}

/// What a screen shows of a dataset.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The images; none where all of this came from the cache.
    pub dataset: Option<Arc<Dataset>>,
    /// Every reading of their profile, with the chosen one.
    pub analysis: Analysis,
    /// What is shown beside it.
    pub shown: Shown,
}

/// How the settings' dataset is loaded.
#[must_use]
pub fn load_options(settings: &Settings) -> LoadOptions {
    LoadOptions {
        data_dir: settings.data_dir.clone(),
        data_dirs: settings.data_dirs.clone(),
        resize: settings.resize,
        label: settings.label.clone(),
        split_test: settings.split_test.clone(),
        limit: settings.limit,
        transforms: settings.transform.clone(),
        max_memory: settings.host.max_memory,
        seed: DATA_SEED,
    }
}

/// Is called with the phases of a preparation, from any thread.
type Progress<'a> = &'a (dyn Fn(Phase) + Sync);

/// Loads the settings' dataset, and profiles it unless its profile is cached.
///
/// # Errors
/// [`Error::Dataset`] where it cannot be read, [`Error::Setting`] where a reading of the user's own
/// gives no cap on it.
pub fn prepare(settings: &Settings, progress: Progress<'_>) -> Result<Prepared, Error> {
    let source: Source = settings.dataset.parse()?;
    let entry = CacheEntry::of(settings, &source, load_options(settings), progress);
    let (dataset, load_seconds) = loaded(settings, &source, progress)?;
    let analysis = if let Some(kept) = entry.read().filter(|_| entry.is_current()) {
        Analysis {
            sample_curve: None,
            ..kept.analysis
        }
    } else {
        let (_, analysis) = measured(settings, &dataset, load_seconds, progress)?;
        entry.write(CachedProfile {
            analysis: analysis.clone(),
            shown: None,
        });
        analysis
    };
    Ok(Prepared {
        dataset: Arc::new(dataset),
        analysis,
    })
}

/// What is shown of the settings' dataset, from the cache or as [`prepare`] measures it.
///
/// # Errors
/// As [`prepare`].
pub fn overview(settings: &Settings, progress: Progress<'_>) -> Result<Overview, Error> {
    let source: Source = settings.dataset.parse()?;
    let entry = CacheEntry::of(settings, &source, load_options(settings), progress);
    if let Some(CachedProfile {
        analysis,
        shown: Some(shown),
    }) = entry.read()
    {
        return Ok(Overview {
            dataset: None,
            analysis,
            shown,
        });
    }
    let (dataset, load_seconds) = loaded(settings, &source, progress)?;
    let (measurement, analysis) = measured(settings, &dataset, load_seconds, progress)?;
    let shown = Shown {
        test_images: dataset.test.len(),
        spreads: Spreads::of(&measurement),
        samples: Samples::pick(&dataset, &measurement.images.information, SAMPLES),
    };
    entry.write(CachedProfile {
        analysis: analysis.clone(),
        shown: Some(shown.clone()),
    });
    Ok(Overview {
        dataset: Some(Arc::new(dataset)),
        analysis,
        shown,
    })
}

/// Profiles the settings' dataset as [`prepare`] does, to the same digits, but lets the images pass
/// and holds no more of them than their layout makes necessary; reads none of them where a profile
/// of these files is cached.
///
/// # Errors
/// As [`prepare`].
pub fn profile(settings: &Settings, progress: Progress<'_>) -> Result<Analysis, Error> {
    let source: Source = settings.dataset.parse()?;
    let entry = CacheEntry::of(settings, &source, load_options(settings), progress);
    if let Some(kept) = entry.read() {
        return Ok(Analysis {
            sample_curve: None,
            ..kept.analysis
        });
    }
    let analysis = passed(settings, &source, progress)?;
    entry.write(CachedProfile {
        analysis: analysis.clone(),
        shown: None,
    });
    Ok(analysis)
}

/// The built-in readings of a seeded sample of the settings' training images, as they are and changed in known ways.
///
/// # Errors
/// As [`prepare`].
pub fn measure_invariance(
    settings: &Settings,
    progress: Progress<'_>,
) -> Result<Invariance, Error> {
    let source: Source = settings.dataset.parse()?;
    let limited = Settings {
        limit: Some(settings.limit.map_or(SAMPLE, |limit| limit.min(SAMPLE))),
        ..settings.clone()
    };
    let (sample, _) = loaded(&limited, &source, progress)?;
    Ok(invariance(&sample, settings.estimator, &Rule::ALL))
}

/// As [`profile`], with the sample-size curve: every reading on 1, 5, 10, 50 and 100 % of the
/// images, all of which are held in memory where no curve is cached.
///
/// # Errors
/// As [`prepare`].
pub fn profile_with_curve(settings: &Settings, progress: Progress<'_>) -> Result<Analysis, Error> {
    let source: Source = settings.dataset.parse()?;
    let entry = CacheEntry::of(settings, &source, load_options(settings), progress);
    if let Some(kept) = entry.read()
        && kept.analysis.sample_curve.is_some()
    {
        return Ok(kept.analysis);
    }
    let (dataset, load_seconds) = loaded(settings, &source, progress)?;
    let (measurement, mut analysis) = measured(settings, &dataset, load_seconds, progress)?;
    let order = lossless::order(dataset.train.len(), DATA_SEED);
    let readings = &analysis.readings;
    let rules: Vec<Rule> = readings
        .iter()
        .map(|reading| reading.name.clone())
        .collect();
    analysis.sample_curve = Some(sample_curve(&dataset, &measurement, &order, &rules));
    entry.write(CachedProfile {
        analysis: analysis.clone(),
        shown: None,
    });
    Ok(analysis)
}

/// Reads the images and says how many seconds that took.
fn loaded(
    settings: &Settings,
    source: &Source,
    progress: Progress<'_>,
) -> Result<(Dataset, f64), Error> {
    let begun = Instant::now();
    let dataset = load(source, &load_options(settings), &|loading| {
        progress(loading.into());
    })?;
    Ok((dataset, begun.elapsed().as_secs_f64()))
}

/// Profiles images in memory.
fn measured(
    settings: &Settings,
    dataset: &Dataset,
    load_seconds: f64,
    progress: Progress<'_>,
) -> Result<(Measurement, Analysis), Error> {
    let images = dataset.train.len();
    let mut measurement = measure(dataset, settings.estimator, load_seconds, &|done| {
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
    let analysis = read_caps(settings, &mut measurement)?;
    Ok((measurement, analysis))
}

/// Profiles images part by part.
fn passed(settings: &Settings, source: &Source, progress: Progress<'_>) -> Result<Analysis, Error> {
    let begun = Instant::now();
    let mut passing: Option<(Survey, Sampler)> = None;
    let loading = |loading: Loading| progress(loading.into());
    scan(
        source,
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
    read_caps(settings, &mut measurement)
}

fn read_caps(settings: &Settings, measurement: &mut Measurement) -> Result<Analysis, Error> {
    let transforms = settings.transform.iter().map(ToString::to_string);
    measurement.profile.transform = transforms.collect();
    let own = settings.readings.rules();
    analyse_with(measurement, &settings.reading, &own, RESAMPLES, DATA_SEED)
        .map_err(|error| Error::Setting(error.to_string()))
}

/// Plans the settings' pair of networks on a profiled dataset.
///
/// # Errors
/// [`Error::Network`] where the architecture does not fit the images.
pub fn plan_pair(settings: &Settings, analysis: &Analysis) -> Result<Plan, Error> {
    let profile = &analysis.profile;
    Ok(plan(
        &profile.dataset,
        profile.into(),
        settings.architecture,
        analysis.of(&settings.reading),
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
