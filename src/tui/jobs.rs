//! Signals to the app: to end, to stop, and that a shell has resumed it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::terminal;
use crate::signals;

/// Time between two checks of a flag.
const POLL: Duration = Duration::from_millis(20);

/// Longest wait for the thread that reads keys.
const LIMIT: Duration = Duration::from_secs(1);

/// Flags set by signals. Ten seconds after one to end, the program is ended.
#[derive(Debug)]
pub(super) struct Jobs {
    end: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    resumed: Arc<AtomicBool>,
    keyboard: Arc<KeyboardLock>,
    /// Whether there was a controlling terminal at the start.
    has_terminal: bool,
}

/// Who may read the terminal: a job in the background that reads it is stopped.
#[derive(Debug, Default)]
pub(super) struct KeyboardLock {
    is_paused: AtomicBool,
    reading: Mutex<()>,
}

impl KeyboardLock {
    /// Waits until the terminal may be read, and keeps it from being given to the shell meanwhile.
    pub(super) fn wait(&self) -> MutexGuard<'_, ()> {
        while self.is_paused.load(Ordering::Relaxed) {
            std::thread::sleep(POLL);
        }
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the keyboard thread from reading; false where its read does not return, since the terminal is closed.
    fn pause(&self) -> bool {
        self.is_paused.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if !matches!(self.reading.try_lock(), Err(TryLockError::WouldBlock)) {
                return true;
            }
            std::thread::sleep(POLL);
        }
        false
    }

    fn resume(&self) {
        self.is_paused.store(false, Ordering::Relaxed);
    }
}

impl Jobs {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        let end = signals::termination()?;
        signals::end_in_time(&end, terminal::leave_in_time)?;
        let (stop, resumed) = (Arc::default(), Arc::default());
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGCONT, SIGTSTP};
            signal_hook::flag::register(SIGTSTP, Arc::clone(&stop))?;
            signal_hook::flag::register(SIGCONT, Arc::clone(&resumed))?;
        }
        Ok(Self {
            end,
            stop,
            resumed,
            keyboard: Arc::default(),
            has_terminal: signals::has_terminal(),
        })
    }

    /// Whether the app is to end.
    pub(super) fn is_to_end(&self) -> bool {
        self.end.load(Ordering::Relaxed)
    }

    /// Has the app end, as a signal does.
    pub(super) fn end(&self) {
        self.end.store(true, Ordering::Relaxed);
    }

    /// The lock of the thread that reads keys.
    pub(super) fn keyboard(&self) -> Arc<KeyboardLock> {
        Arc::clone(&self.keyboard)
    }

    /// Whether the terminal has been closed.
    pub(super) fn has_lost_terminal(&self) -> bool {
        self.has_terminal && !signals::has_terminal()
    }

    /// Whether the app was asked to stop since the last call.
    pub(super) fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }

    /// Whether the app was stopped and brought back since the last call.
    pub(super) fn take_resumed(&self) -> bool {
        self.resumed.swap(false, Ordering::Relaxed)
    }

    /// Gives the terminal back and stops, until a shell brings the app back.
    ///
    /// # Errors
    /// One sentence where no shell could; the terminal is the app's then.
    #[cfg_attr(
        not(unix),
        expect(clippy::unused_self, reason = "only Unix stops programs")
    )]
    pub(super) fn stop(&self) -> Result<(), &'static str> {
        #[cfg(unix)]
        {
            signals::can_be_stopped()?;
            self.resumed.store(false, Ordering::Relaxed);
            if !self.keyboard.pause() {
                self.keyboard.resume();
                return Err("cannot stop: the terminal does not answer");
            }
            terminal::leave();
            let stopped = signals::stop_job();
            while stopped.is_ok() && !self.is_to_end() && !self.resumed.load(Ordering::Relaxed) {
                std::thread::sleep(POLL);
            }
            self.resumed.store(true, Ordering::Relaxed);
            stopped
        }
        #[cfg(not(unix))]
        Err("cannot stop a program on this system")
    }

    /// Takes the terminal again once this is the foreground job; false where the app is to end first, or the terminal is
    /// closed.
    pub(super) fn resume(&self) -> bool {
        if self.has_lost_terminal() || !self.keyboard.pause() {
            return false;
        }
        while signals::is_in_background() {
            if self.is_to_end() {
                return false;
            }
            std::thread::sleep(POLL);
        }
        let is_back = terminal::enter().is_ok();
        self.keyboard.resume();
        is_back
    }
}
