//! What its keys and messages on runs change.

use std::path::{Path, PathBuf};

use super::columns::{By, accuracies, placed, saved};
use super::{RunsEffect, RunsMessage, verdict_word};
use crate::format::number_of;
use crate::run::{Moment, RunListing, RunStatus, Trashed};
use crate::tui::app::export::ExportDialog;
use crate::tui::app::{App, Effect, Overlay, Question, Tone};
use crate::tui::format;

/// Most bytes that are copied.
const MOST_COPIED: usize = 16_000;

impl App {
    pub(in crate::tui) fn runs_listed(&mut self, listings: Vec<RunListing>, problems: Vec<String>) {
        if !self.runs.listed {
            let out = self.settings.out.clone();
            self.request(Effect::Runs(RunsEffect::EmptyTrash(out)));
        }
        self.tell_time();
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

    /// Whether there is a run under the cursor.
    pub(super) fn has_marked_run(&self) -> bool {
        self.runs.marked().is_some()
    }

    /// Whether a process trains the run under the cursor.
    pub(super) fn is_marked_run_live(&self) -> bool {
        let marked = self.runs.marked();
        marked.is_some_and(|run| run.activity.writer().is_some())
    }

    /// Whether there are two runs to compare.
    pub(super) fn can_compare(&self) -> bool {
        self.runs.selected.len().max(self.runs.visible().len()) > 1
    }

    /// Follows the marked run where a process trains it; else enlarges the chart.
    pub(super) fn follow_or_enlarge(&mut self) {
        let marked = self.runs.marked();
        match marked.filter(|run| run.activity.writer().is_some()) {
            Some(run) => self.follow_run(run.path.clone()),
            None => self.charts.enlarged = !self.charts.enlarged,
        }
    }

    pub(in crate::tui) fn runs_message(&mut self, message: RunsMessage) {
        match message {
            RunsMessage::Deleted(trashed) => self.runs_deleted(&trashed),
            RunsMessage::Restored(names) => self.runs_restored(&names),
            RunsMessage::Compared(found) => self.runs_compared(found),
            RunsMessage::Annotated { changed, problems } => self.runs_annotated(changed, &problems),
            RunsMessage::ExportExists => self.ask_to_overwrite(),
            RunsMessage::ReportOpened(sentence) => self.say(Tone::Good, sentence),
        }
    }

    /// Gives the filter the present time.
    fn tell_time(&mut self) {
        self.runs.moment = Moment {
            now: self.now,
            zone: self.zone.clone(),
        };
    }

    pub(super) fn step_run(&mut self, step: isize) {
        self.runs.step(step);
        self.load_marked_run();
    }

    /// Puts the cursor on a run of the list.
    pub(super) fn click_run(&mut self, index: usize) {
        let last = self.runs.visible().len().saturating_sub(1);
        self.runs.marked = index.min(last);
        self.load_marked_run();
    }

    /// Orders the list by a column; where it is ordered by that, turns the order round.
    pub(super) fn click_column(&mut self, column: usize) {
        let by = By::ALL[column];
        if self.runs.sort.by == by {
            self.runs.reverse();
        } else {
            self.runs.sort_beside(&[by], 0);
        }
    }

    /// Moves the cursor by as many runs as a page of the list has.
    pub(super) fn page_runs(&mut self, pages: isize) {
        let page = isize::from(self.size.1 as i16 / 2 - 4).max(1);
        self.step_run(pages * page);
    }

    /// Takes the crosshair away, shows the whole x axis, or all charts again, or else all runs, or else takes the marks away.
    pub(super) fn show_all(&mut self) {
        if self.charts.back() {
            return;
        }
        if self.runs.is_filtered() {
            self.runs.set_filter("");
            self.load_marked_run();
        } else {
            self.runs.unmark_all();
        }
    }

    // The filter.

    pub(super) fn begin_filter(&mut self) {
        self.tell_time();
        self.runs.begin_filter();
    }

    pub(super) fn filter_changed(&mut self) {
        self.runs.filter_changed();
        self.load_marked_run();
    }

    pub(super) fn complete_filter(&mut self, step: isize) {
        self.runs.complete(step);
        self.load_marked_run();
    }

    /// Leaves the field, but not with a filter that is wrong.
    pub(super) fn accept_filter(&mut self) {
        match &mut self.runs.wrong {
            Some(wrong) => wrong.incomplete = false,
            None => self.runs.filtering = false,
        }
        self.load_marked_run();
    }

    pub(super) fn cancel_filter(&mut self) {
        self.runs.cancel_filter();
        self.load_marked_run();
    }

    // The order.

    pub(super) fn sort_beside(&mut self, step: isize) {
        let width = self.size.0.saturating_sub(2);
        let columns = placed(width, self.runs.longest);
        let columns: Vec<By> = columns.into_iter().map(|placed| placed.by).collect();
        self.runs.sort_beside(&columns, step);
    }

    // What is done with runs.

    pub(super) fn export_chosen(&mut self) {
        let runs = self.chosen_paths();
        if !runs.is_empty() {
            self.overlay = Some(Overlay::Export(ExportDialog::new(&runs)));
        }
    }

    /// Shows the dialog of the export again, where a folder holds files.
    fn ask_to_overwrite(&mut self) {
        let Some(mut dialog) = self.runs.exporting.take() else {
            return;
        };
        dialog.ask_to_overwrite();
        if self.overlay.is_none() {
            self.toast = None;
            self.overlay = Some(Overlay::Export(dialog));
        } else {
            self.say(Tone::Bad, "nothing was exported: the folder holds files");
        }
    }

    fn chosen_paths(&self) -> Vec<PathBuf> {
        let chosen = self.runs.chosen().into_iter();
        chosen.map(|run| run.path.clone()).collect()
    }

    /// Goes on with the run under the cursor, if it is unfinished.
    pub(super) fn resume_marked(&mut self) {
        let Some(marked) = self.runs.marked() else {
            return;
        };
        let path = marked.path.clone();
        if let Some(sentence) = self.obstacle_to_resume() {
            self.say(Tone::Bad, sentence);
        } else if let Some(run) = self.runs.details() {
            let (settings, plan) = (run.manifest.settings.clone(), run.plan.clone());
            self.follow(settings, plan);
            self.request(Effect::ResumeRun(path));
        }
    }

    /// Why the run under the cursor cannot be resumed; also where there is none.
    pub(super) fn obstacle_to_resume(&self) -> Option<String> {
        let Some(marked) = self.runs.marked() else {
            return Some("mark a run first".to_owned());
        };
        if let Some(writer) = marked.activity.writer() {
            return Some(format!(
                "this run is being trained by {}: Enter follows it",
                writer.in_words()
            ));
        }
        let obstacle = match (marked.status, self.busy(), self.runs.details()) {
            (RunStatus::Diverged, ..) => {
                "this run diverged: start a new one with a smaller learning rate"
            }
            (RunStatus::Finished, ..) => "this run is finished: nothing to resume",
            (RunStatus::Unfinished, Some(why), _) => why,
            (RunStatus::Unfinished, None, None) => "this run is being read",
            (RunStatus::Unfinished, None, Some(_)) => return None,
        };
        Some(obstacle.to_owned())
    }

    pub(super) fn delete_chosen(&mut self) {
        let paths = self.chosen_paths();
        if paths.is_empty() {
            return;
        }
        let live = self.live.as_ref().and_then(|live| live.directory.as_ref());
        if self.is_training() && live.is_some_and(|live| paths.contains(live)) {
            let sentence = match paths.len() {
                1 => "this run is being trained: stop it first",
                _ => "one of the marked runs is being trained: stop it first",
            };
            self.say(Tone::Bad, sentence);
            return;
        }
        let name = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let names = match paths.as_slice() {
            [one] => name(one),
            [first, others @ ..] => {
                let others = number_of(others.len(), "other run", "other runs");
                format!("{} and {others}", name(first))
            }
            [] => String::new(),
        };
        self.ask(Question::Delete { paths, names });
    }

    fn runs_deleted(&mut self, trashed: &Trashed) {
        match (trashed.names.as_slice(), trashed.problems.first()) {
            (_, Some(problem)) => self.say(Tone::Bad, problem.clone()),
            ([one], None) => self.say(Tone::Good, format!("deleted {one}; U puts it back")),
            (several, None) => {
                let sentence = format!("deleted {} runs; U puts them back", several.len());
                self.say(Tone::Good, sentence);
            }
        }
        self.list_runs();
    }

    /// Puts the runs back that were deleted last.
    pub(super) fn undo_deletion(&mut self) {
        let out = self.settings.out.clone();
        self.request(Effect::Runs(RunsEffect::Restore(out)));
    }

    fn runs_restored(&mut self, names: &[String]) {
        match names {
            [] => self.say(Tone::Bad, "there is no deleted run to put back"),
            [one] => self.say(Tone::Good, format!("put {one} back")),
            several => self.say(Tone::Good, format!("put {} runs back", several.len())),
        }
        self.list_runs();
    }

    /// Opens the report of the run under the cursor.
    pub(super) fn open_report(&mut self) {
        if let Some(run) = self.runs.marked().map(|run| run.path.clone()) {
            let cache = self.settings.host.cache.clone();
            self.say(Tone::Good, "writing the report …");
            self.request(Effect::Runs(RunsEffect::OpenReport { run, cache }));
        }
    }

    /// Copies the paths of the chosen runs, a line each.
    pub(super) fn copy_paths(&mut self) {
        let paths = self.chosen_paths().into_iter();
        let paths: Vec<String> = paths
            .map(|path| absolute(&path).display().to_string())
            .collect();
        let what = match paths.as_slice() {
            [] => return,
            [one] => one.clone(),
            several => format!("the paths of {} runs", several.len()),
        };
        self.copy(paths.join("\n"), &what);
    }

    /// Copies what the chosen runs showed, a line each.
    pub(super) fn copy_summaries(&mut self) {
        let lines: Vec<String> = self.runs.chosen().into_iter().map(in_words).collect();
        let what = match lines.len() {
            0 => return,
            1 => "what this run showed".to_owned(),
            several => format!("what {several} runs showed"),
        };
        self.copy(lines.join("\n"), &what);
    }

    fn copy(&mut self, text: String, what: &str) {
        if text.len() > MOST_COPIED {
            self.say(Tone::Bad, "that is too long to copy: mark fewer runs");
            return;
        }
        self.copy_text(text, what);
    }

    /// Reads the details of the run under the cursor, if they are not there yet.
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

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What a run showed, in one line.
fn in_words(run: &RunListing) -> String {
    let [baseline, capped] = accuracies(run).map(format::percent_estimate);
    let results = if run.summary.is_some() {
        format!(
            "accuracy {baseline} % baseline, {capped} % capped, time saved {} %, ",
            format::percent_estimate(saved(run))
        )
    } else {
        String::new()
    };
    format!(
        "{} {}, cap {}, {}: {results}{} ({})",
        run.dataset,
        run.architecture,
        run.design.cap_unit.of(run.cap),
        number_of(run.seeds, "seed", "seeds"),
        verdict_word(run),
        absolute(&run.path).display()
    )
}
