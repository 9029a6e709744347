//! Screen 1: choosing, reading and profiling a dataset.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::text::Field;
use super::{App, Effect, LoadStage, Loaded, Tone};
use crate::dataset::{Entry, Source, State};
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
}

/// The data screen's state.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Known datasets and added folders.
    pub entries: Vec<Entry>,
    /// The marked line; behind the last entry it is the line that adds a folder.
    pub marked: usize,
    /// The panel with the focus.
    pub panel: DataPanel,
    /// Whether the strip shows channels in place of classes.
    pub channels: bool,
    /// How far the reading of the marked dataset is.
    pub loading: Option<LoadStage>,
    /// Why the marked dataset cannot be shown.
    pub failure: Option<String>,
    /// The dataset that is shown and would be trained on.
    pub current: Option<Arc<Loaded>>,
    /// The path that is being typed.
    pub folder: Option<Field>,
    recent: Vec<Arc<Loaded>>,
    folders: Vec<Entry>,
    due: Option<Timestamp>,
    job: u64,
    adding: Option<Source>,
}

impl Data {
    /// The marked dataset; none on the line that adds a folder.
    #[must_use]
    pub fn marked_entry(&self) -> Option<&Entry> {
        self.entries.get(self.marked)
    }

    /// Whether the folder that was typed is being read.
    #[must_use]
    pub const fn is_adding(&self) -> bool {
        self.adding.is_some()
    }
}

impl App {
    pub(super) fn datasets_listed(&mut self, entries: Vec<Entry>) -> Vec<Effect> {
        self.data.entries = entries;
        let wanted = self.settings.dataset.parse::<Source>().ok();
        if let Some(source @ Source::Folder(_)) = &wanted
            && !self
                .data
                .folders
                .iter()
                .any(|entry| entry.source == *source)
        {
            self.data.folders.push(folder_entry(source));
        }
        self.data.entries.extend(self.data.folders.iter().cloned());
        let at = self
            .data
            .entries
            .iter()
            .position(|entry| Some(&entry.source) == wanted.as_ref());
        self.data.marked = at.unwrap_or(0);
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
        let Some(entry) = self.data.marked_entry().cloned() else {
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
            self.data.failure = Some(sentence);
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
        let source = self.data.marked_entry().map(|entry| entry.source.clone());
        source.map_or_else(Vec::new, |source| vec![self.load_effect(source)])
    }

    /// Reads the present dataset again, since the options have changed.
    pub(super) fn reload(&mut self) -> Vec<Effect> {
        self.data.recent.clear();
        let wanted = &self.settings.dataset;
        if let Some(at) = self
            .data
            .entries
            .iter()
            .position(|entry| entry.source.to_string() == *wanted)
        {
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
        if job == self.data.job && self.data.current.is_none() {
            self.data.loading = Some(stage);
        }
        Vec::new()
    }

    pub(super) fn analysed(&mut self, job: u64, loaded: Arc<Loaded>) -> Vec<Effect> {
        if job != self.data.job {
            return Vec::new();
        }
        if self.data.adding.take().is_some() {
            self.data.folder = None;
            self.add_entry(folder_entry(&loaded.source));
            self.settings.dataset = loaded.source.to_string();
            self.settings.depth = None;
        }
        self.data.loading = None;
        self.data.failure = None;
        self.data.recent.insert(0, Arc::clone(&loaded));
        self.data.recent.truncate(KEPT);
        self.data.current = Some(loaded);
        self.replan();
        Vec::new()
    }

    pub(super) fn load_failed(&mut self, job: u64, sentence: String) -> Vec<Effect> {
        if job != self.data.job {
            return Vec::new();
        }
        if self.data.adding.take().is_some()
            && let Some(field) = &mut self.data.folder
        {
            field.error = Some(sentence);
        } else {
            self.data.loading = None;
            self.data.failure = Some(sentence);
        }
        Vec::new()
    }

    pub(super) fn open_folder_field(&mut self) {
        self.data.marked = self.data.entries.len();
        self.data.folder = Some(Field::default());
    }

    /// Closes the field and marks the present dataset again.
    pub(super) fn close_folder_field(&mut self) -> Vec<Effect> {
        self.data.folder = None;
        self.data.adding = None;
        let wanted = &self.settings.dataset;
        let at = self
            .data
            .entries
            .iter()
            .position(|entry| entry.source.to_string() == *wanted);
        self.data.marked = at.unwrap_or(0);
        self.choose_marked(false)
    }

    /// Reads the folder that was typed; it joins the list once it could be read.
    pub(super) fn accept_folder(&mut self) -> Vec<Effect> {
        let Some(field) = &mut self.data.folder else {
            return Vec::new();
        };
        if self.data.adding.is_some() {
            return Vec::new();
        }
        let typed = field.text();
        let path = typed.strip_prefix("folder:").unwrap_or(typed);
        if path.is_empty() {
            field.error = Some("type the path of a folder that holds one folder per class".into());
            return Vec::new();
        }
        let source = Source::Folder(expand(path, self.home.as_deref()));
        field.error = None;
        self.data.job += 1;
        self.data.adding = Some(source.clone());
        vec![self.load_effect(source)]
    }

    fn add_entry(&mut self, entry: Entry) {
        let at = self
            .data
            .entries
            .iter()
            .position(|known| known.source == entry.source);
        self.data.marked = at.unwrap_or_else(|| {
            self.data.folders.push(entry.clone());
            self.data.entries.push(entry);
            self.data.entries.len() - 1
        });
        self.say(Tone::Good, "added the folder to the datasets");
    }
}

fn folder_entry(source: &Source) -> Entry {
    Entry {
        source: source.clone(),
        description: "a folder of class folders",
        state: match source {
            Source::Folder(path) => State::Found(path.clone()),
            _ => State::Embedded,
        },
    }
}

/// `path` with a leading `~` replaced by the home folder.
fn expand(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}
