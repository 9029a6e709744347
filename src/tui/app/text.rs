//! Text fields.

use std::borrow::Cow;

use tui_input::{Input, InputRequest};

use crate::tui::keys::Key;

/// Most bytes that a field takes: the longest path.
const MAX_BYTES: usize = 4096;

/// A text field.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Field {
    /// A field that holds `text`, with the cursor behind it.
    pub fn new(text: &str) -> Self {
        Self {
            input: Input::new(text.to_owned()),
            error: None,
        }
    }

    /// Its text without surrounding blanks.
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
            Key::Char(character) if self.input.value().len() + character.len_utf8() > MAX_BYTES => {
                self.error = Some(too_long());
                return true;
            }
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

    /// Inserts pasted text at the cursor, without its control characters; nothing of text that is too long for a path.
    pub fn paste(&mut self, text: &str) {
        let before = self.input.value();
        if before.len() + text.len() > MAX_BYTES {
            self.error = Some(too_long());
            return;
        }
        let cursor = self.input.cursor();
        let inserted: String = text
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        let at = before
            .char_indices()
            .nth(cursor)
            .map_or(before.len(), |(at, _)| at);
        let whole = [&before[..at], &inserted, &before[at..]].concat();
        self.input = Input::new(whole).with_cursor(cursor + inserted.chars().count());
    }
}

fn too_long() -> String {
    format!("too long for a path: at most {MAX_BYTES} bytes")
}

/// A path as a terminal or a file manager hands it over when it is dropped or pasted: in quotes, with `\\` before blanks
/// and other signs, or as `file://` with percent signs.
pub fn plain_path(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(['\r', '\n', ' ']);
    if let Some(address) = text.strip_prefix("file://") {
        let path = address.find('/').map_or("", |slash| &address[slash..]);
        return Cow::Owned(percent_decoded(path));
    }
    for quote in ['\'', '"'] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote));
        if let Some(inner) = inner {
            // How a shell writes a quote within single quotes.
            return Cow::Owned(inner.replace("'\\''", "'"));
        }
    }
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_mark = |next: &char| next.is_ascii() && !next.is_ascii_alphanumeric();
        match characters.peek().copied().filter(is_mark) {
            Some(marked) if character == '\\' => {
                plain.push(marked);
                characters.next();
            }
            _ => plain.push(character),
        }
    }
    Cow::Owned(plain)
}

/// Decodes percent escapes such as `%41`; malformed ones, and text that is not UTF-8 after it, stay as they are.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| first == b'%');
        let byte = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = &behind[if byte.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_goes_where_the_cursor_is() {
        let mut field = Field::new("/datä/x");
        for _ in 0..2 {
            field.edit(Key::Left);
        }
        field.paste("/flö\u{1b}wers\n");
        assert_eq!(field.text(), "/datä/flöwers/x");
        field.edit(Key::Char('!'));
        assert_eq!(field.text(), "/datä/flöwers!/x");
    }

    #[test]
    fn a_field_takes_no_more_than_a_path() {
        let mut field = Field::new("/data/");
        field.paste(&"x".repeat(1_000_000));
        assert_eq!(field.text(), "/data/");
        assert!(
            field
                .error
                .as_deref()
                .is_some_and(|error| error.contains("4096 bytes"))
        );
        field.paste(&"x".repeat(MAX_BYTES - 6));
        assert_eq!(field.text().len(), MAX_BYTES);
        for _ in 0..10 {
            field.edit(Key::Char('y'));
        }
        assert_eq!(field.text().len(), MAX_BYTES);
        assert!(field.edit(Key::Backspace));
        field.edit(Key::Char('é'));
        assert_eq!(field.text().len(), MAX_BYTES - 1);
    }

    #[test]
    fn dropped_paths_are_taken_as_terminals_write_them() {
        for (dropped, path) in [
            ("/home/ada/my flowers", "/home/ada/my flowers"),
            ("'/home/ada/my flowers' ", "/home/ada/my flowers"),
            ("\"/home/ada/my flowers\"", "/home/ada/my flowers"),
            ("'/home/ada/it'\\''s'", "/home/ada/it's"),
            (
                "/home/ada/my\\ flowers\\ \\(2\\)",
                "/home/ada/my flowers (2)",
            ),
            ("file:///home/ada/my%20flowers\r\n", "/home/ada/my flowers"),
            ("file://localhost/K%C3%B6ln%2", "/Köln%2"),
            ("/a\\b", "/a\\b"),
            ("'", "'"),
        ] {
            assert_eq!(plain_path(dropped), path, "{dropped}");
        }
        assert_eq!(percent_decoded("/%ff"), "/%ff");
    }
}
