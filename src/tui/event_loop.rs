//! Reads keys, carries out effects, draws when something has changed.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::backend::Backend;
use ratatui::{Frame, Terminal};

use super::AppError;
use super::app::{App, Effect, Message, Start, Tone};
use super::background::{self, Answers};
use super::farewell::farewell;
use super::jobs::{Jobs, KeyboardLock};
use super::keys::Key;
use super::notify::Notifier;
use super::pictures::Pictures;
use super::screens;
use super::terminal::{self, TerminalGuard};
use super::theme::{Theme, choose};
use super::worker::{LoadWatch, Report, Tasks, carry_out};
use crate::messages;
use crate::run::{Session, Settings};

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

/// Runs the app in the terminal until it is left; its screens begin with `settings`.
///
/// A training that runs is stopped first: all its finished epochs have their checkpoints.
///
/// # Errors
/// [`AppError`] where the terminal cannot be used or a thread cannot be started.
pub fn run(settings: &Settings) -> Result<Ending, AppError> {
    let jobs = Jobs::listen()?;
    let variable = |name: &str| std::env::var(name).ok();
    let chosen = choose(&settings.host, &variable, &mut background::ask);
    let chosen = chosen.map_err(AppError::Theme)?;
    // It would leave them out for `NO_COLOR` also where the user names a theme.
    crossterm::style::force_color_output(chosen.theme.has_colours());
    let mut app = App::new(Start {
        settings: settings.clone(),
        home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        now: Timestamp::now(),
        zone: TimeZone::system(),
    });
    if let Some(warning) = chosen.warning {
        app.say(Tone::Bad, warning);
    }
    terminal::leave_on_panic(std::thread::current().id());
    let mut terminal = TerminalGuard::take()?;
    let keyboard = Keyboard::start(jobs.keyboard())?;
    let pictures = Pictures::detect(settings.host.images);
    let notifier = Notifier::new(&settings.host, &variable);
    let mut event_loop = EventLoop::new(app, chosen.theme, pictures, keyboard, notifier);
    let ending = event_loop.run(&mut terminal, &jobs);
    drop(terminal);
    event_loop.leave();
    ending
}

/// Where messages of the user come from.
trait Source {
    /// The next message, waiting for it at most `wait`.
    fn next(&mut self, wait: Duration) -> io::Result<Option<Message>>;
}

/// The terminal, read by its own thread: a read may never return where the terminal is closed.
struct Keyboard {
    messages: Receiver<io::Result<Message>>,
}

impl Keyboard {
    fn start(lock: Arc<KeyboardLock>) -> Result<Self, AppError> {
        let (sender, messages) = crossbeam_channel::unbounded();
        std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                let mut answers = Answers::new();
                loop {
                    let reading = lock.wait();
                    let event = match event::poll(TICK) {
                        Ok(true) => event::read().map(|event| {
                            let is_key = !answers.takes(&event);
                            is_key.then(|| message_of(event)).flatten()
                        }),
                        Ok(false) => Ok(None),
                        Err(error) => Err(error),
                    };
                    drop(reading);
                    let over = event.is_err();
                    let message = event.transpose();
                    if message.is_some_and(|message| sender.send(message).is_err()) || over {
                        break;
                    }
                }
            })
            .map_err(AppError::Thread)?;
        Ok(Self { messages })
    }
}

impl Source for Keyboard {
    fn next(&mut self, wait: Duration) -> io::Result<Option<Message>> {
        match self.messages.recv_timeout(wait) {
            Ok(message) => message.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A terminal event as a message, if it is one.
fn message_of(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => translate(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        _ => None,
    }
}

/// A key of the terminal as a key of the app.
fn translate(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    Some(match event.code {
        KeyCode::Char(character) if event.modifiers.contains(KeyModifiers::CONTROL) => {
            Key::Ctrl(character.to_ascii_lowercase())
        }
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    })
}

/// The app with its terminal, threads and training.
struct EventLoop<S> {
    app: App,
    theme: Theme,
    pictures: Pictures,
    source: S,
    sender: Sender<Report>,
    reports: Receiver<Report>,
    session: Option<Box<Session>>,
    notifier: Notifier,
    watch: Option<LoadWatch>,
    tasks: Tasks,
    quit: bool,
    /// Whether to stop and leave the terminal to the shell.
    suspend: bool,
    /// Whether the terminal is closed: nothing is drawn and no key is read.
    gone: bool,
}

impl<S: Source> EventLoop<S> {
    fn new(app: App, theme: Theme, pictures: Pictures, source: S, notifier: Notifier) -> Self {
        let (sender, reports) = crossbeam_channel::unbounded();
        Self {
            app,
            theme,
            pictures,
            source,
            sender,
            reports,
            session: None,
            notifier,
            watch: None,
            tasks: Tasks::default(),
            quit: false,
            suspend: false,
            gone: false,
        }
    }

    fn run<B>(&mut self, terminal: &mut Terminal<B>, jobs: &Jobs) -> Result<Ending, AppError>
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
    fn notify(&mut self) -> Result<(), AppError> {
        let was_own = self.session.is_some();
        self.take_reports()?;
        let is_own = was_own || self.session.is_some();
        let live = self.app.live.as_ref();
        let sequences = self.notifier.follow(live, is_own, &self.sender);
        if !self.gone {
            terminal::put(&sequences);
        }
        Ok(())
    }

    /// Stops the training where one runs, and says where its run is.
    fn leave(self) {
        let is_training = self.session.is_some() && self.app.is_training();
        if is_training {
            messages::say("stopping the training after its step …");
        }
        drop(self.session);
        drop(self.reports);
        let live = self.app.live.as_ref();
        if let Some(sentence) = farewell(live) {
            messages::say(&sentence);
        }
        self.notifier.leave(live, is_training, &self.sender);
    }

    fn take_reports(&mut self) -> Result<(), AppError> {
        while let Ok(report) = self.reports.try_recv() {
            match report {
                Report::Message(message) => self.tell(*message)?,
                Report::Session(session) => {
                    let directory = session.directory().to_owned();
                    self.session = Some(session);
                    self.tell(Message::Started(directory))?;
                    let device = self.app.live.as_ref().map(|live| &live.settings.device);
                    let device = device.cloned().unwrap_or_default();
                    self.watch = Some(LoadWatch::start(device, self.sender.clone())?);
                }
            }
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

    fn tell(&mut self, message: Message) -> Result<(), AppError> {
        if let Message::Resize(..) = message {
            self.pictures.measure();
        }
        self.notifier.hear(&message);
        let effects = self.app.update(message);
        self.carry_out_all(effects)
    }

    fn carry_out_all(&mut self, effects: Vec<Effect>) -> Result<(), AppError> {
        for effect in effects {
            match effect {
                Effect::Quit => self.quit = true,
                Effect::Suspend => self.suspend = true,
                Effect::Control(control) => {
                    if let Some(session) = &self.session {
                        session.control(control);
                    }
                }
                effect => carry_out(effect, &mut self.tasks, &self.sender)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::VecDeque;

    use ratatui::backend::TestBackend;

    use super::*;
    use crate::tui::fixtures;
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

    #[test]
    fn releases_are_no_keys_and_ctrl_ignores_case() {
        let mut key = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL);
        assert_eq!(translate(key), Some(Key::Ctrl('c')));
        key.kind = KeyEventKind::Release;
        assert_eq!(translate(key), None);
    }
}
