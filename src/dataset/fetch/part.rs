//! The unfinished file: `NAME.part` beside its place, and `NAME.part.json`, which says from where it came.
//!
//! It is given its name only after its checksum was found to be the published one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::FetchError;
use crate::dataset::published::unfinished;
use crate::regular;

/// From where the bytes of an unfinished file came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The address that was asked.
    pub address: String,
    /// What the server calls this version of the file: a strong `ETag`, or else `Last-Modified`.
    pub validator: Option<String>,
    /// Size of the complete file in bytes.
    pub size: u64,
}

/// An unfinished file, held by this process alone.
#[derive(Debug)]
pub(super) struct PartFile {
    path: PathBuf,
    file: File,
    length: u64,
    size: u64,
    note: Option<Note>,
    fresh: bool,
}

impl PartFile {
    /// Opens the unfinished file of `target`, which has `size` bytes when complete.
    ///
    /// Its bytes are used if its note is about a file of the same size.
    pub fn open(target: &Path, size: u64) -> Result<Self, FetchError> {
        let path = unfinished(target);
        let refused = |source| FetchError::write(path.clone(), 0, size, source);
        let file = loop {
            if let Some(what) = other_kind(&path) {
                return Err(FetchError::NoPlainFile { part: path, what });
            }
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            // A link that is put there in between is not followed, and a pipe not waited for.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::custom_flags(
                &mut options,
                libc::O_NOFOLLOW | libc::O_NONBLOCK,
            );
            let file = options.open(&path).map_err(refused)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { part: path }),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(source)) => return Err(refused(source)),
            }
            if path.exists() {
                break file;
            }
        };
        let length = file.metadata().map_err(refused)?.len();
        let note = regular::read(&beside(target, ".part.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .filter(|note: &Note| note.size == size);
        let mut part = Self {
            path,
            file,
            length,
            size,
            note,
            fresh: length == 0,
        };
        if part.note.is_none() || part.length > size {
            part.restart()?;
        }
        part.file
            .seek(SeekFrom::Start(part.length))
            .map_err(|source| part.refused(source))?;
        Ok(part)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are there.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Bytes of the complete file.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether none of its bytes are from an earlier fetch.
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// From where its bytes came, if it has any.
    pub fn note(&self) -> Option<&Note> {
        self.note.as_ref().filter(|_| self.length > 0)
    }

    /// Drops its bytes.
    pub fn restart(&mut self) -> Result<(), FetchError> {
        if self.length > 0 {
            let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
            emptied.map_err(|source| self.refused(source))?;
            self.length = 0;
        }
        self.note = None;
        self.fresh = true;
        Ok(())
    }

    /// Notes from where the next bytes come.
    pub fn comes_from(&mut self, note: Note) -> Result<(), FetchError> {
        if self.note.as_ref() != Some(&note) {
            let path = self.note_path();
            let text = serde_json::to_vec(&note).map_err(io::Error::from);
            text.and_then(|text| put(&path, &text))
                .map_err(|source| self.refused(source))?;
            self.note = Some(note);
        }
        Ok(())
    }

    /// Appends bytes; what was written before a failure counts.
    pub fn append(&mut self, mut bytes: &[u8]) -> Result<(), FetchError> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(count) => {
                    self.length += count as u64;
                    bytes = &bytes[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.refused(source)),
            }
        }
        Ok(())
    }

    /// Its bytes from the first, on disk.
    pub fn reader(&mut self) -> Result<&mut File, FetchError> {
        let ready = self.file.sync_all().and_then(|()| self.file.rewind());
        ready.map_err(|source| self.refused(source))?;
        Ok(&mut self.file)
    }

    /// Gives the complete file its name.
    pub fn finish(self, target: &Path) -> Result<(), FetchError> {
        fs::rename(&self.path, target).map_err(|source| FetchError::Io {
            action: "write",
            path: target.to_owned(),
            source,
        })?;
        drop(fs::remove_file(self.note_path()));
        if let Some(folder) = target.parent().and_then(|folder| File::open(folder).ok()) {
            drop(folder.sync_all());
        }
        Ok(())
    }

    /// Takes the files away if nothing is in them.
    pub fn remove_if_empty(self) {
        if self.length == 0 {
            drop(fs::remove_file(&self.path));
            drop(fs::remove_file(self.note_path()));
        }
    }

    fn note_path(&self) -> PathBuf {
        beside(&self.path, ".json")
    }

    fn refused(&self, source: io::Error) -> FetchError {
        FetchError::write(self.path.clone(), self.length, self.size, source)
    }
}

/// What is at `path` if it is neither absent nor a plain file with one name: writing into it would change another file.
fn other_kind(path: &Path) -> Option<&'static str> {
    let found = fs::symlink_metadata(path).ok()?;
    if found.is_symlink() {
        return Some("a link");
    }
    if !found.is_file() {
        return Some("no file that can be written");
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&found) > 1 {
        return Some("a file with another name as well");
    }
    None
}

/// Replaces whatever is at `path` by a small file, without writing into it.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    drop(fs::remove_file(&new));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&new)?
        .write_all(bytes)?;
    fs::rename(&new, path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn note(size: u64) -> Note {
        Note {
            address: "http://a/x".to_owned(),
            validator: Some("\"1\"".to_owned()),
            size,
        }
    }

    #[test]
    fn what_came_is_kept_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x.gz");
        let mut part = PartFile::open(&target, 6).unwrap();
        part.comes_from(note(6)).unwrap();
        part.append(b"abc").unwrap();
        drop(part);

        let mut part = PartFile::open(&target, 6).unwrap();
        assert_eq!((part.length(), part.note()), (3, Some(&note(6))));
        assert!(matches!(
            PartFile::open(&target, 6),
            Err(FetchError::Busy { .. })
        ));
        part.append(b"def").unwrap();
        assert!(!target.exists());
        part.finish(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abcdef");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn bytes_of_another_size_or_of_unknown_origin_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x.gz");
        fs::write(unfinished(&target), "abc").unwrap();
        let mut part = PartFile::open(&target, 6).unwrap();
        assert_eq!(part.length(), 0);
        part.comes_from(note(6)).unwrap();
        part.append(b"abc").unwrap();
        drop(part);
        let part = PartFile::open(&target, 7).unwrap();
        assert_eq!((part.length(), part.note()), (0, None));
        part.remove_if_empty();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// What a link leads to is never written into, neither by the file nor by its note.
    #[cfg(unix)]
    #[test]
    fn links_and_pipes_in_the_place_of_an_unfinished_file_are_refused() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let [target, other] = ["x.gz", "other"].map(|name| folder.path().join(name));
        let path = unfinished(&target);
        let refusal = || PartFile::open(&target, 6).unwrap_err().to_string();
        fs::write(&other, "precious").unwrap();
        symlink(&other, &path).unwrap();
        let said = refusal();
        assert!(
            said.ends_with("x.gz.part is a link: remove it, and give the same command again"),
            "{said}"
        );
        fs::remove_file(&path).unwrap();
        symlink(folder.path().join("nowhere"), &path).unwrap();
        assert!(refusal().contains("is a link"));
        fs::remove_file(&path).unwrap();
        fs::hard_link(&other, &path).unwrap();
        assert!(refusal().contains("with another name as well"));
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert!(refusal().contains("no file that can be written"));
        fs::remove_file(&path).unwrap();

        symlink(&other, beside(&target, ".part.json")).unwrap();
        let mut part = PartFile::open(&target, 6).unwrap();
        part.comes_from(note(6)).unwrap();
        part.append(b"abcdef").unwrap();
        part.finish(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abcdef");
        assert_eq!(fs::read(&other).unwrap(), b"precious");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
