//! Pausing the runs of a study that other processes train, by a request in the folder of each.

use std::path::Path;

use super::Kind;
use super::listing::run_folders;
use crate::run::{Activity, Doing, Error, FolderClock, RunStatus, control};
use crate::training::Control;

/// What was asked of the processes that train runs of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRuns {
    /// To pause, or to resume.
    pub action: Control,
    /// How many were asked; none where nobody trains a run of it.
    pub runs: usize,
}

/// Asks every process that trains a run of the study in `folder` to pause; where all of them are paused, to resume. A run
/// that begins later is not paused.
///
/// # Errors
/// [`Error::Io`] where a folder cannot be read, or a request not be written.
pub fn pause_or_resume(folder: &Path, kind: Kind) -> Result<AskedRuns, Error> {
    let clock = FolderClock::of(folder);
    let mut trained = Vec::new();
    for path in run_folders(folder, kind)? {
        // Whether it is finished is told by its lock, which is then gone.
        let activity = Activity::of(&path, RunStatus::Unfinished, &clock);
        if let Activity::Running { status, .. } = activity {
            let is_paused = status.is_some_and(|status| status.phase == Doing::Paused);
            trained.push((path, is_paused));
        }
    }
    let are_paused = !trained.is_empty() && trained.iter().all(|(_, is_paused)| *is_paused);
    let action = if are_paused {
        Control::Resume
    } else {
        Control::Pause
    };
    let asked = trained
        .iter()
        .filter(|(_, is_paused)| *is_paused == are_paused);
    let mut runs = 0;
    for (path, _) in asked {
        control::ask(path, action)?;
        runs += 1;
    }
    Ok(AskedRuns { action, runs })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::super::{Study, grid, sweep};
    use super::*;
    use crate::run::{Holder, Lock, Status, parts};

    fn trained(path: &Path, phase: Doing) -> Lock {
        fs::create_dir_all(path).unwrap();
        let lock = Lock::take(path).unwrap();
        let text = format!(
            r#"{{"pid": 1, "host": "", "phase": "{}", "share_done": 0.1, "time": "2026-11-28T12:00:00Z"}}"#,
            phase.name()
        );
        let mut status: Status = serde_json::from_str(&text).unwrap();
        status.writer = Holder::this();
        parts::beat(path, Some(&status));
        lock
    }

    fn asked(path: &Path) -> Vec<Control> {
        parts::asked(path)
    }

    #[test]
    fn what_trains_is_paused_and_what_waits_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let nothing = pause_or_resume(folder, Kind::Grid).unwrap();
        assert_eq!(nothing.runs, 0);
        let cells = folder.join("cells");
        let sweep = folder.join("sweep-glyphs-resnet-20");
        fs::create_dir_all(cells.join("waits")).unwrap();
        fs::create_dir_all(&sweep).unwrap();
        fs::write(sweep.join(sweep::DESIGN), "{}").unwrap();
        let [first, second] = [cells.join("a"), sweep.join("points/b")];
        let locks = [
            trained(&first, Doing::Running),
            trained(&second, Doing::Paused),
        ];
        let expected = |action, runs| AskedRuns { action, runs };
        fs::write(folder.join(grid::FILE), "").unwrap();
        let seen = || Study::read(folder, &[]).unwrap();
        assert!(seen().trained.is_empty(), "this process holds them");
        let found = pause_or_resume(folder, Kind::Grid).unwrap();
        assert_eq!(found, expected(Control::Pause, 1));
        assert_eq!(asked(&first), [Control::Pause]);
        assert!(asked(&second).is_empty(), "it is paused");
        drop(locks);
        let _locks = [
            trained(&first, Doing::Paused),
            trained(&second, Doing::Paused),
        ];
        let found = pause_or_resume(folder, Kind::Grid).unwrap();
        assert_eq!(found, expected(Control::Resume, 2));
        assert_eq!(asked(&second), [Control::Resume]);
        let of_sweep = pause_or_resume(&sweep, Kind::Sweep).unwrap();
        assert_eq!(of_sweep, expected(Control::Resume, 1));
        // Process 1 runs always.
        let lock = serde_json::to_string(&Holder {
            pid: 1,
            started: None,
            ..Holder::this()
        })
        .unwrap();
        fs::create_dir_all(cells.join("c")).unwrap();
        fs::write(cells.join("c/run.lock"), lock).unwrap();
        assert_eq!(seen().trained, ["c"]);
    }
}
