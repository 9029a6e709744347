//! The app in a real terminal.
