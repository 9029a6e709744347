//! Joins finished runs of one design that trained different seeds, on one machine or several, into one run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::checksums::Record;
use super::events::EventLog;
use super::file::unannounced;
use super::files::{Files, claim, make_checkpoints};
use super::layout::{EVENTS, METRICS, PROBES, SUMMARY};
use super::metrics::MetricsLog;
use super::settings::{self, Scope};
use super::summarise::summarise_whole;
use super::{Account, Error, Lock, Manifest, Notes, RunData, RunDirectory, file, show_seeds};
use crate::training::checkpoint;

/// Joins `runs` into a new run below `out`, or in the folder `into`, which must not exist; its seeds are theirs, in the
/// order of the runs. The runs stay as they are.
///
/// # Errors
/// [`Error::Setting`] where there are fewer than two runs, one is unfinished or has looks, two share a seed, or they
/// differ in images, networks, program or a setting; what reading and writing runs says.
pub fn merge(
    runs: &[RunDirectory],
    out: &Path,
    into: Option<&Path>,
) -> Result<RunDirectory, Error> {
    let loaded: Result<Vec<RunData>, Error> = runs.iter().map(RunDirectory::load).collect();
    let loaded = loaded?;
    let [first, others @ ..] = loaded.as_slice() else {
        return Err(Error::Setting("name two runs or more to merge".to_owned()));
    };
    if others.is_empty() {
        return Err(Error::Setting(format!(
            "{} is one run: name two or more to merge",
            first.path.display()
        )));
    }
    let mut seeds = HashSet::new();
    for data in &loaded {
        let path = data.path.display();
        let refused = |problem: String| Err(Error::Setting(format!("{path} {problem}")));
        if data.summary.is_none() {
            return refused(format!(
                "is unfinished: `ebcle-tui resume {path}` finishes it, then it can be merged"
            ));
        }
        if !data.manifest.settings.looks.is_empty() {
            return refused(
                "was judged at looks, which are planned for its own seeds: it cannot be merged"
                    .to_owned(),
            );
        }
        if let Some(problem) = difference(first, data) {
            return refused(format!(
                "{problem} than {}: only runs of one design can be merged",
                first.path.display()
            ));
        }
        let recipe = &data.manifest.settings.recipe;
        if let Some(seed) = recipe.seeds.iter().find(|seed| !seeds.insert(**seed)) {
            return refused(format!(
                "has seed {seed}, as a run before it: every seed may be trained once"
            ));
        }
    }
    let manifest = manifest(&loaded);
    let folder = match into {
        Some(path) if path.exists() => {
            return Err(Error::Setting(format!(
                "{} exists: name a folder for the merged run that does not",
                path.display()
            )));
        }
        Some(path) => {
            file::make_folder(path)?;
            path.to_owned()
        }
        None => claim(out, &manifest.folder_name())?,
    };
    let written = write(&folder, &manifest, runs, &loaded);
    if written.is_err()
        && let Err(error) = std::fs::remove_dir_all(&folder)
    {
        tracing::warn!(%error, "what a merge left that failed stays");
    }
    written
}

/// In what `other` differs from `first` but its seeds, as a clause that ends before "than".
fn difference(first: &RunData, other: &RunData) -> Option<String> {
    let (one, two) = (&first.manifest, &other.manifest);
    if one.version != two.version {
        return Some("was made by another version of the program".to_owned());
    }
    if one.data_fingerprint != two.data_fingerprint {
        return Some("was trained on other images".to_owned());
    }
    let of_result = |setting: &&settings::Setting| {
        setting.key != "seeds" && matches!(setting.scope, Scope::Profile | Scope::Training)
    };
    for setting in settings::all().filter(of_result) {
        // A folder of images may have another name on another machine: the images themselves are compared.
        if setting.key == "dataset" {
            continue;
        }
        let [ours, its] = [one, two].map(|of| setting.get(&of.settings));
        if ours != its {
            let shown = |value: Option<toml::Value>| {
                value.map_or_else(|| "none".to_owned(), |value| value.to_string())
            };
            return Some(format!(
                "was trained with {} {} and not {}, so with another design",
                setting.key,
                shown(its),
                shown(ours)
            ));
        }
    }
    let networks = |data: &RunData| {
        let plan = &data.plan;
        (plan.baseline_spec.clone(), plan.capped_spec.clone())
    };
    (networks(first) != networks(other)).then(|| "trained other networks".to_owned())
}

/// The manifest of the merged run.
fn manifest(runs: &[RunData]) -> Manifest {
    let mut manifest = runs[0].manifest.clone();
    manifest.created = jiff::Timestamp::now();
    let mut devices: Vec<&str> = Vec::new();
    let mut notes = Vec::new();
    manifest.settings.recipe.seeds.clear();
    manifest.seeds_added.clear();
    for data in runs {
        let its = &data.manifest;
        let seeds = &its.settings.recipe.seeds;
        manifest.settings.recipe.seeds.extend(seeds);
        manifest.seeds_added.extend(&its.seeds_added);
        if !devices.contains(&its.device.as_str()) {
            devices.push(&its.device);
        }
        notes.push(format!(
            "merged: seeds {} were trained in {} on {}",
            show_seeds(seeds),
            data.path.display(),
            its.device
        ));
        notes.extend(its.notes.iter().cloned());
    }
    let mut said = HashSet::new();
    notes.retain(|note| said.insert(note.clone()));
    manifest.device = devices.join("; ");
    manifest.notes = notes;
    manifest.settings_fingerprint = manifest.fingerprint();
    manifest
}

/// Writes the merged run into an empty folder, its summary last.
fn write(
    folder: &Path,
    manifest: &Manifest,
    runs: &[RunDirectory],
    loaded: &[RunData],
) -> Result<RunDirectory, Error> {
    let _lock = Lock::take(folder)?;
    let checkpoints: PathBuf = folder.join(super::layout::CHECKPOINTS);
    make_checkpoints(folder, &checkpoints)?;
    let identity = manifest.identity();
    let mut events = EventLog::open(&folder.join(EVENTS))?;
    let mut metrics = MetricsLog::open(&folder.join(METRICS))?;
    let mut rows = Vec::new();
    let mut account = Account::default();
    for (run, data) in runs.iter().zip(loaded) {
        let seeds = &data.manifest.settings.recipe.seeds;
        checkpoint::copy(&run.checkpoints(), &checkpoints, seeds, identity.as_deref())?;
        for event in run.events()? {
            events.append(&event)?;
            account.add(&event);
        }
        for row in &data.metrics {
            metrics.append(row, &mut unannounced)?;
            rows.push(row.clone());
        }
    }
    events.flush()?;
    metrics.sync()?;
    let (length, digest) = events.synced()?;
    let first = &loaded[0];
    let samples = first.samples.as_deref();
    let (directory, mut files) =
        RunDirectory::fill(folder, manifest, &first.analysis, &first.plan, samples)?;
    files.record(Record::at(EVENTS, length, digest))?;
    write_probes(&mut files, loaded)?;
    let summary = summarise_whole(manifest, &first.plan, folder, &rows);
    files.replace_json(SUMMARY, &summary.with_account(&account, &rows))?;
    Notes::joined(loaded.iter().map(|data| &data.notes)).write(folder)?;
    Ok(directory)
}

/// Writes the probes of all runs, where each was probed.
fn write_probes(files: &mut Files, runs: &[RunData]) -> Result<(), Error> {
    let found: Option<Vec<_>> = runs.iter().map(|data| data.probes.clone()).collect();
    let Some(found) = found else { return Ok(()) };
    let merged = found.into_iter().reduce(|mut all, more| {
        all.replace(more);
        all
    });
    merged.map_or(Ok(()), |probes| files.replace_json(PROBES, &probes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    type Change = fn(&mut RunData);

    /// Runs of these seeds on disk, each after `change`.
    fn on_disk(
        out: &Path,
        seeds: &[&[u64]],
        change: &dyn Fn(usize, &mut RunData),
    ) -> Vec<RunDirectory> {
        let run = |(place, seeds): (usize, &&[u64])| {
            let mut data = fixture::run(seeds, 2, 2);
            change(place, &mut data);
            fixture::on_disk(out, &data)
        };
        seeds.iter().enumerate().map(run).collect()
    }

    #[test]
    fn merged_seeds_are_those_of_one_run() {
        let out = tempfile::tempdir().unwrap();
        let runs = on_disk(out.path(), &[&[1, 2, 3], &[4, 5]], &|place, data| {
            data.manifest.device = format!("card {place}");
            let summary = data.summary.as_mut().unwrap();
            summary.device.clone_from(&data.manifest.device);
        });
        let merged = merge(&runs, out.path(), None).unwrap();
        let data = merged.load().unwrap();
        let whole = fixture::run(&[1, 2, 3, 4, 5], 2, 2);
        assert_eq!(data.metrics, whole.metrics);
        let (found, expected) = (data.summary.unwrap(), whole.summary.unwrap());
        assert_eq!(found.seeds, expected.seeds);
        assert_eq!(found.verdict, expected.verdict);
        assert_eq!(found.time_saved, expected.time_saved);
        assert_eq!(data.manifest.device, "card 0; card 1");
        assert!(data.manifest.is_as_made());
        let said = &data.manifest.notes[1];
        assert!(said.starts_with("merged: seeds 4,5 were trained in ") && said.ends_with("card 1"));
    }

    #[test]
    fn runs_of_other_designs_are_refused() {
        let said = |seeds: &[&[u64]], change: &dyn Fn(usize, &mut RunData)| {
            let out = tempfile::tempdir().unwrap();
            let runs = on_disk(out.path(), seeds, change);
            let into = out.path().join("merged");
            let said = merge(&runs, out.path(), Some(&into)).unwrap_err();
            assert!(!into.exists(), "nothing is left");
            said.to_string()
        };
        let same = |_: usize, _: &mut RunData| {};
        let two: [&[u64]; 2] = [&[1], &[2]];
        assert!(said(&[], &same).contains("two runs or more"));
        assert!(said(&two[..1], &same).contains("is one run"));
        assert!(said(&[&[1, 2], &[2]], &same).contains("has seed 2, as a run before it"));
        let cases: [(&str, Change); 6] = [
            ("is unfinished", |data| data.summary = None),
            ("other images", |data| {
                data.manifest.data_fingerprint = "cd".repeat(32);
            }),
            ("another version", |data| {
                data.manifest.version = "9.9.9".to_owned();
            }),
            ("learning-rate 0.7 and not 0.1", |data| {
                data.manifest.settings.recipe.learning_rate = 0.7;
            }),
            ("other networks", |data| {
                data.plan.capped_spec = None;
            }),
            ("looks", |data| data.manifest.settings.looks = vec![5, 6]),
        ];
        for (expected, change) in cases {
            let said = said(&two, &|place, data| {
                if place == 1 {
                    change(data);
                }
            });
            assert!(said.contains(expected) && !said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn a_folder_that_exists_is_not_written_into() {
        let out = tempfile::tempdir().unwrap();
        let runs = on_disk(out.path(), &[&[1], &[2]], &|_, _| {});
        let said = merge(&runs, out.path(), Some(out.path())).unwrap_err();
        assert!(said.to_string().contains("exists"), "{said}");
    }
}
