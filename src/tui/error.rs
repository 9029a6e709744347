//! What can end the app, one sentence each.

/// Why the app could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The terminal refused.
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] std::io::Error),
    /// The operating system gave no thread.
    #[error("cannot start a background thread: {0}")]
    Thread(std::io::Error),
}
