//! Past runs: the list, its filter, and the run whose details are shown.

use std::path::Path;

use crate::run::{RunData, RunListing, RunStatus, Saving};
use crate::tui::app::text::Field;

/// The runs screen's state.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub listings: Vec<RunListing>,
    /// A sentence for each folder that cannot be read.
    pub problems: Vec<String>,
    /// Whether the list has been read.
    pub listed: bool,
    /// The marked run, an index into [`Runs::visible`].
    pub marked: usize,
    pub filter: Field,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// The run that was read last.
    data: Option<Box<RunData>>,
    /// Its time saved until each epoch.
    pub saving: Saving,
    /// Why the marked run cannot be shown.
    pub error: Option<String>,
}

impl Runs {
    /// The runs that the filter leaves, newest first.
    pub fn visible(&self) -> Vec<&RunListing> {
        self.listings
            .iter()
            .filter(|run| matches(run, self.filter.text()))
            .collect()
    }

    /// The marked run.
    pub fn marked(&self) -> Option<&RunListing> {
        self.visible().get(self.marked).copied()
    }

    /// The details of the marked run, once they are read.
    pub fn details(&self) -> Option<&RunData> {
        let marked = self.marked()?;
        self.data.as_deref().filter(|run| run.path == marked.path)
    }

    /// Replaces the list and keeps the mark on the run it was on.
    pub fn replace(&mut self, listings: Vec<RunListing>, problems: Vec<String>) {
        let marked = self.marked().map(|run| run.path.clone());
        self.listings = listings;
        self.problems = problems;
        self.listed = true;
        self.mark(marked.as_deref());
    }

    /// Replaces lines of the list whose runs have changed.
    pub fn change(&mut self, changed: Vec<RunListing>) {
        for run in changed {
            let place = self.listings.iter_mut().find(|it| it.path == run.path);
            if let Some(place) = place {
                *place = run;
            }
        }
    }

    /// The runs could not be listed.
    pub(in crate::tui) fn failed(&mut self, sentence: String) {
        self.listed = true;
        self.problems = vec![sentence];
    }

    /// A run was read; it is kept if it is still marked.
    pub(in crate::tui) fn loaded(&mut self, data: Box<RunData>) {
        if self.marked().is_some_and(|run| run.path == data.path) {
            self.saving = crate::run::time_saved_by_epoch(&data.metrics);
            self.data = Some(data);
            self.error = None;
        }
    }

    /// A run could not be read.
    pub(in crate::tui) fn load_failed(&mut self, path: &Path, sentence: String) {
        if self.marked().is_some_and(|run| run.path == path) {
            self.error = Some(sentence);
        }
    }

    /// Marks the run at `path`, or the nearest there is.
    pub fn mark(&mut self, path: Option<&Path>) {
        let visible = self.visible();
        let at = path.and_then(|path| visible.iter().position(|run| run.path == path));
        let last = visible.len().saturating_sub(1);
        self.marked = at.unwrap_or(self.marked).min(last);
    }

    /// Moves the mark by `step` lines, not past the ends.
    pub fn step(&mut self, step: isize) {
        let last = self.visible().len().saturating_sub(1);
        self.marked = self.marked.saturating_add_signed(step).min(last);
    }
}

/// Whether a run fits a filter: every word must occur in its name, dataset, architecture, verdict or
/// state; `dataset:`, `arch:` and `verdict:` look into that alone.
pub fn matches(run: &RunListing, filter: &str) -> bool {
    let verdict = verdict_word(run);
    filter.to_lowercase().split_whitespace().all(|word| {
        let holds = |text: &str, part: &str| text.to_lowercase().contains(part);
        match word.split_once(':') {
            Some(("dataset", part)) => holds(&run.dataset, part),
            Some(("arch", part)) => holds(&run.architecture, part),
            Some(("verdict", part)) => holds(&verdict, part),
            _ => [&run.name, &run.dataset, &run.architecture, &verdict]
                .into_iter()
                .any(|text| holds(text, word)),
        }
    })
}

/// A run's verdict in a word, `diverged`, or what is done with it: `running`, `silent`, `killed`, `unfinished`.
pub fn verdict_word(run: &RunListing) -> String {
    if let Some(word) = run.activity.short() {
        return word;
    }
    match (&run.summary, run.status) {
        (Some(summary), RunStatus::Finished) => summary.verdict.outcome.to_string(),
        (Some(_), RunStatus::Diverged) => "diverged".to_owned(),
        _ => "unfinished".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn filters_look_where_they_say() {
        let runs = fixtures::listings();
        let count = |filter: &str| runs.iter().filter(|run| matches(run, filter)).count();
        assert_eq!(count(""), runs.len());
        assert_eq!(count("dataset:mnist"), 1);
        assert_eq!(count("arch:resnet-50 verdict:non"), 1);
        assert_eq!(count("UNFINISHED"), 1);
        assert_eq!(count("dataset:resnet"), 0);
    }

    #[test]
    fn the_mark_stays_on_its_run_when_the_list_grows() {
        let mut runs = Runs::default();
        let all = fixtures::listings();
        runs.replace(all[1..].to_vec(), Vec::new());
        runs.step(1);
        let path = runs.marked().map(|run| run.path.clone());
        runs.replace(all, Vec::new());
        assert_eq!(runs.marked().map(|run| run.path.clone()), path);
        runs.step(100);
        assert_eq!(runs.marked, runs.listings.len() - 1);
    }
}
