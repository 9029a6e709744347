//! The dataset readers of ebcle-tui, compiled apart from everything else for the fuzz targets.

#![allow(
    dead_code,
    unused_imports,
    reason = "only what the targets reach is used"
)]

/// The crate's own files.
#[path = "../../src/dataset"]
pub mod dataset {
    pub mod archive;
    pub mod array;
    pub mod cifar;
    mod encoded;
    mod error;
    pub mod fuzzing;
    pub mod idx;
    mod images;
    mod labels;
    pub mod memory;
    pub mod npz;
    #[cfg(feature = "parquet")]
    pub mod parquet;
    mod parts;
    pub mod pickle;
    mod skipped;
    pub mod stl10;

    pub use error::Error;
    pub use images::{Dataset, Outline, Part, Shape, Split, UNLABELLED};
    pub use skipped::Skipped;
}

#[path = "../../src/format.rs"]
pub mod format;
#[path = "../../src/regular.rs"]
pub mod regular;
