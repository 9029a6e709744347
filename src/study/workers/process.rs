//! A worker: this program in another process, which trains one cell.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::run::CELL_LOG;
use crate::signals::PATIENCE;
use crate::study::last_lines::last_lines;

/// Time beyond that of a training's step after which a worker that should stop is killed.
const GRACE: Duration = Duration::from_secs(4);

/// A process that trains a cell. Dropping it stops the process and waits for its end.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Closed, it tells the process to stop.
    pipe: Option<ChildStdin>,
    log: PathBuf,
    /// Where in the log its own lines begin.
    begins: u64,
    over: bool,
}

impl Process {
    /// Trains the cell in `folder` on `device`, with or without caches.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn start(folder: &Path, device: &str, caches: bool) -> io::Result<Self> {
        let log = folder.join(CELL_LOG);
        let mut file = OpenOptions::new().create(true).append(true).open(&log)?;
        writeln!(file, "--- {} on {device}", Timestamp::now())?;
        let begins = file.metadata()?.len();
        let folder = std::path::absolute(folder)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("cell").arg(folder);
        command.args(["--device", device, "--worker"]);
        if !caches {
            command.arg("--no-cache");
        }
        command
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file);
        // Ctrl-C in the terminal reaches the owner alone, which then stops its workers.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        Ok(Self {
            pipe: child.stdin.take(),
            child,
            log,
            begins,
            over: false,
        })
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop after its present step.
    pub fn stop(&mut self) {
        self.pipe = None;
    }

    /// Whether it is done, or why it ended otherwise; none while it works.
    pub fn ended(&mut self) -> Option<Result<(), String>> {
        let status = match self.child.try_wait() {
            Ok(status) => status?,
            Err(error) => return Some(Err(format!("how it ended cannot be found out: {error}"))),
        };
        self.over = true;
        Some(if status.success() {
            Ok(())
        } else {
            Err(self.reason(status))
        })
    }

    fn reason(&self, status: ExitStatus) -> String {
        let said = last_lines(&self.log, self.begins).unwrap_or_default();
        if let Some(sentence) = said.last().and_then(|line| line.strip_prefix("error: ")) {
            return sentence.to_owned();
        }
        let how = how(status);
        if said.is_empty() {
            return how;
        }
        let log = self.log.display();
        format!("{how}; its last lines in {log}: {}", said.join(" | "))
    }
}

/// How a process ended that did not succeed.
fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("its process was killed by signal {signal}");
    }
    match status.code() {
        Some(code) if code == i32::from(crate::signals::INTERRUPTED) => "it was stopped".to_owned(),
        Some(code) => format!("its process ended with code {code}"),
        None => "its process was killed".to_owned(),
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.stop();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE + GRACE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            tracing::warn!(%error, "a worker may be left");
        }
    }
}
