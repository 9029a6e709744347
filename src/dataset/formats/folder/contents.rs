//! What is in a folder: images by their ending or their content, and what is left out.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::walk::{Found, Walk};
use crate::dataset::encoded::{Kind, kind};
use crate::dataset::{DatasetError, Result};

/// Endings of the names of images, in any case; other files are opened.
const EXTENSIONS: [&str; 12] = [
    "bmp", "gif", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp",
];
/// Bytes at the start of a file that say what it is.
const LOOK: u64 = 64;
/// Levels of folders below a class that are read.
const DEEPEST: usize = 16;

/// A file that is left out, and why.
pub(super) type Left = (PathBuf, String);

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Its images, sorted by path.
    pub(super) images: Vec<PathBuf>,
    /// Other files.
    pub(super) left: Vec<Left>,
}

impl Contents {
    /// Everything in a folder and the folders below it. Hidden entries are skipped.
    pub(super) fn all(folder: &Path, walk: &Walk<'_>) -> Result<Self> {
        let mut contents = Self::default();
        let above: Vec<PathBuf> = fs::canonicalize(folder).into_iter().collect();
        contents.walk(folder, &above, walk)?;
        contents.images.sort();
        Ok(contents)
    }

    /// The files directly in a folder.
    pub(super) fn direct(folder: &Path, walk: &Walk<'_>) -> Result<Self> {
        let mut contents = Self::default();
        let counts = walk.looks_into(folder);
        for (path, found) in entries(folder, walk)? {
            if found != Found::Folder {
                contents.file(path, found);
                if counts {
                    walk.file();
                }
            }
        }
        Ok(contents)
    }

    fn walk(&mut self, folder: &Path, above: &[PathBuf], walk: &Walk<'_>) -> Result<()> {
        let counts = walk.looks_into(folder);
        for (path, found) in entries(folder, walk)? {
            if found != Found::Folder {
                self.file(path, found);
                if counts {
                    walk.file();
                }
                continue;
            }
            let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if above.iter().any(|folder| folder.starts_with(&real)) {
                self.leave(path, "a link to a folder above it");
            } else if above.len() > DEEPEST {
                self.leave(path, "a folder too deep below its class");
            } else {
                let mut above = above.to_vec();
                above.push(real);
                self.walk(&path, &above, walk)?;
            }
        }
        Ok(())
    }

    fn leave(&mut self, path: PathBuf, reason: impl Into<String>) {
        self.left.push((path, reason.into()));
    }

    fn file(&mut self, path: PathBuf, found: Found) {
        // The folder says what the other entries are.
        if found == Found::Other {
            match fs::metadata(&path) {
                Err(_) if path.is_symlink() => {
                    return self.leave(path, "a link that leads nowhere");
                }
                Err(error) => return self.leave(path, format!("unreadable ({error})")),
                Ok(data) if !data.is_file() => {
                    return self.leave(path, "no file, but a pipe, socket or device");
                }
                Ok(_) => {}
            }
        }
        if has_known_ending(&path) {
            return self.images.push(path);
        }
        match look(&path) {
            Ok(Kind::Image(_)) => self.images.push(path),
            Ok(Kind::Foreign(name)) => {
                self.leave(path, format!("{name}, which is not read here"));
            }
            Ok(Kind::Other) => {
                let reason = no_image(&path);
                self.leave(path, reason);
            }
            Err(error) => self.leave(path, format!("unreadable ({error})")),
        }
    }
}

fn has_known_ending(path: &Path) -> bool {
    path.extension().is_some_and(|end| {
        EXTENSIONS
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

fn look(path: &Path) -> io::Result<Kind> {
    let mut start = Vec::new();
    File::open(path)?.take(LOOK).read_to_end(&mut start)?;
    Ok(kind(&start))
}

fn no_image(path: &Path) -> String {
    match path.extension().and_then(OsStr::to_str) {
        Some(end) if end.len() <= 8 => format!("no image, .{}", end.to_ascii_lowercase()),
        _ => "no image".to_owned(),
    }
}

/// The folders in a folder.
pub(super) fn subfolders(folder: &Path, walk: &Walk<'_>) -> Result<Vec<PathBuf>> {
    let entries = entries(folder, walk)?;
    let folders = entries.iter().filter(|(_, found)| *found == Found::Folder);
    let folders = folders.map(|(path, _)| path.clone()).collect();
    walk.keep(folder, entries);
    Ok(folders)
}

/// The entries of a folder and what each is, sorted by name, without what is hidden or what macOS puts into archives; those
/// that `walk` kept are not read again.
fn entries(folder: &Path, walk: &Walk<'_>) -> Result<Vec<(PathBuf, Found)>> {
    if let Some(kept) = walk.take(folder) {
        return Ok(kept);
    }
    let io = |source: io::Error| DatasetError::Io {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") && name != "__MACOSX" {
            let path = entry.path();
            let kind = entry.file_type().map_err(io)?;
            let found = if kind.is_dir() || kind.is_symlink() && path.is_dir() {
                Found::Folder
            } else if kind.is_file() {
                Found::File
            } else {
                Found::Other
            };
            paths.push((path, found));
        }
    }
    walk.folder(folder);
    paths.sort();
    Ok(paths)
}
