//! What is written to standard output and standard error: never a panic, never a raw control character.
//!
//! `println!` and `eprintln!` panic where nothing can be written (a closed pipe, a full disk, a terminal that has
//! gone), and names, columns and headers of other people's files may hold escape sequences that change a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Whether a character changes a terminal rather than being shown by it: control characters, and those that reverse
/// the order of the text around them.
const fn is_control(character: char) -> bool {
    matches!(character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` with each control character but `keep` as `\x1b` or `\u{202e}`.
fn escaped(text: &str, keep: char) -> Cow<'_, str> {
    let is_raw = |character: char| is_control(character) && character != keep;
    if !text.contains(is_raw) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        let code = u32::from(character);
        let written = if !is_raw(character) {
            shown.push(character);
            Ok(())
        } else if code <= 0xff {
            write!(shown, "\\x{code:02x}")
        } else {
            write!(shown, "\\u{{{code:x}}}")
        };
        debug_assert!(written.is_ok(), "a string takes all text");
    }
    Cow::Owned(shown)
}

/// `text` as one line: every control character is shown as `\x1b`, line ends too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, '\u{fffd}')
}

/// `text` of several lines: every control character but the line end is shown as `\x1b`.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, '\n')
}

/// JSON as `serde_json` writes it, in which DEL, the upper control characters and those that reverse text are
/// escaped like the lower ones: `\u009b`. It means the same.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    let is_raw = |character: char| is_control(character) && character != '\n';
    if !text.contains(is_raw) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_raw(character) {
            let written = write!(shown, "\\u{:04x}", u32::from(character));
            debug_assert!(written.is_ok(), "a string takes all text");
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Writes a message to standard error. Where nothing can be written it is lost, and nothing ends.
pub fn say(message: &str) {
    say_whole(&format!("{}\n", lines(message)));
}

/// As [`say`], without a line end: a question whose answer follows it.
pub fn ask(question: &str) {
    say_whole(&lines(question));
}

fn say_whole(text: &str) {
    let mut stderr = io::stderr().lock();
    if let Err(error) = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush())
    {
        tracing::debug!(%error, text, "a message was lost");
    }
}

/// Writes text with a line end to standard output.
///
/// # Errors
/// As [`put`].
pub fn print(text: &str) -> Result<(), Unwritten> {
    put(format!("{}\n", lines(text)).as_bytes())
}

/// Writes bytes to standard output as they are. A reader that has gone away is no failure: what it did not want is lost.
///
/// # Errors
/// [`Unwritten`] where they cannot be written.
pub fn put(bytes: &[u8]) -> Result<(), Unwritten> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// The outcome of writing to standard output.
///
/// # Errors
/// [`Unwritten`], but not where the reader has gone away.
pub fn written(outcome: io::Result<()>) -> Result<(), Unwritten> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Unwritten(error)),
        _ => Ok(()),
    }
}

/// Standard output takes nothing.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct Unwritten(#[source] io::Error);

/// What a panic said.
#[must_use]
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown reason")
}

/// An error and what caused it, each said once.
#[must_use]
pub fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        if !said.contains(&why) {
            said = format!("{said}: {why}");
        }
        cause = error.source();
    }
    said
}

/// Quoted for a POSIX shell where need be; control characters as `$'…'` writes them.
#[must_use]
pub fn quoted(text: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_./:,=+@%".contains(letter);
    if !text.is_empty() && text.chars().all(harmless) {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        let escaped: String = text
            .chars()
            .map(|letter| match letter {
                '\\' | '\'' => format!("\\{letter}"),
                letter if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
                letter => letter.to_string(),
            })
            .collect();
        format!("$'{escaped}'")
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_letters_stay() {
        assert_eq!(line("\x1b[31mred\x07\n"), "\\x1b[31mred\\x07\\x0a");
        assert_eq!(lines("a\tb\nc\u{9b}1m\x7f"), "a\\x09b\nc\\x9b1m\\x7f");
        assert_eq!(
            line("a\u{202e}gpj.exe\u{2066}"),
            "a\\u{202e}gpj.exe\\u{2066}"
        );
        for text in ["Köln 猫 – ▓▓░ ± 5 %", "a\u{301}\u{200d}b", "\u{fffd}"] {
            assert!(matches!(line(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!(quoted("folder:a_b"), "folder:a_b");
        assert_eq!(quoted("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(quoted("a\n'\u{1b}\\"), r"$'a\u000a\'\u001b\\'");
    }

    #[test]
    fn json_means_the_same_and_holds_no_control_character() {
        let value = serde_json::json!({ "a\u{9b}b": ["\x1b\x7f\u{202e}\n", "é"] });
        let raw = serde_json::to_string_pretty(&value).unwrap_or_default();
        let shown = json(&raw);
        assert!(
            !shown.contains(|character| is_control(character) && character != '\n'),
            "{shown}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).ok(),
            Some(value)
        );
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_one() {
        assert!(written(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        let full = written(Err(io::Error::from_raw_os_error(28)));
        let said = full
            .map_err(|error| error.to_string())
            .err()
            .unwrap_or_default();
        assert!(
            said.starts_with("cannot write to standard output: No space left on device"),
            "{said}"
        );
    }
}
