//! What goes wrong inside is logged to a file, never to the terminal.

use std::fs::{self, File};
use std::panic;
use std::thread;

use tracing_subscriber::EnvFilter;

use crate::folders;
use crate::training::device::keep_last_words;
use crate::training::paired::THREAD;

/// Logs to `ebcle-tui.log` in the user's cache folder, as `EBCLE_LOG` filters (warnings by default).
///
/// A panic of the training thread or of a device's is logged and not printed: it reaches the user as the sentence of
/// a failed run.
pub fn start() {
    if let Some(file) = log_file() {
        let filter =
            EnvFilter::try_from_env("EBCLE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
        tracing_subscriber::fmt()
            .with_writer(file)
            .with_ansi(false)
            .with_env_filter(filter)
            .log_internal_errors(false)
            .init();
    }
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        tracing::error!("{info}");
        if !keep_last_words(info) && thread::current().name() != Some(THREAD) {
            default(info);
        }
    }));
}

fn log_file() -> Option<File> {
    let folder = folders::cache()?;
    fs::create_dir_all(&folder).ok()?;
    File::options()
        .create(true)
        .append(true)
        .open(folder.join("ebcle-tui.log"))
        .ok()
}
