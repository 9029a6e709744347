//! What a search through folders has seen, told as it goes on.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::dataset::{Loading, Progress};

/// A search that counts each folder once, however often it is looked into, and each file.
pub(super) struct Walk<'a> {
    progress: Progress<'a>,
    /// Folders that are counted.
    listed: RefCell<HashSet<PathBuf>>,
    /// Folders whose files are counted.
    looked: RefCell<HashSet<PathBuf>>,
    files: Cell<usize>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(progress: Progress<'a>) -> Self {
        Self {
            progress,
            listed: RefCell::default(),
            looked: RefCell::default(),
            files: Cell::new(0),
        }
    }

    /// The names in a folder are read.
    pub(super) fn folder(&self, folder: &Path) {
        if self.listed.borrow_mut().insert(folder.to_owned()) {
            self.tell();
        }
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
