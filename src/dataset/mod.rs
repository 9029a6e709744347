//! What are the images? Datasets in memory, where each is found, and how each layout on disk is read.
//!
//! [`Source`] names a dataset as users type it, [`load`] reads it, [`catalogue`] lists the known
//! ones with their state, [`look`] finds out what lies at a path. One file per layout: [`idx`], [`cifar`], [`stl10`], [`imagenet32`], [`npz`],
//! `parquet` (a feature), [`folder`], and [`glyphs`], which is drawn by the program. They share
//! [`archive`] (files in a folder, a `.tar.gz` or a zip), [`pickle`] (data, never run) and [`array`],
//! `encoded` (one image of a file format) and [`memory`] (how much of it may be taken).
//! [`places`] says where datasets are looked for, [`published`] what others publish, [`fetch`] brings it, [`verify`] checks it.

pub mod archive;
pub mod array;
pub mod catalogue;
pub mod checksum;
pub mod cifar;
#[cfg(feature = "parquet")]
mod copies;
mod encoded;
mod error;
pub mod fetch;
pub mod folder;
#[cfg(test)]
mod fuzzing;
pub mod glyphs;
pub mod idx;
pub mod imagenet32;
mod images;
mod labels;
mod load;
pub mod look;
pub mod memory;
pub mod npz;
#[cfg(feature = "parquet")]
pub mod parquet;
mod parts;
pub mod pickle;
mod place;
pub mod places;
pub mod published;
mod skipped;
mod source;
mod stamp;
pub mod stl10;
#[cfg(test)]
mod testing;
pub mod verify;

pub use catalogue::{Entry, LoadOptions, State, list};
pub use error::Error;
pub use images::{Dataset, Outline, Part, Shape, Split, UNLABELLED};
pub use load::{load, scan};
pub use skipped::Skipped;
pub use source::Source;
pub use stamp::{Stamp, stamps};
