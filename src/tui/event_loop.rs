//! Reads keys, carries out effects, draws when something has changed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;
use ratatui::backend::Backend;
use ratatui::{Frame, Terminal};

use super::AppError;
use super::app::{App, Effect, Message, Tone};
use super::farewell::farewell;
use super::input::Source;
use super::jobs::Jobs;
use super::notify::Notifier;
use super::pictures::Pictures;
use super::screens;
use super::screens::train::goes_on;
use super::terminal;
use super::theme::Theme;
use super::worker::{LoadWatch, Report, RunsWatch, Tasks, carry_out};
use crate::messages;
use crate::run::{Follower, Session};

/// Longest wait for a key, so the longest delay of a report.
const WAIT: Duration = Duration::from_millis(20);
/// Least time between two frames, but for those after a key.
const FRAME: Duration = Duration::from_millis(33);
/// Time between two ticks.
const TICK: Duration = Duration::from_millis(100);
/// Most updates of a training that are taken in before keys are read again.
const BURST: usize = 2000;

/// How the app ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By a key.
    Quit,
    /// By a signal: a script expects exit code 130.
    Signalled,
}

/// The app with its terminal, threads and training.
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub(super) struct EventLoop<S> {
    pub(super) app: App,
    theme: Theme,
    pictures: Pictures,
    source: S,
    sender: Sender<Report>,
    reports: Receiver<Report>,
    session: Option<Box<Session>>,
    follower: Option<Box<Follower>>,
    runs: Option<RunsWatch>,
    notifier: Notifier,
    watch: Option<LoadWatch>,
    tasks: Tasks,
    pub(super) quit: bool,
    /// Whether to stop and leave the terminal to the shell.
    suspend: bool,
    /// Whether the terminal is closed: nothing is drawn and no key is read.
    gone: bool,
    /// Whether lines are typed and sentences printed: no sequences go to the terminal.
    pub(super) is_plain: bool,
    /// Where the state of the session is kept.
    pub(super) state: Option<PathBuf>,
}

impl<S: Source> EventLoop<S> {
    pub(super) fn new(
        app: App,
        theme: Theme,
        pictures: Pictures,
        source: S,
        notifier: Notifier,
    ) -> Self {
        let (sender, reports) = crossbeam_channel::unbounded();
        Self {
            app,
            theme,
            pictures,
            source,
            sender,
            reports,
            session: None,
            follower: None,
            runs: None,
            notifier,
            watch: None,
            tasks: Tasks::default(),
            quit: false,
            suspend: false,
            gone: false,
            is_plain: false,
            state: None,
        }
    }

    pub(super) fn run<B>(
        &mut self,
        terminal: &mut Terminal<B>,
        jobs: &Jobs,
    ) -> Result<Ending, AppError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        let size = terminal.size().map_err(io::Error::other)?;
        self.tell(Message::Resize(size.width, size.height))?;
        let begin = self.app.begin();
        self.carry_out_all(begin)?;
        let mut ending = Ending::Quit;
        let mut drawn: Option<Instant> = None;
        let mut ticked = Instant::now();
        let mut asked = true;
        while !self.quit {
            let due = asked || drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
            if due && !self.gone && self.app.take_redraw() {
                let draw = |frame: &mut Frame<'_>| {
                    screens::render(frame, &self.app, self.theme, &self.pictures);
                };
                self.gone = terminal.draw(draw).is_err();
                drawn = Some(Instant::now());
            }
            asked = self.take_keys()?;
            self.notify()?;
            if self.gone {
                jobs.end();
            }
            if jobs.is_to_end() && ending != Ending::Signalled {
                ending = Ending::Signalled;
                self.tell(Message::Terminate)?;
            }
            if jobs.take_stop() | std::mem::take(&mut self.suspend)
                && let Err(sentence) = jobs.stop()
            {
                self.app.say(Tone::Bad, sentence);
                asked = true;
            }
            if jobs.take_resumed() && !self.gone {
                // `Terminal::clear` asks the terminal for its cursor, whose answer would go to the keyboard's thread.
                let cleared = jobs.resume() && terminal.backend_mut().clear().is_ok();
                terminal.swap_buffers();
                match terminal.size() {
                    Ok(size) if cleared => self.tell(Message::Resize(size.width, size.height))?,
                    _ => self.gone = true,
                }
                asked = true;
            }
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                self.gone |= jobs.has_lost_terminal();
                self.tell(Message::Tick(Timestamp::now()))?;
            }
        }
        Ok(ending)
    }

    /// Waits a little for keys and takes those in that are there; whether there was one. Of a flood of them only so many
    /// that the screen and signals are not forgotten.
    fn take_keys(&mut self) -> Result<bool, AppError> {
        let begun = Instant::now();
        let mut wait = WAIT;
        while !self.quit && begun.elapsed() < FRAME + WAIT {
            if self.gone {
                std::thread::sleep(wait);
                break;
            }
            match self.source.next(wait) {
                Ok(Some(message)) => self.tell(message)?,
                Ok(None) => break,
                Err(error) => {
                    tracing::info!(%error, "the terminal has gone");
                    self.gone = true;
                }
            }
            wait = Duration::ZERO;
        }
        Ok(wait == Duration::ZERO)
    }

    /// Takes in reports, and tells the user of a training beside the screen.
    pub(super) fn notify(&mut self) -> Result<(), AppError> {
        let was_own = self.session.is_some();
        self.take_reports()?;
        let is_own = was_own || self.session.is_some();
        let live = self.app.live.as_ref();
        let sequences = self.notifier.follow(live, is_own, &self.sender);
        if !self.gone && !self.is_plain {
            terminal::put(&sequences);
        }
        Ok(())
    }

    /// Remembers the state, stops the training where one runs, and says where its run is.
    pub(super) fn leave(self) {
        if let Err(problem) = self.remember() {
            messages::say(&problem);
        }
        let is_training = self.session.is_some() && self.app.is_training();
        if is_training {
            messages::say("stopping the training after its step …");
        }
        drop(self.session);
        drop(self.reports);
        let live = self.app.live.as_ref();
        if let Some((run, pid)) = goes_on(live) {
            messages::say(&format!(
                "process {pid} trains on: `ebcle-tui attach {}` follows it again",
                run.display()
            ));
        } else if let Some(sentence) = farewell(live) {
            messages::say(&sentence);
        }
        self.notifier.leave(live, is_training, &self.sender);
    }

    pub(super) fn take_reports(&mut self) -> Result<(), AppError> {
        while let Ok(report) = self.reports.try_recv() {
            match report {
                Report::Message(message) => self.tell(*message)?,
                // A training that was launched meanwhile is this app's own.
                Report::Follower(follower) => {
                    self.follower = Some(follower).filter(|_| !self.app.is_training());
                }
                Report::Session(session) => {
                    // Much may happen until the session ends.
                    if let Err(problem) = self.remember() {
                        tracing::warn!("{problem}");
                    }
                    let directory = session.directory().to_owned();
                    self.session = Some(session);
                    self.follower = None;
                    self.tell(Message::Started(directory))?;
                    let device = self.app.live.as_ref().map(|live| &live.settings.device);
                    let device = device.cloned().unwrap_or_default();
                    self.watch = Some(LoadWatch::start(device, self.sender.clone())?);
                }
            }
        }
        for _ in 0..BURST {
            let news = self.follower.as_ref().map(|it| it.news().try_recv());
            let Some(Ok(news)) = news else {
                break;
            };
            self.tell(Message::News(Box::new(news)))?;
        }
        for _ in 0..BURST {
            let Some(session) = &self.session else {
                break;
            };
            match session.updates().try_recv() {
                Ok(update) => self.tell(Message::Update(update))?,
                Err(crossbeam_channel::TryRecvError::Empty) => break,
                Err(crossbeam_channel::TryRecvError::Disconnected) => {
                    self.session = None;
                    self.watch = None;
                    if self.app.is_training() {
                        let sentence = "the training thread ended unexpectedly".to_owned();
                        self.tell(Message::Update(crate::run::Update::Failed(sentence)))?;
                    }
                }
            }
            if !self.app.is_training() {
                self.watch = None;
            }
        }
        Ok(())
    }

    /// Writes the state of the session down, where it is kept.
    fn remember(&self) -> Result<(), String> {
        match &self.state {
            Some(file) => self.app.remembered().write(file),
            None => Ok(()),
        }
    }

    pub(super) fn tell(&mut self, message: Message) -> Result<(), AppError> {
        #[cfg(debug_assertions)]
        panic_on_purpose(&message);
        if let Message::Resize(..) = message {
            self.pictures.measure();
        }
        self.notifier.hear(&message);
        let effects = self.app.update(message);
        self.carry_out_all(effects)
    }

    pub(super) fn carry_out_all(&mut self, effects: Vec<Effect>) -> Result<(), AppError> {
        for effect in effects {
            match effect {
                Effect::Quit => self.quit = true,
                Effect::Suspend => self.suspend = true,
                Effect::TakeMouse(takes) => terminal::take_mouse(takes),
                Effect::Copy(text) if self.is_plain => {
                    messages::print(&text).map_err(io::Error::other)?;
                }
                Effect::Copy(text) => self.gone |= super::clipboard::copy(&text).is_err(),
                Effect::Control(control) => {
                    if let Some(follower) = &self.follower {
                        follower.control(control);
                    } else if let Some(session) = &self.session {
                        session.control(control);
                    }
                }
                Effect::Unfollow => self.follower = None,
                Effect::ListRuns(out) => match &self.runs {
                    Some(runs) if runs.is_of(&out) => runs.look(),
                    _ => {
                        let cache = self.app.settings.host.cache.as_deref();
                        let cache = cache
                            .and_then(Path::parent)
                            .map(|cache| cache.join("listings"));
                        let sender = self.sender.clone();
                        self.runs = Some(RunsWatch::start(&out, cache.as_deref(), sender)?);
                    }
                },
                effect => carry_out(effect, &mut self.tasks, &self.sender)?,
            }
        }
        Ok(())
    }
}

/// Panics at a paste of what `TEST_EBCLE_PANIC` holds; only in builds with assertions, for a test of the whole program.
#[cfg(debug_assertions)]
fn panic_on_purpose(message: &Message) {
    if let Message::Paste(text) = message {
        let wanted = std::env::var("TEST_EBCLE_PANIC");
        assert!(wanted.ok().as_ref() != Some(text), "{text}");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::VecDeque;

    use ratatui::backend::TestBackend;

    use super::*;
    use crate::tui::fixtures;
    use crate::tui::keys::Key;
    use crate::tui::theme::Colours;

    struct Script(VecDeque<Message>);

    impl Source for Script {
        fn next(&mut self, _: Duration) -> io::Result<Option<Message>> {
            Ok(self.0.pop_front())
        }
    }

    #[test]
    fn keys_are_answered_and_q_leaves() {
        let script = [Key::Char('4'), Key::Char('?'), Key::Esc, Key::Char('q')];
        let source = Script(script.into_iter().map(Message::Key).collect());
        let mut event_loop = EventLoop::new(
            fixtures::fresh(80, 24),
            Theme::new(Colours::None),
            Pictures::half_blocks(),
            source,
            Notifier::new(&crate::run::Host::default(), &|_| None),
        );
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let jobs = Jobs::listen().unwrap();
        let ending = event_loop
            .run(&mut terminal, &jobs)
            .map_err(|error| error.to_string());
        assert_eq!(ending, Ok(Ending::Quit));
        assert_eq!(event_loop.app.screen.name(), "Runs");
    }
}
