//! A run in progress: the training thread, and the thread that records its events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::control;
use super::events::EventLog;
use super::files::{Files, claim, make_checkpoints};
use super::layout::{EVENTS, METRICS};
use super::manifest::Manifest;
use super::metrics::MetricsLog;
use super::recorder::Recorder;
use super::status::Heartbeat;
use super::{
    Account, Error, Lock, Resolved, RunDirectory, Settings, Summary, file, samples, summarise,
};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::disk;
use crate::evidence::TestSet;
use crate::network::{Plan, Spec};
use crate::training::checkpoint::ResumeState;
use crate::training::clock::Monotonic;
use crate::training::device::{Opened, energy};
use crate::training::paired::{self, Enough, Handle, Job};
use crate::training::rates::RateCheck;
use crate::training::{self, Control, EpochRecord, Event, Holdout, device};

/// What the owner of a session receives, in order; the last one says how the training ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The epochs that a resumed run had finished before; sent once, first.
    EarlierEpochs(Vec<EpochRecord>),
    /// An event of the training thread that is not its last; it is in `events.jsonl`.
    Event(Event),
    /// All seeds are trained and `summary.json` is written. Nothing follows.
    Finished(Box<Summary>),
    /// Stopped on request; every finished epoch has its checkpoint. Nothing follows.
    Stopped,
    /// The run could not go on; one sentence. Nothing follows.
    Failed(String),
}

/// A run in progress. Dropping it stops the training after its current step and waits until
/// everything is written down.
#[derive(Debug)]
pub struct Session {
    directory: PathBuf,
    control: Option<Sender<Control>>,
    /// Whether a stop was asked for, which the run's heartbeat says.
    stopping: Arc<AtomicBool>,
    updates: Receiver<Update>,
    threads: Vec<JoinHandle<()>>,
    /// Held as long as the session.
    _lock: Lock,
}

/// What a run starts or continues with.
pub(super) struct Beginning {
    pub(super) lock: Lock,
    pub(super) directory: RunDirectory,
    /// Its writing end.
    pub(super) files: Files,
    pub(super) manifest: Manifest,
    pub(super) plan: Plan,
    pub(super) capped: Spec,
    pub(super) dataset: Arc<Dataset>,
    pub(super) device: Opened,
    /// How far every network had come.
    pub(super) resume_state: ResumeState,
    /// The rows of `metrics.csv` so far.
    pub(super) rows: Vec<EpochRecord>,
    /// What was added up so far.
    pub(super) account: Account,
}

impl Session {
    /// Makes the run directory and starts training in the background.
    ///
    /// Opening a CUDA device may take seconds.
    ///
    /// # Errors
    /// [`Error::NothingToCap`] where the plan has no capped network, [`Error::Training`] for a recipe,
    /// images or device that cannot be used, [`Error::Io`] where the run directory cannot be made.
    pub fn start(
        resolved: &Resolved,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<Self, Error> {
        resolved.settings.check_one_device()?;
        in_new_folder(&resolved.settings.out, |make| {
            Self::begin(laid_out(resolved, dataset, analysis, plan, make)?)
        })
    }

    /// As [`start`](Self::start), in the folder `path` and no other, which may exist but must hold no run.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`Error::Held`] or [`Error::Begun`] where another process was faster.
    pub fn start_in(
        path: &Path,
        resolved: &Resolved,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<Self, Error> {
        resolved.settings.check_one_device()?;
        let mut make = |_: &Manifest| {
            file::make_folder(path)?;
            let lock = Lock::take(path)?;
            if RunDirectory::open(path).is_ok() {
                return Err(Error::Begun {
                    path: path.to_owned(),
                });
            }
            Ok((path.to_owned(), lock))
        };
        Self::begin(laid_out(resolved, dataset, analysis, plan, &mut make)?)
    }

    /// Makes the run directory as [`start`](Self::start) does and trains nothing: its seeds are [split](super::split) among
    /// other processes.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn lay_out(
        resolved: &Resolved,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<(RunDirectory, Lock), Error> {
        in_new_folder(&resolved.settings.out, |make| {
            let Beginning {
                directory, lock, ..
            } = laid_out(resolved, dataset, analysis, plan, make)?;
            Ok((directory, lock))
        })
    }

    /// As [`lay_out`](Self::lay_out), in the folder `path`, which `lock` locks and which holds no run.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn lay_out_in(
        path: &Path,
        lock: Lock,
        resolved: &Resolved,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<(RunDirectory, Lock), Error> {
        resolved.settings.check_one_device()?;
        let mut lock = Some(lock);
        let mut make = |_: &Manifest| match lock.take() {
            Some(lock) => Ok((path.to_owned(), lock)),
            None => Err(Error::Begun {
                path: path.to_owned(),
            }),
        };
        let Beginning {
            directory, lock, ..
        } = laid_out(resolved, dataset, analysis, plan, &mut make)?;
        Ok((directory, lock))
    }

    /// Starts the threads of a run whose directory exists and is locked.
    pub(super) fn begin(beginning: Beginning) -> Result<Self, Error> {
        let Beginning {
            lock,
            directory,
            files,
            manifest,
            plan,
            capped,
            dataset,
            device,
            resume_state,
            rows,
            account,
        } = beginning;
        let path = directory.path().to_path_buf();
        make_checkpoints(&path, &directory.checkpoints())?;
        control::clear(&path);
        let enough = enough(&manifest, &plan, &path);
        let job = Job {
            enough,
            dataset,
            baseline: plan.baseline_spec.clone(),
            capped,
            recipe: manifest.settings.recipe.clone(),
            meter: energy::meter(&device.name),
            device,
            checkpoints: directory.checkpoints(),
            run: manifest.identity(),
            resume_state,
            clock: Arc::new(Monotonic::default()),
        };
        let events = EventLog::open(&path.join(EVENTS))?;
        let metrics = MetricsLog::open(&path.join(METRICS))?;
        let identity = disk::identity(&path).ok().flatten();
        let Handle {
            control,
            events: said,
            thread,
        } = paired::spawn(job)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let recorder = Recorder {
            files,
            events,
            metrics,
            rows,
            account,
            manifest,
            plan,
            directory,
            identity,
            controls: control.clone(),
            moved: false,
            stopping: Arc::clone(&stopping),
            lost: lock.lost(),
            heartbeat: Heartbeat::new(&path),
        };
        let (sender, updates) = unbounded();
        let writer = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || recorder.record_all(&said, &sender))
            .map_err(|error| {
                training::TrainingError::Died(format!("no thread could be started: {error}"))
            })?;
        Ok(Self {
            directory: path,
            control: Some(control),
            stopping,
            updates,
            threads: vec![thread, writer],
            _lock: lock,
        })
    }

    /// The run directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The updates of the run; unbounded, never blocks the training.
    #[must_use]
    pub const fn updates(&self) -> &Receiver<Update> {
        &self.updates
    }

    /// Sends a control to the training thread; without effect once it has ended.
    pub fn control(&self, control: Control) {
        if control == Control::Stop {
            self.stopping.store(true, Ordering::Relaxed);
        }
        if let Some(sender) = &self.control
            && sender.send(control).is_err()
        {
            tracing::debug!(?control, "the training has ended already");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.control(Control::Stop);
        self.control = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the run panicked");
            }
        }
    }
}

/// Makes and locks the folder of a run.
type Make<'a> = &'a mut dyn FnMut(&Manifest) -> Result<(PathBuf, Lock), Error>;

/// Does `work`, which may make a new folder below `out` for a run; the folder goes again where that fails.
fn in_new_folder<T>(
    out: &Path,
    work: impl FnOnce(Make<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut claimed = None;
    let done = work(&mut |manifest| {
        let folder = claim(out, &manifest.folder_name())?;
        let folder = claimed.insert(folder).clone();
        let lock = Lock::take(&folder)?;
        Ok((folder, lock))
    });
    if let (Err(_), Some(folder)) = (&done, claimed)
        && let Err(error) = std::fs::remove_dir_all(&folder)
    {
        tracing::warn!(%error, "what a start left that failed stays");
    }
    done
}

/// A run whose directory `make` has made and locked, with its first files.
fn laid_out(
    resolved: &Resolved,
    dataset: Arc<Dataset>,
    analysis: &Analysis,
    plan: &Plan,
    make: Make<'_>,
) -> Result<Beginning, Error> {
    let settings = &resolved.settings.with_absolute_paths();
    let capped = plan
        .capped_spec
        .clone()
        .ok_or_else(|| Error::nothing_to_cap(plan))?;
    let mut notes = analysis.profile.notes.clone();
    notes.extend(settings.decided(&analysis.profile));
    notes.extend(resolved.rate_check.as_ref().map(RateCheck::sentence));
    let settings = &settings.settled(&dataset);
    settings.recipe.check_data(&dataset)?;
    settings.check_looks()?;
    let device = device::open(&settings.device)?.with_precision(settings.precision)?;
    training::memory::check([&plan.baseline_spec, &capped], &device)?;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: jiff::Timestamp::now(),
        device: device.description.clone(),
        data_fingerprint: dataset.fingerprint(),
        settings_fingerprint: settings.fingerprint(),
        test_set: Some(test_set(&dataset)),
        holdout_set: holdout_set(&dataset, settings)?,
        notes,
        seeds_added: Vec::new(),
        settings: settings.clone(),
        rate_check: resolved.rate_check.clone(),
    };
    let samples = samples::picture(&dataset)?;
    let (folder, lock) = make(&manifest)?;
    let (directory, files) =
        RunDirectory::fill(&folder, &manifest, analysis, plan, Some(&samples))?;
    Ok(Beginning {
        lock,
        directory,
        files,
        manifest,
        plan: plan.clone(),
        capped,
        dataset,
        device,
        resume_state: ResumeState::default(),
        rows: Vec::new(),
        account: Account::default(),
    })
}

/// Whether a look at the seeds so far decides; never without looks.
fn enough(manifest: &Manifest, plan: &Plan, path: &Path) -> Enough {
    if manifest.settings.looks.is_empty() {
        return Enough::default();
    }
    let (manifest, plan, path) = (manifest.clone(), plan.clone(), path.to_owned());
    Enough(Arc::new(move |rows| {
        let summary = summarise(&manifest, &plan, &path, rows);
        summary.verdict.is_decided_at_a_look()
    }))
}

/// What the networks of a run on `dataset` are tested on.
pub(super) fn test_set(dataset: &Dataset) -> TestSet {
    TestSet {
        images: dataset.test.len(),
        most_frequent: dataset.test.most_frequent(),
    }
}

/// What the networks of a run on `dataset` are chosen on; none without a hold-out.
fn holdout_set(dataset: &Dataset, settings: &Settings) -> Result<Option<TestSet>, Error> {
    let holdout = Holdout::of(dataset, settings.recipe.holdout)?;
    let images = holdout.held_out.len();
    Ok((images > 0).then(|| TestSet {
        images,
        most_frequent: holdout.most_frequent(dataset),
    }))
}
