//! Carries out effects on background threads, which send messages back.

mod acting;
mod listing;
mod load_watch;
mod loading;
mod runs;
mod runs_watch;
mod studies;
mod tasks;
mod throttle;
mod training;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;

pub use load_watch::LoadWatch;
pub use runs_watch::RunsWatch;
use tasks::Shared;
pub use tasks::Tasks;

use super::AppError;
use super::app::{Effect, MeasureRequest, Message};
use super::screens::studies::StudyUpdate;
use crate::messages;
use crate::run::{self, Follower, Moved, RunDirectory, Session};
use crate::training::device;

/// A report of a background thread.
#[derive(Debug)]
pub enum Report {
    /// Something for the app.
    Message(Box<Message>),
    /// A training has started.
    Session(Box<Session>),
    /// A run is followed.
    Follower(Box<Follower>),
}

/// Starts the thread that carries out `effect`; [`Effect::Control`] and [`Effect::Quit`] are carried out by the event loop.
///
/// `tasks` keeps what is needed to stop it.
pub fn carry_out(
    effect: Effect,
    tasks: &mut Tasks,
    reports: &Sender<Report>,
) -> Result<(), AppError> {
    match &effect {
        Effect::StopTask(source) => tasks.stop(source),
        Effect::StopMeasuring => tasks.stop_measuring(),
        Effect::StopStudy => tasks.stop_study(),
        Effect::StopPlanning => tasks.stop_planning(),
        Effect::PauseStudy(pauses) => tasks.pause_study(*pauses),
        _ => return begin(effect, tasks, reports.clone()),
    }
    Ok(())
}

/// Carries out an effect on a thread of its own.
fn begin(effect: Effect, tasks: &mut Tasks, reports: Sender<Report>) -> Result<(), AppError> {
    let shared = tasks.begin(&effect);
    std::thread::Builder::new()
        .name("effect".to_owned())
        .spawn(move || {
            let work = AssertUnwindSafe(|| perform(&effect, &shared, &reports));
            let done = catch_unwind(work).unwrap_or_else(|panic| {
                Err(format!(
                    "internal error: {}",
                    messages::panic_text(panic.as_ref())
                ))
            });
            if let Err(sentence) = done {
                let failure = failure_of(effect, sentence);
                let _ = reports.send(Report::Message(Box::new(failure)));
            }
        })
        .map_err(AppError::Thread)?;
    Ok(())
}

/// The message that says that an effect failed.
fn failure_of(effect: Effect, sentence: String) -> Message {
    match effect {
        Effect::LoadDataset { job, .. } | Effect::AddPath { job, .. } => {
            Message::LoadFailed { job, sentence }
        }
        Effect::MeasureChanges { job, .. } => Message::ChangesMeasured {
            job,
            found: Err(sentence),
        },
        Effect::Fetch { source, .. } => Message::FetchFailed { source, sentence },
        Effect::Verify { source, .. } => Message::Verified {
            source,
            sound: false,
            sentence,
        },
        Effect::Measure(request) => Message::MeasureFailed {
            job: request.job,
            sentence,
        },
        Effect::PlanByTime(request) => Message::PlannedByTime {
            job: request.job,
            found: Err(sentence),
        },
        Effect::Price(request) => Message::Priced {
            job: request.job,
            found: Err(sentence),
        },
        Effect::LoadRun(path) => Message::RunFailed { path, sentence },
        Effect::ListStudies(_) => Message::StudiesListed(Err(sentence)),
        Effect::LookAtJobs(folder) => Message::JobsSeen(folder, Err(sentence)),
        Effect::ReadGrid(folder) => Message::GridRead(folder, Err(sentence)),
        Effect::ActOnJobs(_, folder, _) => Message::JobsActed(folder, Err(sentence)),
        Effect::AskRuns(folder, _) => Message::RunsAsked(folder, Err(sentence)),
        Effect::PriceStudy(_) | Effect::StartStudy(_) | Effect::ContinueStudy(..) => {
            Message::Study(Box::new(StudyUpdate::Failed(sentence)))
        }
        Effect::Follow(_) | Effect::Runs(_) => Message::Failed(sentence),
        Effect::ListDatasets { .. } => {
            Message::Failed(format!("cannot list the datasets: {sentence}"))
        }
        Effect::ListFolder { typed, .. } => Message::FolderListed {
            typed,
            found: Err(sentence),
        },
        Effect::ListDevices => Message::Failed(format!("cannot list the devices: {sentence}")),
        // The effects after the first two cannot fail.
        Effect::StartRun(_)
        | Effect::ResumeRun(_)
        | Effect::StopTask(_)
        | Effect::StopMeasuring
        | Effect::StopPlanning
        | Effect::StopStudy
        | Effect::PauseStudy(_)
        | Effect::Control(_)
        | Effect::TakeMouse(_)
        | Effect::ListRuns(_)
        | Effect::Unfollow
        | Effect::Copy(_)
        | Effect::Suspend
        | Effect::Quit => Message::StartFailed(sentence),
    }
}

/// Carries out an effect and sends the result.
///
/// # Errors
/// One sentence on what went wrong.
fn perform(effect: &Effect, shared: &Shared, reports: &Sender<Report>) -> Result<(), String> {
    let cancel = &*shared.cancel;
    let send = |message: Message| {
        let _ = reports.send(Report::Message(Box::new(message)));
    };
    match effect {
        Effect::ListDatasets { options, added } => {
            send(Message::DatasetsListed(listing::datasets(options, added)));
        }
        Effect::ListFolder { typed, folder } => {
            let found = Ok(listing::folder(folder)?);
            let typed = typed.clone();
            send(Message::FolderListed { typed, found });
        }
        Effect::Fetch { source, data_dir } => {
            let sentence = tasks::fetch(source, data_dir.as_deref(), cancel, &send)?;
            let source = source.clone();
            send(Message::Fetched { source, sentence });
        }
        Effect::Verify { source, options } => {
            let (sound, sentence) = tasks::verify(source, options, cancel)?;
            send(Message::Verified {
                source: source.clone(),
                sound,
                sentence,
            });
        }
        Effect::ListDevices => send(Message::DevicesListed(device::list())),
        Effect::LoadDataset {
            job,
            source,
            settings,
        } => loading::load(*job, source.clone(), settings, &send)?,
        Effect::AddPath {
            job,
            path,
            settings,
        } => {
            let (source, settings) = loading::added(path, (**settings).clone())?;
            if source.is_published() {
                send(Message::FolderAdded(path.clone()));
            }
            loading::load(*job, source, &settings, &send)?;
        }
        Effect::MeasureChanges { job, settings } => {
            let found = Ok(run::measure_invariance(settings, &|_| {}).map_err(in_words)?);
            send(Message::ChangesMeasured { job: *job, found });
        }
        Effect::Measure(request) => training::measure(request, cancel, &send)?,
        Effect::PlanByTime(request) => {
            let MeasureRequest { job, training } = &**request;
            let found = Ok(training::fitted(training, cancel).map_err(in_words)?);
            send(Message::PlannedByTime { job: *job, found });
        }
        Effect::Price(request) => {
            let MeasureRequest { job, training } = &**request;
            let networks = run::networks(&training.plan);
            let found = run::costs(&training.settings, &networks, false, &mut |_, _| {
                !cancel.load(Ordering::Relaxed)
            });
            let found = Ok(found.map_err(in_words)?);
            send(Message::Priced { job: *job, found });
        }
        Effect::LoadRun(path) => {
            let data = open(path).and_then(|run| run.load()).map_err(in_words)?;
            send(Message::RunLoaded(Box::new(data)));
        }
        Effect::Runs(effect) => runs::perform(effect, &send)?,
        Effect::StartRun(request) => {
            let session = training::start(request, &send).map_err(in_words)?;
            let _ = reports.send(Report::Session(Box::new(session)));
        }
        Effect::ResumeRun(path) => {
            let session = open(path)
                .and_then(|run| run::resume(&run, &Moved::default(), &|_| {}))
                .map_err(in_words)?;
            let _ = reports.send(Report::Session(Box::new(session)));
        }
        Effect::Follow(path) => {
            let follower = Follower::start(path).map_err(in_words)?;
            let _ = reports.send(Report::Follower(Box::new(follower)));
        }
        other => studies::perform(other, shared, reports)?,
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn in_words(error: run::Error) -> String {
    error.to_string()
}

/// The run at a path.
fn open(path: &Path) -> Result<RunDirectory, run::Error> {
    RunDirectory::open(path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The next message, which has to come.
    pub(super) fn next(receiver: &crossbeam_channel::Receiver<Report>) -> Message {
        match receiver.recv_timeout(Duration::from_mins(1)).unwrap() {
            Report::Message(message) => *message,
            Report::Session(_) | Report::Follower(_) => panic!("no message"),
        }
    }

    #[test]
    fn a_run_that_is_not_there_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = crossbeam_channel::unbounded();
        let path = folder.path().join("nothing");
        let effect = Effect::LoadRun(path.clone());
        carry_out(effect, &mut Tasks::default(), &sender).unwrap();
        let message = next(&receiver);
        assert!(
            matches!(&message, Message::RunFailed { path: failed, .. } if *failed == path),
            "{message:?}"
        );
    }
}
