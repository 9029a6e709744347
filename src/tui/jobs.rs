//! What the app is told from outside the terminal: to end, to stop for a while, that it is back.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::terminal;
use crate::signals;

/// How often it is looked whether the app is back.
const LOOK: Duration = Duration::from_millis(20);

/// Longest wait for the thread that reads keys.
const LIMIT: Duration = Duration::from_secs(1);

/// Flags that signals raise. Ten seconds after one that asks for the end, the program has ended.
#[derive(Debug)]
pub(super) struct Jobs {
    end: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    back: Arc<AtomicBool>,
    keyboard: Arc<Turn>,
    /// Whether the terminal could be asked who has it when the app began.
    has_terminal: bool,
}

/// Who may read the terminal: a job in the background that reads it is stopped.
#[derive(Debug, Default)]
pub(super) struct Turn {
    is_paused: AtomicBool,
    reading: Mutex<()>,
}

impl Turn {
    /// Waits until the terminal may be read, and keeps it from being given to the shell meanwhile.
    pub(super) fn wait(&self) -> MutexGuard<'_, ()> {
        while self.is_paused.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
        }
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has nobody read the terminal from now on; false where reading it does not return, since it has gone.
    fn pause(&self) -> bool {
        self.is_paused.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if !matches!(self.reading.try_lock(), Err(TryLockError::WouldBlock)) {
                return true;
            }
            std::thread::sleep(LOOK);
        }
        false
    }

    fn resume(&self) {
        self.is_paused.store(false, Ordering::Relaxed);
    }
}

impl Jobs {
    /// Listens from now on.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub(super) fn listen() -> io::Result<Self> {
        let end = signals::termination()?;
        signals::end_in_time(&end, terminal::leave_in_time)?;
        let (stop, back) = (Arc::default(), Arc::default());
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGCONT, SIGTSTP};
            signal_hook::flag::register(SIGTSTP, Arc::clone(&stop))?;
            signal_hook::flag::register(SIGCONT, Arc::clone(&back))?;
        }
        Ok(Self {
            end,
            stop,
            back,
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

    /// What the thread that reads keys asks before it reads.
    pub(super) fn keyboard(&self) -> Arc<Turn> {
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
    pub(super) fn take_back(&self) -> bool {
        self.back.swap(false, Ordering::Relaxed)
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
            self.back.store(false, Ordering::Relaxed);
            if !self.keyboard.pause() {
                self.keyboard.resume();
                return Err("the terminal does not answer: nothing was stopped");
            }
            terminal::leave();
            let stopped = signals::stop_job();
            while stopped.is_ok() && !self.is_to_end() && !self.back.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK);
            }
            self.back.store(true, Ordering::Relaxed);
            stopped
        }
        #[cfg(not(unix))]
        Err("a program cannot be stopped and brought back here")
    }

    /// Takes the terminal again once it is this job's, while a training goes on; false where the app is to end before, or
    /// the terminal has gone.
    pub(super) fn come_back(&self) -> bool {
        if self.has_lost_terminal() || !self.keyboard.pause() {
            return false;
        }
        while signals::is_in_background() {
            if self.is_to_end() {
                return false;
            }
            std::thread::sleep(LOOK);
        }
        let is_back = terminal::enter().is_ok();
        self.keyboard.resume();
        is_back
    }
}
