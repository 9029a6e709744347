use super::*;
use crate::evidence::TestSet;

/// Differences and 95 % intervals by numpy and scipy 1.17.1, `t.ppf(0.975, n - 1)`.
#[test]
fn the_interval_against_the_margin_decides() {
    let close = [0.002, -0.001, 0.004, 0.003, 0.0];
    let worse = [-0.03, -0.025, -0.031, -0.028, -0.027];
    let mixed = [-0.02, 0.01, -0.015, 0.0, -0.008];
    for (differences, outcome, reason) in [
        (
            close,
            VerdictOutcome::NonInferior,
            "0.16 points above the baseline (95 %: −0.10 to +0.42)",
        ),
        (
            worse,
            VerdictOutcome::Inferior,
            "2.82 points below the baseline (95 %: −3.12 to −2.52)",
        ),
        (
            mixed,
            VerdictOutcome::Inconclusive,
            "0.66 points below the baseline (95 %: −2.14 to +0.82)",
        ),
    ] {
        let said = verdict(&differences, 0.01);
        assert_eq!(said.outcome, outcome);
        assert!(said.reason.contains(reason), "{}", said.reason);
        assert!(
            said.reason.contains("the margin, −1 point"),
            "{}",
            said.reason
        );
    }
    assert_eq!(
        verdict(&close, 0.0009).outcome,
        VerdictOutcome::Inconclusive
    );
    assert_eq!(verdict(&mixed, 0.03).outcome, VerdictOutcome::NonInferior);
}

#[test]
fn few_seeds_give_no_verdict() {
    for seeds in 0..MIN_SEEDS {
        let said = verdict(&vec![0.05; seeds], 0.01);
        assert_eq!(said.outcome, VerdictOutcome::Inconclusive);
        assert!(said.reason.contains("a verdict needs at least 5"));
        assert_eq!(said.difference.is_some(), seeds > 0);
    }
    assert!(verdict(&[0.05], 0.01).reason.contains("only 1 seed is"));
    assert!(verdict(&[0.05; 2], 0.01).reason.contains("2 seeds are"));
    assert_eq!(
        verdict(&[0.05; 5], 0.01).outcome,
        VerdictOutcome::NonInferior
    );
}

#[test]
fn bounds_on_the_margin_are_not_beyond_it() {
    assert_eq!(
        verdict(&[-0.01; 5], 0.01).outcome,
        VerdictOutcome::Inconclusive
    );
    assert_eq!(
        verdict(&[-0.009; 5], 0.01).outcome,
        VerdictOutcome::NonInferior
    );
    assert_eq!(
        verdict(&[-0.011; 5], 0.01).outcome,
        VerdictOutcome::Inferior
    );
}

#[test]
fn what_is_not_a_number_gives_no_verdict() {
    let said = verdict(&[0.0, 0.0, f64::NAN, 0.0, 0.0], 0.01);
    assert_eq!(said.outcome, VerdictOutcome::Inconclusive);
    assert_eq!(said.difference, None);
    assert!(said.reason.contains("not a number"));
    let said = verdict(&[0.0; 5], f64::NAN);
    assert_eq!(said.outcome, VerdictOutcome::Inconclusive);
    assert!(said.reason.contains("not a number"));
}

/// A margin of 10 % of an error of 6 % is 0.6 points.
#[test]
fn a_margin_may_be_a_share_of_the_baselines_error() {
    let close = [0.002, -0.001, 0.004, 0.003, 0.0];
    let accuracies = [0.93, 0.95, 0.94, 0.93, 0.95];
    let trials = |differences| Trials {
        differences,
        baselines: Some(Baselines {
            seeds: &[1, 2, 3, 4, 5],
            accuracies: &accuracies,
            test: TestSet {
                images: 500,
                most_frequent: 50,
            },
        }),
        ..Trials::default()
    };
    let said = judge(trials(&close), Margin::OfError(0.1));
    assert!((said.margin - 0.006).abs() < 1e-12);
    assert_eq!(said.outcome, VerdictOutcome::NonInferior);
    assert_eq!(said.margin_of_error, Some(0.1));
    assert!(
        said.reason
            .ends_with("the margin, −0.6 points (10 % of the baseline's error)"),
        "{}",
        said.reason
    );
    let none = judge(Trials::default(), Margin::OfError(0.1));
    assert!(none.margin.is_nan());
    assert_eq!(none.margin_in_words(), "10 % of the baseline's error");
    let again: Verdict = serde_json::from_str(&serde_json::to_string(&none).unwrap()).unwrap();
    assert!(again.margin.is_nan() && again.margin_of_error == Some(0.1));
}

/// Spread 0.011950 by numpy; 14 seeds by statsmodels 0.15, `TTestPower().solve_power`.
#[test]
fn the_seeds_needed_are_said_only_where_a_spread_is_known() {
    let mixed = [-0.02, 0.01, -0.015, 0.0, -0.008];
    assert_eq!(verdict(&mixed, 0.01).seeds_needed, Some(14));
    let two = verdict(&mixed[..2], 0.01);
    assert!(two.p_values.is_some());
    assert!(two.reason.contains("seeds would give 80 % power"));
    let one = verdict(&mixed[..1], 0.01);
    assert!(!one.reason.contains("power"));
    assert_eq!((one.seeds_needed, one.p_values), (None, None));
}

#[test]
fn one_seed_says_what_its_images_say() {
    let images = ImageComparison {
        images: 1000,
        only_baseline: 30,
        only_capped: 33,
        difference: 0.003,
        interval: Some([-0.013, 0.018]),
        mcnemar: 0.801,
    };
    let trials = Trials {
        differences: &[0.003],
        images: Some(&images),
        ..Trials::default()
    };
    let said = judge(trials, 0.01).reason;
    assert!(
        said.ends_with("; over its 1000 test images the difference is −1.30 to +1.80 points (95 %), 30 are right by the baseline alone and 33 by the capped network alone (McNemar's p 0.80)"),
        "{said}"
    );
}

/// Two networks that always name one class are equal, which shows nothing.
#[test]
fn a_baseline_that_has_not_learned_gives_no_verdict() {
    let test = TestSet {
        images: 500,
        most_frequent: 50,
    };
    let trials = |accuracies| Trials {
        differences: &[0.0; 5],
        baselines: Some(Baselines {
            seeds: &[1, 2, 3, 4, 5],
            accuracies,
            test,
        }),
        ..Trials::default()
    };
    let said = judge(trials(&[0.9, 0.9, 0.1, 0.9, 0.9]), 0.01);
    assert_eq!(
        (said.outcome, said.learned),
        (VerdictOutcome::Inconclusive, Some(false))
    );
    assert_eq!(
        said.in_words(),
        "inconclusive: the baseline has not learned"
    );
    assert!(
        said.reason
            .starts_with("the baseline has not learned: in seed 3 it")
    );
    assert_eq!((said.p_values, said.seeds_needed), (None, None));
    let learned = judge(trials(&[0.9; 5]), 0.01);
    assert_eq!(
        (learned.outcome, learned.learned),
        (VerdictOutcome::NonInferior, Some(true))
    );
    assert_eq!(learned.in_words(), "non-inferior");
    assert_eq!(learned.most_frequent_class, Some(0.1));
    let few = judge(
        Trials {
            differences: &[0.0],
            broken: &[8],
            ..trials(&[0.1])
        },
        0.01,
    );
    assert!(
        few.reason.ends_with("; and seed 8 diverged"),
        "{}",
        few.reason
    );
    let none = judge(
        Trials {
            differences: &[],
            ..trials(&[])
        },
        0.01,
    );
    assert_eq!(none.learned, None);
}

/// The verdict of an older run is read, without a word on having learned.
#[test]
fn older_verdicts_are_read() {
    let old = r#"{"outcome":"non-inferior","margin":0.01,"difference":null,"reason":"so"}"#;
    let read: Verdict = serde_json::from_str(old).unwrap();
    assert_eq!(
        (read.learned, read.in_words().as_str()),
        (None, "non-inferior")
    );
    assert!(!serde_json::to_string(&read).unwrap().contains("learned"));
}

#[test]
fn a_seed_that_broke_off_is_never_left_out_silently() {
    let trials = |differences, broken| Trials {
        differences,
        broken,
        ..Trials::default()
    };
    let said = judge(trials(&[0.05; 6], &[7]), 0.01);
    assert_eq!(said.outcome, VerdictOutcome::Inconclusive);
    assert!(said.reason.contains("seed 7 diverged"));
    let said = judge(trials(&[], &[3, 7]), 0.01);
    assert!(said.reason.contains("seeds 3, 7 diverged"));
}

/// Five seeds whose mean differences agree, on few images: other images may say otherwise.
#[test]
fn the_wider_interval_decides() {
    let seeds: Vec<[Vec<bool>; 2]> = (0..5)
        .map(|seed| {
            let hits =
                |wrong: std::ops::Range<usize>| (0..200).map(move |image| !wrong.contains(&image));
            let moved = 3 * seed;
            [
                hits(0..30).collect(),
                hits(10 + moved..40 + moved + seed % 2).collect(),
            ]
        })
        .collect();
    let hits = Hits::new(&seeds).unwrap();
    let differences = [0.0, -0.005, 0.0, -0.005, 0.0];
    let trials = Trials {
        differences: &differences,
        hits: Some(&hits),
        ..Trials::default()
    };
    let said = judge(trials, 0.02);
    assert_eq!(said.outcome_over_seeds, Some(VerdictOutcome::NonInferior));
    assert_eq!(said.outcome, VerdictOutcome::Inconclusive);
    let [over_seeds, over_images] =
        [said.difference, said.difference_over_images].map(Option::unwrap);
    assert!((over_seeds.mean - over_images.mean).abs() < 1e-12);
    assert!(said.is_decided_over_images());
    assert_eq!(said.deciding_interval(), over_images.interval);
    assert!(
        said.reason.contains("over seeds and test images"),
        "{}",
        said.reason
    );
    assert!(
        said.reason
            .contains("the wider interval contains the margin"),
        "{}",
        said.reason
    );
    let alone = verdict(&differences, 0.02);
    assert_eq!(
        alone.deciding_interval(),
        alone.difference.unwrap().interval
    );
    assert_eq!(
        (alone.outcome_over_seeds, alone.is_decided_over_images()),
        (None, false)
    );
    assert_eq!(judge(trials, 0.2).outcome, VerdictOutcome::NonInferior);
}

/// Looks after 5, 10 and 15 seeds: one-sided levels of the bounds 3.7103, 2.5114 and 1.9930 by scipy's `norm.sf`, and the t
/// interval at the first level by scipy's `t.ppf(1 - 0.00010351, 4)`, 12.9197.
#[test]
fn looks_decide_at_their_own_levels() {
    let close: Vec<f64> = (0..15)
        .map(|seed| [0.002, -0.001, 0.004, 0.003, 0.0][seed % 5])
        .collect();
    let looks = [5, 10, 15];
    let after = |seeds: usize, margin: f64| {
        let trials = Trials {
            differences: &close[..seeds],
            looks: &looks,
            ..Trials::default()
        };
        judge(trials, margin)
    };
    let few = after(4, 0.01);
    assert!(few.looks.is_empty() && few.outcome == VerdictOutcome::Inconclusive);
    let first = after(5, 0.01);
    assert_eq!(first.outcome, VerdictOutcome::Inconclusive);
    assert!(!first.is_decided_at_a_look());
    let [low, high] = first.looks[0].interval;
    let spread = first.difference.unwrap().mean - low;
    assert!((first.looks[0].level - 1.0351e-4).abs() < 1e-7, "{first:?}");
    assert!((spread - HALF_WIDTH).abs() < 1e-5, "{spread}");
    assert!((high - low - 2.0 * spread).abs() < 1e-12);
    assert!(
        first.reason.contains("the next look is after 10 seeds"),
        "{}",
        first.reason
    );
    let between = after(7, 0.01);
    assert_eq!(
        (between.looks.len(), between.outcome),
        (1, VerdictOutcome::Inconclusive)
    );
    let second = after(10, 0.01);
    assert_eq!(second.outcome, VerdictOutcome::NonInferior);
    assert!(second.is_decided_at_a_look());
    assert_eq!((second.looks[1].seeds, second.looks.len()), (10, 2));
    assert!((second.looks[1].bound - 2.511_4).abs() < 1e-4);
    assert_eq!(after(15, 0.01).looks.len(), 2);
    assert_eq!(after(15, 0.0001).looks.len(), 3);
    let text = serde_json::to_string(&second).unwrap();
    let again: Verdict = serde_json::from_str(&text).unwrap();
    assert_eq!((again.looks.len(), again.is_decided_at_a_look()), (2, true));
    assert!(
        !serde_json::to_string(&verdict(&close, 0.01))
            .unwrap()
            .contains("looks")
    );
}

const HALF_WIDTH: f64 = 0.011_981_221;
