//! How a dataset is loaded.

use std::path::PathBuf;

use super::Transform;

/// How far the reading of a dataset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loading {
    /// Folders are searched: so many of them, and so many files in them, are seen.
    Finding {
        /// Folders.
        folders: usize,
        /// Files.
        files: usize,
    },
    /// Files are opened to tell what they hold: so many are.
    Scanning(usize),
    /// Images are read and decoded: done, of how many.
    Images(usize, usize),
}

/// Receives how far reading is, from any thread.
pub type Progress<'a> = &'a (dyn Fn(Loading) + Sync);

/// How a dataset is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Where a named dataset is, if not in the usual places: the folder that holds its files, or the folder above it.
    pub data_dir: Option<PathBuf>,
    /// Folders in which named datasets are searched beside the usual places.
    pub data_dirs: Vec<PathBuf>,
    /// Height and width to which the images of a folder or of a Hugging Face copy are resized.
    pub resize: Option<[usize; 2]>,
    /// The label column of a Hugging Face copy, if not the one found by its name.
    pub label: Option<String>,
    /// The split to test with of a Hugging Face copy or an `.npz` file, if it is not `test`.
    pub split_test: Option<String>,
    /// Number of training images to keep, see [`super::Dataset::limited`].
    pub limit: Option<usize>,
    /// Transforms of every image, in their order.
    pub transforms: Vec<Transform>,
    /// Most bytes that reading may take; left out, a share of what is free.
    pub max_memory: Option<u64>,
    /// Seed of that choice, and of a folder's split into training and test images.
    pub seed: u64,
}
