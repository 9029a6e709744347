//! What the app hears, and what it asks for.

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
    DatasetsListed(Vec<Listed>),
    /// The datasets could not be listed; why, in one sentence.
    DatasetsFailed(String),
    /// A folder in which a named dataset lies.
    FolderAdded(PathBuf),
    /// What is in the folder of the path that is being typed.
    FolderListed {
        /// What was typed when it was asked for.
        typed: String,
        /// What is there, or why that is not known.
        found: Result<Vec<Candidate>, String>,
    },
    /// A dataset is being fetched or checked.
    TaskProgress {
        /// The dataset.
        source: Source,
        /// How far it is.
        progress: TaskProgress,
    },
    /// A dataset is fetched.
    Fetched {
        /// The dataset.
        source: Source,
        /// What is there now, in one sentence.
        sentence: String,
    },
    /// A dataset could not be fetched, or not to its end.
    FetchFailed {
        /// The dataset.
        source: Source,
        /// Why, in one sentence.
        sentence: String,
    },
    /// The files of a dataset are checked.
    Verified {
        /// The dataset.
        source: Source,
        /// Whether all is there, and nothing wrong.
        sound: bool,
        /// What was found, in one sentence.
        sentence: String,
    },
    /// Steps are being timed.
    MeasureProgress {
        /// The job that times them.
        job: u64,
        /// Steps done.
        done: usize,
        /// Steps in all, at most.
        of: usize,
    },
    /// Steps are timed, or the timing was stopped.
    Measured {
        /// The job that timed them.
        job: u64,
        /// What was found; none where it was stopped.
        found: Option<Measured>,
    },
    /// Steps could not be timed.
    MeasureFailed {
        /// The job that tried.
        job: u64,
        /// Why, in one sentence.
        sentence: String,
    },
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
    /// The devices could not be listed; why, in one sentence.
    DevicesFailed(String),
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

/// All that a training needs, or timing its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRequest {
    /// The settings as resolved.
    pub settings: Settings,
    /// The images, where they are in memory already.
    pub dataset: Option<Arc<Dataset>>,
    /// Profile and readings.
    pub analysis: Analysis,
    /// The pair.
    pub plan: Plan,
}

/// All that timing a pair needs.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureRequest {
    /// Number of the job; answers carry it.
    pub job: u64,
    /// What is timed.
    pub training: StartRequest,
}

/// What the app asks of the world; carried out in the background, answered by a [`Message`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// List the datasets.
    ListDatasets {
        /// Where they are looked for.
        options: LoadOptions,
        /// Those to list behind the named ones.
        added: Vec<Source>,
    },
    /// List a folder to complete a path.
    ListFolder {
        /// What has been typed; the answer carries it.
        typed: String,
        /// The folder.
        folder: PathBuf,
    },
    /// Fetch a dataset.
    Fetch {
        /// The dataset.
        source: Source,
        /// Below which folder it is put, if not the program's own.
        data_dir: Option<PathBuf>,
    },
    /// Check the files of a dataset.
    Verify {
        /// The dataset.
        source: Source,
        /// Where it is looked for.
        options: LoadOptions,
    },
    /// Stop fetching or checking a dataset.
    StopTask(Source),
    /// Find out what lies at a path, read and profile it.
    AddPath {
        /// Number of the job; answers carry it.
        job: u64,
        /// The file or folder.
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
        /// Number of the job; answers carry it.
        job: u64,
        /// The dataset.
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
        /// Its folder.
        run: PathBuf,
        /// Into which formats.
        formats: Vec<Format>,
        /// Where to.
        out: PathBuf,
    },
    /// Delete a run.
    DeleteRun(PathBuf),
    /// Leave the terminal to the shell until it brings the program back.
    Suspend,
    /// Leave the program.
    Quit,
}
