//! What do many runs say? Studies: runs of one question in one folder, started, stopped and continued
//! with at any moment.
//!
//! A [`Cell`] is one paired run of a study, a run directory like any other, under a name that its
//! settings give it: whoever starts the study again finds what is finished and what is not.
//! [`grid::conduct`], [`sweep::conduct`] and [`recommend::conduct`] train what is left of one; a [`Progress`] follows them.

mod alone;
mod asked;
mod cell;
pub mod cluster;
mod engine;
mod error;
pub mod grid;
mod holdout;
mod last_lines;
mod listing;
mod part;
mod pause;
mod probed;
mod progress;
pub mod recommend;
mod seeds;
pub mod sweep;
mod task;
mod train;
mod workers;

pub use alone::{CellFile, Conducted, conduct as conduct_cell};
pub use asked::{Asked, grid_design};
pub use cell::{Cell, State};
pub use engine::Engine;
pub use error::StudyError;
pub use listing::{Found, Kind, Stamp, Study, list};
pub use part::join as join_parts;
pub use pause::{AskedRuns, pause_or_resume};
pub use progress::Progress;
pub use seeds::train_seeds;
pub use workers::Worker;
