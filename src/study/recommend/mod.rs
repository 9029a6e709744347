//! How deep does a network have to be? A depth within a budget of time, with its uncertainty.
//!
//! Candidates are the depths that the cap and its rivals name. Successive halving drops most of them, by their accuracy on
//! the hold-out after few epochs; those that are left, the finalists, are trained over all seeds. Every run pairs one
//! candidate with the deepest network. The hold-out chooses; the test images confirm the chosen depth once.
//!
//! A recommendation has a folder: `recommend.toml` (its [`Design`]), `cells/<stage>-<depth>/`, each an ordinary run directory,
//! `spent.json`, and at the end `recommend.json` (its [`RecommendOutcome`]) with a figure and a page.

mod budget;
mod candidates;
mod conduct;
mod design;
mod finding;
#[cfg(test)]
pub(crate) mod fixture;
mod halving;
mod outcome;
mod schedule;

pub use budget::Budget;
pub use candidates::NamedDepth;
pub use conduct::{conduct, first_runs, plan};
pub use design::{Design, folder_name};
pub use finding::{plan_sentence, price_sentence, set_in_words};
pub use halving::{RoundOutcome, Standing};
pub use outcome::{
    Finalist, FrontPoint, RecommendOutcome, RecommendPrice, Recommended, TrainedNetwork,
};
pub use schedule::{Round, Schedule};

/// Its design.
pub const DESIGN: &str = "recommend.toml";
/// Its outcome.
pub const OUTCOME: &str = "recommend.json";
/// The seconds spent so far.
pub const SPENT: &str = "spent.json";
/// The folder of its runs.
pub const CELLS: &str = "cells";
