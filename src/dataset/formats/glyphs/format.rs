//! The glyphs as datasets that need no files.

use std::path::{Path, PathBuf};

use super::{Variant, generate};
use crate::dataset::formats::{Format, Located};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Name, Source};
use crate::dataset::{Dataset, LoadOptions, Loading, Progress, Result};

/// Glyphs that the program draws.
pub struct Glyphs;

/// By rising entropy.
const VARIANTS: [&str; 3] = [
    Variant::Plain.name(),
    Variant::Textured.name(),
    Variant::Noise.name(),
];

static NAMES: [Name; 3] = [
    Name {
        variants: &VARIANTS,
        ..name(Variant::Textured, "drawn glyphs, textured ink and paper")
    },
    name(Variant::Plain, "the same glyphs, flat: less information"),
    name(
        Variant::Noise,
        "the same glyphs under noise: more information",
    ),
];

const fn name(variant: Variant, description: &'static str) -> Name {
    Name {
        name: variant.name(),
        description,
        mirror_keeps_class: false,
        release: None,
        variants: &[],
    }
}

impl Format for Glyphs {
    fn names(&self) -> &'static [Name] {
        &NAMES
    }

    fn locate(&self, source: &Source, _: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        let all = [Variant::Textured, Variant::Plain, Variant::Noise];
        let found = all
            .into_iter()
            .find(|variant| source.has_name(variant.name()));
        Ok(found.map(|variant| Box::new(variant) as _))
    }

    fn was_mirrored(&self) -> bool {
        false
    }
}

impl Located for Variant {
    fn path(&self) -> Option<&Path> {
        None
    }

    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }

    fn read(&self, _: &LoadOptions, _: &Budget, progress: Progress<'_>) -> Result<Dataset> {
        let dataset = generate(*self);
        let images = dataset.train.len() + dataset.test.len();
        progress(Loading::Images(images, images));
        Ok(dataset)
    }
}
