//! Signals that ask the program to end, and how it is told from a shell's job control.
//!
//! They are heard outside every other thread: whatever the program does when one comes, it has ended ten seconds
//! later. Every finished epoch of a training is on disk by then.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

/// Exit code of a program that was interrupted.
pub const INTERRUPTED: u8 = 130;
/// Longest wait for the end of a training's step after a signal: the step itself is lost then.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// Longest time that the program has to end by itself after a signal.
const LIMIT: Duration = Duration::from_millis(8900);
/// How often the flag of a signal is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A flag that Ctrl-C, SIGTERM or the end of the terminal (SIGHUP) raises. A second Ctrl-C or SIGTERM ends the program at
/// once. A SIGHUP that was ignored when the program was started, as by `nohup`, stays ignored.
///
/// # Errors
/// Whatever the operating system says.
pub fn interruption() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&flag))?;
        register(signal, Arc::clone(&flag))?;
    }
    register_hangup(&flag)?;
    Ok(flag)
}

/// As [`interruption`], but a second signal ends nothing at once: a terminal that is closed often sends two.
///
/// # Errors
/// Whatever the operating system says.
pub fn termination() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        register(signal, Arc::clone(&flag))?;
    }
    register_hangup(&flag)?;
    Ok(flag)
}

fn register_hangup(flag: &Arc<AtomicBool>) -> io::Result<()> {
    #[cfg(unix)]
    if !ignores_hangups() {
        register(signal_hook::consts::SIGHUP, Arc::clone(flag))?;
    }
    Ok(())
}

/// Ends the program with [`INTERRUPTED`] where it has not ended by itself within ten seconds of the moment when `flag` was
/// raised; does `last` before, which may take a second.
///
/// # Errors
/// Where no thread can be started.
pub fn end_in_time(flag: &Arc<AtomicBool>, last: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let flag = Arc::clone(flag);
    let watch = move || {
        while !flag.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(LIMIT);
        last();
        std::process::exit(i32::from(INTERRUPTED));
    };
    let thread = std::thread::Builder::new().name("ending".to_owned());
    thread.spawn(watch).map(|_| ())
}

/// Whether SIGHUP was ignored when this process was started; on Linux, as told by `/proc`.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        ignored(&status, signal_hook::consts::SIGHUP)
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// Whether a `status` of `/proc` lists a signal as ignored.
#[cfg(target_os = "linux")]
fn ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Leaves the terminal and the job of the process that started this one: neither Ctrl-C nor the terminal's end reach it.
pub fn leave_terminal() {
    #[cfg(unix)]
    if let Err(error) = nix::unistd::setsid() {
        tracing::warn!(%error, "the training stays in the session that started it");
    }
}

/// Whether the terminal belongs to another job of the shell, so that to set its modes would stop this process.
#[must_use]
pub fn is_in_background() -> bool {
    #[cfg(unix)]
    {
        use nix::unistd::{getpgrp, tcgetpgrp};
        tcgetpgrp(io::stdin()).is_ok_and(|foreground| foreground != getpgrp())
    }
    #[cfg(not(unix))]
    false
}

/// Whether standard input is a terminal that has not been closed.
#[must_use]
pub fn has_terminal() -> bool {
    #[cfg(unix)]
    {
        nix::unistd::tcgetpgrp(io::stdin()).is_ok()
    }
    #[cfg(not(unix))]
    true
}

/// Stops this process and those it was started with, as Ctrl-Z does, until a shell brings them back.
///
/// # Errors
/// One sentence where the operating system does not allow it.
#[cfg(unix)]
pub fn stop_job() -> Result<(), &'static str> {
    use nix::sys::signal::{Signal, killpg};
    killpg(nix::unistd::getpgrp(), Signal::SIGSTOP)
        .map_err(|_| "the program cannot be stopped here")
}

/// Whether the process that started this job belongs to the same session, and so is a shell that can bring it back.
///
/// # Errors
/// One sentence where it is not.
#[cfg(unix)]
pub fn can_be_stopped() -> Result<(), &'static str> {
    use nix::unistd::{Pid, getpgrp, getsid};
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};
    const ALONE: &str = "no shell could bring the program back: Ctrl-Z does nothing here";
    let mut system = System::new().map_err(|_| ALONE)?;
    let leader = sysinfo::Pid::from_u32(getpgrp().as_raw().unsigned_abs());
    let what = ProcessRefreshKind::nothing();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[leader]), false, what);
    let parent = system
        .process(leader)
        .and_then(sysinfo::Process::parent)
        .and_then(|parent| i32::try_from(parent.as_u32()).ok());
    let session = |process| getsid(process).ok();
    match parent.and_then(|parent| session(Some(Pid::from_raw(parent)))) {
        Some(of_parent) if Some(of_parent) == session(None) => Ok(()),
        _ => Err(ALONE),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_hangup_is_seen_in_proc() {
        let status = |mask: &str| format!("Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
        assert!(ignored(&status("0000000000001001"), 1));
        assert!(!ignored(&status("0000000000001000"), 1));
        assert!(ignored(&status("0000000000001000"), 13));
        assert!(!ignored("", 1));
    }
}
