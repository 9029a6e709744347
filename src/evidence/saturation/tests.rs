use super::*;

fn sample(depth: usize, accuracies: &[f64]) -> Sample {
    Sample {
        depth,
        accuracies: accuracies.iter().copied().map(Some).collect(),
    }
}

const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// Rises by ten points to 11 convolutions and then stays, up to a spread far below the margin.
fn rising() -> Vec<Sample> {
    vec![
        sample(7, &[0.80, 0.81, 0.79, 0.80, 0.80]),
        sample(11, &[0.899, 0.911, 0.900, 0.905, 0.901]),
        sample(15, &[0.901, 0.910, 0.902, 0.904, 0.900]),
        sample(19, &[0.900, 0.911, 0.901, 0.904, 0.901]),
    ]
}

#[test]
fn the_beginning_of_a_clear_plateau_is_found() {
    let found = saturation(&rising(), &SEEDS, 0.01, None);
    assert_eq!(found.needed, Some(11));
    assert_eq!(found.needed_interval, Some([11, 11]));
    assert_eq!(found.non_inferior_from, Some(11));
    assert_eq!(found.inconclusive, None);
    let outcomes: Vec<_> = found
        .depths
        .iter()
        .map(|depth| depth.against_deepest.as_ref().map(|one| one.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            Some(VerdictOutcome::Inferior),
            Some(VerdictOutcome::NonInferior),
            Some(VerdictOutcome::NonInferior),
            None
        ]
    );
    assert_eq!(found.place(7), Placement::TooShallow);
    assert_eq!(found.place(11), Placement::Within);
    assert_eq!(found.place(15), Placement::TooDeep);
}

/// The p-values by scipy 1.17.1, `ttest_1samp(differences + 0.01, 0, alternative="greater")`; the
/// adjusted ones by statsmodels 0.15, `multipletests(p, method="holm")`.
#[test]
fn p_values_and_their_correction_are_those_of_scipy_and_statsmodels() {
    let curve = [
        sample(7, &[0.885, 0.905, 0.900, 0.896, 0.902]),
        sample(11, &[0.899, 0.911, 0.900, 0.905, 0.901]),
        sample(15, &[0.900, 0.911, 0.901, 0.904, 0.901]),
    ];
    let found = saturation(&curve, &SEEDS, 0.01, None);
    let [first, second] = [0, 1].map(|at| found.depths[at].against_deepest.clone().unwrap());
    let near = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-8;
    assert!(near(first.p, P[0]), "{first:?}");
    assert!(near(second.p, P[1]), "{second:?}");
    assert!(near(first.adjusted_p, P[0]), "{first:?}");
    assert!(near(second.adjusted_p, 2.0 * P[1]), "{second:?}");
}

const P: [f64; 2] = [0.105_171_024_360_544_65, 6.313_413_313_187_424e-6];

#[test]
fn an_outcome_that_holm_does_not_confirm_is_inconclusive() {
    let corrected = |other: f64| {
        let mut curve = [0.02, other].map(|p| AgainstDeepest {
            difference: None,
            outcome: VerdictOutcome::NonInferior,
            p: Some(p),
            adjusted_p: None,
            adjusted_p_inferior: None,
            learned: None,
            seeds_needed: None,
        });
        correct(&mut curve);
        (curve[0].outcome, curve[0].adjusted_p)
    };
    assert_eq!(corrected(0.001).0, VerdictOutcome::NonInferior);
    assert_eq!(corrected(0.02), (VerdictOutcome::Inconclusive, Some(0.04)));
}

#[test]
fn the_depth_needed_is_after_the_last_dip() {
    let mut curve = rising();
    curve[2] = sample(15, &[0.85; 5]);
    let found = saturation(&curve, &SEEDS, 0.01, None);
    assert_eq!(found.needed, Some(19));
    assert_eq!(found.non_inferior_from, Some(19));
}

/// At 11 convolutions one seed in five loses six points: a resample's mean loses the margin or more
/// where it holds that seed, which 1 - (4/5)^5 = 67 % do; so both depths lie in the interval.
#[test]
fn one_deviant_seed_widens_the_interval() {
    let mut curve = rising();
    curve[1] = sample(11, &[0.840, 0.911, 0.901, 0.904, 0.901]);
    let found = saturation(&curve, &SEEDS, 0.01, None);
    assert_eq!(found.needed, Some(15));
    assert_eq!(found.needed_interval, Some([11, 15]));
}

#[test]
fn networks_at_chance_give_no_verdict() {
    let found = saturation(&rising(), &SEEDS, 0.01, None);
    assert_eq!(found.clone().above_chance(0.1), found);
    let guesses = [
        sample(7, &[0.10, 0.11, 0.09, 0.10, 0.10]),
        sample(19, &[0.10, 0.11, 0.09, 0.10, 0.10]),
    ];
    let found = saturation(&guesses, &SEEDS, 0.05, None);
    assert_eq!(found.needed_interval, Some([7, 7]));
    let found = found.above_chance(0.1);
    assert_eq!(
        (found.needed_interval, found.non_inferior_from),
        (None, None)
    );
    let against = found.depths[0].against_deepest.as_ref().unwrap();
    assert_eq!(against.outcome, VerdictOutcome::Inconclusive);
    assert!(found.inconclusive.unwrap().contains("chance (10.0 %)"));
}

#[test]
fn a_deepest_network_that_has_not_learned_gives_no_verdict() {
    let test = TestSet {
        images: 500,
        most_frequent: 60,
    };
    let guesses = [
        sample(7, &[0.11; 5]),
        sample(19, &[0.3, 0.11, 0.3, 0.3, 0.3]),
    ];
    let found = saturation(&guesses, &SEEDS, 0.5, Some(test));
    assert_eq!(
        (found.needed_interval, found.non_inferior_from),
        (None, None)
    );
    let against = found.depths[0].against_deepest.as_ref().unwrap();
    assert_eq!(
        (against.outcome, against.learned),
        (VerdictOutcome::Inconclusive, Some(false))
    );
    let said = found.inconclusive.unwrap();
    assert!(
        said.starts_with("the deepest network has not learned: in seed 2 it"),
        "{said}"
    );
    let learned = saturation(&rising(), &SEEDS, 0.01, Some(test));
    assert_eq!(learned.needed_interval, Some([11, 11]));
}

#[test]
fn few_seeds_and_broken_ones_give_no_verdict_and_are_named() {
    let mut curve = rising();
    for sample in &mut curve {
        sample.accuracies.truncate(2);
    }
    let found = saturation(&curve, &SEEDS[..2], 0.01, None);
    assert_eq!(found.needed, Some(11));
    assert_eq!(
        (found.needed_interval, found.non_inferior_from),
        (None, None)
    );
    assert_eq!(found.place(11), Placement::Unknown);
    assert!(found.inconclusive.unwrap().contains("only 2 seeds are"));
    let mut curve = rising();
    curve[1].accuracies[2] = None;
    let found = saturation(&curve, &SEEDS, 0.01, None);
    assert_eq!(found.depths[1].broken_seeds, [3]);
    assert_eq!(found.needed_interval, None);
    let said = found.inconclusive.unwrap();
    assert!(
        said.starts_with("at 11 convolutions seed 3 diverged"),
        "{said}"
    );
    let nothing = saturation(&[], &SEEDS, 0.01, None);
    assert_eq!(nothing.needed, None);
}
