//! Conducts a sweep: times steps of every depth, then trains every point.

use std::path::Path;
use std::sync::Arc;

use super::super::engine::Engine;
use super::super::progress::{Interruptible, prepare, profile};
use super::super::task::Task;
use super::super::train::{lock, train_in_turn};
use super::super::{Cell, Progress, State, StudyError};
use super::{
    Design, OUTCOME, Question, StepTimes, SweepOutcome, WrongCap, outcome, read_steps, write_steps,
};
use crate::dataset::Source;
use crate::dataset::glyphs::Variant as Glyphs;
use crate::depth::{Analysis, Unit};
use crate::network::{Cap, Input, Plan, Spec, baseline, depth_pair};
use crate::run::{Error, Prepared, RunData, RunDirectory, Settings, file, measure};
use crate::training::Holdout;

/// Conducts a sweep in `folder`, or continues the one there, whose runs the engine `on` trains, and writes its outcome, figure
/// and page into it; none where the user stopped it.
///
/// # Errors
/// One sentence on what cannot be read, is not known, or went wrong.
pub fn conduct(
    settings: &Settings,
    question: &Question,
    folder: &Path,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<SweepOutcome>, StudyError> {
    on.trainers(settings)?;
    let nothing_yet = Interruptible::begin(progress);
    let Ready {
        settings,
        prepared,
        spec,
        design,
    } = ready(settings, question, progress)?;
    let images = &prepared[0].1;
    drop(nothing_yet);
    let Some(_lock) = lock(folder, progress)? else {
        return Ok(None);
    };
    design.settle(folder)?;

    let steps = timed(&design, folder, &spec, images, on, progress)?;
    let Some(steps) = steps else { return Ok(None) };
    let trainers = on.trainers(&settings)?;
    if let Some(trainers) = &trainers {
        let tasks = tasks(&design, folder, &spec, &prepared)?;
        let of = tasks.len();
        if !trainers.train_whole(folder, tasks, of, progress)? {
            return Ok(None);
        }
    }
    let mut runs = Vec::new();
    let points = prepared.len() * design.depths.len();
    for (variant, (dataset, prepared)) in prepared.iter().enumerate() {
        let mut of_variant: Vec<RunData> = Vec::new();
        for (at, &depth) in design.depths.iter().enumerate() {
            let number = variant * design.depths.len() + at + 1;
            if trainers.is_none() {
                progress.cell(number, points);
                progress.say(&format!(
                    "point {number} of {points}: {dataset}, {depth} convolutions"
                ));
            }
            let cell = design.cell(folder, variant, depth);
            let reading = prepared.analysis.of(&settings.reading);
            let plan = design.plan(&spec, variant, depth, reading)?;
            if train_in_turn(&cell, prepared, &plan, progress)?.is_none() {
                return Ok(None);
            }
            of_variant.push(RunDirectory::open(&cell.path)?.load()?);
        }
        runs.push(of_variant);
    }
    let outcome = outcome(&design, folder, &runs, steps);
    file::write_sealed_json(&folder.join(OUTCOME), &outcome)?;
    progress.swept(&outcome)?;
    Ok(Some(outcome))
}

/// The points of a sweep that are left, each in its folder in `folder`, from which alone it can be trained where `write` says
/// that those are written; none where the user stopped it.
///
/// # Errors
/// As [`conduct`].
pub fn points_left(
    settings: &Settings,
    question: &Question,
    folder: &Path,
    write: bool,
    progress: &dyn Progress,
) -> Result<Option<Vec<Cell>>, StudyError> {
    let ready = {
        let _nothing_yet = Interruptible::begin(progress);
        ready(settings, question, progress)?
    };
    let _lock = if write {
        let Some(lock) = lock(folder, progress)? else {
            return Ok(None);
        };
        ready.design.settle(folder)?;
        Some(lock)
    } else {
        None
    };
    let mut left = Vec::new();
    for task in tasks(&ready.design, folder, &ready.spec, &ready.prepared)? {
        if matches!(task.cell.state()?, State::Finished(_)) {
            continue;
        }
        if write {
            task.write()?;
        }
        left.push(task.cell);
    }
    Ok(Some(left))
}

/// Every point, as a worker or a job trains it.
fn tasks(
    design: &Design,
    folder: &Path,
    spec: &Spec,
    prepared: &[(String, Prepared)],
) -> Result<Vec<Task>, Error> {
    let points = prepared.iter().enumerate().flat_map(|(variant, (_, it))| {
        let depths = design.depths.iter();
        depths.map(move |&depth| (variant, depth, it))
    });
    points
        .zip(1..)
        .map(|((variant, depth, prepared), number)| {
            let reading = prepared.analysis.of(&design.settings.reading);
            Ok(Task {
                cell: design.cell(folder, variant, depth),
                probe: false,
                plan: Some(design.plan(spec, variant, depth, reading)?),
                number,
            })
        })
        .collect()
}

/// A sweep that can begin.
pub(super) struct Ready {
    pub(super) settings: Settings,
    /// The datasets by name.
    pub(super) prepared: Vec<(String, Prepared)>,
    /// The architecture's own network.
    pub(super) spec: Spec,
    pub(super) design: Design,
}

/// Reads the datasets of a sweep and designs it.
pub(super) fn ready(
    settings: &Settings,
    question: &Question,
    progress: &dyn Progress,
) -> Result<Ready, StudyError> {
    let mut prepared = Vec::new();
    for dataset in datasets(settings, question)? {
        let settings = Settings {
            dataset: dataset.clone(),
            ..settings.clone()
        };
        prepared.push((dataset, prepare(&settings, progress)?));
    }
    let profile = &prepared[0].1.analysis.profile;
    for note in settings.decided(profile) {
        progress.say(&format!("note: {note}"));
    }
    for (_, prepared) in &prepared {
        prepared.dataset.check_classes().map_err(Error::from)?;
    }
    let fitted = settings.fitted(profile);
    // The share that holds out an image of every class in all of them.
    let shares = prepared
        .iter()
        .map(|(_, prepared)| Holdout::usual_share(&prepared.dataset));
    let mut settings = fitted.for_study(shares.fold(0.0, f64::max));
    settings.automatic = settings.automatic.rates();
    // Every depth is trained at the baseline's widths and at those of as many MACs.
    settings.host.measure = false;
    for (_, prepared) in &prepared {
        let recipe = &settings.recipe;
        recipe.check_data(&prepared.dataset).map_err(Error::from)?;
    }
    let input = Input::from(profile);
    let spec = baseline(settings.architecture, input).map_err(Error::from)?;
    let design = designed(&settings, question, &spec, &prepared, progress)?;
    Ok(Ready {
        settings,
        prepared,
        spec,
        design,
    })
}

/// The datasets of a sweep: the one that was named, or the glyphs in all variants, by rising entropy.
fn datasets(settings: &Settings, question: &Question) -> Result<Vec<String>, Error> {
    let source: Source = settings.dataset.parse()?;
    let variants = source.variants();
    if question.no_variants || variants.is_empty() {
        return Ok(vec![settings.dataset.clone()]);
    }
    Ok(variants.iter().map(|&name| name.to_owned()).collect())
}

fn glyphs() -> [&'static str; 3] {
    [Glyphs::Plain, Glyphs::Textured, Glyphs::Noise].map(Glyphs::name)
}

fn designed(
    settings: &Settings,
    question: &Question,
    spec: &Spec,
    prepared: &[(String, Prepared)],
    progress: &dyn Progress,
) -> Result<Design, StudyError> {
    let variants: Vec<(String, Analysis)> = prepared
        .iter()
        .map(|(dataset, prepared)| (dataset.clone(), prepared.analysis.clone()))
        .collect();
    let wrong = wrong_caps(settings, question, &variants, progress)?;
    Ok(Design::new(settings, question, spec, &variants, &wrong)?)
}

/// The wrong cap of each variant, with the dataset it is of.
fn wrong_caps(
    settings: &Settings,
    question: &Question,
    variants: &[(String, Analysis)],
    progress: &dyn Progress,
) -> Result<Vec<(Option<String>, Cap)>, StudyError> {
    let read = |dataset: &str| -> Result<(Option<String>, Cap), StudyError> {
        let known = variants.iter().find(|(name, _)| name == dataset);
        let analysis = match known {
            Some((_, analysis)) => analysis.clone(),
            None => profile(&other_data(settings, dataset), progress)?,
        };
        let Some(reading) = analysis.get(&settings.reading) else {
            return Err(StudyError::NoReading {
                reading: settings.reading.clone(),
                dataset: dataset.to_owned(),
            });
        };
        let cap = Cap {
            depth: reading.cap,
            unit: reading.unit,
        };
        Ok((Some(dataset.to_owned()), cap))
    };
    match &question.wrong_cap {
        Some(WrongCap::Convolutions(depth)) => {
            let cap = Cap {
                depth: *depth,
                unit: Unit::Convolutions,
            };
            Ok(variants.iter().map(|_| (None, cap)).collect())
        }
        Some(WrongCap::Dataset(dataset)) => {
            let found = read(dataset)?;
            Ok(variants.iter().map(|_| found.clone()).collect())
        }
        None => {
            let candidates = glyphs()
                .into_iter()
                .map(read)
                .collect::<Result<Vec<_>, _>>()?;
            variants
                .iter()
                .map(|(dataset, analysis)| {
                    let own = analysis.of(&settings.reading).cap;
                    candidates
                        .iter()
                        .filter(|(from, _)| from.as_ref() != Some(dataset))
                        .max_by_key(|(_, cap)| cap.depth.abs_diff(own))
                        .cloned()
                        .ok_or(StudyError::NoWrongCap)
                })
                .collect()
        }
    }
}

/// The settings under which another dataset is profiled.
fn other_data(settings: &Settings, dataset: &str) -> Settings {
    Settings {
        dataset: dataset.to_owned(),
        data_dir: None,
        resize: None,
        label: None,
        limit: None,
        ..settings.clone()
    }
}

/// Times steps of every depth against the deepest, those that are not timed yet; none where the user
/// stopped it.
fn timed(
    design: &Design,
    folder: &Path,
    spec: &Spec,
    images: &Prepared,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<Vec<StepTimes>>, Error> {
    let mut steps = read_steps(folder)?;
    let deepest = design.plan(
        spec,
        0,
        design.deepest(),
        images.analysis.of(&design.settings.reading),
    )?;
    let mut settings = design.cell(folder, 0, design.deepest()).settings;
    let mut timed_on = on.timed_on(&settings);
    settings.device = timed_on.device;
    for &depth in &design.depths[..design.depths.len() - 1] {
        if steps.iter().any(|steps| steps.depth == depth) {
            continue;
        }
        if let Some(note) = timed_on.note.take() {
            progress.say(&note);
        }
        progress.say(&format!(
            "timing steps at {depth} against {} convolutions",
            design.deepest()
        ));
        let pair = depth_pair(
            &deepest.dataset,
            &deepest.baseline_spec,
            depth,
            deepest.reading.clone(),
        );
        let against = |spec: Option<Spec>| Plan {
            baseline_spec: deepest.baseline_spec.clone(),
            capped_spec: spec,
            ..pair.clone()
        };
        let mut found = Vec::new();
        for spec in [Some(pair.baseline_spec.clone()), pair.capped_spec.clone()] {
            let dataset = Arc::clone(&images.dataset);
            let measured = measure(&settings, dataset, &against(spec), &mut |done, of| {
                progress.timing(Some((done, of)));
                !progress.is_cancelled()
            });
            progress.timing(None);
            let Some(measured) = measured? else {
                return Ok(None);
            };
            found.push(measured);
        }
        if let [same, iso_macs] = found.as_slice() {
            steps.push(StepTimes {
                depth,
                same: same.clone(),
                iso_macs: iso_macs.clone(),
            });
            write_steps(folder, &steps)?;
        }
    }
    Ok(Some(steps))
}
