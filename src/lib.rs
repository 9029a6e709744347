//! Measures the Shannon entropy of an image dataset, derives from it a cap on useful
//! convolutional depth (the EBCLE heuristic, arXiv 2106.14190), and tests that cap by
//! training the usual deep baseline and the capped, wider network side by side.
//!
//! Data flows one way, and no module imports one that stands further down:
//!
//! 1. [`dataset`]: what are the images?
//! 2. [`entropy`]: what information do they hold?
//! 3. [`depth`]: how deep may a network go?
//! 4. [`kernels`]: what does burn lack on a CPU?
//! 5. [`network`]: what is trained?
//! 6. [`training`]: how is it trained?
//! 7. [`evidence`]: do the numbers hold?
//! 8. [`run`]: what is kept?
//! 9. [`study`]: what do many runs say?
//! 10. [`report`]: what is shown to others?
//! 11. [`tui`]: what is shown to the user now?
//! 12. [`cli`]: what can a script ask?
//!
//! [`format`](mod@format), [`messages`] and [`signals`] serve all of them.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare exact values"))]

pub mod cli;
pub mod dataset;
pub mod depth;
mod disk;
pub mod entropy;
pub mod evidence;
mod folders;
pub mod format;
pub mod kernels;
pub mod messages;
pub mod network;
mod regular;
pub mod report;
pub mod run;
pub mod signals;
pub mod study;
pub mod training;
pub mod tui;
