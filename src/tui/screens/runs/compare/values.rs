//! The values of a setting, one of each run: shortened, but different values never look the same.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::tui::format;

/// Longest number that is shown with all its digits.
const SHORT: usize = 8;
/// Fewest digits that a longer one keeps, and the most that a number has.
const DIGITS: [usize; 2] = [3, 17];
/// Characters that are shown before the first one in which values differ.
const BEFORE: usize = 4;

/// The values in at most `width` columns each: long numbers with as many digits as tell them apart, long texts cut where they
/// do not differ. Where no cut tells them apart, different values have different numbers in front.
pub(super) fn told_apart(values: &[String], width: usize) -> Vec<String> {
    let numbers = rounded(values);
    let tail = differing(&numbers);
    let cuts: [&dyn Fn(&str) -> String; 4] = [
        &|value| format::cut(value, width),
        &|value| format::cut_middle(value, width),
        &|value| format::cut(&from(value, tail), width),
        &|value| format::cut_middle(&from(value, tail), width),
    ];
    for cut in cuts {
        let shown: Vec<String> = numbers.iter().map(|value| cut(value)).collect();
        if are_told_apart(values, &shown) {
            return shown;
        }
    }
    let mut known = HashMap::new();
    let numbered = values.iter().map(|value| {
        let next = known.len() + 1;
        let number = *known.entry(value).or_insert(next);
        format::cut(&format!("({number}) {value}"), width)
    });
    numbered.collect()
}

/// The values, the long numbers among them with the fewest digits that tell all of them apart.
fn rounded(values: &[String]) -> Vec<String> {
    let [fewest, most] = DIGITS;
    let rounded = (fewest..=most).map(|digits| {
        let short = |value: &String| match number(value) {
            Some(number) if value.len() > SHORT && value.contains('.') => {
                format::digits(number, digits, 30)
            }
            _ => value.clone(),
        };
        values.iter().map(short).collect::<Vec<String>>()
    });
    let mut told_apart = rounded.filter(|shown| are_told_apart(values, shown));
    told_apart.next().unwrap_or_else(|| values.to_vec())
}

fn number(text: &str) -> Option<f64> {
    let number: f64 = text.replace('−', "-").parse().ok()?;
    number.is_finite().then_some(number)
}

/// Whether what is shown of different values differs, as a text and as a number.
fn are_told_apart(values: &[String], shown: &[String]) -> bool {
    let pairs = |at: usize| (at + 1..values.len()).map(move |other| (at, other));
    let mut pairs = (0..values.len()).flat_map(pairs);
    pairs.all(|(at, other)| {
        let is_same_number = match (number(&shown[at]), number(&shown[other])) {
            (Some(one), Some(two)) => one.partial_cmp(&two).is_some_and(Ordering::is_eq),
            _ => false,
        };
        values[at] == values[other] || (shown[at] != shown[other] && !is_same_number)
    })
}

/// The first character, by its number, in which values differ.
fn differing(values: &[String]) -> usize {
    let Some((first, others)) = values.split_first() else {
        return 0;
    };
    let same = |other: &String| {
        let pairs = first.chars().zip(other.chars());
        pairs.take_while(|(one, two)| one == two).count()
    };
    let others = others.iter().filter(|other| *other != first);
    others.map(same).min().unwrap_or(0)
}

/// A value from shortly before a character on.
fn from(value: &str, character: usize) -> String {
    match character.checked_sub(BEFORE).filter(|&start| start > 0) {
        Some(start) if value.chars().count() > start => {
            format!("…{}", value.chars().skip(start).collect::<String>())
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn shown(values: &[&str], width: usize) -> Vec<String> {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        told_apart(&values, width)
    }

    #[test]
    fn numbers_have_as_many_digits_as_tell_them_apart() {
        assert_eq!(shown(&["0.1", "0.05"], 14), ["0.1", "0.05"]);
        let thirds = ["0.1234567890123", "0.3333333333333"];
        assert_eq!(shown(&thirds, 14), ["0.123", "0.333"]);
        let near = ["0.123456789", "0.123456999", "0.123456789"];
        assert_eq!(shown(&near, 14), ["0.1234568", "0.1234570", "0.1234568"]);
        // 0.0500 would be the same number as 0.05.
        let below = ["0.05", "0.0499999999"];
        assert_eq!(shown(&below, 14), ["0.05", "0.0499999999"]);
        let signs = ["-0.123456789", "0.123456789"];
        assert_eq!(shown(&signs, 14), ["−0.123", "0.123"]);
    }

    #[test]
    fn texts_are_cut_where_they_do_not_differ() {
        let names = ["cpu (2 threads)", "cuda:0 (NVIDIA H100 80GB HBM3)"];
        assert_eq!(shown(&names, 14), ["cpu (2 thread…", "cuda:0 (NVIDI…"]);
        let ends = ["folder:/data/flowers/one", "folder:/data/flowers/two"];
        assert_eq!(shown(&ends, 14), ["folder…ers/one", "folder…ers/two"]);
        let middle = [
            "folder:/home/ada/pictures/small/flowers-102/resized/to/32",
            "folder:/home/ada/pictures/large/flowers-102/resized/to/32",
        ];
        assert_eq!(shown(&middle, 14), ["…res/small/fl…", "…res/large/fl…"]);
        let deep = [
            "folder:/home/ada/pictures/a/flowers-102/one/resized/32/all",
            "folder:/home/ada/pictures/a/flowers-102/two/resized/32/all",
            "folder:/home/ada/pictures/b/flowers-102/one/resized/32/all",
        ];
        assert_eq!(
            shown(&deep, 14),
            ["(1) folder:/h…", "(2) folder:/h…", "(3) folder:/h…"]
        );
    }

    proptest! {
        #[test]
        fn different_values_never_look_alike(
            values in proptest::collection::vec(
                prop_oneof!["-?[0-9]{1,4}\\.[0-9]{1,14}", "[ab/…é]{0,40}", "x{30}[ab]x{30}[ab]x{30}"],
                0..13,
            ),
            width in 14..40_usize,
        ) {
            let shown = told_apart(&values, width);
            prop_assert_eq!(shown.len(), values.len());
            prop_assert!(shown.iter().all(|value| value.width() <= width));
            for (at, one) in values.iter().enumerate() {
                for (other, two) in values.iter().enumerate().skip(at + 1) {
                    let alike = shown[at] == shown[other];
                    prop_assert!(one == two || !alike, "{one} and {two} are both {}", shown[at]);
                    prop_assert!(one != two || alike, "{one} is {} and {}", shown[at], shown[other]);
                }
            }
        }
    }
}
