//! Errors that end the app.

/// An error that ends the app.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The terminal cannot be used.
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] std::io::Error),
    /// The theme that is asked for does not exist, or cannot be read.
    #[error("{0}")]
    Theme(String),
    /// A thread cannot be started.
    #[error("cannot start a background thread: {0}")]
    Thread(std::io::Error),
}
