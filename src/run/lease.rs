//! The lock of a run as a lease: its holder renews it, and a holder on another machine that does not counts as gone.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::FolderClock;
use super::activity::written;

/// Most bytes of it that are read.
pub(super) const LONGEST: u64 = 1 << 16;
/// How often a holder writes its name anew.
pub(super) const RENEWAL: Duration = Duration::from_secs(30);
/// Time without a change to the files of a run after which its holder on another machine counts as gone.
pub(super) const LEASE: Duration = Duration::from_mins(10);

/// A thread that writes the holder's name anew until it is told to end.
#[derive(Debug)]
pub(super) struct Renewal {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Renewal {
    /// Renews the lock at `path`, which holds `text`, once per `every`; sets `lost` where the lock names another process.
    pub(super) fn begin(
        path: PathBuf,
        text: String,
        every: Duration,
        lost: Arc<AtomicBool>,
    ) -> Option<Self> {
        let (end, told) = bounded(1);
        let renew = move || {
            while told.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                match renewed(&path, &text) {
                    Ok(true) => {}
                    Ok(false) => {
                        lost.store(true, Ordering::Relaxed);
                        return;
                    }
                    // The folder may be moved, or its server away for a while.
                    Err(error) => tracing::debug!(%error, "the lock cannot be renewed"),
                }
            }
        };
        let thread = std::thread::Builder::new().name("lock".to_owned());
        match thread.spawn(renew) {
            Ok(thread) => Some(Self {
                end: Some(end),
                thread: Some(thread),
            }),
            Err(error) => {
                tracing::warn!(%error, "the lock cannot be renewed");
                None
            }
        }
    }
}

/// Writes `text` again into the lock at `path`; false where it holds something else.
fn renewed(path: &Path, text: &str) -> io::Result<bool> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut found = Vec::new();
    Read::by_ref(&mut file)
        .take(LONGEST)
        .read_to_end(&mut found)?;
    if found != text.as_bytes() {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    Ok(true)
}

impl Drop for Renewal {
    fn drop(&mut self) {
        drop(self.end.take());
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread that renews a lock panicked");
        }
    }
}

/// Whether nothing right in `folder` was written for so long that a holder on another machine counts as gone. Its file
/// system tells the time: the clocks of machines may differ.
pub(super) fn is_abandoned(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    let newest = entries
        .filter_map(|entry| written(&entry.ok()?.path()))
        .max();
    let Some(newest) = newest else { return false };
    let passed = FolderClock::of(folder).now().duration_since(newest);
    passed.is_ok_and(|passed| passed > LEASE)
}
