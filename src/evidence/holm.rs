//! Several tests at once.

use super::{ALPHA, VerdictOutcome};

/// Holm's (1979) adjusted p-values, in the order given: each at most alpha is a rejection that keeps
/// the chance of any wrong one among them at alpha.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        let left = (p_values.len() - place) as f64;
        largest = largest.max(left * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

/// The p-values of one comparison against the margin, one for each direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BothDirections {
    /// Small where the loss is shown to be less than the margin.
    pub non_inferior: f64,
    /// Small where it is shown to be more.
    pub inferior: f64,
}

impl BothDirections {
    /// Those of a comparison of which the one-sided test of non-inferiority is known.
    #[must_use]
    pub fn of(non_inferior: f64) -> Self {
        Self {
            non_inferior,
            inferior: 1.0 - non_inferior,
        }
    }

    /// What is left of an outcome where these are its corrected p-values.
    #[must_use]
    pub fn leave(self, outcome: VerdictOutcome) -> VerdictOutcome {
        let p = match outcome {
            VerdictOutcome::NonInferior => self.non_inferior,
            VerdictOutcome::Inferior => self.inferior,
            VerdictOutcome::Inconclusive => return outcome,
        };
        if p < ALPHA {
            outcome
        } else {
            VerdictOutcome::Inconclusive
        }
    }
}

/// Corrects comparisons by Holm in each direction over all of them, so that the chance of any wrong verdict
/// of non-inferiority, and that of any wrong one of inferiority, stays at [`ALPHA`] each. A comparison
/// without a test, since it failed or is still to be made, counts with a p-value of 1 in both.
#[must_use]
pub fn holm_in_both_directions(family: &[Option<BothDirections>]) -> Vec<Option<BothDirections>> {
    let direction = |of: fn(BothDirections) -> f64| {
        let p: Vec<f64> = family.iter().map(|one| one.map_or(1.0, of)).collect();
        holm(&p)
    };
    let non_inferior = direction(|one| one.non_inferior);
    let inferior = direction(|one| one.inferior);
    family
        .iter()
        .zip(non_inferior.into_iter().zip(inferior))
        .map(|(one, (non_inferior, inferior))| {
            one.map(|_| BothDirections {
                non_inferior,
                inferior,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nine cells of which one is shown to be worse with p = 0.0073 alone: 9 · 0.0073 = 0.0657 is no
    /// verdict at 0.025. By statsmodels, `multipletests(p, method="holm")`.
    #[test]
    fn an_inferior_verdict_is_corrected_too() {
        let mut family = vec![Some(BothDirections::of(1.0 - 0.0073))];
        family.resize(9, None);
        let corrected = holm_in_both_directions(&family);
        let Some(first) = corrected[0] else {
            panic!("the first has a test")
        };
        assert!((first.inferior - 0.0657).abs() < 1e-12);
        assert!((first.non_inferior - 1.0).abs() < 1e-12);
        assert_eq!(
            first.leave(VerdictOutcome::Inferior),
            VerdictOutcome::Inconclusive
        );
        assert!(corrected[1..].iter().all(Option::is_none));
        let alone = holm_in_both_directions(&family[..1]);
        let left = alone[0].map(|p| p.leave(VerdictOutcome::Inferior));
        assert_eq!(left, Some(VerdictOutcome::Inferior));
    }
}
