//! Messages to the app, and the effects that it requests.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::dataset::{Dataset, LoadOptions, Source};
use crate::depth::Analysis;
use crate::network::{Measured, Plan};
use crate::report::Format;
use crate::run::{RunData, RunListing, Settings, Update};
use crate::training::Control;
use crate::training::device::{DeviceInfo, Load};
use crate::tui::keys::Key;
use crate::tui::screens::data::{Candidate, Listed, LoadStage, Loaded, TaskProgress};

/// A message to the app.
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
    /// A signal to end.
    Terminate,
    /// The known datasets.
    DatasetsListed(Vec<Listed>),
    /// The datasets could not be listed; why, in one sentence.
    DatasetsFailed(String),
    /// A folder that holds a named dataset.
    FolderAdded(PathBuf),
    /// The contents of the folder of the path that is being typed.
    FolderListed {
        /// The text at the time of the request.
        typed: String,
        found: Result<Vec<Candidate>, String>,
    },
    /// A dataset is being fetched or checked.
    TaskProgress {
        source: Source,
        progress: TaskProgress,
    },
    /// A dataset is fetched.
    Fetched { source: Source, sentence: String },
    /// A dataset could not be fetched, or not to its end.
    FetchFailed { source: Source, sentence: String },
    /// The files of a dataset are checked.
    Verified {
        source: Source,
        /// Whether all files are there and correct.
        sound: bool,
        sentence: String,
    },
    /// Steps are being timed.
    MeasureProgress {
        job: u64,
        done: usize,
        /// Steps in all, at most.
        of: usize,
    },
    /// Steps are timed, or the timing was stopped.
    Measured {
        job: u64,
        /// `None` where it was stopped.
        found: Option<Measured>,
    },
    /// Steps could not be timed.
    MeasureFailed { job: u64, sentence: String },
    /// A dataset is being read.
    LoadProgress { job: u64, stage: LoadStage },
    /// A dataset is read and profiled.
    Analysed { job: u64, loaded: Arc<Loaded> },
    /// A dataset could not be read.
    LoadFailed { job: u64, sentence: String },
    /// The devices.
    DevicesListed(Vec<DeviceInfo>),
    /// The devices could not be listed; why, in one sentence.
    DevicesFailed(String),
    /// The past runs, and a sentence for each folder that cannot be read.
    RunsListed(Vec<RunListing>, Vec<String>),
    /// The past runs could not be listed.
    RunsFailed(String),
    /// A run was read.
    RunLoaded(Box<RunData>),
    /// A run could not be read.
    RunFailed { path: PathBuf, sentence: String },
    /// A training has started and writes into this folder.
    Started(PathBuf),
    /// A training could not start.
    StartFailed(String),
    /// An update of the training.
    Update(Update),
    /// The load of machine and process.
    Load(Load),
    /// An export is written.
    Exported { out: PathBuf, files: usize },
    /// An export failed.
    ExportFailed(String),
    /// A run is deleted.
    RunDeleted(String),
    /// A run could not be deleted.
    DeleteFailed(String),
}

/// All that a training needs, or timing its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRequest {
    /// The settings as resolved.
    pub settings: Settings,
    /// The images, where they are in memory already.
    pub dataset: Option<Arc<Dataset>>,
    pub analysis: Analysis,
    pub plan: Plan,
}

/// All that timing a pair needs.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureRequest {
    pub job: u64,
    pub training: StartRequest,
}

/// A request to the outside; carried out in the background, answered by a [`Message`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// List the datasets.
    ListDatasets {
        options: LoadOptions,
        /// Listed after the named ones.
        added: Vec<Source>,
    },
    /// List a folder to complete a path.
    ListFolder { typed: String, folder: PathBuf },
    /// Fetch a dataset.
    Fetch {
        source: Source,
        /// The target, if not the program's own folder.
        data_dir: Option<PathBuf>,
    },
    /// Check the files of a dataset.
    Verify {
        source: Source,
        options: LoadOptions,
    },
    /// Stop fetching or checking a dataset.
    StopTask(Source),
    /// Detect what a path holds, read and profile it.
    AddPath {
        job: u64,
        path: PathBuf,
        /// How it is read, and the chosen reading.
        settings: Box<Settings>,
    },
    /// List the devices.
    ListDevices,
    /// List the runs below a folder.
    ListRuns(PathBuf),
    /// Read and profile a dataset.
    LoadDataset {
        job: u64,
        source: Source,
        /// How it is read, and the chosen reading.
        settings: Box<Settings>,
    },
    /// Time training steps of a pair.
    Measure(Box<MeasureRequest>),
    /// Stop timing.
    StopMeasuring,
    /// Read a run.
    LoadRun(PathBuf),
    /// Start a training.
    StartRun(Box<StartRequest>),
    /// Go on with an unfinished run.
    ResumeRun(PathBuf),
    /// Tell the training something.
    Control(Control),
    /// Export a run.
    Export {
        run: PathBuf,
        formats: Vec<Format>,
        out: PathBuf,
    },
    /// Delete a run.
    DeleteRun(PathBuf),
    /// Leave the terminal to the shell until it brings the program back.
    Suspend,
    /// Leave the program.
    Quit,
}
