//! What the user types and clicks, as messages.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};

use super::AppError;
use super::app::{Message, Mouse};
use super::background::Answers;
use super::jobs::KeyboardLock;
use super::keys::Key;

/// Longest wait for an event before the terminal may be given to the shell.
const POLL: Duration = Duration::from_millis(100);

/// Where messages of the user come from.
pub(super) trait Source {
    /// The next message, waiting for it at most `wait`.
    fn next(&mut self, wait: Duration) -> io::Result<Option<Message>>;
}

/// No keys: lines are typed.
pub(super) struct Nothing;

impl Source for Nothing {
    fn next(&mut self, _: Duration) -> io::Result<Option<Message>> {
        Ok(None)
    }
}

/// The terminal, read by its own thread: a read may never return where the terminal is closed.
pub(super) struct Keyboard {
    messages: Receiver<io::Result<Message>>,
}

impl Keyboard {
    pub(super) fn start(lock: Arc<KeyboardLock>) -> Result<Self, AppError> {
        let (sender, messages) = crossbeam_channel::unbounded();
        std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                let mut answers = Answers::new();
                loop {
                    let reading = lock.wait();
                    let event = match event::poll(POLL) {
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
        Event::Mouse(mouse) => mouse_of(mouse),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        _ => None,
    }
}

/// What the mouse did, if it means something.
fn mouse_of(event: MouseEvent) -> Option<Message> {
    let mouse = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Mouse::Click,
        MouseEventKind::Drag(MouseButton::Left) => Mouse::Drag,
        MouseEventKind::Up(MouseButton::Left) => Mouse::Release,
        MouseEventKind::ScrollUp => Mouse::WheelUp,
        MouseEventKind::ScrollDown => Mouse::WheelDown,
        _ => return None,
    };
    Some(Message::Mouse(mouse, event.column, event.row))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_no_keys_and_ctrl_ignores_case() {
        let mut key = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL);
        assert_eq!(translate(key), Some(Key::Ctrl('c')));
        key.kind = KeyEventKind::Release;
        assert_eq!(translate(key), None);
    }
}
