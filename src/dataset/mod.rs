//! What are the images? Datasets in memory, where each is found, and how each layout on disk is read.
//!
//! [`Source`] names a dataset as users type it, [`load`] reads it, [`catalogue`] lists the known
//! ones with their state, [`detect`] finds out what is at a path. Each format has a folder in
//! [`formats`], and nothing outside it asks which one a dataset has. They share [`archive`] (files in
//! a folder, a `.tar.gz` or a zip), [`pickle`] (data, never run), [`array`], `encoded` (one image of a
//! file format), `labels` and [`memory`] (how much of it may be taken).
//! [`places`] says where datasets are looked for, [`transform`] changes what was read, [`published`] what others publish, [`fetch`] brings it, [`verify`] checks it.

#[macro_use]
mod error;

pub mod archive;
pub mod array;
pub mod catalogue;
pub mod checksum;
mod encoded;
pub mod fetch;
pub mod formats;
mod images;
mod labels;
mod load;
pub mod memory;
mod options;
mod parts;
pub mod pickle;
pub mod places;
pub mod published;
mod skipped;
mod source;
mod stamp;
#[cfg(test)]
mod testing;
pub mod transform;
pub mod verify;

pub use catalogue::{Entry, State, list};
pub use error::{DatasetError, Result};
pub use formats::{detect, glyphs};
pub use images::{Dataset, Outline, Part, Shape, Split, UNLABELLED};
pub use load::{load, scan, transformed};
pub use options::{LoadOptions, Loading, Progress};
pub use skipped::Skipped;
pub use source::{Name, Prefix, Release, Source, Target};
pub use stamp::{Stamp, stamps};
pub use transform::Transform;
pub(crate) use transform::luma;
