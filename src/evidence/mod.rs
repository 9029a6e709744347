//! Do the numbers hold? Pure functions from measured numbers to intervals, tests and verdicts.
//!
//! [`probe`] alone runs something: it asks the blocks of a trained network how near to the identity they are.
//! Every statistic is held against scipy or statsmodels by `benches/statistics_reference.py`.

mod agreement;
mod bootstrap;
mod cka;
mod counts;
mod friedman;
mod holm;
mod images;
mod interval;
mod learned;
mod p_values;
mod power;
pub mod probe;
mod ranks;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod reference;
mod ridge;
mod saturation;
mod signed_rank;
mod student;
mod verdict;

pub use agreement::{Agreement, Follows, Need, agreement};
pub use bootstrap::{bca, bootstrap};
pub use cka::Cka;
pub use counts::{at_least, mcnemar, sign_test};
pub use friedman::{Friedman, friedman};
pub use holm::{BothDirections, holm, holm_in_both_directions};
pub use images::{ImageComparison, compare_images};
pub use interval::{Estimate, mean_interval, ratio_interval};
pub use learned::{Baselines, LEARNED, TestSet};
pub use p_values::{PValues, p_values};
pub use power::{ALPHA, POWER, power, seeds_needed};
pub use ridge::Ridge;
pub use saturation::{AgainstDeepest, DepthResult, Placement, Sample, Saturation, saturation};
pub use signed_rank::signed_rank;
pub use student::{Alternative, Welch, equivalence, non_inferiority, paired_t, welch};
pub use verdict::{MIN_SEEDS, Outcome, Trials, Verdict, in_words, judge, rounded_p, verdict};
