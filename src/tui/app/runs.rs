//! Past runs: the list, its filter, the run whose details are shown, and the choice of export formats.

use std::path::{Path, PathBuf};

use super::cycle::around;
use super::text::Field;
use crate::evidence::Estimate;
use crate::report::Format;
use crate::run::{RunData, RunListing, RunStatus};

/// The runs screen's state.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// All runs, newest first.
    pub listings: Vec<RunListing>,
    /// A sentence for each folder that cannot be read.
    pub problems: Vec<String>,
    /// Whether the list has been read.
    pub listed: bool,
    /// The marked run, an index into [`Runs::visible`].
    pub marked: usize,
    /// The filter.
    pub filter: Field,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// The run whose details are shown.
    pub loaded: Option<Box<RunData>>,
    /// Its time saved as it was known after each paired epoch, by its number.
    pub saved: Vec<(f64, Estimate)>,
    /// Why the marked run cannot be shown.
    pub error: Option<String>,
}

impl Runs {
    /// The runs that the filter leaves, newest first.
    #[must_use]
    pub fn visible(&self) -> Vec<&RunListing> {
        self.listings
            .iter()
            .filter(|run| matches(run, self.filter.text()))
            .collect()
    }

    /// The marked run.
    #[must_use]
    pub fn marked(&self) -> Option<&RunListing> {
        self.visible().get(self.marked).copied()
    }

    /// The details of the marked run, once they are read.
    #[must_use]
    pub fn details(&self) -> Option<&RunData> {
        let marked = self.marked()?;
        self.loaded.as_deref().filter(|run| run.path == marked.path)
    }

    /// Replaces the list and keeps the mark on the run it was on.
    pub fn replace(&mut self, listings: Vec<RunListing>, problems: Vec<String>) {
        let marked = self.marked().map(|run| run.path.clone());
        self.listings = listings;
        self.problems = problems;
        self.listed = true;
        self.mark(marked.as_deref());
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
#[must_use]
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

/// A run's verdict in a word, or `unfinished`, or `diverged`.
#[must_use]
pub fn verdict_word(run: &RunListing) -> String {
    match (&run.summary, run.status) {
        (Some(summary), RunStatus::Finished) => summary.verdict.outcome.to_string(),
        (Some(_), RunStatus::Diverged) => "diverged".to_owned(),
        _ => "unfinished".to_owned(),
    }
}

/// The choice of formats for an export.
#[derive(Clone, Debug)]
pub struct ExportDialog {
    /// The run's folder.
    pub run: PathBuf,
    /// The run's name.
    pub name: String,
    /// Which of [`Format::ALL`] are ticked.
    pub ticked: [bool; Format::ALL.len()],
    /// The focused line: a format, or behind them the folder.
    pub row: usize,
    /// The target folder.
    pub folder: Field,
}

impl ExportDialog {
    /// A dialog with all formats ticked but the trained networks, and `./export/<name>` as target.
    #[must_use]
    pub fn new(run: &Path) -> Self {
        let name = run
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Self {
            run: run.to_owned(),
            folder: Field::new(&format!("./export/{name}")),
            name,
            ticked: Format::ALL.map(|format| !format.holds_networks()),
            row: 0,
        }
    }

    /// Whether the target folder has the focus.
    #[must_use]
    pub const fn on_folder(&self) -> bool {
        self.row == Format::ALL.len()
    }

    /// Moves the focus by `step` lines, around the ends.
    pub fn step(&mut self, step: isize) {
        self.row = around(self.row, step, Format::ALL.len() + 1);
    }

    /// Ticks or unticks the focused format.
    pub fn toggle(&mut self) {
        if let Some(ticked) = self.ticked.get_mut(self.row) {
            *ticked = !*ticked;
        }
    }

    /// Unticks all if all are ticked, else ticks all.
    pub fn toggle_all(&mut self) {
        let all = self.ticked.iter().all(|ticked| *ticked);
        self.ticked = [!all; Format::ALL.len()];
    }

    /// The ticked formats.
    #[must_use]
    pub fn formats(&self) -> Vec<Format> {
        Format::ALL
            .into_iter()
            .zip(self.ticked)
            .filter_map(|(format, ticked)| ticked.then_some(format))
            .collect()
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

    #[test]
    fn all_formats_are_ticked_or_none() {
        let mut dialog = ExportDialog::new(Path::new("runs/a"));
        assert!(
            dialog
                .formats()
                .iter()
                .all(|format| !format.holds_networks())
        );
        dialog.toggle_all();
        assert_eq!(dialog.formats().len(), Format::ALL.len());
        assert_eq!(dialog.folder.text(), "./export/a");
        dialog.toggle();
        assert_eq!(dialog.formats().len(), Format::ALL.len() - 1);
        dialog.toggle_all();
        dialog.toggle_all();
        assert!(dialog.formats().is_empty());
    }
}
