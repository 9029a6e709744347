//! What is drawn over a screen and has keys of its own, a file each with its state, keys, update and view.

pub mod actions;
pub mod log;
pub mod start;
pub mod terms;
