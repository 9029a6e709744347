//! A training in the background: the program starts itself once more, in a session of its own.

use super::super::options::Global;

/// The option that the process in the background is started with.
#[cfg(unix)]
const DETACHED: &str = "--detached";

/// Trains in the background: returns once the run's folder exists, or the training could not be started. A run that is
/// resumed is `begun`; what it said before stays in its log.
///
/// # Errors
/// One sentence where no process can be started, or where this is no Unix.
#[cfg(not(unix))]
pub fn detach(
    _: &Global,
    _: &std::path::Path,
    _: Option<&std::path::Path>,
) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("--detach needs Linux, macOS or another Unix: leave it out here")
}

#[cfg(unix)]
pub use unix::detach;
#[cfg(unix)]
use unix::report;

/// Where the summary of the run in `run` is printed. A process in the background tells the one that waits for it that the
/// folder exists, and prints nothing: nobody reads its standard output after that.
///
/// # Errors
/// Where the process that waits is gone: nobody would know of the run.
pub fn shown<'a>(
    is_detached: bool,
    run: &std::path::Path,
    global: &'a Global,
) -> anyhow::Result<Option<&'a Global>> {
    if is_detached {
        report(run)?;
    }
    Ok((!is_detached).then_some(global))
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsString;
    use std::fs::{self, File};
    use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, ExitCode, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use anyhow::Context;
    use crossbeam_channel::RecvTimeoutError;
    use serde::{Deserialize, Serialize};

    use super::{DETACHED, Global};
    use crate::cli::failure::INTERRUPTED;
    use crate::cli::output;
    use crate::messages;
    use crate::signals;

    /// Name of the log in the run's folder.
    const LOG: &str = "train.log";
    /// How often a signal is looked for.
    const LOOK: Duration = Duration::from_millis(100);
    /// Most bytes of a log that are repeated where a start failed.
    const MOST: u64 = 1 << 16;

    /// What the process in the background says first, on its standard output.
    #[derive(Debug, Serialize, Deserialize)]
    struct Report {
        run_dir: PathBuf,
        pid: u32,
    }

    /// As `detach` elsewhere.
    pub fn detach(global: &Global, out: &Path, begun: Option<&Path>) -> anyhow::Result<ExitCode> {
        fs::create_dir_all(out)
            .with_context(|| format!("the folder {} cannot be made", out.display()))?;
        // Below the folder of runs, so that it can be moved into the run's folder.
        let log = tempfile::Builder::new()
            .prefix(".starting-")
            .suffix(".log")
            .tempfile_in(out)
            .with_context(|| format!("no log can be written in {}", out.display()))?;
        let earlier = begun.map(|run| fs::read(run.join(LOG)));
        let earlier = match earlier {
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context(format!("the earlier {LOG} cannot be read"));
            }
            Some(Ok(earlier)) => earlier,
            _ => Vec::new(),
        };
        let mut written = log.reopen()?;
        written.write_all(&earlier)?;
        let interrupted = signals::interruption().context("signals cannot be handled")?;
        let mut child = start(written)?;
        let Some(report) = reported(&mut child, &interrupted)? else {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            let status = child.wait().context("the process in the background")?;
            let mut said = String::new();
            let mut file = log.reopen()?;
            let length = file.metadata()?.len();
            let before = length.saturating_sub(MOST).max(earlier.len() as u64);
            file.seek(SeekFrom::Start(before))?;
            file.read_to_string(&mut said)?;
            messages::say(said.trim_end());
            return Ok(status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .map_or(ExitCode::FAILURE, ExitCode::from));
        };
        let place = report.run_dir.join(LOG);
        log.persist(&place)
            .with_context(|| format!("the log cannot be moved to {}", place.display()))?;
        let Report { run_dir, pid } = report;
        if global.json {
            output::print_json(&serde_json::json!({"run_dir": run_dir, "pid": pid, "log": place}))?;
            return Ok(ExitCode::SUCCESS);
        }
        let run = run_dir.display();
        output::print(&format!(
            "run directory: {run}\ntraining in the background as process {pid}; its messages are in {}\n\
             follow it: ebcle-tui attach {run}\nstop it: ebcle-tui control {run} stop",
            place.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Starts this program once more with the same arguments, for the background.
    fn start(log: File) -> anyhow::Result<Child> {
        let program = std::env::current_exe().context("this program is not found")?;
        let arguments: Vec<OsString> = std::env::args_os()
            .skip(1)
            .map(|argument| match argument.to_str() {
                Some("--detach") => DETACHED.into(),
                _ => argument,
            })
            .collect();
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("no process can be started in the background")
    }

    /// What the process reports; nothing where it ends before that, or where the user interrupts, which ends it.
    fn reported(child: &mut Child, interrupted: &AtomicBool) -> anyhow::Result<Option<Report>> {
        let output = child.stdout.take().context("the process has no output")?;
        let (sender, lines) = crossbeam_channel::bounded(1);
        std::thread::Builder::new()
            .name("starting".to_owned())
            .spawn(move || {
                let mut line = String::new();
                drop(BufReader::new(output).read_line(&mut line));
                drop(sender.send(line));
            })
            .context("no thread could be started")?;
        loop {
            match lines.recv_timeout(LOOK) {
                Ok(line) => return Ok(serde_json::from_str(&line).ok()),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if interrupted.load(Ordering::Relaxed) => {
                    child.kill().context("the process in the background")?;
                    child.wait().context("the process in the background")?;
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Tells the process that waits for this one, in the background, that the run's folder exists.
    pub(super) fn report(run: &Path) -> anyhow::Result<()> {
        let report = Report {
            run_dir: run.to_owned(),
            pid: std::process::id(),
        };
        let mut line = serde_json::to_vec(&report)?;
        line.push(b'\n');
        let mut output = std::io::stdout().lock();
        output
            .write_all(&line)
            .and_then(|()| output.flush())
            .context("the command that started this training is gone, so it was stopped")
    }
}

/// Tells nobody: only Unix trains in the background.
#[cfg(not(unix))]
fn report(_: &std::path::Path) -> anyhow::Result<()> {
    Ok(())
}
