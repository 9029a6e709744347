//! `cell --count-tries`: as a task of a cluster, which is started again where it fails.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{name, say_error, stopped, tell};
use crate::cli::options::Global;
use crate::messages::{self, sentence};
use crate::run::Error;
use crate::study::cluster::{Attempts, Ended};
use crate::study::{Conducted, StudyError};

/// Exit code of cells that are worth another try; `EX_TEMPFAIL` of sysexits.h.
const AGAIN: u8 = 75;
/// Exit code of cells that are given up.
const GIVEN_UP: u8 = 1;

type Train<'a> = dyn Fn(&PathBuf) -> Result<Option<Conducted>, StudyError> + 'a;

/// Trains the cells, each unless it was given up.
pub(super) fn run(folders: &[PathBuf], train: &Train, global: &Global) -> anyhow::Result<ExitCode> {
    let (mut again, mut given_up) = (false, false);
    for folder in folders {
        let attempts = Attempts::read(folder)?;
        if let Some(reason) = attempts.given_up() {
            messages::say(&format!("error: {}: given up: {reason}", name(folder)));
            given_up = true;
            continue;
        }
        attempts.begin()?;
        let heard = note_signals(&attempts)?;
        let trained = train(folder);
        heard.close();
        let ended = match &trained {
            Ok(Some(found)) => {
                tell(folder, found, global);
                Ended::Finished
            }
            Ok(None) => Ended::Stopped,
            Err(error) => {
                say_error(folder, error);
                match error {
                    StudyError::Run(Error::Held { .. }) => Ended::Held,
                    error => Ended::Failed(sentence(error)),
                }
            }
        };
        if let Err(error) = attempts.end(ended) {
            messages::say(&format!("warning: {error}"));
        }
        match trained {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(stopped()),
            Err(_) if Attempts::read(folder)?.given_up().is_some() => given_up = true,
            Err(_) => again = true,
        }
    }
    Ok(match (again, given_up) {
        (true, _) => ExitCode::from(AGAIN),
        (false, true) => ExitCode::from(GIVEN_UP),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Notes at once that this process was told to stop: where there is nothing to save yet, it ends without a further word.
fn note_signals(attempts: &Attempts) -> anyhow::Result<signal_hook::iterator::Handle> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("signals cannot be handled")?;
    let heard = signals.handle();
    let attempts = attempts.clone();
    std::thread::Builder::new()
        .name("attempt".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some()
                && let Err(error) = attempts.end(Ended::Stopped)
            {
                tracing::warn!(%error, "the stop of the attempt cannot be noted");
            }
        })
        .context("no thread could be started")?;
    Ok(heard)
}
