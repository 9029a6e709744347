//! Taking the terminal and giving it back; nothing here panics where the terminal is closed.

use std::io::{self, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{Builder, ThreadId, current};
use std::time::Duration;

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::{background, notify};
use crate::signals::is_in_background;
use crate::training::device::keep_last_words;

/// Longest wait for a terminal that takes no text before the program ends.
const LIMIT: Duration = Duration::from_millis(500);

/// Whether the terminal is in the app's modes.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal while the app has it. Dropping it gives the terminal back, after an error and a panic too.
pub(super) struct TerminalGuard {
    /// Never dropped: ratatui would write to the terminal once more, and panic where it cannot.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    _modes: Modes,
}

/// Leaves the app's modes when it is dropped.
struct Modes;

impl Drop for Modes {
    fn drop(&mut self) {
        leave();
    }
}

impl TerminalGuard {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        let modes = Modes;
        enter()?;
        Ok(Self {
            terminal: ManuallyDrop::new(Terminal::new(CrosstermBackend::new(stdout()))?),
            _modes: modes,
        })
    }
}

impl Deref for TerminalGuard {
    type Target = Terminal<CrosstermBackend<Stdout>>;

    fn deref(&self) -> &Self::Target {
        &self.terminal
    }
}

impl DerefMut for TerminalGuard {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.terminal
    }
}

/// Puts the terminal into the app's modes, whatever modes it is in.
pub(super) fn enter() -> io::Result<()> {
    // Without this, crossterm takes the terminal for raw where a shell has set its modes meanwhile.
    let _ = disable_raw_mode();
    ENTERED.store(true, Ordering::Relaxed);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen)?;
    take_mouse(TAKES_MOUSE.load(Ordering::Relaxed));
    // Terminals that cannot paste in brackets paste as if it were typed.
    let _ = execute!(stdout(), EnableBracketedPaste);
    Ok(())
}

/// Whether the terminal is to report the mouse.
static TAKES_MOUSE: AtomicBool = AtomicBool::new(true);

/// Has the terminal report the mouse, or keep it for itself; terminals without one do nothing.
pub(super) fn take_mouse(takes: bool) {
    TAKES_MOUSE.store(takes, Ordering::Relaxed);
    if !ENTERED.load(Ordering::Relaxed) {
        return;
    }
    let _ = if takes {
        execute!(stdout(), EnableMouseCapture)
    } else {
        execute!(stdout(), DisableMouseCapture)
    };
}

/// Gives the terminal back, once; not while another job has it, since setting its modes would stop this process.
pub(super) fn leave() {
    if is_in_background() || !ENTERED.swap(false, Ordering::Relaxed) {
        return;
    }
    put(&notify::undo());
    background::discard_late_answer();
    let modes = disable_raw_mode();
    let screen = execute!(
        stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    if let Err(error) = modes.and(screen) {
        tracing::debug!(%error, "the terminal could not be given back");
    }
}

/// Writes escape sequences that change nothing on the screen; nothing where the terminal is closed.
pub(super) fn put(sequences: &str) {
    if !sequences.is_empty() {
        let mut out = stdout();
        let _ = out
            .write_all(sequences.as_bytes())
            .and_then(|()| out.flush());
    }
}

/// As [`leave`], from another thread than the one that draws, which may hold standard output for ever: the modes at
/// once, the screen where that can be written within half a second.
pub(super) fn leave_in_time() {
    if is_in_background() {
        return;
    }
    let _ = disable_raw_mode();
    let (done, left) = mpsc::channel();
    let leaving = move || {
        leave();
        let _ = done.send(());
    };
    if Builder::new().spawn(leaving).is_ok() {
        let _ = left.recv_timeout(LIMIT);
    }
}

/// Makes a panic of the thread `ui` give the terminal back before it is printed; a panic of any other
/// thread goes to the log alone, since it is caught there and shown as a sentence.
pub(super) fn leave_on_panic(ui: ThreadId) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if current().id() == ui {
            leave();
            before(panic);
        } else {
            keep_last_words(panic);
            tracing::error!("{panic}");
        }
    }));
}
