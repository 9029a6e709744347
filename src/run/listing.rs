//! The runs below a folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::activity::{Activity, FolderClock};
use super::removal::is_leftover;
use super::{Design, Error, Notes, RunDirectory, Summary};

/// Whether a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunStatus {
    /// It has a summary, and no network diverged.
    Finished,
    /// It has a summary, and a network diverged.
    Diverged,
    /// It has none: stopped, or still running in some process.
    Unfinished,
}

impl RunStatus {
    /// That of a run with such a summary.
    #[must_use]
    pub fn of(summary: Option<&Summary>) -> Self {
        match summary {
            None => Self::Unfinished,
            Some(summary) if summary.diverged.is_empty() => Self::Finished,
            Some(_) => Self::Diverged,
        }
    }
}

/// A line in the list of runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunListing {
    /// Name of the folder.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// Name of the dataset.
    pub dataset: String,
    /// Name of the architecture.
    pub architecture: String,
    /// The cap in force.
    pub cap: usize,
    /// Seeds that were asked for.
    pub seeds: usize,
    /// Whether it came to its end.
    pub status: RunStatus,
    /// Its summary, if it came to its end.
    pub summary: Option<Summary>,
    /// Whether a process trains it.
    #[serde(skip, default = "unknown")]
    pub activity: Activity,
    /// What of it was decided before it was trained.
    pub design: Design,
    /// What its user wrote of it.
    pub notes: Notes,
}

const fn unknown() -> Activity {
    Activity::Stopped
}

/// The folders below `out` with their names; none where `out` does not exist.
pub(crate) fn folders(out: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let failed = Error::io("read", out);
    let entries = match std::fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(&failed)?;
        let is_folder = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
            kind => kind.is_ok_and(|kind| kind.is_dir()),
        };
        if is_folder {
            let name = entry.file_name().to_string_lossy().into_owned();
            folders.push((name, entry.path()));
        }
    }
    folders.sort();
    Ok(folders)
}

/// The summaries of the finished runs below `out` of one dataset and architecture. Of other runs only the plan is read.
pub(super) fn summaries_of(out: &Path, dataset: &str, architecture: &str) -> Vec<Summary> {
    let clock = FolderClock::of(out);
    let is_of = |path: &Path| {
        let plan = RunDirectory::open(path).and_then(|run| run.plan());
        plan.is_ok_and(|plan| plan.dataset == dataset && plan.architecture == architecture)
    };
    folders(out)
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, path)| !is_leftover(path) && is_of(path))
        .filter_map(|(name, path)| read(name, &path, &clock).ok()?.summary)
        .collect()
}

/// The line of the run at `path`.
pub(super) fn read(name: String, path: &Path, clock: &FolderClock) -> Result<RunListing, Error> {
    let run = RunDirectory::open(path)?;
    let mut files = run.checked()?;
    let manifest = run.manifest_of(&mut files)?;
    let plan = run.plan_of(&mut files, &manifest)?;
    // Without the images, which are many files to read for one line.
    let (_, summary) = run.measured(&mut files, &manifest, &plan, Path::new(""))?;
    let status = RunStatus::of(summary.as_ref());
    Ok(RunListing {
        name,
        path: path.to_owned(),
        created: manifest.created,
        design: Design::of(&manifest, &plan),
        notes: Notes::of(path),
        dataset: plan.dataset,
        architecture: plan.architecture,
        cap: plan.cap,
        seeds: manifest.settings.recipe.seeds.len(),
        status,
        summary,
        activity: Activity::of(path, status, clock),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::super::listings::list;
    use super::*;
    use crate::depth::{Rule, Unit};
    use crate::run::fixture;
    use crate::run::layout::PLAN;

    #[test]
    fn runs_are_listed_newest_first_and_broken_ones_complained_of() {
        let out = tempfile::tempdir().unwrap();
        let mut data = fixture::run(&[1, 2], 1, 1);
        let old = fixture::on_disk(out.path(), &data);
        data.manifest.created = "2027-01-02T03:04:05Z".parse().unwrap();
        data.summary = None;
        let new = fixture::on_disk(out.path(), &data);
        data.manifest.created = "2028-01-02T03:04:05Z".parse().unwrap();
        let broken = fixture::on_disk(out.path(), &data);
        std::fs::remove_file(broken.path().join(PLAN)).unwrap();
        std::fs::create_dir(out.path().join("holiday")).unwrap();
        std::fs::write(out.path().join("note.txt"), "x").unwrap();

        let (runs, complaints) = list(out.path()).unwrap();
        let paths: Vec<&Path> = runs.iter().map(|run| run.path.as_path()).collect();
        assert_eq!(paths, [new.path(), old.path()]);
        assert_eq!(runs[0].status, RunStatus::Unfinished);
        assert_eq!(runs[1].status, RunStatus::Finished);
        assert_eq!((runs[1].seeds, runs[1].cap), (2, 12));
        assert_eq!(runs[1].design.cap_unit, Unit::Convolutions);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains(PLAN), "{complaints:?}");

        let of = |dataset: &str| summaries_of(out.path(), dataset, &data.plan.architecture);
        assert_eq!(of(&data.plan.dataset), runs[1].summary.as_slice());
        assert!(of("mnist").is_empty());
    }

    #[test]
    fn a_cap_is_listed_with_what_it_counts() {
        let out = tempfile::tempdir().unwrap();
        let mut data = fixture::run(&[1], 2, 1);
        let mut units = Vec::new();
        for (rule, by_hand) in [(Rule::GreyBlocks, false), (Rule::GreyBlocks, true)] {
            data.plan.reading = rule;
            data.plan.depth_override = by_hand;
            let run = fixture::on_disk(out.path(), &data);
            let clock = FolderClock::of(out.path());
            units.push(
                read(String::new(), run.path(), &clock)
                    .unwrap()
                    .design
                    .cap_unit,
            );
        }
        assert_eq!(units, [Unit::Blocks, Unit::Convolutions]);
    }

    #[test]
    fn a_folder_that_does_not_exist_holds_no_runs() {
        assert_eq!(list(Path::new("no/such/folder")).unwrap(), (vec![], vec![]));
    }
}
