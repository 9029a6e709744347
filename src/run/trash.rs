//! Deleting runs so that they can be restored: they are moved into `.trash` in their own folder. After [`KEPT_DAYS`] days
//! the next deletion, or the next start of the app, removes them for good.
//!
//! `.trash/<time in UTC>/<name>`: all runs that are deleted together lie in one folder.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::files::claim;
use super::removal::check_is_run;
use super::{Error, Lock};

/// Name of the folder.
const TRASH: &str = ".trash";
/// How the folder of one deletion is named.
const TIME: &str = "%Y%m%dT%H%M%SZ";
/// Days after which deleted runs are removed for good.
pub const KEPT_DAYS: i64 = 7;

/// Runs that were moved into the trash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trashed {
    /// Names of the runs that were.
    pub names: Vec<String>,
    /// A sentence for each that was not.
    pub problems: Vec<String>,
}

/// Moves runs into the trash of the folder that each lies in. One that a process trains stays.
///
/// A run is moved by one renaming on the same file system: killed at any moment, this leaves it in one of the two folders.
#[must_use]
pub fn trash(runs: &[PathBuf], now: Timestamp) -> Trashed {
    let mut trashed = Trashed::default();
    let mut folders: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in runs {
        match trash_one(path, now, &mut folders) {
            Ok(name) => trashed.names.push(name),
            Err(error) => trashed.problems.push(error.to_string()),
        }
    }
    for (out, batch) in folders {
        // Nothing was moved into it where every run was refused.
        drop(fs::remove_dir(batch));
        empty_trash(&out, now);
    }
    trashed
}

fn trash_one(
    path: &Path,
    now: Timestamp,
    folders: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<String, Error> {
    check_is_run(path)?;
    let _lock = Lock::take(path)?;
    let failed = Error::io("remove", path);
    let whole = path.canonicalize().map_err(&failed)?;
    let (Some(out), Some(name)) = (whole.parent(), whole.file_name()) else {
        return Err(failed(std::io::Error::other("it has no name")));
    };
    let known = folders.iter().find(|(of, _)| of == out);
    let batch = if let Some((_, batch)) = known {
        batch.clone()
    } else {
        let batch = claim(&out.join(TRASH), &now.strftime(TIME).to_string())?;
        folders.push((out.to_owned(), batch.clone()));
        batch
    };
    fs::rename(&whole, batch.join(name)).map_err(&failed)?;
    Ok(name.to_string_lossy().into_owned())
}

/// Moves the runs of the last deletion in `out` back, and names them; none where the trash is empty.
///
/// # Errors
/// [`Error::Io`]; [`Error::Setting`] where a folder of the same name exists again, which is left alone.
pub fn restore(out: &Path) -> Result<Vec<String>, Error> {
    let Some((_, batch)) = batches(out).pop() else {
        return Ok(Vec::new());
    };
    let failed = Error::io("read", &batch);
    let mut names = Vec::new();
    for entry in fs::read_dir(&batch).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        let place = out.join(entry.file_name());
        if place.symlink_metadata().is_ok() {
            return Err(Error::Setting(format!(
                "{} exists again: rename it, and the deleted run can be restored from {}",
                place.display(),
                batch.display()
            )));
        }
        fs::rename(entry.path(), &place).map_err(Error::io("write", &place))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    fs::remove_dir(&batch).map_err(Error::io("remove", &batch))?;
    drop(fs::remove_dir(out.join(TRASH)));
    names.sort();
    Ok(names)
}

/// Removes what was deleted in `out` more than [`KEPT_DAYS`] days before `now`.
pub fn empty_trash(out: &Path, now: Timestamp) {
    let kept = SignedDuration::from_hours(24 * KEPT_DAYS);
    for (time, batch) in batches(out) {
        if now.duration_since(time) > kept
            && let Err(error) = fs::remove_dir_all(&batch)
        {
            tracing::warn!(%error, path = %batch.display(), "deleted runs cannot be removed");
        }
    }
    // Only where it is empty.
    drop(fs::remove_dir(out.join(TRASH)));
}

/// The folders of all deletions with their times, the oldest first. Other folders are not touched.
fn batches(out: &Path) -> Vec<(Timestamp, PathBuf)> {
    let entries = fs::read_dir(out.join(TRASH))
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<(Timestamp, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            let time = DateTime::strptime(TIME, name.split('-').next()?).ok()?;
            let time = TimeZone::UTC.to_timestamp(time).ok()?;
            let is_folder = entry.file_type().ok()?.is_dir();
            is_folder.then(|| (time, entry.path()))
        })
        .collect();
    // Of one second the later has the longer name or the higher number: `…Z`, `…Z-2`, `…Z-10`.
    found.sort_by_key(|(time, path)| {
        let length = path.as_os_str().len();
        (*time, length, path.clone())
    });
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{RunDirectory, fixture, list};

    fn names(out: &Path) -> Vec<String> {
        let (runs, complaints) = list(out).unwrap();
        assert!(complaints.is_empty(), "{complaints:?}");
        let mut names: Vec<String> = runs.into_iter().map(|run| run.name).collect();
        names.sort();
        names
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn deletions_are_undone_from_the_last_to_the_first() {
        let desk = tempfile::tempdir().unwrap();
        let out = desk.path().canonicalize().unwrap();
        let data = fixture::run(&[1], 1, 1);
        let runs: Vec<PathBuf> = (0..4)
            .map(|_| fixture::on_disk(&out, &data).path().to_owned())
            .collect();
        let all = names(&out);
        assert_eq!(all.len(), 4);
        let now = at("2026-11-28T12:00:00Z");
        assert_eq!(trash(&runs[..2], now).names, all[..2]);
        assert_eq!(trash(&runs[2..3], now).names, all[2..3]);
        assert_eq!(names(&out), all[3..]);
        assert_eq!(restore(&out).unwrap(), all[2..3]);
        assert_eq!(restore(&out).unwrap(), all[..2]);
        assert_eq!(names(&out), all);
        assert!(restore(&out).unwrap().is_empty());
        assert!(!out.join(TRASH).exists());
        assert!(RunDirectory::open(&runs[0]).unwrap().load().is_ok());
    }

    #[test]
    fn a_run_that_is_trained_stays_and_what_takes_a_place_is_not_written_over() {
        let desk = tempfile::tempdir().unwrap();
        let out = desk.path().canonicalize().unwrap();
        let run = fixture::on_disk(&out, &fixture::run(&[1], 1, 1));
        let other = out.join("other");
        fs::create_dir(&other).unwrap();
        let now = at("2026-11-28T12:00:00Z");
        let path = [run.path().to_owned(), other.clone()];
        let lock = Lock::take(run.path()).unwrap();
        let refused = trash(&path, now);
        assert!(refused.names.is_empty());
        assert!(
            refused.problems[0].contains("is being trained"),
            "{refused:?}"
        );
        assert!(refused.problems[1].contains("no run.toml"), "{refused:?}");
        drop(lock);
        assert!(run.path().exists() && other.exists() && !out.join(TRASH).exists());
        assert_eq!(trash(&path[..1], now).names.len(), 1);
        fs::create_dir(run.path()).unwrap();
        let said = restore(&out).unwrap_err().to_string();
        assert!(said.contains("exists again"), "{said}");
        fs::remove_dir(run.path()).unwrap();
        assert_eq!(restore(&out).unwrap().len(), 1);
    }

    #[test]
    fn after_a_week_they_are_gone_and_nothing_else_is() {
        let desk = tempfile::tempdir().unwrap();
        let out = desk.path().canonicalize().unwrap();
        let data = fixture::run(&[1], 1, 1);
        let [old, new] = [0, 1].map(|_| fixture::on_disk(&out, &data).path().to_owned());
        let _ = trash(&[old], at("2026-11-20T12:00:00Z"));
        let mine = out.join(TRASH).join("mine");
        fs::create_dir(&mine).unwrap();
        empty_trash(&out, at("2026-11-27T11:59:00Z"));
        assert_eq!(batches(&out).len(), 1);
        let _ = trash(&[new], at("2026-11-27T12:01:00Z"));
        assert_eq!(batches(&out).len(), 1);
        assert_eq!(restore(&out).unwrap().len(), 1);
        assert!(restore(&out).unwrap().is_empty() && mine.exists());
    }
}
