//! `cifar10`, `cifar100`, and `cifar100-coarse` with its 20 coarse classes.

use std::path::{Path, PathBuf};

use super::{Found, SHAPE, Variety, find, read};
use crate::dataset::formats::{Format, Located, near};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Name, Release, Source};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// CIFAR-10 and CIFAR-100.
pub struct Cifar;

const VARIETIES: [Variety; 3] = [Variety::Cifar10, Variety::Cifar100, Variety::Cifar100Coarse];

static NAMES: [Name; 3] = [
    name(
        Variety::Cifar10,
        "photographs of 10 classes, 32x32 RGB",
        &["cifar10"],
        None,
    ),
    name(
        Variety::Cifar100,
        "photographs of 100 classes, 32x32 RGB",
        &["cifar100"],
        None,
    ),
    name(
        Variety::Cifar100Coarse,
        "photographs of 20 coarse classes, 32x32 RGB",
        &["cifar100"],
        Some("coarse_label"),
    ),
];

const fn name(
    variety: Variety,
    description: &'static str,
    hub: &'static [&'static str],
    hub_label: Option<&'static str>,
) -> Name {
    Name {
        name: variety.name(),
        description,
        mirror_keeps_class: true,
        release: Some(Release {
            name: hub[0],
            images: 50_000,
            shape: SHAPE,
            classes: variety.classes(),
            hub,
            hub_label,
        }),
        variants: &[],
    }
}

impl Format for Cifar {
    fn names(&self) -> &'static [Name] {
        &NAMES
    }

    fn in_folder(&self, path: &Path) -> Vec<Source> {
        let there = |variety| find(path, variety).is_some();
        // The coarse labels are in the files of the fine ones.
        let named = VARIETIES.into_iter().zip(&NAMES).take(2);
        named
            .filter(|&(variety, _)| there(variety))
            .map(|(_, name)| Source::Named(name))
            .collect()
    }

    fn locate(&self, source: &Source, places: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        let found = VARIETIES
            .into_iter()
            .find(|variety| source.has_name(variety.name()))
            .and_then(|variety| {
                near(places, &[&source.published_name()]).find_map(|place| find(&place, variety))
            });
        let Some(found) = found else {
            return Ok(None);
        };
        found.check()?;
        Ok(Some(Box::new(found)))
    }
}

impl Located for Found {
    fn path(&self) -> Option<&Path> {
        Some(self.store.path())
    }

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(self.files())
    }

    fn read(&self, _: &LoadOptions, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
        read(self, memory, progress)
    }
}
