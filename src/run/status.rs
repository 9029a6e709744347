//! `status.json`: the heartbeat of the process that trains a run. It is replaced whole every few seconds, and removed at the
//! end; no checksum covers it, and nothing of a result depends on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::STATUS;
use super::progress::Place;
use super::{Holder, Manifest, file};
use crate::network::Plan;
use crate::regular;
use crate::training::{EpochRecord, Event, Role};

/// Time between two heartbeats.
pub(super) const BEAT: Duration = Duration::from_secs(3);

/// What a training does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// It warms up.
    #[default]
    Starting,
    /// It trains.
    Running,
    /// It waits.
    Paused,
    /// It was asked to stop, and finishes its step.
    Stopping,
}

impl Doing {
    /// Its name in `status.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
        }
    }
}

/// What `status.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The process that trains.
    #[serde(flatten)]
    pub writer: Holder,
    /// What it does.
    pub phase: Doing,
    /// The seed that is trained; null before the first one.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The network that is trained; null while both warm up.
    #[serde(default)]
    pub network: Option<Role>,
    /// Its epoch, from 1.
    #[serde(default)]
    pub epoch: Option<usize>,
    /// How many epochs it has.
    #[serde(default)]
    pub epochs: Option<usize>,
    /// Steps done in the epoch.
    #[serde(default)]
    pub step: Option<usize>,
    /// Steps of an epoch.
    #[serde(default)]
    pub steps_per_epoch: usize,
    /// How much of the whole training is done, a fraction.
    pub share_done: f64,
    /// Seconds still to come; null before the first steps.
    #[serde(default)]
    pub seconds_left: Option<f64>,
    /// When this was written, by the clock of the writer.
    pub time: Timestamp,
}

impl Status {
    /// That of the run in `folder`, whoever wrote it; none where there is none that can be read.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        Self::read(folder).map(|(status, _)| status)
    }

    /// Reads it, with the time that the file system gave it; none where there is none that can be read.
    pub(super) fn read(folder: &Path) -> Option<(Self, SystemTime)> {
        // Opening a file asks a file server for its present state; a look at its times alone may show an older one.
        let opened = regular::open(&folder.join(STATUS)).ok()?;
        let written = opened.metadata().ok()?.modified().ok()?;
        let status = serde_json::from_reader(std::io::BufReader::new(opened)).ok()?;
        Some((status, written))
    }
}

/// Writes `status.json`.
#[derive(Debug)]
pub(super) struct Heartbeat {
    folder: PathBuf,
    writer: Holder,
    place: Place,
    phase: Doing,
    written: Option<(Instant, Doing)>,
}

impl Heartbeat {
    /// That of this process for the run in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            writer: Holder::this(),
            place: Place::default(),
            phase: Doing::default(),
            written: None,
        }
    }

    /// Follows an event; `rows` are the finished epochs.
    pub(super) fn follow(&mut self, event: &Event, rows: &[EpochRecord]) {
        self.place.follow(event, rows);
        self.phase = match (event, self.phase) {
            (_, Doing::Stopping) => Doing::Stopping,
            (Event::Paused, _) => Doing::Paused,
            (Event::SeedStarted { .. } | Event::Step { .. } | Event::Epoch(_), _) => Doing::Running,
            (Event::Resumed { .. }, _) if self.place.seed.is_some() => Doing::Running,
            (Event::Resumed { .. }, _) => Doing::Starting,
            (_, phase) => phase,
        };
    }

    /// The training was asked to stop.
    pub(super) const fn stops(&mut self) {
        self.phase = Doing::Stopping;
    }

    /// Writes the file where it is time, or where the phase has changed. What cannot be written is tried again later.
    pub(super) fn beat(&mut self, manifest: &Manifest, plan: &Plan, rows: &[EpochRecord]) {
        let due = |(at, phase): (Instant, Doing)| at.elapsed() >= BEAT || phase != self.phase;
        if !self.written.is_none_or(due) {
            return;
        }
        self.written = Some((Instant::now(), self.phase));
        let status = self.status(manifest, plan, rows, Timestamp::now());
        if let Err(error) = write(&self.folder, &status) {
            tracing::debug!(%error, "the heartbeat cannot be written");
        }
    }

    fn status(
        &self,
        manifest: &Manifest,
        plan: &Plan,
        rows: &[EpochRecord],
        time: Timestamp,
    ) -> Status {
        let recipe = &manifest.settings.recipe;
        let progress = self.place.progress(recipe, plan, rows);
        let network = self.place.network;
        let at = network.and_then(|network| self.place.positions[network as usize]);
        Status {
            writer: self.writer.clone(),
            phase: self.phase,
            seed: self.place.seed,
            network,
            epoch: at.map(|at| at.epoch),
            epochs: network.map(|network| recipe.epochs_of(network)),
            step: at.map(|at| at.step),
            steps_per_epoch: self.place.steps_per_epoch,
            share_done: progress.share_done(),
            seconds_left: progress.seconds_left(),
            time,
        }
    }

    /// Removes the file.
    pub(super) fn end(&self) {
        if let Err(error) = file::remove_if_present(&self.folder.join(STATUS)) {
            tracing::debug!(%error, "the heartbeat cannot be removed");
        }
    }
}

/// Replaces the file. It need not survive a loss of power, so nothing waits for the disk.
pub(super) fn write(folder: &Path, status: &Status) -> std::io::Result<()> {
    let path = folder.join(STATUS);
    let beside = folder.join(format!("{STATUS}.{}.partial", status.writer.pid));
    let written =
        fs::write(&beside, serde_json::to_vec(status)?).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::run::fixture;

    /// A heartbeat of `writer` in the run in `folder`, as another process writes it.
    pub fn on_disk(folder: &Path, writer: &Holder) -> Status {
        let mut beat = Heartbeat::new(folder);
        beat.writer = writer.clone();
        let manifest = fixture::manifest(&[1], 3);
        let status = beat.status(&manifest, &fixture::plan(), &[], Timestamp::now());
        write(folder, &status).unwrap();
        status
    }

    #[test]
    fn a_heartbeat_says_where_the_training_is_and_goes_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (manifest, plan) = (fixture::manifest(&[7, 8], 4), fixture::plan());
        let mut rows = Vec::new();
        let mut beat = Heartbeat::new(folder.path());
        beat.beat(&manifest, &plan, &rows);
        let (status, _) = Status::read(folder.path()).unwrap();
        assert_eq!((status.phase, status.seed), (Doing::Starting, None));
        assert_eq!(status.seconds_left, None);
        beat.place.steps_per_epoch = 31;
        beat.follow(&Event::SeedStarted { seed: 8 }, &rows);
        for record in fixture::metrics(&[8], 1) {
            rows.push(record.clone());
            beat.follow(&Event::Epoch(record), &rows);
        }
        beat.beat(&manifest, &plan, &rows);
        let (status, _) = Status::read(folder.path()).unwrap();
        assert_eq!((status.phase, status.seed), (Doing::Running, Some(8)));
        assert_eq!((status.epoch, status.epochs), (Some(1), Some(4)));
        assert_eq!(status.network, Some(Role::Capped));
        assert!((status.share_done - 0.625).abs() < 1e-12);
        assert!(status.seconds_left.is_some_and(|seconds| seconds > 0.0));
        assert_eq!(status.writer, Holder::this());
        beat.follow(&Event::Paused, &rows);
        assert_eq!(beat.phase, Doing::Paused);
        beat.stops();
        beat.follow(&Event::Resumed { seconds: 1.0 }, &rows);
        beat.beat(&manifest, &plan, &rows);
        let (status, _) = Status::read(folder.path()).unwrap();
        assert_eq!(status.phase, Doing::Stopping);
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 1, "nothing is left beside it");
        beat.end();
        assert!(Status::read(folder.path()).is_none());
    }

    #[test]
    fn half_a_heartbeat_and_one_of_a_later_version_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(STATUS), "{\"pid\":1,\"ho").unwrap();
        assert!(Status::read(folder.path()).is_none());
        let later = r#"{"pid":4,"host":"node-3","phase":"running","share_done":0.5,"watts":300,"time":"2026-11-24T14:02:03Z"}"#;
        fs::write(folder.path().join(STATUS), later).unwrap();
        let (status, _) = Status::read(folder.path()).unwrap();
        assert_eq!(status.writer.in_words(), "process 4 on node-3");
    }
}
