//! `stl10`.

use std::path::{Path, PathBuf};

use super::{NAMES as CLASSES, SHAPE, TRAIN, files, find, read};
use crate::dataset::archive::Store;
use crate::dataset::formats::{Format, Located, near};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Name, Release, Source};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// STL-10.
pub struct Stl10;

static NAMES: [Name; 1] = [Name {
    name: "stl10",
    description: "photographs of 10 classes, 96x96 RGB",
    mirror_keeps_class: true,
    release: Some(Release {
        name: "stl10",
        images: TRAIN as usize,
        shape: SHAPE,
        classes: CLASSES.len(),
        hub: &["stl10"],
        hub_label: None,
    }),
    variants: &[],
}];

impl Format for Stl10 {
    fn names(&self) -> &'static [Name] {
        &NAMES
    }

    fn in_folder(&self, path: &Path) -> Vec<Source> {
        Vec::from_iter(find(path).map(|_| Source::Named(&NAMES[0])))
    }

    fn locate(&self, _: &Source, places: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        let found = near(places, &["stl10"]).find_map(|place| find(&place));
        Ok(found.map(|store| Box::new(Place(store)) as _))
    }
}

struct Place(Store);

impl Located for Place {
    fn path(&self) -> Option<&Path> {
        Some(self.0.path())
    }

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(files(&self.0))
    }

    fn read(&self, _: &LoadOptions, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
        read(&self.0, memory, progress)
    }
}
