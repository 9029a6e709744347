//! Text fields.

use tui_input::{Input, InputRequest};

use crate::tui::keys::Key;

/// A text field with the sentence that says what is wrong with its text.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// The text and its cursor.
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Field {
    /// A field that holds `text`, with the cursor behind it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            input: Input::new(text.to_owned()),
            error: None,
        }
    }

    /// Its text without surrounding blanks.
    #[must_use]
    pub fn text(&self) -> &str {
        self.input.value().trim()
    }

    /// Replaces its text; the cursor goes behind it.
    pub fn replace(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
    }

    /// Lets a key edit the text; true if it did.
    pub fn edit(&mut self, key: Key) -> bool {
        let request = match key {
            Key::Char(character) => InputRequest::InsertChar(character),
            Key::Backspace => InputRequest::DeletePrevChar,
            Key::Delete => InputRequest::DeleteNextChar,
            Key::Left => InputRequest::GoToPrevChar,
            Key::Right => InputRequest::GoToNextChar,
            Key::Home | Key::Ctrl('a') => InputRequest::GoToStart,
            Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
            Key::Ctrl('w') => InputRequest::DeletePrevWord,
            Key::Ctrl('u') => InputRequest::DeleteLine,
            Key::Ctrl('k') => InputRequest::DeleteTillEnd,
            _ => return false,
        };
        self.input.handle(request).is_some()
    }

    /// Inserts pasted text, without its control characters.
    pub fn paste(&mut self, text: &str) {
        for character in text.chars().filter(|character| !character.is_control()) {
            self.input.handle(InputRequest::InsertChar(character));
        }
    }
}
