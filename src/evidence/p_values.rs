//! The p-values that go with a verdict.

use serde::{Deserialize, Serialize};

use super::{Alternative, equivalence, non_inferiority, paired_t, sign_test, signed_rank};

/// Differences closer than this count as tied: accuracies are counts over images, and what their
/// subtraction leaves behind the twelfth decimal is rounding.
const GRAIN: f64 = 1e-12;

/// Tests of paired differences of accuracy; null where a test is not defined.
///
/// `non_inferiority*` is small where the capped network is shown to lose less than the margin,
/// `equivalence` where the two are shown to differ by less than it, `difference*` where they are shown
/// to differ at all. They are reported; the verdict uses only the interval, whose lower bound is
/// above the margin exactly where `non_inferiority` is below 0.025.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PValues {
    /// One-sided paired t test against a loss of the margin.
    pub non_inferiority: Option<f64>,
    /// The same by Wilcoxon's signed ranks, without assuming a normal distribution.
    pub non_inferiority_wilcoxon: Option<f64>,
    /// The same by signs alone, without assuming a symmetric one.
    pub non_inferiority_sign: Option<f64>,
    /// Two one-sided paired t tests against the margin on both sides.
    pub equivalence: Option<f64>,
    /// Two-sided paired t test against no difference.
    pub difference: Option<f64>,
    /// The same by Wilcoxon's signed ranks.
    pub difference_wilcoxon: Option<f64>,
    /// The same by signs.
    pub difference_sign: Option<f64>,
}

/// All of [`PValues`] for differences (capped minus baseline) and a margin.
#[must_use]
pub fn p_values(differences: &[f64], margin: f64) -> PValues {
    let rounded = |value: f64| (value / GRAIN).round() * GRAIN;
    let plain: Vec<f64> = differences.iter().map(|&value| rounded(value)).collect();
    let shifted: Vec<f64> = differences
        .iter()
        .map(|&value| rounded(value + margin))
        .collect();
    PValues {
        non_inferiority: non_inferiority(differences, margin),
        non_inferiority_wilcoxon: signed_rank(&shifted, Alternative::Greater),
        non_inferiority_sign: sign_test(&shifted, Alternative::Greater),
        equivalence: equivalence(differences, margin),
        difference: paired_t(differences, 0.0, Alternative::TwoSided),
        difference_wilcoxon: signed_rank(&plain, Alternative::TwoSided),
        difference_sign: sign_test(&plain, Alternative::TwoSided),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::mean_interval;

    /// 0.3 - 0.2 and 0.2 - 0.1 differ in the 17th decimal and are one difference.
    #[test]
    fn rounding_breaks_no_tie() {
        let tied = p_values(&[0.3 - 0.2, -(0.2 - 0.1), 0.05], 0.01);
        let exact = p_values(&[0.1, -0.1, 0.05], 0.01);
        assert_eq!(tied.difference_wilcoxon, exact.difference_wilcoxon);
    }

    #[test]
    fn the_t_test_and_the_interval_say_the_same() {
        let differences = [0.002, -0.001, 0.004, 0.003, 0.0];
        let [low, _] = mean_interval(&differences).unwrap().interval.unwrap();
        let p = |margin| p_values(&differences, margin).non_inferiority.unwrap();
        assert!((p(-low) - 0.025).abs() < 1e-9);
        assert!(p(-low + 1e-4) < 0.025 && p(-low - 1e-4) > 0.025);
    }
}
