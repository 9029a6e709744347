//! Writes the files of a run directory, each with its line in `checksums.jsonl` before it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::Sha256;

use super::chain::Chain;
use super::checksums::{CHECKSUMS, Checksums, Fit, Record};
use super::directory::{EVENTS, MANIFEST, METRICS, PLAN, PROBES, PROFILE, SAMPLES, SUMMARY};
use super::file::{LineLog, unannounced};
use super::{Error, file};
use crate::disk;

/// All files that lie in a run directory itself and have a checksum.
const ALL: [&str; 8] = [
    MANIFEST, PROFILE, PLAN, SAMPLES, METRICS, EVENTS, SUMMARY, PROBES,
];

/// The writing end of a run directory; for the process that holds its lock, and no other.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    log: LineLog,
    chain: Chain,
    newest: HashMap<String, Record>,
}

impl Files {
    /// Begins anew in a folder that holds no run, though perhaps what a killed start left of one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn create(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(CHECKSUMS);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Io {
                    action: "remove",
                    path,
                    source,
                });
            }
            _ => {}
        }
        let mut files = Self::on(folder)?;
        for name in [EVENTS, METRICS] {
            let bytes = present(folder, name)?.unwrap_or_default();
            files.record(Record::of(name, &bytes))?;
        }
        Ok(files)
    }

    /// Goes on in a run directory; with a sentence on whatever is not as it was left. The checksums of a run that has
    /// none are those of its files as they are.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the checksums themselves are damaged.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<String>), Error> {
        let path = folder.join(CHECKSUMS);
        let mut said = Vec::new();
        let Some(bytes) = present(folder, CHECKSUMS)? else {
            let mut files = Self::on(folder)?;
            for name in ALL {
                if let Some(bytes) = present(folder, name)? {
                    files.record(Record::of(name, &bytes))?;
                }
            }
            said.push(format!(
                "{} has no checksums, since an older version began it or they were removed: what was written before cannot be checked, and what follows can",
                folder.display()
            ));
            return Ok((files, said));
        };
        let torn = bytes.len() - file::whole_lines(&bytes).len();
        if torn > 0 {
            said.push(format!(
                "{} ends in the middle of a line, which is cut off: its writer was killed, or the file is damaged",
                path.display()
            ));
        }
        let mut files = Self::on(folder)?;
        let Some(checksums) = Checksums::read(folder)? else {
            return Ok((files, said));
        };
        files.chain = Chain::at_end_of(file::whole_lines(&bytes));
        for record in checksums.records() {
            files.newest.insert(record.file.clone(), record.clone());
        }
        for name in ALL {
            if let Some(bytes) = present(folder, name)?
                && checksums.fit(name, &bytes) == Fit::Before
            {
                files.record(Record::of(name, &bytes))?;
            }
        }
        Ok((files, said))
    }

    fn on(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            folder: folder.to_owned(),
            log: LineLog::open(&folder.join(CHECKSUMS))?,
            chain: Chain::behind(b""),
            newest: HashMap::new(),
        })
    }

    /// Writes a line.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn record(&mut self, record: Record) -> Result<(), Error> {
        if self.newest.get(&record.file) == Some(&record) {
            return Ok(());
        }
        let object = serde_json::to_vec(&record).map_err(|error| Error::Io {
            action: "write",
            path: self.folder.join(CHECKSUMS),
            source: error.into(),
        })?;
        let line = self.chain.add(&object);
        self.log.append(&line, &mut unannounced)?;
        self.newest.insert(record.file.clone(), record);
        Ok(())
    }

    /// What hears of the lines of a file that grows before they are written.
    pub(super) fn announced(
        &mut self,
        file: &'static str,
    ) -> impl FnMut(u64, &Sha256) -> Result<(), Error> {
        move |length, digest| self.record(Record::at(file, length, digest))
    }

    /// Writes a file, in the place of one that may be there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.record(Record::of(name, bytes))?;
        self.log.sync()?;
        file::write_whole(&self.folder.join(name), bytes)
    }

    /// As [`replace`](Self::replace), a value as JSON.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the value has no JSON.
    pub(super) fn replace_json<T: Serialize>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), Error> {
        let bytes = file::json(&self.folder.join(name), value)?;
        self.replace(name, &bytes)
    }

    /// Waits until all lines are on the disk itself.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.log.sync()
    }

    /// Cuts `events.jsonl` behind its first `sound` bytes; the file as it was stays beside it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn cut_events(&mut self, bytes: &[u8], sound: usize) -> Result<PathBuf, Error> {
        let mut aside = self.folder.join(format!("{EVENTS}.damaged"));
        let mut number = 1;
        while aside.exists() {
            number += 1;
            aside = self.folder.join(format!("{EVENTS}.damaged-{number}"));
        }
        file::write_whole(&aside, bytes)?;
        self.replace(EVENTS, &bytes[..sound])?;
        Ok(aside)
    }
}

/// A file's bytes, unchecked; none where it is not there.
pub(super) fn present(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Io {
            action: "read",
            path,
            source,
        }),
    }
}

/// Makes `out/name`, or `out/name-2`, `out/name-3` … where that exists.
pub(super) fn claim(out: &Path, name: &str) -> Result<PathBuf, Error> {
    file::make_folder(out)?;
    let mut path = out.join(name);
    let mut number = 1;
    loop {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number += 1;
                path = out.join(format!("{name}-{number}"));
            }
            Err(source) => {
                return Err(Error::Io {
                    action: "create",
                    path,
                    source,
                });
            }
        }
    }
}

/// Makes the folder of checkpoints, and no folder above it.
pub(super) fn make_checkpoints(run: &Path, checkpoints: &Path) -> Result<(), Error> {
    match fs::create_dir(checkpoints) {
        Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => Err(Error::Io {
            action: "create",
            path: checkpoints.to_owned(),
            source,
        }),
        Err(_) => Ok(()),
        Ok(()) => disk::sync_folder(run).map_err(|source| Error::Io {
            action: "write",
            path: run.to_owned(),
            source,
        }),
    }
}
