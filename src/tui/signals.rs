//! Signals that ask the program to end, and what a panic leaves behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use crate::training::device::keep_last_words;

/// A flag that SIGTERM, SIGHUP and SIGINT raise. It hears them until it is dropped.
#[derive(Debug)]
pub struct Signals {
    flag: Arc<AtomicBool>,
    #[cfg(unix)]
    hooks: Vec<signal_hook::SigId>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn listen() -> std::io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
            let hooks = [SIGTERM, SIGHUP, SIGINT]
                .into_iter()
                .map(|signal| signal_hook::flag::register(signal, Arc::clone(&flag)))
                .collect::<Result<_, _>>()?;
            Ok(Self { flag, hooks })
        }
        #[cfg(not(unix))]
        Ok(Self { flag })
    }

    /// Whether one was heard since the last call.
    #[must_use]
    pub fn take(&self) -> bool {
        self.flag.swap(false, Ordering::Relaxed)
    }
}

/// Ends the program by `limit` at the latest, with the exit code of an interruption: a step that takes
/// longer is not waited for, since every finished epoch is on disk.
pub fn end_within(limit: Duration) {
    let watch = move || {
        std::thread::sleep(limit);
        ratatui::restore();
        std::process::exit(130);
    };
    if let Err(error) = std::thread::Builder::new()
        .name("ending".to_owned())
        .spawn(watch)
    {
        tracing::warn!(%error, "the end of the step is waited for");
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        #[cfg(unix)]
        for hook in self.hooks.drain(..) {
            signal_hook::low_level::unregister(hook);
        }
    }
}

/// Makes a panic of the thread `ui` restore the terminal before it is printed; a panic of any other
/// thread goes to the log alone, since it is caught there and shown as a sentence.
pub fn restore_on_panic(ui: ThreadId) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == ui {
            ratatui::restore();
            before(panic);
        } else {
            keep_last_words(panic);
            tracing::error!("{panic}");
        }
    }));
}
