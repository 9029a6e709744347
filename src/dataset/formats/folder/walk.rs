//! What a search through folders has seen, told as it goes on.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::dataset::{Loading, Progress};

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// A folder, or a link to one.
    Folder,
    /// A file that is no link.
    File,
    /// Another link, or a pipe, socket or device.
    Other,
}

/// A search that counts each folder once, however often it is looked into, and each file. It keeps what a folder holds until
/// its files are looked at, so that finding the layout does not read every folder once more.
pub(super) struct Walk<'a> {
    progress: Progress<'a>,
    /// Folders that are counted.
    listed: RefCell<HashSet<PathBuf>>,
    /// Folders whose files are counted.
    looked: RefCell<HashSet<PathBuf>>,
    files: Cell<usize>,
    /// What folders hold whose files are not looked at yet.
    kept: RefCell<HashMap<PathBuf, Vec<(PathBuf, Found)>>>,
    /// How often the names in a folder were read.
    reads: Cell<usize>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(progress: Progress<'a>) -> Self {
        Self {
            progress,
            listed: RefCell::default(),
            looked: RefCell::default(),
            files: Cell::new(0),
            kept: RefCell::default(),
            reads: Cell::new(0),
        }
    }

    /// The names in a folder are read.
    pub(super) fn folder(&self, folder: &Path) {
        self.reads.set(self.reads.get() + 1);
        if self.listed.borrow_mut().insert(folder.to_owned()) {
            self.tell();
        }
    }

    /// Keeps what a folder holds.
    pub(super) fn keep(&self, folder: &Path, entries: Vec<(PathBuf, Found)>) {
        self.kept.borrow_mut().insert(folder.to_owned(), entries);
    }

    /// What was kept of a folder, which is then kept no more.
    pub(super) fn take(&self, folder: &Path) -> Option<Vec<(PathBuf, Found)>> {
        self.kept.borrow_mut().remove(folder)
    }

    /// How often the names in a folder were read.
    #[cfg(test)]
    pub(super) const fn reads(&self) -> usize {
        self.reads.get()
    }

    /// The files of a folder are about to be looked at: whether for the first time, so that they count.
    pub(super) fn looks_into(&self, folder: &Path) -> bool {
        self.looked.borrow_mut().insert(folder.to_owned())
    }

    /// A file that counts was looked at.
    pub(super) fn file(&self) {
        self.files.set(self.files.get() + 1);
        self.tell();
    }

    fn tell(&self) {
        (self.progress)(Loading::Finding {
            folders: self.listed.borrow().len(),
            files: self.files.get(),
        });
    }
}
