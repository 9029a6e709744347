//! The terminal app: state, update, view.
//!
//! `app` is pure data that changes by messages alone and requests effects; `screens` holds a folder for each screen,
//! with its state, keys, update and view; `widgets` are drawn by several screens. `event_loop` reads keys, has `worker`
//! carry out effects on background threads, and takes in their messages.

mod app;
mod background;
mod clipboard;
mod error;
mod event_loop;
mod farewell;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod fixtures;
mod format;
mod frames;
mod input;
mod jobs;
mod keys;
mod launch;
mod notify;
mod overlays;
mod pictures;
mod plain;
mod remedy;
mod remembered;
mod screens;
mod terminal;
pub(crate) mod theme;
mod tmux;
pub(crate) mod widgets;
mod worker;

pub use error::AppError;
pub use event_loop::Ending;
pub use frames::{Scene, frame_times};
pub use launch::{attach, run};
pub use remembered::{Opening, Remembered};

/// Every action of the app with its keys, as `keys.toml` has them.
#[must_use]
pub fn default_keys() -> String {
    keys::default_file(&screens::all_tables())
}
