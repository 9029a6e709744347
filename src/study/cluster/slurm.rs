//! Slurm's own commands.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::queue::{SACCT, SQUEUE, Tasks, sacct, squeue};

/// Tasks of an array job where Slurm does not say how many there may be; its own default.
const ARRAY_SIZE: usize = 1001;

/// Why Slurm did not do what it was asked for, one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// There is no such command.
    #[error(
        "{}: run this command on a machine of the cluster, or use --on list for another engine",
        self.what()
    )]
    Absent(&'static str),
    /// The command could not be started.
    #[error("{command} cannot be started: {source}")]
    Start {
        /// The command.
        command: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// Slurm refused.
    #[error("{command} refused: {said}")]
    Refused {
        /// The command.
        command: &'static str,
        /// What it said, as one line.
        said: String,
    },
}

impl SlurmError {
    /// What went wrong, without advice.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Absent(command) => format!("there is no {command} on this machine"),
            Self::Start { .. } | Self::Refused { .. } => self.to_string(),
        }
    }
}

/// Runs a command of Slurm in `folder` and gives what it printed.
fn run<A: AsRef<OsStr>>(
    command: &'static str,
    arguments: &[A],
    folder: Option<&Path>,
) -> Result<String, SlurmError> {
    let mut started = Command::new(command);
    started
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("SQUEUE_FORMAT")
        .env_remove("SQUEUE_STATES")
        .env_remove("SACCT_FORMAT");
    if let Some(folder) = folder {
        started.current_dir(folder);
    }
    if std::env::var_os("SLURM_JOB_ID").is_some() {
        // A job that is submitted by a job would take what Slurm gave this one for its own.
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_own_job(name)) {
            started.env_remove(name);
        }
    }
    // Array expressions are otherwise cut at 64 characters.
    started.env("SLURM_BITSTR_LEN", "0");
    let output = started.output().map_err(|source| match source.kind() {
        ErrorKind::NotFound => SlurmError::Absent(command),
        _ => SlurmError::Start { command, source },
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said
        .lines()
        .map(|line| {
            line.trim()
                .trim_start_matches(command)
                .trim_start_matches(": ")
        })
        .map(|line| line.trim_start_matches("error: ").trim_end_matches('.'))
        .filter(|line| !line.is_empty())
        .collect();
    Err(SlurmError::Refused {
        command,
        said: match lines.as_slice() {
            [] => format!("it ended with {}", output.status),
            lines => lines.join("; "),
        },
    })
}

/// Whether a variable of the environment says what Slurm gave to the job that this process belongs to.
fn is_of_own_job(name: &OsStr) -> bool {
    let devices = [
        "CUDA_VISIBLE_DEVICES",
        "GPU_DEVICE_ORDINAL",
        "ROCR_VISIBLE_DEVICES",
    ];
    name.to_str().is_some_and(|name| {
        let is_slurms = name.starts_with("SLURM_") || name.starts_with("SLURMD_");
        let is_of_cluster = ["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"].contains(&name);
        (is_slurms && !is_of_cluster) || devices.contains(&name)
    })
}

/// Whether jobs can be submitted from this machine.
///
/// # Errors
/// [`SlurmError`] where there is no Slurm.
pub fn check() -> Result<(), SlurmError> {
    run("sbatch", &["--version"], None).map(|_| ())
}

/// Submits a script whose tasks run in `folder`; gives the number of the job.
pub(super) fn submit(script: &Path, folder: &Path) -> Result<u32, SlurmError> {
    let arguments = [OsStr::new("--parsable"), script.as_os_str()];
    let said = run("sbatch", &arguments, Some(folder))?;
    // `123`, or `123;cluster`.
    let number = said.trim().split(';').next().unwrap_or_default();
    number.parse().map_err(|_| SlurmError::Refused {
        command: "sbatch",
        said: format!("it printed '{}', not the number of a job", said.trim()),
    })
}

/// Most tasks of an array job.
pub(super) fn array_size() -> usize {
    let said = run("scontrol", &["show", "config"], None).unwrap_or_else(|error| {
        tracing::debug!(%error, "Slurm does not say how many tasks an array job may have");
        String::new()
    });
    let line = said.lines().find(|line| line.starts_with("MaxArraySize"));
    let value = line.and_then(|line| line.split('=').nth(1)?.trim().parse().ok());
    // Tasks are numbered from 0, and the largest number is one less than the size.
    value.filter(|&size| size > 1).unwrap_or(ARRAY_SIZE)
}

/// The tasks of these jobs that Slurm has in its queue.
pub(super) fn queued(jobs: &[u32]) -> Result<Tasks, SlurmError> {
    let listed = list(jobs);
    let arguments: Vec<&str> = SQUEUE.into_iter().chain([listed.as_str()]).collect();
    match run("squeue", &arguments, None) {
        Ok(said) => Ok(squeue(&said)),
        // Of a single job that has left the queue.
        Err(SlurmError::Refused { said, .. }) if said.contains("Invalid job id") => {
            Ok(Tasks::new())
        }
        Err(error) => Err(error),
    }
}

/// What Slurm's accounting has of these jobs; none where there is no accounting.
pub(super) fn accounted(jobs: &[u32]) -> Tasks {
    let listed = list(jobs);
    let arguments: Vec<&str> = SACCT.into_iter().chain([listed.as_str()]).collect();
    match run("sacct", &arguments, None) {
        Ok(said) => sacct(&said),
        Err(error) => {
            tracing::debug!(%error, "Slurm's accounting does not answer");
            Tasks::new()
        }
    }
}

/// Ends all tasks of these jobs, waiting or running.
pub(super) fn cancel(jobs: &[u32]) -> Result<(), SlurmError> {
    let jobs: Vec<String> = jobs.iter().map(ToString::to_string).collect();
    run("scancel", &jobs, None).map(|_| ())
}

/// The option that names these jobs.
fn list(jobs: &[u32]) -> String {
    let jobs: Vec<String> = jobs.iter().map(ToString::to_string).collect();
    format!("--jobs={}", jobs.join(","))
}
