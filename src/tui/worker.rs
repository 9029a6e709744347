//! Carries out effects on background threads, which send back what they found.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::Error;
use super::app::{Effect, LoadStage, Loaded, Message, Samples, StartRequest};
use crate::dataset::{self, Source};
use crate::report::{self, Format};
use crate::run::{self, Phase, RunDirectory, Session, Settings};
use crate::training::device::{self, Monitor};

/// Sample images of each kind.
const SAMPLES: usize = 6;
/// Least time between two reports of progress.
const REPORT: Duration = Duration::from_millis(50);
/// Time between two looks at the machine's load.
const LOOK: Duration = Duration::from_secs(1);

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
/// # Errors
/// [`Error::Thread`] where the operating system gives none.
pub fn carry_out(effect: Effect, reports: &Sender<Report>) -> Result<(), Error> {
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
                effect => perform(effect, &send),
            });
            if let Err(panic) = catch_unwind(work) {
                send(failed(panic_text(panic.as_ref())));
            }
        })
        .map_err(Error::Thread)?;
    Ok(())
}

/// What a panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned());
    format!("internal error: {text}")
}

/// The message by which the app hears that an effect failed.
fn failure_of(effect: &Effect) -> Box<dyn FnOnce(String) -> Message> {
    match effect {
        Effect::LoadDataset { job, .. } => {
            let job = *job;
            Box::new(move |sentence| Message::LoadFailed { job, sentence })
        }
        Effect::LoadRun(path) => {
            let path = path.clone();
            Box::new(move |sentence| Message::RunFailed { path, sentence })
        }
        Effect::StartRun(_) => Box::new(Message::StartFailed),
        Effect::Export { .. } => Box::new(Message::ExportFailed),
        Effect::ListRuns(_) => Box::new(Message::RunsFailed),
        _ => Box::new(Message::DeleteFailed),
    }
}

fn perform(effect: Effect, send: &(dyn Fn(Message) + Sync)) {
    match effect {
        Effect::ListDatasets(options) => send(Message::DatasetsListed(dataset::list(&options))),
        Effect::ListDevices => send(Message::DevicesListed(device::list())),
        Effect::ListRuns(out) => send(match run::list(&out) {
            Ok((listings, problems)) => Message::RunsListed(listings, problems),
            Err(error) => Message::RunsFailed(error.to_string()),
        }),
        Effect::LoadDataset {
            job,
            source,
            settings,
        } => send(match load(job, source, &settings, send) {
            Ok(loaded) => Message::Analysed {
                job,
                loaded: Arc::new(loaded),
            },
            Err(error) => Message::LoadFailed {
                job,
                sentence: error.to_string(),
            },
        }),
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
        Effect::StartRun(_) | Effect::Control(_) | Effect::Quit => {}
    }
}

fn load(
    job: u64,
    source: Source,
    settings: &Settings,
    send: &(dyn Fn(Message) + Sync),
) -> Result<Loaded, run::Error> {
    let throttle = Throttle::new();
    let prepared = run::prepare(settings, &|phase| {
        let stage = match phase {
            Phase::Loading(done, total) => LoadStage::Reading { done, total },
            Phase::Profiling(done, total) => LoadStage::Profiling { done, total },
        };
        if throttle.pass() {
            send(Message::LoadProgress { job, stage });
        }
    })?;
    let information = &prepared.measurement.images.information;
    Ok(Loaded {
        source,
        samples: Samples::pick(&prepared.dataset, information, SAMPLES),
        dataset: prepared.dataset,
        analysis: prepared.analysis,
    })
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

fn start(request: &StartRequest) -> Result<Session, run::Error> {
    Session::start(
        &request.settings,
        Arc::clone(&request.dataset),
        &request.analysis,
        &request.plan,
    )
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

/// Looks at the machine's load every second until it is dropped.
#[derive(Debug)]
pub struct LoadWatch {
    over: Arc<AtomicBool>,
}

impl LoadWatch {
    /// Watches this process, and `device` where it is a GPU.
    ///
    /// # Errors
    /// [`Error::Thread`] where the operating system gives none.
    pub fn start(device: String, reports: Sender<Report>) -> Result<Self, Error> {
        let over = Arc::new(AtomicBool::new(false));
        let watch = Self {
            over: Arc::clone(&over),
        };
        std::thread::Builder::new()
            .name("load".to_owned())
            .spawn(move || {
                let mut monitor = Monitor::new(&device);
                while !over.load(Ordering::Relaxed) {
                    let load = monitor.sample();
                    let report = Report::Message(Box::new(Message::Load(load)));
                    if reports.send(report).is_err() {
                        break;
                    }
                    std::thread::sleep(LOOK);
                }
            })
            .map_err(Error::Thread)?;
        Ok(watch)
    }
}

impl Drop for LoadWatch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_lets_the_first_report_through_and_not_the_next() {
        let throttle = Throttle::new();
        assert!(throttle.pass());
        throttle.next.store(usize::MAX, Ordering::Relaxed);
        assert!(!throttle.pass());
    }

    #[test]
    fn a_panic_becomes_a_sentence() {
        let panic = catch_unwind(|| panic!("out of {}", "luck")).unwrap_err();
        assert_eq!(panic_text(panic.as_ref()), "internal error: out of luck");
    }

    #[test]
    fn a_run_that_is_not_there_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = crossbeam_channel::unbounded();
        let path = folder.path().join("nothing");
        carry_out(Effect::LoadRun(path.clone()), &sender).unwrap();
        let Report::Message(message) = receiver.recv_timeout(Duration::from_secs(20)).unwrap()
        else {
            panic!("no message");
        };
        assert!(
            matches!(&*message, Message::RunFailed { path: failed, .. } if *failed == path),
            "{message:?}"
        );
    }
}
