//! Screen 1: choosing, reading and profiling a dataset.

mod adding;
mod tasks;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use adding::Adding;
pub use tasks::{Note, Task};

use super::{App, Effect, Listed, LoadStage, Loaded, Offer};
use crate::dataset::{Source, State};
use crate::run::Settings;

/// How long the mark rests on a dataset before it is read.
const REST: SignedDuration = SignedDuration::from_millis(200);
/// Datasets that are kept in memory.
const KEPT: usize = 4;

/// A panel of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataPanel {
    /// The datasets.
    #[default]
    Datasets,
    /// The readings.
    Readings,
    /// The classes or channels.
    Parts,
}

impl DataPanel {
    /// All panels, in order.
    pub const ALL: [Self; 3] = [Self::Datasets, Self::Readings, Self::Parts];
}

/// The data screen's state.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Known datasets and added ones.
    pub entries: Vec<Listed>,
    /// The marked line; behind the last entry it is the line that adds a dataset.
    pub marked: usize,
    /// The panel with the focus.
    pub panel: DataPanel,
    /// Whether channels are shown in place of classes.
    pub channels: bool,
    /// The marked class or channel.
    pub part: usize,
    /// How far the reading of the marked dataset is.
    pub loading: Option<LoadStage>,
    /// Why the marked dataset cannot be shown.
    pub failure: Option<String>,
    /// The dataset that is shown and would be trained on.
    pub current: Option<Arc<Loaded>>,
    /// The dataset that is being typed.
    pub adding: Option<Adding>,
    /// What is being fetched or checked.
    pub tasks: Vec<Task>,
    /// How the last fetch of a dataset ended, where not well.
    pub notes: Vec<Note>,
    recent: Vec<Arc<Loaded>>,
    added: Vec<Source>,
    due: Option<Timestamp>,
    job: u64,
}

impl Data {
    /// The state before anything is known; `wanted` is listed even if it is none of the named datasets.
    #[must_use]
    pub fn new(wanted: &str) -> Self {
        let wanted = wanted.parse::<Source>().ok();
        Self {
            added: wanted
                .into_iter()
                .filter(|source| !Source::named().contains(source))
                .collect(),
            ..Self::default()
        }
    }

    /// The marked dataset; none on the line that adds one.
    #[must_use]
    pub fn marked_entry(&self) -> Option<&Listed> {
        self.entries.get(self.marked)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|listed| listed.entry.source.to_string() == name)
    }
}

impl App {
    pub(super) fn list_datasets(&self) -> Effect {
        Effect::ListDatasets {
            options: self.load_options(),
            added: self.data.added.clone(),
        }
    }

    pub(super) fn datasets_listed(&mut self, entries: Vec<Listed>) -> Vec<Effect> {
        self.data.entries = entries;
        if self.data.adding.is_some() {
            self.data.marked = self.data.entries.len();
            return Vec::new();
        }
        self.data.marked = self.data.position(&self.settings.dataset).unwrap_or(0);
        let missing = self
            .data
            .marked_entry()
            .is_some_and(|listed| matches!(listed.entry.state, State::Missing(_)));
        let shown = self.data.current.is_some() || self.data.loading.is_some() && !missing;
        if shown {
            return Vec::new();
        }
        self.choose_marked(true)
    }

    pub(super) fn move_dataset(&mut self, to: usize) -> Vec<Effect> {
        let to = to.min(self.data.entries.len());
        if to == self.data.marked {
            return Vec::new();
        }
        self.data.marked = to;
        self.choose_marked(false)
    }

    /// Makes the marked dataset the present one: at once if it is in memory, else once the mark has rested on it.
    fn choose_marked(&mut self, at_once: bool) -> Vec<Effect> {
        let Some(Listed { entry, offer }) = self.data.marked_entry().cloned() else {
            return Vec::new();
        };
        self.data.job += 1;
        self.data.due = None;
        self.data.loading = None;
        self.data.failure = None;
        self.settings.dataset = entry.source.to_string();
        self.settings.depth = None;
        self.data.current = self
            .data
            .recent
            .iter()
            .find(|loaded| loaded.source == entry.source)
            .cloned();
        self.replan();
        if self.data.current.is_some() {
            return Vec::new();
        }
        if let State::Missing(sentence) = entry.state {
            self.data.failure = Some(match offer {
                Offer::Register(sentence) => sentence,
                _ => sentence,
            });
            return Vec::new();
        }
        self.data.loading = Some(LoadStage::Reading { done: 0, total: 0 });
        if at_once {
            return vec![self.load_effect(entry.source)];
        }
        self.data.due = Some(self.now + REST);
        Vec::new()
    }

    pub(super) fn load_if_due(&mut self) -> Vec<Effect> {
        if self.data.due.is_none_or(|due| due > self.now) {
            return Vec::new();
        }
        self.data.due = None;
        let marked = self.data.marked_entry();
        let source = marked.map(|listed| listed.entry.source.clone());
        source.map_or_else(Vec::new, |source| vec![self.load_effect(source)])
    }

    /// Reads the present dataset again, since the options have changed.
    pub(super) fn reload(&mut self) -> Vec<Effect> {
        self.data.recent.clear();
        if let Some(at) = self.data.position(&self.settings.dataset) {
            self.data.marked = at;
            return self.choose_marked(true);
        }
        Vec::new()
    }

    fn load_effect(&self, source: Source) -> Effect {
        Effect::LoadDataset {
            job: self.data.job,
            settings: Box::new(Settings {
                dataset: source.to_string(),
                ..self.settings.clone()
            }),
            source,
        }
    }

    pub(super) fn load_progress(&mut self, job: u64, stage: LoadStage) -> Vec<Effect> {
        if job == self.data.job {
            self.data.loading = Some(stage);
        }
        Vec::new()
    }

    pub(super) fn analysed(&mut self, job: u64, loaded: Arc<Loaded>) -> Vec<Effect> {
        if job != self.data.job {
            return Vec::new();
        }
        let effects = if self.data.adding.take().is_some() {
            self.join(&loaded.source)
        } else {
            Vec::new()
        };
        self.data.loading = None;
        self.data.failure = None;
        self.data.part = 0;
        self.data.recent.insert(0, Arc::clone(&loaded));
        self.data.recent.truncate(KEPT);
        self.data.current = Some(loaded);
        self.replan();
        effects
    }

    pub(super) fn load_failed(&mut self, job: u64, sentence: String) -> Vec<Effect> {
        if job != self.data.job {
            return Vec::new();
        }
        self.data.loading = None;
        if let Some(adding) = self.data.adding.as_mut().filter(|adding| adding.busy) {
            adding.busy = false;
            adding.field.error = Some(sentence);
        } else {
            self.data.failure = Some(sentence);
        }
        Vec::new()
    }

    /// Marks the class or channel `step` places further, as far as there are any.
    pub(super) fn step_part(&mut self, step: isize) {
        let Some(analysis) = &self.analysis else {
            return;
        };
        let parts = if self.data.channels {
            analysis.profile.channel_entropy.len()
        } else {
            analysis.profile.per_class.len()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
