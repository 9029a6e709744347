//! The state of the screen.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::changes::Changes;
use super::reading::how;
use super::{Adding, Note, Task};
use crate::dataset::{Dataset, Entry, Source};
use crate::depth::Analysis;
use crate::entropy::{Samples, Spreads};
use crate::run::{Layer, Phase, Settings};
use crate::tui::app::around;

/// A panel of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataPanel {
    #[default]
    Datasets,
    Readings,
    Parts,
}

impl DataPanel {
    pub const ALL: [Self; 3] = [Self::Datasets, Self::Readings, Self::Parts];
}

/// What the last panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    /// The images of each class.
    #[default]
    Classes,
    /// Each channel of the images.
    Channels,
    /// The images, changed in known ways.
    Changes,
}

/// A dataset that was chosen, with the depth that was set by hand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) dataset: String,
    pub(super) depth: Option<usize>,
}

/// The data screen's state.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Known datasets and added ones.
    pub entries: Vec<Listed>,
    /// The marked line; after the entries comes the line that adds a dataset.
    pub marked: usize,
    pub panel: DataPanel,
    /// What the last panel shows.
    pub parts: Parts,
    /// The readings of changed images.
    pub(super) changes: Changes,
    /// The marked class, channel or change.
    pub part: usize,
    /// Progress of reading the marked dataset.
    pub loading: Option<Phase>,
    /// Why the marked dataset cannot be shown.
    pub failure: Option<String>,
    /// The dataset that is shown, and trained on.
    pub current: Option<Arc<Loaded>>,
    /// The choice before another dataset was only shown; used again unless that one is chosen.
    pub(super) chosen: Option<Chosen>,
    /// The dataset that is being typed.
    pub adding: Option<Adding>,
    /// Fetches and checks in progress.
    pub tasks: Vec<Task>,
    /// Fetches that ended incomplete.
    pub notes: Vec<Note>,
    /// The datasets that were shown last, kept in memory.
    pub(super) recent: Vec<Arc<Loaded>>,
    /// Datasets that were added to the named ones.
    pub(super) added: Vec<Source>,
    /// How datasets that were added are read, by name.
    pub how: BTreeMap<String, Layer>,
    /// How all others are read.
    pub(super) usual: Layer,
    /// When the marked dataset is read.
    pub(super) due: Option<Timestamp>,
    /// Number of the last job that reads a dataset.
    pub(super) job: u64,
}

impl Data {
    /// The state before anything is known; the dataset of the settings is listed even if it is none of the named ones.
    pub fn new(settings: &Settings) -> Self {
        let wanted = settings.dataset.parse::<Source>().ok();
        Self {
            usual: how(settings),
            added: wanted
                .into_iter()
                .filter(|source| !Source::named().contains(source))
                .collect(),
            ..Self::default()
        }
    }

    /// How a dataset is read.
    pub(super) fn how_of(&self, name: &str) -> &Layer {
        self.how.get(name).unwrap_or(&self.usual)
    }

    /// The marked dataset; none on the line that adds one.
    pub fn marked_entry(&self) -> Option<&Listed> {
        self.entries.get(self.marked)
    }

    /// Datasets of the user's own that are listed.
    pub fn added(&self) -> &[Source] {
        &self.added
    }

    /// Lists these datasets too, from the next listing on.
    pub fn add(&mut self, sources: Vec<Source>) {
        for source in sources {
            if !self.added.contains(&source) && !Source::named().contains(&source) {
                self.added.push(source);
            }
        }
    }

    /// Moves the focus by `step` panels, around the ends.
    pub(super) const fn step_panel(&mut self, step: isize) {
        self.panel = DataPanel::ALL[around(self.panel as usize, step, DataPanel::ALL.len())];
    }

    /// Shows channels in place of classes, changed images in place of these, or classes again.
    pub(super) const fn step_parts(&mut self) {
        self.parts = match self.parts {
            Parts::Classes => Parts::Channels,
            Parts::Channels => Parts::Changes,
            Parts::Changes => Parts::Classes,
        };
        self.part = 0;
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|listed| listed.entry.source.to_string() == name)
    }
}

/// A dataset as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub entry: Entry,
    pub offer: Offer,
}

/// How a dataset can be got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Nothing of it is published: it is drawn by the program, or the user's own.
    Nothing,
    /// Over the network.
    Fetch {
        /// Bytes of its files.
        bytes: u64,
        /// Bytes of them that an earlier fetch left.
        there: u64,
        folder: PathBuf,
    },
    /// By registering; the sentence says where, and where to put the files.
    Register(String),
    /// Not, since the user's own list of published files cannot be used; why, in one sentence.
    Unusable(String),
}

/// A dataset with all that is shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub source: Source,
    /// The images; `None` where the profile came from the cache, and of a dataset that is neither shown nor chosen, until a
    /// training needs them.
    pub dataset: Option<Arc<Dataset>>,
    pub test_images: usize,
    pub analysis: Analysis,
    /// Distributions of the other statistics.
    pub spreads: Spreads,
    pub samples: Samples,
}
