//! The app as data: what it shows, and how a message changes it. No drawing, no input, no threads.

mod cycle;
mod data;
mod depth;
pub mod dialog;
pub mod form;
pub mod live;
mod loaded;
mod measure;
pub mod message;
mod navigation;
mod planning;
pub mod progress;
pub mod runs;
pub mod text;
mod train;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use data::{Adding, Data, DataPanel, Note, Task};
pub use depth::{Depth, DepthPanel};
pub use dialog::{Chart, Charts, Confirm, Overlay, Question, Toast, Tone};
pub use form::{Form, Setting};
pub use live::{Live, Phase};
pub use loaded::Loaded;
pub use measure::{Timing, Timings};
pub use message::{
    Candidate, Effect, FetchProgress, Listed, LoadStage, MeasureRequest, Message, Offer,
    StartRequest, TaskProgress,
};
pub use planning::Alternatives;
pub use runs::{ExportDialog, Runs};

use crate::dataset::LoadOptions;
use crate::depth::{Analysis, Reading};
pub use crate::entropy::{Sample, Samples, Spreads, most_joint_bits};
use crate::network::{self, Architecture, Input, Overrides, Plan, Width};
use crate::run::Settings;
use crate::run::prepare::load_options;
use crate::training::Control;
use crate::training::device::DeviceInfo;

/// A question that the app answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// What information do the images hold?
    Data,
    /// How deep may the network go?
    Depth,
    /// Does it hold?
    Train,
    /// What do I know?
    Runs,
}

impl Screen {
    /// All screens, in order.
    pub const ALL: [Self; 4] = [Self::Data, Self::Depth, Self::Train, Self::Runs];

    /// Its name in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Depth => "Depth",
            Self::Train => "Train",
            Self::Runs => "Runs",
        }
    }

    /// The question it answers.
    #[must_use]
    pub const fn question(self) -> &'static str {
        match self {
            Self::Data => "What information do the images hold?",
            Self::Depth => "How deep may the network go, and what does that buy?",
            Self::Train => "Does it hold?",
            Self::Runs => "What do I know, and what can I show?",
        }
    }
}

/// How a pair is planned: [`network::plan`], or a stand-in in tests.
pub type Planner =
    fn(&str, Input, Architecture, &Reading, Overrides, Width) -> Result<Plan, network::Error>;

/// What the app starts from.
#[derive(Clone, Debug)]
pub struct Start {
    /// The settings that the screens begin with.
    pub settings: Settings,
    /// The user's home folder, for `~`.
    pub home: Option<PathBuf>,
    /// The time.
    pub now: Timestamp,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// How a pair is planned.
    pub planner: Planner,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct App {
    /// The screen that is shown.
    pub screen: Screen,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The time, as last heard.
    pub now: Timestamp,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// The settings as chosen on the screens.
    pub settings: Settings,
    /// Screen 1.
    pub data: Data,
    /// Screen 2.
    pub depth: Depth,
    /// Steps that are timed for screen 2, and that were.
    pub timings: Timings,
    /// Screen 3 before a launch.
    pub form: Form,
    /// Screen 3 from a launch on.
    pub live: Option<Live>,
    /// Screen 4.
    pub runs: Runs,
    /// Which chart has the focus, and how charts are drawn.
    pub charts: Charts,
    /// The profile of the present dataset, with the chosen reading.
    pub analysis: Option<Analysis>,
    /// The pair for the present settings, or why there is none.
    pub plan: Option<Result<Plan, String>>,
    /// The pairs that the other readings and width policies give.
    pub alternatives: Alternatives,
    /// What can train here.
    pub devices: Vec<DeviceInfo>,
    /// What lies on top.
    pub overlay: Option<Overlay>,
    /// A sentence that passes.
    pub toast: Option<Toast>,
    home: Option<PathBuf>,
    planner: Planner,
    quitting: bool,
    redraw: bool,
}

impl App {
    /// The app before anything is known.
    #[must_use]
    pub fn new(start: Start) -> Self {
        let architecture = start.settings.architecture;
        Self {
            screen: Screen::Data,
            size: (0, 0),
            now: start.now,
            zone: start.zone,
            data: Data::new(&start.settings.dataset),
            settings: start.settings,
            depth: Depth::new(architecture),
            timings: Timings::default(),
            form: Form::new(),
            live: None,
            runs: Runs::default(),
            charts: Charts::default(),
            analysis: None,
            plan: None,
            alternatives: Alternatives::default(),
            devices: Vec::new(),
            overlay: None,
            toast: None,
            home: start.home,
            planner: start.planner,
            quitting: false,
            redraw: true,
        }
    }

    /// What is asked of the world before the first message.
    #[must_use]
    pub fn begin(&self) -> Vec<Effect> {
        vec![
            self.list_datasets(),
            Effect::ListDevices,
            Effect::ListRuns(self.settings.out.clone()),
        ]
    }

    /// Whether something has changed since the last call.
    pub const fn take_redraw(&mut self) -> bool {
        let redraw = self.redraw;
        self.redraw = false;
        redraw
    }

    /// The user's home folder.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Whether a training runs, waits or stops.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.live.as_ref().is_some_and(|live| !live.phase.is_over())
    }

    /// Whether the program ends as soon as the training has stopped.
    #[must_use]
    pub const fn is_quitting(&self) -> bool {
        self.quitting
    }

    /// The device that the settings mean: `auto` by the name of what it stands for.
    #[must_use]
    pub fn device_name(&self) -> &str {
        let wanted = self.settings.device.as_str();
        let mut devices = self.devices.iter();
        if wanted == "auto" {
            let automatic = devices.find(|device| device.automatic);
            automatic.map_or(wanted, |device| device.name.as_str())
        } else {
            wanted
        }
    }

    /// Takes in a message and says what it asks for.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        self.redraw |= !matches!(message, Message::Tick(_));
        match message {
            Message::Tick(now) => self.tick(now),
            Message::Key(key) => self.key(key),
            Message::Paste(text) => self.paste(&text),
            Message::Resize(columns, rows) => {
                self.size = (columns, rows);
                Vec::new()
            }
            Message::Terminate => self.stop_and_quit(),
            Message::DatasetsListed(entries) => self.datasets_listed(entries),
            Message::FolderAdded(folder) => self.folder_added(folder),
            Message::FolderListed { typed, found } => {
                self.folder_listed(&typed, found);
                Vec::new()
            }
            Message::TaskProgress { source, progress } => {
                self.task_progress(&source, progress);
                Vec::new()
            }
            Message::Fetched { source, sentence } => self.fetched(&source, sentence),
            Message::FetchFailed { source, sentence } => self.fetch_failed(&source, sentence),
            Message::Verified {
                source,
                sound,
                sentence,
            } => self.verified(&source, sound, sentence),
            Message::MeasureProgress { job, done, of } => {
                self.measure_progress(job, done, of);
                Vec::new()
            }
            Message::Measured { job, found } => {
                self.measured(job, found);
                Vec::new()
            }
            Message::MeasureFailed { job, sentence } => {
                self.measure_failed(job, sentence);
                Vec::new()
            }
            Message::LoadProgress { job, stage } => self.load_progress(job, stage),
            Message::Analysed { job, loaded } => self.analysed(job, loaded),
            Message::LoadFailed { job, sentence } => self.load_failed(job, sentence),
            Message::DevicesListed(devices) => {
                self.devices = devices;
                Vec::new()
            }
            Message::RunsListed(listings, problems) => {
                self.runs.replace(listings, problems);
                self.load_marked_run()
            }
            Message::RunsFailed(sentence) => {
                self.runs.listed = true;
                self.runs.problems = vec![sentence];
                Vec::new()
            }
            Message::RunLoaded(data) => {
                if self.runs.marked().is_some_and(|run| run.path == data.path) {
                    self.runs.saved = crate::run::time_saved_so_far(&data.metrics);
                    self.runs.loaded = Some(data);
                    self.runs.error = None;
                }
                Vec::new()
            }
            Message::RunFailed { path, sentence } => {
                if self.runs.marked().is_some_and(|run| run.path == path) {
                    self.runs.error = Some(sentence);
                }
                Vec::new()
            }
            Message::Started(directory) => self.started(directory),
            Message::StartFailed(sentence) => self.start_failed(sentence),
            Message::Update(update) => self.heard(update),
            Message::Load(load) => {
                if let Some(live) = &mut self.live {
                    live.load = load;
                }
                Vec::new()
            }
            Message::Exported { out, files } => {
                self.say(
                    Tone::Good,
                    format!("wrote {files} files into {}", out.display()),
                );
                Vec::new()
            }
            Message::ExportFailed(sentence)
            | Message::DeleteFailed(sentence)
            | Message::DatasetsFailed(sentence)
            | Message::DevicesFailed(sentence) => {
                self.say(Tone::Bad, sentence);
                Vec::new()
            }
            Message::RunDeleted(name) => {
                self.say(Tone::Good, format!("deleted {name}"));
                vec![Effect::ListRuns(self.settings.out.clone())]
            }
        }
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        let seconds_passed = now.as_second() != self.now.as_second();
        self.now = now;
        if self.is_training() && seconds_passed {
            self.redraw = true;
        }
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
            self.redraw = true;
        }
        self.load_if_due()
    }

    /// Shows a sentence for some seconds.
    pub(super) fn say(&mut self, tone: Tone, sentence: impl Into<String>) {
        let seconds = match tone {
            Tone::Good => 6,
            Tone::Bad => 15,
        };
        self.toast = Some(Toast {
            sentence: sentence.into(),
            tone,
            until: self.now + jiff::SignedDuration::from_secs(seconds),
        });
    }

    /// Leaves at once, or once the training has stopped; a second call leaves at once.
    fn stop_and_quit(&mut self) -> Vec<Effect> {
        if !self.is_training() || self.quitting {
            return vec![Effect::Quit];
        }
        self.quitting = true;
        self.overlay = None;
        self.stop_training()
    }

    fn stop_training(&mut self) -> Vec<Effect> {
        if let Some(live) = self.live.as_mut().filter(|live| !live.phase.is_over()) {
            live.phase = Phase::Stopping;
            return vec![Effect::Control(Control::Stop)];
        }
        Vec::new()
    }

    fn load_options(&self) -> LoadOptions {
        load_options(&self.settings)
    }
}

#[cfg(test)]
mod tests;
