//! Fetching the published files of a dataset over HTTP.
//!
//! A file is received beside its place, resumes where it was cut, and gets its name only after its
//! checksum matched the published one: a file with that name is complete.

mod error;
mod job;
mod meter;
mod part;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub use error::FetchError;
pub use meter::Meter;

use self::job::Job;
use self::transfer::agent;
use super::published::Published;

/// How often cancellation is checked and progress reported.
const TICK: Duration = Duration::from_millis(50);

/// How far a fetch is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The file.
    pub file: &'a str,
    /// What is done with it.
    pub stage: Stage<'a>,
    /// Bytes of all files that are there.
    pub done: u64,
    /// Bytes of all files.
    pub size: u64,
    /// Speed over the last seconds, in bytes a second.
    pub bytes_per_second: Option<f64>,
    /// Seconds until all is there at this speed.
    pub seconds_left: Option<f64>,
}

/// What is done with a file.
#[derive(Clone, Copy, Debug)]
pub enum Stage<'a> {
    /// This address is asked.
    Asking(&'a str),
    /// Bytes come.
    Receiving,
    /// After this failure, so many seconds until the next attempt.
    Waiting(&'a str, f64),
    /// The checksum is computed.
    Checking,
    /// It is in its place.
    Finished(&'a FetchedFile),
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The folder of the files.
    pub folder: PathBuf,
    /// The files.
    pub files: Vec<FetchedFile>,
}

/// A complete file in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedFile {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How it came there.
    pub outcome: FetchOutcome,
}

/// How a file came into its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// It was there, and complete.
    AlreadyThere,
    /// It was received.
    Fetched {
        /// From where.
        address: String,
        /// Bytes that were there from an earlier fetch.
        resumed_at: u64,
    },
}

/// Fetches the files of a dataset into `folder`; `progress` receives its state, and `cancel` stops it.
///
/// # Errors
/// [`FetchError`], one sentence; what was received stays, and the next fetch resumes it.
pub fn fetch(
    published: &Published,
    folder: &Path,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Fetched, FetchError> {
    if let Some(why) = &published.registration {
        return Err(FetchError::Registration {
            name: published.name.clone(),
            why: why.clone(),
            folder: folder.to_owned(),
        });
    }
    fs::create_dir_all(folder).map_err(|source| FetchError::Io {
        action: "create",
        path: folder.to_owned(),
        source,
    })?;
    let agent = agent(published.retry);
    let mut job = Job::new(published, folder, progress, &agent, cancel);
    thread::scope(|scope| {
        let (running, stopped) = mpsc::channel::<()>();
        let watched = agent.clone();
        let watching = thread::Builder::new().spawn_scoped(scope, move || {
            while stopped.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
                if cancel.load(Ordering::Relaxed) {
                    watched.shutdown();
                    return;
                }
            }
        });
        let fetched = match watching {
            Ok(_) => job.run(),
            Err(source) => Err(FetchError::Io {
                action: "start a thread to fetch into",
                path: folder.to_owned(),
                source,
            }),
        };
        drop(running);
        if fetched.is_err() {
            // Succeeds only where nothing is in it.
            drop(fs::remove_dir(folder));
        }
        fetched
    })
}
