//! Which process trains a run, and whether it lives.

use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::Error;
use super::layout::LOCK;

/// Which process trains a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// The machine it runs on.
    pub host: String,
    /// When the process was started, in seconds since 1970: its number may be given to another one later. Unknown of older
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
}

/// Most seconds between two readings of when a process was started: the system computes it from its own start.
const START_TOLERANCE: u64 = 2;

impl Holder {
    /// This process.
    #[must_use]
    pub fn this() -> Self {
        let pid = std::process::id();
        let found = process_of(pid).and_then(|system| {
            let process = system.process(Pid::from_u32(pid))?;
            Some(process.start_time())
        });
        Self {
            pid,
            host: host(),
            started: found.filter(|&started| started > 0),
        }
    }

    /// Whether it runs on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.host == host()
    }

    /// Whether the process, which is of this host, lives.
    pub(super) fn is_alive(&self) -> bool {
        let Some(system) = process_of(self.pid) else {
            return true;
        };
        system
            .process(Pid::from_u32(self.pid))
            .is_some_and(|process| {
                let dead = matches!(
                    process.status(),
                    ProcessStatus::Zombie | ProcessStatus::Dead
                );
                let same = self.started.is_none_or(|started| {
                    started.abs_diff(process.start_time()) <= START_TOLERANCE
                });
                !dead && same && !process.cmd().is_empty()
            })
    }

    /// That it trains the run in `folder`.
    pub(crate) fn holds(self, folder: &Path) -> Error {
        Error::Held {
            path: folder.to_owned(),
            pid: self.pid,
            host: self.host,
            lock: folder.join(LOCK),
        }
    }

    /// Such as `process 1234 on node-3`.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("process {} on {}", self.pid, self.host)
    }
}

/// The name of this machine.
pub(super) fn host() -> String {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| System::host_name().unwrap_or_else(|_| "an unnamed host".to_owned()))
        .clone()
}

/// What the system knows of a process; none where it cannot be asked.
fn process_of(pid: u32) -> Option<System> {
    let mut system = System::new().ok()?;
    // An ending process loses its command line before the system reports it as dead.
    let what = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    let pid = Pid::from_u32(pid);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
    Some(system)
}

/// Whether a process of this host lives.
pub(super) fn is_alive(pid: u32) -> bool {
    Holder {
        pid,
        host: host(),
        started: None,
    }
    .is_alive()
}
