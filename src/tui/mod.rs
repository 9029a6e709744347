//! The terminal app: state, update, view.
//!
//! `app` is pure data that changes by messages alone and requests effects; `screens` holds a folder for each screen,
//! with its state, keys, update and view; `widgets` are drawn by several screens. `event_loop` reads keys, has `worker`
//! carry out effects on background threads, and takes in their messages.

mod app;
mod clipboard;
mod error;
mod event_loop;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod fixtures;
mod format;
mod jobs;
mod keys;
mod pictures;
mod screens;
mod terminal;
pub(crate) mod theme;
pub(crate) mod widgets;
mod worker;

pub use error::AppError;
pub use event_loop::{Ending, run};
