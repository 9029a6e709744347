//! The folder of runs, looked at every second: over shared file systems too, so without the system's own watching.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

use super::Report;
use crate::messages;
use crate::run::Listings;
use crate::tui::AppError;
use crate::tui::app::Message;

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Watches a folder of runs until it is dropped.
#[derive(Debug)]
pub struct RunsWatch {
    out: PathBuf,
    looks: Sender<()>,
}

impl RunsWatch {
    /// Watches the runs below `out`; `cache` is the folder in which their lines are kept for the next start.
    pub fn start(
        out: &Path,
        cache: Option<&Path>,
        reports: Sender<Report>,
    ) -> Result<Self, AppError> {
        let (looks, asked) = unbounded();
        let mut listings = Listings::of(out, cache);
        std::thread::Builder::new()
            .name("runs".to_owned())
            .spawn(move || {
                let mut all = true;
                let mut failed = None;
                loop {
                    let look = AssertUnwindSafe(|| listings.look());
                    let message = match catch_unwind(look) {
                        Ok(Ok(changes)) => {
                            failed = None;
                            if changes.all || std::mem::take(&mut all) {
                                let (listings, problems) = listings.all();
                                Some(Message::RunsListed(listings, problems))
                            } else if changes.runs.is_empty() {
                                None
                            } else {
                                Some(Message::RunsChanged(changes.runs))
                            }
                        }
                        Ok(Err(error)) => once(&mut failed, error.to_string()),
                        Err(panic) => {
                            let text = messages::panic_text(panic.as_ref());
                            once(&mut failed, format!("internal error: {text}"))
                        }
                    };
                    let report = message.map(|message| Report::Message(Box::new(message)));
                    if report.is_some_and(|report| reports.send(report).is_err()) {
                        return;
                    }
                    match asked.recv_timeout(LOOK) {
                        Ok(()) => {
                            while asked.try_recv().is_ok() {}
                            all = true;
                        }
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            })
            .map_err(AppError::Thread)?;
        Ok(Self {
            out: out.to_owned(),
            looks,
        })
    }

    /// Whether it watches the runs below `out`.
    pub fn is_of(&self, out: &Path) -> bool {
        self.out == out
    }

    /// Looks and lists all runs at once.
    pub fn look(&self) {
        if self.looks.send(()).is_err() {
            tracing::warn!("the runs are no longer watched");
        }
    }
}

/// The message of a failure that was not told yet.
fn once(failed: &mut Option<String>, sentence: String) -> Option<Message> {
    (failed.as_ref() != Some(&sentence)).then(|| {
        *failed = Some(sentence.clone());
        Message::RunsFailed(sentence)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_appears_is_listed_by_itself() {
        let out = tempfile::tempdir().unwrap();
        let (sender, reports) = unbounded();
        let runs = out.path().join("runs");
        let watch = RunsWatch::start(&runs, None, sender).unwrap();
        let next = || match reports.recv_timeout(Duration::from_mins(1)).unwrap() {
            Report::Message(message) => *message,
            other => panic!("{other:?}"),
        };
        let count = |message: Message| match message {
            Message::RunsListed(runs, _) => runs.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(count(next()), 0);
        let data = crate::run::fixture::run(&[1], 1, 1);
        crate::run::fixture::on_disk(&runs, &data);
        // A look may come while the run is half written.
        while count(next()) == 0 {}
        watch.look();
        assert_eq!(count(next()), 1);
        assert!(watch.is_of(&runs));
    }
}
