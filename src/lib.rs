//! Measures the Shannon entropy of an image dataset, derives from it a cap on useful
//! convolutional depth (the EBCLE heuristic, arXiv 2106.14190), and tests that cap by
//! training the usual deep baseline and the capped, broader network side by side.
//!
//! Data flows one way, in the order of the modules below: nothing imports what stands after it.

pub mod cli;
#![cfg_attr(
    test,
    allow(clippy::float_cmp, reason = "tests compare exact values")
)]

pub mod dataset;
pub mod depth;
pub mod entropy;
pub mod evidence;
pub mod network;
pub mod report;
pub mod run;
pub mod training;
pub mod tui;
