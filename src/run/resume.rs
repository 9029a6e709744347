//! Continues an interrupted run.

use std::sync::Arc;

use super::files::Files;
use super::layout::{PLAN, PROFILE, SAMPLES};
use super::moved::images;
use super::parts::gather;
use super::repair::{
    clear_partial, is_cleared, is_finished, remove_summary, rewrite_metrics, sound_events,
};
use super::replan::{input_of, replanned};
use super::session::{Beginning, test_set};
use super::{Account, Error, Lock, Moved, Phase, RunDirectory, Session, samples};
use crate::dataset::{Dataset, Source};
use crate::training::checkpoint::{ResumeState, survey, unfinished};
use crate::training::paired::turns::turns;
use crate::training::{EpochRecord, Recipe, Role, device};

/// Continues an unfinished run from the last finished epoch of every network. On the CPU its
/// numbers are those of the unbroken run, bit for bit. `progress` is called while the images are read;
/// `moved` says where they are now.
///
/// The metrics of epochs past their network's checkpoint are cut; in the event log, which only grows,
/// [`Continued`](crate::training::Event::Continued) makes them void. The plan is made anew from the settings, and
/// `plan.json` has to agree with it. A file that does not match its checksum and is not needed gives a warning.
///
/// # Errors
/// [`Error::AlreadyFinished`], [`Error::Held`] by another process, [`Error::OtherVersion`],
/// [`Error::DataChanged`], [`Error::SettingsChanged`], and whatever reading the run, its images or opening its device says.
pub fn resume(
    directory: &RunDirectory,
    moved: &Moved,
    progress: &(dyn Fn(Phase) + Sync),
) -> Result<Session, Error> {
    resume_with(directory, moved, 0, progress)
}

/// As [`resume`], with `more_seeds` more seeds, also of a finished run; the run is marked, see [`Manifest::add_seeds`].
///
/// # Errors
/// As [`resume`] and [`Manifest::add_seeds`], and [`Error::Malformed`] where its checkpoints were removed.
pub fn resume_with(
    directory: &RunDirectory,
    moved: &Moved,
    more_seeds: usize,
    progress: &(dyn Fn(Phase) + Sync),
) -> Result<Session, Error> {
    let path = directory.path().to_owned();
    let check = || match is_finished(directory)? {
        true if more_seeds == 0 => Err(Error::AlreadyFinished { path: path.clone() }),
        true if is_cleared(directory) => Err(Error::malformed(
            &path,
            "its checkpoints were removed, so no seeds can be added: train again",
        )),
        _ => Ok(()),
    };
    check()?;
    let lock = Lock::take(directory.path())?;
    check()?;
    clear_partial(directory);
    let mended = Files::mend(directory.path())?;
    let mut manifest = directory.manifest()?;
    manifest.check_made_by_us(&path)?;
    let mut damaged = gather(directory, &mut manifest)?;
    if more_seeds > 0 {
        manifest.add_seeds(more_seeds)?;
    }
    let plan = replanned(directory, &manifest.settings)?;
    let capped = plan
        .capped_spec
        .clone()
        .ok_or_else(|| Error::nothing_to_cap(&plan))?;
    let dataset = images(&path, &manifest, moved, progress)?;
    let is_complete = manifest.test_set.is_some() && more_seeds == 0 && !manifest.device.is_empty();
    let mut completed = (!is_complete).then(|| {
        manifest.test_set.get_or_insert_with(|| test_set(&dataset));
        manifest.clone()
    });
    if manifest.settings.recipe.mirror.is_auto() {
        let source: Source = manifest.settings.dataset.parse()?;
        manifest.settings.recipe.mirror = source.was_mirrored().into();
    }
    manifest.settings.recipe.check_data(&dataset)?;
    let settings = &manifest.settings;
    let device = device::open(moved.device.as_ref().unwrap_or(&settings.device))?
        .with_precision(settings.precision)?;
    let recipe = &settings.recipe;
    let identity = manifest.identity();
    let mut resume_state = survey(&directory.checkpoints(), &recipe.seeds, identity.as_deref());
    if let Some(completed) = completed.as_mut().filter(|it| it.device.is_empty()) {
        completed.device.clone_from(&device.description);
        manifest.device.clone_from(&device.description);
    }
    let is_trained = unfinished(&directory.checkpoints(), &recipe.seeds, recipe).is_empty();
    if device.description != manifest.device && !is_trained {
        resume_state.complaints.push(format!(
            "the run was started on {} and continues on {}: its times are not comparable, and its numbers may differ",
            manifest.device, device.description
        ));
    }
    if plan.baseline_spec.input != input_of(&dataset) {
        return Err(Error::malformed(
            path.join(PROFILE),
            "it is not of the images of this run: put it back from a copy, or train again",
        ));
    }
    let (mut files, mut complaints) = Files::open(directory.path())?;
    complaints.append(&mut damaged);
    complaints.extend(mended);
    if let Some(manifest) = &completed {
        directory.replace_manifest(&mut files, manifest)?;
    }
    if !path.join(PLAN).exists() {
        files.replace_json(PLAN, &plan)?;
    }
    complaints.extend(samples_again(directory, &mut files, &dataset)?);
    let rows = finished_epochs(&resume_state, recipe);
    complaints.extend(rewrite_metrics(directory, &mut files, &rows)?);
    let removed = remove_summary(directory)?;
    complaints.extend(removed.filter(|_| more_seeds == 0));
    let (events, lost) = sound_events(directory, &mut files)?;
    complaints.extend(lost.clone());
    resume_state.complaints.splice(..0, complaints);
    let account = Account {
        diverged: resume_state.diverged.clone(),
        lost: lost.is_some(),
        ..Account::of(&events)
    };
    Session::begin(Beginning {
        lock,
        directory: directory.clone(),
        files,
        manifest,
        plan,
        capped,
        dataset: Arc::new(dataset),
        device,
        resume_state,
        rows,
        account,
    })
}

/// Draws the samples again where they are missing or damaged, and says so of the latter.
fn samples_again(
    directory: &RunDirectory,
    files: &mut Files,
    dataset: &Dataset,
) -> Result<Option<String>, Error> {
    let found = directory.checked()?.read(SAMPLES);
    if !matches!(found, Ok(Some(_))) {
        files.replace(SAMPLES, &samples::picture(dataset)?)?;
    }
    let again = |error| format!("{error}; it is drawn again");
    Ok(found.err().map(again))
}

/// The records of all epochs in the checkpoints, in the order in which they were finished.
fn finished_epochs(resume_state: &ResumeState, recipe: &Recipe) -> Vec<EpochRecord> {
    let mut rows = Vec::new();
    for &seed in &recipe.seeds {
        for turn in
            turns(Role::BOTH.map(|role| recipe.epochs_of(role))).filter(|turn| turn.ends_epoch())
        {
            let saved = resume_state.saved(seed, turn.network);
            let records = saved.into_iter().flat_map(|saved| &saved.epochs);
            rows.extend(records.filter(|record| record.epoch == turn.epoch).cloned());
        }
    }
    rows
}
