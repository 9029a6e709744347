//! Why a dataset could not be fetched, one sentence each.

use std::io;
use std::path::PathBuf;

use crate::format;

/// Why a fetch ended without the files.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The files are given only to people who registered.
    #[error("{name} needs registration: {why}, and put the files into {folder}")]
    Registration {
        /// The dataset.
        name: String,
        /// Why, and where to register.
        why: String,
        /// Where to put the files.
        folder: PathBuf,
    },
    /// No address gave the file.
    #[error("{file} cannot be fetched: {reasons}; {advice}")]
    Unreachable {
        /// The file.
        file: String,
        /// What went wrong at each address.
        reasons: String,
        /// What was received and what to do.
        advice: String,
    },
    /// The user stopped it.
    #[error("stopped: {}; the same command resumes it", kept(*.done, *.size, .part))]
    Stopped {
        /// The unfinished file.
        part: PathBuf,
        /// Bytes of it that are there.
        done: u64,
        /// Bytes of the complete file.
        size: u64,
    },
    /// It took too long.
    #[error(
        "it took more than {limit}: {}; the same command resumes it, or set total-seconds in the list of published files",
        kept(*.done, *.size, .part)
    )]
    TooLong {
        /// The unfinished file.
        part: PathBuf,
        /// Bytes of it that are there.
        done: u64,
        /// Bytes of the complete file.
        size: u64,
        /// The most time that it may take, in words.
        limit: String,
    },
    /// Something else is where the unfinished file belongs.
    #[error("{part} is {what}: remove it, and give the same command again")]
    NoPlainFile {
        /// Where the unfinished file belongs.
        part: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// The disk is full.
    #[error(
        "the disk is full: {}; free {} more, or choose another folder with --data-dir DIR, and give the same command again",
        kept(*.done, *.size, .part), format::bytes(.size.saturating_sub(*.done))
    )]
    DiskFull {
        /// The unfinished file.
        part: PathBuf,
        /// Bytes of it that are there.
        done: u64,
        /// Bytes of the complete file.
        size: u64,
    },
    /// The operating system refused.
    #[error(
        "cannot {action} {path}: {source}; choose a folder that can be written to with --data-dir DIR"
    )]
    Io {
        /// What was tried: `create`, `write`, `read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process is writing it.
    #[error("{part} is being written by another ebcle-tui: wait for it, or stop it")]
    Busy {
        /// The unfinished file.
        part: PathBuf,
    },
}

impl FetchError {
    /// What a write to `part` ended with, of which `done` bytes of `size` are there.
    pub(super) fn write(part: PathBuf, done: u64, size: u64, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull { part, done, size },
            _ => Self::Io {
                action: "write",
                path: part,
                source,
            },
        }
    }
}

/// How much of a file was received, in words.
pub(super) fn kept(done: u64, size: u64, part: &std::path::Path) -> String {
    format!(
        "{} of {} received, in {}",
        format::bytes(done),
        format::bytes(size),
        part.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_refusals() {
        let full = |kind: io::ErrorKind| {
            FetchError::write(PathBuf::from("a.part"), 3_000_000, 9_000_000, kind.into())
                .to_string()
        };
        assert_eq!(
            full(io::ErrorKind::StorageFull),
            "the disk is full: 3 MB of 9 MB received, in a.part; free 6 MB more, or choose another folder with --data-dir DIR, and give the same command again"
        );
        assert_eq!(
            full(io::ErrorKind::QuotaExceeded),
            full(io::ErrorKind::StorageFull)
        );
        assert!(full(io::ErrorKind::PermissionDenied).starts_with("cannot write a.part: "));
    }
}
