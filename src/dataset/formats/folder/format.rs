//! `folder:PATH`.

use std::path::{Path, PathBuf};

use super::{files, read, scan};
use crate::dataset::formats::{Format, Located, Take};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Prefix, Source, Target};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// Folders of image files.
pub struct Folder;

static PREFIX: Prefix = Prefix {
    text: "folder:",
    value: "PATH",
    label: "folder",
    description: "a folder of class folders of images",
    target: Target::Folder,
};

impl Folder {
    /// The dataset in the folder at `path`.
    pub fn at(path: &Path) -> Source {
        Source::At(&PREFIX, path.to_owned())
    }
}

impl Format for Folder {
    fn prefix(&self) -> Option<&'static Prefix> {
        Some(&PREFIX)
    }

    fn locate(&self, source: &Source, _: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        Ok(source
            .path()
            .map(|path| Box::new(Place(path.to_owned())) as _))
    }
}

struct Place(PathBuf);

impl Located for Place {
    fn path(&self) -> Option<&Path> {
        Some(&self.0)
    }

    fn files(&self, options: &LoadOptions, progress: Progress<'_>) -> Result<Vec<PathBuf>> {
        files(&self.0, options.seed, progress)
    }

    fn read(
        &self,
        options: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
    ) -> Result<Dataset> {
        read(&self.0, options, memory, progress)
    }

    fn scan(
        &self,
        options: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
        take: Take<'_>,
    ) -> Result<()> {
        scan(&self.0, options, memory, progress, take)
    }
}
