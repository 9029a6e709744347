//! What are the images? Datasets in memory, where each is found, and how each layout on disk is read.
//!
//! [`Source`] names a dataset as users type it, [`load`] reads it, [`catalogue`] lists the known
//! ones with their state. One file per layout: [`idx`], [`folder`], and [`glyphs`], which is drawn
//! by the program. [`published`] says what others publish, [`fetch`] brings it, [`verify`] checks it.

pub mod catalogue;
pub mod checksum;
mod error;
pub mod fetch;
pub mod folder;
pub mod glyphs;
pub mod idx;
mod images;
pub mod published;
mod source;
pub mod verify;

pub use catalogue::{Entry, LoadOptions, State, list, load};
pub use error::Error;
pub use images::{Dataset, Shape, Split};
pub use source::Source;
