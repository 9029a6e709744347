//! Copying through the terminal, by OSC 52: it reaches the user's own clipboard over ssh too.
//!
//! tmux passes it on where `set-clipboard` is on, or wrapped, where `allow-passthrough` is: both are sent.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::tmux::through_tmux;

/// Puts `text` on the terminal's clipboard, if the terminal lets programs do that; there is no answer that would say so.
///
/// # Errors
/// Where the terminal cannot be written to.
pub fn copy(text: &str) -> io::Result<()> {
    let mut terminal = io::stdout().lock();
    terminal.write_all(sequence(text, std::env::var_os("TMUX").is_some()).as_bytes())?;
    terminal.flush()
}

fn sequence(text: &str, in_tmux: bool) -> String {
    let copied = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    if in_tmux {
        let wrapped = through_tmux(&copied);
        copied + &wrapped
    } else {
        copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_encoded_and_wrapped_for_tmux() {
        let plain = "\x1b]52;c;YS9iw7w=\x07";
        assert_eq!(sequence("a/bü", false), plain);
        let wrapped = format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\");
        assert_eq!(sequence("a/bü", true), wrapped);
    }
}
