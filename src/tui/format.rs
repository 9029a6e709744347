//! Numbers as they are shown: those of [`crate::format`], and estimates.

pub use crate::format::{
    UNKNOWN, about, bytes, clock, count, cut, cut_middle, fixed, known, large, percent,
    percent_interval, signed, significant, ticks,
};

use crate::evidence::Estimate;

/// A fraction with its interval, in percent, without the sign: `31.4 ± 0.6`; [`UNKNOWN`] where there is none.
pub fn percent_estimate(estimate: Option<Estimate>) -> String {
    known(estimate, |estimate| {
        crate::format::percent_interval(estimate.mean, estimate.interval, 1)
    })
}
