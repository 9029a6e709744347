//! `control`: pauses, resumes or stops a run that another process trains.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::options::{Global, OutOption};
use super::output;
use crate::run::{Activity, FolderClock, RunDirectory, RunStatus, control};
use crate::training::Control;

/// Longest wait for a request to be taken, which a training does every second; file servers may be slow.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);

/// Pause, resume or stop a run that another process trains
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui control latest pause
  ebcle-tui control latest resume
  ebcle-tui control 20261124-140203-mnist-resnet-20 stop --out /shared/runs

The request is a file in the run's folder, so the run may be trained on another machine that shares it.
It takes effect after the current step; a run that was stopped keeps its finished epochs, and
`ebcle-tui resume` continues it. Exit code 1 where nobody trains the run, or nobody takes the request.")]
pub struct ControlCommand {
    /// The run
    run: String,
    /// What it is to do
    action: Asked,
    #[command(flatten)]
    out: OutOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Asked {
    /// Wait after the current step
    Pause,
    /// Go on
    Resume,
    /// Stop after the current step
    Stop,
}

impl From<Asked> for Control {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Pause => Self::Pause,
            Asked::Resume => Self::Resume,
            Asked::Stop => Self::Stop,
        }
    }
}

impl ControlCommand {
    /// Asks, and waits until the request is taken.
    ///
    /// # Errors
    /// One sentence on a run that is not there, that nobody trains, or where nobody takes the request.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let directory = RunDirectory::find(&self.run, &global.runs(&self.out)?)?;
        let path = directory.path();
        let status = RunStatus::of(directory.summary()?.as_ref());
        let activity = Activity::of(path, status, &FolderClock::of(path));
        let Activity::Running { writer, .. } = &activity else {
            bail!(
                "{} is not running: {}{}",
                path.display(),
                activity.in_words(),
                remedy(&activity, path)
            );
        };
        let action = Control::from(self.action);
        let asked = control::ask(path, action)?;
        let begun = Instant::now();
        while asked.exists() {
            if begun.elapsed() > PATIENCE {
                drop(std::fs::remove_file(&asked));
                bail!(
                    "{} did not take the request to {} within {} s: it is withdrawn",
                    writer.in_words(),
                    action.name(),
                    PATIENCE.as_secs()
                );
            }
            std::thread::sleep(LOOK);
        }
        if global.json {
            return output::print_json(&serde_json::json!({
                "run_dir": path, "action": action.name(), "pid": writer.pid, "host": writer.host,
            }))
            .map(|()| ExitCode::SUCCESS);
        }
        let what = match action {
            Control::Pause => "pauses",
            Control::Resume => "goes on",
            Control::Stop => "stops",
        };
        output::print(&format!(
            "{} {what} after its current step",
            writer.in_words()
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What can be done with a run that nobody trains.
fn remedy(activity: &Activity, path: &Path) -> String {
    match activity {
        Activity::Stopped | Activity::Killed { .. } => {
            format!("; `ebcle-tui resume {}` continues it", path.display())
        }
        _ => String::new(),
    }
}
