//! `mnist`, found by the names of its files, and `idx:DIR`, any other set of such files.

use std::path::{Path, PathBuf};

use super::{CLASSES, find, paths, read, read_set, sets};
use crate::dataset::formats::{Format, Located};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Name, Prefix, Release, Source, Target};
use crate::dataset::{Dataset, LoadOptions, Progress, Result, Shape};

/// IDX files.
pub struct Idx;

static MNIST: [Name; 1] = [Name {
    name: "mnist",
    description: "handwritten digits, 28x28 grey",
    mirror_keeps_class: false,
    release: Some(Release {
        name: "mnist",
        images: 60_000,
        shape: Shape::new(1, 28, 28),
        classes: CLASSES,
        hub: &["mnist"],
        hub_label: None,
    }),
    variants: &[],
}];

static PREFIX: Prefix = Prefix {
    text: "idx:",
    value: "DIR",
    label: "idx",
    description: "IDX files in MNIST's layout",
    target: Target::FolderOrFiles,
};

impl Format for Idx {
    fn names(&self) -> &'static [Name] {
        &MNIST
    }

    fn prefix(&self) -> Option<&'static Prefix> {
        Some(&PREFIX)
    }

    fn in_folder(&self, path: &Path) -> Vec<Source> {
        let there = find(&[path.to_owned()]).is_some() || sets::any(path);
        Vec::from_iter(there.then(|| Source::At(&PREFIX, path.to_owned())))
    }

    fn of_file(&self, path: &Path) -> Option<Source> {
        let folder = path.parent()?.to_owned();
        find(std::slice::from_ref(&folder)).map(|_| Source::At(&PREFIX, folder))
    }

    fn locate(&self, source: &Source, places: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        if let Some(path) = source.path() {
            let name = source.to_string();
            let set = sets::choose(path)?;
            return Ok(Some(Box::new(Set { name, set })));
        }
        let Some(folder) = find(places) else {
            return Ok(None);
        };
        paths(&folder)?;
        Ok(Some(Box::new(Mnist { folder })))
    }

    fn was_mirrored(&self) -> bool {
        false
    }
}

struct Mnist {
    folder: PathBuf,
}

impl Located for Mnist {
    fn path(&self) -> Option<&Path> {
        Some(&self.folder)
    }

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(paths(&self.folder)?.to_vec())
    }

    fn read(&self, _: &LoadOptions, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
        read("mnist", &self.folder, memory, progress)
    }
}

struct Set {
    name: String,
    set: sets::Set,
}

impl Located for Set {
    fn path(&self) -> Option<&Path> {
        Some(&self.set.folder)
    }

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(self.set.files()?.to_vec())
    }

    fn read(&self, _: &LoadOptions, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
        read_set(&self.name, &self.set, memory, progress)
    }
}
