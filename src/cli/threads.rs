//! The threads for parallel work.

use anyhow::Context;

/// Starts them early: what needs them later could only panic where none can be started.
///
/// # Errors
/// A sentence, where the operating system gives no thread.
pub fn start() -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new()
        .build_global()
        .context("no threads could be started: allow more processes (ulimit -u), or ask for fewer threads with RAYON_NUM_THREADS")
}
