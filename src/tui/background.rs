//! Asks the terminal for the colour of its background (OSC 11), and keeps its answer from being taken for keys.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use terminal_colorsaurus::{Error, QueryOptions, background_color};

use crate::signals::is_in_background;

/// Longest wait for the answer.
const TIMEOUT: Duration = Duration::from_millis(100);
/// Time after which no answer comes any more.
const LATE: Duration = Duration::from_secs(10);
/// Longest answer, in characters.
const LONGEST: usize = 40;

/// Whether an answer may still come.
static UNANSWERED: AtomicBool = AtomicBool::new(false);

/// The colour of the terminal's background; none where it does not say it in time. Call it before keys are read.
pub(super) fn ask() -> Option<(u8, u8, u8)> {
    if is_in_background() {
        return None;
    }
    let mut options = QueryOptions::default();
    options.timeout = TIMEOUT;
    match background_color(options) {
        Ok(colour) => Some(colour.scale_to_8bit()),
        Err(error) => {
            UNANSWERED.store(matches!(error, Error::Timeout(_)), Ordering::Relaxed);
            tracing::debug!(%error, "the terminal does not say the colour of its background");
            None
        }
    }
}

/// Discards what the terminal has sent and nobody has read, where that may be a late answer: the shell would take it for
/// a command.
pub(super) fn discard_late_answer() {
    #[cfg(unix)]
    if UNANSWERED.load(Ordering::Relaxed) {
        use nix::sys::termios::{FlushArg, tcflush};
        let _ = tcflush(std::io::stdin(), FlushArg::TCIFLUSH);
    }
}

/// Tells a late answer, `ESC ] 11 ; rgb:… BEL`, from keys.
#[derive(Debug)]
pub(super) struct Answers {
    until: Instant,
    /// Characters of an answer so far; none outside one.
    taken: Option<usize>,
}

impl Answers {
    /// Watches from now on.
    pub(super) fn new() -> Self {
        Self {
            until: Instant::now() + LATE,
            taken: None,
        }
    }

    /// Whether an event is a part of an answer rather than a key.
    pub(super) fn takes(&mut self, event: &Event) -> bool {
        let Event::Key(KeyEvent {
            code, modifiers, ..
        }) = event
        else {
            return false;
        };
        if !UNANSWERED.load(Ordering::Relaxed) {
            return false;
        }
        let is = |character, held| *code == KeyCode::Char(character) && modifiers.contains(held);
        match self.taken {
            None if Instant::now() > self.until => {
                UNANSWERED.store(false, Ordering::Relaxed);
                false
            }
            None => {
                let begins = is(']', KeyModifiers::ALT);
                self.taken = begins.then_some(0);
                begins
            }
            Some(taken) => {
                let is_over = is('g', KeyModifiers::CONTROL)
                    || is('\\', KeyModifiers::ALT)
                    || taken >= LONGEST;
                self.taken = Some(taken + 1);
                if is_over {
                    self.taken = None;
                    UNANSWERED.store(false, Ordering::Relaxed);
                }
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(code), modifiers))
    }

    #[test]
    fn a_late_answer_is_no_key_and_what_follows_is() {
        UNANSWERED.store(true, Ordering::Relaxed);
        let mut answers = Answers::new();
        assert!(!answers.takes(&key('1', KeyModifiers::NONE)));
        assert!(answers.takes(&key(']', KeyModifiers::ALT)));
        for character in "11;rgb:ffff/ffff/ffff".chars() {
            assert!(answers.takes(&key(character, KeyModifiers::NONE)));
        }
        assert!(answers.takes(&key('g', KeyModifiers::CONTROL)));
        assert!(!answers.takes(&key('1', KeyModifiers::NONE)));
        assert!(!answers.takes(&key(']', KeyModifiers::ALT)));
    }
}
