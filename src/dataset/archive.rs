//! The files of a dataset, in a folder or inside the published archive.
//!
//! Archives are never unpacked to disk. Every file has a limit, which is what its layout promises:
//! a file that unpacks to more is refused before it fills the memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::memory::reserve;
use super::{DatasetError, Result};
use crate::regular;

/// Bytes that an archive may hold beside the files that are wanted from it.
const SLACK: u64 = 64 << 20;

/// A file that a layout consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name, without folders.
    pub name: String,
    /// Most bytes that the layout lets it have.
    pub limit: u64,
    /// Whether the dataset cannot be read without it.
    pub required: bool,
    /// Whether it belongs to the layout but is not asked for.
    pub ignored: bool,
}

impl Wanted {
    /// A file that must be there.
    #[must_use]
    pub fn required(name: impl Into<String>, limit: u64) -> Self {
        Self {
            name: name.into(),
            limit,
            required: true,
            ignored: false,
        }
    }

    /// A file that may be missing.
    #[must_use]
    pub fn optional(name: impl Into<String>, limit: u64) -> Self {
        Self {
            required: false,
            ..Self::required(name, limit)
        }
    }

    /// A file that may be there, and is not read.
    #[must_use]
    pub fn ignored(name: impl Into<String>, limit: u64) -> Self {
        Self {
            ignored: true,
            ..Self::optional(name, limit)
        }
    }
}

/// What takes a file: its place among the wanted, the path that names it in messages, its bytes.
pub type Receive<'a> = dyn FnMut(usize, &Path, Vec<u8>) -> Result<()> + 'a;

/// Where the files of a dataset are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Store {
    /// In this folder.
    Folder(PathBuf),
    /// In this `.tar.gz`.
    TarGz(PathBuf),
    /// In this `.zip`.
    Zip(PathBuf),
}

impl Store {
    /// The folder or archive.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::TarGz(path) | Self::Zip(path) => path,
        }
    }

    /// The files on disk that `names` are read from: themselves in a folder, else the archive.
    #[must_use]
    pub fn files<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<PathBuf> {
        match self {
            Self::Folder(folder) => names.into_iter().map(|name| folder.join(name)).collect(),
            Self::TarGz(path) | Self::Zip(path) => vec![path.clone()],
        }
    }

    /// Bytes that the wanted files have together, at most: their sizes in a folder or a zip, else their limits.
    #[must_use]
    pub fn size(&self, wanted: &[Wanted]) -> u64 {
        self.sizes(wanted).sum()
    }

    /// Bytes that the largest of the wanted files has, at most.
    #[must_use]
    pub fn largest(&self, wanted: &[Wanted]) -> u64 {
        self.sizes(wanted).max().unwrap_or(0)
    }

    /// Bytes that each of the wanted files has, at most, but for those that are ignored.
    fn sizes(&self, wanted: &[Wanted]) -> impl Iterator<Item = u64> {
        let sizes: Vec<u64> = match self {
            Self::Folder(folder) => wanted
                .iter()
                .map(|file| std::fs::metadata(folder.join(&file.name)).map_or(0, |data| data.len()))
                .collect(),
            Self::Zip(path) => {
                let archive = open(path).and_then(|file| open_zip(BufReader::new(file), path));
                let mut archive = archive.ok();
                let mut size = |file: &Wanted| {
                    let archive = archive.as_mut()?;
                    let place = find_in_zip(archive, &file.name)?;
                    let member = archive.by_index_raw(place).ok()?;
                    let possible = member.compressed_size().saturating_mul(DEFLATE);
                    Some(member.size().min(possible))
                };
                wanted.iter().map(|file| size(file).unwrap_or(0)).collect()
            }
            Self::TarGz(_) => wanted.iter().map(|file| file.limit).collect(),
        };
        let sizes = sizes.into_iter().zip(wanted);
        let limited: Vec<u64> = sizes
            .filter(|(_, file)| !file.ignored)
            .map(|(size, file)| size.min(file.limit))
            .collect();
        limited.into_iter()
    }

    /// Reads the wanted files one after another and hands each to `receive`, with its place in
    /// `wanted` and the path that names it in messages; archives are read in their own order.
    ///
    /// # Errors
    /// [`DatasetError`] for a required file that is missing, a file above its limit, a damaged archive,
    /// and whatever `receive` says.
    pub fn read(&self, wanted: &[Wanted], receive: &mut Receive<'_>) -> Result<()> {
        let mut seen: Vec<bool> = wanted.iter().map(|file| file.ignored).collect();
        match self {
            Self::Folder(folder) => {
                for (index, file) in wanted.iter().enumerate() {
                    let path = folder.join(&file.name);
                    if !seen[index] && path.is_file() {
                        seen[index] = true;
                        receive(index, &path, read_file(&path, file.limit)?)?;
                    }
                }
            }
            Self::TarGz(path) => read_tar(path, wanted, &mut seen, receive)?,
            Self::Zip(path) => {
                let file = open(path)?;
                let mut archive = open_zip(BufReader::new(file), path)?;
                for (index, file) in wanted.iter().enumerate() {
                    let place = find_in_zip(&archive, &file.name).filter(|_| !seen[index]);
                    let Some(place) = place else {
                        continue;
                    };
                    seen[index] = true;
                    let member = path.join(&file.name);
                    let bytes = read_zip_member(&mut archive, place, &member, file.limit)?;
                    receive(index, &member, bytes)?;
                }
            }
        }
        match wanted
            .iter()
            .zip(seen)
            .find(|(file, seen)| file.required && !seen)
        {
            Some((file, _)) => Err(self.missing(&file.name)),
            None => Ok(()),
        }
    }

    /// The error for a required file that is not there.
    pub(super) fn missing(&self, name: &str) -> DatasetError {
        malformed!(
            self.path(),
            "{name} is missing in it: the dataset is incomplete, fetch it again"
        )
    }
}

/// An error about a file's content.
pub(crate) fn malformed(path: &Path, problem: impl Into<String>) -> DatasetError {
    DatasetError::Malformed {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

fn io_error(path: &Path, source: io::Error) -> DatasetError {
    match source.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            malformed!(
                path,
                "it is damaged or truncated ({source}): fetch it again"
            )
        }
        _ => DatasetError::Io {
            path: path.to_owned(),
            source,
        },
    }
}

fn oversized(path: &Path, limit: u64) -> DatasetError {
    malformed!(
        path,
        "it holds more than the {limit} bytes that its layout allows: another dataset's file, or a decompression bomb"
    )
}

pub(crate) fn open(path: &Path) -> Result<File> {
    regular::open(path).map_err(|source| io_error(path, source))
}

/// Reads the `size` bytes that are announced, at most `limit`.
fn read_limited(reader: &mut dyn Read, path: &Path, size: u64, limit: u64) -> Result<Vec<u8>> {
    if size > limit {
        return Err(oversized(path, limit));
    }
    if size == 0 {
        return Err(malformed(path, "it is empty: fetch it again"));
    }
    let mut bytes = Vec::new();
    reserve(&mut bytes, size as usize + 1, path)?;
    reader
        .take(size + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| io_error(path, source))?;
    if bytes.len() as u64 > size {
        return Err(malformed!(
            path,
            "it holds more than the {size} bytes that are announced: it is damaged"
        ));
    }
    if (bytes.len() as u64) < size {
        return Err(malformed(
            path,
            "it ends too early: it is truncated, fetch it again",
        ));
    }
    Ok(bytes)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`DatasetError`] if it cannot be read, or is larger.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut file = open(path)?;
    let size = file
        .metadata()
        .map_err(|source| io_error(path, source))?
        .len();
    read_limited(&mut file, path, size, limit)
}

fn read_tar(
    path: &Path,
    wanted: &[Wanted],
    seen: &mut [bool],
    receive: &mut Receive<'_>,
) -> Result<()> {
    let total = wanted.iter().map(|file| file.limit).sum::<u64>() + SLACK;
    let unpacked = MultiGzDecoder::new(BufReader::with_capacity(1 << 20, open(path)?));
    let mut archive = tar::Archive::new(LimitedReader::new(unpacked, total));
    let entries = archive.entries().map_err(|source| io_error(path, source))?;
    for entry in entries.raw(true) {
        let mut entry = entry.map_err(|source| io_error(path, source))?;
        let name = entry.path_bytes();
        let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let Some(index) = wanted
            .iter()
            .position(|file| file.name.as_bytes() == name)
            .filter(|&index| !seen[index] && entry.header().entry_type().is_file())
        else {
            continue;
        };
        let member = path.join(&wanted[index].name);
        let size = entry.size();
        let bytes = read_limited(&mut entry, &member, size, wanted[index].limit)?;
        seen[index] = true;
        receive(index, &member, bytes)?;
        if seen.iter().all(|seen| *seen) {
            break;
        }
    }
    Ok(())
}

/// A reader that fails past its limit.
pub(super) struct LimitedReader<R> {
    inner: R,
    left: u64,
}

impl<R> LimitedReader<R> {
    /// Lets `inner` give `left` bytes.
    pub(super) const fn new(inner: R, left: u64) -> Self {
        Self { inner, left }
    }
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it unpacks to more than its layout allows, like a decompression bomb",
            )
        })?;
        Ok(count)
    }
}

/// Opens a zip, such as an `.npz`.
///
/// # Errors
/// [`DatasetError`] if it is none.
pub(crate) fn open_zip<R: Read + Seek>(reader: R, path: &Path) -> Result<ZipArchive<R>> {
    ZipArchive::new(reader).map_err(|error| zip_error(path, error))
}

fn zip_error(path: &Path, error: zip::result::ZipError) -> DatasetError {
    match error {
        zip::result::ZipError::Io(source) => io_error(path, source),
        other => malformed!(
            path,
            "it is no readable zip archive ({other}): fetch it again"
        ),
    }
}

/// The place of a member by its name without folders.
pub(crate) fn find_in_zip<R: Read + Seek>(archive: &ZipArchive<R>, name: &str) -> Option<usize> {
    archive
        .file_names_raw()
        .position(|member| member.rsplit(|&byte| byte == b'/').next() == Some(name.as_bytes()))
}

/// Deflate cannot pack better than this many to one.
const DEFLATE: u64 = 1032;

/// Reads a member of a zip; `path` names it in messages.
///
/// # Errors
/// [`DatasetError`] if it is damaged, encrypted, above `limit`, or announces more than it can hold.
pub(crate) fn read_zip_member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    place: usize,
    path: &Path,
    limit: u64,
) -> Result<Vec<u8>> {
    let mut member = archive
        .by_index(place)
        .map_err(|error| zip_error(path, error))?;
    let size = member.size();
    let possible = member.compressed_size().saturating_mul(DEFLATE);
    if size > possible.saturating_add(1024) {
        return Err(malformed!(
            path,
            "it announces {size} bytes, more than its packed size can hold: it is damaged"
        ));
    }
    read_limited(&mut member, path, size, limit)
}

#[cfg(test)]
mod tests;
