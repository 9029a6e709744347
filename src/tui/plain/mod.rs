//! The app without a screen: sentences, numbered choices, one line typed at a time. For screen readers, and terminals whose
//! cursor cannot be moved.

mod words;

use std::fmt::Write as _;
use std::io::{BufRead, Write, stdin};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::AppError;
use super::app::{App, Message, Overlay};
use super::event_loop::{Ending, EventLoop};
use super::input::Source;
use super::jobs::Jobs;
use super::keys::{Binding, Key};
use crate::messages;

/// Longest wait for a line, so the longest delay of a report.
const WAIT: Duration = Duration::from_millis(50);
/// How long a line's effects may take before what they changed is said.
const SETTLE: Duration = Duration::from_millis(400);

/// How long a line waits for images that are being read, and until what the line before it did is said.
const HOLD: Duration = Duration::from_secs(10);

/// Longest silence while images are read.
const READING: Duration = Duration::from_secs(5);

/// Columns and rows that the app is told of: enough for every screen.
const SIZE: (u16, u16) = (120, 36);

/// Lines of standard input; it ends where that ends.
pub(super) fn lines() -> Result<Receiver<String>, AppError> {
    let (sender, lines) = crossbeam_channel::unbounded();
    std::thread::Builder::new()
        .name("lines".to_owned())
        .spawn(move || {
            for line in stdin().lock().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        })
        .map_err(AppError::Thread)?;
    Ok(lines)
}

/// What was said last, so that only what is new is said.
#[derive(Debug, Default)]
struct Said {
    /// Screen or overlay, whose choices were listed.
    place: String,
    state: Vec<String>,
    toast: String,
    at: Option<Instant>,
}

/// Runs the app over `lines` until it is left; while a training runs, its state is said every `pace`.
pub(super) fn run<S: Source>(
    event_loop: &mut EventLoop<S>,
    lines: &Receiver<String>,
    jobs: &Jobs,
    pace: Duration,
) -> Result<Ending, AppError> {
    event_loop.tell(Message::Resize(SIZE.0, SIZE.1))?;
    let begin = event_loop.app.begin();
    event_loop.carry_out_all(begin)?;
    // What goes on is said once it has gone on for a while.
    let mut said = Said {
        at: Some(Instant::now()),
        ..Said::default()
    };
    let mut ending = Ending::Quit;
    let mut changed = Some(Instant::now());
    let mut line_at = Instant::now();
    while !event_loop.quit {
        let is_busy = words::is_busy(&event_loop.app);
        let is_unsaid = is_busy || changed.is_some();
        if is_unsaid && line_at.elapsed() < HOLD {
            std::thread::sleep(WAIT);
        } else {
            match lines.recv_timeout(WAIT) {
                Ok(line) => {
                    answer(event_loop, &line, &mut said)?;
                    line_at = Instant::now();
                    changed = Some(line_at);
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Nobody can answer any more: it ends once all is said, and a training is over.
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(WAIT);
                    let is_said = changed.is_none() && !is_busy;
                    if is_said && !event_loop.app.waits_to_quit() {
                        said.state(&event_loop.app)?;
                        event_loop.quit = true;
                    }
                }
            }
        }
        event_loop.notify()?;
        event_loop.tell(Message::Tick(jiff::Timestamp::now()))?;
        if jobs.is_to_end() && ending != Ending::Signalled {
            ending = Ending::Signalled;
            event_loop.tell(Message::Terminate)?;
        }
        let app = &mut event_loop.app;
        // Nothing else is said while images are read.
        let wait = if words::is_busy(app) {
            pace.min(READING)
        } else {
            pace
        };
        if changed.is_some_and(|at| at.elapsed() >= SETTLE) && !words::is_busy(app) {
            changed = None;
            said.all(app)?;
        } else if said.at.is_none_or(|at| at.elapsed() >= wait) {
            said.state(app)?;
        }
        said.toast(app)?;
    }
    Ok(ending)
}

/// The choices of the present state, in the order of their numbers.
fn choices(app: &App) -> Vec<Choice> {
    let tables = app.keys().into_iter();
    let all = tables.flat_map(|table| {
        let choice = |binding| Choice {
            binding,
            key: app.rebound.keys(table, binding).first().copied(),
        };
        let working = table.bindings.iter().filter(|one| (one.works)(app));
        working.map(choice)
    });
    let needs_a_screen = |choice: &Choice| choice.binding.keys.contains(&Key::Char('M'));
    all.filter(|choice| !needs_a_screen(choice)).collect()
}

/// An action, with a key that runs it.
struct Choice {
    binding: &'static Binding,
    key: Option<Key>,
}

/// Does what a line asks for: a number chooses, a letter is a key, a word the choice that begins with it; any text goes into
/// an open field.
fn answer<S: Source>(
    event_loop: &mut EventLoop<S>,
    line: &str,
    said: &mut Said,
) -> Result<(), AppError> {
    let line = line.trim();
    let app = &mut event_loop.app;
    said.state.clear();
    if words::has_field(app) {
        let key = if line.is_empty() {
            Key::Esc
        } else {
            Key::Enter
        };
        event_loop.tell(Message::Key(Key::Ctrl('u')))?;
        if !line.is_empty() {
            event_loop.tell(Message::Paste(line.to_owned()))?;
        }
        return event_loop.tell(Message::Key(key));
    }
    if line == "?" {
        said.place.clear();
        return Ok(());
    }
    if matches!(app.overlay, Some(Overlay::Start(_))) && line.is_empty() {
        app.overlay = None;
        return Ok(());
    }
    let choices = choices(app);
    let number = line.strip_prefix('#').unwrap_or(line).parse::<usize>();
    let by_number = number.ok().filter(|number| *number >= 1);
    let chosen = by_number.and_then(|number| choices.get(number - 1));
    let key = match (chosen, line.chars().next()) {
        (Some(choice), _) => choice.key,
        (None, Some(letter)) if line.chars().count() == 1 && by_number.is_none() => {
            Some(Key::Char(letter))
        }
        _ => {
            let begun = line.to_lowercase();
            let begins = |choice: &&Choice| {
                let words = choice.binding.description.to_lowercase();
                words.starts_with(&begun)
            };
            let named = choices.iter().filter(|_| !line.is_empty()).find(begins);
            named.and_then(|choice| choice.key)
        }
    };
    match key {
        Some(key) => event_loop.tell(Message::Key(key)),
        None if line.is_empty() => Ok(()),
        None => {
            let text = format!(
                "No choice '{line}': type its number or its first words, or ? for the list.\n"
            );
            messages::put(text.as_bytes()).map_err(std::io::Error::other)?;
            Ok(())
        }
    }
}

impl Said {
    /// Says where the app is, with the choices where they are new, and its state.
    fn all(&mut self, app: &mut App) -> std::io::Result<()> {
        if let Some(lines) = words::log(app) {
            app.overlay = None;
            return self.put(&lines);
        }
        let place = words::place(app);
        let is_new = place != self.place;
        self.place = place;
        let mut text = String::new();
        if is_new {
            let _ = write!(text, "\n{}\n", self.place);
        }
        for line in words::state(app) {
            let _ = writeln!(text, "{line}");
        }
        if let Some(prompt) = words::prompt(app) {
            let _ = writeln!(text, "{prompt}");
        } else if is_new {
            for (choice, number) in choices(app).iter().zip(1..) {
                let _ = writeln!(text, "{number}. {}", choice.binding.description);
            }
            text.push_str("Type a number and press Enter; ? lists the choices again.\n");
        }
        self.state = words::progress(app);
        self.at = Some(Instant::now());
        self.put(&text)
    }

    /// Says what has changed of a training.
    fn state(&mut self, app: &App) -> std::io::Result<()> {
        let state = words::progress(app);
        self.at = Some(Instant::now());
        if state == self.state {
            return Ok(());
        }
        let mut text = state.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        self.state = state;
        self.put(&text)
    }

    /// Says a passing message once.
    fn toast(&mut self, app: &App) -> std::io::Result<()> {
        let toast = app.toast.as_ref();
        let sentence = toast.map_or_else(String::new, |toast| toast.sentence.clone());
        if sentence == self.toast {
            return Ok(());
        }
        self.toast = sentence;
        let text = if self.toast.is_empty() {
            String::new()
        } else {
            format!("{}\n", self.toast)
        };
        self.put(&text)
    }

    #[expect(clippy::unused_self, reason = "what is said belongs to what was said")]
    fn put(&self, text: &str) -> std::io::Result<()> {
        messages::put(text.as_bytes()).map_err(std::io::Error::other)?;
        std::io::stdout().flush()
    }
}
