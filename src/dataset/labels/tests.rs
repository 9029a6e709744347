#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;
use crate::dataset::testing::says;

fn labels(values: Values) -> Labels {
    Labels::of_file(Path::new("labels"), values)
}

fn numbers(train: &[i64], test: &[i64], names: &[&str]) -> Result<Classes> {
    let [train, test] = [train, test].map(|numbers| labels(Values::whole(numbers.to_vec())));
    let known = Known {
        names: names.iter().map(ToString::to_string).collect(),
        ..Known::default()
    };
    classes(&train, &test, &known)
}

fn texts(train: &[&str], test: &[&str]) -> Result<Classes> {
    let [train, test] = [train, test].map(|texts| {
        let texts = texts.iter().map(|text| Some((*text).to_owned()));
        labels(Values::Text(texts.collect()))
    });
    classes(&train, &test, &Known::default())
}

/// Classes and numbers as `numpy.unique(labels, return_inverse=True)` gives them.
#[test]
fn labels_with_gaps_or_from_1_become_consecutive_classes_and_a_note_says_so() {
    let plain = numbers(&[0, 2, 1, 0], &[2], &[]).unwrap();
    assert_eq!((plain.train, plain.test), (vec![0, 2, 1, 0], vec![2]));
    assert!(plain.notes.is_empty());
    let from_1 = numbers(&[3, 1, 2, 2], &[1, 3], &[]).unwrap();
    assert_eq!((from_1.train, from_1.test), (vec![2, 0, 1, 1], vec![0, 2]));
    assert_eq!(from_1.names, ["1", "2", "3"]);
    let gaps = numbers(&[200, 0, 5, 201], &[201, 5], &[]).unwrap();
    assert_eq!((gaps.train, gaps.test), (vec![2, 0, 1, 3], vec![3, 1]));
    assert_eq!(
        gaps.notes,
        [
            "its labels, 4 different numbers from 0 to 201, become 4 consecutive classes, each named by its label"
        ]
    );
    let signs = numbers(&[-1, 1, 1], &[-1], &[]).unwrap();
    assert_eq!(
        (signs.train, signs.names),
        (vec![0, 1, 1], vec!["-1".to_owned(), "1".to_owned()])
    );
}

#[test]
fn declared_classes_without_images_are_left_out_and_told() {
    let names = ["ant", "bee", "cat", "dog"];
    let some = numbers(&[3, 1, 3], &[1], &names).unwrap();
    assert_eq!((some.train, some.test), (vec![1, 0, 1], vec![0]));
    assert_eq!(some.names, ["bee", "dog"]);
    assert_eq!(
        some.notes,
        ["of its 4 declared classes 2 without training images are left out: ant, cat"]
    );
    let said = numbers(&[0, 4], &[0], &names).unwrap_err().to_string();
    assert!(
        said.starts_with("labels: record 1 (counted from 0) has label 4, outside 0 to 3"),
        "{said}"
    );
    let known = Known {
        fixed: Some(3),
        ..Known::default()
    };
    let train = labels(Values::whole(vec![0, 2]));
    let published = classes(&train, &labels(Values::whole(vec![1])), &known).unwrap();
    assert_eq!((published.train, published.test), (vec![0, 2], vec![1]));
    assert_eq!(published.names, ["0", "1", "2"]);
}

#[test]
fn text_and_truth_values_are_classes_in_their_order() {
    let named = texts(&["dog", "cat", "dog"], &["cat"]).unwrap();
    assert_eq!((named.train, named.test), (vec![1, 0, 1], vec![0]));
    assert_eq!(named.names, ["cat", "dog"]);
    let spelt = texts(&["10", "9", "1"], &["9"]).unwrap();
    assert_eq!(spelt.names, ["1", "9", "10"], "by number, not by letter");
    let truth = |values: &[bool]| {
        labels(Values::Truth(
            values.iter().map(|&value| Some(value)).collect(),
        ))
    };
    let truths = classes(&truth(&[true, false]), &truth(&[true]), &Known::default()).unwrap();
    assert_eq!(
        (truths.train, truths.names),
        (vec![1, 0], vec!["false".to_owned(), "true".to_owned()])
    );
    let said = classes(
        &truth(&[true]),
        &labels(Values::whole(vec![1])),
        &Known::default(),
    );
    let said = said.unwrap_err().to_string();
    says(
        &said,
        "whole numbers, where those of the training images are truth values",
    );
}

#[test]
fn what_is_no_class_is_refused_with_its_record() {
    let said = |found: Result<Classes>| found.unwrap_err().to_string();
    let strange = said(numbers(&[0, 1], &[0, 5], &[]));
    says(
        &strange,
        "record 1 (counted from 0) has label 5, which no training image has",
    );
    let strange = said(texts(&["a", "b"], &["c"]));
    says(&strange, "has label 'c', which no");
    let missing = said(numbers(&[0, -1, 2, -1], &[0], &[]));
    says(
        &missing,
        "record 1 (counted from 0) has label -1, which says that it has none (2 of 4 images)",
    );
    let missing = said(texts(&["a", "b"], &["a", ""]));
    says(
        &missing,
        "record 1 (counted from 0) has no label (1 of 2 images)",
    );
    says(&missing, "--split-test NAME");
    let index: Vec<i64> = (100..120).collect();
    let own = said(numbers(&index, &[100], &[]));
    says(&own, "no classes, 20 different ones for 20 images");
    let pairs: Vec<i64> = (0..20).map(|image| image / 2).collect();
    assert_eq!(numbers(&pairs, &[3], &[]).unwrap().names.len(), 10);
}

/// The record is counted in its own file.
#[test]
fn a_record_of_several_files_is_named_by_its_file() {
    let mut train = labels(Values::whole(vec![0, 1, 0, -1]));
    train.files = vec![("one".into(), 3), ("two".into(), 1)];
    let said = classes(&train, &labels(Values::whole(vec![0])), &Known::default());
    let said = said.unwrap_err().to_string();
    assert!(
        said.starts_with("two: record 0 (counted from 0) has label -1"),
        "{said}"
    );
}

#[test]
fn fractions_are_labels_where_they_are_whole() {
    assert_eq!(
        Values::fractions(&[0.0, 3.0, f64::NAN]),
        Ok(Values::Whole(vec![Some(0), Some(3), None]))
    );
    assert_eq!(Values::fractions(&[1.0, 0.5]), Err((1, 0.5)));
    assert_eq!(Values::fractions(&[f64::INFINITY]), Err((0, f64::INFINITY)));
}

#[test]
fn unlabelled_images_are_told_from_a_class_of_minus_one() {
    let whole = |numbers: &[i64]| Values::whole(numbers.to_vec());
    assert!(are_missing(&whole(&[-1, -1]), &whole(&[0, 1])));
    assert!(!are_missing(&whole(&[-1, 0]), &whole(&[0, 1])));
    assert!(!are_missing(&whole(&[-1, -1]), &whole(&[-1, 1])));
    assert!(are_missing(
        &Values::Whole(vec![None, None]),
        &whole(&[-1, 1])
    ));
    assert!(are_missing(
        &Values::Text(vec![None, Some(String::new())]),
        &whole(&[0])
    ));
}

proptest! {
    /// Whatever is taken is consecutive, keeps apart what was apart, and names every class.
    #[test]
    fn classes_keep_images_apart_as_their_labels_do(
        train in prop::collection::vec(-3_i64..12, 1..40),
        test in prop::collection::vec(-3_i64..12, 0..10),
    ) {
        if let Ok(found) = numbers(&train, &test, &[]) {
            prop_assert_eq!(found.train.len(), train.len());
            prop_assert_eq!(found.test.len(), test.len());
            let all = || train.iter().zip(&found.train).chain(test.iter().zip(&found.test));
            for (label, &class) in all() {
                prop_assert_eq!(&found.names[class as usize], &label.to_string());
            }
            for class in 0..found.names.len() as u32 {
                prop_assert!(found.train.contains(&class));
            }
        }
    }
}
