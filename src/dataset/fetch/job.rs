//! The files of one dataset, one after the other: mirrors in turn, attempts with pauses, checksums.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use super::part::PartFile;
use super::transfer::{Failure, Session};
use super::{FetchError, FetchOutcome, Fetched, FetchedFile, Meter, Progress, Stage, TICK, error};
use crate::dataset::published::{Published, PublishedFile, address, user_file};
use crate::dataset::verify::examine;

/// Bytes after which a server that keeps disconnecting is given all its attempts again.
const PROGRESS_BYTES: u64 = 1 << 20;
/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Why an address is given up.
enum Abandon {
    /// The next one is tried.
    NextMirror(String),
    /// The fetch is over.
    Abort(FetchError),
}

impl From<FetchError> for Abandon {
    fn from(error: FetchError) -> Self {
        Self::Abort(error)
    }
}

pub(super) struct Job<'a> {
    published: &'a Published,
    folder: &'a Path,
    progress: &'a (dyn Fn(Progress) + Sync),
    session: Session<'a>,
    /// Bytes of the files before this one.
    before: u64,
    last_report: Option<Instant>,
    meter: Meter,
    /// Whether anything came in this fetch: then the network is there.
    received: bool,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        published: &'a Published,
        folder: &'a Path,
        progress: &'a (dyn Fn(Progress) + Sync),
        agent: &'a Agent,
        cancel: &'a AtomicBool,
    ) -> Self {
        Self {
            published,
            folder,
            progress,
            session: Session {
                agent,
                retry: published.retry,
                cancel,
                begun: Instant::now(),
            },
            before: 0,
            last_report: None,
            meter: Meter::default(),
            received: false,
        }
    }

    /// Fetches every file that is missing or damaged.
    pub(super) fn run(&mut self) -> Result<Fetched, FetchError> {
        let mut files = Vec::new();
        for file in &self.published.files {
            let fetched = self.file(file)?;
            self.before += fetched.bytes;
            self.report(&file.name, Stage::Finished(&fetched), 0);
            files.push(fetched);
        }
        Ok(Fetched {
            folder: self.folder.to_owned(),
            files,
        })
    }

    fn file(&mut self, file: &PublishedFile) -> Result<FetchedFile, FetchError> {
        let size = file.size.unwrap_or_default();
        let path = self.folder.join(&file.name);
        let fetched = |outcome| FetchedFile {
            name: file.name.clone(),
            path: path.clone(),
            bytes: size,
            outcome,
        };
        if path.exists() {
            self.report(&file.name, Stage::Checking, 0);
            let cancel = self.session.cancel;
            let state = examine(&path, file, &mut |_| !cancel.load(Ordering::Relaxed));
            if state.is_sound() {
                return Ok(fetched(FetchOutcome::AlreadyThere));
            }
        }
        let mut part = PartFile::open(&path, size)?;
        let resumed_at = part.length();
        let mut reasons = Vec::new();
        for mirror in &self.published.mirrors {
            let address = address(mirror, &file.name);
            match self.from(&address, &mut part, file) {
                Ok(()) => {
                    let resumed_at = if part.is_fresh() { 0 } else { resumed_at };
                    part.finish(&path)?;
                    return Ok(fetched(FetchOutcome::Fetched {
                        address,
                        resumed_at,
                    }));
                }
                Err(Abandon::NextMirror(reason)) => reasons.push(format!("{address}: {reason}")),
                Err(Abandon::Abort(error)) => {
                    part.remove_if_empty();
                    return Err(error);
                }
            }
        }
        let mut advice = format!(
            "check the network, or name another mirror in {}",
            user_file().display()
        );
        if part.length() > 0 {
            advice = format!(
                "{}, and the same command resumes it; {advice}",
                error::kept(part.length(), size, part.path())
            );
        }
        part.remove_if_empty();
        Err(FetchError::Unreachable {
            file: file.name.clone(),
            reasons: reasons.join("; "),
            advice,
        })
    }

    /// Receives a file from one address, in as many attempts as its retries allow.
    fn from(
        &mut self,
        address: &str,
        part: &mut PartFile,
        file: &PublishedFile,
    ) -> Result<(), Abandon> {
        let retry = self.session.retry;
        let (mut left, mut pause) = (retry.attempts, retry.pause);
        let (mut best, mut forgiven) = (part.length(), false);
        loop {
            let from = part.length();
            self.report(&file.name, Stage::Asking(address), from);
            let received = if from == part.size() {
                Ok(())
            } else {
                self.receive(address, part, file)
            };
            let received = received.and_then(|()| self.check(part, file, from > 0));
            let why = match received {
                Ok(()) => return Ok(()),
                Err(Failure::Local(error)) => return Err(Abandon::Abort(error)),
                Err(Failure::Stopped) => return Err(Abandon::Abort(stopped(part))),
                Err(Failure::Permanent(why)) => return Err(Abandon::NextMirror(why)),
                Err(Failure::Unreachable(why)) if !self.received => {
                    return Err(Abandon::NextMirror(why));
                }
                Err(Failure::Stale(why)) => {
                    part.restart()?;
                    if !std::mem::replace(&mut forgiven, true) {
                        continue;
                    }
                    why
                }
                Err(Failure::Unreachable(why) | Failure::Transient(why)) => why,
            };
            if part.length() >= best + PROGRESS_BYTES {
                best = part.length();
                (left, pause) = (retry.attempts, retry.pause);
            }
            left -= 1;
            if left == 0 {
                return Err(Abandon::NextMirror(match retry.attempts {
                    1 => why,
                    attempts => format!("{why} (tried {attempts} times)"),
                }));
            }
            self.report(
                &file.name,
                Stage::Waiting(&why, pause.as_secs_f64()),
                part.length(),
            );
            self.pause(pause, part)?;
            if self.session.is_late() {
                return Err(Abandon::Abort(self.session.late(part)));
            }
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    fn receive(
        &mut self,
        address: &str,
        part: &mut PartFile,
        file: &PublishedFile,
    ) -> Result<(), Failure> {
        let session = Session { ..self.session };
        self.meter.restart();
        self.last_report = None;
        session.attempt(address, part, &mut |done| {
            self.received = true;
            if self.last_report.is_none_or(|told| told.elapsed() >= TICK) {
                self.last_report = Some(Instant::now());
                self.meter
                    .observe(session.begun.elapsed().as_secs_f64(), self.before + done);
                self.report(&file.name, Stage::Receiving, done);
            }
        })
    }

    /// Compares a file that has all its bytes with the published checksum, and drops it where it differs.
    fn check(
        &self,
        part: &mut PartFile,
        file: &PublishedFile,
        resumed: bool,
    ) -> Result<(), Failure> {
        let Some(published) = file.checksum else {
            return Ok(());
        };
        let size = part.size();
        self.report(&file.name, Stage::Checking, size);
        let path = part.path().to_owned();
        let cancel = self.session.cancel;
        let found = published.of(part.reader()?, &mut |_| !cancel.load(Ordering::Relaxed));
        let found = match found {
            Ok((found, _)) => found,
            Err(_) if cancel.load(Ordering::Relaxed) => return Err(Failure::Stopped),
            Err(source) => {
                return Err(Failure::Local(FetchError::Io {
                    action: "read",
                    path,
                    source,
                }));
            }
        };
        if found == published {
            return Ok(());
        }
        part.restart()?;
        let why = format!(
            "the {} of what it sends is {}, not the published {}",
            found.algorithm(),
            found.digits(),
            published.digits()
        );
        Err(if resumed {
            Failure::Stale(why)
        } else {
            Failure::Permanent(why)
        })
    }

    fn pause(&self, pause: Duration, part: &PartFile) -> Result<(), FetchError> {
        let begun = Instant::now();
        while begun.elapsed() < pause {
            if self.session.cancel.load(Ordering::Relaxed) {
                return Err(stopped(part));
            }
            thread::sleep(TICK.min(pause.saturating_sub(begun.elapsed())));
        }
        Ok(())
    }

    fn report(&self, file: &str, stage: Stage, done: u64) {
        let size = self.published.size();
        let done = self.before + done;
        (self.progress)(Progress {
            file,
            stage,
            done,
            size,
            bytes_per_second: self.meter.bytes_per_second(),
            seconds_left: self.meter.seconds_left(size.saturating_sub(done)),
        });
    }
}

fn stopped(part: &PartFile) -> FetchError {
    FetchError::Stopped {
        part: part.path().to_owned(),
        done: part.length(),
        size: part.size(),
    }
}
