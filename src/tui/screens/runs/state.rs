//! Past runs: the list, its filter and order, the marked runs, and the run under the cursor, whose details are shown.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthStr;

use super::columns::{By, Longest, Sort};
use super::compare::Comparison;
use crate::run::{Completion, Filter, FilterError, Moment, RunData, RunListing, Saving, complete};
use crate::tui::app::around;
use crate::tui::app::export::ExportDialog;
use crate::tui::app::text::Field;

pub use crate::run::verdict_word;

/// The runs screen's state.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub listings: Vec<RunListing>,
    /// A sentence for each folder that cannot be read.
    pub problems: Vec<String>,
    /// Whether the list has been read.
    pub listed: bool,
    /// The run under the cursor, an index into [`Runs::visible`].
    pub marked: usize,
    pub filter: Field,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// When and where the filter is asked.
    pub moment: Moment,
    pub sort: Sort,
    /// What is wrong with the filter that is typed; the list is that of the last one that was right, or of the terms before
    /// the one that is not typed to its end.
    pub wrong: Option<FilterError>,
    /// What could stand at the cursor of the filter.
    pub completion: Completion,
    /// The completion that stands there, an index.
    pub completed: Option<usize>,
    /// Where that ends, in bytes.
    completed_end: usize,
    /// The filter before it was typed anew.
    before: String,
    valid: Filter,
    /// Places in `listings`, in the order shown.
    shown: Vec<usize>,
    /// The longest cells of the list.
    pub longest: Longest,
    /// The marked runs, in the order in which they were marked.
    pub selected: Vec<Selected>,
    /// Their colours.
    colours: HashMap<PathBuf, usize>,
    pub comparison: Option<Comparison>,
    /// The export that is carried out.
    pub exporting: Option<ExportDialog>,
    /// The run that was read last.
    data: Option<Box<RunData>>,
    /// Its time saved until each epoch.
    pub saving: Saving,
    /// Why the run under the cursor cannot be shown.
    pub error: Option<String>,
}

/// A marked run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    pub path: PathBuf,
    /// Its place among the colours of runs, its own as long as it is marked.
    pub colour: usize,
}

/// Colours of marked runs.
pub const COLOURS: usize = 8;

impl Runs {
    /// The runs that the filter leaves, in their order.
    pub fn visible(&self) -> impl ExactSizeIterator<Item = &RunListing> + Clone {
        self.shown.iter().map(|&at| &self.listings[at])
    }

    /// The run under the cursor.
    pub fn marked(&self) -> Option<&RunListing> {
        self.shown.get(self.marked).map(|&at| &self.listings[at])
    }

    /// The details of that run, once they are read.
    pub fn details(&self) -> Option<&RunData> {
        let marked = self.marked()?;
        self.data.as_deref().filter(|run| run.path == marked.path)
    }

    /// Replaces the list; the cursor stays on its run, and marks of runs that are gone are taken away.
    pub fn replace(&mut self, listings: Vec<RunListing>, problems: Vec<String>) {
        let marked = self.marked().map(|run| run.path.clone());
        self.listings = listings;
        self.problems = problems;
        self.listed = true;
        let listed: HashSet<&Path> = self.listings.iter().map(|run| run.path.as_path()).collect();
        self.selected
            .retain(|one| listed.contains(one.path.as_path()));
        self.colours
            .retain(|path, _| listed.contains(path.as_path()));
        self.refresh_at(marked.as_deref());
    }

    /// Replaces lines of the list whose runs have changed.
    pub fn change(&mut self, changed: Vec<RunListing>) {
        for run in changed {
            let place = self.listings.iter_mut().find(|it| it.path == run.path);
            if let Some(place) = place {
                *place = run;
            }
        }
        self.refresh();
    }

    /// The runs could not be listed.
    pub(in crate::tui) fn failed(&mut self, sentence: String) {
        self.listed = true;
        self.problems = vec![sentence];
    }

    /// A run was read; it is kept if it is still under the cursor.
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

    /// Applies filter and order anew; the cursor stays on its run.
    fn refresh(&mut self) {
        let marked = self.marked().map(|run| run.path.clone());
        self.refresh_at(marked.as_deref());
    }

    /// Applies filter and order anew, with the cursor on the run at `path`, or the nearest there is.
    fn refresh_at(&mut self, path: Option<&Path>) {
        let fits = |at: &usize| self.valid.matches(&self.listings[*at], &self.moment);
        self.shown = (0..self.listings.len()).filter(fits).collect();
        self.sort.apply(&self.listings, &mut self.shown);
        self.longest = Longest::of(self.visible());
        self.mark(path);
    }

    /// Puts the cursor on the run at `path`, or the nearest there is.
    pub fn mark(&mut self, path: Option<&Path>) {
        let at = path.and_then(|path| self.visible().position(|run| run.path == path));
        let last = self.shown.len().saturating_sub(1);
        self.marked = at.unwrap_or(self.marked).min(last);
    }

    /// Moves the cursor by `step` lines, not past the ends.
    pub fn step(&mut self, step: isize) {
        let last = self.shown.len().saturating_sub(1);
        self.marked = self.marked.saturating_add_signed(step).min(last);
    }

    // The filter.

    /// Begins to type the filter.
    pub fn begin_filter(&mut self) {
        self.filter.text().clone_into(&mut self.before);
        self.filtering = true;
        self.suggest();
    }

    /// Replaces the filter by `text`; one that is wrong leaves the list as it is.
    pub fn set_filter(&mut self, text: &str) {
        self.filter = Field::new(text);
        self.apply_filter();
    }

    /// Takes back what was typed of the filter.
    pub fn cancel_filter(&mut self) {
        self.filtering = false;
        let before = std::mem::take(&mut self.before);
        self.set_filter(&before);
    }

    /// Follows a change of the filter's text.
    pub fn filter_changed(&mut self) {
        self.apply_filter();
        self.suggest();
    }

    fn apply_filter(&mut self) {
        let text = self.filter.text();
        let (filter, wrong) = match text.parse::<Filter>() {
            Ok(filter) => (Some(filter), None),
            Err(error) if error.incomplete => (Some(Filter::before(text, &error)), Some(error)),
            Err(error) => (None, Some(error)),
        };
        self.wrong = wrong;
        if let Some(filter) = filter.filter(|filter| self.valid != *filter) {
            self.valid = filter;
            self.refresh();
        }
    }

    /// Whether a filter leaves runs out.
    pub fn is_filtered(&self) -> bool {
        !self.valid.is_empty()
    }

    /// The place of the cursor in the filter, in bytes.
    fn cursor(&self) -> usize {
        let text = self.filter.input.value();
        let mut places = text.char_indices().map(|(at, _)| at);
        places.nth(self.filter.input.cursor()).unwrap_or(text.len())
    }

    fn suggest(&mut self) {
        let cursor = self.cursor();
        self.completion = complete(self.filter.input.value(), cursor, &self.listings);
        self.completed = None;
        self.completed_end = cursor;
    }

    /// Puts the next completion into the filter, or the previous one.
    pub fn complete(&mut self, step: isize) {
        let candidates = &self.completion.candidates;
        let at = match self.completed {
            None if step < 0 => candidates.len().saturating_sub(1),
            None => 0,
            Some(at) => around(at, step, candidates.len()),
        };
        let Some(candidate) = candidates.get(at) else {
            return;
        };
        let text = self.filter.input.value();
        let (Some(before), Some(behind)) = (
            text.get(..self.completion.start),
            text.get(self.completed_end..),
        ) else {
            return;
        };
        let until = [before, &candidate.text].concat();
        let whole = [&until, behind].concat();
        let is_only = candidates.len() == 1;
        self.completed_end = until.len();
        self.completed = Some(at);
        self.filter.input = tui_input::Input::new(whole).with_cursor(until.chars().count());
        self.apply_filter();
        if is_only {
            self.suggest();
        }
    }

    // The order.

    /// Orders by the column `step` places beside the present one among `columns`.
    pub fn sort_beside(&mut self, columns: &[By], step: isize) {
        let at = columns.iter().position(|by| *by == self.sort.by);
        let next = at.map_or(0, |at| around(at, step, columns.len()));
        if let Some(by) = columns.get(next) {
            self.sort_by(Sort::usual(*by));
        }
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.sort_by(Sort {
            descending: !self.sort.descending,
            ..self.sort
        });
    }

    fn sort_by(&mut self, sort: Sort) {
        self.sort = sort;
        self.refresh();
    }

    // Marks.

    /// Marks the run under the cursor, or takes its mark away, and goes to the next one.
    pub fn toggle(&mut self) {
        if let Some(path) = self.marked().map(|run| run.path.clone()) {
            if self.colours.remove(&path).is_some() {
                self.selected.retain(|one| one.path != path);
            } else {
                self.select(path);
            }
            self.step(1);
        }
    }

    /// Marks all runs that are shown; takes all marks away if all are marked.
    pub fn toggle_all(&mut self) {
        let shown = self.visible().map(|run| &run.path);
        let new = shown.filter(|path| !self.colours.contains_key(*path));
        let new: Vec<PathBuf> = new.cloned().collect();
        if new.is_empty() {
            self.unmark_all();
        }
        for path in new {
            self.select(path);
        }
    }

    /// Takes all marks away.
    pub fn unmark_all(&mut self) {
        self.selected.clear();
        self.colours.clear();
    }

    /// Marks a run in a colour that follows from its name, or the next one that no other marked run has.
    fn select(&mut self, path: PathBuf) {
        let colour = self.free_colour(&path, &[]);
        self.colours.insert(path.clone(), colour);
        self.selected.push(Selected { path, colour });
    }

    /// The colour that a run gets beside the marked ones and `others`.
    pub fn free_colour(&self, path: &Path, others: &[Selected]) -> usize {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hash = name.bytes().fold(0_usize, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(byte.into())
        });
        // Of more runs than these, colours are not told apart anyway.
        let taken = self.selected.iter().take(4 * COLOURS).chain(others);
        let is_free = |colour: &usize| taken.clone().all(|one| one.colour != *colour);
        let mut colours = (0..COLOURS).map(|step| (hash % COLOURS + step) % COLOURS);
        colours.find(is_free).unwrap_or(hash % COLOURS)
    }

    /// The colour of a run, if it is marked.
    pub fn colour(&self, run: &RunListing) -> Option<usize> {
        self.colours.get(&run.path).copied()
    }

    /// The marked runs, or the one under the cursor.
    pub fn chosen(&self) -> Vec<&RunListing> {
        if self.selected.is_empty() {
            return self.marked().into_iter().collect();
        }
        let listed: HashMap<&Path, &RunListing> = self
            .listings
            .iter()
            .map(|run| (run.path.as_path(), run))
            .collect();
        let chosen = self.selected.iter();
        chosen
            .filter_map(|one| listed.get(one.path.as_path()).copied())
            .collect()
    }

    /// `3 of 31`, or `31 runs`, and how many are marked.
    pub fn count(&self) -> String {
        let all = self.listings.len();
        let count = if self.is_filtered() {
            format!("{} of {all}", self.shown.len())
        } else {
            crate::format::number_of(all, "run", "runs")
        };
        match self.selected.len() {
            0 => count,
            marked => format!("{count} · {marked} marked"),
        }
    }

    /// Columns before and of the wrong part of the filter on the screen; none where nothing is wrong.
    pub fn wrong_part(&self) -> Option<[usize; 2]> {
        let wrong = self.wrong.as_ref().filter(|wrong| !wrong.incomplete)?;
        // The error counts from the first character that is no blank.
        let text = self.filter.input.value();
        let blanks = text
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count();
        let width = |from: usize, length: usize| {
            let part: String = text.chars().skip(from).take(length).collect();
            part.width()
        };
        let start = blanks + wrong.at;
        Some([width(0, start), width(start, wrong.length)])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    fn runs() -> Runs {
        let mut runs = Runs {
            moment: Moment {
                now: fixtures::now(),
                ..Moment::default()
            },
            ..Runs::default()
        };
        runs.replace(fixtures::listings(), Vec::new());
        runs
    }

    fn names(runs: &Runs) -> Vec<&str> {
        let shown = runs.visible();
        shown.map(|run| run.architecture.as_str()).collect()
    }

    #[test]
    fn the_cursor_stays_on_its_run_when_the_list_grows() {
        let mut runs = Runs::default();
        let all = fixtures::listings();
        runs.replace(all[1..].to_vec(), Vec::new());
        runs.step(1);
        let path = runs.marked().map(|run| run.path.clone());
        runs.replace(all, Vec::new());
        assert_eq!(runs.marked().map(|run| run.path.clone()), path);
        runs.set_filter("resnet-20 or resnet-50");
        assert_eq!(names(&runs), ["resnet-50", "resnet-20"]);
        assert_eq!(runs.marked().map(|run| run.path.clone()), path);
        runs.set_filter("");
        runs.step(100);
        assert_eq!(runs.marked, runs.listings.len() - 1);
    }

    #[test]
    fn a_wrong_filter_keeps_the_last_list() {
        let mut runs = runs();
        runs.begin_filter();
        runs.set_filter("dataset:mnist");
        runs.set_filter("dataset:mnist datset:x");
        assert_eq!(names(&runs), ["resnet-20"]);
        assert_eq!(runs.wrong_part(), Some([14, 7]));
        assert_eq!(runs.count(), "1 of 5");
        runs.cancel_filter();
        assert_eq!(runs.visible().len(), 5);
        assert!(runs.wrong.is_none());
        assert_eq!(runs.count(), "5 runs");
    }

    #[test]
    fn every_column_orders_and_what_is_not_known_is_last() {
        let mut runs = runs();
        let columns = [By::When, By::Dataset, By::Cap, By::Saved, By::Verdict];
        let saw = |runs: &Runs| -> Vec<usize> { runs.visible().map(|run| run.cap).collect() };
        assert_eq!(saw(&runs), [13, 13, 2, 22, 19]);
        runs.reverse();
        assert_eq!(saw(&runs), [19, 22, 2, 13, 13]);
        runs.sort_beside(&columns, 2);
        assert_eq!((runs.sort.by, runs.sort.descending), (By::Cap, true));
        assert_eq!(saw(&runs), [22, 19, 13, 13, 2]);
        runs.sort_beside(&columns, 1);
        let last = |runs: &Runs| runs.visible().last().unwrap().architecture.clone();
        assert_eq!(last(&runs), "wide-resnet-16-4");
        runs.reverse();
        assert_eq!(last(&runs), "wide-resnet-16-4");
        runs.sort_beside(&columns, 2);
        assert_eq!(runs.sort.by, By::When);
    }

    #[test]
    fn marks_have_colours_of_their_own_and_go_with_their_runs() {
        let mut runs = runs();
        runs.toggle();
        runs.toggle();
        runs.toggle_all();
        let mut colours: Vec<usize> = runs.selected.iter().map(|one| one.colour).collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), 5);
        assert_eq!(runs.count(), "5 runs · 5 marked");
        let first = runs.selected[0].clone();
        runs.toggle_all();
        assert!(runs.selected.is_empty());
        assert_eq!(runs.chosen().len(), 1);
        runs.step(-100);
        runs.toggle();
        assert_eq!(runs.selected, [first]);
        runs.replace(fixtures::listings()[1..].to_vec(), Vec::new());
        assert!(runs.selected.is_empty());
        for number in 0..20 {
            runs.select(PathBuf::from(format!("runs/{number}")));
        }
        assert!(runs.selected.iter().all(|one| one.colour < COLOURS));
    }

    #[test]
    fn tab_goes_through_the_completions() {
        let mut runs = runs();
        runs.begin_filter();
        runs.filter = Field::new("arch:res");
        runs.filter_changed();
        let mut typed = Vec::new();
        for step in [1, 1, -1] {
            runs.complete(step);
            typed.push(runs.filter.text().to_owned());
        }
        assert_eq!(typed[0], typed[2]);
        assert!(typed.iter().all(|text| text.starts_with("arch:resnet-")));
        assert_ne!(typed[0], typed[1]);
        assert_eq!(runs.visible().len(), 1);
        runs.filter = Field::new("fam");
        runs.filter_changed();
        runs.complete(1);
        assert_eq!(runs.filter.text(), "family:");
        runs.complete(1);
        assert_eq!(runs.filter.text(), "family:resnet");
    }
}
