//! tmux between this program and the terminal.

/// A sequence as tmux passes it on to the terminal around it, where `allow-passthrough` is on.
pub(super) fn through_tmux(sequence: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}
