//! The runs below a folder, looked at again and again: only what has changed is read.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::activity::{Activity, FolderClock};
use super::checksums::CHECKSUMS;
use super::layout::{MANIFEST, METRICS, NOTES, PLAN, PROFILE, SUMMARY};
use super::listing::{RunListing, folders, read};
use super::removal::is_leftover;
use super::{Error, Lock, file};
use crate::disk;

/// Runs without a process at which each look looks, in turn.
const IN_TURN: usize = 500;
/// Looks after which the names in the folder are read again, whatever its time says.
const NAMES_EVERY: usize = 10;
/// Runs that are read anew from which on what was read is kept for the next start.
const WORTH_KEEPING: usize = 50;

/// When a file was written, and its length; none of one that is not there.
type Written = Option<(SystemTime, u64)>;

/// What tells whether a run has changed: its folder, and the files that a line is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    folder: Written,
    files: [Written; 7],
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let written = |path: &Path| {
            let found = fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        Self {
            folder: written(path),
            files: [MANIFEST, PROFILE, PLAN, METRICS, SUMMARY, CHECKSUMS, NOTES]
                .map(|name| written(&path.join(name))),
        }
    }

    fn looks_like_a_run(&self) -> bool {
        self.files[..5].iter().any(Option::is_some)
    }
}

/// A folder below the folder of runs.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Run(Box<RunListing>),
    /// Why it cannot be listed.
    Problem(String),
    /// It is no run.
    Nothing,
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    found: Found,
}

/// What is kept for the next start.
#[derive(Deserialize)]
struct Kept {
    version: String,
    runs: Vec<(Stamp, RunListing)>,
}

#[derive(Serialize)]
struct Keeping<'a> {
    version: &'a str,
    runs: Vec<(Stamp, &'a RunListing)>,
}

/// What a look has found.
#[derive(Debug, Default, PartialEq)]
pub struct Changes {
    /// Whether runs came or went, or problems did: all have to be listed again.
    pub all: bool,
    /// Else the runs that have changed.
    pub runs: Vec<RunListing>,
}

/// The runs below a folder.
#[derive(Debug)]
pub struct Listings {
    out: PathBuf,
    clock: FolderClock,
    known: HashMap<PathBuf, Known>,
    /// The time of the folder when its names were read.
    written: Option<SystemTime>,
    /// Its folders with their names.
    names: Vec<(String, PathBuf)>,
    looks: usize,
    turn: usize,
    cache: Option<PathBuf>,
    /// Runs that were read anew since they were kept.
    unkept: usize,
}

impl Listings {
    /// Those below `out`; `cache` is the folder in which they are kept for the next start.
    #[must_use]
    pub fn of(out: &Path, cache: Option<&Path>) -> Self {
        let whole = out.canonicalize().unwrap_or_else(|_| out.to_owned());
        let name = disk::sha256(whole.to_string_lossy().as_bytes());
        Self {
            out: out.to_owned(),
            clock: FolderClock::of(out),
            known: HashMap::new(),
            written: None,
            names: Vec::new(),
            looks: 0,
            turn: 0,
            cache: cache.map(|cache| cache.join(format!("{}.json", &name[..16]))),
            unkept: 0,
        }
    }

    /// All runs, newest first, and a sentence for each folder that looks like a run but cannot be read.
    #[must_use]
    pub fn all(&self) -> (Vec<RunListing>, Vec<String>) {
        let (mut runs, mut problems) = (Vec::new(), Vec::new());
        for known in self.known.values() {
            match &known.found {
                Found::Run(run) => runs.push((**run).clone()),
                Found::Problem(sentence) => problems.push(sentence.clone()),
                Found::Nothing => {}
            }
        }
        runs.sort_by(|a, b| (b.created, &b.name).cmp(&(a.created, &a.name)));
        problems.sort();
        (runs, problems)
    }

    /// Looks at the folder: at the first look at every run, later at those that are trained and at some others in turn.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder exists but cannot be read.
    pub fn look(&mut self) -> Result<Changes, Error> {
        let first = self.looks == 0;
        if first {
            self.take_kept();
        }
        let written = fs::metadata(&self.out)
            .and_then(|found| found.modified())
            .ok();
        let before = self.known.len();
        if first || written != self.written || self.looks.is_multiple_of(NAMES_EVERY) {
            self.names = folders(&self.out)?;
            self.written = written;
            let there: HashSet<&PathBuf> = self.names.iter().map(|(_, path)| path).collect();
            self.known.retain(|path, _| there.contains(path));
        }
        self.looks += 1;
        let mut changes = Changes {
            all: first || before != self.known.len(),
            ..Changes::default()
        };

        let turn = self.turn % self.names.len().max(1);
        self.turn = turn + IN_TURN;
        let is_due = |at: usize, path: &PathBuf| {
            first
                || (at + self.names.len() - turn) % self.names.len() < IN_TURN
                || self.known.get(path).is_none_or(Known::may_change)
        };
        let due: Vec<&(String, PathBuf)> = self
            .names
            .iter()
            .enumerate()
            .filter(|(at, (_, path))| is_due(*at, path))
            .map(|(_, named)| named)
            .collect();
        let (known, clock) = (&self.known, &self.clock);
        let retries = self.looks.is_multiple_of(NAMES_EVERY);
        let looked: Vec<(PathBuf, Known, bool)> = due
            .into_par_iter()
            .filter_map(|(name, path)| look_at(name, path, known.get(path), retries, clock))
            .collect();
        for (path, now, is_read) in looked {
            self.unkept += usize::from(is_read);
            match (&now.found, self.known.get(&path).map(|known| &known.found)) {
                (found, Some(before)) if found == before => {}
                (Found::Run(run), Some(Found::Run(_))) => changes.runs.push((**run).clone()),
                (Found::Nothing, None) => {}
                _ => changes.all = true,
            }
            self.known.insert(path, now);
        }
        if self.unkept >= WORTH_KEEPING {
            self.keep();
        }
        Ok(changes)
    }

    /// Takes what was kept of an earlier start; whatever has changed since then is read anew.
    fn take_kept(&mut self) {
        let Some(bytes) = self.cache.as_ref().and_then(|path| fs::read(path).ok()) else {
            return;
        };
        let kept = match serde_json::from_slice::<Kept>(&bytes) {
            Ok(kept) if kept.version == env!("CARGO_PKG_VERSION") => kept,
            Ok(_) => return,
            Err(error) => {
                tracing::info!(%error, "the kept list of runs is not used");
                return;
            }
        };
        let known = kept.runs.into_iter().map(|(stamp, run)| {
            let path = run.path.clone();
            let found = Found::Run(Box::new(run));
            (path, Known { stamp, found })
        });
        self.known = known.collect();
    }

    fn keep(&mut self) {
        self.unkept = 0;
        let Some(path) = &self.cache else {
            return;
        };
        let runs = self.known.values().filter_map(|known| match &known.found {
            Found::Run(run) => Some((known.stamp, &**run)),
            _ => None,
        });
        let keeping = Keeping {
            version: env!("CARGO_PKG_VERSION"),
            runs: runs.collect(),
        };
        let written = || {
            let bytes = serde_json::to_vec(&keeping)
                .map_err(|error| Error::malformed(path, error.to_string()))?;
            path.parent().map_or(Ok(()), file::make_folder)?;
            file::write_whole(path, &bytes)
        };
        if let Err(error) = written() {
            tracing::info!(%error, "the list of runs is not kept");
        }
    }
}

impl Known {
    /// Whether it has to be looked at every time: a run that is trained, or no run yet.
    fn may_change(&self) -> bool {
        match &self.found {
            Found::Run(run) => run.activity.writer().is_some(),
            Found::Problem(_) | Found::Nothing => true,
        }
    }
}

/// Looks at a folder; none where it is as before. Says too whether its files were read. `retries`: whether one that could
/// not be read is read again though its files have the same times.
fn look_at(
    name: &str,
    path: &Path,
    known: Option<&Known>,
    retries: bool,
    clock: &FolderClock,
) -> Option<(PathBuf, Known, bool)> {
    let stamp = Stamp::of(path);
    match known
        .filter(|known| known.stamp == stamp)
        .map(|known| &known.found)
    {
        Some(Found::Run(run)) => {
            let activity = Activity::of(path, run.status, clock);
            if activity == run.activity {
                return None;
            }
            let mut run = run.clone();
            run.activity = activity;
            let found = Found::Run(run);
            return Some((path.to_owned(), Known { stamp, found }, false));
        }
        Some(Found::Problem(_)) if !retries => return None,
        _ => {}
    }
    let found = find(name, path, stamp, clock);
    Some((path.to_owned(), Known { stamp, found }, true))
}

fn find(name: &str, path: &Path, stamp: Stamp, clock: &FolderClock) -> Found {
    // Folders that are being removed have a name with a dot.
    if (stamp.files[0].is_none() || name.starts_with('.')) && is_leftover(path) {
        // A start that goes on holds the lock.
        return match Lock::holder(path) {
            Some(_) => Found::Nothing,
            None => Found::Problem(format!(
                "{} is left over from an interrupted start or removal: `ebcle-tui runs rm {name}` removes it",
                path.display()
            )),
        };
    }
    if !stamp.looks_like_a_run() {
        return Found::Nothing;
    }
    match read(name.to_owned(), path, clock) {
        Ok(run) => Found::Run(Box::new(run)),
        Err(error) => Found::Problem(error.to_string()),
    }
}

/// The runs below `out`, newest first, and a sentence for each folder that looks like a run but cannot be read.
///
/// A folder `out` that does not exist holds no runs.
///
/// # Errors
/// [`Error::Io`] where `out` exists but cannot be read.
pub fn list(out: &Path) -> Result<(Vec<RunListing>, Vec<String>), Error> {
    let mut listings = Listings::of(out, None);
    listings.look()?;
    Ok(listings.all())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::run::status::tests::on_disk;
    use crate::run::{Holder, RunStatus, fixture};

    #[test]
    fn only_what_has_changed_is_told() {
        let out = tempfile::tempdir().unwrap();
        let mut data = fixture::run(&[1, 2], 1, 1);
        fixture::on_disk(out.path(), &data);
        let mut listings = Listings::of(out.path(), None);
        assert!(listings.look().unwrap().all);
        assert_eq!(listings.look().unwrap(), Changes::default());

        data.manifest.created = "2027-01-02T03:04:05Z".parse().unwrap();
        data.summary = None;
        let run = fixture::on_disk(out.path(), &data);
        assert!(listings.look().unwrap().all);
        let lock = Lock::take(run.path()).unwrap();
        let status = on_disk(run.path(), &Holder::this());
        let changes = listings.look().unwrap();
        assert!(!changes.all);
        assert_eq!(changes.runs[0].activity.status(), Some(&status));
        let (runs, problems) = listings.all();
        assert_eq!((runs.len(), problems.len()), (2, 0));
        assert_eq!(runs[0].activity.name(), "running");
        assert_eq!(runs[1].activity, Activity::Finished);
        drop(lock);
        assert_eq!(listings.look().unwrap().runs[0].activity, Activity::Stopped);

        fs::write(run.path().join(PLAN), "{").unwrap();
        assert!(listings.look().unwrap().all);
        assert!(listings.all().1[0].contains(PLAN));
        fs::remove_dir_all(run.path()).unwrap();
        assert!(listings.look().unwrap().all);
        assert_eq!(listings.all().0.len(), 1);
    }

    #[test]
    fn what_is_kept_is_read_no_more_but_where_it_has_changed() {
        let (out, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let data = fixture::run(&[1, 2], 1, 1);
        let run = fixture::on_disk(out.path(), &data);
        fixture::on_disk(out.path(), &data);
        let mut first = Listings::of(out.path(), Some(cache.path()));
        first.look().unwrap();
        first.keep();
        let all = first.all();
        let mut second = Listings::of(out.path(), Some(cache.path()));
        second.look().unwrap();
        assert_eq!(second.unkept, 0, "nothing was read again");
        let mut again = second.all();
        for run in &mut again.0 {
            let status = run.status;
            run.activity = Activity::of(&run.path, status, &second.clock);
        }
        assert_eq!(again, all);
        fs::remove_file(run.path().join(SUMMARY)).unwrap();
        let mut third = Listings::of(out.path(), Some(cache.path()));
        third.look().unwrap();
        assert_eq!(third.unkept, 1);
        let (runs, _) = third.all();
        let found = runs.iter().find(|found| found.path == run.path()).unwrap();
        assert_eq!(found.status, RunStatus::Unfinished);
    }

    #[test]
    #[ignore = "makes 10,000 runs and measures"]
    fn ten_thousand_runs_are_listed() {
        let (out, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let run = fixture::on_disk(out.path(), &fixture::run(&[1, 2, 3], 5, 5));
        for number in 1..10_000 {
            // As copies, which nothing waits for the disk for.
            let copy = out.path().join(format!("20261124-140203-copy-{number}"));
            fs::create_dir(&copy).unwrap();
            for entry in fs::read_dir(run.path()).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
            }
        }
        let mut listings = Listings::of(out.path(), Some(cache.path()));
        for what in ["first", "second", "third"] {
            let begun = Instant::now();
            let changes = listings.look().unwrap();
            let looked = begun.elapsed();
            let all = listings.all();
            println!(
                "{what} look {looked:?}, all {:?}, {} runs, {} changed",
                begun.elapsed().saturating_sub(looked),
                all.0.len(),
                changes.runs.len()
            );
        }
        let begun = Instant::now();
        let mut kept = Listings::of(out.path(), Some(cache.path()));
        kept.look().unwrap();
        println!("kept from an earlier start: {:?}", begun.elapsed());
        assert_eq!(kept.all().0.len(), 10_000);
        assert_eq!(kept.unkept, 0);
    }
}
