//! What the probes of a cell's seeds say together.

use serde::{Deserialize, Serialize};

use crate::evidence::probe::{Measure, Nearness};
use crate::evidence::{ALPHA, Alternative, Estimate, holm, mean_interval, paired_t};
use crate::run::ProbeClaims;
use crate::training::Role;

/// Blocks of the baselines past the cap against those before it, in one measure, over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeFinding {
    /// What is measured; 0 of an identity.
    pub measure: Measure,
    /// Seeds whose baseline has blocks on both sides of the cap.
    pub seeds: usize,
    /// Mean over seeds of past less before, with its 95 % t interval over seeds; null without a seed.
    pub difference: Option<Estimate>,
    /// Mean over seeds of the blocks past the cap.
    pub past: Option<Estimate>,
    /// Two-sided p-value of the t test over seeds that it is 0; null with fewer than two seeds and in older grids.
    #[serde(default)]
    pub p: Option<f64>,
    /// The same, corrected by Holm over the rows of all cells that are or will be probed; null before that.
    #[serde(default)]
    pub adjusted_p: Option<f64>,
    /// What the interval over seeds says, where the correction leaves it so; undecided with fewer than two seeds.
    pub outcome: Nearness,
}

/// One finding for each measure, over the baselines of all probed seeds; empty where no block of a
/// baseline lies past the cap.
#[must_use]
pub fn probe_findings(claims: &ProbeClaims) -> Vec<ProbeFinding> {
    let baselines = || {
        claims
            .probes
            .iter()
            .filter(|probe| probe.role == Role::Baseline)
            .flat_map(|probe| &probe.claims)
    };
    Measure::ALL
        .into_iter()
        .filter_map(|measure| {
            let mut differences = Vec::new();
            let mut past = Vec::new();
            for claim in baselines().filter(|claim| claim.measure == measure) {
                if let (Some(before), Some(behind)) = (claim.before, claim.past) {
                    differences.push(behind.mean - before.mean);
                    past.push(behind.mean);
                }
            }
            if differences.is_empty() {
                return None;
            }
            let difference = mean_interval(&differences);
            Some(ProbeFinding {
                measure,
                seeds: differences.len(),
                difference,
                past: mean_interval(&past),
                p: paired_t(&differences, 0.0, Alternative::TwoSided),
                adjusted_p: None,
                outcome: Nearness::of(difference.and_then(|estimate| estimate.interval)),
            })
        })
        .collect()
}

/// Corrects rows by Holm over all of them and `planned` more, which are still to be measured and count with
/// a p-value of 1, at 5 % in both directions together; gives the number of tests.
pub(super) fn correct<'a>(
    rows: impl Iterator<Item = &'a mut ProbeFinding>,
    planned: usize,
) -> usize {
    let mut rows: Vec<&mut ProbeFinding> = rows.collect();
    let mut family: Vec<f64> = rows.iter().map(|row| row.p.unwrap_or(1.0)).collect();
    family.resize(rows.len() + planned, 1.0);
    for (row, adjusted) in rows.iter_mut().zip(holm(&family)) {
        row.adjusted_p = row.p.map(|_| adjusted);
        if adjusted >= 2.0 * ALPHA {
            row.outcome = Nearness::Undecided;
        }
    }
    family.len()
}

/// Change of accuracy when all blocks past the cap are left out at once, mean over seeds.
pub(super) fn without_past_cap(claims: &ProbeClaims) -> Option<Estimate> {
    let changes: Vec<f64> = claims
        .probes
        .iter()
        .filter(|probe| probe.role == Role::Baseline)
        .filter_map(|probe| probe.without_past_cap)
        .map(|comparison| comparison.difference)
        .collect();
    mean_interval(&changes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::depth::Unit;
    use crate::evidence::probe::{Claim, Line, Probe};
    use crate::run::{NetworkProbe, Probes};

    fn probed(role: Role, seed: u64, before: f64, past: Option<f64>) -> NetworkProbe {
        let estimate = |mean| Estimate {
            mean,
            interval: None,
        };
        let cap = Line {
            cap: 7,
            unit: Unit::Convolutions,
        };
        let mut found = Probe::new([10, 9], cap, Vec::new(), None);
        found.claims = vec![Claim {
            measure: Measure::RelativeUpdate,
            before: Some(estimate(before)),
            past: past.map(estimate),
            difference: None,
            outcome: Nearness::Undecided,
        }];
        NetworkProbe {
            network: "resnet-20".to_owned(),
            role,
            seed: Some(seed),
            conv_depth: 19,
            parameters: 1,
            found,
        }
    }

    /// Differences -0.5, -0.6, -0.7: mean -0.6, and -0.6 ± 4.302653 · 0.1 / √3 (t table, 2 degrees of
    /// freedom).
    #[test]
    fn the_interval_is_over_seeds_of_the_baselines() {
        let probes = Probes {
            dataset: "glyphs".to_owned(),
            device: "cpu".to_owned(),
            probes: vec![
                probed(Role::Baseline, 1, 1.0, Some(0.5)),
                probed(Role::Baseline, 2, 1.0, Some(0.4)),
                probed(Role::Baseline, 3, 1.0, Some(0.3)),
                probed(Role::Capped, 1, 1.0, Some(9.0)),
                probed(Role::Baseline, 4, 1.0, None),
            ],
        };
        let claims = ProbeClaims::from(&probes);
        let findings = probe_findings(&claims);
        assert_eq!(findings.len(), 1);
        let found = &findings[0];
        assert_eq!((found.seeds, found.outcome), (3, Nearness::Nearer));
        let [low, high] = found.difference.unwrap().interval.unwrap();
        assert!((low + 0.848_413_8).abs() < 1e-6 && (high + 0.351_586_2).abs() < 1e-6);
        assert!((found.past.unwrap().mean - 0.4).abs() < 1e-12);
        assert_eq!(without_past_cap(&claims), None);
        // By scipy 1.17.1, ttest_1samp([-0.5, -0.6, -0.7], 0).pvalue.
        assert!(
            (found.p.unwrap() - 0.009_132_6).abs() < 1e-6,
            "{:?}",
            found.p
        );
        let corrected = |planned| {
            let mut rows = findings.clone();
            assert_eq!(correct(rows.iter_mut(), planned), 1 + planned);
            let row = rows.remove(0);
            (row.outcome, row.adjusted_p.unwrap() / row.p.unwrap())
        };
        let (outcome, times) = corrected(4);
        assert_eq!(outcome, Nearness::Nearer);
        assert!((times - 5.0).abs() < 1e-9);
        assert_eq!(corrected(5).0, Nearness::Undecided);
    }
}
