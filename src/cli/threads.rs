//! The threads that all parallel work is shared out to.

use anyhow::Context;

/// Starts them, before anything needs them: what needs them later can only panic where there are none.
///
/// # Errors
/// A sentence, where the operating system gives no thread.
pub fn start() -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new()
        .build_global()
        .context("no threads could be started: allow more processes (ulimit -u), or ask for fewer threads with RAYON_NUM_THREADS")
}
