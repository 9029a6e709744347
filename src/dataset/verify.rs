//! Are the files of a dataset the published ones? By name, size and, where one is published, checksum.

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::checksum::Checksum;
use super::published::{Published, PublishedFile, unfinished};
use crate::{format, regular};

/// What was found of one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The folder in which most of its files lie.
    pub folder: PathBuf,
    /// Its files.
    pub files: Vec<Verified>,
    /// Whether one published form of it is there in full.
    pub complete: bool,
}

/// What was found of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its name, as it is there or else as it is published.
    pub name: String,
    /// Where it is, if it is there.
    pub path: Option<PathBuf>,
    /// Bytes that are there.
    pub bytes: Option<u64>,
    /// What it is.
    pub state: FileState,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// The published file: size and checksum agree.
    Published,
    /// Another compression of the published contents, whose checksum agrees.
    SameContents,
    /// Its size is right; no checksum of it is published.
    SizeRight,
    /// Its name is right; neither size nor checksum of it are published.
    NameRight,
    /// Not there.
    Missing,
    /// Not there, but the dataset is complete without it.
    NotNeeded,
    /// A fetch of it was begun.
    Unfinished,
    /// It has another size.
    WrongSize {
        /// The published size in bytes.
        published: u64,
    },
    /// It has other contents.
    WrongChecksum {
        /// Its checksum.
        found: Checksum,
        /// The published one.
        published: Checksum,
    },
    /// It cannot be read.
    Unreadable(String),
}

impl FileState {
    /// Whether it may be used.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        matches!(
            self,
            Self::Published | Self::SameContents | Self::SizeRight | Self::NameRight
        )
    }

    /// Whether something is wrong with it.
    #[must_use]
    pub const fn is_wrong(&self) -> bool {
        matches!(
            self,
            Self::WrongSize { .. } | Self::WrongChecksum { .. } | Self::Unreadable(_)
        )
    }

    /// One word for scripts.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::SameContents => "same-contents",
            Self::SizeRight => "size-right",
            Self::NameRight => "name-right",
            Self::Missing => "missing",
            Self::NotNeeded => "not-needed",
            Self::Unfinished => "unfinished",
            Self::WrongSize { .. } => "wrong-size",
            Self::WrongChecksum { .. } => "wrong-checksum",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl std::fmt::Display for FileState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Published => f.write_str("as published"),
            Self::SameContents => f.write_str("contents as published, recompressed"),
            Self::SizeRight => f.write_str("size as published (no checksum published)"),
            Self::NameRight => f.write_str("found (no size or checksum published)"),
            Self::Missing => f.write_str("missing"),
            Self::NotNeeded => f.write_str("missing, not needed"),
            Self::Unfinished => f.write_str("unfinished: fetch again to resume"),
            Self::WrongSize { published } => {
                write!(
                    f,
                    "wrong size: {} bytes were published",
                    format::count(*published)
                )
            }
            Self::WrongChecksum { found, published } => write!(
                f,
                "wrong: its {} is {}, not {}",
                found.algorithm(),
                found.digits(),
                published.digits()
            ),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
        }
    }
}

impl Verification {
    /// Whether all is there, and nothing wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.complete && !self.files.iter().any(|file| file.state.is_wrong())
    }
}

/// Checks what is there of a dataset in or below one of `places`; none where there is nothing of it.
///
/// `progress` receives the bytes read so far and stops the reading by `false`.
#[must_use]
pub fn verify(
    published: &Published,
    places: &[PathBuf],
    progress: &mut dyn FnMut(u64) -> bool,
) -> Option<Verification> {
    let folder = find(published, places)?;
    let mut files = Vec::new();
    let mut complete = false;
    let editions = std::iter::once(&published.files).chain(&published.others);
    let mut absent = None;
    let mut read = 0;
    for edition in editions {
        let mut progress = |bytes: u64| progress(read + bytes);
        let (rows, whole) = check(edition, &folder, &mut progress);
        read += rows.iter().filter_map(|row| row.bytes).sum::<u64>();
        complete |= whole;
        if rows.iter().any(|row| row.path.is_some()) {
            files.extend(rows);
        } else if absent.is_none() {
            absent = Some(rows);
        }
    }
    if files.is_empty() {
        files = absent.unwrap_or_default();
    }
    Some(Verification {
        folder,
        files,
        complete,
    })
}

/// The folder with most of a dataset's files, the first among equals.
fn find(published: &Published, places: &[PathBuf]) -> Option<PathBuf> {
    let all = || std::iter::once(&published.files).chain(&published.others);
    let hits = |folder: &Path| {
        let here = |file: &PublishedFile| usize::from(place_of(file, folder).is_some());
        let of_file = |file: &PublishedFile| {
            let begun = usize::from(unfinished(&folder.join(&file.name)).is_file());
            let unpacked = file.contents.iter().map(|content| {
                let inner = file.folder.as_ref().map(|inner| folder.join(inner));
                let inside = inner.is_some_and(|inner| place_of(content, &inner).is_some());
                here(content) + usize::from(inside)
            });
            here(file).max(begun) + unpacked.sum::<usize>()
        };
        all().flatten().map(of_file).sum::<usize>()
    };
    let mut best = (0, None);
    for place in places {
        let named = [place.clone(), place.join(&published.name)];
        let others = published.folders.iter().map(|below| place.join(below));
        for folder in named.into_iter().chain(others) {
            let hits = hits(&folder);
            if hits > best.0 {
                best = (hits, Some(folder));
            }
        }
    }
    best.1
}

fn place_of(file: &PublishedFile, folder: &Path) -> Option<PathBuf> {
    file.names()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

/// Checks one published form; says whether it is there in full.
fn check(
    edition: &[PublishedFile],
    folder: &Path,
    progress: &mut dyn FnMut(u64) -> bool,
) -> (Vec<Verified>, bool) {
    let mut rows = Vec::new();
    let mut whole = true;
    for file in edition {
        let mut contents = Vec::new();
        for content in &file.contents {
            let path = file
                .folder
                .as_ref()
                .and_then(|inner| place_of(content, &folder.join(inner)))
                .or_else(|| place_of(content, folder));
            contents.push(row(content, path, progress));
        }
        let unpacked = contents.iter().any(|row| row.path.is_some());
        let usable = |row: &Verified| row.state.is_sound() || row.state == FileState::NotNeeded;
        let unpacked_whole = unpacked && contents.iter().all(usable);
        let packed = row(file, place_of(file, folder), progress);
        whole &= packed.state.is_sound() || unpacked_whole;
        if packed.path.is_some() || !unpacked {
            let part = unfinished(&folder.join(&file.name));
            let begun = packed.path.is_none() && part.is_file();
            rows.push(if begun {
                Verified {
                    bytes: size(&part),
                    path: Some(part),
                    state: FileState::Unfinished,
                    ..packed
                }
            } else {
                packed
            });
        }
        if unpacked {
            rows.extend(contents);
        }
    }
    (rows, whole)
}

fn row(
    file: &PublishedFile,
    path: Option<PathBuf>,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Verified {
    let state = match &path {
        Some(path) => examine(path, file, progress),
        None if file.optional => FileState::NotNeeded,
        None => FileState::Missing,
    };
    let name = path.as_ref().and_then(|path| path.file_name());
    Verified {
        name: name.map_or_else(|| file.name.clone(), |name| name.to_string_lossy().into()),
        bytes: path.as_deref().and_then(size),
        path,
        state,
    }
}

fn size(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|data| data.len())
}

/// Compares the file at `path` with what is published of it; `progress` receives the bytes read and stops it by `false`.
#[must_use]
pub fn examine(
    path: &Path,
    file: &PublishedFile,
    progress: &mut dyn FnMut(u64) -> bool,
) -> FileState {
    compare(path, file, progress).unwrap_or_else(|error| FileState::Unreadable(error.to_string()))
}

fn compare(
    path: &Path,
    file: &PublishedFile,
    progress: &mut dyn FnMut(u64) -> bool,
) -> io::Result<FileState> {
    let found = path.metadata()?.len();
    let state = match (file.size, file.checksum) {
        (Some(published), _) if published != found => FileState::WrongSize { published },
        (size, None) => {
            regular::open(path)?;
            return Ok(if size.is_some() {
                FileState::SizeRight
            } else {
                FileState::NameRight
            });
        }
        (_, Some(published)) => {
            let (found, _) = published.of(regular::open(path)?, progress)?;
            if found == published {
                return Ok(FileState::Published);
            }
            FileState::WrongChecksum { found, published }
        }
    };
    let same = same_contents(path, file, progress)?;
    Ok(if same { FileState::SameContents } else { state })
}

/// Whether a gzip file of one file, and of no archive, holds what the published one holds.
fn same_contents(
    path: &Path,
    file: &PublishedFile,
    progress: &mut dyn FnMut(u64) -> bool,
) -> io::Result<bool> {
    let ([content], None) = (file.contents.as_slice(), &file.folder) else {
        return Ok(false);
    };
    let (Some(size), Some(published)) = (content.size, content.checksum) else {
        return Ok(false);
    };
    if Path::new(&file.name)
        .extension()
        .is_none_or(|end| end != "gz")
    {
        return Ok(false);
    }
    let unpacked = MultiGzDecoder::new(BufReader::new(regular::open(path)?)).take(size + 1);
    match published.of(unpacked, progress) {
        Ok((found, length)) => Ok(length == size && found == published),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
        Err(_) => Ok(false),
    }
}
