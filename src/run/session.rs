//! A run in progress: the training thread, and the thread that writes down what it says.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::directory::Manifest;
use super::summary::summarise_whole;
use super::{Error, EventLog, MetricsLog, RunDirectory, Settings, Summary};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::network::Plan;
use crate::training::paired::{self, Handle, Job};
use crate::training::{self, Control, EpochRecord, Event, device};

/// What the owner of a session hears, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
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
        let capped = plan
            .capped_spec
            .clone()
            .ok_or_else(|| Error::nothing_to_cap(plan))?;
        settings.recipe.check(dataset.train.len())?;
        let device = device::open(&settings.device)?;
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: jiff::Timestamp::now(),
            device: device.description.clone(),
            data_fingerprint: dataset.fingerprint(),
            settings: settings.clone(),
        };
        let directory = RunDirectory::create(&manifest, analysis, plan)?;
        let notebook = Notebook {
            events: directory.event_log()?,
            metrics: directory.metrics_log()?,
            rows: Vec::new(),
            manifest,
            plan: plan.clone(),
            directory: directory.clone(),
        };
        let Handle {
            control,
            events,
            thread,
        } = paired::spawn(Job {
            dataset,
            baseline: plan.baseline_spec.clone(),
            capped,
            recipe: settings.recipe.clone(),
            device,
            checkpoints: directory.checkpoints(),
        })?;
        let (sender, updates) = unbounded();
        let writer = std::thread::Builder::new()
            .name("notebook".to_owned())
            .spawn(move || notebook.keep(&events, &sender))
            .map_err(|error| {
                training::Error::Died(format!("no thread could be started: {error}"))
            })?;
        Ok(Self {
            directory: directory.path().to_path_buf(),
            control: Some(control),
            updates,
            threads: vec![thread, writer],
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
    manifest: Manifest,
    plan: Plan,
    directory: RunDirectory,
}

impl Notebook {
    fn keep(mut self, events: &Receiver<Event>, updates: &Sender<Update>) {
        let mut complained = false;
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

    fn write(&mut self, event: &Event) -> Result<(), Error> {
        if let Event::Epoch(record) = event {
            self.rows.push(record.clone());
            self.metrics.append(record)?;
        }
        self.events.append(event)
    }

    fn finish(&self) -> Update {
        let summary = summarise_whole(
            &self.manifest,
            &self.plan,
            self.directory.path(),
            &self.rows,
        );
        match self.directory.write_summary(&summary) {
            Ok(()) => Update::Finished(Box::new(summary)),
            Err(error) => Update::Failed(error.to_string()),
        }
    }

    /// An owner that no longer listens does not end the writing.
    fn pass_on(&self, updates: &Sender<Update>, update: Update) {
        if updates.send(update).is_err() {
            tracing::debug!(run = %self.directory.path().display(), "nobody listens to the run");
        }
    }
}
