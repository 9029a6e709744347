//! A run whose seeds several processes train at the same time.
//!
//! Each seed that is left has a run directory of its own below the run, `seeds/seed-7`: a part. It has the run's settings
//! but for the seeds, and whoever trains it resumes it as any other run. [`split`] makes the parts, for the process that owns
//! the run. What they hold is [gathered](gather) into the run whenever that is resumed: the checkpoints, from which a resume
//! takes all numbers, and the events.

mod place;

use std::fs;
use std::path::{Path, PathBuf};

pub use self::place::{are_in, folder, name, of, seed};
use super::checksums::Record;
use super::events::EventLog;
use super::files::{Files, make_checkpoints};
use super::follow::{Said, is_kept, parsed};
use super::layout::{ATTEMPTS, CHECKPOINTS, EVENTS, SAMPLES, SEEDS};
use super::repair::{clear_partial, is_finished};
use super::status::{self, Status};
use super::{Error, Lock, Manifest, RunDirectory, Settings, control, file, show_seeds};
use crate::training::checkpoint::{take_over, unfinished};
use crate::training::{Control, Event};

/// A seed of a run that one process trains by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its run directory.
    pub path: PathBuf,
    /// Its settings.
    pub settings: Settings,
}

/// Makes a part of each seed of `run` that is left to train, on devices of the kind `device`; those that were begun go on
/// where they are. Gives them in the order of the seeds, with a sentence for each checkpoint that is damaged.
///
/// # Errors
/// [`Error::AlreadyFinished`], [`Error::OtherVersion`], [`Error::SettingsChanged`], [`Error::Setting`] for a run that is
/// judged at looks, and what reading and writing says.
pub fn split(
    run: &RunDirectory,
    _lock: &Lock,
    device: &str,
) -> Result<(Vec<Part>, Vec<String>), Error> {
    if is_finished(run)? {
        return Err(Error::AlreadyFinished {
            path: run.path().to_owned(),
        });
    }
    let manifest = run.manifest()?;
    manifest.check_made_by_us(run.path())?;
    manifest.settings.check_unjudged()?;
    clear_partial(run);
    let recipe = &manifest.settings.recipe;
    let (mut parts, mut said) = (Vec::new(), Vec::new());
    for &seed in &recipe.seeds {
        let path = folder(run.path(), seed);
        if RunDirectory::open(&path).is_err() {
            if unfinished(&run.checkpoints(), &[seed], recipe).is_empty() {
                continue;
            }
            said.extend(make(run, &manifest, seed, device, &path)?);
        }
        let settings = RunDirectory::open(&path)?.manifest()?.settings;
        parts.push(Part { path, settings });
    }
    Ok((parts, said))
}

/// Makes the part of a seed, with the checkpoints that the run has of it.
fn make(
    run: &RunDirectory,
    manifest: &Manifest,
    seed: u64,
    device: &str,
    path: &Path,
) -> Result<Vec<String>, Error> {
    let mut its = manifest.clone();
    // Whoever trains it says on what.
    its.device.clear();
    device.clone_into(&mut its.settings.device);
    its.settings.recipe.seeds = vec![seed];
    its.seeds_added.clear();
    its.settings_fingerprint = its.fingerprint();
    file::make_folder(path)?;
    clear(path).map_err(Error::io("remove", path))?;
    let checkpoints = path.join(CHECKPOINTS);
    make_checkpoints(path, &checkpoints)?;
    let identity = its.identity();
    let said = take_over(&run.checkpoints(), &checkpoints, seed, identity.as_deref())?;
    let (analysis, plan) = (run.analysis()?, run.plan()?);
    let samples = run.checked()?.read(SAMPLES).ok().flatten();
    RunDirectory::fill(path, &its, &analysis, &plan, samples.as_deref())?;
    Ok(said)
}

/// Removes what a process left in the folder of a part that was killed while it made it; what tasks noted of their attempts
/// stays.
fn clear(path: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != ATTEMPTS {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Takes what the parts of `run` hold into it and removes them; `manifest` then names the devices that trained them. Gives a
/// sentence for each checkpoint that is damaged. Killed at any moment, it is done again. The caller holds the run's lock.
///
/// # Errors
/// [`Error::Held`] where a process still trains a part, and what reading and writing says.
pub(super) fn gather(run: &RunDirectory, manifest: &mut Manifest) -> Result<Vec<String>, Error> {
    let seeds = manifest.settings.recipe.seeds.clone();
    let mut parts = Vec::new();
    for seed in seeds {
        let path = folder(run.path(), seed);
        if let Ok(part) = RunDirectory::open(&path) {
            parts.push((seed, Lock::take(&path)?, part));
        }
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let (mut files, _) = Files::open(run.path())?;
    let is_begun = |event: &Event| matches!(event, Event::Started { .. });
    // An unreadable record of events is reported where the run is resumed.
    let events = run.events().unwrap_or_default();
    let mut devices = Vec::new();
    if events.iter().any(is_begun) {
        devices.push((manifest.device.clone(), Vec::new()));
    }
    let checkpoints = run.checkpoints();
    make_checkpoints(run.path(), &checkpoints)?;
    let identity = manifest.identity();
    let (mut said, mut events) = (Vec::new(), Vec::new());
    for (seed, _, part) in &parts {
        let from = part.checkpoints();
        said.extend(take_over(&from, &checkpoints, *seed, identity.as_deref())?);
        events.extend(trained(part)?);
        let device = part.manifest()?.device;
        match devices.iter_mut().find(|(name, _)| *name == device) {
            Some((_, seeds)) => seeds.push(*seed),
            None => devices.push((device, vec![*seed])),
        }
    }
    append(run, &mut files, &events)?;
    devices.retain(|(name, _)| !name.is_empty());
    if !devices.is_empty() {
        let names: Vec<&str> = devices.iter().map(|(name, _)| name.as_str()).collect();
        manifest.device = names.join("; ");
        let of_several = devices.iter().filter(|_| devices.len() > 1);
        let notes = of_several.filter(|(_, seeds)| !seeds.is_empty());
        for (device, seeds) in notes {
            let (noun, were) = if seeds.len() == 1 {
                ("seed", "was")
            } else {
                ("seeds", "were")
            };
            let note = format!("{noun} {} {were} trained on {device}", show_seeds(seeds));
            if !manifest.notes.contains(&note) {
                manifest.notes.push(note);
            }
        }
        run.replace_manifest(&mut files, manifest)?;
    }
    for (_, lock, part) in parts {
        drop(lock);
        remove(part.path());
    }
    // Left where something else lies in it.
    drop(fs::remove_dir(run.path().join(SEEDS)));
    Ok(said)
}

/// Removes a part that is gathered; renamed first, so that half of it is no part.
fn remove(path: &Path) {
    let aside = path.with_extension("removed");
    let removed = fs::rename(path, &aside).and_then(|()| fs::remove_dir_all(&aside));
    if let Err(error) = removed {
        tracing::warn!(%error, path = %path.display(), "the folder of a seed stays");
    }
}

/// What was told while a part was trained, without its beginnings and ends, and without what was trained again.
fn trained(part: &RunDirectory) -> Result<Vec<Said>, Error> {
    let bytes = file::read_if_present(&part.path().join(EVENTS))?.unwrap_or_default();
    let (said, _) = parsed(file::whole_lines(&bytes));
    let mut told: Vec<Said> = Vec::new();
    for one in said {
        match &one.event {
            Event::Continued { from } => told.retain(|earlier| match &earlier.event {
                Event::Epoch(row) => is_kept(row, from),
                Event::Step { network, epoch, .. } | Event::Evaluating { network, epoch, .. } => {
                    from.iter()
                        .any(|at| *network == at.network && *epoch <= at.epoch)
                }
                _ => true,
            }),
            Event::Started { .. } => {}
            event if event.is_last() => {}
            _ => told.push(one),
        }
    }
    Ok(told)
}

/// Adds events to those of the run, but for the first of them that it ends with: an earlier gathering was killed then.
fn append(run: &RunDirectory, files: &mut Files, events: &[Said]) -> Result<(), Error> {
    let path = run.path().join(EVENTS);
    let bytes = file::read_if_present(&path)?.unwrap_or_default();
    let (there, _) = parsed(file::whole_lines(&bytes));
    // A number may be none, which is unequal to itself.
    let key = |said: &Said| (said.time, serde_json::to_string(&said.event).ok());
    let (there, new): (Vec<_>, Vec<_>) = (
        there.iter().map(key).collect(),
        events.iter().map(key).collect(),
    );
    let written = (0..=new.len())
        .rev()
        .find(|&count| there.ends_with(&new[..count]));
    let mut log = EventLog::open(&path)?;
    for Said { time, event } in &events[written.unwrap_or(0)..] {
        log.append_at(*time, event)?;
    }
    log.flush()?;
    let (length, digest) = log.synced()?;
    files.record(Record::at(EVENTS, length, digest))?;
    files.sync()
}

/// How many of `parts` are trained to their end.
#[must_use]
pub fn finished(parts: &[Part]) -> usize {
    let is_finished = |part: &&Part| part.path.join(super::SUMMARY).is_file();
    parts.iter().filter(is_finished).count()
}

/// Whether every seed of `run` is trained to its end, in its part or in the run itself.
///
/// # Errors
/// Where its settings cannot be read.
pub fn are_trained(run: &RunDirectory) -> Result<bool, Error> {
    let recipe = run.manifest()?.settings.recipe;
    let checkpoints = run.checkpoints();
    let is_trained = |&seed: &u64| {
        let part = folder(run.path(), seed);
        if RunDirectory::open(&part).is_ok() {
            part.join(super::SUMMARY).is_file()
        } else {
            unfinished(&checkpoints, &[seed], &recipe).is_empty()
        }
    };
    Ok(recipe.seeds.iter().all(is_trained))
}

/// What other processes ask of the process that owns the run in `folder`, oldest first.
#[must_use]
pub fn asked(folder: &Path) -> Vec<Control> {
    let asked = control::take(folder).into_iter();
    let mut actions = Vec::new();
    for one in asked {
        match one {
            Ok(asked) => actions.push(asked.action),
            Err(problem) => tracing::warn!(%problem),
        }
    }
    actions
}

/// Replaces the heartbeat of the run in `folder`; without one, nobody trains it, and what was asked for and not taken is
/// removed too.
pub fn beat(folder: &Path, status: Option<&Status>) {
    if status.is_none() {
        control::clear(folder);
    }
    let written = match status {
        Some(status) => status::write(folder, status).map_err(Error::io("write", folder)),
        None => file::remove_if_present(&folder.join(super::layout::STATUS)).map(drop),
    };
    if let Err(error) = written {
        tracing::debug!(%error, "the heartbeat cannot be written");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::training::checkpoint::Progress;
    use crate::training::{EpochRecord, Role};

    fn unfinished_run(out: &Path) -> RunDirectory {
        let mut data = fixture::run(&[7, 2], 2, 0);
        data.summary = None;
        fixture::on_disk(out, &data)
    }

    fn epoch(seed: u64, epoch: usize, loss: f64) -> Event {
        let mut row: EpochRecord = fixture::metrics(&[seed], epoch).pop().unwrap();
        (row.network, row.test_loss) = (Role::Capped, loss);
        Event::Epoch(row)
    }

    fn tell(run: &Path, events: &[Event]) {
        let mut log = EventLog::open(&run.join(EVENTS)).unwrap();
        for event in events {
            log.append(event).unwrap();
        }
    }

    fn text(events: &[Event]) -> Vec<String> {
        let json = |event: &Event| serde_json::to_string(event).unwrap();
        events.iter().map(json).collect()
    }

    #[test]
    fn each_seed_has_a_part_of_the_same_design() {
        let out = tempfile::tempdir().unwrap();
        let run = unfinished_run(out.path());
        let lock = Lock::take(run.path()).unwrap();
        // A process was killed that made the first.
        let half = run.path().join(SEEDS).join("seed-7");
        fs::create_dir_all(half.join(CHECKPOINTS)).unwrap();
        let (parts, said) = split(&run, &lock, "cpu").unwrap();
        assert!(said.is_empty());
        let names: Vec<_> = parts
            .iter()
            .map(|part| part.path.file_name().unwrap())
            .collect();
        assert_eq!(names, ["seed-7", "seed-2"]);
        let manifest = run.manifest().unwrap();
        for (part, seed) in parts.iter().zip([7, 2]) {
            let its = RunDirectory::open(&part.path).unwrap().manifest().unwrap();
            assert_eq!(its.settings.recipe.seeds, [seed]);
            assert!(its.is_as_made() && its.device.is_empty());
            assert_ne!(its.identity(), manifest.identity());
            let mut settings = part.settings.clone();
            settings
                .recipe
                .seeds
                .clone_from(&manifest.settings.recipe.seeds);
            settings.device.clone_from(&manifest.settings.device);
            assert_eq!(settings, manifest.settings);
        }
        // What was begun stays.
        tell(&parts[0].path, &[Event::SeedStarted { seed: 7 }]);
        assert_eq!(split(&run, &lock, "cpu").unwrap().0, parts);
        assert!(parts[0].path.join(EVENTS).is_file());
        assert_eq!(finished(&parts), 0);
    }

    /// What was trained again counts once, and a gathering that was killed is done again.
    #[test]
    fn parts_are_taken_into_the_run_once() {
        let out = tempfile::tempdir().unwrap();
        let run = unfinished_run(out.path());
        let lock = Lock::take(run.path()).unwrap();
        let (parts, _) = split(&run, &lock, "cpu").unwrap();
        let begun = Event::SeedStarted { seed: 7 };
        let from = vec![Progress::new(7, Role::Capped, 1)];
        let kept = [
            epoch(7, 1, f64::NAN),
            Event::Continued { from },
            epoch(7, 2, 0.25),
        ];
        let void = epoch(7, 2, 0.5);
        tell(&parts[0].path, &[begun.clone(), kept[0].clone(), void]);
        tell(&parts[0].path, &[Event::Stopped]);
        tell(&parts[0].path, &kept[1..]);
        tell(&parts[0].path, &[Event::Finished]);
        tell(&parts[1].path, &[Event::SeedStarted { seed: 2 }]);
        for (part, device) in parts.iter().zip(["cuda:0 (A)", "cuda:1 (B)"]) {
            let directory = RunDirectory::open(&part.path).unwrap();
            let mut its = directory.manifest().unwrap();
            its.device = device.to_owned();
            let (mut files, _) = Files::open(&part.path).unwrap();
            directory.replace_manifest(&mut files, &its).unwrap();
        }
        // An earlier gathering was killed after the first events.
        let (mut files, _) = Files::open(run.path()).unwrap();
        let first = RunDirectory::open(&parts[0].path).unwrap();
        append(&run, &mut files, &trained(&first).unwrap()[..2]).unwrap();
        drop(files);

        let mut manifest = run.manifest().unwrap();
        assert!(gather(&run, &mut manifest).unwrap().is_empty());
        let expected = [
            begun,
            kept[0].clone(),
            kept[2].clone(),
            Event::SeedStarted { seed: 2 },
        ];
        assert_eq!(text(&run.events().unwrap()), text(&expected));
        assert_eq!(manifest.device, "cuda:0 (A); cuda:1 (B)");
        let notes: Vec<&String> = manifest.notes.iter().rev().take(2).collect();
        assert_eq!(notes[1], "seed 7 was trained on cuda:0 (A)");
        assert_eq!(run.manifest().unwrap(), manifest);
        assert!(!run.path().join(SEEDS).exists());
        // Nothing is left to take.
        assert!(gather(&run, &mut manifest).unwrap().is_empty());
        assert_eq!(run.manifest().unwrap(), manifest);
        drop(lock);
    }

    #[test]
    fn a_part_that_is_trained_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        let run = unfinished_run(out.path());
        let lock = Lock::take(run.path()).unwrap();
        let (parts, _) = split(&run, &lock, "cpu").unwrap();
        let _trained = Lock::take(&parts[1].path).unwrap();
        let mut manifest = run.manifest().unwrap();
        let said = gather(&run, &mut manifest).unwrap_err().to_string();
        assert!(said.contains("seed-2"), "{said}");
        assert!(parts.iter().all(|part| part.path.is_dir()));
        drop(lock);
    }
}
