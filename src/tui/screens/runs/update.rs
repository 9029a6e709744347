//! What its keys and messages on runs change.

use crate::run::{RunListing, RunStatus};
use crate::tui::app::export::ExportDialog;
use crate::tui::app::text::Field;
use crate::tui::app::{App, Effect, Overlay, Question, Tone};

impl App {
    pub(in crate::tui) fn runs_listed(&mut self, listings: Vec<RunListing>, problems: Vec<String>) {
        self.runs.replace(listings, problems);
        self.load_marked_run();
    }

    pub(in crate::tui) fn runs_changed(&mut self, listings: Vec<RunListing>) {
        let marked = self.runs.marked();
        let now = marked.and_then(|run| listings.iter().find(|other| other.path == run.path));
        let place = |run: &RunListing| {
            let status = run.activity.status();
            let at = status.map(|status| (status.seed, status.network, status.epoch));
            (at, run.activity.name(), run.status)
        };
        // Its charts are read again once another epoch is finished, or it has ended.
        let is_further = now.is_some_and(|now| marked.map(place) != Some(place(now)));
        self.runs.change(listings);
        if is_further {
            self.load_marked_run();
        }
    }

    /// Follows the marked run where a process trains it; else enlarges the chart.
    pub(super) fn follow_or_enlarge(&mut self) {
        let marked = self.runs.marked();
        match marked.filter(|run| run.activity.writer().is_some()) {
            Some(run) => self.follow_run(run.path.clone()),
            None => self.charts.enlarged = !self.charts.enlarged,
        }
    }

    pub(in crate::tui) fn run_deleted(&mut self, name: &str) {
        self.say(Tone::Good, format!("deleted {name}"));
        self.list_runs();
    }

    pub(super) fn step_run(&mut self, step: isize) {
        self.runs.step(step);
        self.load_marked_run();
    }

    /// Takes the crosshair away, shows the whole x axis, or all charts again, or else all runs.
    pub(super) fn show_all(&mut self) {
        if !self.charts.back() {
            self.clear_filter();
        }
    }

    pub(super) fn filter_changed(&mut self) {
        self.runs.mark(None);
        self.load_marked_run();
    }

    pub(super) fn accept_filter(&mut self) {
        self.runs.filtering = false;
        self.load_marked_run();
    }

    pub(super) fn clear_filter(&mut self) {
        self.runs.filtering = false;
        self.runs.filter = Field::default();
        self.load_marked_run();
    }

    pub(super) fn export_marked(&mut self) {
        if let Some(run) = self.runs.marked() {
            self.overlay = Some(Overlay::Export(ExportDialog::new(&run.path)));
        }
    }

    /// Goes on with the marked run, if it is unfinished.
    pub(super) fn resume_marked(&mut self) {
        let Some(marked) = self.runs.marked() else {
            return;
        };
        let (path, status) = (marked.path.clone(), marked.status);
        if let Some(writer) = marked.activity.writer() {
            let sentence = format!(
                "this run is being trained by {}: Enter follows it",
                writer.in_words()
            );
            return self.say(Tone::Bad, sentence);
        }
        let obstacle = match self.runs.details() {
            _ if status == RunStatus::Diverged => {
                "this run diverged: start a new one with a smaller learning rate"
            }
            _ if status == RunStatus::Finished => "this run is finished: nothing to resume",
            _ if self.is_training() => "a training is running: stop it first",
            _ if self.is_studying() => "a study is running: stop it first, on screen 5",
            None => "this run is being read",
            Some(run) => {
                let (settings, plan) = (run.manifest.settings.clone(), run.plan.clone());
                self.follow(settings, plan);
                self.request(Effect::ResumeRun(path));
                return;
            }
        };
        self.say(Tone::Bad, obstacle);
    }

    pub(super) fn delete_marked(&mut self) {
        let Some(run) = self.runs.marked() else {
            return;
        };
        let (path, name) = (run.path.clone(), run.name.clone());
        let in_use = self.is_training()
            && self
                .live
                .as_ref()
                .is_some_and(|live| live.directory.as_ref() == Some(&path));
        if in_use {
            self.say(Tone::Bad, "this run is being trained: stop it first");
        } else {
            self.ask(Question::Delete { path, name });
        }
    }

    /// Reads the details of the marked run, if they are not there yet.
    pub(in crate::tui) fn load_marked_run(&mut self) {
        self.runs.error = None;
        if self.runs.details().is_some_and(|run| run.summary.is_some()) {
            return;
        }
        if let Some(path) = self.runs.marked().map(|run| run.path.clone()) {
            self.request(Effect::LoadRun(path));
        }
    }
}
