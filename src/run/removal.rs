//! Removing runs, and what killed starts and removals leave.

use std::fs;
use std::path::{Path, PathBuf};

use super::checksums::CHECKSUMS;
use super::holder::is_alive;
use super::layout::{
    ATTEMPTS, CELL, CELL_LOG, CELL_PLAN, CHECKPOINTS, CONTROL, EVENTS, LOCK, LOG, MANIFEST,
    METRICS, PLAN, PROBES, PROFILE, SAMPLES, STATUS, SUMMARY,
};
use super::repair::PARTIAL;
use super::{Error, Lock, RunDirectory};

const REMOVED: &str = "removed";

/// Removes a run directory with all its files; refuses a folder that is no run.
///
/// A run has a `run.toml` and beside it a `plan.json` or a `profile.json`. It is moved aside first, by one
/// renaming: killed at any moment, this leaves the run or no run. What killed removals left goes with it.
///
/// # Errors
/// [`Error::NotARun`], [`Error::Held`] by a process that trains it, or [`Error::Io`].
pub fn remove(run: &RunDirectory) -> Result<(), Error> {
    check_is_run(run.path())?;
    remove_held(run.path())
}

/// Refuses a folder that is no run: a `run.toml` alone may be a file of the user's own.
pub(super) fn check_is_run(path: &Path) -> Result<(), Error> {
    RunDirectory::open(path)?;
    if ![PLAN, PROFILE].iter().any(|name| path.join(name).is_file()) {
        return Err(Error::malformed(
            path,
            format!(
                "it holds neither {PLAN} nor {PROFILE}, so it may not be a run: remove it by hand"
            ),
        ));
    }
    Ok(())
}

/// Removes what a killed start or removal left, see [`is_leftover`].
///
/// # Errors
/// [`Error::NotARun`] for any other folder, [`Error::Held`] by a process that makes a run of it, or [`Error::Io`].
pub fn remove_leftover(path: &Path) -> Result<(), Error> {
    if !is_leftover(path) {
        return Err(Error::NotARun {
            path: path.to_owned(),
        });
    }
    remove_held(path)
}

fn remove_held(path: &Path) -> Result<(), Error> {
    let _lock = Lock::take(path)?;
    let path = path.canonicalize().map_err(|source| failed(path, source))?;
    let aside =
        aside(&path).ok_or_else(|| failed(&path, std::io::Error::other("it has no name")))?;
    if aside != path {
        fs::rename(&path, &aside).map_err(|source| failed(&path, source))?;
    }
    if let Some(out) = path.parent() {
        for left in removed_halfway(out).filter(|left| *left != aside) {
            if let Err(error) = fs::remove_dir_all(&left) {
                tracing::warn!(%error, path = %left.display(), "what a removal left stays");
            }
        }
    }
    fs::remove_dir_all(&aside).map_err(|source| failed(&aside, source))
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::io("remove", path)(source)
}

/// The name under which a folder is removed; its own name where it has such a name already.
fn aside(path: &Path) -> Option<PathBuf> {
    if is_removed_halfway(path) {
        return Some(path.to_owned());
    }
    let name = path.file_name()?.to_string_lossy().into_owned();
    let pid = std::process::id();
    Some(path.with_file_name(format!(".{name}.{pid}.{REMOVED}")))
}

/// Whether a folder's name is one of those under which runs are removed, by a process that is gone.
fn is_removed_halfway(path: &Path) -> bool {
    let pid = || {
        let name = path.file_name()?.to_string_lossy();
        let name = name.strip_prefix('.')?.strip_suffix(REMOVED)?;
        name.strip_suffix('.')?.rsplit_once('.')?.1.parse().ok()
    };
    pid().is_some_and(|pid| !is_alive(pid))
}

fn removed_halfway(out: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && is_removed_halfway(path))
}

/// Whether a folder is what a start or a removal left that was killed: it has no `run.toml`, and nothing but files of
/// a run or, where it is empty, the name of one.
#[must_use]
pub fn is_leftover(path: &Path) -> bool {
    if is_removed_halfway(path) {
        return path.is_dir();
    }
    let Ok(entries) = fs::read_dir(path) else {
        return false;
    };
    let names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let of_a_run = |name: &String| {
        [
            PROFILE,
            PLAN,
            SAMPLES,
            METRICS,
            EVENTS,
            SUMMARY,
            PROBES,
            CHECKPOINTS,
            CHECKSUMS,
            STATUS,
            CONTROL,
            LOG,
            CELL,
            ATTEMPTS,
            CELL_PLAN,
            CELL_LOG,
        ]
        .contains(&name.as_str())
            || name.ends_with(&format!(".{PARTIAL}"))
            || name.starts_with(&format!("{EVENTS}.damaged"))
    };
    if names.iter().any(|name| name == MANIFEST) {
        return false;
    }
    let files: Vec<&String> = names.iter().filter(|name| *name != LOCK).collect();
    if files.is_empty() {
        return is_named_as_a_run(path);
    }
    files.into_iter().all(of_a_run)
}

/// Whether a folder's name begins as that of a run: `20261124-140203-`.
fn is_named_as_a_run(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| {
        let name = name.as_bytes();
        name.len() > 16
            && (0..16).all(|at| match at {
                8 | 15 => name[at] == b'-',
                _ => name[at].is_ascii_digit(),
            })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{fixture, list};

    #[test]
    fn only_a_run_is_removed() {
        let out = tempfile::tempdir().unwrap();
        let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
        remove(&run).unwrap();
        assert!(fs::read_dir(out.path()).unwrap().next().is_none());
        assert!(matches!(remove(&run), Err(Error::NotARun { .. })));
        let other = out.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join(MANIFEST), "").unwrap();
        assert!(remove(&RunDirectory::open(&other).unwrap()).is_err());
        assert!(other.exists());
    }

    #[test]
    fn what_killed_starts_and_removals_leave_is_listed_and_removable() {
        let out = tempfile::tempdir().unwrap();
        let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
        let name = run.path().file_name().unwrap().to_str().unwrap().to_owned();
        let halfway = out.path().join(format!(".{name}.4194999.removed"));
        fs::rename(run.path(), &halfway).unwrap();
        fs::remove_file(halfway.join(PLAN)).unwrap();
        let empty = out.path().join("20261124-140203-glyphs-resnet-20");
        fs::create_dir(&empty).unwrap();
        let begun = out.path().join("20261124-140204-glyphs-resnet-20");
        fs::create_dir(&begun).unwrap();
        for file in [PROFILE, "plan.json.77.partial", LOCK] {
            fs::write(begun.join(file), "").unwrap();
        }
        let mine = out.path().join("mine");
        fs::create_dir(&mine).unwrap();
        let notes = out.path().join("20261124-140205-notes");
        fs::create_dir(&notes).unwrap();
        fs::write(notes.join("notes.txt"), "x").unwrap();

        let (runs, complaints) = list(out.path()).unwrap();
        assert_eq!((runs.len(), complaints.len()), (0, 3), "{complaints:?}");
        for left in [&halfway, &empty, &begun] {
            let name = left.file_name().unwrap().to_str().unwrap();
            let said = complaints.iter().find(|said| said.contains(name)).unwrap();
            assert!(said.contains("runs rm"), "{said}");
        }
        for kept in [&mine, &notes] {
            assert!(matches!(remove_leftover(kept), Err(Error::NotARun { .. })));
            assert!(kept.exists());
        }
        remove_leftover(&empty).unwrap();
        assert!(!empty.exists() && !halfway.exists());
        remove_leftover(&begun).unwrap();
        assert!(!begun.exists());
    }
}
