//! The studies below a folder of runs, and the runs there that were probed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;

use super::cluster::Submission;
use super::grid::{self, GridFile, GridOutline};
use super::recommend::{self, RecommendOutcome};
use super::sweep::{self, SweepOutcome};
use crate::run::{Error, Holder, Lock, PROBES, Probes, RunDirectory, SUMMARY, file, folders};

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A recommendation.
    Recommend,
    /// A sweep over depth.
    Sweep,
    /// A grid.
    Grid,
    /// A run whose networks were probed.
    Probe,
}

impl Kind {
    /// Its command.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recommend => "recommend",
            Self::Sweep => "sweep",
            Self::Grid => "grid",
            Self::Probe => "probe",
        }
    }

    /// The folder of its runs, in its own; none of a probed run.
    pub(super) fn runs(self) -> Option<&'static str> {
        let [_, _, runs] = self.files();
        Some(runs).filter(|runs| !runs.is_empty())
    }

    /// Its design, its outcome, and the folder of its runs.
    const fn files(self) -> [&'static str; 3] {
        match self {
            Self::Recommend => [recommend::DESIGN, recommend::OUTCOME, recommend::CELLS],
            Self::Sweep => [sweep::DESIGN, sweep::OUTCOME, sweep::POINTS],
            Self::Grid => [grid::FILE, grid::OUTCOME, grid::CELLS],
            Self::Probe => [PROBES, PROBES, ""],
        }
    }
}

/// What is known of a study.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Of a recommendation.
    Recommend(Arc<RecommendOutcome>),
    /// Of a sweep.
    Sweep(Arc<SweepOutcome>),
    /// Of a grid, perhaps not of all its cells: its outline, since the whole may be large.
    Grid(GridOutline),
    /// The probes of a run.
    Probe(Arc<Probes>),
    /// It has no outcome yet.
    Unfinished {
        /// Runs that are trained to their end.
        finished: usize,
        /// Runs in all; none where the design does not say.
        of: Option<usize>,
        /// What it trains, in a few words.
        what: String,
    },
    /// Why it cannot be read, one sentence.
    Unreadable(String),
}

/// Size and time of a file, by which a change of it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When it was written last.
    pub written: SystemTime,
}

impl Stamp {
    /// That of the file at `path`; none where there is none.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        Some(Self {
            size: about.len(),
            written: about.modified().ok()?,
        })
    }
}

/// A study, or a probed run.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Name of its folder.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// Which command made it.
    pub kind: Kind,
    /// When its outcome, or its design, was written.
    pub changed: Timestamp,
    /// What is known of it.
    pub found: Found,
    /// Size and time of the file that says what was found; none before it is written.
    pub stamp: Option<Stamp>,
    /// The other process that conducts it now, as far as its lock says.
    pub holder: Option<Holder>,
    /// Of a grid, which several processes may conduct and which has no lock of its own: the runs of it that others train now,
    /// as far as the locks of these say; names of their folders.
    pub trained: Vec<String>,
}

impl Study {
    /// Whether it can be continued: it was begun and is not finished.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        match &self.found {
            Found::Unfinished { .. } => true,
            Found::Grid(outline) => !outline.is_done,
            _ => false,
        }
    }

    /// Whether another process conducts it or trains runs of it now.
    #[must_use]
    pub const fn is_trained_elsewhere(&self) -> bool {
        self.holder.is_some() || !self.trained.is_empty()
    }

    /// Reads the study in `path`; none where there is none. What was found is taken from `known`, those that were read
    /// before, where its file has not changed since.
    #[must_use]
    pub fn read(path: &Path, known: &[Self]) -> Option<Self> {
        let is_there = |kind: &Kind| {
            let [design, outcome, _] = kind.files();
            [design, outcome]
                .iter()
                .any(|file| path.join(file).is_file())
        };
        let kinds = [Kind::Recommend, Kind::Sweep, Kind::Grid, Kind::Probe];
        let kind = kinds.into_iter().find(is_there)?;
        let [design, outcome, _] = kind.files();
        let changed = [outcome, design].iter().find_map(|file| {
            let changed = fs::metadata(path.join(file)).ok()?.modified().ok()?;
            Timestamp::try_from(changed).ok()
        });
        let stamp = Stamp::of(&path.join(outcome));
        let known = known.iter().find(|study| {
            let is_same = study.path == path && study.kind == kind;
            let is_read = !matches!(study.found, Found::Unreadable(_));
            is_same && is_read && stamp.is_some() && study.stamp == stamp
        });
        let read = || {
            let found = found(path, kind);
            found.unwrap_or_else(|error| Found::Unreadable(crate::messages::sentence(&error)))
        };
        let found = known.map_or_else(read, |study| study.found.clone());
        let is_done = matches!(&found, Found::Grid(outline) if outline.is_done);
        Some(Self {
            name: path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            path: path.to_owned(),
            kind,
            changed: changed.unwrap_or(Timestamp::UNIX_EPOCH),
            found,
            stamp,
            holder: Lock::holder(path).filter(|holder| kind != Kind::Probe && !is_this(holder)),
            trained: if kind == Kind::Grid && !is_done {
                trained(path)
            } else {
                Vec::new()
            },
        })
    }
}

/// The names of the runs of the grid in `path` that other processes train.
fn trained(path: &Path) -> Vec<String> {
    let mut runs = run_folders(path, Kind::Grid).unwrap_or_default();
    runs.retain(|run| Lock::holder(run).is_some_and(|holder| !is_this(&holder)));
    let names = runs.iter().filter_map(|run| run.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// The folders of the runs of a study, and of the sweeps of a grid.
pub(super) fn run_folders(folder: &Path, kind: Kind) -> Result<Vec<PathBuf>, Error> {
    let Some(name) = kind.runs() else {
        return Ok(Vec::new());
    };
    let mut all = folders_in(&folder.join(name))?;
    if kind == Kind::Grid {
        for inner in folders_in(folder)? {
            if inner.join(sweep::DESIGN).is_file() {
                all.extend(folders_in(&inner.join(sweep::POINTS))?);
            }
        }
    }
    Ok(all)
}

/// The folders in a folder; none where it does not exist.
fn folders_in(parent: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", parent)(error)),
    };
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.is_dir()).collect())
}

/// Whether a holder of a lock is this process.
fn is_this(holder: &Holder) -> bool {
    holder.pid == std::process::id() && holder.is_here()
}

fn found(path: &Path, kind: Kind) -> Result<Found, Error> {
    let outcome = path.join(kind.files()[1]);
    if !outcome.is_file() {
        return unfinished(path, kind);
    }
    Ok(match kind {
        Kind::Recommend => Found::Recommend(Arc::new(file::read_json(&outcome)?)),
        Kind::Sweep => Found::Sweep(Arc::new(file::read_json(&outcome)?)),
        Kind::Grid => Found::Grid(GridOutline::read(&outcome)?),
        Kind::Probe => match RunDirectory::open(path)?.probes()? {
            Some(probes) => Found::Probe(Arc::new(probes)),
            None => return unfinished(path, kind),
        },
    })
}

fn unfinished(path: &Path, kind: Kind) -> Result<Found, Error> {
    let runs = fs::read_dir(path.join(kind.files()[2]));
    let runs = runs.into_iter().flatten().flatten();
    let finished = runs
        .filter(|run| run.path().join(SUMMARY).is_file())
        .count();
    let (of, what) = match kind {
        Kind::Recommend => match recommend::Design::read(path)? {
            Some(design) => (
                Some(design.schedule.runs()),
                recommend::plan_sentence(&design),
            ),
            None => (None, String::new()),
        },
        Kind::Sweep => match sweep::Design::read(path)? {
            Some(design) => {
                let depths: Vec<String> = design.depths.iter().map(usize::to_string).collect();
                let variants = design.variants.iter().map(|one| one.dataset.as_str());
                let what = format!(
                    "{} cut to {} convolutions, on {}",
                    design.settings.architecture,
                    depths.join(", "),
                    variants.collect::<Vec<_>>().join(", ")
                );
                (Some(design.variants.len() * design.depths.len()), what)
            }
            None => (None, String::new()),
        },
        Kind::Grid => match GridFile::read(&path.join(grid::FILE)) {
            Ok((file, _)) => {
                // A cell with the same networks as another one is not submitted.
                let submitted = Submission::read(path).ok().flatten();
                let cells = submitted.map_or_else(|| file.cells(), |kept| kept.submitted());
                (Some(cells), file.in_words())
            }
            // It cannot be continued either, which says why.
            Err(_) => (None, String::new()),
        },
        Kind::Probe => (None, String::new()),
    };
    Ok(Found::Unfinished { finished, of, what })
}

/// The studies and probed runs below `out`, newest first; what has not changed since is taken from `known`, an earlier list.
/// A folder that does not exist holds none.
///
/// # Errors
/// [`Error::Io`] where `out` exists but cannot be read.
pub fn list(out: &Path, known: &[Study]) -> Result<Vec<Study>, Error> {
    let mut studies: Vec<Study> = folders(out)?
        .into_iter()
        .filter_map(|(_, path)| Study::read(&path, known))
        .collect();
    studies.sort_by(|a, b| (b.changed, &b.name).cmp(&(a.changed, &a.name)));
    Ok(studies)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::study::recommend::fixture as recommended;
    use crate::study::sweep::fixture as swept;

    #[test]
    fn a_folder_is_what_its_files_say() {
        let out = tempfile::tempdir().unwrap();
        assert_eq!(list(&out.path().join("nothing"), &[]).unwrap(), []);
        let folder = |name: &str| {
            let path = out.path().join(name);
            fs::create_dir_all(&path).unwrap();
            path
        };
        folder("2026-11-24-a-run");
        let path = folder("recommend-a");
        file::write_sealed_json(&path.join(recommend::OUTCOME), &recommended::outcome(5)).unwrap();
        let path = folder("recommend-b");
        recommended::design(5).write(&path).unwrap();
        fs::create_dir_all(path.join("cells/round-1-7")).unwrap();
        fs::write(path.join("cells/round-1-7/summary.json"), "{}").unwrap();
        let path = folder("sweep-a");
        file::write_sealed_json(&path.join(sweep::OUTCOME), &swept::outcome(5)).unwrap();
        fs::write(folder("sweep-b").join(sweep::OUTCOME), "{").unwrap();
        fs::write(folder("desk").join(grid::FILE), "").unwrap();
        let path = folder("a-grid");
        let text = "architectures = ['resnet-20', 'resnet-32']\n[[datasets]]\ndataset = 'glyphs'\n[[datasets]]\ndataset = 'mnist'\n";
        fs::write(path.join(grid::FILE), text).unwrap();
        fs::create_dir_all(path.join("cells/mnist-resnet-20-image-nats")).unwrap();
        fs::write(
            path.join("cells/mnist-resnet-20-image-nats/summary.json"),
            "{}",
        )
        .unwrap();
        let studies = list(out.path(), &[]).unwrap();
        let of = |name: &str| {
            let study = studies.iter().find(|study| study.name == name).unwrap();
            (study.kind, &study.found, study.is_unfinished())
        };
        assert_eq!(studies.len(), 6);
        assert!(matches!(
            of("recommend-a"),
            (Kind::Recommend, Found::Recommend(_), false)
        ));
        let (_, found, unfinished) = of("recommend-b");
        let Found::Unfinished {
            finished,
            of: runs,
            what,
        } = found
        else {
            panic!("{found:?}");
        };
        assert_eq!((*finished, *runs, unfinished), (1, Some(6), true));
        assert!(what.contains("of a budget of 10m"), "{what}");
        assert!(matches!(
            of("sweep-a"),
            (Kind::Sweep, Found::Sweep(_), false)
        ));
        let Found::Unreadable(sentence) = of("sweep-b").1 else {
            panic!("{:?}", of("sweep-b"));
        };
        assert!(sentence.contains("sweep.json"), "{sentence}");
        assert_eq!(
            of("a-grid").1,
            &Found::Unfinished {
                finished: 1,
                of: Some(4),
                what: "resnet-20, resnet-32 on glyphs, mnist".to_owned(),
            }
        );
        let kept = serde_json::json!({
            "version": "0",
            "cells": {},
            "jobs": [
                { "job": 1, "time": "2026-11-28T12:00:00Z", "pack": 1, "cells": ["a", "b/seed-1", "b/seed-2"] },
                { "job": 2, "time": "2026-11-28T12:00:00Z", "pack": 1, "cells": ["a", "c"] },
            ],
        });
        let grid = out.path().join("a-grid");
        fs::create_dir_all(grid.join("slurm")).unwrap();
        file::write_sealed_json(&grid.join("slurm/submission.json"), &kept).unwrap();
        let found = Study::read(&grid, &[]).unwrap().found;
        assert!(matches!(found, Found::Unfinished { of: Some(3), .. }));
        assert!(matches!(
            of("desk"),
            (Kind::Grid, Found::Unfinished { of: None, .. }, true)
        ));
    }

    /// What was read is taken from the list before while its file is the same; who conducts it is looked at each time.
    #[test]
    fn what_has_not_changed_is_not_read_again() {
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join("sweep-a");
        fs::create_dir_all(&path).unwrap();
        let file = path.join(sweep::OUTCOME);
        file::write_sealed_json(&file, &swept::outcome(5)).unwrap();
        let mut known = list(out.path(), &[]).unwrap();
        assert!(known[0].stamp.is_some());
        let other = Found::Unfinished {
            finished: 1,
            of: None,
            what: "as it was known".to_owned(),
        };
        known[0].found = other.clone();
        assert_eq!(list(out.path(), &known).unwrap()[0].found, other);
        known[0].kind = Kind::Grid;
        assert_ne!(list(out.path(), &known).unwrap()[0].found, other);
        known[0].kind = Kind::Sweep;
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + " ").unwrap();
        assert_ne!(list(out.path(), &known).unwrap()[0].found, other);
    }
}
