//! Only one process trains a run: `run.lock` names it and its host.
//!
//! The file is locked as the operating system locks files, so the lock of a process that was killed is
//! free again, as soon as the system has cleared it away; where a file system has no such locks, the process's number
//! tells whether it lives. The lock of another host is a lease: its holder writes it anew every half minute, and one that
//! was not written for ten minutes, by the clock of the file system, is taken over. A holder that finds another name in it
//! has lost the run and stops.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use super::Error;
use super::holder::{Holder, host};
use super::layout::LOCK;
use super::lease::{self, LONGEST, RENEWAL, Renewal};
use crate::regular;

/// How often, and how far apart, a lock is asked for that a killed process still holds: a process that used a GPU takes
/// seconds to go.
const TRIES: usize = 50;
const BETWEEN: Duration = Duration::from_millis(200);

/// The locks that this process holds, for a process that ends without dropping them.
static HELD: Mutex<Vec<Arc<Held>>> = Mutex::new(Vec::new());

/// The file of a lock that this process holds.
#[derive(Debug)]
struct Held {
    file: File,
    /// Whether another process has taken the run over.
    lost: Arc<AtomicBool>,
}

impl Held {
    /// Names no holder any more, unless the lock names another process.
    fn clear(&self) {
        if self.lost.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.file.set_len(0) {
            tracing::warn!(%error, "a lock cannot be cleared");
        }
    }
}

fn held() -> MutexGuard<'static, Vec<Arc<Held>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Clears all locks of this process, which is about to end without dropping them: a process on another machine would
/// believe them for ten minutes.
pub fn release_locks() {
    for lock in held().drain(..) {
        lock.clear();
    }
}

/// Time that another process has to write its own name after one took an abandoned lock over.
const SETTLING: Duration = Duration::from_millis(500);

/// A run's lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    held: Arc<Held>,
    renewal: Option<Renewal>,
}

impl Lock {
    /// Takes the lock of the run in `folder`; one that a dead process of this host left is taken over, and one of another
    /// host that was not renewed for long.
    ///
    /// # Errors
    /// [`Error::Held`] where another process trains the run, [`Error::Io`] where the lock cannot be written.
    pub fn take(folder: &Path) -> Result<Self, Error> {
        Self::take_as(folder, &Holder::this(), RENEWAL)
    }

    /// As [`take`](Self::take), for `holder`, which renews it once per `every`.
    fn take_as(folder: &Path, holder: &Holder, every: Duration) -> Result<Self, Error> {
        let path = folder.join(LOCK);
        let failed = Error::io("write", &path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(&failed)?;
        if !file.metadata().map_err(&failed)?.is_file() {
            let problem = "it is no regular file: remove it";
            return Err(failed(io::Error::new(ErrorKind::InvalidInput, problem)));
        }
        let mut tries = 0;
        let (locked, known) = loop {
            let locked = file.try_lock();
            let known = named(&mut file).map_err(&failed)?;
            let is_going = known
                .as_ref()
                .is_none_or(|known| known.host == holder.host && !known.is_alive());
            tries += 1;
            if tries > TRIES || !is_going || !matches!(locked, Err(TryLockError::WouldBlock)) {
                break (locked, known);
            }
            sleep(BETWEEN);
        };
        let unnamed = || Holder {
            pid: 0,
            host: holder.host.clone(),
            started: None,
        };
        let refused = |by: Holder| by.holds(folder);
        let is_elsewhere = known
            .as_ref()
            .is_some_and(|known| known.host != holder.host);
        match (locked, known) {
            (Err(TryLockError::WouldBlock), known) => {
                return Err(refused(known.unwrap_or_else(unnamed)));
            }
            (_, Some(known)) if is_elsewhere && !Self::is_abandoned(folder) => {
                return Err(refused(known));
            }
            (Err(TryLockError::Error(_)), Some(known)) if !is_elsewhere && known.is_alive() => {
                return Err(refused(known));
            }
            _ => {}
        }
        let text = serde_json::to_string(holder).map_err(|error| failed(error.into()))?;
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()))
            .map_err(&failed)?;
        if is_elsewhere {
            // Two may take it over at the same time: the last name counts.
            sleep(SETTLING);
            let read = File::open(&path).and_then(|mut file| named(&mut file));
            if let Some(other) = read.map_err(&failed)?.filter(|other| other != holder) {
                return Err(refused(other));
            }
        }
        let lost = Arc::default();
        let renewal = Renewal::begin(path.clone(), text, every, Arc::clone(&lost));
        let lock = Arc::new(Held { file, lost });
        held().push(Arc::clone(&lock));
        Ok(Self {
            held: lock,
            renewal,
        })
    }
}

/// The holder that the lock's file names; none where it is incomplete or damaged.
fn named(file: &mut File) -> io::Result<Option<Holder>> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(LONGEST).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text).ok())
}

impl Lock {
    /// Which process trains the run in `folder`, as far as its lock's file says; none where that process is of this host
    /// and dead.
    #[must_use]
    pub fn holder(folder: &Path) -> Option<Holder> {
        let holder = Self::named(folder)?;
        (!holder.is_here() || holder.is_alive()).then_some(holder)
    }

    /// Which process the lock's file names, dead or alive.
    pub(super) fn named(folder: &Path) -> Option<Holder> {
        let text = regular::read(&folder.join(LOCK)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// As [`lease::is_abandoned`].
    #[must_use]
    pub fn is_abandoned(folder: &Path) -> bool {
        lease::is_abandoned(folder)
    }

    /// Whether another process has taken the run over.
    pub(super) fn lost(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.held.lost)
    }

    /// Whether `host` is this machine.
    #[must_use]
    pub fn is_of_this_host(host: &str) -> bool {
        self::host() == host
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.renewal.take());
        held().retain(|lock| !Arc::ptr_eq(lock, &self.held));
        self.held.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::run::lease::LEASE;

    fn elsewhere() -> Holder {
        Holder {
            pid: 12,
            host: "node-17".to_owned(),
            started: None,
        }
    }

    fn text(folder: &Path) -> String {
        std::fs::read_to_string(folder.join(LOCK)).unwrap()
    }

    #[test]
    fn one_holds_it_at_a_time_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let said = Lock::take(folder.path()).unwrap_err().to_string();
        let pid = format!("process {} on ", std::process::id());
        assert!(said.contains(&pid) && said.contains("run.lock"), "{said}");
        assert_eq!(Lock::holder(folder.path()), Some(Holder::this()));
        drop(lock);
        assert_eq!(Lock::holder(folder.path()), None);
        assert_eq!(text(folder.path()), "");
        Lock::take(folder.path()).unwrap();
    }

    #[test]
    fn a_killed_process_that_is_not_yet_gone_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let dead = Holder {
            pid: u32::MAX - 7,
            ..Holder::this()
        };
        let going = Lock::take_as(folder.path(), &dead, RENEWAL).unwrap();
        let left = std::thread::spawn(move || {
            sleep(3 * BETWEEN);
            going.held.file.unlock().unwrap();
            std::mem::forget(going);
        });
        let lock = Lock::take(folder.path()).unwrap();
        left.join().unwrap();
        assert!(text(folder.path()).contains(&std::process::id().to_string()));
        drop(lock);
    }

    #[test]
    fn what_a_dead_process_of_this_host_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let dead = Holder {
            pid: u32::MAX - 7,
            ..Holder::this()
        };
        assert!(!dead.is_alive() && Holder::this().is_alive());
        // The number of this process, which another one had before.
        let reused = Holder {
            started: Some(1_000_000_000),
            ..Holder::this()
        };
        assert!(Holder::this().started.is_some() && !reused.is_alive());
        std::fs::write(
            folder.path().join(LOCK),
            serde_json::to_string(&dead).unwrap(),
        )
        .unwrap();
        let _lock = Lock::take(folder.path()).unwrap();
        assert!(text(folder.path()).contains(&std::process::id().to_string()));
    }

    #[test]
    fn the_lock_of_another_host_is_believed_and_half_a_lock_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let other = elsewhere();
        let mut left = serde_json::to_string(&other).unwrap();
        std::fs::write(folder.path().join(LOCK), &left).unwrap();
        let said = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(said.contains("process 12 on node-17"), "{said}");
        left.truncate(9);
        std::fs::write(folder.path().join(LOCK), left).unwrap();
        Lock::take(folder.path()).unwrap();
    }

    fn written_before(folder: &Path, age: Duration) {
        let times = std::fs::FileTimes::new().set_modified(std::time::SystemTime::now() - age);
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = File::options().write(true).open(entry.unwrap().path());
            file.unwrap().set_times(times).unwrap();
        }
    }

    /// The holder on another machine is gone with it, or was cut off and comes back.
    #[test]
    fn a_lock_that_is_not_renewed_is_taken_over_and_its_holder_learns_it() {
        let folder = tempfile::tempdir().unwrap();
        let other = elsewhere();
        let every = Duration::from_millis(20);
        let cut_off = Lock::take_as(folder.path(), &other, every).unwrap();
        // As on a file system whose locks other machines do not see.
        cut_off.held.file.unlock().unwrap();
        let events = folder.path().join("events.jsonl");
        std::fs::write(&events, "").unwrap();
        assert!(!Lock::is_abandoned(folder.path()));
        Lock::take(folder.path()).unwrap_err();
        // It is renewed all the time, so another file's age does not matter.
        assert!(!cut_off.held.lost.load(Ordering::Relaxed));
        written_before(folder.path(), 2 * LEASE);
        let begun = std::time::Instant::now();
        while Lock::is_abandoned(folder.path()) && begun.elapsed() < Duration::from_mins(1) {
            sleep(every);
        }
        assert!(!Lock::is_abandoned(folder.path()), "it was renewed");
        let frozen = serde_json::to_string(&Holder { pid: 13, ..other }).unwrap();
        // A renewal that has just read its own name overwrites this one: write until the renewal sees it.
        let begun = std::time::Instant::now();
        while !cut_off.held.lost.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_mins(1)
        {
            std::fs::write(folder.path().join(LOCK), &frozen).unwrap();
            sleep(every);
        }
        assert!(cut_off.held.lost.load(Ordering::Relaxed));
        drop(cut_off);
        assert!(
            text(folder.path()).contains("13"),
            "who lost it clears nothing"
        );
        written_before(folder.path(), LEASE / 2);
        Lock::take(folder.path()).unwrap_err();
        written_before(folder.path(), 2 * LEASE);
        let _lock = Lock::take(folder.path()).unwrap();
        assert_eq!(Lock::holder(folder.path()), Some(Holder::this()));
    }

    #[test]
    fn bytes_that_are_no_text_name_nobody() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOCK), b"{\"pid\":12,\"host\":\"\xff\"}").unwrap();
        assert_eq!(Lock::holder(folder.path()), None);
        let lock = Lock::take(folder.path()).unwrap();
        assert_eq!(Lock::holder(folder.path()), Some(Holder::this()));
        drop(lock);
        std::fs::remove_file(folder.path().join(LOCK)).unwrap();
        std::fs::create_dir(folder.path().join(LOCK)).unwrap();
        let said = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(said.starts_with("cannot write "), "{said}");
    }
}
