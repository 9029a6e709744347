//! Messages to the app, and the effects that it requests.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::mouse::Mouse;
use crate::dataset::{Dataset, LoadOptions, Source};
use crate::depth::{Analysis, Invariance};
use crate::network::{Measured, Plan};
use crate::run::{NetworkCost, News, Phase, RunData, RunListing, Settings, Update};
use crate::study::cluster::Standing;
use crate::study::{Asked, AskedRuns, Kind, Study};
use crate::training::Control;
use crate::training::device::{DeviceInfo, Load};
use crate::tui::keys::Key;
use crate::tui::screens::data::{Candidate, Listed, Loaded, TaskProgress};
use crate::tui::screens::depth::Fitted;
use crate::tui::screens::runs::{RunsEffect, RunsMessage};
use crate::tui::screens::studies::{JobsAct, ShownGrid, StudyUpdate};

/// A message to the app.
#[derive(Clone, Debug)]
pub enum Message {
    Key(Key),
    Paste(String),
    /// The mouse did something at this column and row.
    Mouse(Mouse, u16, u16),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The present time.
    Tick(Timestamp),
    /// A signal to end.
    Terminate,
    /// An effect failed of which nothing else is shown; one sentence.
    Failed(String),
    DatasetsListed(Vec<Listed>),
    /// A folder that holds a named dataset.
    FolderAdded(PathBuf),
    /// The contents of the folder of the path that is being typed.
    FolderListed {
        /// The text at the time of the request.
        typed: String,
        found: Result<Vec<Candidate>, String>,
    },
    TaskProgress {
        source: Source,
        progress: TaskProgress,
    },
    Fetched {
        source: Source,
        sentence: String,
    },
    /// A dataset is not fetched, or only in part.
    FetchFailed {
        source: Source,
        sentence: String,
    },
    Verified {
        source: Source,
        /// Whether all files are there and correct.
        sound: bool,
        sentence: String,
    },
    MeasureProgress {
        job: u64,
        done: usize,
        /// Steps in all, at most.
        of: usize,
    },
    Measured {
        job: u64,
        /// `None` where the timing was stopped.
        found: Option<Measured>,
    },
    /// Both networks of a pair are timed, or why they are not; `None` where that was stopped.
    Priced {
        job: u64,
        found: Result<Option<Vec<NetworkCost>>, String>,
    },
    MeasureFailed {
        job: u64,
        sentence: String,
    },
    /// What timed steps say of a pair, or why they were not timed; `None` where that was stopped.
    PlannedByTime {
        job: u64,
        found: Result<Option<Fitted>, String>,
    },
    /// Steps were timed before the training that begins: its networks.
    Replanned {
        width_factor: Option<f64>,
        plan: Box<Plan>,
    },
    LoadProgress {
        job: u64,
        stage: Phase,
    },
    /// A dataset is read and profiled.
    Analysed {
        job: u64,
        loaded: Arc<Loaded>,
    },
    LoadFailed {
        job: u64,
        sentence: String,
    },
    /// The readings of changed images are measured, or why they are not.
    ChangesMeasured {
        job: u64,
        found: Result<Invariance, String>,
    },
    DevicesListed(Vec<DeviceInfo>),
    /// The past runs, and a sentence for each folder that cannot be read.
    RunsListed(Vec<RunListing>, Vec<String>),
    /// Runs of the list have changed.
    RunsChanged(Vec<RunListing>),
    RunsFailed(String),
    /// The studies below the runs folder, or why they cannot be listed.
    StudiesListed(Result<Vec<Study>, String>),
    /// The cells of the grid in this folder, or why they cannot be read.
    GridRead(PathBuf, Result<Arc<ShownGrid>, String>),
    /// The jobs of the grid in this folder, or why they cannot be looked at; none where nothing of it was submitted.
    JobsSeen(PathBuf, Result<Option<Standing>, String>),
    /// What became of what was done with the jobs of the grid in this folder, one sentence.
    JobsActed(PathBuf, Result<String, String>),
    /// What the processes were asked for that train runs of the study in this folder.
    RunsAsked(PathBuf, Result<AskedRuns, String>),
    /// Of the study that runs, or of a price that is found.
    Study(Box<StudyUpdate>),
    RunLoaded(Box<RunData>),
    RunFailed {
        path: PathBuf,
        sentence: String,
    },
    /// A training has started and writes into this folder.
    Started(PathBuf),
    StartFailed(String),
    /// An update of the training.
    Update(Update),
    /// What a follower says of a run that another process trains.
    News(Box<News>),
    /// The load of machine and process.
    Load(Load),
    Exported {
        out: PathBuf,
        files: usize,
    },
    /// An answer to the Runs screen.
    Runs(Box<RunsMessage>),
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
    ListDatasets {
        options: LoadOptions,
        /// Listed after the named ones.
        added: Vec<Source>,
    },
    /// List a folder to complete a path.
    ListFolder {
        typed: String,
        folder: PathBuf,
    },
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
    ListDevices,
    /// List the runs below a folder, and watch it from then on.
    ListRuns(PathBuf),
    /// List the studies below a folder.
    ListStudies(PathBuf),
    /// Read the cells of the grid in a folder.
    ReadGrid(PathBuf),
    /// Look at the jobs of the grid in a folder.
    LookAtJobs(PathBuf),
    /// Cancel the jobs of the grid in a folder, or submit again what has none; with what these settings say of this process.
    ActOnJobs(JobsAct, PathBuf, Box<Settings>),
    /// Ask the processes that train runs of the study in a folder to pause, or to resume.
    AskRuns(PathBuf, Kind),
    /// Pause the study that runs here, or resume it.
    PauseStudy(bool),
    /// Find what a study costs.
    PriceStudy(Box<Asked>),
    StartStudy(Box<Asked>),
    /// Continue a study, with what these settings say of this process.
    ContinueStudy(Arc<Study>, Box<Settings>),
    /// Stop the study that runs, or the search for a price.
    StopStudy,
    /// Read and profile a dataset.
    LoadDataset {
        job: u64,
        source: Source,
        /// How it is read, and the chosen reading.
        settings: Box<Settings>,
    },
    /// Measure the readings of a dataset's images, changed in known ways.
    MeasureChanges {
        job: u64,
        settings: Box<Settings>,
    },
    /// Time training steps of a pair.
    Measure(Box<MeasureRequest>),
    StopMeasuring,
    /// Plan a pair by timed steps, or by what the cache has of them.
    PlanByTime(Box<MeasureRequest>),
    StopPlanning,
    /// Time both networks of a pair for the price of training them.
    Price(Box<MeasureRequest>),
    LoadRun(PathBuf),
    StartRun(Box<StartRequest>),
    ResumeRun(PathBuf),
    /// Follow a run that another process trains.
    Follow(PathBuf),
    Unfollow,
    /// Send this to the training.
    Control(Control),
    /// Have the terminal report the mouse, or not.
    TakeMouse(bool),
    /// A request of the Runs screen.
    Runs(RunsEffect),
    /// Put a text on the terminal's clipboard.
    Copy(String),
    /// Give the terminal to the shell until it resumes the program.
    Suspend,
    Quit,
}

impl Effect {
    /// Read and profile a dataset with these settings.
    pub fn load(job: u64, source: Source, settings: Settings) -> Self {
        Self::LoadDataset {
            job,
            settings: Box::new(Settings {
                dataset: source.to_string(),
                ..settings
            }),
            source,
        }
    }
}
