//! Do the numbers hold? Pure functions from measured numbers to intervals and verdicts.

mod interval;
mod verdict;

pub use interval::{Estimate, mean_interval, ratio_interval};
pub use verdict::{LEAST_SEEDS, Outcome, Verdict, verdict};
