//! What this screen asks of the outside, and the answers.

use std::path::PathBuf;

use crate::report::Format;
use crate::run::{RunData, Trashed};

/// A request; carried out in the background.
#[derive(Clone, Debug, PartialEq)]
pub enum RunsEffect {
    /// Move runs into the trash.
    Delete(Vec<PathBuf>),
    /// Move the runs that were deleted last in this folder back.
    Restore(PathBuf),
    /// Read runs for a comparison.
    Compare(Vec<PathBuf>),
    /// Change what the user wrote of runs.
    Annotate {
        runs: Vec<PathBuf>,
        annotation: Annotation,
    },
    /// Write runs as files.
    Export(Export),
    /// Remove for good what was deleted in this folder long ago.
    EmptyTrash(PathBuf),
    /// Write a run's report and open it in a browser.
    OpenReport {
        run: PathBuf,
        /// Folder of the cached profiles; none where nothing is cached.
        cache: Option<PathBuf>,
    },
}

/// Runs to be written as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub runs: Vec<PathBuf>,
    pub formats: Vec<Format>,
    /// The folder; of several runs each has a folder of its own in it.
    pub out: PathBuf,
    /// Whether files that are there are written over.
    pub overwrite: bool,
}

/// What the user writes of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Annotation {
    /// The note.
    Note(String),
    /// All tags, in place of those there are.
    Tags(Vec<String>),
    /// Tags to be added or, with a minus sign, taken away.
    Changes(Vec<String>),
}

/// An answer.
#[derive(Clone, Debug)]
pub enum RunsMessage {
    Deleted(Trashed),
    /// Names of the runs that are back.
    Restored(Vec<String>),
    /// The runs that were asked for, or why one cannot be read.
    Compared(Vec<(PathBuf, Result<RunData, String>)>),
    /// So many runs have new notes; with a sentence for each that has not.
    Annotated {
        changed: usize,
        problems: Vec<String>,
    },
    /// Nothing is exported, since a folder holds files.
    ExportExists,
    /// The report is in this file, with a sentence on whether it was opened.
    ReportOpened(String),
}
