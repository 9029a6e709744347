//! Writes the events of the training thread to the run directory, then forwards them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::checksums::Record;
use super::control;
use super::events::EventLog;
use super::files::Files;
use super::layout::{EVENTS, METRICS, SUMMARY};
use super::lease::LEASE;
use super::metrics::MetricsLog;
use super::status::Heartbeat;
use super::summarise::summarise_whole;
use super::{Account, Error, Manifest, RunDirectory, Update};
use crate::disk;
use crate::network::Plan;
use crate::training::{self, Control, EpochRecord, Event, checkpoint};

/// Time between two looks at what other processes ask for.
const LOOK: Duration = Duration::from_secs(1);

/// The record of a run in progress.
pub(super) struct Recorder {
    pub(super) files: Files,
    pub(super) events: EventLog,
    pub(super) metrics: MetricsLog,
    pub(super) rows: Vec<EpochRecord>,
    pub(super) account: Account,
    pub(super) manifest: Manifest,
    pub(super) plan: Plan,
    pub(super) directory: RunDirectory,
    /// Identifies the run's folder, should another be put in its place.
    pub(super) identity: Option<[u64; 2]>,
    /// Stops the training where the run is gone, and passes on what other processes ask for.
    pub(super) controls: Sender<Control>,
    /// Whether the run is gone: its folder was moved or removed, or another process has taken it over.
    pub(super) moved: bool,
    /// Whether the owner has asked for a stop.
    pub(super) stopping: Arc<AtomicBool>,
    /// Whether another process has taken the run over.
    pub(super) lost: Arc<AtomicBool>,
    pub(super) heartbeat: Heartbeat,
}

impl Recorder {
    pub(super) fn record_all(mut self, events: &Receiver<Event>, updates: &Sender<Update>) {
        if !self.rows.is_empty() {
            self.forward(updates, Update::EarlierEpochs(self.rows.clone()));
        }
        let last = self.record_until_last(events, updates);
        if !self.moved {
            self.heartbeat.end();
            control::clear(self.directory.path());
        }
        self.forward(updates, last);
    }

    /// Records until the training has ended, and gives the last update.
    fn record_until_last(&mut self, events: &Receiver<Event>, updates: &Sender<Update>) -> Update {
        let mut complained = false;
        let mut looked: Option<Instant> = None;
        loop {
            if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                looked = Some(Instant::now());
                self.check_folder();
                for event in self.asked() {
                    drop(self.write(&event));
                    self.forward(updates, Update::Event(event));
                }
                self.beat();
            }
            let event = match events.recv_timeout(LOOK) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Update::Failed("the training thread ended unexpectedly".to_owned());
                }
            };
            if let Err(error) = self.write(&event)
                && !complained
            {
                complained = true;
                let message = format!("{error}; training continues, its record is incomplete");
                self.forward(updates, Update::Event(Event::Warning { message }));
            }
            self.check_folder();
            self.heartbeat.follow(&event, &self.rows);
            let last = match &event {
                Event::Finished | Event::Stopped | Event::Failed { .. } if self.moved => {
                    Some(self.is_gone())
                }
                Event::Finished => Some(self.finish()),
                Event::Stopped => Some(Update::Stopped),
                Event::Failed { message } => Some(Update::Failed(message.clone())),
                _ => None,
            };
            if let Some(last) = last {
                return last;
            }
            self.forward(updates, Update::Event(event));
        }
    }

    /// Passes on to the training what other processes ask for; the events that say so.
    fn asked(&mut self) -> Vec<Event> {
        if self.moved {
            return Vec::new();
        }
        let mut events = Vec::new();
        for asked in control::take(self.directory.path()) {
            events.push(match asked {
                Err(message) => Event::Warning { message },
                Ok(asked) => {
                    if self.controls.send(asked.action).is_err() {
                        tracing::debug!("the training has ended already");
                    }
                    if asked.action == Control::Stop {
                        self.heartbeat.stops();
                    }
                    tracing::info!(action = asked.action.name(), by = asked.by(), "controlled");
                    Event::Controlled {
                        action: asked.action.name().to_owned(),
                        by: asked.by(),
                    }
                }
            });
        }
        events
    }

    fn beat(&mut self) {
        if self.stopping.load(Ordering::Relaxed) {
            self.heartbeat.stops();
        }
        if !self.moved {
            self.heartbeat.beat(&self.manifest, &self.plan, &self.rows);
        }
    }

    /// Writes an event. What a full disk does not take is written with the next one. Nothing is written into a run that
    /// another process has taken over.
    fn write(&mut self, event: &Event) -> Result<(), Error> {
        if self.is_lost() {
            return Ok(());
        }
        self.account.add(event);
        let mut written = Ok(());
        if let Event::Epoch(record) = event {
            self.rows.push(record.clone());
            written = self
                .metrics
                .append(record, &mut self.files.announced(METRICS));
        }
        let written = self.events.append(event).and(written);
        if matches!(event, Event::Checkpointed { .. }) || event.is_last() {
            return written.and(self.sync());
        }
        written
    }

    /// Writes what a full disk did not take, and waits until everything is on the disk itself.
    fn sync(&mut self) -> Result<(), Error> {
        self.metrics.flush(&mut self.files.announced(METRICS))?;
        self.events.flush()?;
        self.metrics.sync()?;
        let (length, digest) = self.events.synced()?;
        self.files.record(Record::at(EVENTS, length, digest))?;
        self.files.sync()
    }

    /// Stops the training where the run's folder was moved or removed: what it is to be found by is gone, and a new
    /// folder in its place would be no run.
    fn check_folder(&mut self) {
        let found = || disk::identity(self.directory.path()).ok().flatten();
        let is_there = || self.identity.is_none() || found() == self.identity;
        if self.moved || !self.is_lost() && is_there() {
            return;
        }
        self.moved = true;
        if self.controls.send(Control::Stop).is_err() {
            tracing::debug!("the training has ended already");
        }
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn is_gone(&self) -> Update {
        if self.is_lost() {
            return Update::Failed(format!(
                "another process has taken over the run in {}: this one had written nothing there for {} minutes, and has stopped",
                self.directory.path().display(),
                LEASE.as_secs() / 60
            ));
        }
        Update::Failed(format!(
            "the folder of the run, {}, was moved or removed, so training stopped: if it was moved, `ebcle-tui resume` continues there",
            self.directory.path().display()
        ))
    }

    /// Makes the run a finished one, unless its record or a last checkpoint is missing: then it can be resumed.
    fn finish(&mut self) -> Update {
        let remedy = format!(
            "free disk space, then `ebcle-tui resume {}` finishes it",
            self.directory.path().display()
        );
        let failed = |what: &str| {
            Update::Failed(format!(
                "{what}: the run is trained but not saved; {remedy}"
            ))
        };
        let summary = summarise_whole(
            &self.manifest,
            &self.plan,
            self.directory.path(),
            &self.rows,
        )
        .with_account(&self.account, &self.rows);
        let recipe = &self.manifest.settings.recipe;
        let checkpoints = self.directory.checkpoints();
        let mut lacking = checkpoint::unfinished(&checkpoints, &summary.trained(recipe), recipe);
        let diverged = &self.account.diverged;
        lacking.retain(|&(seed, network)| {
            let is_it = |one: &training::Diverged| (one.seed, one.network) == (seed, network);
            !diverged.iter().any(is_it)
        });
        if let Some((seed, network)) = lacking.first() {
            return failed(&format!(
                "the last checkpoint of the {} network of seed {seed} could not be written",
                network.name()
            ));
        }
        let written = self
            .sync()
            .and_then(|()| self.files.replace_json(SUMMARY, &summary));
        match written {
            Ok(()) => Update::Finished(Box::new(summary)),
            Err(error) => failed(&error.to_string()),
        }
    }

    /// An owner that is gone does not end the writing.
    fn forward(&self, updates: &Sender<Update>, update: Update) {
        if updates.send(update).is_err() {
            tracing::debug!(run = %self.directory.path().display(), "the owner of the run is gone");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::files::Files;
    use crate::run::fixture;
    use crate::run::status::{Doing, Status};

    /// The heartbeat says that a stop was asked for, though the training has not come to it yet.
    #[test]
    fn a_stop_of_the_owner_is_in_the_heartbeat() {
        let out = tempfile::tempdir().unwrap();
        let data = fixture::run(&[1], 2, 1);
        let directory = fixture::on_disk(out.path(), &data);
        let path = directory.path().to_owned();
        let (controls, _asked) = crossbeam_channel::unbounded();
        let stopping = Arc::new(AtomicBool::new(false));
        let recorder = Recorder {
            files: Files::open(&path).unwrap().0,
            events: EventLog::open(&path.join(EVENTS)).unwrap(),
            metrics: MetricsLog::open(&path.join(METRICS)).unwrap(),
            rows: Vec::new(),
            account: Account::default(),
            manifest: data.manifest.clone(),
            plan: data.plan.clone(),
            directory,
            identity: None,
            controls,
            moved: false,
            stopping: Arc::clone(&stopping),
            lost: Arc::default(),
            heartbeat: Heartbeat::new(&path),
        };
        let (said, events) = crossbeam_channel::unbounded();
        let (updates, heard) = crossbeam_channel::unbounded();
        let recording = std::thread::spawn(move || recorder.record_all(&events, &updates));
        let says = |wanted: Doing| {
            let found = || Status::read(&path).is_some_and(|(status, _)| status.phase == wanted);
            while !found() {
                assert!(!recording.is_finished());
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        says(Doing::Starting);
        stopping.store(true, Ordering::Relaxed);
        says(Doing::Stopping);
        said.send(Event::Stopped).unwrap();
        recording.join().unwrap();
        assert_eq!(heard.try_iter().last(), Some(Update::Stopped));
        assert!(Status::read(&path).is_none());
    }
}
