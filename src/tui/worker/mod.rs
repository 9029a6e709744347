//! Carries out effects on background threads, which send back what they found.

mod listing;
mod load_watch;
mod tasks;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

pub use load_watch::LoadWatch;
pub use tasks::Tasks;

use super::Error;
use super::app::{Effect, LoadStage, Loaded, MeasureRequest, Message, StartRequest};
use crate::dataset::{Dataset, Source, State, catalogue, look};
use crate::messages;
use crate::report::{self, Format};
use crate::run::{self, Moved, Phase, RunDirectory, Session, Settings, Shown};
use crate::training::device;

/// Least time between two reports of progress.
const REPORT: Duration = Duration::from_millis(50);

/// What a background thread sends.
#[derive(Debug)]
pub enum Report {
    /// Something for the app.
    Message(Box<Message>),
    /// A training has started.
    Session(Box<Session>),
}

/// Starts the thread that carries out `effect`; [`Effect::Control`] and [`Effect::Quit`] are none of its business.
///
/// `tasks` keeps what is needed to stop it.
///
/// # Errors
/// [`Error::Thread`] where the operating system gives none.
pub fn carry_out(effect: Effect, tasks: &mut Tasks, reports: &Sender<Report>) -> Result<(), Error> {
    if let Effect::StopTask(source) = &effect {
        tasks.stop(source);
        return Ok(());
    }
    if effect == Effect::StopMeasuring {
        tasks.stop_measuring();
        return Ok(());
    }
    let cancel = tasks.begin(&effect);
    let reports = reports.clone();
    std::thread::Builder::new()
        .name("effect".to_owned())
        .spawn(move || {
            let failed = failure_of(&effect);
            let send = |message: Message| {
                let _ = reports.send(Report::Message(Box::new(message)));
            };
            let work = AssertUnwindSafe(|| match effect {
                Effect::StartRun(request) => match start(&request) {
                    Ok(session) => {
                        let _ = reports.send(Report::Session(Box::new(session)));
                    }
                    Err(error) => send(Message::StartFailed(error.to_string())),
                },
                Effect::ResumeRun(path) => {
                    match open(&path).and_then(|run| run::resume(&run, &Moved::default(), &|_| {}))
                    {
                        Ok(session) => {
                            let _ = reports.send(Report::Session(Box::new(session)));
                        }
                        Err(error) => send(Message::StartFailed(error.to_string())),
                    }
                }
                effect => perform(effect, &cancel, &send),
            });
            if let Err(panic) = catch_unwind(work) {
                let text = messages::panic_text(panic.as_ref());
                send(failed(format!("internal error: {text}")));
            }
        })
        .map_err(Error::Thread)?;
    Ok(())
}

/// The message by which the app hears that an effect failed.
fn failure_of(effect: &Effect) -> Box<dyn FnOnce(String) -> Message> {
    match effect {
        Effect::LoadDataset { job, .. } => {
            let job = *job;
            Box::new(move |sentence| Message::LoadFailed { job, sentence })
        }
        Effect::AddPath { job, .. } => {
            let job = *job;
            Box::new(move |sentence| Message::LoadFailed { job, sentence })
        }
        Effect::Fetch { source, .. } => {
            let source = source.clone();
            Box::new(move |sentence| Message::FetchFailed { source, sentence })
        }
        Effect::Verify { source, .. } => {
            let source = source.clone();
            Box::new(move |sentence| Message::Verified {
                source,
                sound: false,
                sentence,
            })
        }
        Effect::Measure(request) => {
            let job = request.job;
            Box::new(move |sentence| Message::MeasureFailed { job, sentence })
        }
        Effect::LoadRun(path) => {
            let path = path.clone();
            Box::new(move |sentence| Message::RunFailed { path, sentence })
        }
        Effect::Export { .. } => Box::new(Message::ExportFailed),
        Effect::ListRuns(_) => Box::new(Message::RunsFailed),
        Effect::DeleteRun(_) => Box::new(Message::DeleteFailed),
        Effect::ListDatasets { .. } => Box::new(|sentence| {
            Message::DatasetsFailed(format!("the datasets cannot be listed: {sentence}"))
        }),
        Effect::ListFolder { typed, .. } => {
            let typed = typed.clone();
            Box::new(move |sentence| Message::FolderListed {
                typed,
                found: Err(sentence),
            })
        }
        Effect::ListDevices => Box::new(|sentence| {
            Message::DevicesFailed(format!("the devices cannot be listed: {sentence}"))
        }),
        // Those after the first two need no thread: nothing of them can fail here.
        Effect::StartRun(_)
        | Effect::ResumeRun(_)
        | Effect::StopTask(_)
        | Effect::StopMeasuring
        | Effect::Control(_)
        | Effect::Suspend
        | Effect::Quit => Box::new(Message::StartFailed),
    }
}

fn perform(effect: Effect, cancel: &AtomicBool, send: &(dyn Fn(Message) + Sync)) {
    match effect {
        Effect::ListDatasets { options, added } => {
            send(Message::DatasetsListed(listing::datasets(&options, added)));
        }
        Effect::ListFolder { typed, folder } => send(Message::FolderListed {
            typed,
            found: listing::folder(&folder),
        }),
        Effect::Fetch { source, data_dir } => {
            send(tasks::fetch(source, data_dir.as_deref(), cancel, send));
        }
        Effect::Verify { source, options } => send(tasks::verify(source, &options, cancel)),
        Effect::ListDevices => send(Message::DevicesListed(device::list())),
        Effect::ListRuns(out) => send(match run::list(&out) {
            Ok((listings, problems)) => Message::RunsListed(listings, problems),
            Err(error) => Message::RunsFailed(error.to_string()),
        }),
        Effect::LoadDataset {
            job,
            source,
            settings,
        } => send(load(job, source, &settings, send)),
        Effect::AddPath {
            job,
            path,
            settings,
        } => send(match added(&path, *settings) {
            Ok((source, settings)) => {
                if source.is_published() {
                    send(Message::FolderAdded(path));
                }
                load(job, source, &settings, send)
            }
            Err(sentence) => Message::LoadFailed { job, sentence },
        }),
        Effect::Measure(request) => send(measure(*request, cancel, send)),
        Effect::LoadRun(path) => send(match open(&path).and_then(|run| run.load()) {
            Ok(data) => Message::RunLoaded(Box::new(data)),
            Err(error) => Message::RunFailed {
                path,
                sentence: error.to_string(),
            },
        }),
        Effect::Export { run, formats, out } => send(match export(&run, &formats, &out) {
            Ok(files) => Message::Exported { out, files },
            Err(sentence) => Message::ExportFailed(sentence),
        }),
        Effect::DeleteRun(path) => send(match open(&path).and_then(|run| run::remove(&run)) {
            Ok(()) => Message::RunDeleted(name(&path)),
            Err(error) => Message::DeleteFailed(error.to_string()),
        }),
        Effect::StartRun(_)
        | Effect::ResumeRun(_)
        | Effect::Control(_)
        | Effect::StopTask(_)
        | Effect::StopMeasuring
        | Effect::Suspend
        | Effect::Quit => {}
    }
}

/// The dataset at `path`, with settings by which it is found there.
fn added(path: &Path, mut settings: Settings) -> Result<(Source, Settings), String> {
    let source = look::look(path).map_err(|error| error.to_string())?;
    settings.dataset = source.to_string();
    if source.is_published() {
        settings.data_dirs.push(path.to_owned());
        let entry = catalogue::entry(source.clone(), &run::prepare::load_options(&settings));
        match entry.state {
            State::Found(place) if place.starts_with(path) => {}
            State::Found(place) => {
                return Err(format!(
                    "{source} is already found in {}: start the program with --data-dir {} to use this copy",
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

fn load(job: u64, source: Source, settings: &Settings, send: &(dyn Fn(Message) + Sync)) -> Message {
    let throttle = Throttle::new();
    let overview = run::overview(settings, &|phase| {
        let stage = match phase {
            Phase::Loading(done, total) => LoadStage::Reading { done, total },
            Phase::Profiling(done, total) => LoadStage::Profiling { done, total },
        };
        if throttle.pass() {
            send(Message::LoadProgress { job, stage });
        }
    });
    let overview = match overview {
        Ok(overview) => overview,
        Err(error) => {
            return Message::LoadFailed {
                job,
                sentence: error.to_string(),
            };
        }
    };
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
    Message::Analysed { job, loaded }
}

fn measure(
    request: MeasureRequest,
    cancel: &AtomicBool,
    send: &(dyn Fn(Message) + Sync),
) -> Message {
    let MeasureRequest { job, training } = request;
    let found = images(&training).and_then(|dataset| {
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
    match found {
        Ok(found) => Message::Measured { job, found },
        Err(error) => Message::MeasureFailed {
            job,
            sentence: error.to_string(),
        },
    }
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

/// Starts a training.
fn start(request: &StartRequest) -> Result<Session, run::Error> {
    let dataset = images(request)?;
    Session::start(&request.settings, dataset, &request.analysis, &request.plan)
}

/// The images of a training, which are read where a kept profile had made that unnecessary.
fn images(request: &StartRequest) -> Result<Arc<Dataset>, run::Error> {
    if let Some(dataset) = &request.dataset {
        return Ok(Arc::clone(dataset));
    }
    let prepared = run::prepare(&request.settings, &|_| {})?;
    if prepared.analysis.readings != request.analysis.readings {
        return Err(run::Error::Setting(format!(
            "the files of {} have changed since they were profiled: leave the program and start it again to profile them as they are",
            request.settings.dataset
        )));
    }
    Ok(prepared.dataset)
}

/// The run at a path.
fn open(path: &Path) -> Result<RunDirectory, run::Error> {
    RunDirectory::find(
        &path.to_string_lossy(),
        path.parent().unwrap_or_else(|| Path::new(".")),
    )
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
            Report::Session(_) => panic!("a session"),
        }
    }

    #[test]
    fn a_throttle_lets_the_first_report_through_and_not_the_next() {
        let throttle = Throttle::new();
        assert!(throttle.pass());
        throttle.next.store(usize::MAX, Ordering::Relaxed);
        assert!(!throttle.pass());
    }

    /// What a panic in a task is reported as, by the task.
    #[test]
    fn every_task_reports_its_own_failure() {
        let sentence = || "internal error: x".to_owned();
        let failed = |effect: Effect| failure_of(&effect)(sentence());
        let options = run::prepare::load_options(&crate::tui::fixtures::settings());
        let listing = Effect::ListDatasets {
            options: options.clone(),
            added: Vec::new(),
        };
        assert!(matches!(failed(listing), Message::DatasetsFailed(said) if said.ends_with('x')));
        let folder = Effect::ListFolder {
            typed: "~/d".to_owned(),
            folder: "d".into(),
        };
        assert!(matches!(
            failed(folder),
            Message::FolderListed { typed, found: Err(said) } if typed == "~/d" && said == sentence()
        ));
        assert!(matches!(
            failed(Effect::ListDevices),
            Message::DevicesFailed(_)
        ));
        assert!(matches!(
            failed(Effect::ListRuns("r".into())),
            Message::RunsFailed(_)
        ));
        assert!(matches!(
            failed(Effect::DeleteRun("r".into())),
            Message::DeleteFailed(_)
        ));
        let run = std::path::PathBuf::from("r");
        assert!(
            matches!(failed(Effect::LoadRun(run.clone())), Message::RunFailed { path, .. } if path == run)
        );
        assert!(matches!(
            failed(Effect::ResumeRun(run.clone())),
            Message::StartFailed(_)
        ));
        let export = Effect::Export {
            run,
            formats: Vec::new(),
            out: "o".into(),
        };
        assert!(matches!(failed(export), Message::ExportFailed(_)));
        let source = Source::Mnist;
        let verify = Effect::Verify {
            source: source.clone(),
            options,
        };
        assert!(matches!(
            failed(verify),
            Message::Verified { sound: false, .. }
        ));
        let fetch = Effect::Fetch {
            source,
            data_dir: None,
        };
        assert!(matches!(
            failed(fetch),
            Message::FetchFailed {
                source: Source::Mnist,
                ..
            }
        ));
        let add = Effect::AddPath {
            job: 7,
            path: "p".into(),
            settings: Box::new(crate::tui::fixtures::settings()),
        };
        assert!(matches!(failed(add), Message::LoadFailed { job: 7, .. }));
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
