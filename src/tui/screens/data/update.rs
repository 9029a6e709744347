//! Choosing, reading and profiling a dataset.

use std::sync::Arc;

use jiff::SignedDuration;

use super::reading::read_so;
use super::state::Chosen;
use super::{DataPanel, Listed, Loaded, Offer, Parts};
use crate::dataset::{Source, State};
use crate::run::{Phase, Settings};
use crate::tui::app::{App, Effect, Tone};
use crate::tui::remedy::{in_app, in_names, key_in};

/// Delay before a marked dataset is read.
const DELAY: SignedDuration = SignedDuration::from_millis(200);
/// Most datasets in memory.
const MAX_RECENT: usize = 4;

impl App {
    pub(in crate::tui) fn list_datasets(&mut self) {
        self.request(Effect::ListDatasets {
            options: self.load_options(),
            added: self.data.added.clone(),
        });
    }

    pub(in crate::tui) fn datasets_listed(&mut self, entries: Vec<Listed>) {
        self.data.entries = entries;
        if self.data.adding.is_some() {
            self.data.marked = self.data.entries.len();
            return;
        }
        let given = self.data.position(&self.settings.dataset);
        self.data.marked = given.unwrap_or(0);
        let missing = self
            .data
            .marked_entry()
            .is_some_and(|listed| matches!(listed.entry.state, State::Missing(_)));
        let shown = self.data.current.is_some() || self.data.loading.is_some() && !missing;
        if shown {
            return;
        }
        // The depth was set for the dataset of the settings.
        self.choose_marked(true, given.and(self.settings.depth));
    }

    pub(in crate::tui) fn move_dataset(&mut self, to: usize) {
        let to = to.min(self.data.entries.len());
        if to == self.data.marked {
            return;
        }
        self.data.marked = to;
        self.show_marked();
    }

    /// Gives a panel the focus.
    pub(super) const fn focus_panel(&mut self, panel: usize) {
        self.data.panel = DataPanel::ALL[panel];
    }

    /// Marks the dataset `step` lines further.
    pub(super) fn step_dataset(&mut self, step: isize) {
        self.move_dataset(self.data.marked.saturating_add_signed(step));
    }

    /// Chooses the reading on a line of its panel.
    pub(super) fn click_reading(&mut self, index: usize) {
        self.data.panel = DataPanel::Readings;
        self.choose_reading(index);
    }

    /// Marks a class, channel or change.
    pub(super) fn click_part(&mut self, index: usize) {
        self.data.panel = DataPanel::Parts;
        self.data.part = index;
        self.step_part(0);
    }

    /// Marks a dataset, or opens the field on the line that adds one.
    pub(super) fn click_dataset(&mut self, index: usize) {
        self.data.panel = DataPanel::Datasets;
        if index == self.data.entries.len() {
            self.open_adding();
        } else {
            self.move_dataset(index);
        }
    }

    /// Shows the marked dataset; what was chosen before is remembered until [`App::use_shown`].
    fn show_marked(&mut self) {
        let Some(marked) = self
            .data
            .marked_entry()
            .map(|listed| listed.entry.source.to_string())
        else {
            return;
        };
        if marked == self.settings.dataset {
            return;
        }
        let chosen = self.data.chosen.take().unwrap_or_else(|| Chosen {
            dataset: self.settings.dataset.clone(),
            depth: self.settings.depth,
        });
        if chosen.dataset == marked {
            self.choose_marked(false, chosen.depth);
        } else {
            self.data.chosen = Some(chosen);
            self.choose_marked(false, None);
        }
    }

    /// Trains on the dataset that is shown.
    pub(super) fn use_shown(&mut self) {
        self.data.chosen = None;
    }

    /// The dataset that is trained on.
    pub fn chosen_dataset(&self) -> &str {
        let chosen = self.data.chosen.as_ref();
        chosen.map_or(&self.settings.dataset, |chosen| &chosen.dataset)
    }

    /// The settings with what was chosen in place of what is only shown.
    pub fn chosen_settings(&self) -> Settings {
        let mut settings = self.settings.clone();
        if let Some(chosen) = &self.data.chosen {
            settings.dataset.clone_from(&chosen.dataset);
            settings.depth = chosen.depth;
            read_so(&mut settings, self.data.how_of(&chosen.dataset));
        }
        settings
    }

    /// Shows what was chosen again, where another dataset is only shown.
    pub(in crate::tui) fn back_to_chosen(&mut self) {
        let Some(chosen) = self.data.chosen.take() else {
            return;
        };
        if let Some(at) = self.data.position(&chosen.dataset) {
            self.data.marked = at;
            self.choose_marked(true, chosen.depth);
        }
    }

    /// Makes the marked dataset the present one, with a depth set by hand: at once if it is in memory, else after a delay.
    pub(super) fn choose_marked(&mut self, at_once: bool, depth: Option<usize>) {
        let Some(Listed { entry, offer }) = self.data.marked_entry().cloned() else {
            return;
        };
        self.data.job += 1;
        self.data.due = None;
        self.data.loading = None;
        self.data.failure = None;
        self.settings.dataset = entry.source.to_string();
        self.settings.depth = depth;
        read_so(
            &mut self.settings,
            self.data.how_of(&entry.source.to_string()),
        );
        self.data.current = self
            .data
            .recent
            .iter()
            .find(|loaded| loaded.source == entry.source)
            .cloned();
        self.replan();
        if self.data.current.is_some() {
            self.let_images_go();
            return;
        }
        if let State::Missing(sentence) = entry.state {
            self.data.failure = Some(match offer {
                Offer::Register(sentence) => sentence,
                _ => in_app(&sentence),
            });
            return;
        }
        self.data.loading = Some(Phase::Loading(0, 0));
        if at_once {
            self.load_dataset(entry.source);
        } else {
            self.data.due = Some(self.now + DELAY);
        }
    }

    pub(in crate::tui) fn load_if_due(&mut self) {
        if self.data.due.is_none_or(|due| due > self.now) {
            return;
        }
        self.data.due = None;
        let marked = self.data.marked_entry();
        if let Some(source) = marked.map(|listed| listed.entry.source.clone()) {
            self.load_dataset(source);
        }
    }

    /// Reads the present dataset again, since the options have changed.
    pub(in crate::tui) fn reload(&mut self) {
        self.data.recent.clear();
        if let Some(at) = self.data.position(&self.settings.dataset) {
            self.data.marked = at;
            self.choose_marked(true, None);
        }
    }

    pub(super) fn load_dataset(&mut self, source: Source) {
        let settings = self.settings.clone();
        self.request(Effect::load(self.data.job, source, settings));
    }

    pub(in crate::tui) fn load_progress(&mut self, job: u64, stage: Phase) {
        if job == self.data.job {
            self.data.loading = Some(stage);
        }
    }

    /// Lets the images go of all datasets that are neither shown nor chosen: each may be as large as memory allows one to be.
    fn let_images_go(&mut self) {
        let chosen = self.chosen_dataset().to_owned();
        let shown = self.data.current.as_ref().map(|it| it.source.clone());
        for loaded in &mut self.data.recent {
            let is_used =
                Some(&loaded.source) == shown.as_ref() || loaded.source.to_string() == chosen;
            if loaded.dataset.is_some() && !is_used {
                Arc::make_mut(loaded).dataset = None;
            }
        }
    }

    pub(in crate::tui) fn analysed(&mut self, job: u64, loaded: Arc<Loaded>) {
        if job != self.data.job {
            return;
        }
        if self.data.adding.is_some() {
            self.join(&loaded.source);
        }
        self.data.loading = None;
        self.data.failure = None;
        self.data.part = 0;
        self.data.recent.insert(0, Arc::clone(&loaded));
        if self.data.recent.len() > MAX_RECENT {
            let chosen = self.chosen_dataset();
            let is_chosen = |loaded: &Arc<Loaded>| loaded.source.to_string() == chosen;
            let oldest = self
                .data
                .recent
                .iter()
                .rposition(|loaded| !is_chosen(loaded));
            self.data.recent.remove(oldest.unwrap_or(MAX_RECENT));
        }
        self.data.current = Some(loaded);
        self.let_images_go();
        self.replan();
    }

    pub(in crate::tui) fn load_failed(&mut self, job: u64, sentence: &str) {
        if job != self.data.job {
            return;
        }
        self.data.loading = None;
        let said = in_app(sentence);
        self.note(Tone::Bad, &said);
        if let Some(adding) = self.data.adding.as_mut().filter(|adding| adding.busy) {
            adding.busy = false;
            adding.focus_named(key_in(sentence));
            adding.field.error = Some(in_names(sentence));
        } else {
            self.data.failure = Some(said);
        }
    }

    /// Marks the class, channel or change `step` places further, as far as there are any.
    pub(in crate::tui) fn step_part(&mut self, step: isize) {
        let Some(analysis) = &self.analysis else {
            return;
        };
        let parts = match self.data.parts {
            Parts::Channels => analysis.profile.channel_entropy.len(),
            Parts::Classes => analysis.profile.per_class.len(),
            Parts::Changes => self
                .changes()
                .map_or(0, |found| found.map_or(0, |found| found.rows.len())),
        };
        let last = parts.saturating_sub(1);
        self.data.part = self
            .data
            .part
            .min(last)
            .saturating_add_signed(step)
            .min(last);
    }
}
