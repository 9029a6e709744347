//! Carries out effects on background threads, which send messages back.

mod acting;
mod listing;
mod load_watch;
mod runs;
mod runs_watch;
mod studies;
mod tasks;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

pub use load_watch::LoadWatch;
pub use runs_watch::RunsWatch;
use tasks::Shared;
pub use tasks::Tasks;

use super::AppError;
use super::app::{Effect, MeasureRequest, Message, StartRequest};
use super::screens::data::Loaded;
use super::screens::depth::Fitted;
use super::screens::studies::StudyUpdate;
use crate::dataset::{Dataset, Source, State, catalogue, detect};
use crate::messages;
use crate::report::{self, Format};
use crate::run::{self, Follower, Moved, RunDirectory, Session, Settings, Shown, TimedPlan};
use crate::training::device;

/// Least time between two reports of progress.
const REPORT: Duration = Duration::from_millis(50);

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
        } => load(*job, source.clone(), settings, &send)?,
        Effect::AddPath {
            job,
            path,
            settings,
        } => {
            let (source, settings) = added(path, (**settings).clone())?;
            if source.is_published() {
                send(Message::FolderAdded(path.clone()));
            }
            load(*job, source, &settings, &send)?;
        }
        Effect::MeasureChanges { job, settings } => {
            let found = Ok(run::measure_invariance(settings, &|_| {}).map_err(in_words)?);
            send(Message::ChangesMeasured { job: *job, found });
        }
        Effect::Measure(request) => measure(request, cancel, &send)?,
        Effect::PlanByTime(request) => {
            let MeasureRequest { job, training } = &**request;
            let found = Ok(fitted(training, cancel).map_err(in_words)?);
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
            let session = start(request, &send).map_err(in_words)?;
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

/// The dataset at `path`, with settings by which it is found there.
fn added(path: &Path, mut settings: Settings) -> Result<(Source, Settings), String> {
    let source = detect(path).map_err(|error| error.to_string())?;
    settings.dataset = source.to_string();
    if source.is_published() {
        settings.data_dirs.push(path.to_owned());
        let entry = catalogue::entry(source.clone(), &run::prepare::load_options(&settings));
        match entry.state {
            State::Found(place) if place.starts_with(path) => {}
            State::Found(place) => {
                return Err(format!(
                    "{source} is already in {}: to use this copy, type {source} as the path and {} as --data-dir",
                    place.display(),
                    path.display()
                ));
            }
            State::Missing(sentence) => return Err(sentence),
            State::Embedded => {}
        }
    }
    Ok((source, settings))
}

fn load(
    job: u64,
    source: Source,
    settings: &Settings,
    send: &(dyn Fn(Message) + Sync),
) -> Result<(), String> {
    let throttle = Throttle::new();
    let overview = run::overview(settings, &|stage| {
        if throttle.pass() {
            send(Message::LoadProgress { job, stage });
        }
    })
    .map_err(in_words)?;
    let Shown {
        test_images,
        spreads,
        samples,
    } = overview.shown;
    let loaded = Arc::new(Loaded {
        source,
        dataset: overview.dataset,
        test_images,
        analysis: overview.analysis,
        spreads,
        samples,
    });
    send(Message::Analysed { job, loaded });
    Ok(())
}

fn measure(
    request: &MeasureRequest,
    cancel: &AtomicBool,
    send: &(dyn Fn(Message) + Sync),
) -> Result<(), String> {
    let MeasureRequest { job, training } = request;
    let job = *job;
    let found = images(training).and_then(|dataset| {
        run::measure(
            &training.settings,
            dataset,
            &training.plan,
            &mut |done, of| {
                send(Message::MeasureProgress { job, done, of });
                !cancel.load(Ordering::Relaxed)
            },
        )
    });
    let found = found.map_err(in_words)?;
    send(Message::Measured { job, found });
    Ok(())
}

/// Lets one report through every [`REPORT`].
struct Throttle {
    started: Instant,
    next: AtomicUsize,
}

impl Throttle {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            next: AtomicUsize::new(0),
        }
    }

    fn pass(&self) -> bool {
        let now = self.started.elapsed().as_millis() as usize;
        let next = self.next.load(Ordering::Relaxed);
        now >= next
            && self
                .next
                .compare_exchange(
                    next,
                    now + REPORT.as_millis() as usize,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }
}

/// What timed steps say of a pair; none where that was stopped.
fn fitted(training: &StartRequest, cancel: &AtomicBool) -> Result<Option<Fitted>, run::Error> {
    let mut goes_on = || !cancel.load(Ordering::Relaxed);
    let StartRequest {
        settings, analysis, ..
    } = training;
    let Some(timed) = settings.plan_by_time(analysis, &mut goes_on)? else {
        return Ok(None);
    };
    let ControlFlow::Continue(narrow) = timed.settings.narrower(&timed.plan, &mut goes_on)? else {
        return Ok(None);
    };
    let measured = timed.plan.width_measured;
    Ok(Some(Fitted {
        factor: timed.plan.width_factor.filter(|_| measured),
        measured: timed.plan.measured,
        narrow,
    }))
}

/// Starts a training, whose steps are timed before where its width needs that.
fn start(request: &StartRequest, send: &(dyn Fn(Message) + Sync)) -> Result<Session, run::Error> {
    let dataset = images(request)?;
    let mut timed = TimedPlan {
        settings: request.settings.clone(),
        plan: request.plan.clone(),
    };
    if timed.settings.needs_width()
        && let Some(found) = request
            .settings
            .plan_by_time(&request.analysis, &mut || true)?
    {
        timed = found;
        send(Message::Replanned {
            width_factor: timed.settings.width_factor,
            plan: Box::new(timed.plan.clone()),
        });
    }
    let TimedPlan { settings, plan } = &timed;
    let chosen = run::choose_epochs(settings, &dataset, plan, &mut |_, _| true)?;
    let settings = &chosen.unwrap_or_else(|| settings.clone());
    let resolved = run::choose_rates(settings, &dataset, plan, &mut |_, _| true)?;
    let resolved = resolved.unwrap_or_else(|| settings.into());
    Session::start(&resolved, dataset, &request.analysis, plan)
}

/// The images of a training, which are read where a kept profile had made that unnecessary.
fn images(request: &StartRequest) -> Result<Arc<Dataset>, run::Error> {
    if let Some(dataset) = &request.dataset {
        return Ok(Arc::clone(dataset));
    }
    let prepared = run::prepare(&request.settings, &|_| {})?;
    if prepared.analysis.readings != request.analysis.readings {
        return Err(run::Error::Setting(format!(
            "the files of {} have changed since they were profiled: restart the program to profile them again",
            request.settings.dataset
        )));
    }
    Ok(prepared.dataset)
}

/// The run at a path.
fn open(path: &Path) -> Result<RunDirectory, run::Error> {
    RunDirectory::open(path)
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Writes all formats and counts the files.
fn export(run: &Path, formats: &[Format], out: &Path) -> Result<usize, String> {
    let data = open(run)
        .and_then(|run| run.load())
        .map_err(|error| error.to_string())?;
    let mut files: Vec<PathBuf> = Vec::new();
    for &format in formats {
        files.extend(report::export(&data, format, out).map_err(|error| error.to_string())?);
    }
    files.sort();
    files.dedup();
    Ok(files.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The next message, which has to come.
    pub(super) fn next(receiver: &crossbeam_channel::Receiver<Report>) -> Message {
        match receiver.recv_timeout(Duration::from_mins(1)).unwrap() {
            Report::Message(message) => *message,
            Report::Session(_) | Report::Follower(_) => panic!("no message"),
        }
    }

    #[test]
    fn a_throttle_lets_the_first_report_through_and_not_the_next() {
        let throttle = Throttle::new();
        assert!(throttle.pass());
        throttle.next.store(usize::MAX, Ordering::Relaxed);
        assert!(!throttle.pass());
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
