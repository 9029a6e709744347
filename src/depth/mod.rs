//! How deep may a network go? Readings of the EBCLE heuristic: rules that turn an entropy profile into a cap.
//!
//! The paper's abstract does not print the rule. These readings are this project's own, and are
//! always shown side by side.

mod bootstrap;
mod cap;
mod reading;

pub use cap::{Analysis, Reading, analyse};
pub use reading::{Error, Rule, Unit};
