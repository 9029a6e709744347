//! How a dataset is loaded.

use std::path::PathBuf;

use super::Transform;

/// Receives how many images of how many are read, from any thread. While files are scanned and the number of images is not
/// known yet, it receives how many files were scanned, and 0.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

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
