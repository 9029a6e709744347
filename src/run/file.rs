//! Files that are either complete or absent.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::Error;
use crate::disk::{self, Sealed};

/// Reads a text file.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    crate::regular::read_to_string(path).map_err(Error::io("read", path))
}

/// A file's bytes; none where it does not exist.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

/// The value of a TOML file, which should be `what`; none where the file does not exist.
pub(crate) fn read_toml_if_present<T: DeserializeOwned>(
    path: &Path,
    what: &str,
) -> Result<Option<T>, Error> {
    let Some(bytes) = read_if_present(path)? else {
        return Ok(None);
    };
    let read = toml::from_slice(&bytes).map_err(|error| {
        let problem = format!("it is no {what}: {}", error.message());
        Error::malformed(path, problem)
    })?;
    Ok(Some(read))
}

/// Removes a file; says whether it was there.
pub(crate) fn remove_if_present(path: &Path) -> Result<bool, Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

/// Writes a file beside its place and renames it into it, so that no reader meets half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    disk::write_whole(path, bytes).map_err(Error::io("write", path))
}

/// Makes a folder and those above it, where they are not there.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::io("create", path))
}

/// Reads a value from a JSON file that this program wrote beside others; one with a checksum in it is compared with it.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    if path.try_exists().is_ok_and(|exists| !exists) {
        return Err(missing(path));
    }
    let text = read_text(path)?;
    if disk::sealed(text.as_bytes()) == Sealed::Damaged {
        return Err(Error::malformed(
            path,
            "it does not match the checksum in it: it was damaged or changed after it was written: put it back from a copy, or remove it and it is written again",
        ));
    }
    parse_json(path, &text)
}

/// That a file which every run has is missing.
pub(crate) fn missing(path: &Path) -> Error {
    Error::malformed(
        path,
        "it is missing: put it back, or remove the folder and train again",
    )
}

/// The value that the text of a JSON file holds.
pub(crate) fn parse_json<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        Error::malformed(path, format!("not what this program writes there: {error}"))
    })
}

/// A value as the bytes of a JSON file.
pub(crate) fn json<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::malformed(path, format!("cannot be written as JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// As [`write_whole`], a value as JSON, which is never in memory as a whole.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    disk::write_whole_by(path, |file| {
        let mut buffer = BufWriter::new(file);
        serde_json::to_writer_pretty(&mut buffer, value)?;
        buffer.write_all(b"\n")?;
        buffer.flush()
    })
    .map_err(Error::io("write", path))
}

/// As [`write_json`], with the file's checksum in it, which [`read_json`] checks.
pub(crate) fn write_sealed_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    write_whole(path, &disk::seal(&json(path, value)?))
}

/// A file that grows by whole lines. Lines that cannot be written, on a full disk, wait until they can.
#[derive(Debug)]
pub(super) struct LineLog {
    path: PathBuf,
    file: fs::File,
    length: u64,
    digest: Sha256,
    waiting: Vec<u8>,
}

/// Is called before a line is written with the length and the digest that the file will have.
pub(super) type Announce<'a> = &'a mut dyn FnMut(u64, &Sha256) -> Result<(), Error>;

impl LineLog {
    /// Opens a file or makes it; a last line that was cut off in the middle is dropped.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = Error::io("write", path);
        let bytes = read_if_present(path)?.unwrap_or_default();
        let lines = whole_lines(&bytes);
        let length = lines.len() as u64;
        let file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(&failed)?;
        file.set_len(length).map_err(&failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            digest: Sha256::new_with_prefix(lines),
            waiting: Vec::new(),
        })
    }

    /// Whether nothing was ever put into it.
    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0 && self.waiting.is_empty()
    }

    /// Its length and the digest of all it holds.
    pub(super) const fn state(&self) -> (u64, &Sha256) {
        (self.length, &self.digest)
    }

    /// Adds whole lines, which are on disk when this returns.
    pub(super) fn append(&mut self, lines: &[u8], announce: Announce) -> Result<(), Error> {
        self.waiting.extend_from_slice(lines);
        self.flush(announce)
    }

    /// Writes what waits, line by line. Where that fails, the file ends with the line before.
    pub(super) fn flush(&mut self, announce: Announce) -> Result<(), Error> {
        while let Some(end) = self.waiting.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.waiting[..=end].to_vec();
            let length = self.length + line.len() as u64;
            let mut digest = self.digest.clone();
            digest.update(&line);
            announce(length, &digest)?;
            if let Err(source) = self.file.write_all(&line) {
                drop(self.file.set_len(self.length));
                return Err(Error::io("write", &self.path)(source));
            }
            (self.length, self.digest) = (length, digest);
            self.waiting.drain(..=end);
        }
        Ok(())
    }

    /// Waits until all that was written is on the disk itself.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.file
            .sync_data()
            .map_err(Error::io("write", &self.path))
    }
}

/// For a file whose lines need no announcement.
#[allow(
    clippy::unnecessary_wraps,
    reason = "it stands where an announcement may fail"
)]
pub(super) fn unannounced(_: u64, _: &Sha256) -> Result<(), Error> {
    Ok(())
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
        log.append(b"one\n", &mut unannounced).unwrap();
        let disk = std::mem::replace(
            &mut log.file,
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        );
        let said = log
            .append(b"two\n", &mut unannounced)
            .unwrap_err()
            .to_string();
        assert!(said.contains("log"), "{said}");
        log.append(b"three\n", &mut unannounced).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
        log.file = disk;
        log.append(b"four\n", &mut unannounced).unwrap();
        let whole = b"one\ntwo\nthree\nfour\n";
        assert_eq!(fs::read(&path).unwrap(), whole);
        let (length, digest) = log.state();
        assert_eq!(length, whole.len() as u64);
        assert_eq!(digest.clone().finalize(), Sha256::digest(whole));
    }
}
