//! The threads for parallel work.

use anyhow::Context;

use crate::run::Layer;
use crate::training::device::keep_to_cores;

/// The device of a command that was given this one, or else that of the environment.
///
/// # Errors
/// One sentence on a variable that cannot be used.
pub fn device(given: Option<&str>) -> anyhow::Result<Option<String>> {
    if let Some(given) = given {
        return Ok(Some(given.to_owned()));
    }
    Ok(Layer::environment()?.text("device").map(str::to_owned))
}

/// Starts them early: what needs them later could only panic where none can be started. Where `device`
/// names cores of the CPU, this process keeps to them and has as many threads.
///
/// # Errors
/// A sentence, where a core is not there or the operating system gives no thread.
pub fn start(device: Option<&str>) -> anyhow::Result<()> {
    if let Some(name) = device {
        keep_to_cores(name)?;
    }
    rayon::ThreadPoolBuilder::new()
        .build_global()
        .context("no threads could be started: allow more processes (ulimit -u), or ask for fewer threads with RAYON_NUM_THREADS")
}
