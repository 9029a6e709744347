//! `imagenet32`.

use std::path::{Path, PathBuf};

use super::{CLASSES, Found, SHAPE, TRAIN, find, outline, read, scan};
use crate::dataset::formats::{Format, Located, Take, near};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Name, Release, Source};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// ImageNet32.
pub struct ImageNet32;

static NAMES: [Name; 1] = [Name {
    name: "imagenet32",
    description: "photographs of 1000 classes, 32x32 RGB",
    mirror_keeps_class: true,
    release: Some(Release {
        name: "imagenet32",
        images: TRAIN,
        shape: SHAPE,
        classes: CLASSES,
        hub: &[
            "imagenet32",
            "imagenet32x32",
            "imagenet1k32x32",
            "imagenet1k32",
            "downsampledimagenet32x32",
        ],
        hub_label: None,
    }),
    variants: &[],
}];

/// Usual names of its folder.
const FOLDERS: [&str; 3] = ["imagenet32", "Imagenet32", "ImageNet32"];

impl Format for ImageNet32 {
    fn names(&self) -> &'static [Name] {
        &NAMES
    }

    fn in_folder(&self, path: &Path) -> Vec<Source> {
        let found = find(path).filter(|found| found.train.path().starts_with(path));
        Vec::from_iter(found.map(|_| Source::Named(&NAMES[0])))
    }

    fn locate(&self, _: &Source, places: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        let Some(found) = near(places, &FOLDERS).find_map(|place| find(&place)) else {
            return Ok(None);
        };
        found.check()?;
        Ok(Some(Box::new(found)))
    }
}

impl Located for Found {
    fn path(&self) -> Option<&Path> {
        Some(self.train.path())
    }

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(self.files())
    }

    fn read(&self, _: &LoadOptions, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
        read(self, memory, progress)
    }

    fn scan(
        &self,
        _: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
        take: Take<'_>,
    ) -> Result<()> {
        let outline = outline();
        scan(self, memory, progress, &mut |part| take(&outline, part))
    }
}
