//! `npz:FILE`.

use std::path::{Path, PathBuf};

use super::read;
use crate::dataset::formats::detect::{ending, ends};
use crate::dataset::formats::{Format, Located};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Prefix, Source, Target};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// Zipped NumPy arrays.
pub struct Npz;

static PREFIX: Prefix = Prefix {
    text: "npz:",
    value: "FILE",
    label: "npz",
    description: "zipped arrays in MedMNIST's layout",
    target: Target::File,
};

impl Format for Npz {
    fn prefix(&self) -> Option<&'static Prefix> {
        Some(&PREFIX)
    }

    fn in_folder(&self, path: &Path) -> Vec<Source> {
        let files = ending(path, "npz").into_iter();
        files.map(|file| Source::At(&PREFIX, file)).collect()
    }

    fn of_file(&self, path: &Path) -> Option<Source> {
        ends(path, "npz").then(|| Source::At(&PREFIX, path.to_owned()))
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

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(vec![self.0.clone()])
    }

    fn read(
        &self,
        options: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
    ) -> Result<Dataset> {
        read(&self.0, options.split_test.as_deref(), memory, progress)
    }

    fn has_splits(&self) -> bool {
        true
    }
}
