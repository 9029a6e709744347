//! A table of datasets, architectures and readings: does the cap hold in all of them?
//!
//! A grid is described by a file ([`GridFile`]) and has a folder: `grid.toml` (a copy of that file),
//! `cells/<dataset>-<architecture>-<reading>/` (or `-depthN`), each an ordinary run directory over all seeds, the folders
//! of its sweeps, and `grid.json` (its [`GridOutcome`], written anew after every cell) with figures and a page.

mod cell;
mod conduct;
mod design;
mod file;
mod findings;
#[cfg(test)]
pub(crate) mod fixture;
mod given;
mod interactions;
mod outcome;
mod price;
mod ranking;
mod shown;
mod survey;

pub use cell::{CellOutcome, CellState, PAPER, Pair, Place};
pub use conduct::{conduct, outcome_of};
pub use design::{Design, Entry, Sweep, place};
pub use file::{GridFile, SweepTable};
pub use findings::{ProbeFinding, probe_findings};
pub use given::Given;
pub use interactions::{GridInteraction, Predicted};
pub use outcome::{GridOutcome, conclude};
pub use price::{price, price_of};
pub use ranking::Friedmans;
pub use shown::GridOutline;
pub use survey::survey;

/// A copy of the grid's file.
pub const FILE: &str = "grid.toml";
/// Its outcome.
pub const OUTCOME: &str = "grid.json";
/// The folder of its runs.
pub const CELLS: &str = "cells";
