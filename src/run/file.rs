//! Files that are either whole or not there.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;

/// Reads a text file.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    crate::regular::read_to_string(path).map_err(|source| Error::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

/// Writes a file beside its place and renames it into it, so that no reader meets half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.partial", std::process::id()));
    let written = fs::File::create(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        drop(fs::remove_file(&beside));
        Error::Io {
            action: "write",
            path: path.to_owned(),
            source,
        }
    })
}

/// Makes a folder and those above it, where they are not there.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Io {
        action: "create",
        path: path.to_owned(),
        source,
    })
}

/// Reads a value from a JSON file that this program wrote beside others.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let malformed = |problem: String| Error::Malformed {
        path: path.to_owned(),
        problem,
    };
    if path.try_exists().is_ok_and(|exists| !exists) {
        return Err(malformed(
            "it is missing, so that its folder is not whole: put it back, or remove the folder and train anew"
                .to_owned(),
        ));
    }
    serde_json::from_str(&read_text(path)?)
        .map_err(|error| malformed(format!("not what this program writes there: {error}")))
}

/// As [`write_whole`], a value as JSON.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Error::Malformed {
        path: path.to_owned(),
        problem: format!("cannot be written as JSON: {error}"),
    })?;
    bytes.push(b'\n');
    write_whole(path, &bytes)
}

/// A file that grows by whole lines. Lines that cannot be written, on a full disk, wait until they can.
#[derive(Debug)]
pub(super) struct LineLog {
    path: PathBuf,
    file: fs::File,
    length: u64,
    waiting: Vec<u8>,
}

impl LineLog {
    /// Opens a file or makes it; a last line that was cut off in the middle is dropped.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io {
            action: "write",
            path: path.to_owned(),
            source,
        };
        let length = match fs::read(path) {
            Ok(bytes) => whole_lines(&bytes).len() as u64,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(failed(error)),
        };
        let file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(failed)?;
        file.set_len(length).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            waiting: Vec::new(),
        })
    }

    /// Whether nothing was ever put into it.
    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0 && self.waiting.is_empty()
    }

    /// Adds whole lines, which are on disk when this returns.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), Error> {
        self.waiting.extend_from_slice(lines);
        self.flush()
    }

    /// Writes what waits. Where that fails in the middle of a line, the file ends with the line before.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        match self.file.write_all(&self.waiting) {
            Ok(()) => {
                self.length += self.waiting.len() as u64;
                self.waiting.clear();
                Ok(())
            }
            Err(source) => {
                drop(self.file.set_len(self.length));
                Err(Error::Io {
                    action: "write",
                    path: self.path.clone(),
                    source,
                })
            }
        }
    }
}

/// The lines that end with a line break: a last one without is a write that was cut off.
pub(super) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    &bytes[..end]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    /// `/dev/full` answers every write as a full disk does.
    #[test]
    fn lines_that_do_not_fit_wait_until_they_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = LineLog::open(&path).unwrap();
        log.append(b"one\n").unwrap();
        let disk = std::mem::replace(
            &mut log.file,
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        );
        let said = log.append(b"two\n").unwrap_err().to_string();
        assert!(said.contains("log"), "{said}");
        log.append(b"three\n").unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
        log.file = disk;
        log.append(b"four\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthree\nfour\n");
    }
}
