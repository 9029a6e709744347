//! A run in progress: the training thread, and the thread that writes down what it says.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::file;
use super::manifest::Manifest;
use super::samples;
use super::summary::summarise_whole;
use super::{Account, Error, EventLog, Lock, MetricsLog, RunDirectory, Settings, Summary};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::network::{Plan, Spec};
use crate::training::checkpoint::Standing;
use crate::training::clock::Monotonic;
use crate::training::device::Opened;
use crate::training::paired::{self, Handle, Job};
use crate::training::{self, Control, EpochRecord, Event, device};

/// What the owner of a session hears, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The epochs that a resumed run had finished before; said once, before anything else.
    Kept(Vec<EpochRecord>),
    /// The training thread said something, and it is written down.
    Event(Event),
    /// All seeds are trained and `summary.json` lies in the run directory. Nothing follows.
    Finished(Box<Summary>),
    /// Stopped on request; all finished epochs are kept. Nothing follows.
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
    updates: Receiver<Update>,
    threads: Vec<JoinHandle<()>>,
    lock: Lock,
}

/// What a run begins with, or goes on with.
pub(super) struct Beginning {
    pub(super) lock: Lock,
    pub(super) directory: RunDirectory,
    pub(super) manifest: Manifest,
    pub(super) plan: Plan,
    pub(super) capped: Spec,
    pub(super) dataset: Arc<Dataset>,
    pub(super) device: Opened,
    /// How far every network had come.
    pub(super) standing: Standing,
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
    /// [`Error::NothingToCap`] where the plan has no capped network, [`Error::Training`] for a recipe
    /// or device that cannot be used, [`Error::Io`] where the run directory cannot be made.
    pub fn start(
        settings: &Settings,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<Self, Error> {
        Self::start_by(settings, dataset, plan, None, |manifest| {
            RunDirectory::create(manifest, analysis, plan)
        })
    }

    /// As [`start`](Self::start), in the folder `path` and no other, which may exist but must hold no run.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`Error::Held`] or [`Error::Begun`] where another process was faster.
    pub fn start_in(
        path: &Path,
        settings: &Settings,
        dataset: Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<Self, Error> {
        file::make_folder(path)?;
        let lock = Lock::take(path)?;
        if RunDirectory::open(path).is_ok() {
            return Err(Error::Begun {
                path: path.to_owned(),
            });
        }
        Self::start_by(settings, dataset, plan, Some(lock), |manifest| {
            RunDirectory::create_in(path, manifest, analysis, plan)
        })
    }

    fn start_by(
        settings: &Settings,
        dataset: Arc<Dataset>,
        plan: &Plan,
        lock: Option<Lock>,
        make: impl FnOnce(&Manifest) -> Result<RunDirectory, Error>,
    ) -> Result<Self, Error> {
        let capped = plan
            .capped_spec
            .clone()
            .ok_or_else(|| Error::nothing_to_cap(plan))?;
        settings.recipe.check(dataset.train.len())?;
        settings.recipe.check_crop(dataset.shape)?;
        let device = device::open(&settings.device)?.with_precision(settings.precision)?;
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: jiff::Timestamp::now(),
            device: device.description.clone(),
            data_fingerprint: dataset.fingerprint(),
            settings_fingerprint: Manifest::fingerprint(settings),
            settings: settings.clone(),
        };
        let directory = make(&manifest)?;
        directory.write_samples(&samples::picture(&dataset)?)?;
        Self::begin(Beginning {
            lock: lock.map_or_else(|| Lock::take(directory.path()), Ok)?,
            directory,
            manifest,
            plan: plan.clone(),
            capped,
            dataset,
            device,
            standing: Standing::default(),
            rows: Vec::new(),
            account: Account::default(),
        })
    }

    /// Starts the threads of a run whose directory lies there and is locked.
    pub(super) fn begin(beginning: Beginning) -> Result<Self, Error> {
        let Beginning {
            lock,
            directory,
            manifest,
            plan,
            capped,
            dataset,
            device,
            standing,
            rows,
            account,
        } = beginning;
        let path = directory.path().to_path_buf();
        let job = Job {
            dataset,
            baseline: plan.baseline_spec.clone(),
            capped,
            recipe: manifest.settings.recipe.clone(),
            device,
            checkpoints: directory.checkpoints(),
            standing,
            clock: Arc::new(Monotonic::default()),
        };
        let notebook = Notebook {
            events: directory.event_log()?,
            metrics: directory.metrics_log()?,
            rows,
            account,
            manifest,
            plan,
            directory,
        };
        let Handle {
            control,
            events,
            thread,
        } = paired::spawn(job)?;
        let (sender, updates) = unbounded();
        let writer = std::thread::Builder::new()
            .name("notebook".to_owned())
            .spawn(move || notebook.keep(&events, &sender))
            .map_err(|error| {
                training::Error::Died(format!("no thread could be started: {error}"))
            })?;
        Ok(Self {
            directory: path,
            control: Some(control),
            updates,
            threads: vec![thread, writer],
            lock,
        })
    }

    /// The run directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is heard of the run; unbounded, never blocks the training.
    #[must_use]
    pub const fn updates(&self) -> &Receiver<Update> {
        &self.updates
    }

    /// Lets go of the run's lock, for a process that ends without waiting for the present step.
    pub fn abandon(&self) {
        self.lock.clear();
    }

    /// Tells the training thread something; without effect once it has ended.
    pub fn control(&self, control: Control) {
        if let Some(sender) = &self.control
            && sender.send(control).is_err()
        {
            tracing::debug!(?control, "the training has ended already");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.control = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the run panicked");
            }
        }
    }
}

/// Writes down what the training thread says, then passes it on.
struct Notebook {
    events: EventLog,
    metrics: MetricsLog,
    rows: Vec<EpochRecord>,
    account: Account,
    manifest: Manifest,
    plan: Plan,
    directory: RunDirectory,
}

impl Notebook {
    fn keep(mut self, events: &Receiver<Event>, updates: &Sender<Update>) {
        let mut complained = false;
        if !self.rows.is_empty() {
            self.pass_on(updates, Update::Kept(self.rows.clone()));
        }
        for event in events {
            if let Err(error) = self.write(&event)
                && !complained
            {
                complained = true;
                let message = format!("{error}; training goes on, its record is incomplete");
                self.pass_on(updates, Update::Event(Event::Warning { message }));
            }
            let last = match &event {
                Event::Finished => Some(self.finish()),
                Event::Stopped => Some(Update::Stopped),
                Event::Failed { message } => Some(Update::Failed(message.clone())),
                _ => None,
            };
            self.pass_on(updates, Update::Event(event));
            if let Some(last) = last {
                self.pass_on(updates, last);
                return;
            }
        }
        self.pass_on(
            updates,
            Update::Failed("the training thread ended without a word".to_owned()),
        );
    }

    /// Writes an event down. What a full disk does not take waits for the next one.
    fn write(&mut self, event: &Event) -> Result<(), Error> {
        self.account.hear(event);
        let mut written = Ok(());
        if let Event::Epoch(record) = event {
            self.rows.push(record.clone());
            written = self.metrics.append(record);
        }
        self.events.append(event).and(written)
    }

    /// Makes the run a finished one, unless its record is incomplete: then it can be resumed.
    fn finish(&mut self) -> Update {
        let summary = summarise_whole(
            &self.manifest,
            &self.plan,
            self.directory.path(),
            &self.rows,
        )
        .with_account(&self.account, &self.rows);
        let flushed = self.metrics.flush().and(self.events.flush());
        match flushed.and_then(|()| self.directory.write_summary(&summary)) {
            Ok(()) => Update::Finished(Box::new(summary)),
            Err(error) => Update::Failed(format!(
                "{error}: the run is trained but not written down; make room, then `ebcle-tui resume` finishes it"
            )),
        }
    }

    /// An owner that no longer listens does not end the writing.
    fn pass_on(&self, updates: &Sender<Update>, update: Update) {
        if updates.send(update).is_err() {
            tracing::debug!(run = %self.directory.path().display(), "nobody listens to the run");
        }
    }
}
