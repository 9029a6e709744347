//! Every statistic against scipy, statsmodels and numpy, on the cases of `benches/statistics_reference.py`.

use serde_json::Value;

use super::*;

fn cases(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference.json")).unwrap();
    let cases = all[name].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// Absolute below 1 and relative above it.
fn same(ours: Option<f64>, theirs: &Value, of: &str) {
    match (ours, theirs.as_f64()) {
        (None, None) => {}
        (Some(ours), Some(theirs)) => {
            let error = (ours - theirs).abs() / theirs.abs().max(1.0);
            assert!(error < 1e-8, "{of}: {ours} for {theirs}");
        }
        _ => panic!("{of}: {ours:?} for {theirs}"),
    }
}

fn same_interval(ours: Option<[f64; 2]>, theirs: &Value, of: &str) {
    for end in 0..2 {
        same(ours.map(|ends| ends[end]), &theirs[end], of);
    }
}

const SIDES: [(&str, Alternative); 3] = [
    ("two-sided", Alternative::TwoSided),
    ("greater", Alternative::Greater),
    ("less", Alternative::Less),
];

#[test]
fn paired_tests_are_those_of_scipy_and_statsmodels() {
    for case in cases("paired") {
        let name = case["name"].as_str().unwrap();
        let differences = numbers(&case["differences"]);
        let margin = case["margin"].as_f64().unwrap();
        for (key, side) in SIDES {
            let of = format!("{name}, {key}");
            same(paired_t(&differences, 0.0, side), &case["t"][key], &of);
            same(signed_rank(&differences, side), &case["wilcoxon"][key], &of);
            same(sign_test(&differences, side), &case["sign"][key], &of);
        }
        let ours = mean_interval(&differences).and_then(|estimate| estimate.interval);
        same_interval(ours, &case["interval"], name);
        let ours = non_inferiority(&differences, margin);
        same(ours, &case["non_inferiority"], name);
        let ours = equivalence(&differences, margin);
        same(ours, &case["equivalence"], name);
    }
}

#[test]
fn bca_intervals_are_those_of_scipy() {
    for case in cases("bca") {
        let jackknife = numbers(&case["jackknife"]);
        let ours = bca(
            case["observed"].as_f64().unwrap(),
            numbers(&case["replicates"]),
            &jackknife.iter().map(|&value| (value, 1.0)),
            0.95,
        );
        same_interval(ours, &case["interval"], case["name"].as_str().unwrap());
    }
}

#[test]
fn adjusted_p_values_are_those_of_statsmodels() {
    for case in cases("holm") {
        let adjusted = holm(&numbers(&case["p"]));
        let theirs = case["adjusted"].as_array().unwrap();
        assert_eq!(adjusted.len(), theirs.len());
        for (ours, theirs) in adjusted.iter().zip(theirs) {
            same(Some(*ours), theirs, "holm");
        }
    }
}

#[test]
fn tables_are_compared_as_scipy_does() {
    for case in cases("friedman") {
        let name = case["name"].as_str().unwrap();
        let table: Vec<Vec<f64>> = serde_json::from_value(case["table"].clone()).unwrap();
        let found = friedman(&table);
        same(
            found.as_ref().map(|found| found.statistic),
            &case["statistic"],
            name,
        );
        same(found.as_ref().map(|found| found.p), &case["p"], name);
        same(found.as_ref().map(|found| found.f_p), &case["f_p"], name);
        let Some(found) = found else { continue };
        same(
            Some(found.critical_difference),
            &case["critical_difference"],
            name,
        );
        for (method, rank) in found.ranks.iter().enumerate() {
            same(Some(*rank), &case["ranks"][method], name);
            for (other, p) in found.nemenyi[method].iter().enumerate() {
                same(Some(*p), &case["nemenyi"][method][other], name);
            }
        }
    }
}

#[test]
fn exact_mcnemar_is_that_of_statsmodels() {
    for case in cases("mcnemar") {
        let count = |key: &str| case[key].as_u64().unwrap();
        let ours = mcnemar(count("only_baseline"), count("only_capped"));
        same(ours, &case["p"], "mcnemar");
    }
}

#[test]
fn the_binomial_test_is_that_of_scipy() {
    for case in cases("binomial") {
        let count = |key: &str| case[key].as_u64().unwrap();
        let share = case["share"].as_f64().unwrap();
        let ours = at_least(count("hits"), count("trials"), share);
        same(ours, &case["p"], &case.to_string());
    }
}

#[test]
fn welch_is_that_of_scipy() {
    for case in cases("welch") {
        let name = case["name"].as_str().unwrap();
        let ours = welch(&numbers(&case["first"]), &numbers(&case["second"]));
        same(ours.map(|welch| welch.p), &case["p"], name);
        same_interval(ours.map(|welch| welch.interval), &case["interval"], name);
    }
}

#[test]
fn power_and_seeds_are_those_of_statsmodels() {
    let number = |case: &Value, key: &str| case[key].as_f64().unwrap();
    let count = |case: &Value| case["n"].as_u64().unwrap() as usize;
    for case in cases("power") {
        let ours = power(
            number(&case, "effect"),
            count(&case),
            number(&case, "alpha"),
        );
        same(ours, &case["power"], &case.to_string());
    }
    for case in cases("sample_size") {
        let [sd, margin, difference] = ["sd", "margin", "difference"].map(|key| number(&case, key));
        let ours = seeds_needed(sd, margin, difference, 2);
        assert_eq!(ours, Some(count(&case)), "{case}");
    }
}

#[test]
fn margins_shown_are_those_of_scipy() {
    for case in cases("margin_shown") {
        let [sd, difference] = ["sd", "difference"].map(|key| case[key].as_f64().unwrap());
        let ours = margin_shown(sd, case["n"].as_u64().unwrap() as usize, difference);
        same(ours, &case["margin"], &case.to_string());
    }
}

/// By scipy's multivariate normal distribution, whose own error is below 1e-7.
#[test]
fn bounds_of_looks_are_those_of_scipy() {
    for case in cases("looks") {
        let fractions = numbers(&case["fractions"]);
        for (key, ours) in [
            ("lan_demets", lan_demets(&fractions, ALPHA)),
            ("obrien_fleming", obrien_fleming(&fractions, ALPHA)),
        ] {
            let theirs = numbers(&case[key]);
            let ours = ours.unwrap();
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!((ours - theirs).abs() < 2e-5, "{key}: {ours} for {theirs}");
            }
        }
    }
}

/// By numpy from the formula of Song et al. 2012 written out in matrices.
#[test]
fn alignment_is_that_of_numpy() {
    for case in cases("cka") {
        let mut cka = Cka::new(2);
        let batches: Vec<[Vec<Vec<f64>>; 2]> =
            serde_json::from_value(case["batches"].clone()).unwrap();
        for [x, y] in batches {
            let gram = |rows: &[Vec<f64>]| -> Vec<f64> {
                let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
                let row = |a: &Vec<f64>| rows.iter().map(|b| product(a, b)).collect::<Vec<f64>>();
                rows.iter().flat_map(row).collect()
            };
            cka.add(&[gram(&x), gram(&y)], x.len());
        }
        same(
            cka.value(0, 1),
            &case["cka"],
            case["name"].as_str().unwrap(),
        );
    }
}
