//! Follows a training to its end, and tells how it ended.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use crossbeam_channel::RecvTimeoutError;

use super::Talker;
use crate::cli::failure::{self, INTERRUPTED};
use crate::cli::options::Global;
use crate::cli::{output, summary};
use crate::messages;
use crate::run::{self, Ended, Outcome, Session, Summary, Update, on_end};
use crate::signals::PATIENCE;
use crate::training::Control;

/// Follows a session to its end, prints its summary (not without `global`) and runs the `command` of the user's own.
///
/// # Errors
/// One sentence on what went wrong.
pub fn conclude(
    session: Session,
    talker: &Talker,
    interrupted: &AtomicBool,
    global: Option<&Global>,
    command: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let followed = follow(&session, talker, interrupted);
    let directory = session.directory();
    let ended = match &followed {
        Ok(Some(summary)) => Ended::with(summary, directory),
        other => {
            let (outcome, reason) = match other {
                Ok(_) => (Outcome::Stopped, String::new()),
                Err(error) => (Outcome::Failed, failure::sentence(error)),
            };
            Ended {
                directory: directory.exists().then(|| directory.to_owned()),
                outcome,
                verdict: None,
                reason,
            }
        }
    };
    let concluded = followed.and_then(|summary| tell(summary, &session, talker, global));
    // The command may resume the run, which is locked until then.
    drop(session);
    tell_end(command, &ended);
    concluded
}

/// Runs the `command` of the user's own, if there is one.
pub fn tell_end(command: Option<&str>, ended: &Ended) {
    if let Some(command) = command
        && let Err(sentence) = on_end(command, ended, true)
    {
        messages::say(&format!("note: {sentence}"));
    }
}

/// Prints the summary, or that there is none.
fn tell(
    summary: Option<Summary>,
    session: &Session,
    talker: &Talker,
    global: Option<&Global>,
) -> anyhow::Result<ExitCode> {
    let Some(summary) = summary else {
        talker.say(&stopped(session));
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let Some(global) = global else {
        talker.say(&match summary.divergence() {
            None => format!("finished: {}", summary.verdict.in_words()),
            Some(reasons) => format!("the training diverged: {reasons}"),
        });
        return Ok(ExitCode::SUCCESS);
    };
    if global.json {
        output::print_json(&summary)?;
    } else {
        summary::show(&summary)?;
    }
    match summary.divergence() {
        None => Ok(ExitCode::SUCCESS),
        Some(reasons) => Err(anyhow!(if summary.seeds.is_empty() {
            format!(
                "the training diverged, and no seed has both networks trained to the end: {reasons}"
            )
        } else {
            format!("the training diverged: {reasons}; the summary is that of the other seeds")
        })),
    }
}

fn stopped(session: &Session) -> String {
    let directory = session.directory().display();
    format!("stopped; finished epochs are kept: continue with `ebcle-tui resume {directory}`")
}

/// Follows a session to its end; no summary where it was stopped.
///
/// # Errors
/// One sentence on what went wrong.
pub fn follow(
    session: &Session,
    talker: &Talker,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<Summary>> {
    let mut stopping: Option<Instant> = None;
    loop {
        if interrupted.load(Ordering::Relaxed) && stopping.is_none() {
            stopping = Some(Instant::now());
            // Nobody can press a key in a task of a cluster or a training in the background.
            talker.say(if stderr().is_terminal() {
                "stopping after this step; press Ctrl-C again to stop at once"
            } else {
                "stopping after this step"
            });
            session.control(Control::Stop);
        }
        if stopping.is_some_and(|since| since.elapsed() > PATIENCE) {
            talker.say(&stopped(session));
            run::release_locks();
            std::process::exit(i32::from(INTERRUPTED));
        }
        match session.updates().recv_timeout(Duration::from_millis(100)) {
            Ok(Update::Event(event)) => talker.show(&event),
            Ok(Update::Finished(summary)) => {
                talker.finish();
                return Ok(Some(*summary));
            }
            Ok(Update::Stopped) => {
                talker.finish();
                return Ok(None);
            }
            Ok(Update::Failed(sentence)) => {
                talker.finish();
                return Err(if session.directory().join("run.toml").is_file() {
                    anyhow!(
                        "{sentence}; finished epochs are kept in {}",
                        session.directory().display()
                    )
                } else {
                    anyhow!(sentence)
                });
            }
            Ok(Update::EarlierEpochs(_)) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(anyhow!("the run ended without a result"));
            }
        }
    }
}
