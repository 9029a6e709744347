//! What is shown to the user now? State, update, view.
//!
//! [`app`] is pure data that changes by messages alone and asks for effects; [`screens`] draw it;
//! `event_loop` reads keys, carries out effects on background threads and sends back what they found.
//! [`keys`] is the one table of keys.

pub mod app;
mod error;
mod event_loop;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod fixtures;
pub mod format;
mod jobs;
pub mod keys;
pub mod pictures;
pub mod screens;
mod terminal;
pub mod theme;
pub mod widgets;
mod worker;

pub use error::Error;
pub use event_loop::{Ending, run};
