//! Pausing the runs of a study: of the one that runs here, and of one that another process conducts.

use std::path::Path;

use super::{Page, Studies};
use crate::format::number_of;
use crate::study::AskedRuns;
use crate::training::Control;
use crate::tui::app::{App, Effect, Tone};

impl Studies {
    /// Whether the marked study is paused, as far as is known; none where nobody conducts it.
    pub fn paused(&self) -> Option<bool> {
        let study = self.marked()?;
        if self.runs_here(&study.name) {
            return self.running.as_ref().map(super::Running::is_paused);
        }
        if !study.is_trained_elsewhere() {
            return None;
        }
        let asked = self.asked.as_ref().filter(|(path, _)| *path == study.path);
        Some(asked.is_some_and(|(_, action)| *action == Control::Pause))
    }

    /// Whether the study that runs here was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.stopping)
    }

    /// Whether the study of this name runs in this process.
    pub fn runs_here(&self, name: &str) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| !running.is_over() && running.name == name)
    }
}

impl App {
    /// Pauses the study that is followed, or the marked one, or resumes it.
    pub(super) fn pause_study(&mut self) {
        let studies = &mut self.studies;
        let marked = studies.marked().map(|study| {
            let is_here = studies.runs_here(&study.name);
            (study.path.clone(), study.kind, is_here)
        });
        let is_here = matches!(marked, Some((.., true))) || studies.page == Page::Follow;
        if is_here {
            let Some(running) = studies.running.as_mut().filter(|it| !it.is_over()) else {
                return;
            };
            if running.stopping {
                return self.say(Tone::Bad, "it stops after its present step");
            }
            let pauses = !running.is_paused();
            running.pause(pauses, self.now);
            self.request(Effect::PauseStudy(pauses));
        } else if let Some((path, kind, _)) = marked {
            if studies.paused().is_none() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let sentence = format!("nobody trains {name} now: u looks again");
                return self.say(Tone::Bad, sentence);
            }
            self.request(Effect::AskRuns(path, kind));
        }
    }

    /// What the processes were asked for that train runs of the study in `path`.
    pub(in crate::tui) fn runs_asked(&mut self, path: &Path, asked: Result<AskedRuns, String>) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match asked {
            Ok(AskedRuns { runs: 0, .. }) => {
                let sentence = format!("no run of {name} is trained now: u looks again");
                self.say(Tone::Bad, sentence);
            }
            Ok(AskedRuns { action, runs }) => {
                self.studies.asked = Some((path.to_owned(), action));
                let runs = number_of(runs, "run", "runs");
                let sentence = format!("asked {runs} of {name} to {}", action.name());
                self.say(Tone::Good, sentence);
            }
            Err(sentence) => self.say(Tone::Bad, sentence),
        }
    }
}
