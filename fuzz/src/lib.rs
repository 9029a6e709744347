//! The dataset readers of ebcle-tui, compiled apart from everything else for the fuzz targets.

#![allow(
    dead_code,
    unused_imports,
    reason = "only what the targets reach is used"
)]

/// The crate's own files.
#[path = "../../src/dataset"]
pub mod dataset {
    #[macro_use]
    mod error;

    pub mod archive;
    pub mod array;
    pub mod checksum;
    mod encoded;
    pub mod formats;
    mod images;
    mod labels;
    pub mod memory;
    mod options;
    mod parts;
    pub mod pickle;
    pub mod places;
    pub mod published;
    mod skipped;
    mod source;
    pub mod transform;

    pub use error::{DatasetError, Result};
    pub use images::{Dataset, Outline, Part, Shape, Split, UNLABELLED};
    pub use options::{LoadOptions, Loading, Progress};
    pub use skipped::Skipped;
    pub use source::Source;
    pub use transform::Transform;
}

#[path = "../../src/folders.rs"]
pub mod folders;
#[path = "../../src/format.rs"]
pub mod format;
#[path = "../../src/regular.rs"]
pub mod regular;
