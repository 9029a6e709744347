//! Known datasets, their state, and loading.

use std::path::PathBuf;

use super::{Dataset, Error, Source};

/// How a dataset is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Where a named dataset lies, if not in the usual places: the folder that holds its files, or the folder above it.
    pub data_dir: Option<PathBuf>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// Number of training images to keep, see [`Dataset::limited`].
    pub limit: Option<usize>,
    /// Seed of that choice, and of a folder's split into training and test images.
    pub seed: u64,
}

/// Where a dataset is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Inside the program.
    Embedded,
    /// In this folder.
    Found(PathBuf),
    /// Nowhere; the sentence says where to put it.
    Missing(String),
}

/// A line in the list of datasets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The dataset.
    pub source: Source,
    /// What it is, in a few words.
    pub description: &'static str,
    /// Where it is.
    pub state: State,
}

/// Every named dataset with its state.
#[must_use]
pub fn list(options: &LoadOptions) -> Vec<Entry> {
    let _ = options;
    todo!()
}

/// Reads a dataset; `progress` hears how many images of how many are read, from any thread.
///
/// # Errors
/// [`Error`] with one sentence: what, where, what to do.
pub fn load(
    source: &Source,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let _ = (source, options, progress);
    todo!()
}
