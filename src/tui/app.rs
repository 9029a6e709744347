//! The app as data: what it shows, and how a message changes it. No drawing, no input, no threads.

pub mod charts;
mod cycle;
pub mod export;
mod input;
mod leaving;
pub mod log;
pub mod message;
pub mod mouse;
pub mod overlay;
mod planning;
pub mod progress;
pub mod text;

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use charts::Charts;
pub use cycle::around;
pub use message::{Effect, MeasureRequest, Message, StartRequest};
pub use mouse::{Hits, Mouse, Pointer};
pub use overlay::{Overlay, Question, Toast, Tone};
pub use planning::Alternatives;

use super::keys::Rebound;
use super::remedy::in_app;
use super::screens::data::Data;
use super::screens::depth::{Depth, Timings, Widths};
use super::screens::runs::Runs;
use super::screens::studies::Studies;
use super::screens::train::{Form, Live, Prices};
use super::screens::{SCREENS, Screen};
use crate::dataset::LoadOptions;
use crate::depth::Analysis;
use crate::format::number_of;
use crate::network::Plan;
use crate::run::Settings;
use crate::run::prepare::load_options;
use crate::training::device::DeviceInfo;

/// The initial values of the app.
#[derive(Clone, Debug)]
pub struct Start {
    pub settings: Settings,
    /// The settings of a session that remembers nothing.
    pub usual: Settings,
    /// The user's home folder, for `~`.
    pub home: Option<PathBuf>,
    pub now: Timestamp,
    /// The zone in which times are shown.
    pub zone: TimeZone,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct App {
    pub screen: &'static dyn Screen,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The time of the last tick.
    pub now: Timestamp,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// The settings as chosen on the screens.
    pub settings: Settings,
    /// The settings of a session that remembers nothing.
    pub usual: Settings,
    pub data: Data,
    pub depth: Depth,
    /// Timed steps, for screen 2.
    pub timings: Timings,
    pub widths: Widths,
    /// Screen 3 before a launch.
    pub form: Form,
    /// Screen 3 from a launch on.
    pub live: Option<Live>,
    pub(super) prices: Prices,
    pub runs: Runs,
    pub studies: Studies,
    /// Which chart has the focus, and how charts are drawn.
    pub charts: Charts,
    /// The profile of the present dataset, with the chosen reading.
    pub analysis: Option<Analysis>,
    /// The pair for the present settings, or why there is none.
    pub plan: Option<Result<Plan, String>>,
    /// The pairs that the other readings and width policies give.
    pub alternatives: Alternatives,
    pub devices: Vec<DeviceInfo>,
    pub overlay: Option<Overlay>,
    /// Keys that the user bound otherwise.
    pub rebound: Rebound,
    pub toast: Option<Toast>,
    /// All messages of the session.
    pub log: log::Log,
    /// What the last frame drew where.
    pub hits: Hits,
    pub(super) pointer: Pointer,
    /// Whether the app takes clicks; else the terminal does.
    pub takes_mouse: bool,
    pub home: Option<PathBuf>,
    quitting: bool,
    redraw: bool,
    /// Effects of the present message.
    effects: Vec<Effect>,
}

impl App {
    /// The app before anything is known.
    pub fn new(start: Start) -> Self {
        let architecture = start.settings.architecture;
        Self {
            screen: SCREENS[0],
            size: (0, 0),
            now: start.now,
            zone: start.zone,
            data: Data::new(&start.settings),
            charts: Charts {
                symbols: start.settings.host.chart_symbols,
                ..Charts::default()
            },
            settings: start.settings,
            usual: start.usual,
            depth: Depth::new(architecture),
            timings: Timings::default(),
            widths: Widths::default(),
            form: Form::new(),
            live: None,
            prices: Prices::default(),
            runs: Runs::default(),
            studies: Studies::default(),
            analysis: None,
            plan: None,
            alternatives: Alternatives::default(),
            devices: Vec::new(),
            overlay: None,
            rebound: Rebound::default(),
            toast: None,
            log: log::Log::default(),
            hits: Hits::default(),
            pointer: Pointer::default(),
            takes_mouse: true,
            home: start.home,
            quitting: false,
            redraw: true,
            effects: Vec::new(),
        }
    }

    /// The first effects.
    pub fn begin(&mut self) -> Vec<Effect> {
        self.list_datasets();
        self.request(Effect::ListDevices);
        self.list_runs();
        self.screen.entered(self);
        std::mem::take(&mut self.effects)
    }

    /// Whether something has changed since the last call.
    pub const fn take_redraw(&mut self) -> bool {
        let redraw = self.redraw;
        self.redraw = false;
        redraw
    }

    /// What must end before a training, a study or timed steps begin, in one sentence.
    pub fn busy(&self) -> Option<&'static str> {
        if self.is_training() {
            Some("a training is running: stop it first, on screen 3")
        } else if self.is_studying() {
            Some("a study is running: stop it first, on screen 5")
        } else if self.timings.now.is_some() {
            Some("steps are being timed: wait, or press Esc on screen 2")
        } else {
            None
        }
    }

    /// Whether a training of this app runs, waits or stops.
    pub fn is_training(&self) -> bool {
        self.is_live() && !self.is_following()
    }

    /// Whether a training that is shown runs, waits or stops: this app's, or another process's.
    pub fn is_live(&self) -> bool {
        self.live.as_ref().is_some_and(|live| !live.phase.is_over())
    }

    /// Whether the run that is shown is trained by another process.
    pub fn is_following(&self) -> bool {
        self.live
            .as_ref()
            .is_some_and(|live| live.followed.is_some())
    }

    /// Whether the program ends as soon as the training has stopped.
    pub const fn is_quitting(&self) -> bool {
        self.quitting
    }

    /// The device of the settings; `auto` resolved.
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

    /// Applies a message and returns the effects that it requests.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        self.redraw |= !matches!(message, Message::Tick(_));
        self.apply(message);
        self.plan_by_time_if_due();
        self.measure_changes_if_due();
        self.price_if_due();
        self.list_studies_if_due();
        self.look_at_jobs_if_due();
        self.read_grid_if_due();
        std::mem::take(&mut self.effects)
    }

    fn apply(&mut self, message: Message) {
        match message {
            Message::Tick(now) => self.tick(now),
            Message::Key(key) => {
                self.pointer = Pointer::default();
                self.key(key);
            }
            Message::Mouse(mouse, column, row) => self.mouse(mouse, column, row),
            Message::Paste(text) => self.paste(&text),
            Message::Resize(columns, rows) => self.size = (columns, rows),
            Message::Terminate => self.stop_and_quit(),
            Message::DatasetsListed(entries) => self.datasets_listed(entries),
            Message::FolderAdded(folder) => self.folder_added(folder),
            Message::FolderListed { typed, found } => self.folder_listed(&typed, found),
            Message::TaskProgress { source, progress } => self.task_progress(&source, progress),
            Message::Fetched { source, sentence } => self.fetched(&source, sentence),
            Message::FetchFailed { source, sentence } => self.fetch_failed(&source, &sentence),
            Message::Verified {
                source,
                sound,
                sentence,
            } => self.verified(&source, sound, sentence),
            Message::MeasureProgress { job, done, of } => self.measure_progress(job, done, of),
            Message::Measured { job, found } => self.measured(job, found),
            Message::Priced { job, found } => self.priced(job, found),
            Message::PlannedByTime { job, found } => self.planned_by_time(job, found),
            Message::Replanned { width_factor, plan } => self.replanned(width_factor, *plan),
            Message::MeasureFailed { job, sentence } => self.measure_failed(job, sentence),
            Message::LoadProgress { job, stage } => self.load_progress(job, stage),
            Message::Analysed { job, loaded } => self.analysed(job, loaded),
            Message::LoadFailed { job, sentence } => self.load_failed(job, &sentence),
            Message::ChangesMeasured { job, found } => self.changes_measured(job, found),
            Message::DevicesListed(mut devices) => {
                // Devices that can be used come first.
                devices.sort_by_key(|device| !device.usable);
                self.devices = devices;
            }
            Message::RunsListed(listings, problems) => {
                self.runs_listed(listings, problems);
                self.mark_opened_run();
            }
            Message::RunsChanged(listings) => self.runs_changed(listings),
            Message::StudiesListed(found) => self.studies_listed(found),
            Message::GridRead(folder, found) => self.grid_read(&folder, found),
            Message::JobsSeen(folder, found) => self.jobs_seen(folder, found),
            Message::JobsActed(path, done) => self.jobs_acted(&path, done),
            Message::RunsAsked(path, asked) => self.runs_asked(&path, asked),
            Message::Study(update) => self.study_update(*update),
            Message::RunsFailed(sentence) => {
                self.note(Tone::Bad, &sentence);
                self.runs.failed(sentence);
            }
            Message::RunLoaded(data) => self.runs.loaded(data),
            Message::RunFailed { path, sentence } => {
                self.note(Tone::Bad, &sentence);
                self.runs.load_failed(&path, sentence);
            }
            Message::Runs(message) => self.runs_message(*message),
            Message::Started(directory) => self.started(directory),
            Message::StartFailed(sentence) => self.start_failed(&sentence),
            Message::Update(update) => self.training_update(update),
            Message::News(news) => self.news(*news),
            Message::Load(load) => {
                if let Some(live) = &mut self.live {
                    live.loaded(load);
                }
            }
            Message::Exported { out, files } => self.say(
                Tone::Good,
                format!(
                    "wrote {} to {}",
                    number_of(files, "file", "files"),
                    out.display()
                ),
            ),
            Message::Failed(sentence) => self.say(Tone::Bad, sentence),
        }
    }

    /// Goes to a screen.
    pub(super) fn show(&mut self, screen: &'static dyn Screen) {
        if self.screen.name() != screen.name() {
            self.charts.enlarged = false;
            self.back_to_chosen();
        }
        self.screen = screen;
        screen.entered(self);
    }

    /// Adds an effect to those of the present message.
    pub(super) fn request(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn list_runs(&mut self) {
        let opened = self.studies.opened.as_ref().map(|(folder, _)| folder);
        let folder = opened.unwrap_or(&self.settings.out).clone();
        self.request(Effect::ListRuns(folder));
    }

    fn tick(&mut self, now: Timestamp) {
        let seconds_passed = now.as_second() != self.now.as_second();
        self.now = now;
        if (self.is_live() || self.is_studying()) && seconds_passed {
            self.redraw = true;
        }
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
            self.redraw = true;
        }
        self.load_if_due();
    }

    /// Shows a message for some seconds, in the app's own words, and keeps it in the log.
    pub(super) fn say(&mut self, tone: Tone, sentence: impl Into<String>) {
        let sentence = in_app(&sentence.into());
        self.note(tone, &sentence);
        self.show_toast(tone, sentence);
    }

    /// Shows a message for some seconds.
    pub(super) fn show_toast(&mut self, tone: Tone, sentence: impl Into<String>) {
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

    /// Copies a text and says so; with `plain` the text itself is printed instead.
    pub(super) fn copy_text(&mut self, text: String, what: &str) {
        if !self.settings.host.plain {
            self.show_toast(Tone::Good, format!("copied {what}"));
        }
        self.request(Effect::Copy(text));
    }

    /// Gives the mouse to the terminal, which can then select text, or takes it back.
    pub(super) fn toggle_mouse(&mut self) {
        self.takes_mouse = !self.takes_mouse;
        self.request(Effect::TakeMouse(self.takes_mouse));
        let sentence = if self.takes_mouse {
            "the app takes clicks again"
        } else {
            "the terminal has the mouse now: M takes it back"
        };
        self.say(Tone::Good, sentence);
    }

    pub(super) fn load_options(&self) -> LoadOptions {
        load_options(&self.settings)
    }
}

#[cfg(test)]
mod any_input;
#[cfg(test)]
mod tests;
