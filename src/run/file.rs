//! Files that are either whole or not there.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Error;

/// Reads a text file.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Io {
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

/// Opens a file for appending lines; a last line that was cut off in the middle is dropped.
pub(super) fn append_lines(path: &Path) -> Result<(fs::File, bool), Error> {
    let failed = |source| Error::Io {
        action: "write",
        path: path.to_owned(),
        source,
    };
    let kept = match fs::read(path) {
        Ok(bytes) => whole_lines(&bytes).len() as u64,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(failed(error)),
    };
    let file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)?;
    file.set_len(kept).map_err(failed)?;
    Ok((file, kept == 0))
}

/// The lines that end with a line break: a last one without is a write that was cut off.
pub(super) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    &bytes[..end]
}
