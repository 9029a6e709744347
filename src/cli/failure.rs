//! From an error to one sentence and an exit code.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::{dataset, depth, network, report, run, training};

/// Exit code of a command that could not do what was asked.
const FAILED: u8 = 1;
/// Exit code of a command that was asked for something that does not exist.
const USAGE: u8 = 2;
/// Exit code of a command that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// A flag that Ctrl-C or SIGTERM sets; a second one ends the program at once.
///
/// # Errors
/// Where signals cannot be handled.
pub fn interruption() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(
            signal,
            i32::from(INTERRUPTED),
            interrupted.clone(),
        )
        .and_then(|_| signal_hook::flag::register(signal, interrupted.clone()))
        .context("signals cannot be handled")?;
    }
    Ok(interrupted)
}

/// Says what went wrong on stderr, as one sentence, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(if is_usage(error) { USAGE } else { FAILED })
}

/// Whether the request itself was wrong, not its execution.
fn is_usage(error: &anyhow::Error) -> bool {
    if let Some(error) = error.downcast_ref::<run::Error>() {
        return match error {
            run::Error::Setting(_) | run::Error::Config { .. } | run::Error::Network(_) => true,
            run::Error::Dataset(error) => unknown_dataset(error),
            run::Error::Training(error) => unknown_training(error),
            _ => false,
        };
    }
    error
        .downcast_ref::<dataset::Error>()
        .is_some_and(unknown_dataset)
        || error.is::<dataset::published::Error>()
        || error
            .downcast_ref::<training::Error>()
            .is_some_and(unknown_training)
        || error.is::<depth::Error>()
        || error.is::<network::Error>()
        || matches!(
            error.downcast_ref(),
            Some(report::Error::UnknownFormat { .. } | report::Error::NoSuchSeed { .. })
        )
}

const fn unknown_dataset(error: &dataset::Error) -> bool {
    matches!(
        error,
        dataset::Error::UnknownDataset { .. }
            | dataset::Error::EmptyFolderPath
            | dataset::Error::EmptyPath { .. }
            | dataset::Error::NoColumns { .. }
            | dataset::Error::NoUnlabelled { .. }
    )
}

const fn unknown_training(error: &training::Error) -> bool {
    matches!(
        error,
        training::Error::UnknownDevice { .. } | training::Error::Recipe(_)
    )
}
