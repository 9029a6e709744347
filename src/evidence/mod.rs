//! Do the numbers hold? Pure functions from measured numbers to intervals, tests and verdicts.
//!
//! Only [`probe`] runs a network: it measures how near the blocks of a trained network are to the identity.
//! Tests compare every statistic with scipy's or statsmodels', which `benches/statistics_reference.py` computed.

mod agreement;
mod bootstrap;
mod cka;
mod counts;
mod crossed;
mod depth_set;
mod friedman;
mod holm;
mod images;
mod interaction;
mod interval;
mod learned;
mod margin;
mod moments;
mod p_values;
mod power;
pub mod probe;
mod ranks;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod reference;
mod ridge;
mod saturation;
mod sequential;
mod signed_rank;
mod student;
mod verdict;

pub use agreement::{Agreement, Follows, Need, agreement};
pub use bootstrap::{bca, bootstrap};
pub use cka::Cka;
pub use counts::{at_least, mcnemar, sign_test};
pub use crossed::Hits;
pub use depth_set::{DepthSet, depth_set};
pub use friedman::{Friedman, friedman};
pub use holm::{BothDirections, holm, holm_in_both_directions};
pub use images::{ImageComparison, compare_images};
pub use interaction::{Interaction, InteractionOutcome, interaction};
pub use interval::{Estimate, mean_interval, ratio_interval};
pub use learned::{Baselines, LEARNED, TestSet};
pub use margin::{Margin, MarginError};
pub use p_values::{PValues, p_values};
pub use power::{ALPHA, POWER, margin_shown, power, seeds_needed};
pub use ridge::Ridge;
pub use saturation::{AgainstDeepest, DepthResult, Placement, Sample, Saturation, saturation};
pub use sequential::{lan_demets, obrien_fleming};
pub use signed_rank::signed_rank;
pub use student::{Alternative, Welch, equivalence, non_inferiority, paired_t, welch};
pub use verdict::{
    Look, MIN_SEEDS, Trials, Verdict, VerdictOutcome, in_words, judge, rounded_p, verdict,
};
