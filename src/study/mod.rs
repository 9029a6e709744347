//! What do many runs say? Studies: runs of one question in one folder, begun, broken off and gone on
//! with at any moment.
//!
//! A [`Cell`] is one paired run of a study, a run directory like any other, under a name that its
//! settings give it: whoever starts the study again finds what is finished and what is not.

mod cell;
pub mod grid;
pub mod sweep;

pub use cell::{Cell, State};
