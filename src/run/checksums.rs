//! `checksums.jsonl`: what the files of a run directory are, so that any damage to them is found.
//!
//! Every line is a file's name, its length and the SHA-256 of so many bytes of it, and is chained to the
//! lines before. A line is written before its file is: a process that is killed between the two leaves a
//! file that fits the line before. `events.jsonl` is chained itself, and a line says how long it was at
//! least. Files in `checkpoints/` have checksums of their own, since each checkpoint is renamed as one.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chain::Chain;
use super::layout::{EVENTS, METRICS, PLAN, PROBES, SAMPLES, SUMMARY};
use super::{Error, file};
use crate::format::hexadecimal;

pub(super) const CHECKSUMS: &str = "checksums.jsonl";
/// How often a file is read again while another process goes on writing it.
const TRIES: usize = 200;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The file's name.
    pub(super) file: String,
    /// Its length, or that of a beginning of it.
    pub(super) bytes: u64,
    /// SHA-256 of so many of its bytes.
    pub(super) sha256: String,
}

impl Record {
    /// That `file` holds these bytes.
    pub(super) fn of(file: &str, bytes: &[u8]) -> Self {
        Self::at(file, bytes.len() as u64, &Sha256::new_with_prefix(bytes))
    }

    /// That `file` begins with so many bytes of this digest.
    pub(super) fn at(file: &str, bytes: u64, digest: &Sha256) -> Self {
        Self {
            file: file.to_owned(),
            bytes,
            sha256: hexadecimal(&digest.clone().finalize()),
        }
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes.len() as u64 && *self == Self::of(&self.file, bytes)
    }

    fn begins(&self, bytes: &[u8]) -> bool {
        usize::try_from(self.bytes)
            .ok()
            .and_then(|length| bytes.get(..length))
            .is_some_and(|bytes| self.fits(bytes))
    }
}

/// Whether a file is what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// As the last line says.
    Newest,
    /// As the line before says: the writer was killed before it wrote the file.
    Before,
    /// It is not; so many bytes of a file of chained lines are.
    Not { sound: usize },
}

/// The lines of a run's `checksums.jsonl`.
#[derive(Clone, Debug)]
pub(super) struct Checksums {
    records: Vec<Record>,
    /// Length of the file.
    length: usize,
}

impl Checksums {
    /// Reads them; none of a run that has none.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where a line is damaged.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(CHECKSUMS);
        let Some(bytes) = file::read_if_present(&path)? else {
            return Ok(None);
        };
        let damaged = |sound: usize| {
            Error::malformed(
                &path,
                format!(
                    "its line {} is damaged: put the file back from a copy, or remove it and the run is read without checksums",
                    bytes[..sound].split(|&byte| byte == b'\n').count()
                ),
            )
        };
        if bytes.is_empty() {
            return Err(damaged(0));
        }
        Chain::behind(b"").follow(&bytes).map_err(damaged)?;
        let records = bytes
            .split_inclusive(|&byte| byte == b'\n')
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()
            .map_err(|_| damaged(bytes.len()))?;
        Ok(Some(Self {
            records,
            length: bytes.len(),
        }))
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// The last line on `file`, and the last one before that says otherwise.
    fn of(&self, file: &str) -> (Option<&Record>, Option<&Record>) {
        let mut records = self.records.iter().rev().filter(|one| one.file == file);
        let newest = records.next();
        (newest, records.find(|one| Some(*one) != newest))
    }

    /// Compares a file's bytes with its checksums.
    pub(super) fn fit(&self, file: &str, bytes: &[u8]) -> Fit {
        if file == EVENTS {
            return self.fit_events(bytes);
        }
        let (newest, before) = self.of(file);
        let fits = |record: Option<&Record>| record.is_some_and(|record| record.fits(bytes));
        if fits(newest) {
            Fit::Newest
        } else if fits(before) {
            Fit::Before
        } else {
            Fit::Not { sound: 0 }
        }
    }

    fn fit_events(&self, bytes: &[u8]) -> Fit {
        let of_events = || self.records.iter().filter(|one| one.file == EVENTS);
        let Some(first) = of_events().min_by_key(|one| one.bytes) else {
            return Fit::Not { sound: 0 };
        };
        if !first.begins(bytes) {
            return Fit::Not { sound: 0 };
        }
        let (begun, chained) = bytes.split_at(first.bytes as usize);
        if let Err(sound) = Chain::behind(begun).follow(chained) {
            return Fit::Not {
                sound: begun.len() + sound,
            };
        }
        let newest = of_events().next_back();
        if newest.is_some_and(|newest| newest.begins(bytes)) {
            Fit::Newest
        } else {
            Fit::Not { sound: bytes.len() }
        }
    }

    /// Whether a file that is not there must have been there.
    fn misses(&self, file: &str) -> bool {
        let (newest, before) = self.of(file);
        match file {
            // Removing these is a way to have them written anew.
            SUMMARY | PROBES => false,
            EVENTS => newest.is_some_and(|newest| newest.bytes > 0),
            METRICS => before.is_some(),
            _ => newest.is_some(),
        }
    }

    /// One sentence, without the file's name, on a file that does not fit.
    fn misfit(&self, file: &str, bytes: &[u8]) -> String {
        let known = self.of(file).0;
        let Some(known) = known else {
            return format!(
                "it has no checksum in {CHECKSUMS}, so the run did not write it: {}",
                remedy(file)
            );
        };
        let shorter = file == EVENTS && self.fit(file, bytes) == Fit::Not { sound: bytes.len() };
        let problem = if shorter {
            format!(
                "it has {} bytes where the run wrote {}",
                bytes.len(),
                known.bytes
            )
        } else {
            format!(
                "it does not match its checksum in {CHECKSUMS}: it was damaged or changed after the run wrote it"
            )
        };
        format!("{problem}: {}", remedy(file))
    }
}

/// What to do about a file that is damaged or missing.
fn remedy(file: &str) -> &'static str {
    match file {
        SUMMARY | METRICS => {
            "put it back from a copy, or remove summary.json and `ebcle-tui resume` rewrites it and metrics.csv"
        }
        PLAN | SAMPLES => {
            "put it back from a copy, or remove it and `ebcle-tui resume` of an unfinished run rewrites it"
        }
        PROBES => "put it back from a copy, or remove it and `ebcle-tui probe` the run again",
        EVENTS => {
            "put it back from a copy; `ebcle-tui resume` of an unfinished run continues without the damaged lines"
        }
        _ => "put it back from a copy, or train again",
    }
}

/// Reads the files of a run directory and compares each with its checksum.
#[derive(Debug)]
pub(super) struct Checked {
    folder: PathBuf,
    checksums: Option<Checksums>,
}

impl Checked {
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            folder: folder.to_owned(),
            checksums: Checksums::read(folder)?,
        })
    }

    /// Whether the run has checksums; an older version wrote none.
    pub(super) const fn has_checksums(&self) -> bool {
        self.checksums.is_some()
    }

    /// Reads a file; none where it is not there and need not be.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where it is not what was written.
    pub(super) fn read(&mut self, file: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.folder.join(file);
        let mut last = None;
        for _ in 0..TRIES {
            let bytes = file::read_if_present(&path)?;
            let Some(checksums) = &self.checksums else {
                return Ok(bytes);
            };
            let sound = match &bytes {
                Some(bytes) => !matches!(checksums.fit(file, bytes), Fit::Not { .. }),
                None => !checksums.misses(file),
            };
            if sound {
                return Ok(bytes);
            }
            // A file that reads the same twice is not being written.
            if self.goes_on()? || last.as_ref() != Some(&bytes) {
                last = Some(bytes);
                continue;
            }
            let Some(checksums) = &self.checksums else {
                return Ok(bytes);
            };
            let problem = match &bytes {
                Some(bytes) => checksums.misfit(file, bytes),
                None => format!("it is missing: {}", remedy(file)),
            };
            return Err(Error::malformed(path, problem));
        }
        Err(Error::malformed(
            path,
            "it changes faster than it can be read: try again",
        ))
    }

    /// Whether more was written since the checksums were read, which are then read again.
    fn goes_on(&mut self) -> Result<bool, Error> {
        let now = Checksums::read(&self.folder)?;
        let length = |checksums: &Option<Checksums>| checksums.as_ref().map(|one| one.length);
        let grown = length(&now) != length(&self.checksums);
        if grown {
            self.checksums = now;
        }
        Ok(grown)
    }
}
