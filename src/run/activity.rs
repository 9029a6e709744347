//! Is a run being trained, and by whom? From its lock and its heartbeat, also over shared file systems.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::layout::{EVENTS, LOCK};
use super::status::{BEAT, Doing, Status};
use super::{Holder, Lock, RunStatus};
use crate::format::{about, fixed, percent};

/// Age of the last sign of life from which on a writer counts as silent: a file server may show changes a minute late.
pub const SILENT: Duration = Duration::from_secs(20 * BEAT.as_secs());

/// Whether a run is being trained.
#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// It came to its end.
    Finished,
    /// It came to its end, and a network diverged.
    Diverged,
    /// Nobody trains it; it can be resumed.
    Stopped,
    /// A process trains it.
    Running {
        /// The process.
        writer: Holder,
        /// Its last heartbeat; none before the first one, and of older versions.
        status: Option<Box<Status>>,
    },
    /// A process should train it, but has not been heard of.
    Silent {
        /// The process.
        writer: Holder,
        /// Its last heartbeat.
        status: Option<Box<Status>>,
        /// Seconds since its last sign of life.
        seconds: f64,
    },
    /// The process that trained it, on this machine, is gone without having ended the run.
    Killed {
        /// The process.
        writer: Holder,
    },
}

/// When the file at `path` was written last, by the clock of its file system. Opening a file asks a file server for its
/// present state; a look at its times alone may show an older one.
pub(super) fn written(path: &Path) -> Option<SystemTime> {
    File::open(path).ok()?.metadata().ok()?.modified().ok()
}

impl Activity {
    /// That of the run in `folder`, which has this status; `clock` is that of the folder's file system.
    #[must_use]
    pub fn of(folder: &Path, status: RunStatus, clock: &FolderClock) -> Self {
        let is_unfinished = status == RunStatus::Unfinished;
        let Some(holder) = is_unfinished.then(|| Lock::named(folder)).flatten() else {
            return Self::judge(status, None, false, None, None);
        };
        let is_alive = !holder.is_here() || holder.is_alive();
        let beat = Status::read(folder)
            .filter(|(beat, _)| (beat.writer.pid, &beat.writer.host) == (holder.pid, &holder.host));
        // Whether a process elsewhere lives is judged by its last write.
        let written = [EVENTS, LOCK].map(|name| written(&folder.join(name)));
        let written = written.into_iter().flatten();
        let last = written.chain(beat.iter().map(|(_, at)| *at)).max();
        // A living process of an older version has no heartbeat and, while paused, writes nothing.
        let last = last.filter(|_| beat.is_some() || !holder.is_here());
        let age = last.map(|last| clock.now().duration_since(last).unwrap_or_default());
        let beat = beat.map(|(beat, _)| beat);
        Self::judge(status, Some(holder), is_alive, beat, age)
    }

    /// What follows from a lock that names `holder`, whether that lives as far as this machine knows, its heartbeat and the
    /// age of its last sign of life.
    fn judge(
        status: RunStatus,
        holder: Option<Holder>,
        is_alive: bool,
        beat: Option<Status>,
        age: Option<Duration>,
    ) -> Self {
        let writer = match (status, holder) {
            (RunStatus::Finished, _) => return Self::Finished,
            (RunStatus::Diverged, _) => return Self::Diverged,
            (RunStatus::Unfinished, None) => return Self::Stopped,
            (RunStatus::Unfinished, Some(writer)) if !is_alive => return Self::Killed { writer },
            (RunStatus::Unfinished, Some(writer)) => writer,
        };
        let status = beat.map(Box::new);
        match age.filter(|age| *age > SILENT) {
            Some(age) => Self::Silent {
                writer,
                status,
                seconds: age.as_secs_f64(),
            },
            None => Self::Running { writer, status },
        }
    }

    /// The process that trains the run, or should.
    #[must_use]
    pub const fn writer(&self) -> Option<&Holder> {
        match self {
            Self::Running { writer, .. } | Self::Silent { writer, .. } => Some(writer),
            _ => None,
        }
    }

    /// Its last heartbeat.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Running { status, .. } | Self::Silent { status, .. } => status.as_deref(),
            _ => None,
        }
    }

    /// `finished`, `diverged`, `stopped`, `running`, `silent` or `killed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::Stopped => "stopped",
            Self::Running { .. } => "running",
            Self::Silent { .. } => "silent",
            Self::Killed { .. } => "killed",
        }
    }

    /// What a process does with the run, for a column of a list: `31 %, 12 min` (left), `31 % paused`, `silent`, `killed`.
    /// None of a run that has ended or that nobody trains.
    #[must_use]
    pub fn short(&self) -> Option<String> {
        let status = match self {
            Self::Finished | Self::Diverged | Self::Stopped => return None,
            Self::Silent { .. } | Self::Killed { .. } => return Some(self.name().to_owned()),
            Self::Running { status: None, .. } => return Some("starting".to_owned()),
            Self::Running {
                status: Some(status),
                ..
            } => status,
        };
        let share = format!("{} %", percent(status.share_done, 0));
        Some(match (status.phase, status.seconds_left) {
            (Doing::Running, Some(seconds)) => format!("{share}, {}", briefly(seconds)),
            (Doing::Running, None) => format!("{share} running"),
            (doing, _) => format!("{share} {}", doing.name()),
        })
    }

    /// Seed, epoch, share and time left of a training, as far as they are known, such as `seed 2, epoch 3 of 20, 31 %, 12 min
    /// left`; who does not answer, and what can be done.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Running { writer, status } => match status {
                Some(status) => format!("{}: {}", writer.in_words(), status.in_words()),
                None => format!("{} is starting it", writer.in_words()),
            },
            Self::Silent {
                writer, seconds, ..
            } => format!(
                "{} has not been heard of for {}: it may hang, or its machine may be gone",
                writer.in_words(),
                about(*seconds)
            ),
            Self::Killed { writer } => format!(
                "process {} of this machine trained the run and was killed or crashed",
                writer.pid
            ),
            Self::Stopped => "nobody trains it".to_owned(),
            Self::Finished | Self::Diverged => format!("it has {}", self.name()),
        }
    }
}

/// Seconds in few characters: `45 s`, `12 min`, `2.5 h`.
fn briefly(seconds: f64) -> String {
    if seconds < 5400.0 {
        about(seconds.ceil().max(10.0))
    } else {
        format!("{} h", fixed(seconds / 3600.0, 1))
    }
}

impl Status {
    /// Such as `running, seed 2, epoch 3 of 20, 31 %, 12 min left`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut parts = vec![self.phase.name().to_owned()];
        parts.extend(self.seed.map(|seed| format!("seed {seed}")));
        if let (Some(epoch), Some(epochs)) = (self.epoch, self.epochs) {
            parts.push(format!("epoch {epoch} of {epochs}"));
        }
        parts.push(format!("{} %", percent(self.share_done, 0)));
        parts.extend(
            self.seconds_left
                .map(|seconds| format!("{} left", about(seconds))),
        );
        parts.join(", ")
    }
}

/// The present time by the file system of a folder: the clock of a file server may differ from this machine's.
#[derive(Debug)]
pub struct FolderClock {
    folder: PathBuf,
    /// Its time less that of this machine; asked once.
    offset: OnceLock<Offset>,
}

#[derive(Clone, Copy, Debug)]
enum Offset {
    Ahead(Duration),
    Behind(Duration),
}

impl FolderClock {
    /// That of `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            offset: OnceLock::new(),
        }
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        match self.offset.get_or_init(|| self.ask()) {
            Offset::Ahead(offset) => now + *offset,
            Offset::Behind(offset) => now - *offset,
        }
    }

    /// Makes a temporary file and reads its time. Where none can be made, this machine's clock is used.
    fn ask(&self) -> Offset {
        let made = || {
            let file = tempfile::Builder::new()
                .prefix(".clock-")
                .tempfile_in(&self.folder)
                .ok()?;
            file.as_file().metadata().ok()?.modified().ok()
        };
        let before = SystemTime::now();
        let there = made().unwrap_or(before);
        match there.duration_since(before) {
            Ok(ahead) => Offset::Ahead(ahead),
            Err(behind) => Offset::Behind(behind.duration()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;
    use crate::run::status::tests::on_disk;

    fn holder(pid: u32, host: &str) -> Holder {
        Holder {
            pid,
            host: host.to_owned(),
            started: None,
        }
    }

    fn lock(folder: &Path, holder: &Holder) {
        let text = serde_json::to_string(holder).unwrap();
        fs::write(folder.join(LOCK), text).unwrap();
    }

    #[test]
    fn lock_life_and_age_decide() {
        let judge = |holder: Option<Holder>, is_alive, seconds| {
            let age = Some(Duration::from_secs(seconds));
            Activity::judge(RunStatus::Unfinished, holder, is_alive, None, age)
        };
        let there = || Some(holder(7, "node-3"));
        assert_eq!(judge(None, true, 0).name(), "stopped");
        assert_eq!(judge(there(), true, 59).name(), "running");
        assert_eq!(judge(there(), true, 61).name(), "silent");
        assert_eq!(judge(there(), false, 0).name(), "killed");
        let said = judge(there(), true, 180).in_words();
        assert!(said.starts_with("process 7 on node-3 has not"), "{said}");
        for (status, name) in [
            (RunStatus::Finished, "finished"),
            (RunStatus::Diverged, "diverged"),
        ] {
            let found = Activity::judge(status, there(), true, None, None);
            assert_eq!(found.name(), name);
        }
    }

    #[test]
    fn a_process_of_another_host_is_known_by_its_heartbeat() {
        let folder = tempfile::tempdir().unwrap();
        let clock = FolderClock::of(folder.path());
        let of = || Activity::of(folder.path(), RunStatus::Unfinished, &clock);
        assert_eq!(of(), Activity::Stopped);
        let writer = holder(7, "node-3");
        lock(folder.path(), &writer);
        let status = on_disk(folder.path(), &writer);
        assert_eq!(of().status(), Some(&status));
        // The heartbeat of a process before this one says nothing.
        lock(folder.path(), &holder(8, "node-3"));
        assert_eq!(of().name(), "running");
        assert_eq!(of().status(), None);
        let old = SystemTime::now() - Duration::from_mins(5);
        let times = fs::FileTimes::new().set_modified(old);
        for name in [LOCK, "status.json"] {
            let file = File::options().write(true).open(folder.path().join(name));
            file.unwrap().set_times(times).unwrap();
        }
        assert_eq!(of().name(), "silent");
        // Events count as well: older versions write no heartbeat.
        fs::write(folder.path().join(EVENTS), "").unwrap();
        assert_eq!(of().name(), "running");
    }

    /// A server whose clock is ten minutes behind, or ahead: a heartbeat of now is fresh, and never from the future.
    #[test]
    fn the_clock_is_that_of_the_file_system() {
        for offset in [
            Offset::Behind(Duration::from_mins(10)),
            Offset::Ahead(Duration::from_mins(10)),
        ] {
            let clock = FolderClock {
                folder: PathBuf::new(),
                offset: OnceLock::from(offset),
            };
            let there = clock.now();
            let apart = SystemTime::now()
                .duration_since(there)
                .unwrap_or_else(|error| error.duration());
            assert!(apart.abs_diff(Duration::from_mins(10)) < Duration::from_secs(5));
        }
        let folder = tempfile::tempdir().unwrap();
        let clock = FolderClock::of(folder.path());
        let apart = clock.now().duration_since(SystemTime::now());
        assert!(apart.unwrap_or_default() < Duration::from_secs(5));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_process_of_this_host_that_is_gone_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let clock = FolderClock::of(folder.path());
        let of = || Activity::of(folder.path(), RunStatus::Unfinished, &clock);
        let dead = Holder {
            pid: u32::MAX - 7,
            ..Holder::this()
        };
        lock(folder.path(), &dead);
        on_disk(folder.path(), &dead);
        assert_eq!(of(), Activity::Killed { writer: dead });
        lock(folder.path(), &Holder::this());
        assert_eq!(of().writer(), Some(&Holder::this()));
    }
}
