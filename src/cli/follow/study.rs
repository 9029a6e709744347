//! Follows a study with lines and bars on stderr.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use indicatif::ProgressBar;

use super::Talker;
use super::session::follow;
use crate::cli::failure::{EndAtOnce, interruption, sentence, termination};
use crate::cli::options::Global;
use crate::cli::output;
use crate::run::{Phase, Session, Settings, Summary};
use crate::study::sweep::SweepOutcome;
use crate::study::{Progress, StudyError, Worker};
use crate::{messages, report};

/// Shows how a study goes, and stops it with Ctrl-C or SIGTERM.
pub struct Follower<'a> {
    global: &'a Global,
    interrupted: Arc<AtomicBool>,
    ends_at_once: Mutex<Option<EndAtOnce>>,
    bar: Mutex<Option<ProgressBar>>,
}

impl<'a> Follower<'a> {
    /// Listens to signals from now on.
    ///
    /// # Errors
    /// Where signals cannot be handled.
    pub fn new(global: &'a Global) -> anyhow::Result<Self> {
        Ok(Self::told_by(interruption()?, global))
    }

    /// As [`new`](Self::new), for a process that an engine ends, which may send its signal twice.
    ///
    /// # Errors
    /// Where signals cannot be handled.
    pub fn of_task(global: &'a Global) -> anyhow::Result<Self> {
        Ok(Self::told_by(termination()?, global))
    }

    /// As [`new`](Self::new), where signals set `interrupted`.
    pub fn told_by(interrupted: Arc<AtomicBool>, global: &'a Global) -> Self {
        Self {
            global,
            interrupted,
            ends_at_once: Mutex::default(),
            bar: Mutex::default(),
        }
    }

    /// Stops the study once standard input is at its end: the process that started this one has closed it, or is gone.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn stop_with_input(&self) -> anyhow::Result<()> {
        let interrupted = self.interrupted.clone();
        std::thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || {
                let read = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                tracing::debug!(?read, "standard input is at its end");
                interrupted.store(true, Ordering::Relaxed);
            })
            .context("no thread could be started")?;
        Ok(())
    }

    /// Draws what each worker does, a line each.
    fn draw_workers(&self, workers: &[Worker]) {
        let lines: Vec<String> = workers.iter().map(Worker::line).collect();
        let state = (!lines.is_empty()).then(|| lines.join("\n"));
        self.draw("{msg}", state, |bar, lines| {
            bar.set_message(lines);
            bar.tick();
        });
    }

    /// Writes a line above what is drawn.
    fn above(&self, write: impl FnOnce()) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match bar.as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Draws `state` by `show` on a bar of this template, or clears it.
    fn draw<T>(&self, template: &str, state: Option<T>, show: impl Fn(&ProgressBar, T)) {
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            Some(state) => {
                let bar = bar.get_or_insert_with(|| output::bar(self.global, template));
                show(bar, state);
            }
            None => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

impl Progress for Follower<'_> {
    fn is_cancelled(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn say(&self, line: &str) {
        self.above(|| output::say(self.global, line));
    }

    fn warn(&self, line: &str) {
        self.above(|| messages::say(line));
    }

    fn workers(&self, workers: &[Worker]) {
        self.draw_workers(workers);
    }

    fn reading(&self, phase: Option<Phase>) {
        self.draw(output::COUNTING, phase, output::show);
    }

    fn timing(&self, steps: Option<(usize, usize)>) {
        self.draw(output::TIMING, steps, |bar, (done, all)| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        });
    }

    fn interruptible(&self, begins: bool) {
        let guard = begins.then(|| EndAtOnce::on(&self.interrupted));
        let guard = guard.transpose().unwrap_or_else(|error| {
            tracing::warn!(error = %sentence(&error), "Ctrl-C takes effect only after this part");
            None
        });
        *self
            .ends_at_once
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = guard;
    }

    fn follow(
        &self,
        session: &Session,
        settings: &Settings,
    ) -> Result<Option<Summary>, StudyError> {
        follow(
            session,
            &Talker::new(self.global, settings),
            &self.interrupted,
        )
        .map_err(|error| StudyError::Training(sentence(&error)))
    }

    fn swept(&self, outcome: &SweepOutcome) -> Result<(), StudyError> {
        report::study::swept(outcome)
    }
}
