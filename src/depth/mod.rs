//! How deep may a network go? Readings of the EBCLE heuristic: rules that turn an entropy profile into a cap.
//!
//! The paper's abstract does not print the rule. These readings are this project's own, and are
//! always shown side by side, with those that a user writes in a config file.

mod bootstrap;
mod cap;
mod curve;
mod invariance;
mod own;
mod reading;
mod resampled;
mod statistics;

pub use cap::{Analysis, Reading, analyse, analyse_with};
pub use curve::{CurvePoint, CurveReading, sample_curve};
pub use invariance::{Changed, Invariance, SAMPLE, invariance};
pub use own::{Definition, OwnError, OwnRule, OwnRules};
pub use reading::{Error, Rule, Unit};
pub use statistics::NAMES as STATISTICS;
