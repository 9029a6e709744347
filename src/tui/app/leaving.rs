//! Leaving the app: what is asked, stopped and waited for first.

use super::{App, Effect, Overlay, Question, Tone};
use crate::training::Control;
use crate::tui::screens::train::Phase;

impl App {
    /// Leaves at once, or asks first while a training runs.
    pub(in crate::tui) fn quit(&mut self) {
        if self.is_training() {
            self.ask(Question::Quit);
        } else if self.is_studying() {
            self.ask(Question::QuitStudy);
        } else {
            self.stop_and_quit();
        }
    }

    /// Leaves as [`stop_and_quit`](Self::stop_and_quit) does, but asks first while a training or a study runs: a second call
    /// is the answer.
    pub(in crate::tui) fn interrupt(&mut self) {
        let is_asked = matches!(
            &self.overlay,
            Some(Overlay::Confirm(confirm)) if matches!(confirm.question, Question::Quit | Question::QuitStudy)
        );
        if self.quitting || is_asked {
            self.stop_and_quit();
        } else {
            self.quit();
        }
    }

    /// Leaves at once, or once the training has stopped; a second call leaves at once.
    pub(in crate::tui) fn stop_and_quit(&mut self) {
        if !self.waits_to_quit() || self.quitting {
            self.request(Effect::Quit);
            return;
        }
        self.quitting = true;
        self.overlay = None;
        if self.waits_for_jobs() {
            let sentence = "Slurm is still asked: leaving waits for its answer; press q again to leave at once";
            self.say(Tone::Bad, sentence);
        }
        self.stop_study();
        if self.is_training() {
            self.stop_training();
        }
    }

    /// Leaves, where that was asked for and nothing waits any more; whether it does.
    pub(in crate::tui) fn leave_if_asked(&mut self) -> bool {
        if self.quitting && !self.waits_to_quit() {
            self.request(Effect::Quit);
        }
        self.quitting
    }

    /// Whether leaving has to wait for a training, a study that writes, or an answer of Slurm.
    pub(in crate::tui) fn waits_to_quit(&self) -> bool {
        self.is_training() || self.waits_for_study() || self.waits_for_jobs()
    }

    pub(in crate::tui) fn stop_training(&mut self) {
        if let Some(live) = self.live.as_mut().filter(|live| !live.phase.is_over()) {
            // Another process says itself that it stops.
            if live.followed.is_none() {
                live.phase = Phase::Stopping;
            }
            self.control(Control::Stop);
        }
    }
}
