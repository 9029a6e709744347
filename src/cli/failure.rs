//! From an error to one sentence and an exit code.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;

pub use crate::signals::INTERRUPTED;
use crate::study::StudyError;
use crate::tui::AppError;
use crate::{dataset, depth, messages, network, report, run, signals, training};

/// Exit code of a command that could not do what was asked.
const FAILED: u8 = 1;
/// Exit code of a command that was asked for something that does not exist.
pub const USAGE: u8 = 2;

/// A flag that Ctrl-C, SIGTERM or the end of the terminal sets. The program ends within ten seconds of it, whatever it does,
/// and at once with a second Ctrl-C or SIGTERM.
///
/// # Errors
/// Where signals cannot be handled.
pub fn interruption() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = signals::interruption().context("signals cannot be handled")?;
    in_time(interrupted)
}

/// As [`interruption`], but a second signal ends nothing at once: an engine that ends a task often sends two.
///
/// # Errors
/// Where signals cannot be handled.
pub fn termination() -> anyhow::Result<Arc<AtomicBool>> {
    in_time(signals::termination().context("signals cannot be handled")?)
}

fn in_time(interrupted: Arc<AtomicBool>) -> anyhow::Result<Arc<AtomicBool>> {
    let ends = signals::end_in_time(&interrupted, run::release_locks);
    ends.context("no thread could be started")?;
    Ok(interrupted)
}

/// Ends the program at once on an interruption, until it is dropped: for the time before there is a run to save.
pub struct EndAtOnce {
    over: Arc<AtomicBool>,
}

impl EndAtOnce {
    /// Watches `interrupted` from now on.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn on(interrupted: &Arc<AtomicBool>) -> anyhow::Result<Self> {
        const LOOK: Duration = Duration::from_millis(50);
        let over = Arc::new(AtomicBool::new(false));
        let (interrupted, ended) = (interrupted.clone(), over.clone());
        std::thread::Builder::new()
            .name("interruption".to_owned())
            .spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    if interrupted.load(Ordering::Relaxed) {
                        run::release_locks();
                        std::process::exit(i32::from(INTERRUPTED));
                    }
                    std::thread::sleep(LOOK);
                }
            })
            .context("no thread could be started")?;
        Ok(Self { over })
    }
}

impl Drop for EndAtOnce {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Says what went wrong on stderr, as one sentence, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    messages::say(&format!("error: {}", sentence(error)));
    ExitCode::from(if is_usage(error) { USAGE } else { FAILED })
}

/// An error and what caused it, each said once.
pub fn sentence(error: &anyhow::Error) -> String {
    messages::sentence(error.as_ref())
}

/// Whether the request itself was wrong, not its execution.
fn is_usage(error: &anyhow::Error) -> bool {
    let of_study = || match error.downcast_ref() {
        Some(StudyError::Run(error)) => Some(error),
        _ => None,
    };
    if let Some(error) = error.downcast_ref().or_else(of_study) {
        return match error {
            run::Error::Setting(_) | run::Error::Config { .. } | run::Error::Network(_) => true,
            run::Error::Dataset(error) => unknown_dataset(error),
            run::Error::Training(error) => unknown_training(error),
            _ => false,
        };
    }
    error
        .downcast_ref::<dataset::DatasetError>()
        .is_some_and(unknown_dataset)
        || error.is::<dataset::published::PublishedError>()
        || error
            .downcast_ref::<training::TrainingError>()
            .is_some_and(unknown_training)
        || matches!(error.downcast_ref(), Some(AppError::Theme(_)))
        || error.is::<depth::Error>()
        || error.is::<network::NetworkError>()
        || matches!(
            error.downcast_ref(),
            Some(
                report::ReportError::UnknownFormat { .. } | report::ReportError::NoSuchSeed { .. }
            )
        )
}

const fn unknown_dataset(error: &dataset::DatasetError) -> bool {
    matches!(
        error,
        dataset::DatasetError::UnknownDataset { .. }
            | dataset::DatasetError::EmptyPath { .. }
            | dataset::DatasetError::NoColumns { .. }
            | dataset::DatasetError::Transform { .. }
    )
}

const fn unknown_training(error: &training::TrainingError) -> bool {
    matches!(
        error,
        training::TrainingError::UnknownDevice { .. }
            | training::TrainingError::Devices(_)
            | training::TrainingError::Recipe(_)
    )
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let error = run::Error::Io {
            action: "read",
            path: "plan.json".into(),
            source: std::io::Error::other("the disk is gone"),
        };
        let said = sentence(&error.into());
        assert_eq!(said, "cannot read plan.json: the disk is gone");
        let error = anyhow!("the disk is full").context("no report was written");
        let said = sentence(&error);
        assert_eq!(said, "no report was written: the disk is full");
    }
}
