//! Follows a run that another process trains, from its folder alone: also over shared file systems.

mod parts;
mod replay;
mod tail;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use jiff::Timestamp;

use self::parts::Parts;
use self::replay::Replay;
pub(super) use self::replay::{Said, is_kept, parsed};
use self::tail::Tail;
use super::activity::{Activity, FolderClock};
use super::control;
use super::layout::{EVENTS, METRICS};
use super::{Error, RunDirectory, RunStatus, Settings, Update, read_metrics};
use crate::format::number_of;
use crate::network::Plan;
use crate::training::{Control, Event, TrainingError};

/// Time between two looks at the events.
const LOOK: Duration = Duration::from_millis(400);
/// Time between two looks at lock and heartbeat.
const PULSE: Duration = Duration::from_secs(1);
/// Longest wait for a control to be taken, which a living process does every second.
const TAKEN: Duration = Duration::from_secs(20);

/// An update with its time, by the clock of the process that trains.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When it was told.
    pub time: Timestamp,
    /// As its own process receives it.
    pub update: Update,
}

/// A training up to now, as a follower finds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// The run's folder.
    pub path: PathBuf,
    /// Its settings.
    pub settings: Settings,
    /// Its pair.
    pub plan: Plan,
    /// When it was begun, or resumed last.
    pub time: Timestamp,
    /// What was told so far.
    pub told: Vec<Told>,
    /// Who trains it.
    pub activity: Activity,
    /// Whether its seeds are spread over several processes, whose events come in any order.
    pub spread: bool,
}

/// What a follower has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The first: the training up to now. Again where it was resumed, or its events had to be read anew.
    Begun(Box<Begun>),
    /// Something happened.
    Told(Box<Told>),
    /// Who trains it, and whether that lives.
    Activity(Activity),
    /// Something the user should know, one sentence.
    Notice(String),
}

/// Follows a run. Dropping it leaves the training as it is.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    controls: Sender<Control>,
    news: Receiver<News>,
}

impl Follower {
    /// Follows the run at `path` from its beginning.
    ///
    /// # Errors
    /// [`Error::NotARun`], or whatever reading its settings and plan says.
    pub fn start(path: &Path) -> Result<Self, Error> {
        let directory = RunDirectory::open(path)?;
        let settings = directory.manifest()?.settings;
        let plan = directory.plan()?;
        let (sender, news) = unbounded();
        let (controls, asked) = unbounded();
        let mut watcher = Watcher::new(directory, settings, plan, sender);
        std::thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || watcher.watch(&asked))
            .map_err(|error| TrainingError::Died(format!("no thread could be started: {error}")))?;
        Ok(Self {
            path: path.to_owned(),
            controls,
            news,
        })
    }

    /// The run's folder.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.path
    }

    /// What there is to say; never ends before the follower is dropped.
    #[must_use]
    pub const fn news(&self) -> &Receiver<News> {
        &self.news
    }

    /// Asks the process that trains for this, through the run's folder.
    pub fn control(&self, control: Control) {
        if self.controls.send(control).is_err() {
            tracing::debug!(?control, "nobody follows any more");
        }
    }
}

struct Watcher {
    directory: RunDirectory,
    settings: Settings,
    plan: Plan,
    news: Sender<News>,
    tail: Tail,
    parts: Parts,
    clock: FolderClock,
    activity: Option<Activity>,
    looked: Option<Instant>,
    /// Whether the training was told of.
    begun: bool,
    /// The last event of the training, while its end is not told.
    last: Option<(Timestamp, Event)>,
    /// Whether the end of the training was told.
    over: bool,
    /// Looks in a row at which nobody held the lock: a file server may show that before the last events.
    alone: u32,
    /// A control that was asked for and not taken yet.
    asked: Option<(PathBuf, Control, Instant)>,
    /// What could not be read, said once.
    problem: Option<String>,
}

/// The follower was dropped.
struct Gone;

impl Watcher {
    fn new(directory: RunDirectory, settings: Settings, plan: Plan, news: Sender<News>) -> Self {
        let path = directory.path().to_owned();
        Self {
            tail: Tail::of(&path.join(EVENTS)),
            parts: Parts::of(&path),
            clock: FolderClock::of(&path),
            directory,
            settings,
            plan,
            news,
            activity: None,
            looked: None,
            begun: false,
            last: None,
            over: false,
            alone: 0,
            asked: None,
            problem: None,
        }
    }

    fn watch(&mut self, asked: &Receiver<Control>) {
        while self.look().is_ok() {
            match asked.recv_timeout(LOOK) {
                Ok(control) => {
                    if self.ask(control).is_err() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn send(&self, news: News) -> Result<(), Gone> {
        self.news.send(news).map_err(|_| Gone)
    }

    fn ask(&mut self, action: Control) -> Result<(), Gone> {
        match control::ask(self.directory.path(), action) {
            Ok(path) => {
                self.asked = Some((path, action, Instant::now()));
                Ok(())
            }
            Err(error) => self.send(News::Notice(error.to_string())),
        }
    }

    /// One look at lock, heartbeat and events. Lock and heartbeat come first: what a process writes before it ends is then
    /// read before its end is told.
    fn look(&mut self) -> Result<(), Gone> {
        let mut pulse = false;
        if self.looked.is_none_or(|at| at.elapsed() >= PULSE) {
            self.looked = Some(Instant::now());
            pulse = true;
            let activity = self.pulse();
            let is_alone = activity == Activity::Stopped;
            self.alone = if is_alone { self.alone + 1 } else { 0 };
            if self.activity.as_ref() != Some(&activity) {
                self.activity = Some(activity.clone());
                self.send(News::Activity(activity))?;
            }
            self.check_asked()?;
            if self.parts.look() {
                self.read_anew();
            }
        }
        self.read()?;
        if pulse || self.last.is_some() {
            self.end()?;
        }
        Ok(())
    }

    fn pulse(&self) -> Activity {
        // Whether it is finished is known by its summary, which is read at the end.
        Activity::of(self.directory.path(), RunStatus::Unfinished, &self.clock)
    }

    fn check_asked(&mut self) -> Result<(), Gone> {
        let Some((path, action, at)) = &self.asked else {
            return Ok(());
        };
        if !path.exists() {
            self.asked = None;
        } else if at.elapsed() > TAKEN {
            let said = format!(
                "nobody took the request to {} within {} s: it is withdrawn",
                action.name(),
                TAKEN.as_secs()
            );
            drop(std::fs::remove_file(path));
            self.asked = None;
            self.send(News::Notice(said))?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Gone> {
        let mut lines = Vec::new();
        let mut again = None;
        loop {
            match self.tail.read() {
                Ok(reading) => {
                    if reading.again.is_some() {
                        lines.clear();
                        again = reading.again;
                    }
                    lines.extend(reading.lines);
                    if !reading.more {
                        self.problem = None;
                        break;
                    }
                }
                Err(error) => {
                    let path = self.directory.path().join(EVENTS);
                    let said = format!("cannot read {}: {error}", path.display());
                    if self.problem.as_ref() != Some(&said) {
                        self.problem = Some(said.clone());
                        self.send(News::Notice(said))?;
                    }
                    break;
                }
            }
        }
        let (said, damaged) = parsed(&lines);
        if !self.parts.is_empty() {
            return self.read_parts(said, damaged);
        }
        let resumed = self.over && said.iter().any(Said::is_start);
        if !self.begun || again.is_some() || resumed {
            self.begin(said)?;
        } else {
            for Said { time, event } in said {
                if event.is_last() {
                    self.last = Some((time, event));
                } else {
                    let update = Update::Event(event);
                    self.send(News::Told(Box::new(Told { time, update })))?;
                }
            }
        }
        if let Some(again) = again {
            self.send(News::Notice(again))?;
        }
        self.tell_damage(damaged)
    }

    fn tell_damage(&self, lines: usize) -> Result<(), Gone> {
        if lines == 0 {
            return Ok(());
        }
        let lines = number_of(lines, "damaged line", "damaged lines");
        self.send(News::Notice(format!("skipped {lines} of {EVENTS}")))
    }

    /// Reads and tells all from the beginning at the next reading.
    fn read_anew(&mut self) {
        self.tail = Tail::of(&self.directory.path().join(EVENTS));
        self.parts.read_anew();
        self.begun = false;
    }

    /// Reads what the parts of the run say, which itself said this; its own end is that of an earlier training.
    fn read_parts(&mut self, main: Vec<Said>, damaged: usize) -> Result<(), Gone> {
        let news = self.parts.read();
        if news.again {
            self.read_anew();
            return Ok(());
        }
        if news.problem != self.problem {
            self.problem.clone_from(&news.problem);
            if let Some(problem) = news.problem {
                self.send(News::Notice(problem))?;
            }
        }
        if self.begun {
            for Said { time, event } in news.said.into_iter().flatten() {
                if !event.is_last() {
                    let update = Update::Event(event);
                    self.send(News::Told(Box::new(Told { time, update })))?;
                }
            }
        } else {
            let rows = read_metrics(&self.directory.path().join(METRICS)).unwrap_or_default();
            let (begun, told) = self.parts.told(main, &rows, news.said);
            self.last = None;
            self.send_begun(begun, told, true)?;
        }
        self.tell_damage(damaged + news.damaged)
    }

    /// Tells of the training up to now, of which these are all events, or those since its last end.
    fn begin(&mut self, said: Vec<Said>) -> Result<(), Gone> {
        let rows = read_metrics(&self.directory.path().join(METRICS)).unwrap_or_default();
        let Replay {
            begun,
            earlier,
            mut told,
            last,
        } = Replay::of(said, &rows);
        if !earlier.is_empty() {
            let time = begun.unwrap_or_else(Timestamp::now);
            let update = Update::EarlierEpochs(earlier);
            told.insert(0, Told { time, update });
        }
        self.last = last;
        self.send_begun(begun, told, false)
    }

    fn send_begun(
        &mut self,
        begun: Option<Timestamp>,
        told: Vec<Told>,
        spread: bool,
    ) -> Result<(), Gone> {
        self.begun = true;
        self.over = false;
        self.send(News::Begun(Box::new(Begun {
            path: self.directory.path().to_owned(),
            settings: self.settings.clone(),
            plan: self.plan.clone(),
            time: begun.unwrap_or_else(Timestamp::now),
            told,
            activity: self.activity.clone().unwrap_or(Activity::Stopped),
            spread,
        })))
    }

    /// Tells of the end, once it is known.
    fn end(&mut self) -> Result<(), Gone> {
        if self.over {
            return Ok(());
        }
        let nobody = match &self.activity {
            Some(killed @ Activity::Killed { .. }) => Some(killed.in_words()),
            Some(Activity::Stopped) if self.alone > 2 => Some(
                "no process trains the run, and the last one did not say how it ended".to_owned(),
            ),
            _ => None,
        };
        let (time, update) = match (&self.last, nobody) {
            (Some((time, Event::Stopped)), _) => (*time, Update::Stopped),
            (Some((time, Event::Failed { message })), _) => {
                (*time, Update::Failed(message.clone()))
            }
            (Some((time, _)), nobody) => match (self.directory.summary(), nobody) {
                (Ok(Some(summary)), _) => (*time, Update::Finished(Box::new(summary))),
                (Ok(None), None) => return Ok(()),
                (Ok(None), Some(_)) => (
                    *time,
                    Update::Failed(
                        "the run is trained, but its summary was not written".to_owned(),
                    ),
                ),
                (Err(error), _) => (*time, Update::Failed(error.to_string())),
            },
            (None, Some(sentence)) => (Timestamp::now(), Update::Failed(sentence)),
            (None, None) => return Ok(()),
        };
        self.over = true;
        self.send(News::Told(Box::new(Told { time, update })))
    }
}

#[cfg(test)]
mod tests;
