//! `hf:DIR`, a Hugging Face copy of any image dataset in parquet files, and such copies of the
//! datasets that have names.

#[cfg(feature = "parquet")]
mod copies;
#[cfg(feature = "parquet")]
pub mod parquet;

use std::path::{Path, PathBuf};

use super::detect::{ending, ends, entries};
use super::{Format, Located};
use crate::dataset::memory::Budget;
use crate::dataset::source::{Prefix, Source, Target};
use crate::dataset::{Dataset, LoadOptions, Progress, Result};

/// Folders of parquet files.
pub struct HuggingFace;

static PREFIX: Prefix = Prefix {
    text: "hf:",
    value: "DIR",
    label: "parquet",
    description: "a Hugging Face copy in parquet files",
    target: Target::Folder,
};

impl Format for HuggingFace {
    fn prefix(&self) -> Option<&'static Prefix> {
        Some(&PREFIX)
    }

    fn in_folder(&self, path: &Path) -> Vec<Source> {
        let there = holds_parquet(path, 2);
        Vec::from_iter(there.then(|| Source::At(&PREFIX, path.to_owned())))
    }

    fn of_file(&self, path: &Path) -> Option<Source> {
        let folder = path.parent().unwrap_or(path);
        ends(path, "parquet").then(|| Source::At(&PREFIX, folder.to_owned()))
    }

    fn locate(&self, source: &Source, _: &[PathBuf]) -> Result<Option<Box<dyn Located>>> {
        Ok(source
            .path()
            .map(|path| Box::new(Copy::new(source, path)) as _))
    }

    #[cfg(feature = "parquet")]
    fn copy_of(
        &self,
        published: &Source,
        options: &LoadOptions,
        places: &[PathBuf],
    ) -> Option<Box<dyn Located>> {
        let folder = copies::find(published, options, places)?;
        Some(Box::new(Copy::new(published, &folder)))
    }
}

/// Whether there are parquet files in `folder` or at most `below` folders below it.
fn holds_parquet(folder: &Path, below: usize) -> bool {
    !ending(folder, "parquet").is_empty()
        || below > 0
            && entries(folder)
                .filter(|path| path.is_dir())
                .any(|folder| holds_parquet(&folder, below - 1))
}

/// A copy of a dataset in parquet files.
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "read with the feature")
)]
struct Copy {
    source: Source,
    folder: PathBuf,
}

impl Copy {
    fn new(source: &Source, folder: &Path) -> Self {
        Self {
            source: source.clone(),
            folder: folder.to_owned(),
        }
    }
}

impl Located for Copy {
    fn path(&self) -> Option<&Path> {
        Some(&self.folder)
    }

    #[cfg(feature = "parquet")]
    fn files(&self, options: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        parquet::files(&self.folder, options.split_test.as_deref())
    }

    #[cfg(not(feature = "parquet"))]
    fn files(&self, _: &LoadOptions, _: Progress<'_>) -> Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }

    #[cfg(feature = "parquet")]
    fn read(
        &self,
        options: &LoadOptions,
        memory: &Budget,
        progress: Progress<'_>,
    ) -> Result<Dataset> {
        copies::read(&self.source, &self.folder, options, memory, progress)
    }

    #[cfg(not(feature = "parquet"))]
    fn read(&self, _: &LoadOptions, _: &Budget, _: Progress<'_>) -> Result<Dataset> {
        let problem =
            "this program was built without its feature parquet: build it with --features parquet";
        Err(crate::dataset::archive::malformed(&self.folder, problem))
    }

    fn has_splits(&self) -> bool {
        true
    }

    fn has_columns(&self) -> bool {
        true
    }
}
