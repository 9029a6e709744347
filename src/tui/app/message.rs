//! What the app hears, and what it asks for.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::dataset::{Dataset, Entry, LoadOptions, Shape, Source};
use crate::depth::Analysis;
use crate::network::Plan;
use crate::report::Format;
use crate::run::{RunData, RunListing, Settings, Update};
use crate::training::Control;
use crate::training::device::{DeviceInfo, Load};
use crate::tui::keys::Key;

/// What the app hears.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// Time has passed.
    Tick(Timestamp),
    /// The operating system asks the program to end.
    Terminate,
    /// The known datasets.
    DatasetsListed(Vec<Entry>),
    /// A dataset is being read.
    LoadProgress {
        /// The job that reads it.
        job: u64,
        /// How far it is.
        stage: LoadStage,
    },
    /// A dataset is read and profiled.
    Analysed {
        /// The job that did it.
        job: u64,
        /// The result.
        loaded: Arc<Loaded>,
    },
    /// A dataset could not be read.
    LoadFailed {
        /// The job that tried.
        job: u64,
        /// Why, in one sentence.
        sentence: String,
    },
    /// What can train here.
    DevicesListed(Vec<DeviceInfo>),
    /// The past runs, and a sentence for each folder that cannot be read.
    RunsListed(Vec<RunListing>, Vec<String>),
    /// The past runs could not be listed.
    RunsFailed(String),
    /// A run was read.
    RunLoaded(Box<RunData>),
    /// A run could not be read.
    RunFailed {
        /// Its folder.
        path: PathBuf,
        /// Why, in one sentence.
        sentence: String,
    },
    /// A training has started and writes into this folder.
    Started(PathBuf),
    /// A training could not start.
    StartFailed(String),
    /// The training said something.
    Update(Update),
    /// What the machine and this process use.
    Load(Load),
    /// An export is written.
    Exported {
        /// Where.
        out: PathBuf,
        /// How many files.
        files: usize,
    },
    /// An export failed.
    ExportFailed(String),
    /// A run is deleted.
    RunDeleted(String),
    /// A run could not be deleted.
    DeleteFailed(String),
}

/// How far the reading of a dataset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadStage {
    /// Images are read and decoded.
    Reading {
        /// Images read.
        done: usize,
        /// Images in all.
        total: usize,
    },
    /// Entropies are measured.
    Profiling {
        /// Images measured.
        done: usize,
        /// Images in all.
        total: usize,
    },
}

/// A dataset with all that is shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Its name.
    pub source: Source,
    /// The images.
    pub dataset: Arc<Dataset>,
    /// Profile and readings.
    pub analysis: Analysis,
    /// Images to look at.
    pub samples: Samples,
}

/// An image to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its image information in bits per pixel.
    pub information: f64,
    /// Its class.
    pub class: String,
    /// Its shape.
    pub shape: Shape,
    /// Its values (C, H, W).
    pub pixels: Vec<u8>,
}

/// Images of least, middle and most image information.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// The least, in rising order.
    pub lowest: Vec<Sample>,
    /// Around the median.
    pub median: Vec<Sample>,
    /// The most, in falling order.
    pub highest: Vec<Sample>,
}

impl Samples {
    /// Picks `each` training images of least, middle and most image information, given for every image in bits.
    #[must_use]
    pub fn pick(dataset: &Dataset, information: &[f64], each: usize) -> Self {
        let mut order: Vec<usize> = (0..information.len().min(dataset.train.len())).collect();
        order.sort_by(|&a, &b| information[a].total_cmp(&information[b]));
        let sample = |&index: &usize| Sample {
            information: information[index],
            class: dataset
                .class_names
                .get(dataset.train.labels[index] as usize)
                .cloned()
                .unwrap_or_default(),
            shape: dataset.shape,
            pixels: dataset.train.image(index, dataset.shape).to_vec(),
        };
        let middle = (order.len() / 2).saturating_sub(each / 2);
        Self {
            lowest: order.iter().take(each).map(sample).collect(),
            median: order.iter().skip(middle).take(each).map(sample).collect(),
            highest: order.iter().rev().take(each).map(sample).collect(),
        }
    }
}

/// All that a training needs.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRequest {
    /// The settings as resolved.
    pub settings: Settings,
    /// The images.
    pub dataset: Arc<Dataset>,
    /// Profile and readings.
    pub analysis: Analysis,
    /// The pair.
    pub plan: Plan,
}

/// What the app asks of the world; carried out in the background, answered by a [`Message`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// List the datasets.
    ListDatasets(LoadOptions),
    /// List the devices.
    ListDevices,
    /// List the runs below a folder.
    ListRuns(PathBuf),
    /// Read and profile a dataset.
    LoadDataset {
        /// Number of the job; answers carry it.
        job: u64,
        /// The dataset.
        source: Source,
        /// How it is read, and the chosen reading.
        settings: Box<Settings>,
    },
    /// Read a run.
    LoadRun(PathBuf),
    /// Start a training.
    StartRun(Box<StartRequest>),
    /// Tell the training something.
    Control(Control),
    /// Export a run.
    Export {
        /// Its folder.
        run: PathBuf,
        /// Into which formats.
        formats: Vec<Format>,
        /// Where to.
        out: PathBuf,
    },
    /// Delete a run.
    DeleteRun(PathBuf),
    /// Leave the program.
    Quit,
}
