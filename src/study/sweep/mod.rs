//! Accuracy, time and parameters over depth: is the cap where accuracy stops growing?
//!
//! A sweep has a folder: `sweep.toml` (its [`Design`]), `points/<dataset>-<depth>/`, each an ordinary
//! run directory, `steps.json` (timed steps of every depth against the deepest), and at the end
//! `sweep.json` (its [`SweepOutcome`]) with figures and a page.
//!
//! A point is one paired run: the architecture cut to that depth at its own widths, and cut to it with the
//! MACs of the deepest network. At the deepest point both would be the same network, so there the deepest
//! network is paired with the ordinary capped one. Nothing is trained twice.

mod conduct;
mod depths;
mod design;
mod finding;
#[cfg(test)]
pub(crate) mod fixture;
mod folder;
mod outcome;
mod price;
mod question;

pub use conduct::{conduct, points_left};
pub use depths::check as check_depths;
pub(in crate::study) use depths::farthest;
pub use design::{CapAt, Design, Variant, WrongCapAt, folder_name};
pub use finding::{depths, needed_sentence, placement, rules_sentence};
pub use folder::{read_steps, write_steps};
pub use outcome::{
    Curve, CurvePoint, RivalAt, RuleNetwork, StepTimes, SweepOutcome, VariantOutcome, outcome,
};
pub use price::{PointPrice, SweepPrice, price};
pub use question::{Question, WrongCap};

/// Its design.
pub const DESIGN: &str = "sweep.toml";
/// Its outcome.
pub const OUTCOME: &str = "sweep.json";
/// Timed steps.
pub const STEPS: &str = "steps.json";
/// The folder of its runs.
pub const POINTS: &str = "points";
