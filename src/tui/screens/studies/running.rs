//! A study that runs: what it says, and its present run.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Priced;
use crate::network::Plan;
use crate::run::{Phase as Reading, Settings, Update};
use crate::study::Worker;
use crate::training::Event;
use crate::tui::app::Tone;
use crate::tui::format;
use crate::tui::screens::train::Live;

/// Most lines that are kept of what a study says.
const MAX_LINES: usize = 400;

/// What the thread of a study, or of its price, reports.
#[derive(Clone, Debug, PartialEq)]
pub enum StudyUpdate {
    /// A line on what is done.
    Said(String),
    /// A line on what failed.
    Warned(String),
    /// What takes time now; none once it is done.
    Doing(Option<Doing>),
    /// A part begins, or ends, in which nothing is written.
    Interruptible(bool),
    /// The run of this number of so many is next.
    Cell(usize, usize),
    /// What its workers do; empty once they are done.
    Workers(Vec<Worker>),
    /// Its price in seconds, as it was planned.
    Planned(f64),
    /// A run is trained.
    RunStarted {
        path: PathBuf,
        settings: Box<Settings>,
        plan: Box<Plan>,
    },
    /// Of the present run.
    Run(Update),
    /// What a study costs.
    Priced(Box<Priced>),
    /// It is finished and its report is written.
    Finished { folder: PathBuf, finding: String },
    /// The user stopped it, or its price.
    Stopped,
    /// It cannot go on; one sentence.
    Failed(String),
}

impl StudyUpdate {
    /// What it says to the user, with its tone.
    pub fn message(&self) -> Option<(Tone, &str)> {
        match self {
            Self::Said(line) => Some((Tone::Good, line.trim())),
            Self::Warned(line) | Self::Failed(line) => Some((Tone::Bad, line.trim())),
            Self::Run(Update::Event(Event::Warning { message })) => Some((Tone::Bad, message)),
            _ => None,
        }
    }
}

/// What takes time besides training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doing {
    /// Images are read.
    Reading(Reading),
    /// Steps are timed or tried: so many of at most so many.
    Timing(usize, usize),
}

impl Doing {
    /// What it is, with how far it is: `reading: 1,000 of 60,000 images`.
    pub fn in_words(self) -> String {
        let (what, done, of, unit) = match self {
            Self::Timing(done, of) => ("trying", done, of, "steps"),
            Self::Reading(phase) => match (phase, phase.counted()) {
                (_, Some(counted)) => return counted,
                (Reading::Profiling(done, of), _) => ("profiling", done, of, "images"),
                (Reading::Loading(done, of), _) => ("reading", done, of, "images"),
                (Reading::Finding { .. } | Reading::Scanning(_), None) => return String::new(),
            },
        };
        let [done, of] = [done, of].map(|count| format::count(count as u64));
        format!("{what}: {done} of {of} {unit}")
    }
}

/// A study that runs, or failed.
#[derive(Clone, Debug)]
pub struct Running {
    /// Name of its folder.
    pub name: String,
    pub started: Timestamp,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// Since when it is paused.
    paused: Option<Timestamp>,
    /// Seconds of the pauses before.
    paused_for: f64,
    /// Why it failed.
    pub failure: Option<String>,
    /// What it said, the last line last, with whether it is a warning.
    pub said: Vec<(String, bool)>,
    pub doing: Option<Doing>,
    /// Whether nothing is written now, so that the process may end at once.
    pub interruptible: bool,
    /// Number of the present run, of how many.
    pub cell: Option<(usize, usize)>,
    /// What its workers do; empty where this process trains.
    pub workers: Vec<Worker>,
    /// The present run, or the last one.
    pub live: Option<Box<Live>>,
    /// Seconds that it was priced at.
    pub price: Option<f64>,
}

impl Running {
    pub fn new(name: String, price: Option<f64>, now: Timestamp) -> Self {
        Self {
            name,
            started: now,
            stopping: false,
            paused: None,
            paused_for: 0.0,
            failure: None,
            said: Vec::new(),
            doing: None,
            interruptible: true,
            cell: None,
            workers: Vec::new(),
            live: None,
            price,
        }
    }

    /// Whether it has ended.
    pub const fn is_over(&self) -> bool {
        self.failure.is_some()
    }

    /// Takes in an update that does not end it.
    pub fn apply(&mut self, update: StudyUpdate, now: Timestamp) {
        match update {
            StudyUpdate::Said(line) => self.say(&line, false),
            StudyUpdate::Warned(line) => self.say(&line, true),
            StudyUpdate::Doing(doing) => self.doing = doing,
            StudyUpdate::Interruptible(begins) => self.interruptible = begins,
            StudyUpdate::Cell(number, of) => self.cell = Some((number, of)),
            StudyUpdate::Workers(workers) => self.workers = workers,
            StudyUpdate::Planned(seconds) => self.price = Some(seconds),
            StudyUpdate::RunStarted {
                path,
                settings,
                plan,
            } => {
                let mut live = Live::new(*settings, *plan, now);
                live.directory = Some(path);
                self.live = Some(Box::new(live));
                self.doing = None;
            }
            StudyUpdate::Run(update) => {
                if let Some(live) = &mut self.live {
                    live.apply(update, now);
                }
            }
            StudyUpdate::Failed(sentence) => self.failure = Some(sentence),
            StudyUpdate::Priced(_) | StudyUpdate::Finished { .. } | StudyUpdate::Stopped => {}
        }
    }

    fn say(&mut self, line: &str, warns: bool) {
        let lines = line.trim().lines();
        self.said.extend(lines.map(|line| (line.to_owned(), warns)));
        let more = self.said.len().saturating_sub(MAX_LINES);
        self.said.drain(..more);
    }

    /// How much of its runs is done, a fraction; none before the first.
    pub fn share_done(&self) -> Option<f64> {
        let (number, of) = self.cell?;
        if !self.workers.is_empty() {
            let busy = || self.workers.iter().filter(|worker| worker.cell.is_some());
            let begun: f64 = busy().filter_map(Worker::share_done).sum();
            let done = number.saturating_sub(busy().count()) as f64;
            return Some(((done + begun) / of.max(1) as f64).min(1.0));
        }
        let here = match &self.live {
            Some(live) if !live.phase.is_over() => live.share_done(),
            _ => 0.0,
        };
        Some((number.saturating_sub(1) as f64 + here) / of.max(1) as f64)
    }

    /// Whether its user paused it.
    pub const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Begins or ends a pause.
    pub(super) fn pause(&mut self, begins: bool, now: Timestamp) {
        self.paused_for += self.present_pause(now);
        self.paused = begins.then_some(now);
    }

    fn present_pause(&self, now: Timestamp) -> f64 {
        let since = self.paused.map(|paused| (now - paused).as_secs_f64());
        since.unwrap_or(0.0)
    }

    /// Seconds since the start, without pauses.
    pub fn elapsed(&self, now: Timestamp) -> f64 {
        let paused = self.paused_for + self.present_pause(now);
        ((now - self.started).as_secs_f64() - paused).max(0.0)
    }

    /// Seconds of its price that are left; none without a price, negative once it took longer.
    pub fn seconds_left(&self, now: Timestamp) -> Option<f64> {
        Some(self.price? - self.elapsed(now))
    }
}
