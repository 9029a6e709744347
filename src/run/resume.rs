//! Goes on with a run that was broken off.

use std::sync::Arc;

use super::directory::MANIFEST;
use super::moved::images;
use super::session::Beginning;
use super::{Account, Error, Lock, Moved, Phase, RunDirectory, Session};
use crate::training::checkpoint::{Standing, survey};
use crate::training::paired::turns::turns;
use crate::training::{EpochRecord, Recipe, device};

/// Goes on with an unfinished run from the last finished epoch of every network. On the CPU its
/// numbers are those of the unbroken run, bit for bit. `progress` hears how the images are read;
/// `moved` says where they lie now.
///
/// The metrics of epochs past their network's checkpoint are cut; in the event log, which only grows,
/// [`Continued`](crate::training::Event::Continued) makes them void.
///
/// # Errors
/// [`Error::AlreadyFinished`], [`Error::Held`] by another process, [`Error::OtherVersion`],
/// [`Error::DataChanged`], [`Error::SettingsChanged`], and whatever reading the run, its images or opening its device says.
pub fn resume(
    directory: &RunDirectory,
    moved: &Moved,
    progress: &(dyn Fn(Phase) + Sync),
) -> Result<Session, Error> {
    let path = directory.path().to_owned();
    if directory.summary()?.is_some() {
        return Err(Error::AlreadyFinished { path });
    }
    let lock = Lock::take(directory.path())?;
    if directory.summary()?.is_some() {
        return Err(Error::AlreadyFinished { path });
    }
    let manifest = directory.manifest()?;
    if manifest.version != env!("CARGO_PKG_VERSION") {
        return Err(Error::OtherVersion {
            path,
            version: manifest.version,
            ours: env!("CARGO_PKG_VERSION"),
        });
    }
    if !manifest.is_as_made() {
        return Err(Error::SettingsChanged {
            path: path.join(MANIFEST),
        });
    }
    let plan = directory.plan()?;
    let capped = plan
        .capped_spec
        .clone()
        .ok_or_else(|| Error::nothing_to_cap(&plan))?;
    let settings = &manifest.settings;
    let dataset = images(&path, &manifest, moved, progress)?;
    let device = device::open(&settings.device)?.with_precision(settings.precision)?;
    let recipe = &settings.recipe;
    let mut standing = survey(&directory.checkpoints(), &recipe.seeds);
    if device.description != manifest.device {
        standing.complaints.push(format!(
            "the run was begun on {} and goes on on {}: its times are not comparable, and its numbers may differ",
            manifest.device, device.description
        ));
    }
    let rows = kept(&standing, recipe);
    directory.rewrite_metrics(&rows)?;
    let account = Account {
        diverged: standing.diverged.clone(),
        ..Account::of(&directory.events()?)
    };
    Session::begin(Beginning {
        lock,
        directory: directory.clone(),
        manifest,
        plan,
        capped,
        dataset: Arc::new(dataset),
        device,
        standing,
        rows,
        account,
    })
}

/// The records of all epochs that checkpoints hold, in the order in which they were finished.
fn kept(standing: &Standing, recipe: &Recipe) -> Vec<EpochRecord> {
    let mut rows = Vec::new();
    for &seed in &recipe.seeds {
        for turn in turns(recipe.epochs).filter(|turn| turn.ends_epoch()) {
            let saved = standing.saved(seed, turn.network);
            let records = saved.into_iter().flat_map(|saved| &saved.epochs);
            rows.extend(records.filter(|record| record.epoch == turn.epoch).cloned());
        }
    }
    rows
}
